"""False alarms, window size, a fault's symptoms and the fairness gate: P7 and P8."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from mlsd_kit.practice.choices import Choice
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import Values
from mlsd_kit.practice.verdicts import Judge

MINUTES_A_WEEK = 7 * 24 * 60


@exercise(
    "P7.alarms",
    hints=[
        "First: the chance that one window is in alarm. It is in alarm when any feature is.",
        "No feature in alarm: (1 − level) to the power of the number of features.",
        "A week has 7 · 24 · 60 minutes; count its windows and multiply.",
    ],
)
def alarms(level: float, features: int, minutes: float) -> Judge:
    """Windows in alarm in a week without drift, from a level for each feature."""
    windows = MINUTES_A_WEEK / minutes
    one_window = float(stats.binom.sf(0, features, level))
    return Number(
        windows * one_window,
        rtol=0.005,
        causes={
            "That is for one feature: each of the others can ring as well.": windows * level,
            "That counts alarms of features. A window with two of them is one window in alarm: "
            "1 − (1 − level)^features.": windows * level * features,
            "That is for a day; a week is asked for.": windows / 7 * one_window,
            "That is the chance of one window; how many windows has a week?": one_window,
            "Those are the windows that are *not* in alarm.": windows * (1 - one_window),
        },
    )


def _rows(mean: float, sd: float, shift: float, alpha: float, power: float) -> float:
    z = stats.norm.isf(alpha / 2) + stats.norm.isf(1 - power)
    return float((z * sd / (shift * mean)) ** 2)


@exercise(
    "P7.window",
    hints=[
        "The mean of n rows has a standard error of sd / √n; how many of them must the shift be?",
        "z for the level (two-sided: 1 − alpha / 2) plus z for the power, both from the normal.",
        "n = ((z_alpha + z_power) · sd / (shift · mean))².",
    ],
)
def window(mean: float, sd: float, shift: float, alpha: float, power: float) -> Judge:
    """Rows that a window needs for a relative shift of the mean to be seen."""
    return Number(
        _rows(mean, sd, shift, alpha, power),
        rtol=0.01,
        causes={
            "The shift is relative: the difference to be seen is shift · mean.": _rows(
                1.0, sd, shift, alpha, power
            ),
            "Without the z of the power the shift is seen in half of the windows only.": _rows(
                mean, sd, shift, alpha, 0.5
            ),
            "That is one-sided: a fall and a rise are both to be seen, alpha / 2 each.": _rows(
                mean, sd, shift, 2 * alpha, power
            ),
            "Not squared: the standard error falls with the root of n.": _rows(
                mean, sd, shift, alpha, power
            )
            ** 0.5,
            "The reference is taken to be as noisy as the window; here it is far larger.": 2
            * _rows(mean, sd, shift, alpha, power),
        },
    )


@exercise(
    "P7.fault",
    hints=[
        "Compare row by row of the table: what stayed as it was, and what did not?",
        "count: are values missing? distinct: does it still vary? zeros: is it at its default?",
        "When every quantile is the same multiple of the usual, what has happened to all values?",
    ],
    also=["R5"],
)
def fault(before: pd.Series, after: pd.Series) -> Judge:
    """What happened to a feature, from what its values were and are."""
    right = _fault(before, after)
    reasons = {
        "default": "A failed look-up gives one value, zero or empty, in most of the rows: "
        "look at the zeros.",
        "missing": "Missing values are not counted: look at the count.",
        "constant": "A constant has one distinct value, and a standard deviation of 0.",
        "unit": "Another unit multiplies every quantile by the same factor.",
        "shuffled": "Shuffling changes nothing in the table: each row of it stays as it was.",
    }
    because = {
        "unit": "All quantiles are multiplied by one factor, and as many values are distinct.",
        "shuffled": "The table is the same: only which row has which value has changed.",
    }
    wrong = {name: why for name, why in reasons.items() if name != right}
    return Choice(right, wrong, because.get(right, reasons[right]))


def _fault(before: pd.Series, after: pd.Series) -> str:
    a, b = before.to_numpy(dtype=float), after.to_numpy(dtype=float)
    if np.isnan(b).sum() > np.isnan(a).sum():
        return "missing"
    if (b == 0).sum() > (a == 0).sum():
        return "default"
    if len(np.unique(b)) == 1:
        return "constant"
    return "shuffled" if np.array_equal(np.sort(a), np.sort(b)) else "unit"


@exercise(
    "P8.gate",
    hints=[
        "The gap alone decides nothing: where does its interval lie, beside the bound?",
        "All of it below the bound: promote. All of it above: refuse.",
        "The bound inside the interval: the data allow both, so they do not tell.",
    ],
)
def gate(table: pd.DataFrame, bound: float) -> Judge:
    """Decisions on candidates, from the interval of each one's largest gap."""
    right = _by_interval(table, bound)
    point = ["promote" if gap <= bound else "refuse" for gap in table["gap"]]
    careless = ["refuse" if low > bound else "promote" for low in table["low"]]
    strict = ["promote" if high <= bound else "refuse" for high in table["high"]]
    zero = [
        "promote" if low <= 0 else "refuse" if low > bound else "not enough data"
        for low in table["low"]
    ]
    causes = {
        "That goes by the gap alone. An interval that reaches over the bound allows both.": point,
        "What is not shown to be unfair is not thereby shown to be fair: with few rows nothing "
        "would ever be refused.": careless,
        "An interval that reaches below the bound is no proof of unfairness: ask for more rows, "
        "do not blame the model.": strict,
        "An interval that holds 0 says that a gap is not proven. The question is whether it is "
        "below the bound.": zero,
    }
    return Values(right, causes={says: v for says, v in causes.items() if v != right})


def _by_interval(table: pd.DataFrame, bound: float) -> list[str]:
    ends_below = (table[["low", "high"]] <= bound).sum(axis=1)
    return ends_below.map({0: "refuse", 1: "not enough data", 2: "promote"}).tolist()
