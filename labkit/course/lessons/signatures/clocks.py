"""
01.3: clocks that differ. A little leeway on both sides, and no clock of one's own.

Floor 4: knows the clock, and the kit.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import partial

from labkit.clock import LAB_NOW
from labkit.course.findings import TODO, Finding, expect_type
from labkit.course.lessons.signatures.forging import Claims
from labkit.course.task import Room, Submission, Task

LEEWAY_S = 30  # The leeway that 01.3 asks for, as in RFC 7519 section 4.1.4: a small one.


def _current_starter(claims, now):
    return TODO


def is_current(claims, now):
    leeway_s = 30
    return claims["iat"] - leeway_s <= now.timestamp() < claims["exp"] + leeway_s


def _current_by(leeway_s, claims, now):
    return claims["iat"] - leeway_s <= now.timestamp() < claims["exp"] + leeway_s


def _current_by_the_wall(claims, now):  # Takes what a clock on the wall shows for UTC.
    return is_current(claims, now.replace(tzinfo=UTC))


def _current_by_mixing(claims, now):
    return claims["iat"] - LEEWAY_S <= now < claims["exp"] + LEEWAY_S


def _current_by_own_clock(claims, now):
    return claims["iat"] - LEEWAY_S <= time.time() < claims["exp"] + LEEWAY_S


def _current_until_exp(claims, now):
    return now.timestamp() < claims["exp"] + LEEWAY_S


_EXPIRES_S = 300
# Seconds after iat; whether a token is current then; the mistake of whoever says otherwise.
_MOMENTS = (
    (0.5, True, "own-clock"),
    (150, True, "own-clock"),
    (_EXPIRES_S + LEEWAY_S - 1, True, "no-leeway"),
    (1 - LEEWAY_S, True, "no-leeway"),
    (_EXPIRES_S + LEEWAY_S + 1, False, "leeway-too-wide"),
    (_EXPIRES_S + 3600, False, "leeway-too-wide"),
    (-LEEWAY_S - 1, False, "iat-ignored"),
    (-3600, False, "iat-ignored"),
)
_ZONES = (UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8)))


def _check_current(submission: Submission, _room: Room | None) -> None:
    issued = int(LAB_NOW.timestamp())
    claims = {"iat": issued, "exp": issued + _EXPIRES_S}
    answers = {}
    for zone in _ZONES:
        for seconds, _, _ in _MOMENTS:
            now = datetime.fromtimestamp(issued + seconds, zone)
            answers[zone, seconds] = _asked(submission, dict(claims), now)
            expect_type(answers[zone, seconds], bool)
    for seconds, _, _ in _MOMENTS:
        if len({answers[zone, seconds] for zone in _ZONES}) > 1:
            shown = [datetime.fromtimestamp(issued + seconds, zone) for zone in _ZONES]
            says = "Your answer for one moment changes with the time zone it's written in."
            evidence = "\n".join(
                f"{moment.isoformat()}: {answers[zone, seconds]}"
                for zone, moment in zip(_ZONES, shown, strict=True)
            )
            raise Finding("local-time", says, evidence)
    _compare({seconds: answers[UTC, seconds] for seconds, _, _ in _MOMENTS})


def _asked(submission: Submission, claims: Claims, now: datetime) -> object:
    try:
        return submission(claims, now)
    except TypeError as error:
        says = "Your function mixed a datetime with a number."
        raise Finding("datetime-and-number", says, str(error)) from None


def _compare(answers: Mapping[float, object]) -> None:
    for seconds, current, code in _MOMENTS:
        if answers[seconds] is not current:
            when = f"{seconds:g} s after iat" if seconds >= 0 else f"{-seconds:g} s before iat"
            says = f"{when}, with exp at {_EXPIRES_S} s, your answer is {answers[seconds]}."
            raise Finding(code, says)


IS_CURRENT = Task(
    id="01.3",
    title="clocks that differ",
    task="Write is_current(claims, now): True from 30 s before iat until 30 s after exp, else "
    "False. iat and exp are Unix times; now is a datetime with a time zone.",
    starter=_current_starter,
    check=_check_current,
    solution=is_current,
    call=lambda _room: (
        {"iat": int(LAB_NOW.timestamp()), "exp": int(LAB_NOW.timestamp()) + _EXPIRES_S},
        LAB_NOW,
    ),
    wrong={
        "leeway-too-wide": partial(_current_by, 600),
        "local-time": _current_by_the_wall,
        "datetime-and-number": _current_by_mixing,
        "own-clock": _current_by_own_clock,
        "no-leeway": partial(_current_by, 0),
        "iat-ignored": _current_until_exp,
    },
    hints={
        "leeway-too-wide": (
            "For how long after exp does your function still say True?",
            "Leeway is for clocks that differ by seconds. Each second of it is a second more in "
            "which a stolen token works.",
            "... < claims['exp'] + 30, in seconds: Unix times count seconds",
        ),
        "local-time": (
            "09:00 in one city and 04:30 in another: can that be the same moment?",
            "A Unix time has no time zone. Turn now into one, its zone taken into account, and "
            "compare numbers.",
            "now.timestamp() knows the zone; now.replace(...) throws it away",
        ),
        "datetime-and-number": (
            "Of which type is now, and of which type are iat and exp?",
            "A Unix time is a number: seconds since 1970-01-01 in UTC. A datetime is an object. "
            "Compare two of a kind.",
            "seconds = now.timestamp() gives the number",
        ),
        "own-clock": (
            "Which moment does your function look at: now, or the one it was given?",
            "A function that reads the clock itself can't be asked about another moment, so nobody "
            "can test it. Let the caller say what time it is.",
            "use now, the second parameter, and no other clock",
        ),
        "no-leeway": (
            "Whose clock wrote iat and exp, and whose reads them?",
            "Two machines never show the same second. A token used at once can seem to come from "
            "the future, so a verifier allows a little on both sides.",
            "subtract 30 from iat, add 30 to exp, then compare",
        ),
        "iat-ignored": (
            "What does your function say of a token that will be issued tomorrow?",
            "A token has two ends: iat and exp. One from the future has a wrong clock behind it, "
            "or a forger who wants it to live longer.",
            "both have to hold: not before iat (less the leeway), and before exp (plus the leeway)",
        ),
    },
)
