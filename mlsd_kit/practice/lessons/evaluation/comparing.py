"""Better or lucky, part or whole, offline or online: E2, E3 and E7."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from mlsd_kit.evaluation import sample_size
from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge


def _pairs(y: Any, p: Any, tie: float) -> float:
    y, p = np.asarray(y), np.asarray(p, dtype=float)
    gap = p[y == 1][:, None] - p[y == 0][None, :]
    return float(((gap > 0) + tie * (gap == 0)).mean())


@exercise(
    "E7.auc",
    hints=[
        "AUC is the share of pairs (an event, a non-event) in which the event has the "
        "higher score.",
        "A pair with equal scores counts half.",
        "`gap = p[y == 1][:, None] - p[y == 0][None, :]` has all pairs.",
    ],
    also=["E6"],
)
def auc() -> Judge:
    """The AUC as a share of pairs."""
    rng = np.random.default_rng(4)
    y = (np.arange(40) % 5 == 0).astype(int)
    inputs = [
        (np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])),
        (np.array([1, 0, 0, 1]), np.array([0.5, 0.5, 0.2, 0.5])),
        (y, np.round(rng.normal(size=40) + y, 1)),
    ]
    return Function(
        lambda y, p: float(roc_auc_score(y, p)),
        inputs,
        causes={
            "Equal scores count as lost; they count half.": lambda y, p: _pairs(y, p, 0.0),
            "Equal scores count as won; they count half.": lambda y, p: _pairs(y, p, 1.0),
            "Upside down: the event should have the *higher* score.": lambda y, p: (
                1 - _pairs(y, p, 0.5)
            ),
            "That is accuracy at 0.5; AUC needs no threshold.": lambda y, p: float(
                ((p >= 0.5) == y).mean()
            ),
        },
    )


@exercise(
    "E7.rows",
    hints=[
        "How does the half width of an interval depend on the number of rows?",
        "It falls with the square root: four times the rows, half the width.",
        "(half width / |estimate|)².",
    ],
)
def rows(estimate: float, low: float, high: float) -> Judge:
    """How many times the rows until the interval of the same estimate leaves out zero."""
    half = (high - low) / 2
    ratio = half / abs(estimate)
    return Number(
        ratio**2,
        rtol=0.03,
        causes={
            "Not squared: the width falls with the *square root* of the rows.": ratio,
            "That takes the whole width; half of it lies on each side.": (2 * ratio) ** 2,
            "Upside down: a smaller estimate needs more rows, not fewer.": ratio**-2,
        },
    )


@exercise(
    "E3.release",
    hints=[
        "What does the threshold take the score for?",
        "AUC does not change when every score is pushed up; what the threshold does changes.",
        "Either the score or the threshold has to be fitted again, on rows that are not the "
        "test's.",
    ],
    also=["E6", "E9"],
)
def release() -> Judge:
    """What went wrong, and what to do about it."""
    return All(
        {
            "flaw": Choice(
                "the threshold was made for another scale of scores",
                {
                    "the new model ranks worse": "Its AUC says otherwise: the order is better.",
                    "the test sample is too small": "The interval of the cost leaves out zero.",
                    "AUC was computed wrongly": "It was not: it does not see the scale.",
                },
            ),
            "fix": Choice(
                "calibrate the new scores on the choosing rows",
                {
                    "calibrate the new scores on the test rows": "Then the test rows have been "
                    "chosen on, and say nothing of the next release.",
                    "keep the old model": "Then a better order is thrown away.",
                    "release it: the stage got better": "The whole loses money.",
                },
                "And test the whole in every release, not only the part that was changed.",
            ),
        }
    )


@exercise(
    "E2.size",
    hints=[
        "The rule of thumb for 80 % power at 5 %: n = 16 σ² / δ² in each arm.",
        "Of a rate p, σ² is p (1 − p). δ is the *absolute* difference: lift × p.",
        "16 · rate · (1 − rate) / (lift · rate)².",
    ],
)
def size(rate: float, lift: float) -> Judge:
    """Decisions in each arm of an A/B test that finds the lift with 80 % power."""
    right = sample_size(rate, lift)
    return Number(
        right,
        within=1.25,
        causes={
            "That is both arms together; each arm is asked for.": 2 * right,
            "δ is not squared.": 16 * rate * (1 - rate) / abs(lift * rate),
            "The lift is relative: the absolute difference is lift × rate.": 16
            * rate
            * (1 - rate)
            / lift**2,
            "The spread of a rate is p (1 − p), not 1: this is the size for a mean with "
            "spread 1.": 16 / (lift * rate) ** 2,
        },
    )


@exercise(
    "E2.peeking",
    hints=[
        "What is the chance that *at least one* of many looks shows p < 0.05 without an effect?",
        "A bound for many looks has to be higher, at least for the early ones.",
        "Two remedies: a bound that holds at every look, or a plan of looks that shares out α.",
    ],
    also=["E11"],
)
def peeking() -> Judge:
    """The flaw in an A/B test that was stopped early, and what would have been right."""
    return All(
        {
            "flaw": Choice(
                "every look is another chance of a false alarm",
                {
                    "the sample is too small for a p-value": "At its planned end the test is "
                    "sound with this sample.",
                    "0.05 is too strict": "It is too lax here: the looks add up.",
                    "the arms are not the same size": "They are.",
                },
            ),
            "instead": Chosen(
                {
                    "an always-valid p-value": "it holds whenever one stops",
                    "alpha spent over planned looks": "the looks together have 5 %",
                    "read once, at the planned end": "one look, one chance",
                },
                {
                    "stop at the first p < 0.01": "the chances still add up with every look, "
                    "from a smaller start.",
                    "test on until p < 0.05": "without an effect that comes sooner or later.",
                },
            ),
        }
    )
