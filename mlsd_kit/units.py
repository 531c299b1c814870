"""Quantities with units: time, data, money, and the things that an ML system counts.

Requests, predictions, impressions and the like are dimensions of their own, and so is data, so
that adding requests to predictions is an error, as adding seconds to bytes is. Decimal prefixes
are powers of 1,000 (GB), binary ones powers of 1,024 (GiB); ``b`` alone is refused, because it
is read as bit or byte: write ``Mbit`` or ``MB``.
"""

from __future__ import annotations

import difflib
import math
import operator
import re
import tokenize
from collections.abc import Callable
from typing import Any, TypeAlias

from mlsd_kit.errors import UserError
from mlsd_kit.lean import without

with without("dask"):  # half a second at import, for arrays that are not used here
    import pint
from pint.errors import DimensionalityError, PintError, UndefinedUnitError
from pint.registry import GenericUnitRegistry

COUNTED = (
    "request", "prediction", "impression", "click", "row", "event", "user", "ad", "item",
    "document", "replica", "core", "dollar", "query", "candidate", "session", "post", "message",
    "token", "image", "video", "order", "payment", "trip", "ticket", "machine", "vector",
)  # fmt: skip
PLURALS = {"query": "queries"}
Quantity: TypeAlias = Any


class UnitError(UserError, PintError):
    """Two units that do not go together, or a text that is not a unit."""


class _Quantity(pint.UnitRegistry.Quantity):
    """A pint quantity whose unit errors are one line for the person at the keyboard."""

    def __add__(self, other: Any) -> Any:
        return _refusing("add", self, other, super().__add__)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return _refusing("subtract", self, other, super().__sub__)

    def __rsub__(self, other: Any) -> Any:
        return _refusing("subtract", self, other, super().__rsub__)

    def __iadd__(self, other: Any) -> Any:
        return _refusing("add", self, other, super().__iadd__)

    def __isub__(self, other: Any) -> Any:
        return _refusing("subtract", self, other, super().__isub__)

    def compare(self, other: Any, op: Callable[[Any, Any], Any]) -> Any:
        return _refusing("compare", self, other, lambda o: super(_Quantity, self).compare(o, op))

    __lt__ = lambda self, other: self.compare(other, op=operator.lt)  # noqa: E731
    __le__ = lambda self, other: self.compare(other, op=operator.le)  # noqa: E731
    __gt__ = lambda self, other: self.compare(other, op=operator.gt)  # noqa: E731
    __ge__ = lambda self, other: self.compare(other, op=operator.ge)  # noqa: E731

    def to(self, other: Any = None, *contexts: Any, **options: Any) -> Any:
        try:
            return super().to(other, *contexts, **options)
        except DimensionalityError:
            target = other if isinstance(other, str) else format_unit(1 * other)
            raise UnitError(
                f"{_shown(self)} cannot be given in {target or 'plain numbers'!r}: different kinds"
            ) from None
        except UndefinedUnitError as error:
            raise _unknown_unit(error) from None


class _Registry(GenericUnitRegistry[_Quantity, pint.Unit]):
    Quantity: TypeAlias = _Quantity
    Unit: TypeAlias = pint.Unit


def _registry() -> Any:
    registry: Any = _Registry(autoconvert_offset_to_baseunit=True, on_redefinition="ignore")
    registry.define("bit = [information]")
    for name in COUNTED:
        registry.define(f"{name} = [{name}_count] = _ = {PLURALS.get(name, name + 's')}")
    registry._build_cache()  # the one kept from before holds a bit that is a plain number
    return registry


ureg = _registry()


MOST_POWERS, MOST_EXPONENT = 2, 64
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_POWER = re.compile(r"(?:\*\*|\^)\s*(?:[-+]?(\d{1,2}(?:\.\d+)?)(?![\d.e_]|\s*(?:\*\*|\^)))?", re.I)
_NOT_READ = (
    PintError, ValueError, TypeError, AttributeError, AssertionError, ArithmeticError, SyntaxError,
    tokenize.TokenError,
)  # fmt: skip


