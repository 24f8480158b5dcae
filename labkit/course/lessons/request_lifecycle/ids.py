"""
04.1 A request's id: made once for each request, told to the caller, kept in the log.

The answers are in `id_answers`, what judges them in `id_check`.

Floor 4: knows the kit.
"""

from labkit.course.lessons.request_lifecycle.id_answers import (
    after_the_app,
    as_text,
    failed_whatever_left,
    for_the_lifespan_too,
    in_a_new_variable,
    in_bytes,
    in_one_variable_for_all,
    made_with_the_app,
    only_in_the_log,
    starter,
    swallowing,
    with_no_other_header,
    with_request_id,
)
from labkit.course.lessons.request_lifecycle.id_check import check
from labkit.course.task import Task

IDS = Task(
    id="04.1",
    title="an id for each request",
    task="Write with_request_id(app, new_id, log): return an ASGI app around app. For each HTTP "
    "request it calls new_id() once, adds the header x-request-id to the answer, and, when app is "
    "done or has failed, appends (id, status) to log: the status that left, or 500 if app failed "
    "before one left. An error goes on.",
    starter=starter,
    check=check,
    solution=with_request_id,
    wrong={
        "not-returned": only_in_the_log,
        "not-bytes": as_text,
        "mutable-global": in_one_variable_for_all,
        "no-finally": after_the_app,
        "one-id-for-all": made_with_the_app,
        "status-not-kept": in_a_new_variable,
        "500-after-the-status": failed_whatever_left,
        "swallows-error": swallowing,
        "loses-headers": with_no_other_header,
        "lifespan-too": for_the_lifespan_too,
        "other-entry": in_bytes,
    },
    hints={
        "not-returned": (
            "Which of the messages that pass through send carries the headers?",
            "An answer's headers leave with its first message, http.response.start. After that "
            "message has gone, no header can be added. So wrap send, and look at what passes.",
            'async def send_with_id(message): if its type is "http.response.start", append '
            "(name, value), both bytes, to its headers; then await send(message)",
        ),
        "not-bytes": (
            "Of which type are the headers that are in the message already?",
            "What goes over the network is bytes, and ASGI leaves the turning of text into bytes "
            "to the app. A text turns into bytes with encode().",
            'a pair: b"x-request-id" (mind the b), and the id with .encode()',
        ),
        "mutable-global": (
            "Two requests are inside at the same time. How many variables hold their ids?",
            "While one request waits, another runs the same code. Whatever lives outside of the "
            "inner function is shared by all of them; what is local belongs to one request.",
            "request_id = new_id()   # inside async def ...(scope, receive, send), no nonlocal, "
            "no global, no attribute",
        ),
        "no-finally": (
            "Which lines of yours still run when await app(...) raises?",
            "An error jumps over all that comes after it. What has to happen in any case belongs "
            "where it happens in any case.",
            "try: await app(...)   finally: log.append(...)",
        ),
        "one-id-for-all": (
            "How often does the line run that calls new_id()?",
            "The outer function runs once, when the app is put together. The inner one runs once "
            "for each request.",
            "call new_id() inside of the inner function, first thing after the test of the type",
        ),
        "status-not-kept": (
            "In which function was the variable made that your inner function writes to?",
            "A function that assigns to a name makes a variable of its own, even if a function "
            "around it has one of that name. nonlocal says: the one further out is meant.",
            "nonlocal status   # the first line of the function that replaces send",
        ),
        "500-after-the-status": (
            "Which status does a caller have, if the app fails when http.response.start is gone?",
            "A status that has left can't be called back. The log is to say what the caller was "
            "told: begin with 500, and let the message that leaves change it, and nothing else.",
            "finally: log.append((..., status))   # and no line that sets 500 after an error",
        ),
        "swallows-error": (
            "Who sends the 500 if your layer keeps the error to itself?",
            "The layer that turns an error into a 500 is outside of yours. It has to hear of it. "
            "Note what you need, and let the error go on.",
            "finally: ... without an except; or raise as the last line of the except",
        ),
        "loses-headers": (
            "What was in message['headers'] before you came?",
            "The app inside has set headers of its own, such as content-type. Yours is added to "
            "them; it doesn't take their place.",
            'message["headers"] = [*message["headers"], (name, value)]',
        ),
        "lifespan-too": (
            "Is every call of an ASGI app a request?",
            "A server also calls the app once with the scope type lifespan, at its start. A layer "
            "that is about requests passes everything else on, unchanged.",
            'if scope["type"] != "http": return await app(scope, receive, send)',
        ),
        "other-entry": (
            "What exactly does the task want in the log, and of which types?",
            "One tuple for each request: the id as new_id() gave it, a text, and the status as a "
            "number. The header wants bytes; the log doesn't.",
            "log.append((request_id, status))   # status: 500 until http.response.start says other",
        ),
    },
)
