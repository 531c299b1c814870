"""Judged lists, simulated or real: features, a grade and a chance of a click for each row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlsd_kit.evaluation import Rankings

from .simulator import PLACES, examination


@dataclass(frozen=True)
class Judged:
    """Candidates of queries, one row a pair, rows of a query together.

    ``X`` (n, F) float32 features, ``query`` (n,), ``grade`` (n,) 0 to 4, ``attraction`` (n,) the
    probability of a click when looked at, ``buy`` (n,) that of a purchase when clicked (NaN where
    there is none), ``present`` (n,) the score of the ranking in service, ``weight`` (queries,) the
    share of the traffic of each query, in order of its number.
    """

    X: pd.DataFrame
    query: np.ndarray
    grade: np.ndarray
    attraction: np.ndarray
    buy: np.ndarray
    present: np.ndarray
    weight: pd.Series
    item: np.ndarray
    """What each row shows: product number, or the row itself."""

    def __len__(self) -> int:
        return len(self.query)

    @property
    def sizes(self) -> np.ndarray:
        """Rows of each query, in the order of the rows."""
        return np.diff(np.flatnonzero(np.r_[True, np.diff(self.query) != 0, True]))

    @property
    def queries(self) -> np.ndarray:
        """The queries in the order of the rows."""
        return self.query[np.r_[True, np.diff(self.query) != 0]]

    def of(self, queries: np.ndarray) -> Judged:
        """The rows of some queries."""
        return self.rows(np.isin(self.query, queries))

    def rows(self, keep: np.ndarray) -> Judged:
        """Some of the rows, given as a mask or as positions in ascending order."""
        return Judged(
            self.X[keep].reset_index(drop=True) if keep.dtype == bool
            else self.X.iloc[keep].reset_index(drop=True),
            self.query[keep], self.grade[keep], self.attraction[keep], self.buy[keep],
            self.present[keep], self.weight, self.item[keep],
        )  # fmt: skip

    def split(self, seed: int, fractions: tuple[float, float] = (0.6, 0.2)) -> list[Judged]:
        """Training, validation and test part; a query falls in one part."""
        queries = np.random.default_rng([seed, 11]).permutation(np.unique(self.query))
        edges = np.round(np.cumsum(fractions) * len(queries)).astype(int)
        return [self.of(part) for part in np.split(queries, edges)]

    def ranked(self, scores: np.ndarray, depth: int = PLACES) -> np.ndarray:
        """Positions of the best rows of each query, best first, (queries, depth); −1 for none."""
        order = np.lexsort((np.arange(len(self)), -scores, self.query))
        starts = np.cumsum(self.sizes) - self.sizes
        place = np.arange(len(self)) - np.repeat(starts, self.sizes)
        table = np.full((len(self.sizes), depth), -1)
        of = np.repeat(np.arange(len(self.sizes)), self.sizes)
        kept = place < depth
        table[of[kept], place[kept]] = order[kept]
        return table


def quality(judged: Judged, scores: np.ndarray) -> pd.DataFrame:
    """Quality of a ranking for each query, with the truth of the clicks.

    Returns:
        One row a query: ``ndcg`` (first ten, gain 2^grade − 1), ``mrr`` (first of grade 3 or 4;
        0 without one), ``clicks`` and ``purchases`` expected of one search, and its ``weight``.
    """
    ranked = judged.ranked(scores)
    lists = Rankings.from_scores(judged.query, scores, judged.grade)
    strict = Rankings.from_scores(judged.query, scores, np.where(judged.grade >= 3, 1, 0))
    looks = examination()[: ranked.shape[1]] * (ranked >= 0)
    clicks = looks * judged.attraction[ranked]
    ids = np.unique(judged.query)
    return pd.DataFrame(
        {
            "ndcg": lists.ndcg(PLACES, exponential=True),
            "mrr": np.nan_to_num(strict.reciprocal_rank(PLACES)),
            "clicks": clicks.sum(axis=1),
            "purchases": (clicks * judged.buy[ranked]).sum(axis=1),
            "weight": judged.weight.loc[ids].to_numpy(),
        },
        index=pd.Index(ids, name="query"),
    )


def summary(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a ranking: mean NDCG and MRR over queries; clicks and purchases per 1,000 searches.

    Clicks and purchases are weighted by traffic, for that is what the shop earns.
    """
    rows = {}
    for name, table in tables.items():
        weight = table["weight"] / table["weight"].sum()
        rows[name] = {
            "NDCG@10": table["ndcg"].mean(),
            "MRR": table["mrr"].mean(),
            "clicks": 1000 * (table["clicks"] * weight).sum(),
            "purchases": 1000 * (table["purchases"] * weight).sum(),
        }
    return pd.DataFrame(rows).T.dropna(axis=1, how="all")


def gap(
    better: pd.Series, worse: pd.Series, seed: int, draws: int = 2000
) -> tuple[float, float, float]:
    """Mean difference of a figure over the same queries, with a 95 % bootstrap interval."""
    difference = (better - worse).dropna().to_numpy()
    rng = np.random.default_rng([seed, 12])
    means = rng.choice(difference, (draws, len(difference))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(difference.mean()), float(low), float(high)


def exposure(judged: Judged, scores: np.ndarray, group: np.ndarray) -> float:
    """Share of the looks that go to rows of a group, weighted by traffic.

    Args:
        judged: the candidates.
        scores: shape (n,).
        group: mask of the rows in the group, shape (n,).
    """
    ranked = judged.ranked(scores)
    weight = judged.weight.loc[judged.queries].to_numpy()[:, None]
    looks = weight * examination()[: ranked.shape[1]] * (ranked >= 0)
    return float(looks[group[ranked]].sum() / looks.sum())
