"""A transcript is valid at every moment, on disk too."""

import json
import os

import pytest

from labkit.agent.transcript import Transcript
from labkit.errors import StorageError, UsageError

CALL = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
ASKS = {"role": "assistant", "content": "One moment.", "tool_calls": [CALL]}
SAYS = {"role": "tool", "tool_call_id": "c1", "content": "5"}
TALK = [{"role": "user", "content": "2 + 3?"}, ASKS, SAYS, {"role": "assistant", "content": "5"}]


def test_a_transcript_survives_the_disk_and_goes_on(tmp_path):
    first = Transcript(TALK)
    first.ask("Ünd 3 + 4? \ud83d\ude00 \ud800")
    first.save(tmp_path / "new" / "talk.json")
    again = Transcript.load(tmp_path / "new" / "talk.json")
    assert again == first
    assert again.messages[-1]["content"] == "Ünd 3 + 4? \N{GRINNING FACE} \ufffd"
    again.ask("more")
    assert (len(first), len(again)) == (5, 6)
    assert again != first
    assert again != TALK


def test_the_file_is_a_plain_list_of_messages_and_nothing_lies_beside_it(tmp_path):
    Transcript(TALK).save(tmp_path / "talk.json")
    assert json.loads((tmp_path / "talk.json").read_text("utf-8")) == TALK
    assert [each.name for each in tmp_path.iterdir()] == ["talk.json"]


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        (TALK[:2], "'c1' has no tool message"),
        ([TALK[0], ASKS, TALK[0]], "message 2 comes before the answer to call 'c1'"),
        ([TALK[0], SAYS], "message 1 answers a call that nobody is waiting for"),
        ([*TALK[:3], SAYS], "message 3 answers a call that nobody is waiting for"),
        ([{"content": "hello"}], "message 0 needs a role"),
        (["hello"], "message 0 needs a role"),
        ([{"role": "king", "content": "hello"}], "message 0 needs a role"),
        ([{"role": "user"}], "message 0 needs content"),
        ([{"role": "user", "content": 7}], "message 0 needs content"),
        ([{**ASKS, "tool_calls": [CALL, CALL]}], "an id of its own"),
        ([{**ASKS, "tool_calls": [{**CALL, "id": 7}]}], "an id of its own"),
        ([{**ASKS, "tool_calls": [{**CALL, "id": ""}]}], "an id of its own"),
        ([{**ASKS, "tool_calls": [{"id": "c1"}]}], "an id of its own"),
        ([{**ASKS, "tool_calls": 7}], "an id of its own"),
        ([{"role": "user", "content": float("nan")}], "plain JSON"),
        ([{"role": "user", "content": b"x"}], "plain JSON"),
        (7, "plain JSON"),
    ],
)
def test_what_no_endpoint_would_take_is_refused_with_the_place(messages, says):
    with pytest.raises(UsageError, match=says):
        Transcript(messages)


def test_a_turn_is_added_whole_or_not_at_all():
    talk = Transcript(TALK[:1])
    for turn in ((ASKS, []), (ASKS, [SAYS, SAYS]), (ASKS, [{**SAYS, "tool_call_id": "c2"}])):
        with pytest.raises(UsageError):
            talk.answer(*turn)
        assert len(talk) == 1
    talk.answer(ASKS, [SAYS])
    assert talk == Transcript(TALK[:3])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "isn't JSON"),
        (b"{", "isn't JSON"),
        (b"\xff\xfe\xff", "isn't JSON"),
        (b"[" * 100_000, "isn't JSON"),
        (b"{}", "a JSON array of messages"),
        (b'[{"role": "assistant", "content": null, "tool_calls": [{}]}]', "an id of its own"),
    ],
)
def test_a_file_that_is_no_transcript_says_so(tmp_path, content, says):
    (tmp_path / "talk.json").write_bytes(content)
    with pytest.raises(UsageError, match=says):
        Transcript.load(tmp_path / "talk.json")


def test_a_file_that_cannot_be_read_or_written_says_why(tmp_path):
    with pytest.raises(StorageError, match="No such file"):
        Transcript.load(tmp_path / "nosuch.json")
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="can't save"):
        Transcript(TALK).save(tmp_path / "file" / "talk.json")


def test_what_is_done_to_the_messages_it_hands_out_stays_outside():
    talk = Transcript(TALK)
    talk.messages[0]["content"] = "changed"
    talk.messages.clear()
    next(iter(talk))["content"] = "changed"
    twin = talk.copy()
    twin.ask("more")
    assert talk.messages == TALK


def test_the_last_question_can_be_taken_back_with_all_that_followed():
    talk = Transcript(TALK)
    talk.ask("more")
    assert [talk.rewind(), talk.rewind(), len(talk)] == ["more", "2 + 3?", 0]
    with pytest.raises(UsageError, match="no question"):
        talk.rewind()


@pytest.mark.parametrize("nothing", ["", "  \n", None, 7, b"x"])
def test_a_question_has_something_in_it(nothing):
    with pytest.raises(UsageError, match="something in it"):
        Transcript().ask(nothing)


def test_instructions_are_sent_but_not_kept():
    talk = Transcript(TALK)
    assert talk.wire("Be brief.")[0] == {"role": "system", "content": "Be brief."}
    assert talk.wire() == TALK
    assert "2 + 3" not in repr(talk)


@pytest.mark.skipif(os.name != "posix", reason="permissions are set the POSIX way")
def test_a_saved_conversation_is_its_owners_alone(tmp_path):
    Transcript(TALK).save(tmp_path / "talk.json")
    assert (tmp_path / "talk.json").stat().st_mode & 0o077 == 0
