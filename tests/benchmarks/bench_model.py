"""
A model for the benchmark of the agent, in a process of its own: its CPU isn't the client's.

The name of the model says what it plays: ``one`` and ``twenty`` ask for that many calls, then say
"done"; ``text`` says 200 words. Prints its URL, and ends when its input does.
"""

import json
import sys

from labkit.server import Server

CALLS = {"one": ("add", {"a": 2, "b": 3}, 1), "twenty": ("slow", {}, 20)}


def choices(kind, content):
    return json.dumps({"choices": [{"index": 0, kind: content, "finish_reason": None}]})


def reply(request):
    """Return the body of the answer: whole, or as one burst of events."""
    name, arguments, count = CALLS.get(request["model"], ("", {}, 0))
    message = {"role": "assistant", "content": "done"}
    if count and request["messages"][-1]["role"] == "user":
        function = {"name": name, "arguments": json.dumps(arguments)}
        calls = [{"id": f"c{n}", "type": "function", "function": function} for n in range(count)]
        message = {"role": "assistant", "content": None, "tool_calls": calls}
    if not request.get("stream"):
        return choices("message", message)
    words = (choices("delta", {"content": "word "}) for _ in range(200))
    return "".join(f"data: {word}\n\n" for word in words) + "data: [DONE]\n\n"


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        for step in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{step}.complete"})
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message["more_body"]
    request = json.loads(body)
    kind = "text/event-stream" if request.get("stream") else "application/json"
    headers = [(b"content-type", kind.encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": reply(request).encode()})


if __name__ == "__main__":
    server = Server(lambda _url: app, name="model")
    server.start()
    print(server.url, flush=True)
    sys.stdin.read()
    server.stop()
