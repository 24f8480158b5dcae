"""What the page is told of a token, what it is checked by, and what a view is without a page."""

import ast
import base64
import inspect
import json
import string
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

from labkit.attacks import CONTROLS, FORGERIES, Workshop
from labkit.clock import LESSON_CLOCK, MovableClock
from labkit.errors import MissingDependency, UsageError
from labkit.lab import Lab
from labkit.pictures.parts import take_apart
from labkit.tokens import AccessTokenPolicy, KeyRing, access, issue_access_token, jws
from labkit.widgets import TokenView, token_view
from labkit.widgets.token_checks import DOES, STEPS, check, what_a_verifier_does
from labkit.widgets.token_data import MAX_CHARACTERS, look
from labkit.widgets.token_page import TokenWidget
from labkit.widgets.token_view import MAX_EDITED

EVIL = "<img src=x onerror=alert(1)>"
ANSI = "\x1b[31mred\x1b[0m\u202e"
ISSUER = "http://127.0.0.1:8001"


@pytest.fixture
def clock():
    return MovableClock()


@pytest.fixture
def ring(clock):
    return KeyRing.generate(clock=clock)


@pytest.fixture
def token(ring, clock):
    return issue_access_token(
        ring.active, issuer=ISSUER, subject="quality-lead", audience="inspections",
        client_id="notebook", scopes=["inspections:read"], clock=clock,
    )  # fmt: skip


@pytest.fixture
def policy(clock):
    return AccessTokenPolicy(ISSUER, "inspections", clock=clock)


@pytest.fixture
def view(token, policy, ring):
    return token_view(token, policy, ring.jwk_set)


def members_of(data):
    return {(part["name"], m["name"]): m for part in data["parts"] for m in part["members"]}


def signs(data):
    return "".join(
        {"passed": "+", "failed": "x", "not reached": "."}[s["state"]] for s in data["steps"]
    )


def encoded(members):
    text = members if isinstance(members, str) else json.dumps(members)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


# Where a member stands.


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
GAPS = st.text(" \t\n\r", max_size=3)


