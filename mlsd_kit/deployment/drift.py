"""Monitor a model in service: drift of its features and scores, calibration, and change points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mlsd_kit.deployment.reference import PREDICTION, Reference, population_stability
from mlsd_kit.errors import UserError, require

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def detect_changes(values: ArrayLike, delta: float = 0.002) -> np.ndarray:
    """Find where the mean of a stream changes, value by value, with ADWIN.

    ADWIN keeps a window of the recent past and drops its older part when the two halves' means
    differ by more than chance allows (Bifet and Gavaldà, "Learning from Time-Changing Data with
    Adaptive Windowing", SDM 2007).

    Args:
        values: the stream in order of time, shape (n,); scores, clicks or residuals.
        delta: ADWIN's significance: smaller fires less often.

    Returns:
        The positions at which the detector fired, in increasing order.
    """
    detector = require("river.drift").ADWIN(delta=delta)
    return _feed(detector, values)


class DriftMonitor:
    """Watch windows of a stream against the reference that travels with the model.

    A feature has drifted when its population stability index exceeds both what chance gives at
    this window's size and a size that matters; calibration likewise.

    Args:
        reference: distributions of the features and scores where the model was judged good.
        alpha: chance of a false alarm in one window, shared by its features (Bonferroni).
        material: smallest index that matters, however significant.
        calibration_tolerance: largest distance of expected / observed from 1 that does not matter.
        adwin_delta: significance of the change detector on scores and, with labels, on residuals,
            such as 0.002; None for no detector. It takes a daily cycle for a change.
    """

    def __init__(
        self,
        reference: Reference,
        *,
        alpha: float = 0.01,
        material: float = 0.1,
        calibration_tolerance: float = 0.1,
        adwin_delta: float | None = None,
    ) -> None:
        self.reference = reference
        self.alpha = alpha
        self.material = material
        self.calibration_tolerance = calibration_tolerance
        self._features: list[dict[str, Any]] = []
        self._windows: list[dict[str, Any]] = []
        self._detectors: list[Any] = []
        if adwin_delta is not None:
            adwin = require("river.drift").ADWIN
            self._detectors = [adwin(delta=adwin_delta), adwin(delta=adwin_delta)]

    def observe(
        self, frame: pd.DataFrame, predictions: ArrayLike, labels: ArrayLike | None = None
    ) -> bool:
        """Take in the next window of the stream; True when it raises an alarm.

        Args:
            frame: the features as they were served; columns without a reference are ignored.
            predictions: probabilities given, shape (n,).
            labels: outcomes 0 or 1, shape (n,), where they have arrived.

        Raises:
            UserError: when a feature of the reference is missing.
            ValueError: when the window is empty or lengths differ.
        """
        scores = np.asarray(predictions, dtype=float)
        if frame.empty or scores.shape != (len(frame),):
            raise ValueError(f"{len(frame)} rows and predictions of shape {scores.shape}")
        drifted = self._observe_features(frame, scores)
        mean = float(scores.mean())
        window: dict[str, Any] = {
            "window": len(self._windows),
            "rows": len(frame),
            "prediction_mean": mean,
            "prediction_ratio": mean / self.reference.prediction_mean,
            "drifted": ", ".join(drifted),
        }
        window |= self._calibration(scores, labels)
        window["change_found"] = self._changes(scores, labels)
        window["alarm"] = bool(drifted) or window["miscalibrated"] or window["change_found"]
        self._windows.append(window)
        return bool(window["alarm"])

    def features(self) -> pd.DataFrame:
        """The stability index of every feature in every window, with its threshold."""
        return pd.DataFrame(self._features)

    def table(self) -> pd.DataFrame:
        """One row for each window: scores, calibration, what drifted, whether it is an alarm."""
        table = pd.DataFrame(self._windows)
        return table.set_index("window") if len(table) else table

    def first_alarm(self) -> int | None:
        """The first window that raised an alarm, or None."""
        return next((w["window"] for w in self._windows if w["alarm"]), None)

    def _observe_features(self, frame: pd.DataFrame, scores: np.ndarray) -> list[str]:
        drifted = []
        alpha = self.alpha / len(self.reference.features)
        for name, bins in self.reference.features.items():
            if name != PREDICTION and name not in frame:
                raise UserError(f"the drift monitor misses feature {name!r} in the window")
            values = pd.Series(scores) if name == PREDICTION else frame[name]
            found = population_stability(np.array(bins.counts), bins.count(values), alpha)
            drift = found.psi > max(found.threshold, self.material)
            row = {"window": len(self._windows), "feature": name, **found._asdict()}
            self._features.append({**row, "drifted": drift})
            if drift:
                drifted.append(name)
        return drifted

    def _calibration(self, scores: np.ndarray, labels: ArrayLike | None) -> dict[str, Any]:
        if labels is None:
            return {"calibration": np.nan, "calibration_z": np.nan, "miscalibrated": False}
        from scipy.stats import norm

        observed = np.asarray(labels, dtype=float)
        if observed.shape != scores.shape:
            raise ValueError(f"{len(observed)} labels for {len(scores)} predictions")
        expected, clicks = scores.sum(), observed.sum()
        ratio = expected / clicks if clicks else np.inf
        spread = np.sqrt(np.sum(scores * (1 - scores)))
        z = (expected - clicks) / spread if spread else 0.0
        significant = abs(z) > norm.ppf(1 - self.alpha / 2)
        wrong = bool(significant and abs(ratio - 1) > self.calibration_tolerance)
        return {"calibration": ratio, "calibration_z": z, "miscalibrated": wrong}

    def _changes(self, scores: np.ndarray, labels: ArrayLike | None) -> bool:
        if not self._detectors:
            return False
        fired = _feed(self._detectors[0], scores).size > 0
        if labels is not None:
            fired |= _feed(self._detectors[1], np.asarray(labels, dtype=float) - scores).size > 0
        return fired


def plot_drift(features: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the stability index as a heat map, features by windows; a cross marks drift.

    Args:
        features: what ``DriftMonitor.features`` gives.
        ax: axes to draw on; new ones by default.
    """
    import matplotlib.pyplot as plt
    from matplotlib.colors import LogNorm
    from matplotlib.patheffects import withStroke

    psi = features.pivot(index="feature", columns="window", values="psi")
    psi = psi.loc[features["feature"].drop_duplicates()]
    drifted = features[features["drifted"]]
    if ax is None:
        _, ax = plt.subplots(figsize=(8, 0.35 * len(psi) + 1.6), layout="constrained")
    norm = LogNorm(0.001, max(1.0, float(psi.to_numpy().max())), clip=True)
    image = ax.imshow(psi.clip(lower=0.001), aspect="auto", norm=norm)
    ax.figure.colorbar(image, ax=ax, label="population stability index")
    rows = psi.index.get_indexer(pd.Index(drifted["feature"]))
    crosses = ax.scatter(
        psi.columns.get_indexer(pd.Index(drifted["window"])), rows, marker="x", c="black", s=25
    )
    crosses.set_path_effects([withStroke(linewidth=3, foreground="white")])
    ax.grid(visible=False)
    ax.set_yticks(range(len(psi)), psi.index)
    step = max(1, psi.shape[1] // 12)
    ax.set_xticks(range(0, psi.shape[1], step), psi.columns[::step])
    ax.set(xlabel="window (in order of time)", title="Drift against the reference (× = alarm)")
    return ax


def _feed(detector: Any, values: ArrayLike) -> np.ndarray:
    fired = []
    for position, value in enumerate(np.asarray(values, dtype=float).tolist()):
        detector.update(value)
        if detector.drift_detected:
            fired.append(position)
    return np.array(fired, dtype=np.int64)
