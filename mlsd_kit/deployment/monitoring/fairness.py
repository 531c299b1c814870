"""Is the model as good for one group as for another? Rates with intervals, a gate, a monitor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from mlsd_kit.deployment.monitoring.monitor import Alarm
from mlsd_kit.deployment.monitoring.window import Window
from mlsd_kit.errors import UserError

Rate = Literal["FPR", "TPR", "flagged"]
"""False-positive rate, true-positive rate, or the share flagged whatever the outcome."""

Verdict = Literal["promote", "refuse", "not enough data"]


def group_rates(
    labels: ArrayLike,
    flagged: ArrayLike,
    groups: ArrayLike,
    *,
    rate: Rate = "FPR",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """One rate of the decisions in each group, with its interval.

    Equal TPR is "equal opportunity", equal TPR and FPR "equalised odds" (Hardt, Price and Srebro,
    2016), equal ``flagged`` "demographic parity".

    Args:
        labels: outcomes 0 or 1, shape (n,).
        flagged: decisions, shape (n,).
        groups: of each row, shape (n,).
        rate: which.
        confidence: of each interval (Wilson, 1927).

    Returns:
        One row for each group: ``rows``, ``of`` (rows that the rate is taken of), ``hits``, the
        rate under its name, ``low`` and ``high``; NaN where there is nothing to take it of.

    Raises:
        ValueError: when lengths differ.
    """
    y, called = np.asarray(labels) == 1, np.asarray(flagged, dtype=bool)
    of_group = pd.Series(np.asarray(groups))
    if not len(y) == len(called) == len(of_group):
        raise ValueError(f"{len(y)} labels, {len(called)} decisions, {len(of_group)} groups")
    counted = {"FPR": ~y, "TPR": y, "flagged": np.ones(len(y), dtype=bool)}[rate]
    rows = {}
    for name, positions in sorted(of_group.groupby(of_group).indices.items()):
        of = int(counted[positions].sum())
        hits = int((called & counted)[positions].sum())
        low, high = np.nan, np.nan
        if of:
            interval = stats.binomtest(hits, of).proportion_ci(confidence, method="wilson")
            low, high = interval.low, interval.high
        rows[name] = {
            "rows": len(positions), "of": of, "hits": hits,
            rate: hits / of if of else np.nan, "low": low, "high": high,
        }  # fmt: skip
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("group")
    return table.astype({"rows": int, "of": int, "hits": int})


def difference_interval(
    hits: int, n: int, other_hits: int, other_n: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval of the difference of two rates, by Newcombe's score method.

    Newcombe, "Interval estimation for the difference between independent proportions", Statistics
    in Medicine 17 (1998), method 10: from Wilson's interval of each rate.

    >>> tuple(round(x, 4) for x in difference_interval(56, 70, 48, 80))
    (0.0524, 0.3339)
    """
    a, b = stats.binomtest(hits, n), stats.binomtest(other_hits, other_n)
    p, q = hits / n, other_hits / other_n
    i = a.proportion_ci(confidence, method="wilson")
    j = b.proportion_ci(confidence, method="wilson")
    below = np.hypot(p - i.low, j.high - q)
    above = np.hypot(i.high - p, q - j.low)
    return float(p - q - below), float(p - q + above)


@dataclass(frozen=True)
class Gate:
    """What the gate says of a model, and why."""

    verdict: Verdict
    reason: str
    gap: float
    """Largest difference of two groups' rates; NaN when there is none to take."""
    low: float
    high: float
    """The largest gap lies between them, with the gate's confidence."""

    @property
    def promote(self) -> bool:
        """Whether the model may go live."""
        return self.verdict == "promote"


