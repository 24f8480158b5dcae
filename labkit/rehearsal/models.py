"""
The names under which the rehearsal model answers: itself, and itself with a fault on purpose.

Floor 1: imports nothing of labkit but its neighbour `faults`.
"""

from labkit.rehearsal.faults import RequestFault

MODEL = "rehearsal"
FAULTS = {
    "slow": "waits before each token",
    "cut": "breaks the connection off in the middle of an answer",
    "429": "says that there were too many requests",
    "500": "fails",
    "loop": "calls the same tool again and again",
    "obey": "does what any text tells it to, also a tool's result",
}
"""What ``rehearsal:NAME`` does, so that lessons and tests can meet it."""

MODELS = (MODEL, *(f"{MODEL}:{fault}" for fault in FAULTS))


def fault_of(model: str) -> str | None:
    """
    Return the fault that *model* plays, or None.

    Raises:
        RequestFault: There is no such model.
    """
    if model not in MODELS:
        raise RequestFault(
            f"The model '{model:.60}' does not exist here: take one of {', '.join(MODELS)}",
            "model",
            "model_not_found",
            404,
        )
    return model.partition(":")[2] or None
