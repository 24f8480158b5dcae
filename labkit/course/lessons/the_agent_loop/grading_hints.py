"""
11.3: for each finding a question, a principle, nearly the code.

Floor 4: knows the kit.
"""

from labkit.course.findings import Hints

HINTS: dict[str, Hints] = {
    "string-match-grader": (
        'Is "2.5" in "It is 12.5 %.", and is it in "2.50 percent"?',
        "The same number is written in many ways, and one number's text can be a part of "
        "another's. Numbers are compared as numbers, with a tolerance.",
        "any(abs(number - <the value>) <= 0.05 for number in numbers_in(<the answer>))",
    ),
    "grader-always-true": (
        "Which run does your grader call wrong?",
        "A grader that nothing fails says nothing. Try it on a run that you know to be wrong, "
        "before you believe it on others.",
        "compare the numbers in the answer with the case's value, and return that",
    ),
    "ignores-answer": (
        "What does the user read, and where do you look at that?",
        "The right call isn't yet the right answer: the model may still say another number. "
        "Compare the numbers in the answer with the case's value.",
        'for number in numbers_in(run["answer"]): ... case["value"]',
    ),
    "one-sided": (
        "Is 1.1 within 0.05 of 2.5, and is 9.9?",
        "A difference has a sign: one - other is small for every number that is far below. "
        "What counts is how far apart they are, in either direction.",
        "abs(<one> - <other>) <= 0.05",
    ),
    "mixes-calls": (
        "Which one call has the tool, the arguments and the good outcome?",
        "Three questions answered by three different calls prove nothing. One and the same "
        "call has to have the right name, the right arguments and the outcome ok.",
        'for call in run["calls"]: <name> and <arguments> and <outcome>, all of this call',
    ),
    "no-tolerance": (
        "Is 2.52 the same number as 2.5 to you, and is it to ==?",
        "A model rounds as it likes, and two floats are rarely equal. How far apart is near "
        "enough is a decision; here it's 0.05.",
        "abs(<one> - <other>) <= 0.05",
    ),
    "tolerance-too-wide": (
        "Which wrong numbers does your comparison let through?",
        "A tolerance is there for rounding. One that is wider than rounding takes other "
        "answers for right.",
        "abs(<one> - <other>) <= 0.05",
    ),
    "one-number-only": (
        "How many numbers does the answer have, and which of them do you look at?",
        "The number that is asked for may stand anywhere in a sentence. One of them has to "
        "be it, no matter which.",
        "any(<is it near enough> for number in <all numbers>)",
    ),
    "no-evidence": (
        "How could a run have the right number without the right call?",
        "A guess can be right today. What counts is whether the number came from the tool "
        "that has it, so look at the calls as well.",
        'any(call["name"] == <the tool> and ... for call in run["calls"])',
    ),
    "ignores-arguments": (
        "What was the tool asked?",
        "The right tool asked about the wrong thing is a wrong run, also where two lines "
        "happen to have the same rate.",
        'for each name in case["arguments"]: compare it with call["arguments"].get(name)',
    ),
    "failed-call-counts": (
        "What came of the call?",
        "A call that failed gave no number. If the answer has one all the same, it was made up.",
        'call["outcome"] == "ok"',
    ),
    "unfinished-counts": (
        "How did the run end?",
        "A run that its budget stopped has no answer, whatever stands in its last text.",
        'run["stopped"] has to be "answered"',
    ),
    "too-strict": (
        "Is a run wrong because it looked at one thing more?",
        "There are many right ways to an answer. Ask for what has to be there, and leave the "
        "rest free: further calls, further arguments, a failed attempt before the good one.",
        'any(<this call is the one> for call in run["calls"]), not run["calls"] == [...]',
    ),
}