def Q(value: Any, unit: str = "") -> Quantity:  # noqa: N802
    """A quantity: a number and its unit, or a text that has both.

    Raises:
        UnitError: when the text is not a number with a unit, or the unit is not known.

    >>> (Q(4000, "requests/s") * Q("250 predictions/request")).to("predictions/s").magnitude
    1000000.0
    >>> Q("150 ms").to("s").magnitude
    0.15
    """
    if isinstance(value, pint.Quantity):
        return value.to(unit) if unit else value
    text = f"{value} {unit}".strip() if isinstance(value, str) else unit
    _refuse_ambiguous(text)
    _refuse_towers(text)
    text = re.sub(r"\$\s*([\d.,]+)", r"\1 dollar", text).replace("$", " dollar")
    try:
        if not isinstance(value, str):
            return ureg.Quantity(float(value), text or "dimensionless")
        quantity = ureg.Quantity(text)
        return ureg.Quantity(float(quantity.magnitude), quantity.units)
    except UndefinedUnitError as error:
        raise _unknown_unit(error) from None
    except _NOT_READ:
        raise UnitError(
            f"{text or value!r} is not a number with a unit, such as '4000 requests/s'"
        ) from None


def _refuse_towers(text: str) -> None:
    """Powers are computed exactly before they are rounded: a tower of them takes for ever."""
    exponents = [float(found[1] or "inf") for found in _POWER.finditer(text)]
    exponents += [float(found[0].translate(_DIGITS)) for found in _RAISED.finditer(text)]
    if len(exponents) > MOST_POWERS or any(exponent > MOST_EXPONENT for exponent in exponents):
        raise UnitError(
            f"{text[:60]!r}: at most {MOST_POWERS} powers, each to a plain number up to "
            f"{MOST_EXPONENT}"
        )


def add(*quantities: Quantity) -> Quantity:
    """The sum, or one line that names the two units that do not go together.

    >>> add(Q("1 s"), Q("200 ms")).to("ms").magnitude
    1200.0
    """
    total = quantities[0]
    for quantity in quantities[1:]:
        total = total + quantity
    return total


def _refusing(verb: str, first: Any, second: Any, operation: Callable[[Any], Any]) -> Any:
    try:
        return operation(second)
    except DimensionalityError:
        raise UnitError(
            f"cannot {verb} {_shown(first)} and {_shown(second)}: different kinds of quantity"
        ) from None


def _shown(value: Any) -> str:
    if not isinstance(value, pint.Quantity):
        return f"the plain number {value}"
    return f"{value.magnitude:g} {format_unit(value)}".rstrip()


def _refuse_ambiguous(text: str) -> None:
    if re.search(r"(?<![A-Za-z])[kKMGTP]?b(?![A-Za-z])", text):
        raise UnitError(f"in {text!r}, b may mean bits or bytes: write Mbit or MB")
    if re.search(r"(?<![A-Za-z])KB(?![A-Za-z])", text):
        raise UnitError(f"in {text!r}, write kB for 1,000 bytes or KiB for 1,024")
    if re.search(r"\d,(?!\d{3}(?!\d))", text):
        raise UnitError(f"in {text!r}, a comma separates thousands: write 1.5 or 1,500")


def _unknown_unit(error: UndefinedUnitError) -> UnitError:
    names = error.unit_names
    name = names if isinstance(names, str) else next(iter(names))
    known = [*COUNTED, *(PLURALS.get(n, n + "s") for n in COUNTED), *_SYMBOLS, *_SYMBOLS.values()]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return UnitError(f"{name!r} is not a known unit{hint}")


