"""A token counts once. What every `SeenStore` promises is in tests/services/test_stores.py too."""

import asyncio

import pytest

from labkit.clock import Clock
from labkit.errors import UsageError
from labkit.tokens.replay import KEPT_LONGER_S, SeenInMemory


@pytest.fixture
def seen():
    return SeenInMemory(clock=Clock(1000))


async def test_of_fifty_who_bring_one_token_at_once_one_is_first(seen):
    answers = await asyncio.gather(*(seen.add("a", "1", 1060) for _ in range(50)))
    assert sorted(answers) == [False] * 49 + [True]


async def test_of_fifty_threads_too_one_is_first(seen):
    def bring():
        return asyncio.run(seen.add("a", "1", 1060))

    answers = await asyncio.gather(*(asyncio.to_thread(bring) for _ in range(50)))
    assert sorted(answers) == [False] * 49 + [True]


async def test_what_was_never_added_was_not_seen(seen):
    await seen.add("a", "1", 1060)
    assert [await seen.has(*name) for name in (("a", "1"), ("a", "2"), ("b", "1"))] == [
        True, False, False,
    ]  # fmt: skip


async def test_memory_is_freed_when_nobody_would_accept_the_token_any_more(seen):
    for number in range(100):
        await seen.add("a", str(number), 1000 + number)
    assert repr(seen) == "<SeenInMemory of 100 tokens>"
    seen._clock = Clock(1049 + KEPT_LONGER_S)
    assert not await seen.has("a", "49")
    assert await seen.has("a", "50")
    assert repr(seen) == "<SeenInMemory of 50 tokens>"
    assert await seen.add("a", "49", 9999)


@pytest.mark.parametrize("name", [("", "1"), ("a", ""), (None, "1"), ("a", 1), (b"a", "1")])
async def test_a_name_that_would_fit_many_tokens_is_refused(seen, name):
    with pytest.raises(UsageError, match="issuer and token_id"):
        await seen.add(*name, 1060)