def fairness_gate(
    labels: ArrayLike,
    flagged: ArrayLike,
    groups: ArrayLike,
    *,
    bound: float,
    rate: Rate = "FPR",
    confidence: float = 0.95,
) -> Gate:
    """Promote only a model whose largest gap between groups is below a bound, with confidence.

    The intervals of all pairs of groups hold together (Bonferroni). Promotion wants all of them
    below the bound, refusal one of them above; in between there is not enough data to say, and a
    gate that then said yes would promote any model that is tested on few rows.

    Args:
        labels, flagged, groups, rate: as in `group_rates`.
        bound: largest gap that is accepted, such as 0.02.
        confidence: of the decision.

    Raises:
        UserError: when there are not two groups.
        ValueError: when the bound is not between 0 and 1.
    """
    if not 0 < bound < 1:
        raise ValueError(f"the bound is a difference of rates, between 0 and 1, not {bound}")
    table = group_rates(labels, flagged, groups, rate=rate)
    if len(table) < 2:
        raise UserError("a gap needs two groups at least")
    if (table["of"] == 0).any():
        empty = table.index[table["of"] == 0][0]
        reason = f"group {empty!r} has no row to take the {rate} of"
        return Gate("not enough data", reason, np.nan, 0.0, 1.0)
    pairs = list(combinations(table.index, 2))
    each = 1 - (1 - confidence) / len(pairs)
    gaps = {}
    for a, b in pairs:
        hits, n = table.loc[[a, b], "hits"].tolist(), table.loc[[a, b], "of"].tolist()
        ends = difference_interval(hits[0], n[0], hits[1], n[1], each)
        least = max(ends[0], -ends[1], 0.0)
        gaps[a, b] = (abs(hits[0] / n[0] - hits[1] / n[1]), least, max(abs(end) for end in ends))
    apart = max(gaps, key=lambda pair: gaps[pair][0])
    gap = gaps[apart][0]
    low, high = max(g[1] for g in gaps.values()), max(g[2] for g in gaps.values())
    said = (
        f"{rate} of {apart[0]!r} and {apart[1]!r} {gap:.3f} apart, between {low:.3f} and {high:.3f}"
    )
    if high <= bound:
        return Gate("promote", f"{said}: below {bound:g}", gap, low, high)
    if low > bound:
        return Gate("refuse", f"{said}: above {bound:g}", gap, low, high)
    return Gate("not enough data", f"{said}: {bound:g} lies between", gap, low, high)


class FairnessMonitor:
    """Alarm when the gap between groups is above the bound, with confidence, on matured rows.

    Args:
        column: the feature that names the group. A group that is no feature is joined to it by the
            caller: what the model may not see, the monitor must.
        threshold: of the decision.
        bound: largest gap that is accepted.
        maturity_h: age at which a row's label counts.
        block_rows: matured rows of one judgement, gathered over the windows.
        rate, confidence: as in `fairness_gate`.
    """

    def __init__(
        self,
        column: str,
        *,
        threshold: float,
        bound: float,
        maturity_h: float,
        block_rows: int = 2000,
        rate: Rate = "FPR",
        confidence: float = 0.99,
    ) -> None:
        self.column, self.threshold, self.bound = column, threshold, bound
        self.maturity_h, self.block_rows = maturity_h, block_rows
        self.rate, self.confidence = rate, confidence
        self._waiting: list[pd.DataFrame] = []

    def observe(self, window: Window) -> Alarm | None:
        """Judge the matured rows once they are enough; None while they are not.

        Raises:
            ValueError: when the window brings no outcomes.
        """
        if window.outcomes is None:
            raise ValueError("the fairness monitor needs windows with outcomes")
        until = window.end_h - self.maturity_h
        matured = window.outcomes.between(until - (window.end_h - window.start_h), until)
        self._waiting.append(self._decisions(matured.features, matured.predictions, matured.labels))
        if sum(map(len, self._waiting)) < self.block_rows:
            return None
        rows = pd.concat(self._waiting)
        self._waiting = []
        if rows["group"].nunique() < 2:
            return None
        gate = fairness_gate(
            rows["label"], rows["flagged"], rows["group"],
            bound=self.bound, rate=self.rate, confidence=self.confidence,
        )  # fmt: skip
        return Alarm(gate.reason, (self.column,)) if gate.verdict == "refuse" else None

    def _decisions(
        self,
        features: pd.DataFrame,
        predictions: np.ndarray,
        labels: Sequence[int] | np.ndarray | None,
    ) -> pd.DataFrame:
        if self.column not in features:
            raise UserError(f"the fairness monitor misses column {self.column!r}")
        return pd.DataFrame(
            {
                "group": features[self.column].to_numpy(),
                "flagged": predictions >= self.threshold,
                "label": np.asarray(labels),
            }
        )
