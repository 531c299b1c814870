"""What all indexes over vectors have in common."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self

import numpy as np

from mlsd_kit.errors import require


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep faiss to one thread: times are comparable, and a graph is built the same each time."""
    faiss = require("faiss")
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


@dataclass
class VectorIndex(ABC):
    """An index over unit vectors, searched for those with the largest cosine; faiss does the work.

    Its parameters are its fields; the one that is chosen anew for each search is its *effort*:
    cells visited (IVF), length of the candidate list (HNSW). One thread builds and searches.
    """

    effort_name: ClassVar[str] = ""
    """What the effort of a search is called; empty where there is none."""
    default_effort: ClassVar[int] = 0
    filters: ClassVar[bool] = True
    """Whether a search can be kept to allowed items."""
    build_s: float = field(default=0.0, init=False, compare=False)
    """Seconds that `build` took."""
    _index: Any = field(default=None, init=False, repr=False, compare=False)

    @property
    def name(self) -> str:
        """Kind and parameters, such as ``HNSW(links=16, build_effort=80)``."""
        own = [f for f in fields(self) if f.init]
        return (
            f"{type(self).__name__}({', '.join(f'{f.name}={getattr(self, f.name)}' for f in own)})"
        )

    @abstractmethod
    def _new(self, dimensions: int) -> Any:
        """An empty faiss index."""

    @abstractmethod
    def formula_bytes(self, n: int, dimensions: int) -> float:
        """Bytes that n vectors take, by arithmetic."""

    def _search_parameters(self, effort: int, selector: Any) -> Any:
        return None if selector is None else require("faiss").SearchParameters(sel=selector)

    def build(self, items: np.ndarray) -> Self:
        """Train where training is needed, and add the items, shape (n, d), with ids 0 … n − 1.

        Raises:
            ValueError: when the items are no matrix, or too few for the parameters.
        """
        if items.ndim != 2 or not len(items):
            raise ValueError(f"items of shape (n, d) are wanted, not {items.shape}")
        self._check(*items.shape)
        start = time.perf_counter()
        with one_thread():
            self._index = self._new(items.shape[1])
            self._index.train(items)
            self._index.add(items)
        self.build_s = time.perf_counter() - start
        return self

    def _check(self, n: int, dimensions: int) -> None:
        return None

    def add(self, items: np.ndarray) -> None:
        """Add items, shape (n, d), with the ids that follow; nothing is trained anew."""
        with one_thread():
            self._built().add(items)

    def search(
        self,
        queries: np.ndarray,
        k: int,
        effort: int | None = None,
        allowed: np.ndarray | None = None,
    ) -> np.ndarray:
        """Ids of the k nearest items of each query, nearest first, shape (m, k).

        Where fewer are found, −1 fills the row.

        Args:
            queries: shape (m, d).
            k: how many.
            effort: cells visited or length of the candidate list; the index's default without.
            allowed: which items may be found, as a mask of shape (n,); the search looks at the
                others too, but does not return them.

        Raises:
            ValueError: before `build`; for a mask that does not fit, or that this kind cannot use.
        """
        index = self._built()
        if allowed is not None and not self.filters:
            raise ValueError(f"{type(self).__name__} cannot filter during the search")
        selector = None if allowed is None else _selector(allowed, index.ntotal)
        parameters = self._search_parameters(effort or self.default_effort, selector)
        with one_thread():
            _, found = index.search(queries, k, params=parameters)
        return np.asarray(found)

    def __len__(self) -> int:
        return 0 if self._index is None else int(self._index.ntotal)

    @property
    def bytes(self) -> int:
        """Bytes of the index, vectors included, as faiss writes it."""
        return int(require("faiss").serialize_index(self._built()).nbytes)

    def _built(self) -> Any:
        if self._index is None:
            raise ValueError(f"{self.name} is not built yet")
        return self._index


def _selector(allowed: np.ndarray, n: int) -> Any:
    if allowed.shape != (n,) or allowed.dtype != bool:
        raise ValueError(f"allowed is a mask over {n} items, not of shape {allowed.shape}")
    return require("faiss").IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
