"""
The fourteen notebooks, in order: the one place that lists them.

Glossary. *Stop*: one notebook. *Place*: what the request meets there, in a word or two; read from
top to bottom, the places are the way of a request through a backend to an agent.

Floor 4: imports nothing of labkit but its errors.
"""

from dataclasses import dataclass

from labkit.errors import UsageError


@dataclass(frozen=True, slots=True)
class Stop:
    """
    One notebook of the course.

    Attributes:
        number: Two digits, such as "01"; the ids of its exercises begin with it.
        slug: The name of its lesson module; ``notebooks/<number>_<slug>.ipynb`` is its file.
        place: What the request meets there.
        question: The question that the notebook answers.
    """

    number: str
    slug: str
    place: str
    question: str

    @property
    def title(self) -> str:
        """The slug as words, such as "Signatures"."""
        return self.slug.replace("_", " ").capitalize().replace("asgi", "ASGI")


STOPS = (
    Stop("00", "the_whole_game", "client", "What happens between my question and the answer?"),
    Stop("01", "signatures", "token", "How can a stranger prove who sent this?"),
    Stop("02", "service_to_service", "trust", "How do two services trust each other for years?"),
    Stop("03", "from_bytes_to_asgi", "server", "What arrives at the server?"),
    Stop("04", "request_lifecycle", "middleware", "In what order does everything run?"),
    Stop("05", "dependencies", "dependencies", "Where does db come from?"),
    Stop("06", "the_event_loop", "event loop", "Why did one slow call freeze everybody?"),
    Stop("07", "async_database", "session", "Who owns this session?"),
    Stop("08", "races_and_pools", "transaction", "Why is the count wrong only under load?"),
    Stop("09", "async_all_the_way", "clients", "Which of my dependencies is lying about async?"),
    Stop("10", "tools", "tool", "How does a function become a tool?"),
    Stop("11", "the_agent_loop", "agent", "What is an agent once the framework is gone?"),
    Stop("12", "on_whose_authority", "authority", "On whose authority does the agent act?"),
    Stop("13", "ingress_to_answer", "answer", "Can I explain every hop?"),
)


def stop_of(number: str) -> Stop:
    """
    Return the notebook with this *number*, or the one that holds the exercise of this id.

    Raises:
        UsageError: There is no such notebook.
    """
    if isinstance(number, str):
        for stop in STOPS:
            if stop.number == number.partition(".")[0]:
                return stop
    raise UsageError(
        f"no notebook has this number; they go from {STOPS[0].number} to "
        f"{STOPS[-1].number}, each a text of two digits"
    )
