"""Requests that arrive together run together, and nobody waits for a batch to fill."""

import asyncio
import json

import httpx
import numpy as np
import pytest

from mlsd_kit.deployment.batching import MicroBatcher


def batches_of(count, most, run=None):
    """Submit so many rows in one turn; the rows of each run, and what came of each row."""
    seen = []

    def score(rows):
        seen.append(rows)
        return run(rows) if run else [10.0 * row for row in rows]

    async def submit():
        batcher = MicroBatcher(score, most)
        return await asyncio.gather(
            *(batcher.submit(row) for row in range(count)), return_exceptions=True
        )

    return seen, asyncio.run(submit())


def test_rows_of_one_turn_are_one_run_in_their_order():
    assert batches_of(5, 64) == ([[0, 1, 2, 3, 4]], [0, 10, 20, 30, 40])


def test_a_lone_row_waits_for_nobody():
    async def turns():
        batcher = MicroBatcher(lambda rows: [1.0], 64)
        future = batcher.submit("row")
        count = 0
        while not future.done():
            await asyncio.sleep(0)
            count += 1
        return count

    assert asyncio.run(turns()) == 1


def test_a_run_is_no_larger_than_said():
    runs, scores = batches_of(7, 3)
    assert runs == [[0, 1, 2], [3, 4, 5], [6]]
    assert scores == [10 * row for row in range(7)]


def test_a_run_that_fails_is_told_to_all_in_it_and_to_nobody_else():
    def run(rows):
        if 0 in rows:
            raise RuntimeError("broken")
        return [1.0] * len(rows)

    _, outcomes = batches_of(4, 2, run)
    assert [type(one) for one in outcomes] == [RuntimeError, RuntimeError, float, float]


def test_who_has_gone_is_left_out():
    async def submit():
        seen = []
        batcher = MicroBatcher(lambda rows: seen.append(rows) or [0.0] * len(rows), 64)
        gone, stays = batcher.submit("gone"), batcher.submit("stays")
        gone.cancel()
        await stays
        return seen

    assert asyncio.run(submit()) == [["stays"]]


def test_a_batch_has_a_row():
    with pytest.raises(ValueError, match="at least one row"):
        MicroBatcher(lambda rows: [], 0)


def test_concurrent_requests_get_the_predictions_that_they_would_get_alone(server, fresh):
    bodies = server.row_bodies(fresh[0].iloc[:60])

    async def ask():
        async with httpx.AsyncClient(base_url=server.url) as client:
            return await asyncio.gather(*(client.post("/predict", json=one) for one in bodies))

    together = [one.json()["prediction"] for one in asyncio.run(ask())]
    alone = [server.post("/predict", one)["prediction"] for one in bodies]
    assert np.array_equal(together, alone)
    assert json.dumps(together) == json.dumps(alone)
