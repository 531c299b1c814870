"""What a ranking model goes by: shuffled features, Shapley values, partial dependence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.evaluation import Interval, paired_difference

from . import ltr
from .judged import Judged, quality

MOST_FEATURES = 40


def query_features(judged: Judged) -> list[str]:
    """Features that are the same for all candidates of a query, but differ between queries."""
    constant = judged.X.groupby(judged.query).nunique(dropna=False).max() <= 1
    differs = judged.X.nunique() > 1
    return list(judged.X.columns[(constant & differs).to_numpy()])


def importances(model: Any, judged: Judged, seed: int) -> pd.DataFrame:
    """NDCG@10 lost when a feature is shuffled, beside mean absolute Shapley values of the score.

    Shapley values of trees are exact (Lundberg et al., 2020; LightGBM's own); those of a linear
    model are its terms. ``within a list`` is what is left of them once each query's mean is taken
    off: a part that is the same for all candidates moves no place.

    Returns:
        One row a feature (of many, the first `MOST_FEATURES` by Shapley value), by loss.
    """
    values = shapley(model, judged.X)
    within = values - values.groupby(judged.query).transform("mean")
    table = pd.DataFrame({"shapley": values.abs().mean(), "within a list": within.abs().mean()})
    table = table.sort_values("shapley", ascending=False).head(MOST_FEATURES)
    whole = quality(judged, ltr.scores(model, judged.X))["ndcg"].mean()
    lost = {}
    for name in table.index:
        order = np.random.default_rng([seed, 22]).permutation(len(judged))
        mixed = judged.X.assign(**{name: judged.X[name].to_numpy()[order]})
        lost[name] = whole - quality(judged, ltr.scores(model, mixed))["ndcg"].mean()
    table.insert(0, "NDCG lost when shuffled", pd.Series(lost))
    return table.sort_values("NDCG lost when shuffled", ascending=False)


def shapley(model: Any, X: pd.DataFrame) -> pd.DataFrame:
    """Part of each feature in each row's score, (n, F); they sum to the score less its mean."""
    if not hasattr(model, "booster_"):
        terms = model[:-1].transform(X) * model[-1].coef_
        return pd.DataFrame(terms - terms.mean(axis=0), columns=X.columns)
    parts = np.asarray(model.predict(X, pred_contrib=True))[:, :-1]
    return pd.DataFrame(parts, columns=X.columns)


def partial_dependence(model: Any, X: pd.DataFrame, name: str, points: int = 15) -> pd.Series:
    """Mean score when a feature is set to each of some of its quantiles, all else as it is."""
    grid = np.unique(np.quantile(X[name].dropna(), np.linspace(0.02, 0.98, points)))
    means = [ltr.scores(model, X.assign(**{name: np.float32(v)})).mean() for v in grid]
    return pd.Series(means, index=pd.Index(grid, name=name))


def query_feature_gain(train: Judged, test: Judged, seed: int) -> Interval:
    """NDCG@10 of LambdaMART with the features of the query less that without them."""
    own = query_features(train)
    few = [replace(part, X=part.X.drop(columns=own)) for part in (train, test)]
    bare = ltr.ndcg(ltr.fit("lambdamart", few[0], seed), few[1])
    return paired_difference(ltr.ndcg(ltr.fit("lambdamart", train, seed), test), bare, seed)
