"""
A token looked at once: what its picture shows, and what the page is told.

All of it is JSON, and all of it is bounded. It holds the token's own characters, so it travels as a
message to the page and is kept nowhere; the picture, which a notebook keeps, cuts the signature.

Glossary. *Place*: a first character and the one behind the last, from 0, in the whole text.

Floor 4: knows tokens, pictures and the clock.
"""

from dataclasses import dataclass
from typing import Any

from labkit.pictures import Picture, token_anatomy
from labkit.pictures.meanings import meaning
from labkit.pictures.parts import Anatomy, Member, Part, take_apart
from labkit.pictures.verdicts import Ruling, Verdict, ruling
from labkit.pictures.writing import plain, shorten
from labkit.tokens import AccessTokenPolicy
from labkit.tokens.access import LAST_SECOND
from labkit.tokens.jws import MAX_TOKEN_BYTES, JwkSet
from labkit.widgets.inks import token_inks
from labkit.widgets.token_checks import STEPS, Outcome, check, what_a_verifier_does

MAX_CHARACTERS = MAX_TOKEN_BYTES + 1024  # Sent of a text: enough to see that it is too long.
MAX_MEMBERS = 40  # Of one part; our choice: a screen full. The rest is counted.
MAX_NAME = 80
MAX_VALUE = 600
_SIGNATURE = [step.name for step in STEPS].index("signature")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Look:
    """
    One text, taken apart and checked at one moment.

    Attributes:
        token: The text.
        anatomy: What can be read of it.
        outcome: What the verifier said.
        policy: The verifier's.
        now: The verifier's time.
    """

    token: str
    anatomy: Anatomy
    outcome: Outcome
    policy: AccessTokenPolicy
    now: float

    @property
    def verdict(self) -> Verdict:
        """As `labkit.pictures` takes it."""
        return "verified" if self.outcome.failed is None else "refused"

    @property
    def reason(self) -> str | None:
        """Which check failed, None if none did."""
        if self.outcome.failed is None:
            return None
        step, reason = STEPS[self.outcome.failed].name, self.outcome.reason
        return step if step == reason else f"{step} ({reason})"

    @property
    def ruling(self) -> Ruling:
        """What may be said of it."""
        return ruling(self.anatomy, self.verdict, self.reason, self.policy.audience)

    def picture(self) -> Picture:
        """Return the picture that lasts, with its twin in text."""
        return token_anatomy(
            self.token,
            verdict=self.verdict,
            reason=self.reason,
            by=self.policy.audience,
            now=self.now,
        )

    def data(self) -> Json:
        """Return what the page is told."""
        return {
            "text": _visible(self.token[:MAX_CHARACTERS]),
            "length": len(self.token),
            "summary": self.ruling.sentence(with_key=True),
            "accepted": self.outcome.failed is None,
            "about_signature": self._about_signature(),
            "parts": self._parts(),
            "steps": self._steps(),
            "by": plain(self.policy.audience),
            "now": self.now,
            "stands_still": self.policy.clock.stands_still,
            "expires_at": self._expires_at(),
            "leeway_s": self.policy.leeway_s,
            "inks": token_inks(),
        }

    def _steps(self) -> list[Json]:
        failed = len(STEPS) if self.outcome.failed is None else self.outcome.failed
        states = ["passed"] * failed + ["failed"] + ["not reached"] * len(STEPS)
        return [
            {
                "name": step.name,
                "words": plain(self.outcome.message) if state == "failed" else step.words,
                "state": state,
            }
            for step, state in zip(STEPS, states, strict=False)
        ]

    def _about_signature(self) -> str:
        failed = self.outcome.failed
        if failed is not None and failed < _SIGNATURE:
            return "Nobody checked it: the token was refused before."
        if failed == _SIGNATURE:
            return "It doesn't fit: a character was changed, or another key signed."
        return "It fits: the holder of the key signed exactly this header and this payload."

    def _expires_at(self) -> float | None:
        value = self.anatomy.value("payload", "exp")
        return value if type(value) is int and 0 < value <= LAST_SECOND else None

    def _parts(self) -> list[Json]:
        start, found = 0, []
        for part in self.anatomy.parts:
            found.append(self._part(part, start))
            start += len(part.encoded) + 1  # The dot.
        return found

    def _part(self, part: Part, start: int) -> Json:
        shown = part.members[:MAX_MEMBERS]
        return {
            "name": part.name,
            "place": _place((0, len(part.encoded)), start),
            "characters": len(part.encoded),
            "bytes": part.size,
            "fault": part.fault or "",
            "members": [self._member(part, member, start) for member in shown],
            "more": len(part.members) - len(shown),
        }

    def _member(self, part: Part, member: Member, start: int) -> Json:
        told = meaning(part.name, member, self.now)
        return {
            "name": shorten(plain(member.name), MAX_NAME),
            "value": shorten(plain(member.text), MAX_VALUE, tail=40),
            "meaning": told.words,
            "alarming": told.alarming,
            "does": what_a_verifier_does(part.name, member.name),
            "place": _place(member.place, start),
        }


def look(token: str, policy: AccessTokenPolicy, jwk_set: JwkSet) -> Look:
    """Take *token* apart, and have it checked by *policy* with the keys of *jwk_set*, now."""
    outcome = check(token, policy, jwk_set)
    return Look(token, take_apart(token), outcome, policy, policy.clock.now())


def _place(place: tuple[int, int], start: int) -> tuple[int, int]:
    """Return a place in a part as one in what is sent of the text."""
    first, end = (min(start + at, MAX_CHARACTERS) for at in place)
    return first, end


def _visible(text: str) -> str:
    """Return *text* with one sign for each character that no token may have: places stay."""
    return "".join(char if "!" <= char <= "~" else "\ufffd" for char in text)
