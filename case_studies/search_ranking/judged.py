"""Judged lists, simulated or real: features, a grade and a chance of a click for each row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.evaluation import Rankings, paired_difference

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
    answers: int = 3
    """Lowest grade of a result that answers the query, which MRR looks for."""

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
        names = ("query", "grade", "attraction", "buy", "present", "item")
        kept: dict[str, Any] = {name: getattr(self, name)[keep] for name in names}
        return replace(self, X=self.X.iloc[keep].reset_index(drop=True), **kept)

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


def joined(first: Judged, second: Judged) -> Judged:
    """The rows of both, which have no query in common."""
    names = ("query", "grade", "attraction", "buy", "present", "item")
    both: dict[str, Any] = {
        name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in names
    }
    return replace(first, X=pd.concat([first.X, second.X], ignore_index=True), **both)


def quality(judged: Judged, scores: np.ndarray) -> pd.DataFrame:
    """Quality of a ranking for each query, with the truth of the clicks.

    Returns:
        One row a query: ``ndcg`` (first ten, gain 2^grade − 1), ``mrr`` (first that answers;
        0 without one), ``clicks`` and ``purchases`` expected of one search, and its ``weight``.
    """
    lists = Rankings.from_scores(judged.query, scores, judged.grade)
    strict = Rankings.from_scores(judged.query, scores, judged.grade >= judged.answers)
    ids = np.unique(judged.query)
    clicks, purchases = outcomes(judged, scores)
    table = {
        "ndcg": lists.ndcg(PLACES, exponential=True),
        "mrr": np.nan_to_num(strict.reciprocal_rank(PLACES)),
        "clicks": clicks,
        "purchases": purchases,
        "weight": judged.weight.loc[ids].to_numpy(),
    }
    return pd.DataFrame(table, index=pd.Index(ids, name="query"))


def outcomes(judged: Judged, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Clicks and purchases expected of one search of each query; rows scored −∞ are not shown."""
    ranked = judged.ranked(scores)
    shown = (ranked >= 0) & np.isfinite(scores[ranked])
    clicks = examination() * shown * judged.attraction[ranked]
    return clicks.sum(axis=1), (clicks * judged.buy[ranked]).sum(axis=1)


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
            "purchases": 1000 * (table["purchases"] * weight).sum(min_count=1),
        }
    return pd.DataFrame(rows).T.dropna(axis=1, how="all")


def by_band(present: pd.DataFrame, new: pd.DataFrame, band: pd.Series, seed: int) -> pd.DataFrame:
    """Two rankings by band of queries: NDCG@10 and MRR of both, and the gain of NDCG@10 (95 %).

    Args:
        present: what `quality` gives for one ranking.
        new: the same for another one, over the same queries.
        band: of each query number.
        seed: of the bootstrap.
    """
    present = present[present["ndcg"].notna()]
    rows = {}
    for name, old in present.groupby(band.reindex(present.index).astype(str)):
        now = new.loc[old.index]
        gain = paired_difference(now["ndcg"], old["ndcg"], seed)
        rows[name] = {
            "queries": len(old),
            "NDCG@10 present": old["ndcg"].mean(),
            "deployed": now["ndcg"].mean(),
            "gain": gain.estimate,
            "low": gain.low,
            "high": gain.high,
            "MRR present": old["mrr"].mean(),
            "MRR deployed": now["mrr"].mean(),
        }
    return pd.DataFrame(rows).T.astype({"queries": int})


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
