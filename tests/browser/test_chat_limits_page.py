"""What the chat costs in JupyterLab: bytes on the wire, flushes, elements; and odd texts in it."""

import json
import re
from datetime import datetime

import pytest
from browser.chat_notebook import chat_in, look, plant, say

from labkit.widgets.outbox import FLUSH_S

NAME = "97_chat_limits.ipynb"
MOST_BYTES = 150 * 1024
MOST_NODES = 5_500  # Of one message, whatever stands in it.
ODD = {
    "arabic": "مرحبا بالعالم 123 (abc)",
    "combining": "Z" + "\u0351\u036b\u0343" * 40 + "algo e\u0301",
    "emoji": "👩\u200d👩\u200d👧\u200d👦 🏳️\u200d🌈 😀",
    "ansi": "\x1b[31mred\x1b[0m \u202eturned\u202c",
    "word": "x" * 5_000,
    "code": "```python\n" + "".join(f"x_{n} = f('{n}')  # {n}\n" for n in range(10_000)) + "```",
    "fence": "before\n```python\nnever = 'closed'",
    "table": "\n".join(
        "|" + "|".join(f" {row}{n} " if row != "-" else "---" for n in range(200)) + "|"
        for row in ("h", "-", *"abcdefgh")
    ),
    "marks": "**a** `b` *c* " * 500 + "# e\n" * 500 + "```\nx\n```\n" * 500,
}
SETUP = f"""
import asyncio
from labkit import Agent, Chat
from labkit.server import Server
from model_kit import ScriptedModel, event, pieces, says, start

ODD = {ODD!r}

async def thousand(send):
    await start(send, 200, "text/event-stream")
    for n in range(1000):
        body = event({{"content": f"word{{n}} "}})
        await send({{"type": "http.response.body", "body": body, "more_body": True}})
        await asyncio.sleep(0.001)  # A fast model: the text comes over seconds, not at once.
    end = event({{}}, "stop") + b"data: [DONE]" + b"\\n\\n"
    await send({{"type": "http.response.body", "body": end}})

def reacts(request):
    text = request["messages"][-1]["content"]
    return thousand if text == "thousand" else pieces({{"content": ODD.get(text, text.upper())}})

model = ScriptedModel()
model.reacts = reacts
server = Server(lambda _url: model, name="model")
server.start()
chat = Chat(Agent("scripted", base_url=f"{{server.url}}/v1", api_key="none"))
"""
CELLS = [SETUP, "chat", 'for n in range(100):\n    chat.ask(f"message {n}")', "server.stop()"]
CHAT, MANY = 1, 2


@pytest.fixture(scope="module")
def server(clone, start):
    plant(clone, NAME, CELLS)
    return start()


@pytest.fixture
def frames(lab):
    """What came over the kernel's websocket, frame by frame."""
    came = []
    lab.page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda frame: came.append(frame))
    )
    return came


@pytest.fixture
def chat(lab, frames):
    lab.open(NAME)
    lab.run_cell(0)
    lab.run_cell(CHAT)
    chat = chat_in(lab, CHAT)
    chat.locator("textarea").focus()
    yield chat
    assert lab.errors == []
    assert lab.elsewhere == []
    lab.command("kernelmenu:shutdown")


def answered(chat, count=1):
    """Wait for the end of an answer."""
    done = chat.locator(".lk-chat-answer[data-state=done]")
    done.nth(count - 1).wait_for()
    return done.nth(count - 1)


def nodes_of(one):
    return one.evaluate("e => e.querySelectorAll('*').length")


def flushes(frames):
    """Return the number and the moment of each flush among *frames*."""
    for frame in frames:
        if b'"changes"' in frame:
            (seq,) = re.findall(rb'"seq": ?(\d+)', frame)
            yield int(seq), max(re.findall(rb'"date": ?"([^"]+)"', frame)).decode()


def test_a_thousand_tokens_cost_little_and_come_in_few_flushes(lab, chat, frames):
    frames.clear()
    say(lab, "thousand")
    answer = answered(chat)
    text = answer.locator(".lk-chat-blocks").inner_text()
    assert text.split() == [f"word{n}" for n in range(1000)]  # None lost, none doubled.
    bodies = [each if isinstance(each, bytes) else each.encode() for each in frames]
    print(f"{sum(map(len, bodies)):,} bytes in {len(bodies)} frames")
    assert 10_000 < sum(map(len, bodies)) <= MOST_BYTES
    came = list(flushes(bodies))
    numbers = [number for number, _ in came]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    first, last = (datetime.fromisoformat(came[place][1]) for place in (0, -1))
    span_s = (last - first).total_seconds()
    print(f"{len(came)} flushes in {span_s:.2f} s")
    assert 2 < len(came) <= span_s / FLUSH_S + 2


def test_two_hundred_messages_keep_few_elements(lab, chat):
    lab.run_cell(MANY)
    answered(chat, 100)
    articles = chat.locator("article")
    assert articles.count() == 200
    assert nodes_of(chat) <= 200 * 10 + 50
    lab.page.wait_for_function(
        "e => e.scrollHeight - e.scrollTop - e.clientHeight < 40",
        arg=chat.locator(".lk-chat-log").element_handle(),
    )  # It followed.


def test_odd_texts_stay_texts_within_their_messages(lab, chat):
    for count, name in enumerate(ODD, start=1):
        say(lab, name)
        answer = answered(chat, count)
        assert nodes_of(answer) <= MOST_NODES, name
        shown = answer.locator(".lk-chat-blocks").evaluate("e => e.textContent")
        together = re.sub(r"\s|\|", "", shown)
        for word in re.findall(r"\w{2,}", ODD[name])[-20:]:
            assert word in together, (name, word)
        for wide in (chat, chat.locator(".lk-chat-log"), answer):
            assert not wide.evaluate("e => e.scrollWidth > e.clientWidth + 1"), name
        assert not set("\x1b\u202e") & set(shown), name
        if name in ("combining", "code", "table"):
            look(lab, chat, f"chat-odd-{name}")
            chat.locator("textarea").focus()


def test_what_is_typed_may_be_nothing_or_a_hundred_kilobytes(lab, chat):
    for text in ("", "   ", "\t"):
        say(lab, text)
    chat.locator("textarea").fill(" \n \n")
    lab.page.keyboard.press("Enter")
    assert chat.locator("article").count() == 0
    chat.locator("textarea").fill("y" * 100_000 + "z")
    lab.page.keyboard.press("Enter")
    answer = answered(chat)
    chat.locator(".lk-chat-note", has_text="cut to its first 100,000 characters").wait_for()
    assert answer.locator(".lk-chat-blocks").inner_text() == "Y" * 100_000
    assert not chat.evaluate("e => e.scrollWidth > e.clientWidth + 1")
    assert json.dumps(lab.cells()[CHAT]["outputs"]).count("y" * 100_000) >= 1
