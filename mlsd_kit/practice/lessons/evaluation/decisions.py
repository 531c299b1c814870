"""Counts, F-score and threshold: E4, E5 and E6."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import confusion_matrix, fbeta_score

from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import Function, Values
from mlsd_kit.practice.verdicts import Judge


def _counts(y: np.ndarray, called: np.ndarray) -> dict[str, int]:
    tn, fp, fn, tp = confusion_matrix(y, called, labels=[0, 1]).ravel()
    return {"TP": int(tp), "FP": int(fp), "FN": int(fn), "TN": int(tn)}


@exercise(
    "E4.counts",
    hints=[
        "Positive or negative is what the model says; true or false is whether it is right.",
        "A false negative is an event (y = 1) below the threshold.",
        "`called = p >= threshold`, then count `called & (y == 1)` and the other three.",
    ],
)
def counts(y: np.ndarray, p: np.ndarray, threshold: float) -> Judge:
    """TP, FP, FN and TN of some rows, as a dictionary."""
    y, p = np.asarray(y), np.asarray(p)
    right = _counts(y, p >= threshold)
    return Values(
        right,
        causes={
            "FP and FN are exchanged: a false positive is called positive, and is none.": {
                **right, "FP": right["FN"], "FN": right["FP"],
            },
            "Positive and negative are exchanged: an event above the threshold is a TP.": {
                "TP": right["TN"], "TN": right["TP"], "FP": right["FN"], "FN": right["FP"],
            },
            "A row at the threshold itself is called positive (p ≥ threshold).": _counts(
                y, p > threshold
            ),
            "Those are shares; counts are wanted.": {k: v / len(y) for k, v in right.items()},
        },
    )  # fmt: skip


def _f_by_sklearn(tp: int, fp: int, fn: int, beta: float) -> float:
    y = np.repeat([1, 0, 1], [tp, fp, fn])
    called = np.repeat([1, 1, 0], [tp, fp, fn])
    return float(fbeta_score(y, called, beta=beta, zero_division=0.0))


def _weighted(tp: int, fp: int, fn: int, missed: float, false: float) -> float:
    return tp / (tp + missed * fn + false * fp) if tp else 0.0


def _mean_of_both(tp: int, fp: int, fn: int, beta: float) -> float:
    return (tp / (tp + fp) + tp / (tp + fn)) / 2 if tp else 0.0


@exercise(
    "E5.f_score",
    hints=[
        "Precision is TP / (TP + FP), recall TP / (TP + FN); the F-score is a harmonic mean.",
        "With β the recall counts β² times: (1 + β²) P R / (β² P + R).",
        "In counts: (1 + β²) TP / ((1 + β²) TP + β² FN + FP), and 0 without a TP.",
    ],
    also=["E4"],
)
def f_score() -> Judge:
    """The F-score from counts, with β for the weight of recall."""
    inputs = [(30, 10, 20, 1.0), (30, 10, 20, 2.0), (5, 45, 1, 0.5), (0, 3, 4, 1.0), (7, 0, 2, 3.0)]

    def squared(beta: float, fn_by_beta: bool) -> tuple[float, float]:
        part = beta**2 / (1 + beta**2)
        return (part, 1 - part) if fn_by_beta else (1 - part, part)

    return Function(
        _f_by_sklearn,
        inputs,
        causes={
            "β has no effect: that is F1 for every β.": lambda tp, fp, fn, beta: _weighted(
                tp, fp, fn, 0.5, 0.5
            ),
            "β is on the wrong side: a large β must make the misses (FN) count more.": (
                lambda tp, fp, fn, beta: _weighted(tp, fp, fn, *squared(beta, False))
            ),
            "β is squared in the formula: (1 + β²) P R / (β² P + R).": (
                lambda tp, fp, fn, beta: _weighted(
                    tp, fp, fn, beta / (1 + beta), 1 / (1 + beta)
                )
            ),
            "That is the plain mean of precision and recall. The harmonic mean is wanted: "
            "it is low when either is.": _mean_of_both,
        },
    )  # fmt: skip


@exercise(
    "E6.threshold",
    hints=[
        "At the threshold both decisions cost the same on average.",
        "Calling it an event costs (1 − p) · C_false, leaving it costs p · C_missed.",
        "Solve (1 − p) · C_false = p · C_missed for p.",
    ],
)
def threshold(cost_false: float, cost_missed: float) -> Judge:
    """The probability above which a row should be called an event."""
    both = cost_false + cost_missed
    return Number(
        cost_false / both,
        rtol=0.002,
        causes={
            "0.5 is right only when both mistakes cost the same.": 0.5,
            "Upside down: the dearer a missed event, the *lower* the threshold.": cost_missed
            / both,
            "That is the odds at which both cost the same. Odds o are the probability "
            "o / (1 + o).": cost_false / cost_missed,
        },
    )
