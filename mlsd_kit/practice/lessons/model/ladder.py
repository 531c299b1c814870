"""Rungs and what they cost: M1."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.models import smoothed_rates
from mlsd_kit.practice.choices import Choice
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge


@exercise(
    "M1.gain_share",
    hints=[
        "A gain is measured from the base rate, not from zero.",
        "Gain of a rung: loss of the base rate less loss of the rung.",
        "Divide the gain of one column's rates by the gain of the best rung.",
    ],
)
def gain_share(loss: Mapping[str, float]) -> Judge:
    """Which share of the best rung's gain over the base rate has the rule of one column?"""
    base, rule, best = loss["base rate"], loss["one column's rates"], min(loss.values())
    causes = {
        "That compares the losses themselves. Most of a loss is there whatever the model does: "
        "measure both from the base rate.": best / rule,
        "That is the gain itself, not a share of the best rung's gain.": base - rule,
        "That is what is left for the better models to gain.": (rule - best) / (base - best),
        "Upside down: the rule's gain over the best rung's.": (base - best) / (base - rule),
    }
    return Number((base - rule) / (base - best), rtol=0.01, causes=causes)


@exercise(
    "M1.smoothed_rates",
    hints=[
        "Imagine that every value starts with `smooth` rows which have the rate of all rows.",
        "(events + smooth · rate of all) / (rows + smooth), for each value.",
    ],
)
def rates_of_values() -> Judge:
    """A function (values, y, smooth) → {value: smoothed rate}: the rule that stands first."""
    inputs: list[tuple[Any, ...]] = [
        (["a", "a", "b", "b", "b"], [1, 0, 0, 0, 0], 2),
        (["x", "y", "y", "y"], [1, 1, 1, 0], 10),
        (["only"], [0], 1),
    ]

    def table(rate: Callable[[float, int, float, float], float]) -> Callable[..., Any]:
        def mistaken(values: list[str], y: list[int], smooth: float) -> dict[str, float]:
            labels: dict[str, list[int]] = {}
            for value, label in zip(values, y, strict=True):
                labels.setdefault(value, []).append(label)
            every = sum(y) / len(y)
            return {v: rate(sum(own), len(own), smooth, every) for v, own in labels.items()}

        return mistaken

    causes = {
        "Nothing is smoothed: a value that was seen once has the rate 0 or 1.": table(
            lambda k, n, smooth, rate: k / n
        ),
        "It is pulled to ½: an event is rare, so pull to the rate of all rows.": table(
            lambda k, n, smooth, rate: (k + smooth * 0.5) / (n + smooth)
        ),
        "It is pulled to 0: the rows of the prior have events too, smooth · rate of them.": table(
            lambda k, n, smooth, rate: k / (n + smooth)
        ),
        "The prior's rows are missing below the line: divide by rows + smooth.": table(
            lambda k, n, smooth, rate: (k + smooth * rate) / n
        ),
    }

    def reference(values: list[str], y: list[int], smooth: float) -> Any:
        return smoothed_rates(np.array(values), np.array(y), smooth)

    return Function(reference, inputs, causes=causes)


@exercise(
    "M1.under_budget",
    hints=[
        "First who is allowed at all, then who is best among them.",
        "The slow requests decide: compare `p95 (ms)` with the budget.",
        "Among the rungs within the budget: the one with the least loss.",
    ],
)
def under_budget(table: pd.DataFrame, budget_ms: float) -> Judge:
    """Which rung has the least loss among those whose p95 is within the budget, or "none"?"""
    fits = table["p95 (ms)"] <= budget_ms
    right = str(table.loc[fits, "loss"].idxmin()) if fits.any() else "none"
    wrong = {"none": "At least one rung is within the budget."}
    for name in map(str, table.index):
        if not fits[name]:
            wrong[name] = "Its p95 is above the budget: one request in twenty would be late."
        else:
            wrong[name] = "It is within the budget, but another that is so too has a lower loss."
    if fits.any():
        fastest = str(table["p95 (ms)"].idxmin())
        wrong[fastest] = "The fastest is not what is asked: within the budget, speed is not a goal."
    wrong.pop(right)
    return Choice(right, wrong, "A budget is a limit, not a goal: within it, quality decides.")


@exercise(
    "M1.training_cost",
    hints=[
        "How long does one training take at that speed? Rows over rows a second.",
        "Turn it to hours, times the price; and there is more than one training.",
        "rows / speed · price · trials",
    ],
    also=["M2"],
)
def training_cost(job: Mapping[str, Any]) -> Judge:
    """What does a night's search cost, in dollars?"""
    hours = job["rows"] / job["speed"]
    one = (hours * job["price"]).to("dollars")
    causes = {
        "That is one training; a search trains once for every trial.": one,
        "The price is for an hour and the speed for a second: convert one of them.": (
            one * job["trials"] * 3600
        ),
        "That is the search of a single night's hour: the rows are missing, or the speed.": (
            job["price"] * job["trials"] * type(hours)(1, "hour")
        ).to("dollars"),
    }
    return Number(one * job["trials"], causes=causes)
