"""What a search buys: M2."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlsd_kit.models import trials_needed
from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge


@exercise(
    "M2.trials_needed",
    hints=[
        "Ask for the opposite: how likely is it that all n trials miss?",
        "All miss with probability 0.95ⁿ, and that has to be at most 0.05.",
        "n = log(0.05) / log(0.95), rounded up.",
    ],
)
def random_trials() -> Judge:
    """How many random trials, for one among the best 5 % of the space with 95 % confidence?"""
    causes = {
        "That many trials hit the best 5 % once on average; in more than a third of such searches "
        "they miss.": 20,
        "With that many trials the chance is only about one half: 1 − 0.95ⁿ ≥ 0.5.": 14,
        "That is for 99 % confidence.": trials_needed(0.05, 0.99),
        "That is for the best 1 % of the space.": trials_needed(0.01),
        "That is 95 of 100 trials, not a probability: how likely do all n trials miss?": 95,
    }
    return Number(trials_needed(0.05), rtol=0.009, causes=causes)


@exercise(
    "M2.early_stop",
    hints=[
        "Keep two things: the round of the best loss so far, and how long ago that was.",
        "Stop when `patience` rounds in a row brought no new best, and return the best round.",
    ],
)
def early_stop() -> Judge:
    """A function (losses, patience) → the round to keep, counted from 1."""
    inputs: list[tuple[Any, ...]] = [
        ([5.0, 4.0, 3.0, 3.5, 3.2, 3.4, 2.0, 1.0], 3),
        ([5.0, 4.0, 4.5, 4.2, 3.0, 3.1], 3),
        ([3.0, 2.0, 1.0], 2),
        ([1.0, 2.0, 3.0, 0.5, 0.6, 0.7, 0.8, 0.2], 2),
        ([4.0, 5.0, 3.0, 3.2], 1),
    ]

    def kept(losses: list[float], patience: int) -> tuple[int, int]:
        best = 0
        for i, loss in enumerate(losses):
            if loss < losses[best]:
                best = i
            elif i - best >= patience:
                return best, i
        return best, len(losses) - 1

    def rises(losses: list[float], patience: int) -> int:
        worse = 0
        for i in range(1, len(losses)):
            worse = worse + 1 if losses[i] > losses[i - 1] else 0
            if worse >= patience:
                return i + 1 - patience
        return int(np.argmin(losses)) + 1

    causes = {
        "That is the round at which it stops; the model of the best round is kept.": (
            lambda losses, patience: kept(losses, patience)[1] + 1
        ),
        "That is the best of all rounds: whoever stops early never sees the later ones.": (
            lambda losses, patience: int(np.argmin(losses)) + 1
        ),
        "The rounds are counted from 1.": lambda losses, patience: kept(losses, patience)[0],
        "It waits a round too long: stop after exactly `patience` rounds without a new best.": (
            lambda losses, patience: kept(losses, patience + 1)[0] + 1
        ),
        "It compares with the round before; compare with the best so far.": rises,
    }
    return Function(lambda losses, patience: kept(losses, patience)[0] + 1, inputs, causes=causes)


@exercise(
    "M2.report",
    hints=[
        "The best of twenty throws of a die is not what the next throw will be.",
        "Which rows have had no say in any choice so far?",
    ],
)
def what_to_report() -> Judge:
    """After a search: which loss do you report, and why?"""
    number = Choice(
        "test rows, once",
        {
            "best trial, validation rows": "It was chosen because it was low on these rows: part "
            "of that is luck, and more trials make more of it.",
            "mean of all trials": "That is the loss of a model chosen blindly, which nobody ships.",
            "training rows": "The model was fitted to them: the most flexible one would look best.",
        },
        "The test rows had no say in any choice, so their loss is an honest estimate, once.",
    )
    why = Chosen(
        {
            "the best of many is lucky on its rows": "",
            "the test rows had no say in a choice": "",
        },
        {
            "the test rows are more": "Their number sets the width of the interval, not its bias.",
            "validation rows are trained on": "No trial trains on them; they are used to choose.",
        },
    )
    return All({"report": number, "why": why})
