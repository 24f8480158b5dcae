"""
How many of the prompts in ``prompts/`` get the right tool with the right arguments.

Their authors had not read the planner. All of `TUNED` have been tuned on by now, those in
``tuned/`` last: what they reach says how well the rules fit them. Any other folder is a
measurement: it gives a percentage, and no case. ``python tests/rehearsal/evaluation.py foreign_a``
also shows what went wrong in a tuned one. ``--save-tools`` takes our own tools over.
"""

import json
import sys
from pathlib import Path

import judge

from labkit.agent.toolbox import toolbox
from labkit.rehearsal import parse_request, plan

TUNED = (
    "lab_a", "lab_b", "foreign_a", "foreign_b", "tuned/lab", "tuned/lab2", "tuned/foreign",
    "tuned/foreign_c1", "tuned/foreign_c2", "tuned/foreign_c4", "tuned/foreign_c5", "tuned/lab3",
)  # fmt: skip
PROMPTS = Path(__file__).parent / "prompts"


def cases(name):
    """The prompts of one file; "tuned/lab" is in a folder with its own sets of tools."""
    folder, _, _ = name.rpartition("/")
    found = json.loads((PROMPTS / f"{name}.json").read_text("utf-8"))
    for case in found:
        if folder and case["tools"] != "lab":
            case["tools"] = f"{folder}/{case['tools']}"
    return found


def request_for(case):
    system = [{"role": "system", "content": case["system"]}] if case.get("system") else []
    messages = [*system, *case["messages"]]
    tools = judge.toolsets()[case["tools"]]
    return parse_request({"model": "rehearsal", "messages": messages, "tools": tools})


def turn_for(case):
    return plan(request_for(case))


def is_right(case):
    turn = turn_for(case)
    calls = [{"name": call.name, "arguments": dict(call.arguments)} for call in turn.calls]
    return judge.right(case, calls, turn.text)


def share_right(name):
    judged = [is_right(case) for case in cases(name)]
    return sum(judged) / len(judged)


def show(name):
    for case in cases(name):
        if not is_right(case):
            turn = turn_for(case)
            print(case["id"], [m.get("content") for m in case["messages"]])
            print("   wanted", json.dumps(case["expect"], ensure_ascii=False))
            print("   got   ", [(c.name, dict(c.arguments)) for c in turn.calls], turn.text)


def save_tools():
    """Save our own tools as the set "lab", as they are now."""
    path = PROMPTS / "toolsets.json"
    saved = json.loads(path.read_text("utf-8")) | {"lab": toolbox(None).schemas}
    path.write_text(json.dumps(saved, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__" and sys.argv[1:] == ["--save-tools"]:
    save_tools()
elif __name__ == "__main__":
    for half in sys.argv[1:] or TUNED:
        if sys.argv[1:] and half in TUNED:
            show(half)
        print(f"{half}: {share_right(half):.1%}")
