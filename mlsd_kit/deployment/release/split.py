"""Assign units to arms: the same unit always to the same arm, without storing who went where."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def unit_share(unit: object, salt: str) -> float:
    """Where a unit lies in [0, 1): uniform over units, and independent between salts.

    The first 53 bits of BLAKE2b of salt and unit. Python's own ``hash`` would not do: that of a
    text is another one in every process.

    Args:
        unit: id of who is assigned, such as a user; 7 and "7" are the same unit.
        salt: name of the experiment.

    >>> round(unit_share("user-7", "canary-3"), 4), round(unit_share("user-7", "canary-4"), 4)
    (0.3389, 0.2775)
    """
    digest = hashlib.blake2b(f"{salt}:{unit}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53


def assign(unit: object, salt: str, shares: Mapping[str, float]) -> str:
    """The arm of a unit: the arms lie one after another in [0, 1), in their order.

    The first arm grows to the right: when its share is raised, who was in it stays in it.

    Args:
        unit: id of who is assigned. salt: name of the experiment.
        shares: arm → its share; they add up to 1.

    >>> assign("user-7", "canary-3", {"canary": 0.8, "champion": 0.2})
    'canary'
    """
    place, end = unit_share(unit, salt), 0.0
    for arm, share in shares.items():
        end += share
        if place < end:
            return arm
    return [arm for arm, share in shares.items() if share > 0][-1]  # the sum was rounded down
