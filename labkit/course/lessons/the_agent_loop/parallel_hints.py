"""
11.2: for each finding a question, a principle, nearly the code.

Floor 4: knows the kit.
"""

from labkit.course.findings import Hints

HINTS: dict[str, Hints] = {
    "completion-order": (
        "Whose order does your list have: that of the calls, or that of the clock?",
        "The same question should leave the same conversation, whichever tool was faster today. "
        "gather returns in the order in which it was given, not in which things ended.",
        "await asyncio.gather(*[<one coroutine for each call>])",
    ),
    "one-failure-kills-all": (
        "Who sees the error of one tool, and what becomes of the others then?",
        "An error that leaves one of several tasks ends them all: gather raises it, a TaskGroup "
        "cancels the rest. So it may not leave: it has to become a value inside of that task.",
        "in the function that makes one call: try: <make it>; except Exception as error: value = "
        '{"error": ...}',
    ),
    "shared-session": (
        "How many sessions are opened, and how many calls are there?",
        "A session is one conversation with the database; two tasks that speak in it at once take "
        "each other's answers. Whoever runs by itself opens its own.",
        "in the function that makes one call: async with open_session() as session: ...",
    ),
    "serial": (
        "When does your second call begin?",
        "await in a loop waits for each before the next begins. To have them side by "
        "side, make all "
        "coroutines first, then wait for all of them together.",
        "await asyncio.gather(*[make(call) for call in calls]), where make is yours",
    ),
    "mismatched-id": (
        "Where does a result learn the id of its call?",
        "Results that are put to calls by their place in a list are right only while both lists "
        "have the same order. Let the function that makes a call also write its message.",
        'async def make(call): ...; return {"role": "tool", "tool_call_id": call["id"], ...}',
    ),
    "merges-equal-calls": (
        "By what do you tell two calls apart, and can it be the same for both?",
        "A model may ask for the same thing twice: then only the ids differ. Each call is made, as "
        "a tool that writes has to write twice, and each gets a message of its own.",
        'call["id"] as a key, where you need one; not the name, not the arguments',
    ),
    "bad-call-kills-all": (
        "Which lines of yours can fail before the tool is called?",
        "A model can ask for a tool that isn't there, and write arguments that are no JSON. That's "
        "a call that failed, like any other.",
        "put json.loads(...) and tools[...] inside of the try, too",
    ),
    "leaked-session": (
        "Which line closes a session, and does it run after an error?",
        "async with closes what it opened on every way out. Whoever opens by hand forgets.",
        "async with open_session() as <name>:",
    ),
    "no-session": (
        "What does a tool get as its first argument, and is it open while the tool runs?",
        "open_session() gives something to be entered; the session is what async with hands out, "
        "and it lives as long as the block.",
        "async with open_session() as session: value = await tool(session, ...)",
    ),
    "forgotten-await": (
        "What does an async function give when it's called, before anybody awaits it?",
        "Calling an async function makes a coroutine, and runs nothing. Whoever wants its value "
        "awaits it: a tool, make(call), and gather itself.",
        "value = await tools[...](...);  return await asyncio.gather(...)",
    ),
    "hides-error": (
        "What does the model read when a call has failed, and could it mend its call then?",
        "An error is a result, too: with a few words on what went wrong, the model can ask "
        "otherwise, or tell the user. None tells it nothing.",
        'value = {"error": f"{type(error).__name__}: {error}"}',
    ),
    "other-messages": (
        "What is one element of the list that you return?",
        "Each call gets one tool message: a dict with role, tool_call_id and content, which is "
        "the tool's value as JSON text. A tool gets the session first, then its arguments by name.",
        '{"role": "tool", "tool_call_id": ..., "content": json.dumps(...)}',
    ),
}
