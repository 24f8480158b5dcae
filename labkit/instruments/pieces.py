"""
A request in pieces, as a slow network delivers it, and the same on every run.

Two writes in a row usually arrive as one: the machine is too quick. So each piece waits until the
app has been handed the one before.

Floor 2: joins the raw client and the ASGI spy.
"""

from labkit.errors import ServiceError, UsageError
from labkit.instruments.raw import RawConnection
from labkit.instruments.raw_answer import RawAnswer
from labkit.instruments.spy import Spy

TAKE_S = 10.0  # Our choice: how long an app may take for the piece before.
STUCK = "the app didn't take piece {} of the request: does it await receive(), and go on?"


def raw_request_in_pieces(spy: Spy, url: str, *pieces: bytes) -> RawAnswer:
    """
    Send *pieces* over one connection, each once the app has received the one before.

    Once the app has answered or failed, what is left goes out at once.

    Args:
        spy: Around the app that is asked, so that it's known what the app has received.
        url: Where it is served.
        pieces: The request. The first has the whole head and the beginning of the body.

    Raises:
        UsageError: *spy* is none, or there is no piece.
        ServiceError: The app doesn't take a piece, or doesn't answer.
    """
    if not isinstance(spy, Spy) or not pieces:
        raise UsageError(
            "pass the Spy around your app, its url, and the request in pieces of bytes"
        )
    request = spy.seen + 1
    with RawConnection(url) as connection:
        for number, piece in enumerate(pieces):
            if number and not spy.wait_for(request, number, TAKE_S):
                raise ServiceError(STUCK.format(number))
            connection.send(piece)
        return connection.answer()
