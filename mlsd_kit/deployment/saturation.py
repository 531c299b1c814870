"""A service under more and more load, up to saturation and past it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlsd_kit.deployment.loadtest import LoadResult, load_test

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONNECTIONS = 160


def capacity(
    url: str, bodies: Sequence[Any], *, connections: int = 32, seconds: float = 1.0
) -> float:
    """Requests per second that a service answers when it is never idle, by a closed loop.

    Args:
        url: where to send. bodies: JSON bodies, used in turn.
        connections: that ask again at once; fewer than the service takes on, or it refuses some.
        seconds: how long.
    """
    return load_test(url, bodies, connections=connections, seconds=seconds).throughput


def load_curve(
    url: str, bodies: Sequence[Any], rates: Sequence[float], *, seconds: float = 1.0, seed: int
) -> pd.DataFrame:
    """Put one rate after the other on a service, at random times as independent users come.

    Args:
        url: where to send. bodies: JSON bodies, used in turn.
        rates: requests per second, ascending. seconds: of each. seed: of the times.

    Returns:
        A row for each rate, index ``offered`` (requests/s): see `curve_row`.
    """
    rows = {}
    for number, rate in enumerate(rates):
        result = load_test(
            url,
            bodies,
            connections=CONNECTIONS,
            rate=rate,
            poisson_seed=seed + number,
            seconds=seconds,
            max_requests=int(rate * seconds) + 1,
        )
        rows[rate] = curve_row(result)
    return pd.DataFrame(rows).T.rename_axis("offered")


def curve_row(result: LoadResult) -> dict[str, float]:
    """The figures of one load.

    Returns:
        ``answered`` (per second), ``refused`` (share of all), ``lost`` (requests), ``mean_ms``,
        ``p50_ms`` and ``p99_ms`` of the answered, ``refusal_ms`` (median time to refuse), and
        ``in_flight``: requests under way, counted. What Little's law says of that is ``little``:
        answers and refusals per second times their mean seconds.
    """
    spent = np.concatenate([result.latency_s, result.refused_s])
    rate = len(spent) / result.elapsed_s
    return {
        "answered": result.throughput,
        "refused": result.refused / max(result.requests + result.errors, 1),
        "lost": float(result.lost),
        "mean_ms": 1000 * float(np.mean(result.latency_s)) if result.requests else np.nan,
        "p50_ms": result.p50_ms,
        "p99_ms": result.p99_ms,
        "refusal_ms": 1000 * float(np.median(result.refused_s)) if result.refused else np.nan,
        "in_flight": result.mean_in_flight(),
        "little": rate * float(np.mean(spent)) if len(spent) else 0.0,
    }


def knee(curve: pd.DataFrame, within_ms: float, most_refused: float = 0.001) -> float:
    """The highest load of a curve up to which p99 keeps a bound and next to nothing is refused.

    Args:
        curve: of `load_curve`. within_ms: bound on p99. most_refused: share.

    Returns:
        Requests per second; 0 when the lightest load is too much.
    """
    kept = (curve["p99_ms"] <= within_ms) & (curve["refused"] <= most_refused)
    good = curve.index[kept.cummin()]
    return float(good[-1]) if len(good) else 0.0


def plot_load_curves(
    curves: Mapping[str, pd.DataFrame], lines: Mapping[str, pd.DataFrame] | None = None
) -> tuple[Axes, Axes]:
    """Draw p99, and what is answered, against the offered load.

    Args:
        curves: label → measured, of `load_curve`; drawn as points.
        lines: label → what a model says, with the columns ``p99_ms`` and ``answered``; as lines.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogLocator

    _, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
    most = 0.0
    for label, curve in curves.items():
        left.plot(curve.index, curve["p99_ms"], "o", ls=":", ms=5, label=label)
        right.plot(curve.index, curve["answered"], "o", ls=":", ms=5, label=label)
        most = max(most, float(curve.index.max()))
    for label, line in (lines or {}).items():
        left.plot(line.index, line["p99_ms"], c="black", lw=1.2, label=label)
        right.plot(line.index, line["answered"], c="black", lw=1.2, label=label)
    right.plot([0, most], [0, most], c="grey", ls="--", lw=1, label="all that is offered")
    left.set(yscale="log", ylabel="p99 of the answered (ms)", xlabel="offered (requests/s)")
    left.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    left.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    left.minorticks_off()
    right.set(ylabel="answered (requests/s)", xlabel="offered (requests/s)", xlim=0, ylim=0)
    for ax in (left, right):
        ax.xaxis.set_major_formatter("{x:,.0f}")
    right.yaxis.set_major_formatter("{x:,.0f}")
    right.legend()
    return left, right