@given(st.lists(st.tuples(st.text(max_size=6), VALUES, GAPS), max_size=5), st.booleans())
def test_the_place_of_a_member_is_that_of_its_bytes_in_sextets(members, as_ascii):
    raw, places = b"{", []
    for number, (name, value, gap) in enumerate(members):
        raw += gap.encode() + (b"," if number else b"") + gap.encode()
        said = f"{json.dumps(name, ensure_ascii=as_ascii)}{gap}:{gap}"
        member = (said + json.dumps(value, ensure_ascii=as_ascii)).encode("utf-8", "replace")
        places.append((len(raw) * 8 // 6, -(-(len(raw) + len(member)) * 8 // 6)))
        raw += member
    found = take_apart(base64.urlsafe_b64encode(raw + b" }").rstrip(b"=").decode())
    assert [member.place for member in found.parts[0].members] == places


def test_a_member_that_comes_twice_has_two_places():
    first, second = take_apart(encoded('{"a":1, "a" : {"b":"}"} }')).parts[0].members
    assert first.repeated
    assert second.repeated
    assert first.place == (1, 8)
    assert second.place == (10, 31)


# What is checked.


def test_a_good_token_passes_every_step(view):
    data = view.look()
    assert signs(data) == "+" * len(STEPS)
    assert data["accepted"]
    assert data["summary"].startswith("Verified by inspections with key ")
    assert data["about_signature"].startswith("It fits")


@pytest.mark.parametrize(
    ("part", "place", "failed"),
    [(0, 5, "header"), (1, 60, "signature"), (2, 9, "signature"), (2, -1, "shape")],
)
def test_a_changed_character_fails_one_step_and_the_rest_is_not_reached(
    view, token, part, place, failed
):
    parts = token.split(".")
    letters = list(parts[part])
    last = place == -1  # There, a neighbour differs in bits that stand for nothing.
    letters[place] = chr(ord(letters[place]) + 1) if last else "A" if letters[place] != "A" else "B"
    parts[part] = "".join(letters)
    data = view.look(".".join(parts))
    at = [step.name for step in STEPS].index(failed)
    assert signs(data) == "+" * at + "x" + "." * (len(STEPS) - at - 1)
    assert not data["accepted"]
    assert data["summary"].startswith(f"Refused: {failed}")
    assert data["about_signature"].startswith(
        "It doesn't fit" if failed == "signature" else "Nobody"
    )


def test_a_key_that_nobody_published_is_refused_before_its_signature_is_looked_at(view, token):
    header = {"alg": "RS256", "kid": "another", "typ": "at+jwt"}
    data = view.look(f"{encoded(header)}.{token.partition('.')[2]}")
    assert (signs(data), data["summary"]) == ("++x.....", "Refused: key (kid)")


def test_every_reason_of_the_verifier_has_its_step_and_no_step_has_another():
    raised = {
        (reason.value, module)
        for module in (jws, access)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in {"InvalidToken", "ExpiredToken", "UnknownKey"}
        for reason in node.args[:1]
    }
    for module, stages in ((jws, {"parse", "open"}), (access, {"verify"})):
        known = {reason for step in STEPS if step.stage in stages for reason in step.reasons}
        assert known == {reason for reason, where in raised if where is module}


@pytest.mark.parametrize("row", CONTROLS + FORGERIES, ids=lambda row: row.id)
def test_a_forgery_fails_for_its_reason_and_a_control_passes(row):
    workshop = Workshop()
    policy = AccessTokenPolicy(workshop.issuer, workshop.audience, clock=workshop.clock)
    attempt = row.forge(workshop)
    outcome = check(attempt.token, policy, attempt.jwk_set)
    assert outcome.reason == (row.reason or "")
    data = look(attempt.token, policy, attempt.jwk_set).data()
    assert data["accepted"] is (row.reason is None)
    assert len(json.dumps(data, allow_nan=False)) < 60_000


def test_time_passes_and_keys_go(view, clock, ring):
    clock.advance(seconds=310)
    assert view.look()["accepted"]  # Within the leeway.
    clock.advance(seconds=30)
    assert view.look()["summary"] == "Refused: time (expired)"
    ring.remove(ring.active.kid)
    assert view.look()["summary"] == "Refused: key (kid)"


def test_the_page_learns_the_time_and_how_the_clock_runs(view, clock, token):
    exp = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "==="))["exp"]
    data = view.look()
    assert (data["expires_at"], data["leeway_s"], data["stands_still"]) == (exp, 30, False)
    assert exp - 300 <= data["now"] <= exp
    clock.hold()
    clock.advance(minutes=1)
    held = view.look()
    assert held["stands_still"]
    assert held["now"] >= data["now"] + 60


@pytest.mark.parametrize("exp", ["never", True, 1.5, float("nan"), 10**400, -1, None])
def test_an_end_that_is_no_time_is_none(exp, policy, ring):
    text = f"{encoded({'alg': 'RS256'})}.{encoded({'exp': exp})}.AAAA"
    assert look(text, policy, ring.jwk_set()).data()["expires_at"] is None


# What is sent.


def test_each_member_says_what_it_means_and_what_a_verifier_does_with_it(view):
    told = members_of(view.look())
    assert told["payload", "sub"]["value"] == '"quality-lead"'
    assert told["payload", "sub"]["meaning"] == "whom it is about"
    for (part, name), member in told.items():
        assert member["does"] == DOES[part][name]


def test_a_member_that_brings_a_key_is_refused_and_an_unknown_one_ignored():
    for name in jws.FORBIDDEN_HEADERS:
        assert what_a_verifier_does("header", name).startswith("Refuses")
    assert what_a_verifier_does("payload", "jku").startswith("Nothing")
    assert what_a_verifier_does("signature", "x").startswith("Nothing")


