"""Cheap guards that need neither labels nor bins: how much traffic, and how much is predicted."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from mlsd_kit.deployment.monitoring.monitor import Alarm
from mlsd_kit.deployment.monitoring.window import Sample, Window


class Volume:
    """Alarm when a window has far fewer or more rows than usual.

    Counts spread more than Poisson's, so the bounds are quantiles of a negative binomial with the
    spread that the past windows had: variance = φ · mean, φ ≥ 1.

    Args:
        past: windows of normal traffic, of the same duration as those to come.
        alpha: chance of a false alarm in one window.
        by: ``hour`` compares with the past windows of the same hour of the day; ``all`` with all
            of them, and so takes the night for an outage.

    Raises:
        ValueError: when there are no past windows.
    """

    def __init__(
        self, past: list[Window], *, alpha: float = 0.01, by: Literal["hour", "all"] = "hour"
    ) -> None:
        if not past:
            raise ValueError("the volume guard needs windows of normal traffic")
        self.alpha, self.by = alpha, by
        hours = [self._key(window) for window in past]
        counts = pd.Series([len(window) for window in past], index=hours, dtype=float)
        mean = counts.groupby(level=0).transform("mean")
        freedom = max(len(counts) - counts.index.nunique(), 1)
        left = ((counts - mean) ** 2 / mean.where(mean > 0, 1.0)).sum()
        self._usual = counts.groupby(level=0).mean()
        self._windows = counts.groupby(level=0).size()
        self.dispersion = max(float(left / freedom), 1.0)

    def observe(self, window: Window) -> Alarm | None:
        """Whether the window's rows lie within the bounds; None at an hour never seen."""
        key = self._key(window)
        if key not in self._usual.index:
            return None
        low, high = self.bounds(window)
        if low <= len(window) <= high:
            return None
        word = "only " if len(window) < low else ""
        return Alarm(f"{word}{len(window):,} rows; {low:,.0f} to {high:,.0f} are usual")

    def bounds(self, window: Window) -> tuple[float, float]:
        """The fewest and most rows that raise no alarm in a window of that time."""
        key = self._key(window)
        mean = max(float(self._usual[key]), 0.5)
        spread = self.dispersion * (1 + 1 / float(self._windows[key]))
        if spread <= 1 + 1e-9:
            counts = stats.poisson(mean)
        else:
            counts = stats.nbinom(mean / (spread - 1), 1 / spread)
        return float(counts.ppf(self.alpha / 2)), float(counts.ppf(1 - self.alpha / 2))

    def _key(self, window: Window) -> float:
        return round(window.hour, 6) if self.by == "hour" else 0.0


class PredictionRate:
    """Alarm when the mean prediction, or the share above a threshold, leaves the reference's.

    Args:
        reference: rows that the model was judged good on.
        alpha: chance of a false alarm in one window (two-sided, by the normal approximation).
        threshold: of the decision; None for the mean prediction itself.
        material: smallest relative change that matters, however significant.
    """

    def __init__(
        self,
        reference: Sample,
        *,
        alpha: float = 0.01,
        threshold: float | None = None,
        material: float = 0.0,
    ) -> None:
        self.alpha, self.threshold, self.material = alpha, threshold, material
        values = self._values(reference)
        self.mean, self._var, self._n = float(values.mean()), float(values.var()), len(values)

    def observe(self, window: Window) -> Alarm | None:
        """Whether the rate is that of the reference; None for a window without rows."""
        if not len(window):
            return None
        rate = float(self._values(window.rows).mean())
        error = np.sqrt(self._var * (1 / len(window) + 1 / self._n))
        limit = max(stats.norm.ppf(1 - self.alpha / 2) * error, self.material * self.mean)
        if abs(rate - self.mean) <= limit:
            return None
        what = "mean prediction" if self.threshold is None else f"share above {self.threshold:.3g}"
        return Alarm(f"{what} {rate:.4g}; {self.mean:.4g} ± {limit:.2g} is usual")

    def _values(self, rows: Sample) -> np.ndarray:
        p = np.asarray(rows.predictions, dtype=float)
        return p if self.threshold is None else (p >= self.threshold).astype(float)
