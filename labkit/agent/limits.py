"""
How far a run may go. Every loop here has an end, whatever the model does.

Floor 2: knows errors.
"""

from dataclasses import dataclass, fields

from labkit.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    The budget of one run. All of them are our choice; a lesson or a service takes its own.

    Attributes:
        turns: Requests to the model.
        calls: Tool calls, also those that come to nothing.
        parallel: Tools at work at the same time; the others wait their turn.
        seconds: For the whole run, with the time that approvals take.
        output_characters: Of one call's content; what is longer is cut, and says so.
        approval_seconds: How long an approval is waited for. No answer means no.

    Raises:
        UsageError: One of them isn't a number over 0.
    """

    turns: int = 10
    calls: int = 50
    parallel: int = 32
    seconds: float = 300.0
    output_characters: int = 20_000
    approval_seconds: float = 120.0

    def __post_init__(self) -> None:
        """Refuse what would mean no limit, or no run."""
        for each in fields(self):
            value, wanted = getattr(self, each.name), type(each.default)
            fits = isinstance(value, int | wanted) and not isinstance(value, bool)
            if not fits or not 0 < value < float("inf"):
                raise UsageError(f"{each.name} is a number over 0, such as {each.default}")
