"""
labkit: a backend inside your notebook.

Names load when they are first used (PEP 562), so ``import labkit`` loads no third-party module.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from labkit.errors import MissingDependency

if TYPE_CHECKING:
    from labkit.agent import Agent, tool
    from labkit.lab import Lab, start
    from labkit.tracing import Trace
    from labkit.widgets.chat import Chat

_HOMES = {
    "Agent": "labkit.agent",
    "Chat": "labkit.widgets.chat",
    "Lab": "labkit.lab",
    "Trace": "labkit.tracing",
    "start": "labkit.lab",
    "tool": "labkit.agent",
}

__all__ = ["Agent", "Chat", "Lab", "Trace", "start", "tool"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Load a public name from the module that holds it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'labkit' has no attribute {name!r}; it has {__all__}")
    try:
        return getattr(import_module(_HOMES[name]), name)
    except ImportError as error:
        if str(error.name).startswith("labkit") and sys.version_info >= (3, 11):
            raise  # A fault of ours, with its traceback.
        raise MissingDependency(
            f"labkit.{name} can't be loaded: {error}. `labkit doctor` says what is missing here, "
            "and the command that mends it"
        ) from None


def __dir__() -> list[str]:
    """List the public names, also those that aren't loaded yet."""
    return [*__all__, "__version__"]
