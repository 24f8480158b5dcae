"""
What a message begins with that says nothing: "ok and", "hm,", "oh no".

Floor 1: imports nothing of labkit.
"""

import re

_LEAD = re.compile(
    r"^\W*(?:(?:hm+|ok|okay|oh|ah|wow|lol|haha|super|lgtm|nice|cool|hey|hi|great|perfect|good|fine|thanks|"
    r"thank you|sorry|no|yes|well|right|alright|please|then|so)\b[\s,.!:;-]*)*"
    r"(?:(?:and|plus|also|but)\b[\s,:]*)?(?:(?:what|how) about\b\s*)?(?:then\b\s*)?",
    re.IGNORECASE,
)
_NOT_BUT = re.compile(
    r"\bnot\s+(?:(?:on|at|for|in|the)\s+)?[\w:.-]+\s*(?:,|\bbut\b)\s*", re.IGNORECASE
)


_SELF = re.compile(r"\b(?:I'?m|I am|(?:my |the )?name is)\s+(?=[A-Z])")


def says_nothing(message: str) -> bool:
    """Tell whether *message* is nothing but such words: "lol ok"."""
    return not message[_LEAD.match(message).end() :].strip(" .!?")  # type: ignore[union-attr]


def core_of(message: str) -> str:
    """Return *message* without what leads in to it, and without "not today," before "tomorrow"."""
    core = _SELF.sub("", _NOT_BUT.sub("", message[_LEAD.match(message).end() :]))  # type: ignore[union-attr]
    return core if core.strip(" .!?") else message
