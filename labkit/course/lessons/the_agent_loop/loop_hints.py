"""
11.1: for each finding a question, a principle, nearly the code.

Floor 4: knows the kit.
"""

from labkit.course.findings import Hints

HINTS: dict[str, Hints] = {
    "no-step-budget": (
        "What ends your loop if the model never stops asking?",
        "The model decides when it's done, and it may never be. Whatever a loop's condition is, "
        "it needs a number of rounds beside it, and most is that number.",
        "for _ in range(...):        # a loop that ends by itself, in place of while True",
    ),
    "budget-off-by-one": (
        "How many times do you call ask if the model never answers?",
        "most is the number of requests. Each ask is one, the last one too, and if the last one "
        "brings the answer it counts like any other.",
        "for _ in range(most): <ask, return the text if there are no calls, make the "
        "calls>; behind "
        "the loop: return None",
    ),
    "drops-assistant-turn": (
        "What would somebody who reads only your list think that the result answers?",
        "The endpoint keeps nothing between requests: all that was said has to be in the list. A "
        "result means something only behind the very message that asked for it.",
        "message = ask(messages); <put message itself into messages>; then the results",
    ),
    "unanswered-call": (
        "How many calls are in the message, and how many results did you send?",
        "A message may ask for several things at once. Each of them gets its one tool message, "
        "before the model is asked again.",
        'for call in message["tool_calls"]: <one tool message>',
    ),
    "mismatched-id": (
        "Which call's id does each of your results bear?",
        "Results are told apart by tool_call_id and by nothing else: not by their "
        "order, and not by "
        "the tool's name, which may come twice.",
        '{"role": "tool", "tool_call_id": <the id of the very call that gave this>, ...}',
    ),
    "arguments-in-one-piece": (
        'What is the type of call["function"]["arguments"]?',
        "A model writes text, so the arguments are a text in JSON: an object with a "
        "member for each "
        "parameter. Read it, then pass each member by its name; ** does that.",
        "json.loads(<the text>)  gives a dict;  tool(**<that dict>)",
    ),
    "not-json": (
        "What does str({'percent': 2.5}) look like, and whose notation is that?",
        "A content is a text, and whoever reads it on the other side doesn't know Python. JSON is "
        "the notation that both know.",
        "json.dumps(<what the tool returned>)",
    ),
    "forgets-history": (
        "What does the model know of the first turn when it reads your third request?",
        "The endpoint remembers nothing: the conversation is the list that you send. "
        "It only grows.",
        "one list for the whole run, and only append to it",
    ),
    "shared-conversation": (
        "Where does your list of messages begin to exist: once, or in each call of run?",
        "What belongs to one run has to be made in that run. A list at the top of a cell, or as a "
        "parameter's default, is shared by all.",
        "the first line inside of the function: messages = [<the question>]",
    ),
    "stops-at-text": (
        "What do you look at to find out whether the model is done?",
        "A model may write a sentence beside its calls. It's done when there are no calls.",
        'if not message.get("tool_calls"): ...',
    ),
    "other-messages": (
        "What exactly is in the list that you pass to ask?",
        "A conversation is a list of dicts: the question from the user, then for each turn the "
        "model's message as it came and the results, unchanged.",
        '[{"role": "user", "content": ...}, <message>, {"role": "tool", ...}, ...]',
    ),
    "other-answer": (
        "Which message is the answer, and which part of it?",
        "The answer is what the model says when it asks for nothing more: the content of that "
        "one message, nothing added.",
        'return message["content"]',
    ),
}
