"""Is what is served what was trained? P5, P6 and P9."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.preprocessing import OneHotEncoder

from mlsd_kit.practice.choices import Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge

Words = Sequence[str | None]


def _by_sklearn(words: Words, known: Sequence[str]) -> list[list[int]]:
    encoder = OneHotEncoder(categories=[list(known)], handle_unknown="ignore", sparse_output=False)
    encoder.fit([[word] for word in known])
    return encoder.transform([[word] for word in words]).astype(int).tolist()


def _of_the_words_at_hand(words: Words, known: Sequence[str]) -> list[list[int]]:
    found = sorted({word for word in words if word is not None})
    return [[int(word == other) for other in found] for word in words]


def _dropping_the_unseen(words: Words, known: Sequence[str]) -> list[list[int]]:
    return [[int(word == other) for other in known] for word in words if word in known]


def _unseen_as_the_last(words: Words, known: Sequence[str]) -> list[list[int]]:
    last = known[-1]
    return [[int((word if word in known else last) == k) for k in known] for word in words]


def _as_codes(words: Words, known: Sequence[str]) -> list[int]:
    return [list(known).index(word) if word is not None and word in known else -1 for word in words]


def _one_less(words: Words, known: Sequence[str]) -> list[list[int]]:
    return [row[1:] for row in _by_sklearn(words, known)]


@exercise(
    "P5.one_hot",
    hints=[
        "A column for each known category, in their order, whatever words come in.",
        "An unseen word and a missing one are none of the known ones: a row of zeros.",
        "`[[int(word == k) for k in known] for word in words]`",
    ],
)
def one_hot() -> Judge:
    """Write the one-hot features of some words, for categories that training has fixed."""
    known = ["app", "phone", "web"]
    inputs = [
        (["web", "phone", "app"], known),
        (["phone"], known),
        (["tv", "app"], known),
        ([None, "web"], known),
        (["b", "a"], ["b", "a"]),
    ]
    return Function(
        _by_sklearn,
        inputs,
        causes={
            "The columns are those of the words at hand: a single request would have one column.": (
                _of_the_words_at_hand
            ),
            "A row is lost where the word is unseen or missing: who asked gets no prediction.": (
                _dropping_the_unseen
            ),
            "An unseen word is counted as the last category: a zero everywhere says that it is "
            "none of them.": _unseen_as_the_last,
            "Those are codes. They put the categories in an order that they do not have; a column "
            "for each is wanted.": _as_codes,
            "One column too few: without the first, an unseen word looks like the first.": (
                _one_less
            ),
        },
    )


@exercise(
    "P6.tolerance",
    hints=[
        "float32 keeps about seven digits, wherever the point stands.",
        "Near 1 neighbours are 1.2e-7 apart; near a larger number as many times more.",
        "`np.spacing(np.float32(score))`",
    ],
)
def tolerance(score: float) -> Judge:
    """The gap between neighbouring float32 numbers at a score: no tolerance may be below it."""
    gap = float(np.spacing(np.float32(score)))
    return Number(
        gap,
        rtol=0.01,
        causes={
            "That is the gap at 1. It grows with the number.": float(np.finfo(np.float32).eps),
            "That is the gap of float64; the exported model computes in float32.": float(
                np.spacing(score)
            ),
            "That is half of it, the largest error of rounding; two neighbours are a whole gap "
            "apart.": gap / 2,
            "1e-5 suits probabilities. Scores of this size cannot be told apart so finely.": 1e-5,
            "Close: the relative gap times the score. Gaps only double at powers of two, so take "
            "it from the number itself.": float(np.finfo(np.float32).eps) * score,
        },
    )


@exercise(
    "P9.notices",
    hints=[
        "The holdout has raw features and expected predictions of fixed rows.",
        "It sees what changes the way from these features to a prediction, and nothing else.",
        "Three of them happen after the model was exported and before it answers.",
    ],
    also=["P6"],
)
def notices() -> Judge:
    """Which mistakes does a holdout notice that travels with the model and is scored again?"""
    return Chosen(
        {
            "another model file was put in": "its predictions for the same rows are others",
            "a new runtime computes a step differently": "the same rows get other predictions",
            "the export lost the handling of unseen categories": "if the rows have some",
        },
        {
            "a feature arrives in another unit": "the holdout brings features of its own, that "
            "never pass through the product's pipeline. Parity on live rows sees it.",
            "people behave otherwise than last month": "its rows are as old as the model. "
            "Monitoring with new labels sees it.",
            "a feature leaked the label in training": "the expected predictions are the leaking "
            "model's own. Only a test on later data sees it.",
        },
    )
