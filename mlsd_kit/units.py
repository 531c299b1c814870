"""Quantities with units: time, data, money, and the things that an ML system counts.

Requests, predictions, impressions and the like are dimensions of their own, so that adding
requests to predictions is an error, as adding seconds to bytes is. Decimal prefixes are powers of
1,000 (GB), binary ones powers of 1,024 (GiB).
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import pint
from pint.errors import DimensionalityError, PintError

from mlsd_kit.errors import UserError

COUNTED = (
    "request", "prediction", "impression", "click", "row", "event", "user", "ad", "item",
    "document", "replica", "core", "dollar",
)  # fmt: skip

ureg: pint.UnitRegistry = pint.UnitRegistry(autoconvert_offset_to_baseunit=True)
Quantity: TypeAlias = Any

for _name in COUNTED:
    ureg.define(f"{_name} = [{_name}_count]")
    ureg.define(f"@alias {_name} = {_name}s")


class UnitError(UserError):
    """Two units that do not go together, or a text that is not a unit."""


def Q(value: float | str, unit: str = "") -> Quantity:  # noqa: N802
    """A quantity: a number and its unit.

    Raises:
        UnitError: when the unit is not known.

    >>> (Q(4000, "requests/s") * Q(250, "predictions/request")).to("predictions/s").magnitude
    1000000.0
    >>> Q("150 ms").to("s").magnitude
    0.15
    """
    try:
        if isinstance(value, str):
            return ureg.Quantity(value) if not unit else ureg.Quantity(value, unit)
        return ureg.Quantity(float(value), unit or "dimensionless")
    except (PintError, ValueError, TypeError, AttributeError) as error:
        raise UnitError(f"{unit or value!r} is not a known unit: {error}") from None


def add(*quantities: Quantity) -> Quantity:
    """The sum, or one line that names the two units that do not go together.

    >>> add(Q("1 s"), Q("200 ms")).to("ms").magnitude
    1200.0
    """
    total = quantities[0]
    for quantity in quantities[1:]:
        try:
            total = total + quantity
        except DimensionalityError:
            first, second = (format_unit(q) or "a plain number" for q in (total, quantity))
            raise UnitError(f"cannot add {second} to {first}: different kinds") from None
    return total


_SYMBOLS = {
    "second": "s", "millisecond": "ms", "microsecond": "µs", "minute": "min", "hour": "h",
    "day": "day", "byte": "B", "kilobyte": "kB", "megabyte": "MB", "gigabyte": "GB",
    "terabyte": "TB", "petabyte": "PB", "kibibyte": "KiB", "mebibyte": "MiB", "gibibyte": "GiB",
    "bit": "bit", "gigabit": "Gbit", "megabit": "Mbit", "percent": "%", "dollar": "$",
}  # fmt: skip


def format_unit(quantity: Quantity) -> str:
    """The unit as people write it: ``requests/s``, ``GB/day``; empty for a plain number.

    >>> format_unit(Q("3 GB/day")), format_unit(Q("1 request/s")), format_unit(Q(1.0))
    ('GB/day', 'requests/s', '')
    """
    above: list[str] = []
    below: list[str] = []
    for name, power in quantity.unit_items():
        symbol = _SYMBOLS.get(name, name)
        if symbol in COUNTED and power > 0:
            symbol += "s"
        side = above if power > 0 else below
        side.append(symbol if abs(power) == 1 else f"{symbol}^{abs(power):g}")
    top = "·".join(above)
    if not below:
        return top
    return f"{top or '1'}/{'/'.join(below)}"


def format_number(value: float, digits: int = 3) -> str:
    """A number rounded to significant digits, with thousands separators.

    >>> format_number(1234567), format_number(0.012345), format_number(3.0)
    ('1,230,000', '0.0123', '3')
    """
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    text = f"{rounded:,.{max(places, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_PREFIXED = {
    "byte": ("byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"),
    "second": ("microsecond", "millisecond", "second", "minute", "hour", "day"),
}


def format_quantity(quantity: Quantity, digits: int = 3) -> str:
    """Number and unit, rounded, in a prefix that reads well.

    >>> format_quantity(Q("86400 MB/day")), format_quantity(Q(0.15, "s")), format_quantity(Q(12.0))
    ('86.4 GB/day', '150 ms', '12')
    >>> format_quantity(Q(1, "ad")), format_quantity(Q(4000, "requests/s"))
    ('1 ad', '4,000 requests/s')
    """
    quantity = _compact(quantity)
    number, unit = format_number(float(quantity.magnitude), digits), format_unit(quantity)
    if unit.endswith("s") and unit[:-1] in COUNTED and number == "1":
        unit = unit[:-1]
    return f"{number} {unit}".rstrip()


def _compact(quantity: Quantity) -> Quantity:
    items = [(name, power) for name, power in quantity.unit_items() if power == 1]
    if len(items) != 1:
        return quantity
    old = items[0][0]
    for names in _PREFIXED.values():
        if old in names and math.isfinite(quantity.magnitude) and quantity.magnitude:
            best = quantity
            for name in names:
                converted = quantity.to(quantity.units / ureg.Unit(old) * ureg.Unit(name))
                if abs(converted.magnitude) >= 1 or name == names[0]:
                    best = converted
            return best
    return quantity
