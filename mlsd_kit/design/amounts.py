"""Times, rates, prices and shares in a design: read from text with a unit, written back exactly."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

from mlsd_kit.errors import UserError
from mlsd_kit.units import Q, format_unit

_TIME_UNITS = (
    ("days", 86400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3), ("µs", 1e-6),
)  # fmt: skip

LEAST, MOST = 1e-12, 1e15
"""What an amount may be in its base unit, other than 0: so that sums and ratios stay numbers."""

_DATA_UNITS = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("bytes", 1.0))


def _read(value: Any, unit: str, example: str) -> float:
    if isinstance(value, bool) or not (isinstance(value, str) or hasattr(value, "magnitude")):
        raise ValueError(f"expected text with a unit, such as '{example}', got {value!r}")
    try:
        quantity = Q(value)
        amount = _tidy(float(quantity.to(unit).magnitude))
    except UserError as error:
        found = "" if isinstance(value, str) else f" in {format_unit(value)}"
        raise ValueError(f"expected such as '{example}'{found}: {error}") from None
    if not (amount == 0 or LEAST <= amount <= MOST):
        limits = f"0, or from {LEAST:g} to {MOST:g} {unit}"
        raise ValueError(f"expected {limits}, such as '{example}', got {value!r}")
    return amount


def _tidy(amount: float) -> float:
    """Read ``0.3 ms`` as the float 0.0003, not as what a multiplication by 0.001 leaves."""
    rounded = float(f"{amount:.15g}")
    return rounded if math.isclose(rounded, amount, rel_tol=1e-15, abs_tol=0.0) else amount


def _time(seconds: float) -> str:
    """Write the shortest text that reads as exactly this many seconds."""
    return _shortest(seconds, _TIME_UNITS, "s")


@lru_cache(maxsize=4096)
def _shortest(amount: float, units: tuple[tuple[str, float], ...], base: str) -> str:
    """Write an amount in the unit that takes the fewest digits and reads back exactly."""
    texts = [f"{_number(amount / size)} {unit}" for unit, size in units]
    exact = [text for text in texts if _read(text, base, "") == amount]
    return min(exact, key=lambda text: len(text.split()[0]), default=f"{amount!r} {base}")


def _number(value: float) -> str:
    text = f"{value:.15g}"
    return text if float(text) == value else repr(value)


def _unit(name: str) -> Any:
    return lambda value: f"{_number(value)} {name}"


def _share(value: Any) -> float:
    """Read ``0.05`` or ``5 %`` as 0.05."""
    text = str(value).strip() if isinstance(value, str | int | float) else ""
    percent = re.fullmatch(r"(.*?)\s*%", text)
    try:
        share = float(percent[1]) / 100 if percent else float(text)
    except ValueError:
        share = math.nan
    if isinstance(value, bool) or not 0 <= share <= 1:
        raise ValueError(f"expected a share from 0 to 1, such as '5 %' or 0.05, got {value!r}")
    return float(f"{share:.15g}")


Seconds = Annotated[
    float, BeforeValidator(lambda v: _read(v, "s", "20 ms")), PlainSerializer(_time)
]
"""A time, such as ``20 ms``, ``5 min`` or ``1 day``; a float of seconds in Python."""

RequestRate = Annotated[
    float,
    BeforeValidator(lambda v: _read(v, "requests/s", "4000 requests/s")),
    PlainSerializer(_unit("requests/s")),
]
"""Requests in a time, such as ``4000 requests/s``; a float of requests per second in Python."""

HourlyPrice = Annotated[
    float,
    BeforeValidator(lambda v: _read(v, "dollars/h", "$0.20/h")),
    PlainSerializer(lambda v: f"${Decimal(_number(v)):f}/h"),
]
"""A price for an hour, such as ``$0.20/h``; a float of dollars per hour in Python."""

Bytes = Annotated[
    float,
    BeforeValidator(lambda v: _read(v, "bytes", "20 kB")),
    PlainSerializer(lambda v: _bytes(v)),
]
"""An amount of data, such as ``20 kB``; a float of bytes in Python."""

Share = Annotated[float, BeforeValidator(_share)]
"""A share from 0 to 1, written ``0.05`` or ``5 %``."""


def _bytes(amount: float) -> str:
    return _shortest(amount, _DATA_UNITS, "bytes")
