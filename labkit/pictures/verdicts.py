"""
What may be said about a token, and what must have happened before it may be said.

Glossary. *Verdict*: what somebody found out about a token by checking it. Without one a token is
only decoded, and a picture of it has to say so: whoever can type can write such a token.

Floor 0: imports nothing of labkit but its errors.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from labkit.errors import UsageError
from labkit.pictures.palette import BAD, GOOD, LIT, WARN
from labkit.pictures.parts import Anatomy
from labkit.pictures.writing import plain, shorten

Verdict = Literal["signature", "verified", "refused"]
MAX_WORDS = 60  # Characters of a reason or of a verifier's name: what fits on the line.


@dataclass(frozen=True, slots=True)
class Ruling:
    """
    A verdict in words and in colour.

    Attributes:
        verdict: None if nobody checked the token.
        words: The sentence for the head of the picture.
        colour: Ink of the sentence.
        about_signature: What this means for the third part.
        key: Which key proved it, such as " with key issuer-1"; goes after the words.
    """

    verdict: Verdict | None
    words: str
    colour: str
    about_signature: str
    key: str = ""

    def sentence(self, *, with_key: bool) -> str:
        """Return the whole sentence; *with_key* names the key, which live runs make anew."""
        return f"{self.words}{self.key if with_key else ''}"

    @property
    def proven(self) -> bool:
        """Whether the signature was found to be good."""
        return self.verdict in ("signature", "verified")


def ruling(anatomy: Anatomy, verdict: Verdict | None, reason: str | None, by: str | None) -> Ruling:
    """
    Return what may be said of the token in *anatomy*.

    Raises:
        UsageError: An unknown verdict; one without its reason or its verifier; or a token called
            good that no verifier can have found good.
    """
    if verdict is not None and verdict not in get_args(Verdict):
        raise UsageError("verdict has to be None, 'signature', 'verified' or 'refused'")
    if verdict is None:
        return _unverified(anatomy, reason, by)
    if verdict == "refused":
        why = _text("reason", reason, "why the token was refused, such as 'signature'")
        return Ruling("refused", f"Refused: {why}", BAD, "This token proves nothing.")
    who = _text("by", by, "who verified the token, such as 'inspections'")
    _require_sound(anatomy)
    kid = anatomy.value("header", "kid")
    key = f" with key {shorten(plain(kid), 40)}" if isinstance(kid, str) and kid else ""
    fits = "It fits: the holder of the key signed exactly this header and this payload."
    if verdict == "verified":
        return Ruling("verified", f"Verified by {who}", GOOD, fits, key)
    # What is left open comes first: a long name behind it may be cut.
    return Ruling("signature", f"Signature good, claims not checked: {who}", LIT, fits, key)


def _unverified(anatomy: Anatomy, reason: str | None, by: str | None) -> Ruling:
    if reason is not None or by is not None:
        raise UsageError("reason and by belong to a verdict; say which: verdict='refused'")
    words = "Decoded, not verified: anyone can write this"
    if anatomy.faults:
        first = anatomy.faults[0]
        words = f"Not verified, and can't be. {first[0].upper()}{first[1:]}"
    signed = any(part.name == "signature" and part.size for part in anatomy.parts)
    about = "This picture doesn't check whether it fits."
    return Ruling(None, words, WARN, about if signed else "Nothing here can be checked.")


def _text(name: str, value: object, wanted: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"{name} has to say {wanted}")
    return shorten(plain(value.strip()), MAX_WORDS)


def _require_sound(anatomy: Anatomy) -> None:
    faults = anatomy.faults
    algorithm = anatomy.value("header", "alg")
    if not isinstance(algorithm, str) or algorithm.lower() == "none":
        faults = [*faults, "its header names no algorithm"]
    if faults:
        raise UsageError(f"nobody can have verified this token ({faults[0]}); pass no verdict")
