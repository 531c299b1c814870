"""Quality of ranked lists: NDCG and its kin, one value a list, so that lists can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Rankings:
    """Ranked lists with what is known of their items' relevance; one row a list.

    A list is a query's results or a user's recommendations. Lists without any relevant item have
    no defined quality: every metric gives NaN for them.
    """

    gains: np.ndarray
    """Relevance at each rank, best rank first, shape (n, depth); 0 for not relevant."""
    ideal: np.ndarray
    """The relevances of all judged items of the list, largest first, shape (n, m)."""

    @classmethod
    def from_scores(cls, groups: np.ndarray, scores: np.ndarray, relevance: np.ndarray) -> Rankings:
        """Rank judged items within their groups by descending score; of equal scores, by row.

        Args:
            groups: the list that each row belongs to, shape (rows,).
            scores: shape (rows,).
            relevance: 0 or larger, shape (rows,).

        Raises:
            ValueError: when the shapes differ, or a relevance is negative or not a number.

        >>> Rankings.from_scores([1, 1, 2], [0.1, 0.9, 0.5], [1, 0, 1]).gains.tolist()
        [[0.0, 1.0], [1.0, 0.0]]
        """
        groups, scores = np.asarray(groups), np.asarray(scores, dtype=np.float64)
        relevance = np.asarray(relevance, dtype=np.float64)
        if not groups.shape == scores.shape == relevance.shape or groups.ndim != 1:
            raise ValueError("groups, scores and relevance need one value a row each")
        if not (relevance >= 0).all():
            raise ValueError("a relevance is 0 or larger")
        _, codes = np.unique(groups, return_inverse=True)
        ranked = _padded(codes, -scores, relevance)
        return cls(ranked, _padded(codes, -relevance, relevance))

    @classmethod
    def from_lists(cls, lists: np.ndarray, relevant: Sequence[Sequence[int]]) -> Rankings:
        """Lists of item numbers, each with the set of items that are relevant to it.

        Args:
            lists: item numbers, best first, shape (n, depth); negative for an empty place.
            relevant: the relevant items of each list, n sequences without repetitions.

        Raises:
            ValueError: when the numbers of lists differ.

        >>> Rankings.from_lists(np.array([[3, 1]]), [[1, 2, 5]]).recall(2).round(3).tolist()
        [0.333]
        """
        lists = np.asarray(lists)
        if len(lists) != len(relevant):
            raise ValueError(f"{len(lists)} lists, but relevant items for {len(relevant)}")
        gains = np.array(
            [np.isin(row, items) for row, items in zip(lists, relevant, strict=True)], dtype=float
        ).reshape(lists.shape)
        most = max((len(items) for items in relevant), default=0)
        counts = np.array([len(items) for items in relevant])
        return cls(gains, (np.arange(most) < counts[:, None]).astype(float))

    def __len__(self) -> int:
        return len(self.gains)

    def ndcg(self, k: int, exponential: bool = False) -> np.ndarray:
        """Discounted gain of the first k places over the best possible, shape (n,).

        The discount of rank r is 1 / log2(r + 1) (Järvelin and Kekäläinen, 2002).

        Args:
            k: places that count.
            exponential: a gain of 2^relevance − 1 instead of the relevance (Burges et al., 2005).
        """
        best = _dcg(self.ideal, k, exponential)
        return self._defined(_dcg(self.gains, k, exponential), best)

    def precision(self, k: int) -> np.ndarray:
        """Share of relevant items among the first k places, shape (n,)."""
        return self._defined((self.gains[:, :k] > 0).sum(axis=1), np.full(len(self), float(k)))

    def recall(self, k: int) -> np.ndarray:
        """Share of the relevant items that are in the first k places, shape (n,)."""
        return self._defined((self.gains[:, :k] > 0).sum(axis=1), self.relevant)

    def average_precision(self, k: int) -> np.ndarray:
        """Precision at each relevant place among the first k, over all relevant items, (n,)."""
        hits = self.gains[:, :k] > 0
        precision = hits.cumsum(axis=1) / np.arange(1, hits.shape[1] + 1)
        return self._defined((precision * hits).sum(axis=1), self.relevant)

    def reciprocal_rank(self, k: int | None = None) -> np.ndarray:
        """One over the rank of the first relevant item, 0 without one in k places, shape (n,)."""
        hits = self.gains[:, :k] > 0
        first = np.where(hits.any(axis=1), 1.0 / (hits.argmax(axis=1) + 1), 0.0)
        return self._defined(first, np.ones(len(self)))

    @property
    def relevant(self) -> np.ndarray:
        """How many relevant items each list has, shape (n,)."""
        return np.asarray((self.ideal > 0).sum(axis=1), dtype=np.float64)

    def _defined(self, value: np.ndarray, over: np.ndarray) -> np.ndarray:
        result = np.full(len(self), np.nan)
        some = self.relevant > 0
        result[some] = value[some] / over[some]
        return result


def _dcg(gains: np.ndarray, k: int, exponential: bool) -> np.ndarray:
    gains = gains[:, :k]
    if exponential:
        gains = 2.0**gains - 1.0
    return np.asarray(gains @ (1.0 / np.log2(np.arange(2, gains.shape[1] + 2))))


def _padded(codes: np.ndarray, key: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values of each group in the order of the key, a row a group, filled with zeros."""
    order = np.lexsort((np.arange(len(codes)), key, codes))
    sizes = np.bincount(codes)
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    places = np.arange(len(codes)) - np.repeat(starts, sizes)
    padded = np.zeros((len(sizes), sizes.max(initial=0)))
    padded[codes[order], places] = values[order]
    return padded
