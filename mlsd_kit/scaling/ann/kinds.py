"""The kinds of index: exact, inverted file, product codes, hashes, a graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from mlsd_kit.errors import require
from mlsd_kit.scaling.ann.index import VectorIndex, one_thread

FLOAT = 4
ID = 8


@dataclass
class Exact(VectorIndex):
    """Every vector is compared: nothing is missed, and the time grows with their number."""

    def _new(self, dimensions: int) -> Any:
        return require("faiss").IndexFlatL2(dimensions)

    def formula_bytes(self, n: int, dimensions: int) -> float:
        """Floats only."""
        return FLOAT * dimensions * n


@dataclass
class IVF(VectorIndex):
    """Vectors in the cells of k-means, of which a search visits the nearest few.

    Sivic and Zisserman, "Video Google", ICCV 2003.
    """

    cells: int = 256
    effort_name: ClassVar[str] = "nprobe"
    default_effort: ClassVar[int] = 8

    def _new(self, dimensions: int) -> Any:
        faiss = require("faiss")
        index = faiss.IndexIVFFlat(faiss.IndexFlatL2(dimensions), dimensions, self.cells)
        _few_points(index)
        return index

    def _check(self, n: int, dimensions: int) -> None:
        _enough(n, self.cells, "cells")

    def _search_parameters(self, effort: int, selector: Any) -> Any:
        return require("faiss").SearchParametersIVF(nprobe=effort, sel=selector)

    def formula_bytes(self, n: int, dimensions: int) -> float:
        """The floats, an id for each vector, and the centroids."""
        return (FLOAT * dimensions + ID) * n + FLOAT * dimensions * self.cells


@dataclass
class PQ(VectorIndex):
    """Each vector is cut into parts, and each part replaced by one byte: its nearest of 256.

    Distances come from a table for each query. The order is approximate, so the best of a longer
    list are usually compared again by their true vectors (`rerank`). Jégou, Douze and Schmid,
    "Product quantization for nearest neighbor search", PAMI 2011.
    """

    parts: int = 16
    filters: ClassVar[bool] = False

    def _new(self, dimensions: int) -> Any:
        index = require("faiss").IndexPQ(dimensions, self.parts, 8)
        _few_points(index.pq)
        return index

    def _check(self, n: int, dimensions: int) -> None:
        _divides(self.parts, dimensions)
        _enough(n, 256, "values of a code")

    def formula_bytes(self, n: int, dimensions: int) -> float:
        """A byte for each part of a vector, and the 256 values of each part."""
        return self.parts * n + FLOAT * dimensions * 256

    def reconstruct(self, items: np.ndarray) -> np.ndarray:
        """What is left of vectors, shape (n, d), once they are coded."""
        with one_thread():
            index = self._built()
            return np.asarray(index.sa_decode(index.sa_encode(items)))


@dataclass
class IVFPQ(VectorIndex):
    """Cells, and in them codes of what each vector differs from its cell's centre by."""

    cells: int = 256
    parts: int = 16
    effort_name: ClassVar[str] = "nprobe"
    default_effort: ClassVar[int] = 8

    def _new(self, dimensions: int) -> Any:
        faiss = require("faiss")
        coarse = faiss.IndexFlatL2(dimensions)
        index = faiss.IndexIVFPQ(coarse, dimensions, self.cells, self.parts, 8)
        _few_points(index, index.pq)
        return index

    def _check(self, n: int, dimensions: int) -> None:
        _divides(self.parts, dimensions)
        _enough(n, max(self.cells, 256), "cells or values of a code")

    def _search_parameters(self, effort: int, selector: Any) -> Any:
        return require("faiss").SearchParametersIVF(nprobe=effort, sel=selector)

    def formula_bytes(self, n: int, dimensions: int) -> float:
        """A byte for each part and an id for each vector, the centroids, and the 256 values."""
        return (self.parts + ID) * n + FLOAT * dimensions * (self.cells + 256)


@dataclass
class LSH(VectorIndex):
    """Signs of random projections; the search compares all codes by the bits that differ.

    Charikar, "Similarity estimation techniques from rounding algorithms", STOC 2002.
    """

    bits: int = 128
    filters: ClassVar[bool] = False

    def _new(self, dimensions: int) -> Any:
        return require("faiss").IndexLSH(dimensions, self.bits)

    def formula_bytes(self, n: int, dimensions: int) -> float:
        """The bits, and the projections."""
        return np.ceil(self.bits / 8) * n + FLOAT * dimensions * self.bits


@dataclass
class HNSW(VectorIndex):
    """A graph of neighbours in layers; a search walks towards the query, from coarse to fine.

    Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using
    hierarchical navigable small world graphs", PAMI 2020.

    Args:
        links: of each vector in the upper layers; twice as many in the lowest, which has all.
        build_effort: length of the candidate list while the graph is built.
    """

    links: int = 16
    build_effort: int = 80
    effort_name: ClassVar[str] = "ef"
    default_effort: ClassVar[int] = 64

    def _new(self, dimensions: int) -> Any:
        index = require("faiss").IndexHNSWFlat(dimensions, self.links)
        index.hnsw.efConstruction = self.build_effort
        return index

    def _check(self, n: int, dimensions: int) -> None:
        if self.links < 2:
            raise ValueError("a graph needs at least 2 links")

    def _search_parameters(self, effort: int, selector: Any) -> Any:
        return require("faiss").SearchParametersHNSW(efSearch=effort, sel=selector)

    def formula_bytes(self, n: int, dimensions: int) -> float:
        """The floats, 2 M links of 4 bytes in the lowest layer, M in each layer above.

        A vector is in 1 / (M − 1) layers above the lowest on average, with M = ``links``; an
        offset (8 bytes) and its number of layers (4) are kept for each.
        """
        above = self.links / (self.links - 1)
        return (FLOAT * (dimensions + 2 * self.links + above) + 8 + 4) * n


def _few_points(*learners: Any) -> None:
    """Let k-means learn from as few vectors as there are, without a warning."""
    for learner in learners:
        learner.cp.min_points_per_centroid = 1


def _enough(n: int, needed: int, what: str) -> None:
    if n < needed:
        raise ValueError(f"{n} vectors are too few for {needed} {what}")


def _divides(parts: int, dimensions: int) -> None:
    if parts < 1 or dimensions % parts:
        raise ValueError(f"{dimensions} dimensions cannot be cut into {parts} equal parts")
