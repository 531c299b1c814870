"""Which slip explains that an estimate is off by a factor, where one can have been made at all."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from mlsd_kit.practice.numbers import SLIPS
from mlsd_kit.units import Quantity

NEAR = 0.02
"""Relative distance at which a factor is a slip's."""
_SIZE = re.compile(r"\d\s*(?:k|m|b|mn|mio|bn|thousand|million|billion|trillion)\b", re.IGNORECASE)
_PREFIX = re.compile(r"(?:kilo|mega|giga|tera|peta|milli|micro|nano|kibi|mebi|gibi|tebi)")
_ZEROS = {100.0: "two zeros", 1000.0: "three zeros", 1e6: "six zeros"}


def slip_of(ratio: float, typed: str, given: Quantity, figures: Iterable[Quantity]) -> str:
    """The cause of a ratio of given to right, or nothing.

    Bits and bytes are mixed only where information is counted, seconds and hours where there is
    time, a share and a percentage where there is a share, and a prefix is off where one was typed.

    Args:
        ratio: given over right.
        typed: the result as typed. given: as it was read.
        figures: what the right value is made of.
    """
    factor = max(ratio, 1 / ratio)
    slip, cause = next(
        (known for known in SLIPS if known[0] > 2 and math.isclose(factor, known[0], rel_tol=NEAR)),
        (0.0, ""),
    )
    return cause if cause and _possible(slip, typed, given, list(figures)) else ""


def zeros_of(ratio: float) -> str:
    """So many zeros that are missing or too many, or nothing.

    >>> zeros_of(0.001), zeros_of(100), zeros_of(70)
    ('three zeros are missing', 'two zeros too many', '')
    """
    for factor, zeros in _ZEROS.items():
        if math.isclose(max(ratio, 1 / ratio), factor, rel_tol=NEAR):
            return f"{zeros} too many" if ratio > 1 else f"{zeros} are missing"
    return ""


def _possible(slip: float, typed: str, given: Quantity, figures: list[Quantity]) -> bool:
    if slip in (1000.0, 1e6):
        return bool(_SIZE.search(typed) or _PREFIX.search(str(given.units)))
    if slip == 100:
        return "%" in typed or any(0 < abs(figure.magnitude) < 1 for figure in figures)
    counted = "[information]" if slip == 8 else "[time]"
    return any(counted in figure.dimensionality for figure in figures)
