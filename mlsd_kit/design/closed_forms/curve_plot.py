"""Latency against load, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlsd_kit.design.closed_forms.estimate import latency_curve
from mlsd_kit.design.design import Design
from mlsd_kit.units import format_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_latency_curve(
    design: Design, curve: pd.DataFrame | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the median and the required percentile against the rate, with the requirement.

    Rates at which something saturates are shaded, with its name.

    Args:
        design: whose requirement is drawn.
        curve: what `latency_curve` gave; by default at its default rates.
        ax: axes to draw on; new ones by default.
    """
    import matplotlib.pyplot as plt

    shown = latency_curve(design) if curve is None else curve
    if ax is None:
        _, ax = plt.subplots(figsize=(7, 4), layout="constrained")
    requirement = design.requirement
    required = f"p{requirement.percentile:g}"
    for name in dict.fromkeys((required, "p50")):
        values = 1000 * shown[name].replace(np.inf, np.nan)
        ax.plot(shown.index, values, marker="o", ms=3, label=name)
    ax.axhline(1000 * requirement.latency, ls="--", c="grey", label=f"required of {required}")
    ax.axvline(requirement.rate, ls=":", c="black", label="required rate")
    endless = shown[~np.isfinite(shown[required])]
    if len(endless):
        told = f"{endless['busiest'].iloc[0]}\ncannot keep up"
        ax.axvspan(endless.index[0], shown.index[-1] * 1.02, color="0.9", zorder=0, label=told)
        ax.set_xlim(right=shown.index[-1] * 1.02)
    ax.set_ylim(0, _top(shown, required, requirement.latency, requirement.rate))
    ax.xaxis.set_major_formatter(lambda value, _: format_number(value))
    ax.set(xlabel="requests/s", ylabel="latency (ms)", title="Latency by load, closed forms")
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return ax


def _top(curve: pd.DataFrame, required: str, latency: float, rate: float) -> float:
    """The highest latency to show, in ms: near saturation it has no bound."""
    finite = curve[required].replace(np.inf, np.nan)
    wanted = float(np.interp(rate, curve.index, finite.ffill().bfill().fillna(latency)))
    most = float(finite.max()) if finite.notna().any() else latency
    return 1000 * max(1.1 * latency, min(1.1 * most, 3 * max(latency, wanted)))
