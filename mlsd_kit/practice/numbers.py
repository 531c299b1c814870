"""Judging a number: by its unit, its order of magnitude, and known causes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mlsd_kit.practice.verdicts import Verdict, kind_of, no_answer
from mlsd_kit.units import Q, Quantity, UnitError, format_number, format_unit

SLIPS = (
    (1000.0, "a prefix is off by one step (kilo, mega, giga)"),
    (1e6, "a prefix is off by two steps"),
    (1024.0 / 1000.0, "powers of 1,024 and of 1,000 are mixed"),
    (8.0, "bits and bytes are mixed"),
    (60.0, "seconds and minutes, or minutes and hours, are mixed"),
    (3600.0, "seconds and hours are mixed"),
    (86_400.0, "seconds and days are mixed"),
    (24.0, "hours and days are mixed"),
    (100.0, "a share and a percentage are mixed"),
    (2.0, "a factor of two is missing or counted twice"),
)
"""Factors that betray their cause."""


@dataclass(frozen=True)
class Number:
    """Judges a number or a quantity by its unit, its order of magnitude and known causes.

    Args:
        expected: the right value; a text with a unit, or a quantity, wants a unit.
        rtol: relative tolerance. within: a factor instead, for estimates.
        causes: what is said → the wrong value that comes of it.

    >>> one = {"That is for one request.": "250 predictions/s"}
    >>> judge = Number("1 million predictions/s", causes=one)
    >>> judge(Q("1e6 predictions/s")).right
    True
    >>> judge(Q("250 predictions/s")).says
    'That is for one request.'
    >>> judge(Q("1e6 requests/s")).says
    'The unit is requests/s; predictions/s is wanted.'
    >>> Number(0.25)(0.0025).says
    'Off by a factor of 100: a share and a percentage are mixed?'
    """

    expected: Any
    rtol: float = 0.02
    within: float | None = None
    causes: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, answer: Any) -> Verdict:
        """The verdict."""
        if early := no_answer(answer):
            return early
        wanted = _quantity(self.expected)
        try:
            given = _given(answer, wanted)
        except _NotANumber as problem:
            return Verdict(False, str(problem))
        target = float(wanted.magnitude)
        if self._same(given, target):
            return Verdict(True, "Right.")
        for says, value in self.causes.items():
            if self._same(given, float(_quantity(value).to(wanted.units).magnitude)):
                return Verdict(False, says)
        return Verdict(False, distance(given, target))

    def _same(self, given: float, target: float) -> bool:
        if self.within is not None and target > 0:
            return given > 0 and 1 / self.within <= given / target <= self.within
        return math.isclose(given, target, rel_tol=self.rtol, abs_tol=1e-12)


class _NotANumber(Exception):  # noqa: N818
    pass


def _quantity(value: Any) -> Quantity:
    if isinstance(value, str):
        for word, size in (("billion", "e9"), ("million", "e6"), ("thousand", "e3")):
            value = value.replace(f" {word}", size)
    return Q(value)


def _given(answer: Any, wanted: Quantity) -> float:
    unit = format_unit(wanted)
    if isinstance(answer, str):
        try:
            answer = Q(answer)
        except UnitError as error:
            raise _NotANumber(str(error) if str(error).endswith("?") else f"{error}.") from None
    if hasattr(answer, "magnitude"):
        try:
            value = answer.to(wanted.units).magnitude
        except UnitError:
            said = format_unit(answer) or "missing"
            raise _NotANumber(
                f"The unit is {said}; {unit or 'a plain number'} is wanted."
            ) from None
        answer = value
    if isinstance(answer, np.generic) or (isinstance(answer, np.ndarray) and answer.ndim == 0):
        answer = answer.item()
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        what = f"a number in {unit}" if unit else "a number"
        raise _NotANumber(f"{what[0].upper()}{what[1:]} is wanted, not {kind_of(answer)}.")
    if not math.isfinite(answer):
        raise _NotANumber(f"The number is {answer}: something was divided by zero, or is missing.")
    return float(answer)


def distance(given: float, target: float) -> str:
    """How a number differs from the right one: sign, factor, order of magnitude."""
    if target == 0:
        return f"Not right: {format_number(given)} is not zero."
    if given == 0:
        return "It is zero: is something missing?"
    if given * target < 0:
        return "The sign is wrong."
    side = "large" if abs(given) > abs(target) else "small"
    powers = abs(math.log10(abs(given)) - math.log10(abs(target)))
    far = f"The order of magnitude: too {side} by about 10^{round(powers)}."
    if powers > 7:
        return far
    ratio = abs(given / target)
    for factor, cause in SLIPS:
        if math.isclose(max(ratio, 1 / ratio), factor, rel_tol=0.005):
            return f"Off by a factor of {format_number(factor, 4)}: {cause}?"
    if math.isclose(given * target, 1, rel_tol=0.005):
        return "It is upside down: one over the answer."
    if math.isclose(given + target, 1, rel_tol=0.005) and 0 < target < 1:
        return "It is the other part: one less the answer."
    if round(powers) >= 1:
        return far
    return (
        f"The right order of magnitude, but too {side} by a factor of {max(ratio, 1 / ratio):.2g}."
    )
