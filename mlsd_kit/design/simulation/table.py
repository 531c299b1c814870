"""Simulations side by side."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mlsd_kit.design.simulation.result import SimulationResult


def compare_simulations(results: Mapping[str, SimulationResult]) -> pd.DataFrame:
    """Give a row for each simulation: latency in ms, with p99's interval, losses, price.

    ``failed`` and ``degraded`` are per cent of the requests; ``$ per million`` is for answered
    requests.
    """
    rows = {}
    for name, result in results.items():
        p99 = result.latency(99)
        rows[name] = {
            "p50 (ms)": 1000 * result.latency(50).value,
            "p99 (ms)": 1000 * p99.value,
            "p99 interval": f"{1000 * p99.low:.1f} to {1000 * p99.high:.1f}",
            "failed (%)": 100 * result.failed_share,
            "degraded (%)": 100 * result.degraded / max(result.arrived, 1),
            "$ per million": result.cost_per_million,
        }
    return pd.DataFrame.from_dict(rows, orient="index").round(3)
