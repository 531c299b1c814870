"""Items that come and go while an index stands: a large old part and a small exact one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mlsd_kit.scaling.ann.index import VectorIndex


@dataclass
class FreshIndex:
    """An index built some time ago, with today's items beside it and the deleted ones masked.

    A new item goes into a small list that is searched exactly, so that it can be found at once; a
    deleted one is masked in both. `merge` builds the index anew over what is alive (the scheme of
    log-structured merge trees: O'Neil et al., Acta Informatica 1996).

    Args:
        index: not built yet. items: unit vectors, shape (n, d); they get the ids 0 … n − 1.
    """

    index: VectorIndex
    items: np.ndarray = field(repr=False)

    def __post_init__(self) -> None:
        self.alive = np.ones(len(self.items), dtype=bool)
        self.merge()

    def merge(self) -> None:
        """Build the index anew over all living items; ids stay."""
        self._ids = np.flatnonzero(self.alive)
        self.index.build(self.items[self._ids])
        self._merged = len(self.items)

    @property
    def waiting(self) -> int:
        """Living items that are not in the index yet."""
        return int(self.alive[self._merged :].sum())

    def insert(self, items: np.ndarray) -> np.ndarray:
        """Add items, shape (n, d), which can be found from now on; their ids."""
        ids = np.arange(len(self.items), len(self.items) + len(items))
        self.items = np.concatenate([self.items, items])
        self.alive = np.concatenate([self.alive, np.ones(len(items), dtype=bool)])
        return ids

    def delete(self, ids: np.ndarray) -> None:
        """Mask items, so that they are not found from now on."""
        self.alive[ids] = False

    def search(self, queries: np.ndarray, k: int, effort: int | None = None) -> np.ndarray:
        """Ids of the k nearest living items, nearest first, shape (m, k), −1 where there are fewer.

        Args:
            queries: shape (m, d). k: how many. effort: of the index.
        """
        old = self.index.search(queries, k, effort, self.alive[self._ids])
        old = np.where(old >= 0, self._ids[old], -1)
        fresh = self._merged + np.flatnonzero(self.alive[self._merged :])
        both = np.concatenate([old, np.tile(fresh, (len(queries), 1))], axis=1)
        scores = np.einsum("mcd,md->mc", self.items[old], queries)
        scores[old < 0] = -np.inf
        scores = np.concatenate([scores, queries @ self.items[fresh].T], axis=1)
        best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(both, best, axis=1)
