"""Judging an estimate: its size on a log scale, its unit, and the figures on the way."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping

from mlsd_kit.cases.schema import Estimate, ScaleFigure
from mlsd_kit.errors import UserError
from mlsd_kit.practice.grading.judged import JudgedEstimate
from mlsd_kit.practice.grading.slips import slip_of, zeros_of
from mlsd_kit.practice.grading.spoken import spoken
from mlsd_kit.units import (
    PintError,
    Quantity,
    format_number,
    format_quantity,
    format_unit,
)

WORTHLESS = 100.0
"""Factor beyond the accepted one at which an estimate scores 0."""
CLOSE = 0.03
"""Relative distance at which a ratio betrays its cause."""
ROUNDED = 0.15
"""Relative distance of a result from its calculation that is put down to rounding."""
UNIT_LOST = 0.5
"""What is left of the score when the unit is missing or of another kind."""
_EQUALS = re.compile(r"\s*(?:=|≈|~=|→|->)\s*")
_FOREIGN = re.compile(r"[<>\[\]{}|\\`&#@\"]")
"""Signs that no quantity holds; a message that repeats them could be taken for markup."""
_READ = (UserError, PintError, ArithmeticError, ValueError)


def judge_estimate(
    estimate: Estimate, scale: Mapping[str, ScaleFigure], text: str
) -> JudgedEstimate:
    """Judge an estimate as typed: a quantity, or a calculation with ``=`` before its result.

    The score is 1 within the accepted factor w, else 1 - (|ln r| - ln w) / ln 100 for a ratio r of
    given to right, 0 at least.

    >>> from mlsd_kit.cases import load_case
    >>> case = load_case("ctr_prediction")
    >>> first = case.spec.estimates[0]
    >>> judge_estimate(first, case.spec.scale, "4,000 QPS x 250 = 1M predictions/s").kind
    'right'
    >>> judge_estimate(first, case.spec.scale, "4000 predictions/s").says
    'Too small by a factor of 250: that is candidates. What is it multiplied or divided by?'
    """
    right = estimate.value(dict(scale))
    *on_the_way, last = [part for part in _EQUALS.split(text) if part.strip()] or [""]
    lacking = tuple(_steps(on_the_way, estimate, scale))
    try:
        if foreign := _FOREIGN.search(last):
            raise UserError(f"{foreign[0]!r} belongs to no quantity")
        given = spoken(last)
    except _READ as error:
        wanted = f"such as '1.5e6 {estimate.unit}'"
        return JudgedEstimate("unreadable", f"I cannot read that: {error}; {wanted}", 0.0)
    steps = (*_comes_to(on_the_way, given), *lacking)
    same_unit, value = _in_unit(given, right)
    target = float(right.magnitude)
    if not math.isfinite(value) or value <= 0:
        told = "It has to be a number above zero."
        return JudgedEstimate("far off", told, 0.0, steps=steps)
    ratio = value / target
    off = abs(math.log(ratio))
    within = off <= math.log(estimate.within) + 1e-9
    score = 1.0 if within else max(0.0, 1 - (off - math.log(estimate.within)) / math.log(WORTHLESS))
    if not same_unit:
        unit = format_unit(given)
        wrong = f"The unit is {unit}; {estimate.unit} is wanted." if unit else ""
        told = f"{wrong or f'Say the unit: {estimate.unit}.'} {_size(ratio, within)}"
        return JudgedEstimate("wrong unit", told, UNIT_LOST * score, ratio, steps)
    if within:
        said = f"Right: about {format_quantity(right, 2)}."
        return JudgedEstimate("right", said, 1.0, ratio, steps)
    side = "large" if ratio > 1 else "small"
    factor = max(ratio, 1 / ratio)
    begin = f"Too {side} by a factor of {_times(ratio)}"
    if names := _missing(ratio, estimate, scale, 1):
        told = f"{begin}: that is {names}. What is it multiplied or divided by?"
        return JudgedEstimate("missing factor", told, score, ratio, steps)
    figures = [right, *(scale[name].quantity for name in estimate.names)]
    # A calculation from other figures is a slip's factor off by chance.
    if not lacking and (cause := slip_of(ratio, last, given, figures)):
        return JudgedEstimate("slip", f"{begin}: {cause}?", score, ratio, steps)
    if names := _missing(ratio, estimate, scale, 2):
        told = f"{begin}: that is {names}. What is it multiplied or divided by?"
        return JudgedEstimate("missing factor", told, score, ratio, steps)
    if not lacking and (cause := zeros_of(ratio)):
        return JudgedEstimate("slip", f"{begin}: {cause}?", score, ratio, steps)
    if factor < 10:
        told = f"The right order of magnitude, but too {side} by a factor of {factor:.2g}."
        return JudgedEstimate("order of magnitude", told, score, ratio, steps)
    return JudgedEstimate(
        "far off", f"{begin}: the order of magnitude is off.", score, ratio, steps
    )


def is_calculation(text: str) -> bool:
    """Whether an estimate is typed with its calculation, and not as a result alone.

    >>> is_calculation("4,000 QPS x 250 = 1M predictions/s"), is_calculation("1M predictions/s")
    (True, False)
    """
    return sum(bool(part.strip()) for part in _EQUALS.split(text)) > 1


def _in_unit(given: Quantity, right: Quantity) -> tuple[bool, float]:
    """Whether the unit is of the right kind, and the value in it, or else the bare number."""
    try:
        return True, float(given.to(right.units).magnitude)
    except PintError:
        return False, float(given.magnitude)


def _size(ratio: float, within: bool) -> str:
    if within:
        return "The size is right."
    side = "large" if ratio > 1 else "small"
    return f"The number is too {side} by a factor of {_times(ratio)}."


def _times(ratio: float) -> str:
    factor = max(ratio, 1 / ratio)
    return format_number(factor, 2) if factor < 1e6 else f"10^{round(math.log10(factor))}"


def _missing(ratio: float, estimate: Estimate, scale: Mapping[str, ScaleFigure], count: int) -> str:
    """So many figures of the formula whose product, or its inverse, the ratio is."""
    for some in itertools.combinations(sorted(estimate.names), count):
        product = math.prod(scale[name].value for name in some)
        if product > 0 and not math.isclose(product, 1):
            for factor in (product, 1 / product):
                if math.isclose(ratio, factor, rel_tol=CLOSE):
                    return " and ".join(name.replace("_", " ") for name in some)
    return ""


def _steps(parts: list[str], estimate: Estimate, scale: Mapping[str, ScaleFigure]) -> Iterator[str]:
    """What is said of the figures that were written down before the result."""
    if not parts:
        return
    numbers = [spoken_number for part in parts for spoken_number in _numbers(part)]
    for name in sorted(estimate.names):
        value = scale[name].value
        if value in (0, 1):
            continue
        forms = (value, 1 / value)
        if not any(math.isclose(number, form, rel_tol=0.5) for number in numbers for form in forms):
            figure = f"{format_number(value)} {scale[name].unit}".removesuffix(" dimensionless")
            yield f"Your steps do not show the {name.replace('_', ' ')} ({figure})."


def _comes_to(parts: list[str], given: Quantity) -> Iterator[str]:
    """What is said where the calculation before the result comes to something else."""
    if not parts:
        return
    try:
        own = spoken(parts[-1]).to(given.units)
        right = math.isclose(own.magnitude, given.magnitude, rel_tol=ROUNDED)
    except _READ:
        return
    if not right:
        yield f"Your calculation comes to {format_quantity(own, 2)}."


def _numbers(part: str) -> Iterator[float]:
    for factor in re.split(r"[*×·/]|\bx\b|\btimes\b", part):
        try:
            given = spoken(factor)
        except _READ:
            found = re.search(r"\d[\d,_]*(?:\.\d+)?(?:e-?\d+)?", factor)
            if found:
                yield float(found[0].replace(",", "").replace("_", ""))
        else:
            yield float(given.magnitude)
