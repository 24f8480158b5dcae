"""
Four rotations while requests come at 200 a second: what was offered, what was achieved.

`make bench` shows the row. In the test suite it is a short run without a rotation, to see that the
measurement still works; no time is asserted, only that nobody was refused.

::

    offered     requests due a second, sent by the clock and not by the last answer (open loop)
    achieved    answers a second; services and sender share one process and its processors
    floor       the same load in the same run, without a rotation
"""

import pytest
from offered_load import BETWEEN_ROTATIONS, OFFERED_PER_S, rotate_under_load

from labkit.backend import Backend

SHORT = 80  # Requests; the first rotation comes later.


@pytest.fixture
def backend(tmp_path):
    one = Backend(cache=tmp_path)
    one.start()
    yield one
    one.stop()


async def test_rotations_under_load(backend, request):
    is_shown = request.config.getoption("capture") == "no"
    floor = await rotate_under_load(backend, BETWEEN_ROTATIONS - 2 if is_shown else SHORT)
    load = await rotate_under_load(backend, 4 * BETWEEN_ROTATIONS + 100 if is_shown else SHORT)
    assert set(floor.statuses) == set(load.statuses) == {200}
    assert floor.rotations == 0
    print(f"\n  offered {OFFERED_PER_S} requests a second; refused: 0 of {load.statuses[200]}")
    for what, one in (("without a rotation (floor)", floor), (f"{load.rotations} rotations", load)):
        ratio = one.achieved_per_s / floor.achieved_per_s
        print(f"  {what:<46} {one.achieved_per_s:8.1f} answers/s   ratio {ratio:5.2f}")
