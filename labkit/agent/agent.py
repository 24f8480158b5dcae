"""
`Agent`: a model with tools, asked in a script, in a notebook or in a service.

::

    agent = Agent(model="...", base_url="http://127.0.0.1:8004/v1", tools=[defect_rate])
    result = await agent.run("Which line had the most defects?")     # on the loop that runs
    result = agent.run_sync("...")                                   # also where a loop runs
    async with agent.stream("...") as events: ...                    # as it happens

Floor 2: knows errors, settings and the background loop.
"""

from collections.abc import Iterable, Mapping

from labkit.agent.audit import AuditInMemory, AuditSink
from labkit.agent.authority import Authority
from labkit.agent.connections import Connections, PerLoop
from labkit.agent.endpoint import Endpoint
from labkit.agent.events import Result
from labkit.agent.gateway import Approve
from labkit.agent.limits import Limits
from labkit.agent.loop import Run, Setup, Watcher
from labkit.agent.stream import EventStream
from labkit.agent.tools import Function, Tool, Toolset
from labkit.agent.transcript import Transcript
from labkit.background import BackgroundLoop
from labkit.errors import UsageError
from labkit.settings import Settings

OPENAI_URL = "https://api.openai.com/v1"  # Where a key without an address belongs.
NO_KEY = "no-key-given"  # The SDK wants one; errors hide it, so it is no word that they use.


class Agent:
    """
    A model, the tools it may ask for, and the limits of each run. It keeps nothing of a run, so
    many may go on at once, on any loops.

    Args:
        model: Which model to ask; None reads ``LABKIT_MODEL``.
        tools: Tools, or functions to make tools of.
        base_url: An OpenAI-compatible API. None reads ``OPENAI_BASE_URL``; without that it's
            OpenAI's own, if there is a key.
        api_key: Its key. None reads ``OPENAI_API_KEY`` if the URL isn't given here either: a key of
            the environment is sent nowhere but where the environment says.
        instructions: What the model is told before each conversation; no part of the transcript.
        limits: The budget of each run.
        services: The base URL of each audience that the tools declare.
        audit: Where the rows of the audit trail go, such as
            ``labkit.agent.trail.AuditInDatabase(url)``; None keeps the newest in memory.
        settings: What the environment says; None reads it.

    Attributes:
        tools: The tools by name.
        audit: As given.

    Raises:
        UsageError: Something is missing or can't be used; the text says what to give.
    """

    def __init__(
        self,
        model: str | None = None,
        tools: Iterable[Tool | Function | Toolset] = (),
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        instructions: str | None = None,
        limits: Limits | None = None,
        services: Mapping[str, str] | None = None,
        audit: AuditSink | None = None,
        settings: Settings | None = None,
    ) -> None:
        limits = Limits() if limits is None else limits
        if not isinstance(limits, Limits):
            raise UsageError("limits is a Limits: Limits(turns=5)")
        self.tools = Toolset(tools)
        self.audit = AuditInMemory() if audit is None else audit
        settings = settings or Settings.from_environment()
        endpoint = _endpoint(model, base_url, api_key, settings, limits)
        urls = _services(self.tools, services or {})
        per_loop = PerLoop(lambda: Connections(endpoint.connect, urls))
        if instructions is not None and not isinstance(instructions, str):
            raise UsageError("instructions is a string, what the model is told first")
        self._setup = Setup(endpoint, instructions, self.tools, limits, self.audit, per_loop)

    async def run(
        self,
        question: str | None = None,
        *,
        transcript: Transcript | None = None,
        authority: Authority | None = None,
        approve: Approve | None = None,
    ) -> Result:
        """
        Ask, and return the answer with all that led to it.

        Cancelled, it stops its tools first; a transcript that was given holds what came by then.

        Args:
            question: What to ask; None goes on where *transcript* stopped.
            transcript: The conversation so far; the run adds to it. None begins a new one.
            authority: Who asks. None is nobody: then no tool gets a token.
            approve: Asked before each call that writes; only ``True`` is a yes.

        Raises:
            UsageError: There is nothing to ask, or the transcript is in another run.
            ModelError: The endpoint gave no usable reply; the text says what to do.
        """
        return await Run(self._setup, question, transcript, authority, approve).play()

    def run_sync(
        self,
        question: str | None = None,
        *,
        transcript: Transcript | None = None,
        authority: Authority | None = None,
        approve: Approve | None = None,
    ) -> Result:
        """
        Ask and wait, on the one `BackgroundLoop`: in a script, and in a cell while a loop runs.

        Ctrl-C stops the run and waits until its tools have ended. Arguments as for `run`.

        Raises:
            UsageError: As `run`; also in a coroutine on the background loop: use ``await`` there.
            ModelError: As `run`.
        """
        asked = self.run(question, transcript=transcript, authority=authority, approve=approve)
        return BackgroundLoop.shared().run(asked)

    def stream(
        self,
        question: str | None = None,
        *,
        transcript: Transcript | None = None,
        authority: Authority | None = None,
        approve: Approve | None = None,
    ) -> EventStream:
        """
        Ask, and read along: ``async with agent.stream(...) as events: async for event in events``.

        Leaving the block stops the run and waits until its tools have ended; ``events.result`` then
        says what came of it. Arguments as for `run`.

        Raises:
            UsageError: As `run`, once the block is entered.
        """

        def new_run(watcher: Watcher) -> Run:
            return Run(self._setup, question, transcript, authority, approve, watcher)

        return EventStream(new_run)

    def __repr__(self) -> str:
        """The model and the tools; where they are and with which key is nobody's business."""
        return f"<Agent {self._setup.endpoint.model}: {self.tools!r}>"


def _endpoint(
    model: str | None,
    base_url: str | None,
    api_key: str | None,
    settings: Settings,
    limits: Limits,
) -> Endpoint:
    model = _word("model", model if model is not None else settings.model, "LABKIT_MODEL")
    if base_url is None and api_key is None:
        base_url, api_key = settings.model_url, settings.model_key
    if base_url is None:
        base_url = settings.model_url or (OPENAI_URL if api_key else None)
    url = _word("base_url", base_url, "OPENAI_BASE_URL (for OpenAI's own, OPENAI_API_KEY)")
    if not url.startswith(("http://", "https://")):
        raise UsageError(
            "base_url begins with http:// or https://, such as http://127.0.0.1:8004/v1"
        )
    key = _word("api_key", NO_KEY if api_key is None else api_key, "OPENAI_API_KEY")
    if not key.isascii() or not key.isprintable():
        raise UsageError("this api_key can't stand in a header: it has a line break or the like")
    return Endpoint(url.rstrip("/"), model, key, limits.seconds)


def _word(name: str, value: object, variable: str) -> str:
    if value is None:
        raise UsageError(f"the agent needs {name}=, or {variable} in the environment")
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"{name} is a string with something in it")
    return value.strip()


def _services(tools: Toolset, services: Mapping[str, str]) -> dict[str, str]:
    """Return the URL of each audience, having seen that each tool's is among them."""
    for audience, url in services.items():
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise UsageError(f"services[{audience!r}] is a URL such as http://127.0.0.1:8002")
    for tool in tools:
        if tool.audience is not None and tool.audience not in services:
            raise UsageError(
                f"{tool.name} calls {tool.audience}: say where that is, "
                f'services={{"{tool.audience}": "http://..."}}'
            )
    return dict(services)
