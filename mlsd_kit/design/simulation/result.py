"""What a simulation found."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mlsd_kit.design.design import Design
from mlsd_kit.design.planning import hourly_price
from mlsd_kit.design.simulation.latency_log import half_width
from mlsd_kit.design.simulation.ledger import Ledger

PERCENTS = (50.0, 90.0, 95.0, 99.0, 99.9)
TROUBLES = {"full": "refused", "timeout": "timeouts", "error": "errors", "died": "died"}


class Interval(NamedTuple):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


class SimulationResult:
    """Latencies, losses, loads and costs of a simulated design, after the warm-up.

    Latencies are those of the requests that were answered, also by a fallback. Their 95 %
    intervals come from batch means: the time after the warm-up is cut into 20 batches, and
    Student's t is applied to the figure's values in them (Law, Simulation Modeling and Analysis,
    2015, chapter 9). They are right for steady traffic, and batches that are long against the
    time the queues need to forget; where traffic changes or failures are injected, they show how
    much the batches differ.

    Args:
        design: what was simulated.
        seed: of the run.
        ledger: what was noted.
    """

    def __init__(self, design: Design, seed: int, ledger: Ledger) -> None:
        self.design, self.seed, self.ledger = design, seed, ledger

    def __repr__(self) -> str:
        p99 = self.latency(99).value
        return (
            f"<SimulationResult {self.design.title!r}: {self.arrived:,} requests, "
            f"p99 {1000 * p99:.4g} ms, {100 * self.failed_share:.2g} % failed>"
        )

    @cached_property
    def seconds(self) -> float:
        """Simulated seconds after the warm-up."""
        edges = self.ledger.log.edges
        return float(edges[-1] - edges[self.ledger.log.warm])

    def _measured(self, counts: np.ndarray) -> int:
        return int(counts[self.ledger.log.warm :].sum())

    @property
    def arrived(self) -> int:
        """Requests that came; each was ``ok``, ``degraded`` or ``failed``."""
        return self._measured(self.ledger.arrived)

    @property
    def ok(self) -> int:
        """Requests that were answered in full."""
        return self._measured(self.ledger.answered) - self.degraded

    @property
    def degraded(self) -> int:
        """Requests that were answered with the help of a fallback."""
        return self._measured(self.ledger.degraded)

    @property
    def failed(self) -> int:
        """Requests that were not answered."""
        return self._measured(self.ledger.failed)

    @property
    def failed_share(self) -> float:
        """The share of requests that were not answered; NaN when none came."""
        return self.failed / self.arrived if self.arrived else float("nan")

    @property
    def reasons(self) -> dict[str, int]:
        """Step and trouble → requests that failed for it, the most frequent first."""
        return dict(self.ledger.reasons.most_common())

    @property
    def throughput(self) -> float:
        """Requests/s that were answered."""
        return (self.ok + self.degraded) / self.seconds

    @property
    def cost_per_million(self) -> float:
        """Dollars for a million answered requests: hourly prices over what is answered an hour."""
        hourly = hourly_price(self.design)
        return 1e6 * hourly / (3600 * self.throughput) if self.throughput else float("inf")

    def latency(self, percentile: float) -> Interval:
        """Give a percentile of the latency, in seconds.

        Args:
            percentile: from 0 to 100.
        """
        log = self.ledger.log
        value = float(log.percentiles(log.measured, [percentile])[0])
        batches, _ = log.batches()
        found = np.array([log.percentiles(batch, [percentile])[0] for batch in batches])
        return _estimate(value, half_width(found))

    @cached_property
    def mean(self) -> Interval:
        """The mean latency, in seconds."""
        counts, sums = self.ledger.log.batches()
        sizes = counts.sum(axis=1)
        if not sizes.sum():
            return _estimate(float("nan"), float("nan"))
        return _estimate(float(sums.sum() / sizes.sum()), half_width(sums / np.maximum(sizes, 1)))

    def percentiles(self) -> pd.DataFrame:
        """Give the mean and percentiles: columns ``latency``, ``low``, ``high``, in seconds."""
        rows = {"mean": self.mean, **{f"p{p:g}": self.latency(p) for p in PERCENTS}}
        return pd.DataFrame.from_dict(rows, orient="index", columns=["latency", "low", "high"])

    def distribution(self) -> pd.DataFrame:
        """Give the latencies' histogram: columns ``latency`` (upper end, seconds), ``share``."""
        from mlsd_kit.design.simulation.latency_log import BINS_PER_UNIT, LOWEST

        counts = self.ledger.log.measured
        bins = np.flatnonzero(counts)
        ends = LOWEST * np.exp((bins + 1) / BINS_PER_UNIT)
        return pd.DataFrame({"latency": ends, "share": counts[bins] / max(counts.sum(), 1)})

    def table(self) -> pd.DataFrame:
        """Give a row for each component that requests came to.

        ``utilisation``: the share of all servers' time in which they were busy, and ``busiest``
        that of the busiest shard; 0 where concurrency is unlimited. ``calls`` count each shard
        that was asked; ``wait`` and ``service`` are their means in seconds. ``refused`` (queue
        full), ``timeouts``, ``errors``, ``died`` (with the replica) and ``retries`` count calls
        whatever number of shards they ask.
        """
        rows = {}
        for name, component in self.design.components.items():
            sums = [sums for tally, sums in self.ledger.steps if tally.component == name]
            if not sums:
                continue
            total = {key: sum(one[key] for one in sums) for key in sums[0]}
            calls = total["calls"]
            shares = self.ledger.busy[name] / (component.servers * self.seconds)
            rows[name] = {
                "utilisation": float(shares.mean()),
                "busiest": float(shares.max()),
                "calls": int(calls),
                "wait": total["wait"] / calls if calls else 0.0,
                "service": total["service"] / calls if calls else 0.0,
                **{label: int(total[key]) for key, label in TROUBLES.items()},
                "retries": int(total["retries"]),
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("component")

    def steps(self) -> pd.DataFrame:
        """Tell where the time of a request goes: seconds per request, step by step.

        Only time that the request waits for: of branches side by side and of shards the slowest.
        ``wait`` in queues, ``service``, and ``lost`` in tries that failed and in backoff. Means
        over all requests, those that do not come to a step too; when all are answered, the sum
        over all steps is the mean latency.
        """
        requests = max(self.arrived, 1)
        rows = [
            {
                "flow": tally.flow,
                "step": tally.step,
                "component": tally.component,
                **{key: sums[f"path_{key}"] / requests for key in ("wait", "service", "lost")},
            }
            for tally, sums in self.ledger.steps
            if tally.on_path
        ]
        columns = ["flow", "step", "component", "wait", "service", "lost"]
        frame = pd.DataFrame(rows, columns=columns)
        order = {
            (name, label): place
            for name, flow in self.design.flows.items()
            for place, label in enumerate(_labels(self.design, name))
            if flow.kind == "request"
        }
        keys = [order[flow, step] for flow, step in zip(frame["flow"], frame["step"], strict=True)]
        return frame.assign(_=keys).sort_values(["flow", "_"], kind="stable").drop(
            columns="_"
        ).reset_index(drop=True)  # fmt: skip

    def over_time(self) -> pd.DataFrame:
        """Give latency and losses by slice of time, the warm-up too.

        ``at``: middle of the slice in seconds; ``rate``: requests/s that came; ``p50``, ``p99``
        in seconds; ``failed`` and ``degraded``: shares of the requests; ``warm_up``.
        """
        ledger, log = self.ledger, self.ledger.log
        edges = log.edges
        found = np.array([log.percentiles(counts, [50, 99]) for counts in log.counts])
        came = np.where(ledger.arrived > 0, ledger.arrived, np.nan)
        return pd.DataFrame(
            {
                "at": (edges[:-1] + edges[1:]) / 2,
                "rate": ledger.arrived / np.diff(edges),
                "p50": found[:, 0],
                "p99": found[:, 1],
                "failed": ledger.failed / came,
                "degraded": ledger.degraded / came,
                "warm_up": np.arange(len(found)) < log.warm,
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain data for JSON; seconds, shares, counts; None for no value."""
        data: dict[str, Any] = _plain(
            {
                "title": self.design.title,
                "seed": self.seed,
                "seconds": self.seconds,
                "requests": {
                    "arrived": self.arrived,
                    "ok": self.ok,
                    "degraded": self.degraded,
                    "failed": self.failed,
                    "reasons": self.reasons,
                },
                "latency": self.percentiles().to_dict(orient="index"),
                "throughput": self.throughput,
                "cost_per_million": self.cost_per_million,
                "components": self.table().to_dict(orient="index"),
                "steps": self.steps().to_dict(orient="records"),
                "over_time": self.over_time().to_dict(orient="records"),
            }
        )
        return data


def _labels(design: Design, flow: str) -> list[str]:
    from mlsd_kit.design.planning import flatten, plan

    return [visit.label for visit in flatten(plan(design, flow))]


def _estimate(value: float, half: float) -> Interval:
    return Interval(value, max(value - half, 0.0) if half == half else half, value + half)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