@pytest.mark.parametrize(
    "text", ["", ".", "..", "...", "....", "x", EVIL, ANSI, "é" * 20, "x" * 1_000_000,
             f"{encoded([1])}.{encoded('no json')}.", "." * 30_000, "\ud800.a.b",
             encoded({EVIL: ANSI, **{f"m{n}": ["x" * 5000] for n in range(1)}}) + "..",
             encoded('{"a":' + "[" * 4000 + "]" * 4000 + "}") + ".e30.AA",
             encoded({f"m{n}": n for n in range(500)}) + ".e30.AA"],
    ids=range(16),
)  # fmt: skip
def test_any_text_is_looked_at_and_none_can_act(text, view):
    data = view.look(text)
    sent = json.dumps(data, allow_nan=False)
    assert not data["accepted"]
    assert signs(data).count("x") == 1
    assert len(sent) < 60_000
    assert set(data["text"]) <= {
        *string.ascii_letters,
        *string.digits,
        *string.punctuation,
        "\ufffd",
    }
    assert len(data["text"]) == min(len(text), MAX_CHARACTERS)
    assert data["length"] == min(len(text), MAX_EDITED)
    for part in data["parts"]:
        for start, end in [part["place"], *(member["place"] for member in part["members"])]:
            assert 0 <= start <= end <= MAX_CHARACTERS
    for char in ("\x1b", "\u202e"):
        assert char not in json.dumps(data, ensure_ascii=False).replace("\\\\x1b", "")


def test_members_that_have_no_room_are_counted(view):
    (part, *_) = view.look(encoded({f"m{n}": n for n in range(200)}) + ".e30.AA")["parts"]
    assert (len(part["members"]), part["more"]) == (40, 160)


# What a view is.


def test_a_view_is_the_pictures_twin_in_text_and_tells_no_character_of_the_token(view, token):
    assert repr(view).startswith("A token. Verified by inspections.\n  1 header\n")
    assert repr(view.widget) == "token view, inspections"
    assert view.widget is view.widget
    for secret in (*token.split("."), "quality-lead", ISSUER):
        assert secret not in repr(view) + repr(view.widget)


def test_the_twin_says_why_a_token_is_refused(token, policy, ring):
    assert repr(token_view(token[:-9], policy, ring.jwk_set)).startswith("A token. Refused: s")
    early = token_view(
        token, AccessTokenPolicy(ISSUER, "inspections", clock=LESSON_CLOCK), ring.jwk_set
    )
    assert repr(early).startswith("A token. Refused: time (early)")


def test_what_a_notebook_may_keep_of_the_widget_holds_nothing_of_the_token(view, token):
    state = json.dumps(view.widget.get_state(), default=str)
    for part in token.split("."):
        assert part[:20] not in state
    assert "quality-lead" not in state


@pytest.fixture
def sent(view, monkeypatch):
    """What the widget sends to its pages."""
    messages = []
    monkeypatch.setattr(TokenWidget, "send", lambda self, content: messages.append(content))
    return messages


def asked(view, content):
    view.widget._handle_custom_msg(content, [])


def look_of(page, number=1, text=None):
    return {"type": "look", "from": page, "number": number, "text": text}


def test_a_page_gets_the_look_that_it_asked_for(view, sent, token):
    asked(view, look_of("page-1", 7))
    asked(view, look_of("page-2", 8, token[:-1] + "*"))
    assert [(one["to"], one["number"], one["data"]["accepted"]) for one in sent] == [
        ("page-1", 7, True),
        ("page-2", 8, False),
    ]
    assert sent[0]["data"]["text"] == token


@pytest.mark.parametrize(
    "content", [None, "look", {}, {"type": "look"}, look_of(3), look_of("a", "b"),
                look_of("a", 1, 3), {"type": "look", "from": "a", "text": ""},
                {**look_of("a"), "type": "x"}, {"type": "leave"}, {"type": "leave", "from": 3}],
)  # fmt: skip
def test_what_no_page_asks_is_left(view, sent, content):
    asked(view, content)
    assert sent == []


class Cells:
    """A shell whose cells end when told, and what a widget hears and says then."""

    def __init__(self, monkeypatch):
        self.shell, self.sent = InteractiveShell(), []
        monkeypatch.setattr("labkit.widgets.token_page.get_ipython", lambda: self.shell)
        monkeypatch.setattr(TokenWidget, "send", lambda _self, content: self.sent.append(content))

    @property
    def hooks(self):
        return len(self.shell.events.callbacks["post_run_cell"])

    def end(self, act=lambda: None):
        """Let a cell that did *act* end; return what pages are told."""
        self.sent.clear()
        act()
        self.shell.events.trigger("post_run_cell", None)
        return self.sent.copy()


@pytest.fixture
def cells(monkeypatch):
    return Cells(monkeypatch)


@pytest.fixture
def watched(token, policy, ring, cells):
    """A view that one page shows."""
    view = token_view(token, policy, ring.jwk_set, lambda: ring.lives)
    asked(view, look_of("page"))
    return view