_SYMBOLS = {
    "nanosecond": "ns", "microsecond": "µs", "millisecond": "ms", "second": "s", "minute": "min",
    "hour": "h", "byte": "B", "kilobyte": "kB", "megabyte": "MB", "gigabyte": "GB",
    "terabyte": "TB", "petabyte": "PB", "exabyte": "EB", "kibibyte": "KiB", "mebibyte": "MiB",
    "gibibyte": "GiB", "tebibyte": "TiB", "bit": "bit", "kilobit": "kbit", "megabit": "Mbit",
    "gigabit": "Gbit", "terabit": "Tbit", "percent": "%", "dollar": "$",
}  # fmt: skip
_SPELT = {**{name: PLURALS.get(name, f"{name}s") for name in COUNTED if name != "dollar"},
          "day": "days", "week": "weeks", "month": "months", "year": "years"}  # fmt: skip


def format_unit(quantity: Quantity) -> str:
    """The unit as people write it: ``requests/s``, ``GB/day``; empty for a plain number.

    >>> format_unit(Q("3 GB/day")), format_unit(Q("1 request/s")), format_unit(Q(1.0))
    ('GB/day', 'requests/s', '')
    """
    above: list[tuple[str, str]] = []
    below: list[tuple[str, str]] = []
    for name, power in quantity.unit_items():
        symbol = _SYMBOLS.get(name, name)
        if power > 0:
            symbol = _SPELT.get(name, symbol)
        side = above if power > 0 else below
        side.append((name, symbol if abs(power) == 1 else f"{symbol}^{abs(power):g}"))
    top = "·".join(symbol for _, symbol in above)
    if not below:
        return top
    times = [symbol for name, symbol in below if name not in COUNTED]
    counts = [symbol for name, symbol in below if name in COUNTED]
    return f"{top or '1'}/{'/'.join([*times, *counts])}"


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


def format_bound(value: float) -> str:
    """A bound of a bin: three significant digits, whole from 1,000 on, without separators.

    >>> format_bound(0.012345), format_bound(1994.0)
    ('0.0123', '1994')
    """
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


_PREFIXED = (
    ("byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte", "exabyte"),
    ("byte", "kibibyte", "mebibyte", "gibibyte", "tebibyte"),
    ("bit", "kilobit", "megabit", "gigabit", "terabit"),
    ("nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day"),
)


def format_quantity(quantity: Quantity, digits: int = 3) -> str:
    """Number and unit, rounded, in a prefix that reads well.

    >>> format_quantity(Q("86400 MB/day")), format_quantity(Q(0.15, "s")), format_quantity(Q(12.0))
    ('86.4 GB/day', '150 ms', '12')
    >>> format_quantity(Q(1, "ad")), format_quantity(Q(4000, "requests/s"))
    ('1 ad', '4,000 requests/s')
    >>> format_quantity(Q(0.25, "dollars/hour")), format_quantity(Q(2.5e9, "users"))
    ('$0.25/h', '2.5 billion users')
    """
    quantity = _compact(quantity, digits)
    value, unit = float(quantity.magnitude), format_unit(quantity)
    number = format_number(value, digits)
    if unit.startswith("$"):
        return f"${number}{unit[1:]}"
    for name, plural in _SPELT.items():
        if number == "1" and re.match(rf"{plural}(?![a-z])", unit):
            unit = name + unit[len(plural) :]
    if unit == "B":
        unit = "byte" if number == "1" else "bytes"
    return f"{_in_words(value, number, digits)} {unit}".rstrip()


def _in_words(value: float, number: str, digits: int) -> str:
    rounded = abs(float(f"{value:.{digits - 1}e}"))
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if size <= rounded < 1e15:
            return f"{format_number(value / size, digits)} {word}"
    return number


def _compact(quantity: Quantity, digits: int) -> Quantity:
    above = [(name, power) for name, power in quantity.unit_items() if power > 0]
    if len(above) != 1 or above[0][1] != 1 or not math.isfinite(quantity.magnitude):
        return quantity
    old = above[0][0]
    for names in _PREFIXED:
        if old not in names or quantity.magnitude == 0:
            continue
        rest = quantity.units / ureg.Unit(old)
        sizes = [quantity.to(rest * ureg.Unit(name)) for name in names]
        readable = [q for q in sizes if abs(float(f"{q.magnitude:.{digits - 1}e}")) >= 1]
        return readable[-1] if readable else sizes[0]
    return quantity
