"""What a change of the number of shards moves, and how even the shards are, against theory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from mlsd_kit.scaling.partitioning.hashing import (
    Keys,
    jump_shards,
    modulo_shards,
    rendezvous_shards,
)
from mlsd_kit.scaling.partitioning.ring import HashRing


def compare_moves(keys: Keys, shards: int, virtual_nodes: int = 100) -> pd.DataFrame:
    """Measure what share of the keys changes its shard when one is added.

    Theory: n of n + 1 keys have another remainder by n + 1 than by n; whoever moves no key without
    need moves the new shard's, 1 / (n + 1).

    Args:
        keys: distinct keys, shape (n,).
        shards: before the change.
        virtual_nodes: of the ring.

    Returns:
        A row for each method: ``moved``, ``theory``, ``elsewhere`` (share of the keys that moved to
        another shard than the new one) and ``skew`` afterwards (largest shard over the mean).
    """
    methods: dict[str, Callable[[int], np.ndarray]] = {
        "modulo": lambda n: modulo_shards(keys, n),
        "ring": lambda n: HashRing(map(str, range(n)), virtual_nodes).numbers(keys),
        "rendezvous": lambda n: rendezvous_shards(keys, n),
        "jump": lambda n: jump_shards(keys, n),
    }
    rows = {}
    for name, shards_of in methods.items():
        before, after = shards_of(shards), shards_of(shards + 1)
        moved = before != after
        loads = np.bincount(after, minlength=shards + 1)
        rows[name] = {
            "moved": float(moved.mean()),
            "theory": (shards if name == "modulo" else 1) / (shards + 1),
            "elsewhere": float((moved & (after != shards)).mean()),
            "skew": float(loads.max() / loads.mean()),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("method")


def ring_spread(shards: int, virtual_nodes: int) -> float:
    """Standard deviation of a shard's share of the ring, over its mean 1 / n.

    With v points each, placed at random, the share is a Beta(v, (n − 1) v) variable, whose standard
    deviation over its mean is √((n − 1) / (n v + 1)), about 1 / √v.

    >>> round(ring_spread(10, 100), 3)
    0.095
    """
    return float(np.sqrt((shards - 1) / (shards * virtual_nodes + 1)))


def ring_balance(
    shards: int, virtual_nodes: Sequence[int] = (1, 10, 100, 1000), rings: int = 20
) -> pd.DataFrame:
    """Measure how even rings are, for several numbers of virtual nodes.

    Args:
        shards: of each ring.
        virtual_nodes: numbers to try.
        rings: how many, with other shard names, for each number.

    Returns:
        A row for each number: ``spread`` (standard deviation of the shares over their mean),
        ``theory`` for it, and ``skew`` (largest share over the mean, averaged over the rings).
    """
    rows = {}
    for nodes in virtual_nodes:
        shares = np.array(
            [HashRing([f"{r}-{s}" for s in range(shards)], nodes).shares() for r in range(rings)]
        )
        rows[nodes] = {
            "spread": float(np.sqrt(np.mean((shares * shards - 1) ** 2))),
            "theory": ring_spread(shards, nodes),
            "skew": float(shares.max(axis=1).mean() * shards),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("virtual nodes")
