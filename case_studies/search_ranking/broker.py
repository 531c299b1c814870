"""The broker: asks all shards at once and merges what they answer in time."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.data import wilson_interval
from mlsd_kit.deployment import AppServer
from mlsd_kit.errors import require
from mlsd_kit.models import InvertedIndex, merge_shards
from mlsd_kit.requirements import fan_out_tail

from .service import write_shard
from .sharding import overlap

FILE = Path(__file__).with_name("service.py")


@dataclass(frozen=True)
class Asked:
    """Searches sent through the broker: milliseconds, results, and requests to shards."""

    ms: np.ndarray
    numbers: list[np.ndarray]
    requests: int

    def percentile(self, q: float) -> float:
        """Percentile of the latency, in ms."""
        return float(np.percentile(self.ms, q))


@contextmanager
def running_shards(
    titles: Sequence[list[str]], shards: int, pause_share: float = 0.0, pause_ms: float = 0.0
) -> Iterator[list[str]]:
    """Split the catalogue round robin, serve each part in a process of its own, give the URLs."""
    statistics = InvertedIndex().fit(titles).statistics_
    servers = []
    with tempfile.TemporaryDirectory() as folder:
        for shard in range(shards):
            numbers = list(range(shard, len(titles), shards))
            file = Path(folder, f"shard{shard}.json")
            write_shard(file, numbers, [titles[i] for i in numbers], statistics)
            pauses = {"pause_share": pause_share, "pause_ms": pause_ms, "seed": shard}
            servers.append(AppServer(FILE, "create_app", {"shard": str(file), **pauses}))
        try:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda server: server.start(), servers))
            yield [server.url for server in servers]
        finally:
            with ThreadPoolExecutor(shards) as pool:
                list(pool.map(lambda server: server.stop(), servers))


def fan_out_table(asked: dict[int, Asked], slow_share: float, pause_ms: float) -> pd.DataFrame:
    """Share of slow searches for each number of shards: measured (95 %), and by arithmetic.

    Args:
        asked: number of shards → the searches sent to them.
        slow_share: of the requests to one shard that pause.
        pause_ms: a search that takes three quarters of it longer than the median is slow.
    """
    rows = {}
    for shards, answers in asked.items():
        slow = (answers.ms > np.median(answers.ms) + 0.75 * pause_ms).sum()
        n = len(answers.ms)
        low, high = wilson_interval(np.array([slow]), np.array([n]))
        rows[shards] = {
            "p50 (ms)": answers.percentile(50),
            "p99 (ms)": answers.percentile(99),
            "slow": slow / n,
            "low": low[0],
            "high": high[0],
            "1 − (1 − p)^N": fan_out_tail(slow_share, shards),
        }
    return pd.DataFrame(rows).T.rename_axis("shards asked")


def remedy_table(ways: dict[str, Asked], pages: Sequence[np.ndarray], shards: int) -> pd.DataFrame:
    """Latency of ways to ask all shards, what each keeps of the page, and requests a shard."""
    rows = {
        name: {
            "p50 (ms)": answers.percentile(50),
            "p99 (ms)": answers.percentile(99),
            "same page": overlap(pages, answers.numbers),
            "requests a shard": answers.requests / (shards * len(pages)),
        }
        for name, answers in ways.items()
    }
    return pd.DataFrame(rows).T


def ask(
    urls: Sequence[str],
    queries: Sequence[Sequence[str]],
    k: int = 10,
    deadline_ms: float | None = None,
    hedge_ms: float | None = None,
) -> Asked:
    """Send queries one after another to all shards, and merge their answers.

    Args:
        urls: the shards.
        queries: tokens of each.
        k: results of a search.
        deadline_ms: answer with what is there after so long; by default all shards are waited for.
        hedge_ms: send a second request to a shard that has not answered after so long, and take
            whichever answer comes first. The process that serves the shard stands for its replica.
    """
    with ThreadPoolExecutor(1) as pool:  # its own event loop: a notebook's is running already
        return pool.submit(asyncio.run, _ask(urls, queries, k, deadline_ms, hedge_ms)).result()


async def _ask(
    urls: Sequence[str], queries: Sequence[Sequence[str]], k: int,
    deadline_ms: float | None, hedge_ms: float | None,
) -> Asked:  # fmt: skip
    ms, numbers, requests = [], [], 0
    async with require("httpx").AsyncClient(timeout=30) as client:
        for url in urls:
            await client.post(f"{url}/search", json={"words": [], "k": k})
        for words in queries:
            body = {"words": list(words), "k": k}
            start = time.perf_counter()
            tasks = [_shard(client, url, body, hedge_ms) for url in urls]
            running = [asyncio.ensure_future(task) for task in tasks]
            limit = None if deadline_ms is None else deadline_ms / 1000
            done, late = await asyncio.wait(running, timeout=limit)
            ms.append(1000 * (time.perf_counter() - start))
            for task in late:
                task.cancel()
            answers = [task.result() for task in running if task in done]
            requests += sum(sent for _, sent in answers) + len(late)
            parts = [(np.array(a["numbers"], dtype=int), np.array(a["scores"])) for a, _ in answers]
            numbers.append(merge_shards(parts, k)[0] if parts else np.array([], dtype=int))
    return Asked(np.array(ms), numbers, requests)


async def _shard(client: Any, url: str, body: Any, hedge_ms: float | None) -> tuple[Any, int]:
    first = asyncio.ensure_future(client.post(f"{url}/search", json=body))
    sent = [first]
    try:
        if hedge_ms is not None:
            done, _ = await asyncio.wait(sent, timeout=hedge_ms / 1000)
            if not done:
                sent.append(asyncio.ensure_future(client.post(f"{url}/search", json=body)))
        done, _ = await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED)
        return next(iter(done)).result().json(), len(sent)
    finally:
        for task in sent:
            task.cancel()
