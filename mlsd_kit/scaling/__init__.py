"""Scaling: replicas for a load, partitions of the data, the funnel, retrieval by embeddings.

Rooms of their own: `partitioning` (layouts, rings, shards), `parallel` (data and model
parallelism), `ann` (nearest neighbours), `caching`, `fanout`.
"""

from mlsd_kit.scaling.erlang import (
    erlang_b,
    erlang_c,
    latency_percentile,
    latency_tail,
    mean_wait,
    wait_percentile,
)
from mlsd_kit.scaling.funnel import Funnel, FunnelResult, Stage, plot_funnel, top_k
from mlsd_kit.scaling.partition import (
    Partitioning,
    hot_keys,
    partition,
    plot_partitions,
    prune,
    salted_partition,
)
from mlsd_kit.scaling.replicas import ReplicaPlan, plot_replicas, replica_figures, replicas_needed
from mlsd_kit.scaling.retrieval import InvertedFileIndex, compare_probes, exact_search

__all__ = [
    "Funnel",
    "FunnelResult",
    "InvertedFileIndex",
    "Partitioning",
    "ReplicaPlan",
    "Stage",
    "compare_probes",
    "erlang_b",
    "erlang_c",
    "exact_search",
    "hot_keys",
    "latency_percentile",
    "latency_tail",
    "mean_wait",
    "partition",
    "plot_funnel",
    "plot_partitions",
    "plot_replicas",
    "prune",
    "replica_figures",
    "replicas_needed",
    "salted_partition",
    "top_k",
    "wait_percentile",
]
