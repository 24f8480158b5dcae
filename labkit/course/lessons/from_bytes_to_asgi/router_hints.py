"""
Hints to 03.1: a question, a principle and nearly the code, for each mistake.

Floor 4: knows the kit.
"""

from labkit.course.findings import Hints

HINTS: dict[str, Hints] = {
    "ignores-method": (
        "Which two things together choose the handler?",
        "GET /lots and POST /lots are one resource and two wishes. A router looks up the pair, "
        "and calls one handler once.",
        'routes has keys such as ("GET", "/lots"): look up (scope["method"], scope["path"])',
    ),
    "body-in-one-chunk": (
        "How many messages does receive() give for one body?",
        "The network cuts a body where it likes. Each http.request message has one piece; "
        "more_body says whether another follows.",
        "a while loop: await receive(), add the piece, go on as long as more_body is true",
    ),
    "last-chunk-only": (
        "What happens to the first piece when the second arrives?",
        "A body is the sum of its pieces, in order. An = in a loop keeps the newest alone.",
        'body += message["body"]            # and body = b"" before the loop',
    ),
    "other-body": (
        "What does the handler ask for?",
        "A router carries the body and doesn't read it: the handler knows whether it is JSON, "
        "an image, or nothing. It gets bytes, all of them, unchanged.",
        "handler(body), where body is the pieces added up and nothing else",
    ),
    "reads-past-the-end": (
        "How does your loop know that the body has ended?",
        "After the last piece the next message is http.disconnect, and it comes when the "
        "client goes. The client is waiting for your answer, so both wait for ever.",
        "leave the loop as soon as a message says more_body false",
    ),
    "sends-nothing": (
        "Who reads what your function returns?",
        "Nobody does. An ASGI app answers by sending: first one message with status and "
        "headers, then at least one with the body.",
        'await send({"type": "http.response.start", ...}) and then the same with '
        '"http.response.body"',
    ),
    "out-of-order": (
        "Which line of an HTTP answer comes first?",
        "The status line and the headers go out before the body, so the server wants their "
        "message first, and only once.",
        "one http.response.start, then http.response.body",
    ),
    "text-not-bytes": (
        "What goes over a wire: characters or bytes?",
        "A server writes to a socket what it's given. Bodies, header names and header values "
        "are bytes.",
        '"GET, POST".encode() or b"GET, POST"',
    ),
    "other-answer": (
        "Is the status that you send the one that the handler returned?",
        "A handler returns two things, the status and the content. Both are its decision.",
        "status, content = handler(body), and both go out",
    ),
    "no-404": (
        "What does your function do with a path that is in no route?",
        "An unknown path is no fault of the server: it is an answer, 404, and has to be sent "
        "like any other.",
        "collect the methods that are known for this path; none means 404",
    ),
    "no-405": (
        "Is /lots unknown, or only DELETE on it?",
        "404 says: there is nothing here. 405 says: there is, ask differently. Whoever reads "
        "404 looks for a typing error in the path.",
        "the path stands in a route with another method: 405",
    ),
    "no-allow": (
        "What does somebody want to know who reads 405?",
        "RFC 9110 section 15.5.6: a 405 names the methods that are there, in the header Allow.",
        '(b"allow", b"...") in the headers: the methods of this path, joined by ", "',
    ),
    "forgotten-await": (
        "What do send(...) and receive() do before somebody waits for them?",
        "Both are async functions: a call only makes a coroutine. Nothing is sent or received "
        "until your function awaits it.",
        "await send({...}), and message = await receive()",
    ),
    "awaits-the-handler": (
        "Which of the functions here are async, and which are plain?",
        "await is for what may pause. A handler is a plain function: its call gives the result "
        "at once.",
        "status, content = handler(body)      # no await",
    ),
    "json-of-bytes": (
        "What is the type of content, and what does json.dumps make of such a thing?",
        "A handler has already made bytes of its answer. A router carries them on as they are, "
        "whatever they mean.",
        'the message "http.response.body" with "body": content',
    ),
    "prefix-for-path": (
        "Is /lots/7 the path of a route, or does it only begin like one?",
        "A route is for one path: equal, character by character. A path that begins or ends like "
        "another is another resource.",
        'compare with ==, or look up the pair (scope["method"], scope["path"])',
    ),
    "other-allow": (
        "Whose methods does your header list?",
        "allow names the methods of the path that was asked for. Other paths have other ones, and "
        "another service has other paths.",
        "collect the method of each key of routes whose path is this one",
    ),
    "one-service-only": (
        "Where does your function get paths and methods from?",
        "A router knows no path of its own. All that it knows of a service stands in routes, so "
        "the next service needs no new router.",
        'no "/lots" and no "GET" in your code: take them from the keys of routes',
    ),
}
