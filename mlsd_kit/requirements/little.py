"""Little's law: how many are inside, how fast they come, and how long each stays."""

from __future__ import annotations

from mlsd_kit.errors import UserError
from mlsd_kit.requirements.quantities import converted, quantity
from mlsd_kit.units import Quantity, format_quantity


def in_flight(rate: Quantity | str, time: Quantity | str) -> Quantity:
    """Give the mean number of requests under way at once: their rate times the time each takes.

    L = λ W (Little, "A Proof for the Queuing Formula L = λW", Operations Research 9(3), 1961). It
    holds for means over a long time, whatever the distributions and whatever happens inside.

    Args:
        rate: what comes in for each unit of time, such as ``"4000 requests/s"``.
        time: the mean time that one stays, waiting included, such as ``"150 ms"``.

    Raises:
        UnitError: when ``time`` is no time.

    >>> in_flight("4000 requests/s", "150 ms").magnitude
    600.0
    """
    return (_positive(rate, "the rate") * _seconds(time)).to_reduced_units()


def time_inside(count: Quantity | str, rate: Quantity | str) -> Quantity:
    """Give the mean time that each stays, in ms, from how many are inside and how fast they come.

    Args:
        count: the mean number inside, such as ``"600 requests"``.
        rate: what comes in, counted alike, such as ``"4000 requests/s"``.

    >>> time_inside("600 requests", "4000 requests/s").magnitude
    150.0
    """
    return converted(quantity(count) / _positive(rate, "the rate"), "ms", "the number ÷ the rate")


def rate_through(count: Quantity | str, time: Quantity | str) -> Quantity:
    """Give the rate for each second of a system that holds so many, each for that time.

    It is what a fixed number of workers, connections or places can serve at most.

    >>> rate_through("8 requests", "10 ms").magnitude
    800.0
    """
    return quantity(count) / _seconds(time)


def _seconds(time: Quantity | str) -> Quantity:
    return _positive(converted(time, "s", "the time"), "the time")


def _positive(value: Quantity | str, what: str) -> Quantity:
    given = quantity(value)
    if not given.magnitude > 0:
        raise UserError(f"{what} is more than 0, not {format_quantity(given)}")
    return given
