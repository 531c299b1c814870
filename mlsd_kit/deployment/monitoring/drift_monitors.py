"""Have the inputs or the scores moved? By index, by distribution test, or value by value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mlsd_kit.deployment.monitoring.monitor import Alarm
from mlsd_kit.deployment.monitoring.window import Sample, Window
from mlsd_kit.deployment.reference import (
    PREDICTION,
    Reference,
    build_reference,
    population_stability,
)
from mlsd_kit.errors import UserError

Control = Literal["none", "bonferroni", "benjamini-hochberg"]
"""What keeps many tests in one window from adding up."""


class DataDrift:
    """Alarm when a feature's population stability index passes what chance gives.

    Args:
        reference: of the rows that the model was judged good on; ``Sample`` or ``Reference``.
        alpha: chance of a false alarm in one window, where ``control`` keeps it.
        control: ``bonferroni`` gives each feature its part of alpha; ``none`` gives each the whole.
        material: smallest index that matters, however significant.
    """

    def __init__(
        self,
        reference: Sample | Reference,
        *,
        alpha: float = 0.01,
        control: Literal["none", "bonferroni"] = "bonferroni",
        material: float = 0.0,
    ) -> None:
        if isinstance(reference, Sample):
            reference = build_reference(reference.features, reference.predictions)
        self.reference = reference
        self.material = material
        bins = {n: b for n, b in reference.features.items() if n != PREDICTION}
        self._bins = bins
        self._alpha = alpha / len(bins) if control == "bonferroni" else alpha

    def observe(self, window: Window) -> Alarm | None:
        """The features that have drifted; None for a window without rows."""
        _has(window, self._bins)
        if not len(window):
            return None
        drifted = {}
        for name, bins in self._bins.items():
            counts = bins.count(window.features[name])
            found = population_stability(np.array(bins.counts), counts, self._alpha)
            if found.psi > max(found.threshold, self.material):
                drifted[name] = found.psi
        if not drifted:
            return None
        shown = ", ".join(f"{name} {psi:.2f}" for name, psi in drifted.items())
        return Alarm(f"stability index: {shown}", tuple(drifted))


class DistributionTest:
    """Alarm when the Kolmogorov-Smirnov test tells a number's values from the reference's.

    It needs no bins, and the whole reference sample instead. Missing values are left out.

    Args:
        reference: rows that the model was judged good on.
        alpha: chance of a false alarm in one window, where ``control`` keeps it.
        control: ``benjamini-hochberg`` bounds the share of false ones among the features named,
            and with no drift at all the chance of any alarm (Benjamini and Hochberg, 1995).
        of: ``features`` for all numbers, or ``predictions``.
    """

    def __init__(
        self,
        reference: Sample,
        *,
        alpha: float = 0.01,
        control: Control = "benjamini-hochberg",
        of: Literal["features", "predictions"] = "features",
    ) -> None:
        self.alpha, self.control, self.of = alpha, control, of
        self._known = {name: np.sort(values) for name, values in self._numbers(reference).items()}

    def observe(self, window: Window) -> Alarm | None:
        """The numbers that have drifted; None for a window without rows."""
        from scipy.stats import false_discovery_control, ks_2samp

        if not len(window):
            return None
        now = self._numbers(window.rows)
        _has(window, self._known if self.of == "features" else {})
        p = {
            name: float(ks_2samp(known, now[name], method="asymp").pvalue)
            for name, known in self._known.items()
            if len(known) and len(now[name])
        }
        values = np.array(list(p.values()))
        if self.control == "bonferroni":
            values = values * len(values)
        elif self.control == "benjamini-hochberg" and len(values):
            values = false_discovery_control(values)
        drifted = [name for name, value in zip(p, values, strict=True) if value < self.alpha]
        if not drifted:
            return None
        shown = ", ".join(f"{name} p = {p[name]:.1g}" for name in drifted)
        return Alarm(f"distribution test: {shown}", tuple(drifted))

    def _numbers(self, rows: Sample) -> dict[str, np.ndarray]:
        if self.of == "predictions":
            return {PREDICTION: np.asarray(rows.predictions, dtype=float)}
        numbers = rows.features.select_dtypes("number")
        return {str(name): _known(column) for name, column in numbers.items()}


class StreamDetector:
    """Alarm when a detector of river's, fed value by value, finds a change within the window.

    Args:
        detector: such as ``river.drift.ADWIN(delta=0.002)``. It has no reference: it compares the
            stream with its own past, and takes a daily cycle for a change.
        values: what of a window it is fed; the predictions by default.
    """

    def __init__(
        self, detector: Any, values: Callable[[Window], ArrayLike] = lambda w: w.predictions
    ) -> None:
        self.detector = detector
        self.values = values

    def observe(self, window: Window) -> Alarm | None:
        """How many changes were found in the window."""
        found = 0
        for value in np.asarray(self.values(window), dtype=float).tolist():
            self.detector.update(value)
            found += bool(self.detector.drift_detected)
        name = type(self.detector).__name__
        return Alarm(f"{name} found {found} change(s) of the mean") if found else None


def _known(column: pd.Series) -> np.ndarray:
    values = column.to_numpy(dtype=float)
    return values[~np.isnan(values)]


def _has(window: Window, names: Any) -> None:
    for name in names:
        if name not in window.features:
            raise UserError(f"the drift monitor misses feature {name!r} in the window")
