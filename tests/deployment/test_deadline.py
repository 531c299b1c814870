"""A dependency that is slow or broken costs no more than its deadline, and is counted."""

import asyncio

import pytest

from mlsd_kit.deployment import Deadline


def outcomes_of(deadline: Deadline, *waits) -> list[tuple]:
    async def all_of_them() -> list[tuple]:
        return [tuple(await deadline.wait(wait())) for wait in waits]

    return asyncio.run(all_of_them())


async def quick() -> int:
    return 7


async def never() -> int:
    await asyncio.Event().wait()
    return 7


async def broken() -> int:
    raise ConnectionError("refused")


async def with_a_timeout_of_its_own() -> int:
    raise TimeoutError("of a library")


def test_what_comes_of_waiting_is_given_and_counted():
    deadline = Deadline(0.02, "store")
    assert outcomes_of(deadline, quick, never, broken, with_a_timeout_of_its_own) == [
        (7, "in_time"),
        (None, "too_late"),
        (None, "failed"),
        (None, "failed"),
    ]
    assert deadline.counts == {"in_time": 1, "too_late": 1, "failed": 2}
    assert 'dependency_calls_total{name="store",outcome="failed"} 2' in deadline.prometheus()


def test_what_is_too_late_is_cancelled():
    ended = []

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    outcomes_of(Deadline(0.01, "store"), slow)
    assert ended == [True]


def test_a_caller_that_is_cancelled_is_not_held_back():
    async def cancelled() -> None:
        waiting = asyncio.create_task(Deadline(10, "store").wait(never()))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(cancelled())


def test_a_deadline_is_above_zero():
    with pytest.raises(ValueError, match="above 0"):
        Deadline(0, "store")
