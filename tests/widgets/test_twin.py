"""The transcript that lasts is text, whatever the model wrote."""

import pytest

from labkit.widgets.twin import MAX_RESULT, NOTHING, Twin, fenced

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


def test_of_a_tools_result_the_beginning_is_kept_and_its_arguments_stand_on_one_line():
    call = {**TALK[1], "arguments": '{\n  "days": 7\n}', "content": "x" * 5000}
    first, second = repr(Twin([call])).split("\n")
    assert first == 'Tool: rate { "days": 7 }'
    assert second == f"ok: {'x' * (MAX_RESULT - 1)}…"


def test_the_markdown_marks_up_the_speakers_alone():
    assert Twin(TALK)._repr_markdown_().split("\n\n") == [
        "**You:**",
        "```text\nwhich line?\n```",
        "**Tool:**",
        "```text\nrate {}\nok: 0.02\n```",
        "**Model (stopped):**",
        "```text\nLine *A*\n```",
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
        "`````\n</pre><b>x</b>\n```",
        "# heading\n- item\n> quote\n    <b>indented</b>\n\t<b>tab</b>",
        "&lt;b&gt;",
        "a\n\n<script>x</script>\n\nb",
    ],
)
def test_a_text_stays_inside_its_fence(text):
    opening, *inside, closing = fenced(text).split("\n")
    assert "\n".join(inside) == text
    assert opening == f"{closing}text"
    assert set(closing) == {"`"}
    assert len(closing) >= 3
    assert closing not in text
