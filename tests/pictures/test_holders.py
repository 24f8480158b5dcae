"""Who holds which key: what follows from it is derived, never told."""

import pytest

from labkit.errors import UsageError
from labkit.pictures import Message, Party, key_holders

LONG = "a name that is far too long for the card that it stands on "
ISSUER = Party("issuer", ("private",), "signs the tokens")
INSPECTIONS = Party("inspections", ("public",))


def test_with_a_shared_secret_whoever_checks_can_forge():
    parties = [Party(name, ("shared",)) for name in ("issuer", "inspections", "search")]
    messages = [Message("inspections", "search", "an admin's token", "forged")]
    assert repr(key_holders(parties, messages, title="HMAC")) == (
        "HMAC\n"
        "  issuer: shared secret; can sign, can check\n"
        "  inspections: shared secret; can forge, can check\n"
        "  search: shared secret; can forge, can check\n"
        "  inspections -> search: an admin's token (forged, and accepted)\n"
        "  3 of 3 can sign: a good signature doesn't say which of them made it."
    )


def test_with_a_key_pair_only_one_can_sign():
    messages = [
        Message("issuer", "inspections", "token"),
        Message("stranger", "inspections", "token", "refused"),
    ]
    assert repr(key_holders([ISSUER, INSPECTIONS, Party("stranger")], messages)) == (
        "Who holds which key\n"
        "  issuer (signs the tokens): private key; can sign, can check\n"
        "  inspections: public key; can't sign, can check\n"
        "  stranger: no key; can't sign, can't check\n"
        "  issuer -> inspections: token\n"
        "  stranger -> inspections: token (forged, and refused)\n"
        "  Only issuer can sign: a good signature names its author."
    )


def test_without_a_private_key_nobody_can_sign():
    assert repr(key_holders([INSPECTIONS])).endswith("Nobody here can sign.")


@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_any_number_of_long_names_and_messages_is_legible(count, legible):
    parties = [Party(f"{n} {LONG}", ("private", "public", "shared"), LONG) for n in range(count)]
    names = [party.name for party in parties]
    messages = [
        Message(one, other, LONG * 3, kind)
        for one in names[:2]
        for other in (names[0], names[-1])
        for kind in ("sent", "forged", "refused")
        if one != other
    ]
    legible(key_holders(parties, messages, title=LONG * 5))


def test_both_pictures_of_the_lesson_are_legible(legible):
    everyone = [ISSUER, INSPECTIONS, Party("search", ("public",)), Party("a stranger")]
    legible(key_holders(everyone, [Message("a stranger", "issuer", "x", "refused")]))
    legible(key_holders([Party("issuer", ("shared",)), Party("inspections", ("shared",))]))


def test_what_is_hostile_in_a_name_can_only_be_read():
    twin = repr(key_holders([Party("\x1b[2J\n\u202e$x$", (), "<b>")], title="\u2066t"))
    assert twin.splitlines()[:2] == [
        "\\u2066t",
        "  \\x1b[2J\\n\\u202e$x$ (<b>): no key; can't sign, can't check",
    ]


@pytest.mark.parametrize(
    "fields", [{"name": ""}, {"name": 1}, {"role": None}, {"holds": "private"}, {"holds": ("a",)}]
)
def test_a_party_that_cant_be_is_refused(fields):
    with pytest.raises(UsageError, match=next(iter(fields))):
        Party(**{"name": "issuer", **fields})


@pytest.mark.parametrize(
    "fields", [{"sender": ""}, {"receiver": 1}, {"label": " "}, {"sender": "b"}, {"kind": "sold"}]
)
def test_a_message_that_cant_be_is_refused(fields):
    with pytest.raises(UsageError, match="Message"):
        Message(**{"sender": "a", "receiver": "b", "label": "token", **fields})


@pytest.mark.parametrize(
    ("parties", "messages", "title"),
    [
        ([], (), "t"),
        (None, (), "t"),
        ("issuer", (), "t"),
        (["issuer"], (), "t"),
        ([ISSUER, ISSUER], (), "t"),
        ([Party(str(n)) for n in range(7)], (), "t"),
        ([ISSUER, INSPECTIONS], None, "t"),
        ([ISSUER, INSPECTIONS], ["token"], "t"),
        ([ISSUER, INSPECTIONS], [Message("issuer", "inspections", "x")] * 13, "t"),
        ([ISSUER], [Message("issuer", "inspections", "x")], "t"),
        ([ISSUER], (), ""),
        ([ISSUER], (), 3),
    ],
)
def test_what_cant_be_drawn_is_refused(parties, messages, title):
    with pytest.raises(UsageError):
        key_holders(parties, messages, title=title)
