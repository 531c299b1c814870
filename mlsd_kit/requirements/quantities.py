"""What the room's functions accept as a quantity, and conversions with errors of one line."""

from __future__ import annotations

from pint.errors import PintError

from mlsd_kit.errors import UserError
from mlsd_kit.units import Q, Quantity, UnitError, format_quantity, format_unit


def quantity(value: Quantity | str | float) -> Quantity:
    """Take a quantity, a text such as ``"150 ms"``, or a plain number.

    Raises:
        UnitError: when a text is not a number with a known unit.
    """
    return value if hasattr(value, "magnitude") else Q(value)


def converted(value: Quantity | str | float, unit: str, what: str) -> Quantity:
    """Give a quantity in a unit.

    Raises:
        UnitError: when it is a different kind of quantity; the message names both units.

    >>> converted("0.15 s", "ms", "latency").magnitude
    150.0
    """
    given = quantity(value)
    try:
        return given.to(unit)
    except (PintError, UserError):
        found = format_unit(given) or "a plain number"
        raise UnitError(
            f"{what} is {format_quantity(given)}: {found} cannot be given in {unit}"
        ) from None
