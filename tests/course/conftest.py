"""What several tests of the course need."""

import sys
import threading
from collections.abc import Iterator

import pytest


@pytest.fixture
def untraced() -> Iterator[None]:
    """
    Run a test without coverage's tracer.

    Under CPython 3.11 traced threads stand still while any thread has an exception on its way into
    a C call.
    """
    here, elsewhere = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    yield
    threading.settrace(elsewhere)
    sys.settrace(here)
