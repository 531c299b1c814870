"""Evaluate: candidate and serving model on the same later rows."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from mlsd_kit.cases import LearningTable
from mlsd_kit.deployment import OnnxModel, serving_features
from mlsd_kit.evaluation import auc_interval, paired_difference
from mlsd_kit.pipeline.steps.contract import Work
from mlsd_kit.pipeline.steps.train import MODEL

DRAWS = 400
FEWEST_EVENTS = 10
SINGLE = 200


def evaluate(work: Work) -> None:
    """Compare the log loss row by row; calibration, groups, size and latency of the candidate.

    Before there is a serving model, the base rate of the training rows stands in for it.
    """
    newest, champion = work.newest(), work.outside["champion"]
    rows = serving_features(newest)
    file = work.inputs["train"].path / MODEL
    candidate = OnnxModel(file)
    p = candidate.predict(rows).astype(float)
    learned = work.said("train")
    if champion is None:
        q = np.full(len(newest), learned["events"] / learned["rows"])
    else:
        q = work.registry.bundle(champion).model().predict(rows).astype(float)
    new, old = row_losses(newest.y, p), row_losses(newest.y, q)
    work.report(
        champion=champion,
        rows=len(newest),
        log_loss={"candidate": float(new.mean()), "champion": float(old.mean())},
        difference=_interval(new, old),
        auc={"candidate": _auc(newest.y, p), "champion": _auc(newest.y, q)},
        calibration={"candidate": _calibration(newest.y, p), "champion": _calibration(newest.y, q)},
        groups=_groups(newest, new, old, work.settings.group),
        size_mb=file.stat().st_size / 1e6,
        latency_ms=_latency_ms(candidate, rows.head(SINGLE)),
    )


def row_losses(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """The log loss of each row, shape (n,)."""
    q = np.clip(p, 1e-7, 1 - 1e-7)
    return -np.where(y == 1, np.log(q), np.log(1 - q))


def _interval(new: np.ndarray, old: np.ndarray, confidence: float = 0.95) -> list[float]:
    found = paired_difference(new, old, draws=DRAWS, confidence=confidence)
    return [found.estimate, found.low, found.high]


def _auc(y: np.ndarray, p: np.ndarray) -> float:
    return auc_interval(y, p).estimate


def _calibration(y: np.ndarray, p: np.ndarray) -> list[float]:
    """Expected over observed events, with the interval that the observed number leaves."""
    seen = stats.binomtest(int(y.sum()), len(y)).proportion_ci(0.95, method="wilson")
    return [float(p.mean() / rate) for rate in (y.mean(), seen.high, seen.low)]


def _groups(
    newest: LearningTable, new: np.ndarray, old: np.ndarray, by: str | None
) -> dict[str, Any]:
    """Each group's loss against the serving model's, with intervals that hold for all at once."""
    names = newest.categories
    column = by or (min(names, key=lambda name: newest.X[name].nunique()) if names else None)
    values = newest.X[column].astype("str") if column else pd.Series(["all"] * len(newest))
    masks = {str(name): (values == name).to_numpy() for name in sorted(values.dropna().unique())}
    masks = {name: m for name, m in masks.items() if newest.y[m].sum() >= FEWEST_EVENTS}
    confidence = 1 - 0.05 / max(len(masks), 1)
    compared = {
        name: {
            "events": int(newest.y[mask].sum()),
            "champion": float(old[mask].mean()),
            "difference": _interval(new[mask], old[mask], confidence),
        }
        for name, mask in masks.items()
    }
    return {"by": column, "compared": compared}


def _latency_ms(model: OnnxModel, rows: pd.DataFrame) -> float:
    taken = []
    for i in range(len(rows)):
        row = rows.iloc[i : i + 1]
        start = time.perf_counter()
        model.predict(row)
        taken.append(time.perf_counter() - start)
    return 1000 * float(np.median(taken))
