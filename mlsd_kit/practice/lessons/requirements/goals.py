"""The goal and its guards: R1 and R2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlsd_kit.practice.choices import Choice
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge
from mlsd_kit.requirements import (
    effective_number,
)


@exercise(
    "R1.goal",
    hints=[
        "Two people who measure it have to get the same number.",
        "It is measured on what the product does, not on the model.",
    ],
)
def _goal() -> Judge:
    """Choose the goal that can be measured, and that the product is there for."""
    return Choice(
        "B",
        {
            "A": "Nobody can say when that is reached: there is no quantity in it.",
            "C": "That is a property of the model. It may rise while the product gets worse.",
            "D": "More data may help to reach a goal; it is not what the product is there for.",
        },
        "It is a quantity of the product, and any design can be judged by it.",
    )


def _shares(counts: Any) -> np.ndarray:
    array = np.asarray(counts, dtype=float)
    return array[array > 0] / array.sum()


@exercise(
    "R2.effective",
    hints=[
        "First make shares of the counts.",
        "The sum of the squared shares is the chance that two draws are of the same one.",
        "One over that sum.",
    ],
)
def _effective(counts: Sequence[float]) -> Judge:
    """Write the effective number 1 / Σ share² of a list of counts."""

    def reference(counts: Any) -> float:
        return effective_number(np.repeat(np.arange(len(counts)), counts))

    causes = {
        "That is how many there are: it does not see how unevenly.": lambda c: float(
            np.count_nonzero(c)
        ),
        "That is the sum of squared shares itself: turn it upside down.": lambda c: float(
            np.sum(_shares(c) ** 2)
        ),
        "The counts are squared before they are shares.": lambda c: float(
            1 / np.sum(np.square(np.asarray(c, dtype=float)))
        ),
        "That is the exponential of the entropy: a measure of the same, of order 1, not 2.": (
            lambda c: float(np.exp(-np.sum(_shares(c) * np.log(_shares(c)))))
        ),
        "Only the largest share is looked at.": lambda c: float(1 / _shares(c).max()),
    }
    inputs = [([9, 1],), ([5, 0, 5],), ([7, 2, 1],), (list(counts),)]
    return Function(reference, inputs, causes=causes)
