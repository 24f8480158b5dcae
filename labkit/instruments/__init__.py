"""
Instruments: what shows a lab's insides to a learner, from the first byte on the wire.

Read `raw` first: exact bytes to a service, exact bytes back.
"""

from labkit.instruments.graph import dependencies_of
from labkit.instruments.raw import RawConnection, raw_request
from labkit.instruments.raw_answer import RawAnswer

__all__ = ["RawAnswer", "RawConnection", "dependencies_of", "raw_request"]
