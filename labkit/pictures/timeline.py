"""
How an issuer's keys took over from each other, with the tokens that they signed.

Glossary. *Bar*: the life of one key: it waits, it signs, it only checks. *Mark*: a token, on a line
of its own below its key, from the moment it was signed to the moment it expires. *Tick*: a fetch of
the keys by a service. *Event*: what happened at one moment; the twin lists them in order, without
times.

Here what is given is checked; `timeline_keys` has it in words, `timeline_sheet` draws it.

Floor 0: imports nothing of labkit but its errors.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from math import isfinite

from labkit.errors import UsageError
from labkit.pictures.parts import take_apart
from labkit.pictures.picture import Picture
from labkit.pictures.timeline_keys import FetchLike, Key, LifeLike, Token, twin_of
from labkit.pictures.timeline_sheet import draw
from labkit.pictures.writing import plain, shorten

NAME_CHARACTERS = 18


def key_timeline(
    lives: Iterable[LifeLike],
    *,
    now: float,
    tokens: Mapping[str, str] | None = None,
    fetches: Iterable[FetchLike] = (),
    title: str = "The lives of the keys",
) -> Picture:
    """
    Draw the keys of an issuer as bars, the tokens below the key that signed them, and who fetched.

    Args:
        lives: The keys in the order of their publication, such as ``lab.issuer_keys.lives``.
        now: Where the picture ends its past (Unix time), such as ``lab.clock.now()``.
        tokens: Tokens by a name of your choice. They are decoded, not verified.
        fetches: Requests for the key set, such as those of ``lab.requests`` whose path is it.
        title: Heading of the picture.

    Raises:
        UsageError: No keys, a token of no key here, or something that is no token.
    """
    if not isinstance(title, str) or not title.strip():
        raise UsageError("title has to be a text that isn't empty")
    if isinstance(now, bool) or not isinstance(now, int | float) or not isfinite(now):
        raise UsageError("now is a Unix time in seconds, such as lab.clock.now()")
    keys = _keys(lives, tokens or {})
    asked = _checked(fetches)
    told = shorten(plain(title), 60)
    return Picture(partial(draw, keys, asked, now, title), twin_of(keys, asked, now, told))


def _keys(lives: Iterable[LifeLike], tokens: Mapping[str, str]) -> list[Key]:
    try:
        known = {life.kid: life for life in lives}
        moments = [life.published_at + (life.signs_from or 0) for life in known.values()]
    except (AttributeError, TypeError):
        raise UsageError("lives are those of a key ring, such as lab.issuer_keys.lives") from None
    if not moments:
        raise UsageError("lives is empty: there is no key to draw")
    if not isinstance(tokens, Mapping):
        raise UsageError('tokens is a dict of tokens by name, such as {"first": token}')
    signed: dict[str, list[Token]] = {kid: [] for kid in known}
    for name, text in tokens.items():
        kid, token = _token(name, text, known)
        signed[kid].append(token)
    numbered = enumerate(known.values(), 1)
    return [Key(f"key {n}", life, tuple(signed[life.kid])) for n, life in numbered]


def _token(name: str, text: str, lives: Mapping[str, LifeLike]) -> tuple[str, Token]:
    if not isinstance(name, str) or not name.strip() or not isinstance(text, str):
        raise UsageError("tokens has names and tokens, all texts")
    anatomy = take_apart(text)
    kid = anatomy.value("header", "kid")
    starts, ends = (anatomy.value("payload", member) for member in ("iat", "exp"))
    if not isinstance(kid, str) or kid not in lives:
        raise UsageError(f"no key here signed the token {shorten(plain(name), NAME_CHARACTERS)!r}")
    if not isinstance(starts, int) or not isinstance(ends, int):
        raise UsageError("each token needs iat and exp, in whole seconds")
    life = lives[kid]
    # iat is cut to whole seconds, so it may lie just before the moment at which its key began.
    signed = max(starts, life.signs_from or starts)
    return kid, Token(shorten(plain(name), NAME_CHARACTERS), signed, ends)


def _checked(fetches: Iterable[FetchLike]) -> list[FetchLike]:
    try:
        return sorted(fetches, key=lambda fetch: float(fetch.at))
    except (AttributeError, TypeError, ValueError):
        raise UsageError(
            "fetches are requests with a time, such as those in lab.requests"
        ) from None
