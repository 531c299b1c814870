"""The base rate, and what resampling does to probabilities: D3."""

from __future__ import annotations

from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge


@exercise(
    "D3.rows",
    hints=[
        "The standard error of a share p from n rows is √(p (1 − p) / n).",
        "95 % is 1.96 standard errors to each side; that is to be 10 % of p, not 0.1.",
        "n = 1.96² · (1 − p) / (0.1² · p).",
    ],
)
def rows(base_rate: float) -> Judge:
    """How many labelled rows until the base rate is known to ± 10 % of itself (95 %)?"""
    p, n = base_rate, 1.96**2 * (1 - base_rate) / (0.01 * base_rate)
    return Number(
        n,
        rtol=0.05,
        causes={
            "That many positives are needed; most rows are none, so divide by the base rate.": n
            * p,
            "Ten percentage points are wider than the rate itself; wanted are 10 % of the rate.": (
                1.96**2 * p * (1 - p) / 0.01
            ),
            "That is one standard error; 95 % takes 1.96 of them, and it counts squared.": n
            / 1.96**2,
            "That is for a share of one half; a rare event needs more rows for the same relative "
            "precision.": 1.96**2 * 0.25 / 0.01,
        },
    )


@exercise(
    "D3.correct",
    hints=[
        "Leaving out negatives multiplies the odds of every row by the same factor.",
        "Divide the odds by the factor (trained / (1 − trained)) / (true / (1 − true)).",
        "`odds = p / (1 - p) * (true / (1 - true)) / (trained / (1 - trained))`, and back: "
        "`odds / (1 + odds)`.",
    ],
)
def correct() -> Judge:
    """Code the correction of a probability after resampling to another base rate."""

    def odds(p: float) -> float:
        return p / (1 - p)

    def right(p: float, trained: float, true: float) -> float:
        # Bayes' rule by the likelihood ratio that both worlds share
        ratio = p * (1 - trained) / ((1 - p) * trained)
        return ratio * true / (ratio * true + 1 - true)

    return Function(
        right,
        [(0.5, 0.5, 0.02), (0.9, 0.5, 0.02), (0.2, 0.3, 0.01)],
        causes={
            "Scaling the probability is right only for small ones: scale the odds.": (
                lambda p, a, b: p * b / a
            ),
            "Those are the odds: turn them back into a probability.": (
                lambda p, a, b: odds(p) * odds(b) / odds(a)
            ),
            "The wrong way round: the factor has to take the probability down to the true rate.": (
                lambda p, a, b: right(p, b, a)
            ),
            "Shifting the probability by the difference of the rates leaves the interval from "
            "0 to 1.": lambda p, a, b: p - (a - b),
        },
        rtol=1e-4,
    )
