"""
What holds for every test: the order of the passes, and a learner of their own.

Fast passes come first, so that what is simple to mend is seen soon: style, units, notebooks,
benchmarks, browser. Within a pass pytest's own order stays.
"""

import os
import signal
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PASSES = ("test_style.py", "test_layers.py", "test_repository.py", None)  # None: all the others.
SLOW_PASSES = ("notebooks", "benchmarks", "browser")
LABKITS_OWN = (
    "DATABASE_URL",
    "LABKIT_AUDIT_DATABASE_URL",
    "LABKIT_ISSUER_DATABASE_URL",
    "LABKIT_MODEL_SERVICE_KEY",
    "LABKIT_PROFILE",
    "LABKIT_ISSUER_URL",
    "LABKIT_HOSTS",
    "JUPYTERHUB_SERVICE_PREFIX",
)


def pytest_configure() -> None:
    """Let Ctrl-C mean what it means in a terminal: a shell's background job starts deaf to it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the passes: fast ones first."""
    items.sort(key=lambda item: _place(item.path))


def _place(path: Path) -> int:
    name = path.relative_to(ROOT / "tests").parts[0]
    order = (*PASSES, *SLOW_PASSES)
    return order.index(name) if name in order else order.index(None)


@pytest.fixture(autouse=True, scope="session")
def _a_learner_of_their_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the tests, and every process they start, away from the user's own progress."""
    for name in LABKITS_OWN:
        os.environ.pop(name, None)
    os.environ["LABKIT_HOME"] = str(tmp_path_factory.mktemp("labkit-home"))
