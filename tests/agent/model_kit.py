"""
A model that says what a test wrote: a real OpenAI-compatible endpoint over a real socket.

Each request takes the next line of the script. A line is what the model says (`says`, `calls`), or
any function of the ASGI ``send`` that breaks the protocol on purpose. The conversation that comes
in is checked as strictly as the real API does: each tool call needs its one tool message.
"""

import asyncio
import json
import threading
from collections import deque

TOKENS = {"prompt_tokens": 10, "completion_tokens": 3}


def says(text, finish="stop", usage=TOKENS):
    return {"content": text, "finish": finish, "usage": usage}


def calls(*wanted, text=None, finish="tool_calls"):
    """Calls by name and arguments, which may be a string as it comes over the wire."""
    made = [
        {
            "id": f"call_{place}",
            "type": "function",
            "function": {"name": name, "arguments": a if isinstance(a, str) else json.dumps(a)},
        }
        for place, (name, a) in enumerate(wanted)
    ]
    return {"content": text, "tool_calls": made, "finish": finish, "usage": TOKENS}


def pieces(*deltas, finish="stop", done=True):
    """A streamed reply piece by piece: each a delta, or bytes that are sent as they are."""

    async def send_all(send):
        await start(send, 200, "text/event-stream")
        for delta in deltas:
            raw = delta if isinstance(delta, bytes) else event(delta)
            await send({"type": "http.response.body", "body": raw, "more_body": True})
        end = event({}, finish) if finish else b""
        end += b"data: [DONE]\n\n" if done else b""
        await send({"type": "http.response.body", "body": end})

    return send_all


def event(delta, finish=None):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


def error(status, message="no", headers=(), body=None, content_type="application/json"):
    async def send_all(send):
        content = json.dumps({"error": {"message": message}}).encode() if body is None else body
        await start(send, status, content_type, headers)
        await send({"type": "http.response.body", "body": content})

    return send_all


def raw(body, content_type="application/json"):
    return error(200, body=body, content_type=content_type)


async def start(send, status, content_type, headers=()):
    fields = [("content-type", content_type), *headers]
    encoded = [(name.encode(), value.encode()) for name, value in fields]
    await send({"type": "http.response.start", "status": status, "headers": encoded})


class ScriptedModel:
    """
    The ASGI app.

    Attributes:
        script: What it says, in order.
        requests: The bodies that came in.
        headers: Their headers.
        connections: From which ports they came.
    """

    def __init__(self):
        self.script, self.requests, self.headers = deque(), [], []
        self.connections = []
        self.always = None  # One line for all requests.
        self.reacts = None  # A function of the request that returns a line.
        self.gone = threading.Event()  # Set when a client hangs up in the middle.

    def answers(self, *lines):
        self.script.extend(lines)
        return self

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
            return
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
        request = json.loads(body)
        self.requests.append(request)
        self.headers.append({k.decode(): v.decode() for k, v in scope["headers"]})
        self.connections.append(scope["client"][1])
        line = self._line(request)
        if scope["path"] != "/v1/chat/completions":
            line = error(404, f"no route {scope['path']}")
        if fault := unanswered(request["messages"]):
            line = error(400, fault)
        if callable(line):
            await self._break(line, send, receive)
        else:
            await self._say(line, request.get("stream"), send)

    def _line(self, request):
        if self.reacts:
            return self.reacts(request)
        return self.always or (self.script.popleft() if self.script else error(400, "script over"))

    async def _break(self, line, send, receive):
        task = asyncio.ensure_future(line(send))
        hung_up = asyncio.ensure_future(receive())
        await asyncio.wait([task, hung_up], return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            self.gone.set()
            task.cancel()
        hung_up.cancel()
        await asyncio.gather(task, hung_up, return_exceptions=True)
        if not task.cancelled() and task.exception():
            raise task.exception()  # uvicorn then closes the connection in the middle.

    async def _say(self, line, streamed, send):
        if streamed:
            await pieces(*deltas(line), finish=None)(send)
            return
        message = {
            "role": "assistant",
            **{k: line[k] for k in ("content", "tool_calls") if k in line},
        }
        choice = {"index": 0, "message": message, "finish_reason": line["finish"]}
        await raw(json.dumps({"choices": [choice], "usage": line["usage"]}).encode())(send)


def deltas(line):
    yield {"role": "assistant", "content": ""}
    for word in (line["content"] or "").split(" "):
        yield {"content": word + " "} if word else {}
    for place, call in enumerate(line.get("tool_calls", ())):
        function = call["function"]
        yield {"tool_calls": [{**call, "index": place, "function": {**function, "arguments": ""}}]}
        for half in (function["arguments"][:5], function["arguments"][5:]):
            yield {"tool_calls": [{"index": place, "function": {"arguments": half}}]}
    yield event({}, line["finish"])
    usage = {"choices": [], "usage": line["usage"]}
    yield b"data: " + json.dumps(usage).encode() + b"\n\n"


def unanswered(messages):
    """Return what is wrong with the conversation, as the real API would, or None."""
    waiting = []
    for message in messages:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                return "a tool message answers no call"
            waiting.remove(message["tool_call_id"])
        elif waiting:
            return f"no answer to {waiting}"
        for call in message.get("tool_calls") or ():
            if not isinstance(json.loads(call["function"]["arguments"]), dict):
                return "arguments are no object"
            waiting.append(call["id"])
    return f"no answer to {waiting}" if waiting else None
