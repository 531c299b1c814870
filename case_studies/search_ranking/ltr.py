"""Learning to rank on the same trees: pointwise, pairwise and listwise objectives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlsd_kit.errors import UserError, require

from .judged import Judged

KINDS = ("lambdamart", "listwise", "pairwise", "pointwise", "linear")
TREES = {
    "n_estimators": 100,
    "learning_rate": 0.1,
    "num_leaves": 15,
    "min_child_samples": 40,
    "deterministic": True,
    "force_row_wise": True,
    "n_jobs": 1,
    "verbose": -1,
}


def ranker(kind: str, seed: int = 0, **settings: Any) -> Any:
    """An unfitted model of one of `KINDS`.

    ``pointwise`` predicts the grade, each row alone (squared error). ``pairwise`` puts the better
    of two first, whatever their ranks (RankNet; Burges et al., 2005). ``lambdamart`` weights each
    pair by what swapping it would do to NDCG (Burges, 2010). ``listwise`` compares a whole list's
    scores with its grades (XE-NDCG; Bruch, 2020).

    Raises:
        UserError: for an unknown kind.
    """
    if kind == "linear":
        return make_pipeline(SimpleImputer(), StandardScaler(), Ridge(alpha=10.0))
    lightgbm = require("lightgbm")
    options = {**TREES, "random_state": seed, **settings}
    if kind == "pointwise":
        return lightgbm.LGBMRegressor(**options)
    if kind not in KINDS:
        raise UserError(f"model: {kind!r} is none of {', '.join(KINDS)}")
    objectives = {"lambdamart": "lambdarank", "listwise": "rank_xendcg", "pairwise": ranknet}
    return lightgbm.LGBMRanker(objective=objectives[kind], **options)


def fit(kind: str, judged: Judged, seed: int = 0, **settings: Any) -> Any:
    """A model of a kind, fitted to grades."""
    model = ranker(kind, seed, **settings)
    if kind in ("linear", "pointwise"):
        return model.fit(judged.X, judged.grade)
    return model.fit(judged.X, judged.grade.astype(int), group=judged.sizes)


def raised(judged: Judged, value: np.ndarray) -> Judged:
    """The same rows, with a grade more for the third of each query's rows of the highest value.

    So one model learns both what judges see and what a second score, such as the purchases that
    another model expects, puts first.
    """
    place = pd.Series(value).groupby(judged.query).rank(pct=True).to_numpy()
    return replace(judged, grade=judged.grade + (place > 2 / 3))


def scores(model: Any, X: pd.DataFrame) -> np.ndarray:
    """Scores of rows, float64 (n,), rounded so that the last digit cannot change an order."""
    return np.asarray(model.predict(X), dtype=float).round(6)


def fit_to_clicks(X: pd.DataFrame, rate: np.ndarray, shown: np.ndarray, seed: int = 0) -> Any:
    """Trees that predict a click rate, each row counting as often as it was shown."""
    model = ranker("pointwise", seed, min_child_samples=100)
    return model.fit(X, rate, sample_weight=shown)


def ranknet(
    grade: np.ndarray, score: np.ndarray, weight: np.ndarray | None, group: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Gradient and curvature of Σ log(1 + exp(s_worse − s_better)) over the pairs of each list.

    LightGBM's form of an objective (``weight`` is not used). Each list's terms are divided by its
    number of pairs, so that long lists do not count more.
    """
    gradient, curvature = np.zeros(len(score)), np.full(len(score), 1e-6)
    start = 0
    for size in np.asarray(group, dtype=int):
        rows = slice(start, start + size)
        start += size
        better = grade[rows][:, None] > grade[rows][None, :]
        if not better.any():
            continue
        wrong = better / (1 + np.exp(score[rows][:, None] - score[rows][None, :]))
        steep = wrong * (1 - wrong) * better
        scale = size / better.sum()
        gradient[rows] = scale * (wrong.sum(axis=0) - wrong.sum(axis=1))
        curvature[rows] += scale * (steep.sum(axis=0) + steep.sum(axis=1))
    return gradient, curvature
