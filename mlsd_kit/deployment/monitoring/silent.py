"""Faults that raise no error: a lookup that fails to a default, a frozen feature, missing values.

The model answers, the status is 200, and the feature is garbage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from mlsd_kit.deployment.monitoring.monitor import Alarm
from mlsd_kit.deployment.monitoring.window import Sample, Window
from mlsd_kit.errors import UserError

EMPTY = ("", "missing", "unknown")
MATERIAL = 0.02


class SilentFailure:
    """Alarm when a feature is missing, at its default, or stands still, far more than it used to.

    - *missing* and *default* (0, or an empty text): their share is above the reference's by more
      than chance (binomial, alpha shared by all features) and by 2 points at least;
    - *still*: a run of one value, row after row, longer than twice the longest in the reference and
      than chance gives. It finds a constant and a feature that is no longer refreshed.

    Args:
        reference: rows in order of time, on which the features were right.
        alpha: chance of a false alarm in one window.
        defaults: texts that stand for a failed lookup, in lower case.
    """

    def __init__(
        self, reference: Sample, *, alpha: float = 0.01, defaults: Sequence[str] = EMPTY
    ) -> None:
        self.defaults = tuple(defaults)
        self.alpha = alpha / (3 * max(reference.features.shape[1], 1))
        self._known = {str(n): self._state(c) for n, c in reference.features.items()}
        self._rows = len(reference)

    def observe(self, window: Window) -> Alarm | None:
        """The features that failed, and how; None for a window without rows."""
        if not len(window):
            return None
        faults: dict[str, str] = {}
        for name, usual in self._known.items():
            if name not in window.features:
                faults[name] = "the column is gone"
                continue
            if why := self._compare(usual, self._state(window.features[name]), len(window)):
                faults[name] = why
        if not faults:
            return None
        return Alarm("; ".join(f"{n}: {why}" for n, why in faults.items()), tuple(faults))

    def _compare(self, usual: dict[str, float], now: dict[str, float], rows: int) -> str | None:
        for what in ("missing", "default"):
            # one pseudo-row of the kind in the reference: what was never seen may still happen
            p = (usual[what] * self._rows + 1) / (self._rows + 1)
            chance = stats.binom.sf(now[what] * rows - 1, rows, p)
            if chance < self.alpha and now[what] - usual[what] > MATERIAL:
                return f"{now[what]:.0%} {what}, {usual[what]:.1%} usual"
        longest = int(now["run"])
        if longest > 2 * usual["run"] and rows * usual["top"] ** (longest - 1) < self.alpha:
            return f"{longest} rows in a row have one value, {usual['run']:.0f} was the longest"
        return None

    def _state(self, column: pd.Series) -> dict[str, float]:
        if pd.api.types.is_numeric_dtype(column):
            default = column == 0
        else:
            default = column.astype("str").str.lower().isin(self.defaults)
        codes, _ = pd.factorize(column)
        shares = np.bincount(codes + 1) / max(len(codes), 1)
        return {
            "missing": float(column.isna().mean()),
            "default": float(default.mean()),
            "run": _longest_run(codes),
            "top": float(shares.max(initial=0.0)),
        }


class SampledParity:
    """Alarm when features served differ from what the pipeline of training gives for these rows.

    It finds what no distribution shows: values of other rows, or of an hour ago.

    Args:
        recompute: gives the features of a window's rows as training would have computed them, for
            the window whose features have only the rows asked for.
        sample_rows: rows compared in each window, evenly spread.
        tolerance: relative difference of numbers that does not count.
    """

    def __init__(
        self,
        recompute: Callable[[pd.DataFrame], pd.DataFrame],
        *,
        sample_rows: int = 50,
        tolerance: float = 1e-4,
    ) -> None:
        if sample_rows < 1:
            raise ValueError("parity needs at least one row to compare")
        self.recompute, self.sample_rows, self.tolerance = recompute, sample_rows, tolerance

    def observe(self, window: Window) -> Alarm | None:
        """The features that differ; None for a window without rows.

        Raises:
            UserError: when the recomputed rows lack a feature.
        """
        if not len(window):
            return None
        picked = np.unique(np.linspace(0, len(window) - 1, self.sample_rows).astype(int))
        served = window.features.iloc[picked]
        right = self.recompute(served)
        if missing := [str(name) for name in served if name not in right]:
            raise UserError(f"the recomputed rows lack feature {missing[0]!r}")
        off = {str(n): self._differ(served[n], right[n]) for n in served}
        off = {name: share for name, share in off.items() if share}
        if not off:
            return None
        shown = ", ".join(f"{name} in {share:.0%}" for name, share in off.items())
        return Alarm(f"served differs from recomputed: {shown} of {len(picked)} rows", tuple(off))

    def _differ(self, served: pd.Series, right: pd.Series) -> float:
        if pd.api.types.is_numeric_dtype(right):
            a, b = served.to_numpy(dtype=float), right.to_numpy(dtype=float)
            return float((~np.isclose(a, b, rtol=self.tolerance, atol=0, equal_nan=True)).mean())
        a, b = served.astype("str").to_numpy(), right.astype("str").to_numpy()
        return float((a != b).mean())


def _longest_run(codes: np.ndarray) -> int:
    if not len(codes):
        return 0
    ends = np.flatnonzero(np.append(codes[1:] != codes[:-1], True))
    return int(np.diff(ends, prepend=-1).max())
