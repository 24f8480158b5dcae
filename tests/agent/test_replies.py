"""Whatever calls itself OpenAI-compatible is understood, or named: never a KeyError."""

import json
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_kit import event

from labkit.agent.events import Usage
from labkit.agent.replies import Call, ReplyInPieces, read_reply, said_by
from labkit.agent.sse import EventDecoder
from labkit.errors import ModelError


def whole(message, **more):
    return json.dumps({"choices": [{"message": message, **more}]}).encode()


def put_together(*deltas):
    reply = ReplyInPieces()
    for delta in deltas:
        reply.add(event(delta)[6:])
    return [(c.call_id, c.name, c.arguments) for c in reply.whole().calls]


def part(index=0, call_id=None, name=None, arguments=None):
    function = {k: v for k, v in (("name", name), ("arguments", arguments)) if v is not None}
    piece = {"index": index, "id": call_id, "function": function}
    return {"tool_calls": [{k: v for k, v in piece.items() if v is not None}]}


# --- a reply in pieces -----------------------------------------------------------------------


def test_calls_are_put_together_by_index():
    assert put_together(
        part(0, "a", "add", '{"x"'),
        part(1, "b", "sub", ""),
        part(0, arguments=": 1}"),
        part(1, arguments="{}"),
    ) == [("a", "add", '{"x": 1}'), ("b", "sub", "{}")]


def test_an_id_that_is_new_begins_a_call_also_at_an_index_that_is_used_already():
    assert put_together(
        part(0, "a", "add", "{}"), part(0, "b", "sub", '{"x"'), part(0, arguments=": 1}")
    ) == [("a", "add", "{}"), ("b", "sub", '{"x": 1}')]


def test_an_id_that_comes_again_goes_on_with_its_call():
    assert put_together(
        part(0, "a", "add", "{"),
        part(0, "b", "sub", "{"),
        part(0, "a", arguments="}"),
        part(0, "b", arguments="}"),
    ) == [("a", "add", "{}"), ("b", "sub", "{}")]


def test_calls_without_ids_or_indices_are_told_apart_as_far_as_they_can_be():
    no_index = {"tool_calls": [{"function": {"name": "add", "arguments": "{}"}}]}
    assert put_together(no_index) == [("", "add", "{}")]
    assert put_together(part(0, None, "add", "{}"), part(1, "", "sub", "{}")) == [
        ("", "add", "{}"),
        ("", "sub", "{}"),
    ]


def test_an_id_may_come_after_the_name():
    assert put_together(part(0, None, "add"), part(0, "a", None, "{}")) == [("a", "add", "{}")]


def test_half_a_surrogate_pair_in_each_of_two_pieces_is_one_character():
    halves = ('{"x": "\\', 'ud83d\\ude00"}')
    ((_, _, arguments),) = put_together(part(0, "a", "f", halves[0]), part(arguments=halves[1]))
    assert json.loads(arguments) == {"x": "\N{GRINNING FACE}"}


# --- a whole reply ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": "yes"}, "yes"),
        ({"content": None}, ""),
        ({}, ""),
        ({"content": None, "refusal": "I can't."}, "I can't."),
        (
            {"content": [{"type": "text", "text": "in "}, {"type": "text", "text": "parts"}]},
            "in parts",
        ),
        ({"content": "\ud800!"}, "\ufffd!"),
    ],
)
def test_text_is_found_wherever_it_is(message, text):
    assert read_reply(whole(message)).text == text


def test_arguments_may_be_an_object_and_ids_may_be_missing():
    function = {"name": "add", "arguments": {"x": 1}}
    nothing = {"id": None, "function": {"name": None, "arguments": None}}
    reply = read_reply(whole({"tool_calls": [{"function": function}, nothing]}))
    assert [(c.call_id, c.name, c.arguments) for c in reply.calls] == [
        ("", "add", '{"x": 1}'),
        ("", "", ""),
    ]
    reply.number(taken := set())
    assert taken == {"call_1", "call_2"}


def test_each_call_of_a_run_gets_an_id_of_its_own():
    calls = [{"id": "x", "function": {"name": "add", "arguments": "{}"}}] * 3
    first, second = (
        read_reply(whole({"tool_calls": calls})),
        read_reply(whole({"tool_calls": calls})),
    )
    taken = set()
    first.number(taken)
    second.number(taken)
    ids = [c.call_id for c in first.calls + second.calls]
    assert len(set(ids)) == 6
    assert ids[0] == "x"
    clash = read_reply(whole({"tool_calls": [{"id": "", "function": {"name": "f"}}]}))
    clash.number(clashing := {"call_2"})
    assert len(clashing) == 2


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        ({"prompt_tokens": 7, "completion_tokens": 2}, Usage(7, 2)),
        ({}, Usage()),
        (None, Usage()),
        ({"prompt_tokens": "7", "completion_tokens": -1}, Usage()),
        ({"prompt_tokens": True}, Usage()),
    ],
)
def test_tokens_are_counted_if_the_endpoint_counts_them(usage, counted):
    body = {"choices": [{"message": {"content": "x"}}], "usage": usage}
    assert read_reply(json.dumps(body).encode()).usage == counted


