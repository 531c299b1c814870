"""Approximate nearest neighbours: kinds of index behind one interface, measured on one thread."""

from mlsd_kit.scaling.ann.drawing import plot_recall
from mlsd_kit.scaling.ann.filtering import FILTERS, FilteredSearch
from mlsd_kit.scaling.ann.freshness import FreshIndex
from mlsd_kit.scaling.ann.hashing import (
    candidate_probability,
    collision_probability,
    signatures,
)
from mlsd_kit.scaling.ann.index import VectorIndex, one_thread
from mlsd_kit.scaling.ann.kinds import HNSW, IVF, IVFPQ, LSH, PQ, Exact
from mlsd_kit.scaling.ann.measure import brute_force, measure, pareto, recall_at_k, rerank
from mlsd_kit.scaling.ann.vectors import ClusteredVectors, unit

__all__ = [
    "FILTERS",
    "HNSW",
    "IVF",
    "IVFPQ",
    "LSH",
    "PQ",
    "ClusteredVectors",
    "Exact",
    "FilteredSearch",
    "FreshIndex",
    "VectorIndex",
    "brute_force",
    "candidate_probability",
    "collision_probability",
    "measure",
    "one_thread",
    "pareto",
    "plot_recall",
    "recall_at_k",
    "rerank",
    "signatures",
    "unit",
]
