"""Partitioned tables and what queries read of them; shards by hash, and what a new one moves."""

from mlsd_kit.scaling.partitioning.hashing import (
    jump_shards,
    modulo_shards,
    rendezvous_shards,
    stable_hash,
    stable_hashes,
)
from mlsd_kit.scaling.partitioning.layout import (
    QueryCost,
    compare_layouts,
    layout_size,
    query_cost,
    write_partitioned,
)
from mlsd_kit.scaling.partitioning.moves import compare_moves, ring_balance, ring_spread
from mlsd_kit.scaling.partitioning.ring import HashRing

__all__ = [
    "HashRing",
    "QueryCost",
    "compare_layouts",
    "compare_moves",
    "jump_shards",
    "layout_size",
    "modulo_shards",
    "query_cost",
    "rendezvous_shards",
    "ring_balance",
    "ring_spread",
    "stable_hash",
    "stable_hashes",
    "write_partitioned",
]
