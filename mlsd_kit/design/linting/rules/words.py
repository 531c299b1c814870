"""Figures in findings, as people write them."""

from __future__ import annotations

import math

from mlsd_kit.units import format_number

_SIZES = ((86400.0, "day"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


def time(seconds: float) -> str:
    """Seconds in the unit that reads well.

    >>> time(0.0123), time(86400.0), time(5400.0), time(float("inf")), time(0.0)
    ('12.3 ms', '1 day', '1.5 h', 'for ever', '0 ms')
    """
    if math.isinf(seconds):
        return "for ever"
    fits = (row for row in _SIZES if seconds >= row[0] * (1 - 5e-4))
    size, unit = next(fits, (1e-3, "ms"))
    number = format_number(seconds / size)
    return f"{number} {unit}" if unit != "day" or number == "1" else f"{number} days"


def percent(share: float) -> str:
    """A share as per cent.

    >>> percent(0.8512), percent(1.5), percent(0.99954)
    ('85.1 %', '150 %', '99.95 %')
    """
    digits = 4 if 0.995 <= share < 1 else 3
    return f"{format_number(100 * share, digits)} %"


def rate(per_second: float) -> str:
    """Requests per second."""
    return f"{format_number(per_second)}/s"


def count(number: float, noun: str) -> str:
    """A number of things.

    >>> count(1, "replica"), count(250000, "candidate")
    ('1 replica', '250,000 candidates')
    """
    text = format_number(number, 4)
    return f"{text} {noun}" if text == "1" else f"{text} {noun}s"
