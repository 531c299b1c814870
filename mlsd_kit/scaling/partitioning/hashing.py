"""From a key to a shard: a hash that every process agrees on, and three rules that need no table.

Python's own ``hash`` is salted anew in each process for text, so two servers would disagree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

Keys = Sequence[object] | np.ndarray | pd.Series
"""Names or numbers, one for each row."""

HASH_BITS = 64


def stable_hash(key: object) -> int:
    """Hash a key to 64 bits: the same in each process and on each machine.

    Keys are hashed as text: 7 and ``"7"`` are one key.

    >>> stable_hash("user-7") == stable_hash("user-7") < 2**64
    True
    """
    return int.from_bytes(hashlib.blake2b(str(key).encode(), digest_size=8).digest(), "big")


def stable_hashes(keys: Keys) -> np.ndarray:
    """The hash of each key, as unsigned 64-bit integers, shape (n,)."""
    # not by np.asarray, which cuts NUL characters off the end of a text
    values = keys.tolist() if isinstance(keys, np.ndarray | pd.Series) else list(keys)
    known = {key: stable_hash(key) for key in set(values)}
    return np.fromiter((known[key] for key in values), dtype=np.uint64, count=len(values))


def modulo_shards(keys: Keys, shards: int) -> np.ndarray:
    """Shard of each key as hash mod ``shards``, shape (n,): even, and torn up by a new shard."""
    _some(shards)
    return (stable_hashes(keys) % np.uint64(shards)).astype(np.int64)


def rendezvous_shards(keys: Keys, shards: int) -> np.ndarray:
    """Shard of each key by the highest of one score for each shard, shape (n,).

    A new shard takes the keys for which its score is the highest, and no other moves. Even without
    virtual nodes; a look-up costs one hash for each shard (Thaler and Ravishankar, "Using
    name-based mappings to increase hit rates", IEEE/ACM Transactions on Networking 6, 1998).
    """
    _some(shards)
    hashes = stable_hashes(keys)
    scores = [_mix(hashes ^ np.uint64(stable_hash(f"shard {s}"))) for s in range(shards)]
    return np.argmax(scores, axis=0)


def jump_shards(keys: Keys, shards: int) -> np.ndarray:
    """Shard of each key by jump consistent hashing, shape (n,).

    No memory, and even; but shards are numbers, and only the last can go (Lamping and Veach, "A
    fast, minimal memory, consistent hash algorithm", 2014).
    """
    _some(shards)
    state = stable_hashes(keys)
    shard = np.zeros(len(state), dtype=np.int64)
    jump = np.zeros(len(state), dtype=np.int64)
    while (going := jump < shards).any():
        shard[going] = jump[going]
        state = state * np.uint64(2862933555777941757) + np.uint64(1)
        scale = (state >> np.uint64(33)).astype(float) + 1.0
        ahead = ((shard + 1) * (2.0**31 / scale)).astype(np.int64)
        jump[going] = ahead[going]
    return shard


def _some(shards: int) -> None:
    if shards < 1:
        raise ValueError(f"there must be at least one shard, not {shards}")


def _mix(values: np.ndarray) -> np.ndarray:
    """Scramble 64 bits, by the finaliser of SplitMix64 (Steele, Lea and Flood, 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
