"""Amounts of a design in few letters, as a picture or a status line has room for."""

from __future__ import annotations

import math

from mlsd_kit.units import format_number

_TIMES = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
_PERIODS = {86400.0: "day", 3600.0: "hour", 60.0: "minute", 604800.0: "week", 1.0: "second"}
_BYTES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "bytes"))


def duration(seconds: float, digits: int = 3) -> str:
    """Write a time.

    >>> duration(0.0421), duration(90.0), duration(float("inf")), duration(0.0)
    ('42.1 ms', '1.5 min', 'without end', '0 ms')
    """
    if math.isinf(seconds) or math.isnan(seconds):
        return "without end"
    size, unit = next((t for t in _TIMES if t[0] <= seconds * (1 + 1e-9)), (1e-3, "ms"))
    return f"{format_number(seconds / size, digits)} {unit}"


def every(seconds: float) -> str:
    """Write a schedule.

    >>> every(86400.0), every(21600.0)
    ('every day', 'every 6 h')
    """
    return f"every {_PERIODS.get(seconds) or duration(seconds)}"


def rate(per_second: float) -> str:
    """Write calls in a second.

    >>> rate(4000.0), rate(0.25)
    ('4,000/s', '0.25/s')
    """
    return f"{format_number(per_second)}/s"


def percent(share: float, digits: int = 3) -> str:
    """Write a share.

    >>> percent(0.9), percent(0.0125)
    ('90 %', '1.25 %')
    """
    return f"{format_number(100 * share if share >= 1e-7 else 0.0, digits)} %"


def price(per_hour: float) -> str:
    """Write dollars in an hour.

    >>> price(3.2)
    '$3.20/h'
    """
    return f"${per_hour:,.2f}/h"


def size(data: float) -> str:
    """Write an amount of data in bytes.

    >>> size(20e3)
    '20 kB'
    """
    base, unit = next((b for b in _BYTES if b[0] <= data), _BYTES[-1])
    return f"{format_number(data / base)} {unit}"