STRANGE = [
    b"",
    b"null",
    b"7",
    b"[]",
    b"{}",
    b'{"choices": []}',
    b'{"choices": null}',
    b'{"choices": [7]}',
    b'{"choices": [{}]}',
    b'{"choices": [{"message": null}]}',
    b'{"choices": [{"message": {"content": 7}}]}',
    b'{"choices": [{"message": {"content": [7]}}]}',
    b'{"choices": [{"message": {"tool_calls": 7}}]}',
    b'{"choices": [{"message": {"tool_calls": [7]}}]}',
    b'{"choices": [{"message": {"tool_calls": [{"function": 7}]}}]}',
    b"<html>hello</html>",
    b"\xff\xfe",
    b"[" * 100_000,
]


@pytest.mark.parametrize("body", STRANGE)
def test_what_is_no_reply_is_named_and_says_what_to_look_at(body):
    with pytest.raises(ModelError, match="base_url"):
        read_reply(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "choices",
                        "message",
                        "delta",
                        "content",
                        "tool_calls",
                        "function",
                        "id",
                        "index",
                        "usage",
                        "error",
                        "text",
                    ]
                ),
                inner,
            )
        ),
    )
)
def test_no_json_breaks_the_reading(value):
    body = json.dumps(value).encode()
    for read in (read_reply, ReplyInPieces().add):
        with suppress(ModelError):
            read(body)


def test_an_error_in_the_stream_says_what_the_endpoint_said():
    with pytest.raises(ModelError, match=r"gave up: out of memory\. Try again") as caught:
        ReplyInPieces().add(b'{"error": {"message": "out of\\n memory."}}')
    assert caught.value.can_retry


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"message": "no"}, "no"),
        ({"error": {"message": "no."}}, "no"),
        ({"error": "no"}, "no"),
        ("no\nway", "no way"),
        ("  <!doctype html>", "it sent a web page"),
        ({"message": 7}, "it gave no reason"),
        (None, "it gave no reason"),
        ("x" * 1000, "x" * 200),
    ],
)
def test_what_an_endpoint_says_is_one_short_line(body, said):
    assert said_by(body) == said


# --- a call in the transcript ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('{"a": 1}', {"a": 1}),
        ("", {}),
        ("{}", {}),
        (" {} ", {}),
        ("{", {"unreadable": "{"}),
        ("[1]", {"unreadable": "[1]"}),
        ("x" * 1000, {"unreadable": "x" * 200}),
        (json.dumps({"a": "x" * 1_000_000}), {"unreadable": '{"a": "' + "x" * 193}),
    ],
)
def test_arguments_that_no_endpoint_would_read_again_become_a_note(written, kept):
    message = Call("c", "add", written).message()
    assert json.loads(message["function"]["arguments"]) == kept


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("add", "add"),
        ("functions.add", "functions_add"),
        ("", "unnamed"),
        ("é b", "__b"),
        ("x" * 100, "x" * 64),
    ],
)
def test_a_name_in_the_transcript_is_one_that_endpoints_accept(name, plain):
    assert Call("c", name, "{}").message()["function"]["name"] == plain


@pytest.mark.parametrize("finish", [["stop"], {"reason": "stop"}, 7])
def test_an_end_that_is_no_word_counts_as_none(finish):
    assert read_reply(whole({"content": "Hi"}, finish_reason=finish)).finish is None


def test_half_a_surrogate_pair_in_whole_arguments_can_be_sent_on():
    function = {"name": "add", "arguments": '{"a": "\ud83d"}'}
    reply = read_reply(whole({"tool_calls": [{"id": "x", "function": function}]}))
    assert reply.calls[0].arguments.encode() == '{"a": "\ufffd"}'.encode()


# --- server-sent events ----------------------------------------------------------------------


def decoded(*portions):
    decoder = EventDecoder()
    found = [data for portion in portions for data in decoder.feed(portion)]
    return [*found, *decoder.close()]


STREAM = (
    b": a comment\n\n"
    b"event: x\ndata: one\n\n"
    b"data:two\r\n\r\n"
    b"id: 7\ndata: th\ndata:  ree\n\n" + "data: f\u2028o\x85ur\n\n".encode() + b"retry: 1\n\n\n"
    b"data: last"
)
DATA = [b"one", b"two", b"th\n ree", "f\u2028o\x85ur".encode(), b"last"]


def test_events_are_read_as_the_standard_says():
    assert decoded(STREAM) == DATA


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_how_the_network_cuts_a_stream_makes_no_difference(places):
    cuts = [0, *sorted(places), len(STREAM)]
    assert decoded(*(STREAM[a:b] for a, b in pairwise(cuts))) == DATA


def test_a_long_line_in_small_portions_is_one_event():
    portions = [b"data: ", *[b"x" * 100] * 10_000, b"\n\n"]
    assert decoded(*portions) == [b"x" * 1_000_000]
