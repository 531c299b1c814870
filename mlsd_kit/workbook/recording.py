"""Figures that a notebook records: they are kept in the executed notebook itself."""

from __future__ import annotations

import math
import numbers
from typing import Any

import numpy as np
from IPython.display import display

from mlsd_kit.units import format_number, format_quantity, format_unit
from mlsd_kit.workbook.records import MIME

DIGITS = 6
"""Significant digits kept: more would differ between machines in the last place."""


def record(name: str, value: Any, unit: str = "") -> None:
    """Keep a figure under a name in the notebook's output, and show it.

    Args:
        name: what the figure is; the last value of a name wins.
        value: a number, text, true or false, or a quantity, whose unit is kept.
        unit: the unit of a plain number.

    Raises:
        TypeError: for anything that is not a single value.
        ValueError: for a number that is not finite.
    """
    if hasattr(value, "magnitude"):
        unit, shown, value = format_unit(value), format_quantity(value), value.magnitude
        plain = _plain(name, value)
    else:
        plain = _plain(name, value)
        text = format_number(plain) if isinstance(plain, int | float) else str(plain)
        shown = f"{plain if isinstance(plain, bool) else text} {unit}".rstrip()
    payload = {"name": name, "value": plain, "unit": unit}
    display({MIME: payload, "text/plain": f"{name} = {shown}"}, raw=True)


def _plain(name: str, value: Any) -> bool | int | float | str:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | str):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        if not math.isfinite(value):
            raise ValueError(f"record {name!r}: {value} is not a finite number")
        return float(f"{value:.{DIGITS}g}")
    raise TypeError(f"record {name!r}: a single number or text, not {type(value).__name__}")
