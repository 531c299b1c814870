"""What predictions cost the one who asks: latency, throughput, CPU time, money."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import psutil


@dataclass(frozen=True)
class Usage:
    """Requests that one caller made one after the other, and what they took.

    `plot_latency` draws it.
    """

    latency_s: np.ndarray = field(repr=False, compare=False)
    elapsed_s: float
    cpu_s: float
    """CPU seconds of the caller and of the processes that served it."""

    @property
    def requests(self) -> int:
        """How many there were."""
        return len(self.latency_s)

    @property
    def throughput(self) -> float:
        """Requests per second of this one caller."""
        return self.requests / self.elapsed_s

    def percentile_ms(self, percentile: float) -> float:
        """A percentile of latency in milliseconds."""
        return float(np.percentile(self.latency_s, percentile)) * 1000

    def cost_per_million(self, price_per_cpu_hour: float) -> float:
        """Price of a million requests, of what a CPU costs for an hour.

        It counts the CPU time that was used; idle servers cost on top.
        """
        return 1e6 * self.cpu_s / self.requests / 3600 * price_per_cpu_hour


def time_calls(
    call: Callable[[Any], Any], inputs: Sequence[Any], pids: Sequence[int] = ()
) -> Usage:
    """Call a function with one input after the other, and measure it.

    Args:
        call: what makes a prediction, or asks for one.
        inputs: one for each call; the first is given once before the clock starts.
        pids: processes that do the work elsewhere, whose CPU time counts too; it is counted in
            steps of 10 ms, so measure for a second at least.

    Raises:
        ValueError: without an input.
    """
    if not len(inputs):
        raise ValueError("time_calls needs at least one input")
    call(inputs[0])
    servers = [psutil.Process(pid) for pid in pids]
    before = _cpu(servers)
    latency = np.empty(len(inputs))
    start = last = time.perf_counter()
    for number, one in enumerate(inputs):
        call(one)
        now = time.perf_counter()
        latency[number] = now - last
        last = now
    return Usage(latency, last - start, _cpu(servers) - before)


def usage_table(usages: Mapping[str, Usage], price_per_cpu_hour: float) -> pd.DataFrame:
    """Latency, throughput and cost of each way, one row for each.

    Args:
        usages: name of the way → what was measured.
        price_per_cpu_hour: what a CPU costs for an hour.
    """
    rows = {
        name: {
            "p50_ms": usage.percentile_ms(50),
            "p99_ms": usage.percentile_ms(99),
            "requests_per_s": usage.throughput,
            "cpu_us": 1e6 * usage.cpu_s / usage.requests,
            "cost_per_million": usage.cost_per_million(price_per_cpu_hour),
        }
        for name, usage in usages.items()
    }
    return pd.DataFrame(rows).T


class JsonCaller:
    """Posts JSON to one path of a service over one connection that is kept open.

    Of the standard library, for its client's own time counts as latency: httpx takes about a
    millisecond for each request.

    Args:
        url: the address, path included.
        timeout: seconds to wait for an answer.
    """

    def __init__(self, url: str, timeout: float = 10.0) -> None:
        address = urlsplit(url)
        self.path = address.path or "/"
        self._connection = http.client.HTTPConnection(address.netloc, timeout=timeout)

    def __call__(self, body: Any) -> Any:
        """What the service answers.

        Raises:
            OSError: when it cannot be reached, or does not answer in time.
            http.client.HTTPException: when it answers with another status than 200, or breaks off.
        """
        try:
            self._connection.request(
                "POST", self.path, json.dumps(body), {"Content-Type": "application/json"}
            )
            answer = self._connection.getresponse()
            content = answer.read()
        except BaseException:
            self._connection.close()
            raise
        if answer.status != 200:
            raise http.client.HTTPException(f"status {answer.status}: {content[:200].decode()}")
        return json.loads(content)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._connection.close()


def _cpu(servers: Sequence[psutil.Process]) -> float:
    times = [server.cpu_times() for server in servers]
    return time.process_time() + sum(t.user + t.system for t in times)
