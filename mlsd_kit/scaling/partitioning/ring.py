"""Consistent hashing: a ring on which a new shard takes its keys from all others, and no key else.

Karger et al., "Consistent hashing and random trees", STOC 1997.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from mlsd_kit.scaling.partitioning.hashing import HASH_BITS, Keys, stable_hash, stable_hashes


class HashRing:
    """Shards at several points each (virtual nodes) of a ring of 2⁶⁴ positions.

    A key belongs to the first point at or after its hash, and after the last to the first.

    Args:
        shards: their names.
        virtual_nodes: points of each shard: more of them even out the load, and cost memory.

    Raises:
        ValueError: when there is no shard, a name comes twice, or there are no points.

    >>> ring = HashRing(["a", "b", "c"])
    >>> ring.with_shard("d").shard("user-7") in (ring.shard("user-7"), "d")
    True
    """

    def __init__(self, shards: Iterable[str], virtual_nodes: int = 100) -> None:
        self.shards = tuple(shards)
        self.virtual_nodes = virtual_nodes
        if not self.shards or len(set(self.shards)) < len(self.shards) or virtual_nodes < 1:
            raise ValueError("a ring needs distinct shards and at least one virtual node for each")
        points = [
            (stable_hash(f"{shard}#{node}"), number)
            for number, shard in enumerate(self.shards)
            for node in range(virtual_nodes)
        ]
        points.sort(key=lambda point: (point[0], self.shards[point[1]]))
        self._positions = np.array([position for position, _ in points], dtype=np.uint64)
        self._owners = np.array([owner for _, owner in points], dtype=np.int64)

    def shard(self, key: object) -> str:
        """The name of the key's shard."""
        return self.shards[int(self.numbers([key])[0])]

    def numbers(self, keys: Keys) -> np.ndarray:
        """The number of each key's shard in ``shards``, shape (n,)."""
        after = np.searchsorted(self._positions, stable_hashes(keys), side="left")
        return self._owners[after % len(self._owners)]

    def names(self, keys: Keys) -> np.ndarray:
        """The name of each key's shard, shape (n,)."""
        return np.array(self.shards, dtype=object)[self.numbers(keys)]

    def with_shard(self, shard: str) -> HashRing:
        """The ring with one shard more."""
        return HashRing((*self.shards, shard), self.virtual_nodes)

    def without_shard(self, shard: str) -> HashRing:
        """The ring with one shard less.

        Raises:
            ValueError: when it is not on the ring.
        """
        if shard not in self.shards:
            raise ValueError(f"there is no shard {shard!r} on the ring")
        return HashRing((s for s in self.shards if s != shard), self.virtual_nodes)

    def shares(self) -> np.ndarray:
        """Each shard's share of the ring's length, which is that of many keys, shape (shards,)."""
        arcs = np.diff(self._positions, prepend=self._positions[-1:])
        return np.bincount(self._owners, weights=arcs.astype(float)) / 2.0**HASH_BITS
