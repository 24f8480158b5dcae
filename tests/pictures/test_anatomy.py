"""A token taken apart: what it says, and that it never looks better than it was checked."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.text import Text

from labkit.errors import UsageError
from labkit.pictures import token_anatomy
from labkit.pictures.palette import BAD, GOOD

NOW = 1772438400  # 2026-03-02 08:00 UTC


def encode(content: object) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


HEADER = {"alg": "RS256", "typ": "at+jwt", "kid": "key-1"}
PAYLOAD = {
    "iss": "http://127.0.0.1:43211",
    "sub": "quality-lead",
    "aud": "inspections",
    "exp": NOW + 300,
    "iat": NOW,
    "nbf": NOW - 90,
    "jti": "3f2b8c1e-7d54-4c1b-9f0e-2a6d9b1c8e77",
    "client_id": "notebook",
    "scope": "inspections:read",
    "act": {"sub": "agent", "act": {"sub": "tool"}},
    "$x^2$": "<img src=x onerror=alert(1)>",
}
TOKEN = f"{encode(HEADER)}.{encode(PAYLOAD)}.{encode(bytes(256))}"
NONE = f"{encode({'alg': 'none'})}.{encode(PAYLOAD)}."


def token_of(header: object, payload: object, signature: bytes = b"\x00") -> str:
    return f"{encode(header)}.{encode(payload)}.{encode(signature)}"


HOSTILE = {
    "empty": "",
    "no dots": "abc",
    "two parts": "a.b",
    "five parts": "a.b.c.d.e",
    "only dots": "." * 100_000,
    "a megabyte": "A" * 1_000_000,
    "a megabyte of escapes": "\x1b" * 1_000_000,
    "control characters": "\x1b[31m.\x00\r\n\t.\x7f",
    "right to left": "\u202e\u05e9\u05dc.\u2066abc.\u0627",
    "html": "<script>alert(1)</script>.<b>.<i>",
    "mathtext": "$\\frac{1}{2}$.$x^2$.$$",
    "surrogates": "\ud800.\udfff.x",
    "emoji and accents": "\U0001f600.e\u0301\u0301\u0301.\u4e2d",
    "no signature": NONE,
    "no algorithm": token_of({"typ": "JWT"}, PAYLOAD),
    "algorithm none": token_of({"alg": "None"}, PAYLOAD),
    "padded": f"{encode(HEADER)}==.{encode(PAYLOAD)}.AA",
    "deep": token_of(b"[" * 5000, b'{"a":' * 900),
    "deep object": token_of({}, b'{"a":' + b"[" * 900 + b"]" * 900 + b"}"),
    "no object": token_of([1], "text"),
    "numbers": token_of(b'{"exp":1e400,"iat":NaN}', b'{"exp":1e400,"iat":NaN,"nbf":-1e18}'),
    "inner direction": token_of({"alg": "\u202e\u0000", "\u202e": 1, "alg ": 1}, b'{"a":"\\ud800"'),
    "many members": token_of({}, {f"k{n}" * 9: "v" * 99 for n in range(30)}),
    "twice": token_of(b'{"alg":"RS256","alg":"none"}', PAYLOAD),
    "traps": token_of({**HEADER, "jku": "https://a.example", "crit": ["b64"]}, {"a": "\ud800"}),
}


def test_the_twin_of_an_unchecked_token_names_its_members_and_nothing_that_changes():
    assert repr(token_anatomy(TOKEN, now=NOW)) == (
        "A token. Decoded, not verified: anyone can write this.\n"
        "  1 header\n"
        "      alg  how it says it is signed\n"
        "      typ  what kind of token it says it is\n"
        "      kid  which key to check it with, by name\n"
        "  2 payload\n"
        "      iss        who issued it\n"
        "      sub        whom it is about\n"
        "      aud        whom it is meant for; all others must refuse it\n"
        "      exp        when it ends\n"
        "      iat        when it was issued\n"
        "      nbf        when it begins\n"
        "      jti        its own number; whoever keeps a list sees a second use\n"
        "      client_id  the program that asked for it\n"
        "      scope      what its bearer may do\n"
        "      act        who acts in the subject's place\n"
        "      $x^2$      up to whoever wrote it\n"
        "  3 signature\n"
        "      This picture doesn't check whether it fits."
    )


def test_the_twin_holds_the_values_when_asked():
    payload = {"exp": NOW + 300, "sub": "quality-lead"}
    token = f"{encode(HEADER)}.{encode(payload)}.{encode(bytes(256))}"
    picture = token_anatomy(
        token, verdict="verified", by="inspections", now=NOW, values_in_text=True
    )
    assert repr(picture) == (
        "A token. Verified by inspections with key key-1.\n"
        "  1 header\n"
        '      alg  "RS256"  says: RSA with SHA-256; one signs, all can check\n'
        '      typ  "at+jwt"  an access token (RFC 9068)\n'
        '      kid  "key-1"  which key to check it with, by name\n'
        "  2 payload\n"
        "      exp  1772438700  ends 2026-03-02 08:05:00 UTC, in 5 min\n"
        '      sub  "quality-lead"  whom it is about\n'
        "  3 signature\n"
        "      It fits: the holder of the key signed exactly this header and this payload."
    )


def test_of_many_members_the_first_are_named_and_the_rest_counted():
    twin = repr(token_anatomy(token_of(HEADER, {f"k{n}": n for n in range(20)})))
    assert [line.split()[0] for line in twin.splitlines()[5:-2]] == [
        "2",
        *(f"k{n}" for n in range(16)),
        "and",
    ]
    assert "and 4 more" in twin


def test_without_explanations_the_twin_has_names_only():
    twin = repr(token_anatomy(f"{encode(HEADER)}.{encode({})}.AA", claims_explained=False))
    assert twin.splitlines()[1:] == [
        "  1 header",
        "      alg",
        "      typ",
        "      kid",
        "  2 payload",
        "  3 signature",
        "      This picture doesn't check whether it fits.",
    ]


@pytest.mark.parametrize("explained", [True, False])
@pytest.mark.parametrize(
    "verdict",
    [
        {},
        {"verdict": "refused", "reason": "signature"},
        {"verdict": "refused", "reason": "because " * 40},
        {"verdict": "verified", "by": "inspections"},
        {"verdict": "verified", "by": "somebody with a long name " * 9},
        {"verdict": "signature", "by": "verify_jws"},
    ],
)
def test_every_verdict_is_legible(verdict, explained, legible):
    legible(token_anatomy(TOKEN, now=NOW, claims_explained=explained, **verdict))


@pytest.mark.parametrize("token", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_drawn_legibly_and_within_bounds(token, legible):
    picture = token_anatomy(token, now=NOW, values_in_text=True)
    legible(picture)
    width, height = picture.figure.get_size_inches() * 96
    assert (width, height <= 1200, len(picture.text) < 8000) == (900, True, True)
    assert all(char.isprintable() or char == "\n" for char in picture.text)


def test_a_dollar_sign_is_a_dollar_sign():
    texts = token_anatomy(HOSTILE["mathtext"]).figure.findobj(Text)
    assert any("$x^2$" in text.get_text() for text in texts)
    assert not any(text.get_parse_math() or text.get_usetex() for text in texts)


# "traps" has the shape of a token, so a lax verifier may have taken it.
@pytest.mark.parametrize("name", sorted(HOSTILE.keys() - {"traps"}))
@pytest.mark.parametrize("verdict", ["verified", "signature"])
def test_what_cant_have_been_verified_cant_be_drawn_as_verified(name, verdict):
    with pytest.raises(UsageError, match="nobody can have verified this token"):
        token_anatomy(HOSTILE[name], verdict=verdict, by="a liar")


def colours_of(picture) -> set[str]:
    artists = picture.figure.findobj(lambda artist: hasattr(artist, "get_facecolor"))
    lines = picture.figure.findobj(Line2D)
    faces = {to_hex(artist.get_facecolor()) for artist in artists}
    return faces | {to_hex(line.get_color()) for line in lines}


def test_only_a_verified_token_has_the_colour_of_a_verified_one():
    refused = token_anatomy(TOKEN, verdict="refused", reason="expired")
    signature = token_anatomy(TOKEN, verdict="signature", by="verify_jws")
    verified = token_anatomy(TOKEN, verdict="verified", by="inspections")
    green = [
        GOOD.lower() in colours_of(each)
        for each in (token_anatomy(TOKEN), refused, signature, verified)
    ]
    assert green == [False, False, False, True]


def test_a_refused_token_has_each_member_struck_out():
    struck = [
        line
        for line in token_anatomy(TOKEN, verdict="refused", reason="expired").figure.findobj(Line2D)
        if to_hex(line.get_color()) == BAD.lower()
    ]
    assert len(struck) == len(HEADER) + len(PAYLOAD)


@pytest.mark.parametrize("token", [NONE, "a.b", "\x1b.b.c"])
def test_the_first_line_says_that_a_broken_token_cant_be_verified(token):
    assert repr(token_anatomy(token)).startswith("A token. Not verified, and can't be. ")


def test_a_good_signature_leaves_the_claims_open_even_behind_the_longest_name():
    picture = token_anatomy(TOKEN, verdict="signature", by="W" * 99, values_in_text=True)
    opening = "Signature good, claims not checked: WWW"
    assert repr(picture).startswith(f"A token. {opening}")
    assert repr(picture).splitlines()[0].endswith(" with key key-1.")
    assert any(text.get_text().startswith(opening) for text in picture.figure.findobj(Text))


def test_a_refused_token_says_why_first():
    picture = token_anatomy(NONE, verdict="refused", reason="algorithm\u202e\n")
    assert repr(picture).splitlines()[0] == "A token. Refused: algorithm\\u202e."


@pytest.mark.parametrize("token", [None, b"a.b.c", 7, ["a.b.c"]])
def test_what_is_no_text_is_refused(token):
    with pytest.raises(UsageError, match="token has to be a text"):
        token_anatomy(token)


@pytest.mark.parametrize("now", ["now", True, float("nan"), float("inf")])
def test_a_now_that_is_no_time_is_refused(now):
    with pytest.raises(UsageError, match="now has to be"):
        token_anatomy(TOKEN, now=now)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"verdict": "fine"}, "verdict has to be"),
        ({"verdict": True}, "verdict has to be"),
        ({"verdict": ["refused"]}, "verdict has to be"),
        ({"verdict": "refused"}, "reason has to say"),
        ({"verdict": "refused", "reason": " "}, "reason has to say"),
        ({"verdict": "verified"}, "by has to say"),
        ({"verdict": "signature", "by": 1}, "by has to say"),
        ({"reason": "signature"}, "belong to a verdict"),
        ({"by": "inspections"}, "belong to a verdict"),
    ],
)
def test_a_verdict_needs_what_belongs_to_it(arguments, says):
    with pytest.raises(UsageError, match=says):
        token_anatomy(TOKEN, **arguments)


@given(
    st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_=-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[^.]{0,9}")
)
@settings(max_examples=100, deadline=None)
def test_no_text_makes_it_raise_or_look_verified(token):
    lines = repr(token_anatomy(token, values_in_text=True)).splitlines()
    assert lines[0].startswith(("A token. Decoded, not verified", "A token. Not verified, and"))
    assert all(line.isprintable() for line in lines)
