"""Learning to rank: pointwise, pairwise and listwise objectives on the same trees, and clicks."""

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
from mlsd_kit.evaluation import Interval, click_rates, ips_weights, paired_difference

from .judged import Judged, joined, quality
from .searchlog import SearchLog
from .simulator import PLACES

DEPLOYABLE = ("lambdamart", "listwise", "pointwise", "linear")
KINDS = (*DEPLOYABLE, "pairwise")
TREES = {
    "n_estimators": 100,
    "learning_rate": 0.1,
    "num_leaves": 15,
    "min_child_samples": 40,
    "lambdarank_truncation_level": PLACES + 3,
    "deterministic": True,
    "force_row_wise": True,
    "n_jobs": 1,
    "verbose": -1,
}
PAIRS_OF_A_LIST = 400
Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]


def ranker(kind: str, seed: int = 0, **settings: Any) -> Any:
    """An unfitted model of one of `KINDS`.

    ``pointwise`` predicts the grade, each row alone (squared error). ``pairwise`` puts the better
    of two first, whatever their ranks (RankNet; Burges et al., 2005). ``lambdamart`` weights each
    pair by what swapping it would do to NDCG (Burges, 2010). ``listwise`` compares a whole list's
    scores with its grades (XE-NDCG; Bruch, 2020).

    Raises:
        UserError: for an unknown kind.
    """
    if kind not in KINDS:
        raise UserError(f"model: {kind!r} is none of {', '.join(KINDS)}")
    if kind == "linear":
        return make_pipeline(
            SimpleImputer(keep_empty_features=True), StandardScaler(), Ridge(alpha=10.0)
        )
    lightgbm = require("lightgbm")
    options = {**TREES, "random_state": seed, **settings}
    if kind == "pointwise":
        return lightgbm.LGBMRegressor(**options)
    named = {"lambdamart": "lambdarank", "listwise": "rank_xendcg"}
    return lightgbm.LGBMRanker(objective=named.get(kind) or RankNet(seed), **options)


def fit(kind: str, judged: Judged, seed: int = 0, **settings: Any) -> Any:
    """A model of a kind, fitted to grades; a linear one has no settings."""
    model = ranker(kind, seed, **({} if kind == "linear" else settings))
    lists = {} if kind in ("linear", "pointwise") else {"group": judged.sizes}
    return model.fit(judged.X, judged.grade.astype(int), **lists)


def scores(model: Any, X: pd.DataFrame) -> np.ndarray:
    """Scores of rows, float64 (n,), rounded so that the last digit cannot change an order."""
    return np.asarray(model.predict(X), dtype=float).round(6)


def ndcg(model: Any, judged: Judged) -> np.ndarray:
    """NDCG@10 of each query, NaN where nothing is relevant."""
    return quality(judged, scores(model, judged.X))["ndcg"].to_numpy()