CHANGED = [{"type": "changed"}]


def test_pages_hear_of_a_cell_that_set_the_clock_or_changed_the_keys_and_of_no_other(
    watched, cells, clock, ring
):
    assert cells.end() == []
    for act in (lambda: clock.advance(minutes=1), ring.publish_next, ring.rotate, clock.hold):
        assert cells.end(act) == CHANGED
        asked(watched, look_of("page"))
        assert cells.end() == []
    watched.widget.close()
    assert cells.end(lambda: clock.advance(minutes=1)) == []
    watched.widget.close()


def test_a_change_between_two_looks_of_one_cell_is_told(watched, cells, clock):
    def act():
        clock.advance(minutes=1)
        asked(watched, look_of("another page"))  # It knows; the first doesn't yet.

    assert cells.end(act)[-1:] == CHANGED


def test_a_view_has_one_hook_while_a_page_shows_it_and_none_otherwise(watched, cells, clock):
    assert cells.hooks == 1
    for page in ("page", "another"):
        asked(watched, look_of(page))
    assert cells.hooks == 1
    asked(watched, {"type": "leave", "from": "page"})
    assert cells.hooks == 1
    asked(watched, {"type": "leave", "from": "another"})
    asked(watched, {"type": "leave", "from": "another"})
    assert cells.hooks == 0
    assert cells.end(lambda: clock.advance(minutes=1)) == []
    asked(watched, look_of("page"))
    assert cells.hooks == 1
    watched.widget.close()
    assert cells.hooks == 0


def test_a_page_that_went_without_a_word_is_forgotten_with_the_next_change(watched, cells, clock):
    asked(watched, look_of("a page that was closed"))
    assert cells.end(lambda: clock.advance(minutes=1)) == CHANGED
    assert cells.hooks == 0  # Who is still there asks again.
    asked(watched, look_of("page"))
    asked(watched, {"type": "leave", "from": "page"})
    assert cells.hooks == 0


def test_a_view_that_no_page_has_shown_yet_hears_of_no_cell(token, policy, ring, cells):
    _ = token_view(token, policy, ring.jwk_set).widget
    assert cells.hooks == 0


def test_no_keys_are_fetched_after_a_cell(token, policy, ring, cells, clock):
    fetched = []

    def fetch():
        fetched.append(clock.now())
        return ring.jwk_set()

    view = token_view(token, policy, fetch)
    asked(view, look_of("page"))
    fetched.clear()
    assert cells.end() == []
    assert cells.end(lambda: clock.advance(minutes=1)) == CHANGED
    assert fetched == []
    asked(view, look_of("page"))
    assert len(fetched) == 1


def test_without_anywidget_there_is_the_picture_and_the_command(view, monkeypatch, capsys):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    monkeypatch.setitem(sys.modules, "labkit.widgets.token_page", None)
    view._ipython_display_()
    assert shown == [view.picture]
    assert "pip install 'labkit[course]'" in capsys.readouterr().out
    with pytest.raises(MissingDependency, match="needs anywidget"):
        _ = view.widget


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"token": None}, "token has to be"), ({"token": b"a.b.c"}, "token has to be"),
     ({"policy": "inspections"}, "policy has to be"), ({"keys": {"keys": []}}, "keys has to be")],
)  # fmt: skip
def test_what_is_wrong_is_named(wrong, words, token, policy, ring):
    with pytest.raises(UsageError, match=words):
        TokenView(**{"token": token, "policy": policy, "keys": ring.jwk_set, **wrong})


# A lab's own.


def test_a_lab_checks_a_token_as_the_service_would_that_it_is_for():
    with Lab() as lab:
        view = lab.view(lab.token())
        assert view.look()["accepted"]
        search = lab.view(lab.token(audience="search", scope="search:read"))
        assert search.look()["summary"].startswith("Verified by search")
        assert lab.view("abc").look()["by"] == "inspections"
        odd = f"e30.{encoded({'aud': ['inspections']})}."
        assert lab.view(odd).look()["by"] == "inspections"
        lab.clock.advance(minutes=6)
        assert view.look()["summary"] == "Refused: time (expired)"
        with pytest.raises(UsageError, match="a trace"):
            lab.view(None)
    assert view.look()["summary"] == "Refused: time (expired)"  # Also when it's stopped.
