"""
``python -m labkit.course``: copy the course for the learner and open it in JupyterLab.

What follows on the command line goes to JupyterLab: ``--no-browser``, ``--port 9000``. ``make lab``
runs this.

Floor 4: the work is done in ``workspace``.
"""

import os
import sys
from collections.abc import Callable, Sequence

from labkit.course.workspace import (
    deliver,
    find_course,
    lab_arguments,
    require_jupyter,
    trust,
)
from labkit.errors import LabkitError


def launch(arguments: list[str]) -> None:
    """Run JupyterLab in this process until it's stopped, so that Ctrl-C reaches it directly."""
    from jupyterlab.labapp import (
        LabApp,
    )  # Loaded here: half a second that an error needn't wait for.

    LabApp.launch_instance(arguments)


def main(own: Sequence[str], launch: Callable[[list[str]], None] = launch) -> int:
    """
    Prepare the learner's folder and hand over to JupyterLab; return the exit code.

    Args:
        own: The user's arguments for JupyterLab.
        launch: Runs JupyterLab; a test passes its own.
    """
    try:
        require_jupyter()
        course = find_course()
        work = course.parent / "work"
        delivery = deliver(course, work)
        trust(work, delivery.as_given)
    except LabkitError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Your copy of the course is in {work}", *delivery.lines(), sep="\n  ", flush=True)
    first = min(path.name for path in course.glob("*.ipynb"))
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    launch([*lab_arguments(work, first, as_root=as_root), *own])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