def split_leak(train: Judged, test: Judged, seed: int) -> tuple[float, float, Interval]:
    """NDCG@10 on half of each test query's rows when the other half was in training, or was not.

    Returns:
        Mean NDCG@10 with a split by row, with one by query, and the difference.
    """
    half = np.random.default_rng([seed, 20]).random(len(test)) < 0.5
    known, asked = test.rows(half), test.rows(~half)
    some = train.of(train.queries[: -max(1, len(known.queries) // 2)])
    by_row = ndcg(fit("pointwise", joined(some, known), seed), asked)
    by_query = ndcg(fit("pointwise", train, seed), asked)
    means = float(np.nanmean(by_row)), float(np.nanmean(by_query))
    return *means, paired_difference(by_row, by_query, seed)


def learning_table(
    train: Judged, valid: Judged, seed: int, **settings: Any
) -> tuple[pd.DataFrame, Interval]:
    """NDCG@10 of LambdaMART against the number of judged queries.

    Returns:
        One row a number, for training and validation queries; and what the last doubling of the
        judgements changed on the validation queries.
    """
    order = np.random.default_rng([seed, 21]).permutation(train.queries)
    rows, found = {}, []
    for share in (0.05, 0.1, 0.25, 0.5, 1.0):
        part = train.of(order[: max(5, int(share * len(order)))])
        model = fit("lambdamart", part, seed, **settings)
        found.append(ndcg(model, valid))
        means = float(np.nanmean(ndcg(model, part))), float(np.nanmean(found[-1]))
        rows[len(part.queries)] = dict(zip(("training", "validation"), means, strict=True))
    table = pd.DataFrame(rows).T.rename_axis("judged queries")
    return table, paired_difference(found[-1], found[-2], seed)


def fit_clicks(
    X: pd.DataFrame,
    log: SearchLog,
    keep: np.ndarray,
    theta: np.ndarray | None,
    outcome: str = "clicked",
    seed: int = 0,
) -> Any:
    """Trees that predict how often a result is clicked, each result by how often it was shown.

    Args:
        X: features of the rows that the log names.
        log: the searches.
        keep: which rows may be learned from, shape (rows,).
        theta: examination of each rank; a click there counts 1 / theta. None: every click is one.
        outcome: ``clicked`` or ``bought``.
        seed: of the trees.
    """
    weight = None if theta is None else np.tile(ips_weights(theta), len(log))
    rates = click_rates(log.row.ravel(), getattr(log, outcome).ravel(), weight)
    rates = rates[keep[rates.index]]
    model = ranker("pointwise", seed, min_child_samples=100)
    return model.fit(X.iloc[rates.index], rates["rate"], sample_weight=rates["shown"])


def gain_shares(models: dict[str, Any]) -> pd.DataFrame:
    """Share of each feature in the gain of trees, one column a model."""
    shares = {}
    for name, model in models.items():
        gain = model.booster_.feature_importance("gain")
        shares[name] = pd.Series(gain / gain.sum(), model.feature_name_)
    return pd.DataFrame(shares)


def raised(judged: Judged, value: np.ndarray) -> Judged:
    """The same rows, with a grade more for the third of each query's rows of the highest value.

    So one model learns both what judges see and what a second score, such as the purchases that
    another model expects, puts first.
    """
    place = pd.Series(value).groupby(judged.query).rank(pct=True).to_numpy()
    return replace(judged, grade=judged.grade + (place > 2 / 3))


class RankNet:
    """LightGBM's form of Σ log(1 + exp(s_worse − s_better)) over pairs of each list.

    Of each list at most `PAIRS_OF_A_LIST` pairs are drawn, once; each list counts as many times as
    it has rows.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self._pairs: Pairs | None = None

    def __call__(
        self, grade: np.ndarray, score: np.ndarray, weight: np.ndarray | None, group: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Gradient and curvature; ``weight`` is not used."""
        if self._pairs is None:
            self._pairs = self._draw(grade, np.asarray(group, dtype=int))
        better, worse, scale = self._pairs
        wrong = 1 / (1 + np.exp(score[better] - score[worse]))
        slope, bend = scale * wrong, scale * wrong * (1 - wrong)
        n = len(score)
        gradient = np.bincount(worse, slope, n) - np.bincount(better, slope, n)
        return gradient, np.bincount(worse, bend, n) + np.bincount(better, bend, n) + 1e-6

    def _draw(self, grade: np.ndarray, group: np.ndarray) -> Pairs:
        rng = np.random.default_rng(self.seed)
        better, worse, scale = [], [], []
        for start, size in zip(np.cumsum(group) - group, group, strict=True):
            rows = grade[start : start + size]
            first, second = np.nonzero(rows[:, None] > rows[None, :])
            kept = rng.permutation(len(first))[:PAIRS_OF_A_LIST]
            better.append(start + first[kept])
            worse.append(start + second[kept])
            scale.append(np.full(len(kept), size / max(1, len(kept))))
        return np.concatenate(better), np.concatenate(worse), np.concatenate(scale)
