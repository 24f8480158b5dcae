"""The transcript that lasts is text, whatever the model wrote."""

import re

import pytest

from labkit.widgets.twin import NOTHING, Twin, escaped

TALK = [
    {"kind": "user", "state": "sent", "text": "which line?"},
    {"kind": "tool", "state": "ok", "name": "rate", "arguments": "{}", "content": "0.02"},
    {"kind": "answer", "state": "stopped", "text": "Line *A*"},
]


def test_the_text_says_who_said_what():
    assert repr(Twin(TALK)) == "\n".join(
        ["You: which line?", "Tool: rate {}", "ok: 0.02", "Model (stopped): Line *A*"]
    )
    assert repr(Twin([])) == NOTHING == Twin([])._repr_markdown_()


def test_the_markdown_marks_up_the_speakers_alone():
    assert Twin(TALK)._repr_markdown_().split("\n\n") == [
        "**You:** which line\\?",
        "**Tool:** rate \\{\\}\\\nok\\: 0\\.02",
        r"**Model \(stopped\):** Line \*A\*",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "![a](http://example.org/x.png)",
        "https://example.org",
        "$\\href{javascript:x}{y}$",
        "```\ncode\n```",
        "# heading\n- item\n> quote\n    <b>indented</b>\n\t<b>tab</b>",
        "&lt;b&gt;",
        "a\n\n<script>x</script>\n\nb",
    ],
)
def test_no_punctuation_is_left_to_mean_something(text):
    without = re.sub(r"\\[!-/:-@\[-`{-~]|&nbsp;|\\\n", "", escaped(text))
    assert not re.search(r"[!-/:-@\[-`{-~\n]", without)
    assert not re.search(r"^(\t| {4})", escaped(text), re.MULTILINE)
