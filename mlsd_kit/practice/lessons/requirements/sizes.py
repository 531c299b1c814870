"""From users to figures with units: R6."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlsd_kit.practice.choices import All
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.verdicts import Judge
from mlsd_kit.requirements import (
    CapacitySheet,
    in_flight,
    mean_rate,
    rate_through,
)
from mlsd_kit.units import Q, Quantity, format_unit


@exercise(
    "R6.mean",
    hints=[
        "What is stored follows the mean, not the peak.",
        "Mean = peak ÷ ratio. Then from seconds to days.",
        "A day has 86,400 seconds: `(peak / ratio).to(...)` converts for you.",
    ],
    also=["D7"],
)
def _mean(peak: Quantity, ratio: float) -> Judge:
    """Compute how many come in a day, from the peak and the ratio of peak to mean."""
    counted = format_unit(peak).split("/")[0]
    unit = f"{counted}/day"
    causes = {
        "That is a day at the peak: nights are quieter. Divide by the ratio of peak to mean.": peak,
        "The peak is above the mean: divide by the ratio, do not multiply.": peak * ratio,
        "Divided by the ratio twice.": peak / ratio**2,
    }
    if ratio == 1:
        causes = {}
    return Number(mean_rate(peak, ratio).to(unit), causes=causes)


@exercise(
    "R6.estimates",
    hints=[
        "Write the figures with their units first; the units tell whether to multiply or divide.",
        "Rates and sizes multiply; the peak is divided by its ratio to the mean; watch days.",
        "The formula of each stands under `spec.estimates` as text: read one, then do the others.",
    ],
    also=["D7"],
)
def _estimates(estimates: Sequence[Any], scale: Mapping[str, Any]) -> Judge:
    """Answer the case's questions of size, as a dictionary of quantities."""
    sheet = CapacitySheet()
    for name, figure in scale.items():
        sheet.line(name, figure.quantity)
    parts: dict[str, Judge] = {}
    for estimate in estimates:
        right = sheet.derive(f"result_of_{estimate.id}", estimate.formula, estimate.unit)
        parts[estimate.id] = Number(right, within=estimate.within)
    return All(parts)


@exercise(
    "R6.in_flight",
    hints=[
        "How many come while one is being answered?",
        "Little's law: number = rate × time.",
        "Mind the milliseconds: `(rate * time).to_reduced_units()` minds them for you.",
    ],
    also=["R10", "S1"],
)
def _in_flight(peak: Quantity, latency: Quantity) -> Judge:
    """Compute how many requests are under way at once, at the peak."""
    expected = in_flight(peak, latency)
    causes = {
        "That is the rate itself: how many come in a second, not how many are inside.": float(
            peak.magnitude
        ),
        "Divided instead of multiplied: the slower each is, the more are inside.": float(
            rate_through(peak * Q("1 s"), latency).magnitude
        ),
        "The time is in milliseconds and the rate in seconds: a factor of 1,000.": float(
            expected.magnitude * 1000
        ),
    }
    unit = expected.units
    return Number(expected, causes={says: value * unit for says, value in causes.items()})
