"""
Instruments: what shows a lab's insides to a learner, from the first byte on the wire.

Read `raw` first: exact bytes to a service, exact bytes back. Then `spy`: what the server made of
them.
"""

from labkit.instruments.graph import dependencies_of
from labkit.instruments.pieces import raw_request_in_pieces
from labkit.instruments.raw import RawConnection, raw_request
from labkit.instruments.raw_answer import RawAnswer
from labkit.instruments.spied import SpiedExchange, SpiedMessage
from labkit.instruments.spy import Spy

__all__ = [
    "RawAnswer",
    "RawConnection",
    "SpiedExchange",
    "SpiedMessage",
    "Spy",
    "dependencies_of",
    "raw_request",
    "raw_request_in_pieces",
]
