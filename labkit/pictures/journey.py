"""
The course as the path of one request: out to the database, and back with the answer.

Glossary. *Hop*: one notebook, a stop on the path. *Place*: what the request meets there, in a word
or two. *Here*: the hop of the notebook that is open.

Floor 0: imports nothing of labkit but its errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from labkit.errors import UsageError
from labkit.pictures.picture import Picture

MAX_HOPS = 20  # More stops than that can't be read at the width of a notebook.


@dataclass(frozen=True, slots=True)
class Hop:
    """
    One notebook on the path.

    Attributes:
        number: The notebook's number as written, such as "01".
        title: Its short title, such as "Signatures".
        place: What the request meets there, such as "token": the stop's name on the map.
        total: How many exercises it has.
        done: How many of them are solved.
        available: False for a notebook that isn't there yet.
    """

    number: str
    title: str
    place: str
    total: int = 0
    done: int = 0
    available: bool = True

    def __post_init__(self) -> None:
        """Refuse what can't be drawn, where it is made."""
        for name in ("number", "title", "place"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value.strip():
                raise UsageError(f"{name} of a Hop has to be a text such as '01' or 'token'")
        for name in ("total", "done"):
            if type(getattr(self, name)) is not int or getattr(self, name) < 0:
                raise UsageError(f"{name} of a Hop has to be a whole number of exercises")
        if self.done > self.total:
            raise UsageError("done of a Hop can't be more than its total")
        if not isinstance(self.available, bool):
            raise UsageError("available of a Hop has to be True or False")


def course_map(hops: Sequence[Hop], here: str | None = None) -> Picture:
    """
    Draw the path with the hop *here* lit and solved exercises filled in.

    Args:
        hops: The notebooks in order, one to `MAX_HOPS`, each with a number of its own.
        here: The number of the notebook that is open, such as "01"; None lights none.

    Raises:
        UsageError: No hops, too many, two with one number, or none with the number *here*.
    """
    raise NotImplementedError  # The signature stands; the drawing follows.
