"""A model card: what a model is for, what it learned from, how good it is, for whom, and where not.

After Mitchell et al., "Model Cards for Model Reporting", FAT* 2019.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from mlsd_kit.cases import LearningTable
from mlsd_kit.deployment.features import serving_features
from mlsd_kit.deployment.fingerprint import DataFingerprint

DRAWS = 100
FEW_EVENTS = 30
GROUP_VALUES = 6
"""Columns with at most so many values are looked at by group."""


class Estimate(NamedTuple):
    """A metric with its 95 % interval."""

    value: float
    low: float
    high: float


def estimate_metrics(y: np.ndarray, p: np.ndarray, seed: int = 0) -> dict[str, Estimate]:
    """AUC and log loss, each with a percentile interval of 100 bootstrap samples of the rows.

    Args:
        y: 1 for the event, shape (n,). p: its probability, shape (n,).
        seed: of the samples.
    """
    rng = np.random.default_rng(seed)
    samples = [rng.integers(len(y), size=len(y)) for _ in range(DRAWS)]
    found = {}
    for name, metric in (("auc", _auc), ("log_loss", _log_loss)):
        drawn = [metric(y[rows], p[rows]) for rows in samples]
        low, high = np.nanpercentile(drawn, [2.5, 97.5])
        found[name] = Estimate(metric(y, p), float(low), float(high))
    return found


def group_table(groups: Mapping[str, pd.Series], y: np.ndarray, p: np.ndarray) -> pd.DataFrame:
    """Rows, events, observed and predicted rate and AUC of each value of some columns.

    Args:
        groups: column → its value in each row, shape (n,).
        y: 1 for the event, shape (n,). p: its probability, shape (n,).
    """
    rows = []
    for name, values in groups.items():
        for value in sorted(values.unique()):
            of = (values == value).to_numpy()
            events = int(y[of].sum())
            rows.append(
                {
                    "group": f"{name} = {value}",
                    "rows": int(of.sum()),
                    "events": events,
                    "observed": float(y[of].mean()),
                    "predicted": float(p[of].mean()),
                    "AUC": _auc(y[of], p[of]),
                }
            )
    columns = ["group", "rows", "events", "observed", "predicted", "AUC"]
    return pd.DataFrame(rows, columns=columns).set_index("group")


def model_card(
    *,
    title: str,
    purpose: str,
    data: DataFingerprint,
    tested: str,
    metrics: Mapping[str, Estimate],
    groups: pd.DataFrame,
    limits: Sequence[str],
) -> str:
    """The card as Markdown.

    Args:
        title: of the model. purpose: what it is for, in a sentence or two.
        data: the rows that it learned from.
        tested: which rows the figures come from.
        metrics: name → estimate with its interval.
        groups: as `group_table` gives them.
        limits: what it must not be used for, and what nobody has looked at.
    """
    span = ""
    if data.first_h is not None and data.last_h is not None:
        span = f", from hour {data.first_h:.1f} to hour {data.last_h:.1f}"
    few, known = int((groups["events"] < FEW_EVENTS).sum()), list(limits)
    if few:
        known.append(
            f"{few} of {len(groups)} groups have fewer than {FEW_EVENTS} events: their figures say "
            "little."
        )
    figures = [
        f"| {name} | {value:.4f} | {low:.4f} to {high:.4f} |"
        for name, (value, low, high) in metrics.items()
    ]
    lines = [
        f"# {title}", "", "## What it is for", "", purpose, "",
        "## Data", "", f"{data.rows:,} training rows{span}; fingerprint {data.sha256[:12]}.", "",
        "## Metrics", "", tested, "",
        "| metric | value | 95 % interval |", "|---|---|---|", *figures, "", "## Groups", "",
    ]  # fmt: skip
    if len(groups):
        lines += [
            "| group | rows | events | observed | predicted | AUC |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_group_line(str(name), row) for name, row in groups.iterrows()]
    else:
        lines.append("No column has few enough values to be looked at by group.")
    return "\n".join([*lines, "", "## Limits", "", *(f"- {limit}" for limit in known), ""])


def table_card(
    title: str,
    purpose: str,
    later: LearningTable,
    p: np.ndarray,
    data: DataFingerprint,
    metrics: Mapping[str, Estimate],
) -> str:
    """The card of a model that gives the probability of a learning table's event.

    Args:
        title: of the model. purpose: what it is for.
        later: rows that it did not learn from, all later than those that it did.
        p: its probability for each of them, shape (n,).
        data: the rows that it learned from.
        metrics: name → estimate on the later rows.
    """
    X = serving_features(later)
    words = {
        str(name): X[name]
        for name in X
        if X[name].nunique() <= GROUP_VALUES and X[name].dtype.kind != "f"
    }
    simulated = ["The data is simulated: it holds what its assumptions say, and no more."]
    return model_card(
        title=title,
        purpose=purpose,
        data=data,
        tested=f"On {len(later):,} {later.row}s later than all of these, with "
        f"{int(later.y.sum()):,} events; intervals by bootstrap.",
        metrics=metrics,
        groups=group_table(words, later.y, p),
        limits=[
            *(simulated if later.p_true is not None else []),
            "Ids are no features: it knows nothing of a single user or item but what is in "
            "its columns.",
            "A category that training has not seen counts as none of the known ones.",
            "Nothing is known of how it ages after the test period.",
        ],
    )


def _group_line(name: str, row: pd.Series) -> str:
    auc = "–" if np.isnan(row["AUC"]) else f"{row['AUC']:.3f}"
    counts = f"{row['rows']:,.0f} | {row['events']:,.0f}"
    return f"| {name} | {counts} | {row['observed']:.2%} | {row['predicted']:.2%} | {auc} |"


def _auc(y: np.ndarray, p: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(y, p)) if 0 < y.sum() < len(y) else float("nan")


def _log_loss(y: np.ndarray, p: np.ndarray) -> float:
    from sklearn.metrics import log_loss

    return float(log_loss(y, p, labels=[0, 1]))
