"""Put a load on a web service and measure latency, throughput and errors."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from mlsd_kit.errors import UserError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_CONNECTIONS = 500
REFUSED = 503


@dataclass(frozen=True, repr=False)
class LoadResult:
    """What a load test measured.

    ``latency_s`` has the seconds of every request that succeeded, in order of their end. ``errors``
    counts requests with another status than 2xx, lost connections, and those never answered; of
    these ``refused_s`` has the seconds of those refused with 503, and ``lost`` counts those that
    got no answer at all. ``spans_s`` has a row for each request that was answered: when it was due
    and when its answer was there, in seconds from the start.
    """

    connections: int
    offered_rate: float | None
    elapsed_s: float
    errors: int
    latency_s: np.ndarray = field(compare=False)
    refused_s: np.ndarray = field(default_factory=lambda: np.empty(0), compare=False)
    lost: int = 0
    spans_s: np.ndarray = field(default_factory=lambda: np.empty((0, 2)), compare=False)

    def __repr__(self) -> str:
        figures = self.table().round(2).iloc[0].to_dict()
        return f"LoadResult({', '.join(f'{k}={v:g}' for k, v in figures.items())})"

    @property
    def requests(self) -> int:
        """Requests that succeeded."""
        return len(self.latency_s)

    @property
    def refused(self) -> int:
        """Requests that were answered with 503."""
        return len(self.refused_s)

    def mean_in_flight(self, instants: int = 2000) -> float:
        """Requests under way, counted at evenly spaced instants of the test and averaged.

        Little's law says that this is throughput times mean latency, refusals counted in both.
        """
        at = np.linspace(0.0, self.elapsed_s, instants)
        starts, ends = np.sort(self.spans_s[:, 0]), np.sort(self.spans_s[:, 1])
        begun, over = np.searchsorted(starts, at, "right"), np.searchsorted(ends, at, "right")
        return float(np.mean(begun - over))

    @property
    def throughput(self) -> float:
        """Successful requests per second."""
        return self.requests / self.elapsed_s

    @property
    def p50_ms(self) -> float:
        """Median latency in milliseconds."""
        return self.percentile_ms(50)

    @property
    def p99_ms(self) -> float:
        """99th percentile of latency in milliseconds."""
        return self.percentile_ms(99)

    def percentile_ms(self, percentile: float) -> float:
        """A percentile of latency in milliseconds; NaN when nothing succeeded."""
        if not self.requests:
            return float("nan")
        return float(np.percentile(self.latency_s, percentile)) * 1000

    def table(self) -> pd.DataFrame:
        """One row with the figures."""
        figures = {
            "connections": self.connections,
            "offered_rate": float("nan") if self.offered_rate is None else self.offered_rate,
            "throughput": self.throughput,
            "p50_ms": self.p50_ms,
            "p99_ms": self.p99_ms,
            "requests": self.requests,
            "errors": self.errors,
            "refused": self.refused,
        }
        return pd.DataFrame([figures], index=["load"])


def load_test(
    url: str,
    bodies: Any | Sequence[Any],
    *,
    connections: int = 1,
    rate: float | None = None,
    poisson_seed: int | None = None,
    seconds: float = 3.0,
    max_requests: int = 100_000,
    timeout: float = 10.0,
) -> LoadResult:
    """Send POST requests to a service from a process of its own, and time the answers.

    The client is a small one: httpx, measured here, sent at most 800 requests/s where this one got
    2,800 out of the same service, so that httpx would have been what was measured.

    Without a rate the loop is closed: each connection sends the next request when the last one is
    answered, which finds the service's capacity. With a rate it is open: requests are due at a
    constant rate whatever the service does, and latency counts from the time that each was *due*,
    so that a stall counts for everyone who would have met it. Measuring from the actual sending
    instead leaves them out: "coordinated omission" (Gil Tene, "How NOT to Measure Latency", 2013;
    his wrk2 measures as here). It then includes the client's own wake-up, some 0.3 ms.

    Args:
        url: where to send, path included.
        bodies: JSON body, or a list of them, used in turn.
        connections: keep-alive connections; with a rate, also the most requests under way at once.
        rate: requests per second, or None for the closed loop.
        poisson_seed: with a rate, draw the times at random, as independent users would come;
            evenly spread when None.
        seconds: how long to send.
        max_requests: most requests to send.
        timeout: seconds to wait for answers when sending is over; what is missing then is an error.

    Raises:
        UserError: when the service cannot be reached.
        ValueError: when an argument is out of range.
    """
    listed = list(bodies) if isinstance(bodies, (list, tuple)) else [bodies]
    if not listed:
        raise ValueError("a load test needs at least one body")
    if not 1 <= connections <= MAX_CONNECTIONS:
        raise ValueError(f"connections must be 1 to {MAX_CONNECTIONS}, not {connections}")
    if seconds <= 0 or max_requests < 1 or timeout <= 0 or (rate is not None and rate <= 0):
        raise ValueError("seconds, max_requests, timeout and rate must be positive")
    address = urlsplit(url)
    if address.scheme != "http" or not address.hostname:
        raise UserError(f"a load test needs an address like http://127.0.0.1:8000/predict: {url!r}")
    task = {
        "host": address.hostname,
        "port": address.port or 80,
        "path": address.path or "/",
        "bodies": [json.dumps(body) for body in listed],
        "connections": connections,
        "rate": rate,
        "poisson_seed": poisson_seed,
        "seconds": seconds,
        "max_requests": max_requests,
        "timeout": timeout,
    }
    measured = _run(task, limit=seconds + 2 * timeout + 30)
    statuses = np.array(measured["statuses"], dtype=int)
    starts, latencies = (np.array(measured[part], dtype=float) for part in ("starts", "latencies"))
    succeeded = statuses // 100 == 2
    return LoadResult(
        connections=connections,
        offered_rate=rate,
        elapsed_s=measured["elapsed"],
        errors=int((~succeeded).sum()) + measured["unanswered"],
        latency_s=latencies[succeeded],
        refused_s=latencies[statuses == REFUSED],
        spans_s=np.column_stack([starts, starts + latencies])[statuses > 0],
        lost=int((statuses == 0).sum()) + measured["unanswered"],
    )


def load_table(results: Mapping[str, LoadResult] | Iterable[LoadResult]) -> pd.DataFrame:
    """The figures of several load tests, one row for each."""
    if isinstance(results, Mapping):
        return pd.concat([r.table().set_axis([name]) for name, r in results.items()])
    return pd.concat([r.table() for r in results], ignore_index=True)


def plot_latency(results: Mapping[str, LoadResult], ax: Axes | None = None) -> Axes:
    """Draw latency against percentile, the tail spread out, one line for each result.

    Args:
        results: label → what load_test measured.
        ax: axes to draw on; new ones by default.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogLocator

    if ax is None:
        _, ax = plt.subplots(figsize=(7, 4), layout="constrained")
    longest = 0
    for label, result in results.items():
        if result.requests:
            ranked = np.sort(result.latency_s) * 1000
            beyond = 1 - (np.arange(len(ranked)) + 0.5) / len(ranked)
            ax.plot(1 / beyond, ranked, label=label)
            longest = max(longest, len(ranked))
    marks = [m for m in (1, 2, 10, 100, 1000, 10_000) if m == 1 or m < 2 * longest]
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xticks(marks, [f"{100 * (1 - 1 / mark):.4g} %" for mark in marks])
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.minorticks_off()
    ax.set(xlabel="percentile of requests", ylabel="latency (ms)", title="Latency under load")
    ax.grid(alpha=0.3)
    ax.legend()
    return ax


def _run(task: dict[str, Any], limit: float) -> dict[str, Any]:
    client = Path(__file__).with_name("loadclient.py")
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(client)],
            input=json.dumps(task).encode(),
            capture_output=True,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UserError(f"the load test did not end within {limit:.0f} s") from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"]
        raise UserError(f"the load test failed: {said[-1]}")
    return json.loads(done.stdout)
