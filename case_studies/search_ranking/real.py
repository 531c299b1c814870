"""Real judged lists: samples of MSLR-WEB, or a file in that format; and the ladder on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

from mlsd_kit.data.sets import load_letor, load_mslr_sample
from mlsd_kit.errors import UserError
from mlsd_kit.evaluation import Interval, Rankings, paired_difference

from . import ltr
from .judged import Judged
from .simulator import PLACES

LEAST_QUERIES = 20
BM25 = "feature_110"
"""BM25 of the whole document, as the set's page lists it."""
SETTINGS = {"n_estimators": 60, "learning_rate": 0.08, "min_child_samples": 60}


def real(dataset: str, path: str = "none", n_rows: int | None = None) -> Judged:
    """Real judged lists; clicks on them are simulated from the grades.

    A result that is looked at is clicked with probability 0.05 + 0.95 (2^grade − 1) / 15 (Chapelle
    et al., CIKM 2009, with noise). The present ranking is a linear model that learned from a tenth
    of the queries, which are left out (as Joachims et al., WSDM 2017, do). All queries are asked
    equally often.

    Args:
        dataset: ``mslr``, or ``letor`` for a file.
        path: the file.
        n_rows: how many of its lines, from the start.

    Raises:
        UserError: for data that cannot be read, or too few lists to train and test on.
    """
    if dataset == "mslr":
        parts = [load_mslr_sample(part) for part in ("train", "test")]
        return _judged(pd.concat(parts, ignore_index=True), "the MSLR-WEB sample")
    if path in ("", "none"):
        raise UserError("data_path: name the file in the format of LETOR, such as train.txt")
    return _judged(load_letor(path, n_rows), path)


def _judged(frame: pd.DataFrame, name: str) -> Judged:
    frame = frame.sort_values("query", kind="stable", ignore_index=True)
    grade, query = frame["relevance"].to_numpy(), frame["query"].factorize()[0]
    if not np.isin(grade, range(5)).all():
        raise UserError(f"{name}: grades are whole numbers from 0 to 4")
    full = frame.groupby("query")["relevance"].agg(lambda g: len(g) >= PLACES and g.max() > 0)
    if full.sum() < LEAST_QUERIES:
        raise UserError(
            f"{name}: {full.sum()} queries have {PLACES} documents or more and one of them "
            f"relevant; at least {LEAST_QUERIES} are needed"
        )
    X = frame.drop(columns=["relevance", "query"])
    known = query < max(1, query.max() // 10)
    filled = X.fillna(0)
    scale = filled[known].std().clip(lower=1e-6)
    present = Ridge(alpha=100.0).fit(filled[known] / scale, grade[known]).predict(filled / scale)
    judged = Judged(
        X,
        query,
        grade.astype(int),
        0.05 + 0.95 * (2.0**grade - 1) / 15,
        np.full(len(X), np.nan),
        np.round(present, 6),
        pd.Series(1.0, index=np.unique(query)),
        np.arange(len(X)),
        answers=max(1, int(grade.max()) - 1),
    )
    return judged.rows(~known)


@dataclass(frozen=True)
class RealLadder:
    """NDCG@10 of each ranking on the test queries, with intervals."""

    table: pd.DataFrame
    best: str
    """The best of all that learned."""
    over_bm25: Interval
    """NDCG@10 of the best less that of BM25, over the same queries."""
    trees: str
    """The best of the trees."""
    trees_less_linear: Interval
    queries: int


def mslr_ladder(seed: int) -> RealLadder:
    """Fit linear, pointwise, listwise and LambdaMART rankers to one sample, test on the other."""
    train, test = load_mslr_sample("train"), load_mslr_sample("test")
    columns = list(test.columns[2:])
    sizes = train.groupby("query", sort=False).size().to_numpy()
    scores = {"BM25": test[BM25].to_numpy(float)}
    for kind in ("linear", "pointwise", "listwise", "lambdamart"):
        model = ltr.ranker(kind, seed, **({} if kind == "linear" else SETTINGS))
        grouped = {} if kind in ("linear", "pointwise") else {"group": sizes}
        model.fit(train[columns], train["relevance"].astype(int), **grouped)
        scores[kind] = ltr.scores(model, test[columns])
    query, grades = test["query"].to_numpy(), test["relevance"].to_numpy()
    ndcg = {
        name: Rankings.from_scores(query, s, grades).ndcg(PLACES, exponential=True)
        for name, s in scores.items()
    }
    gaps = {name: paired_difference(values, ndcg["BM25"], seed) for name, values in ndcg.items()}
    rows = {n: (np.nanmean(ndcg[n]), g.estimate, g.low, g.high) for n, g in gaps.items()}
    table = pd.DataFrame(rows, index=["NDCG@10", "less BM25", "low", "high"]).T
    best = str(table["NDCG@10"].drop("BM25").idxmax())
    trees = str(table["NDCG@10"].drop(["BM25", "linear"]).idxmax())
    against = paired_difference(ndcg[trees], ndcg["linear"], seed)
    return RealLadder(table, best, gaps[best], trees, against, int((~np.isnan(ndcg["BM25"])).sum()))
