"""The exercises of lesson 4, evaluation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix, fbeta_score, ndcg_score, roc_auc_score

from mlsd_kit.evaluation import Trial, sample_size
from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import Function, Values
from mlsd_kit.practice.verdicts import Judge, Verdict, kind_of, no_answer


@exercise(
    "E11.incomparable",
    hints=[
        "A protocol is what two runs must have in common; a trial is what may differ.",
        "Ask of each change: would the figure of the *same* model move?",
        "Three belong: two change the rows that are tested, one looks at the result first.",
    ],
    also=["E12"],
)
def incomparable() -> Judge:
    """Which changes make two runs incomparable?"""
    return Chosen(
        {
            "test period moved": "the same model scores otherwise on other days",
            "rows filtered before testing": "the easier rows are left",
            "seed chosen after the result": "the best of many draws is not a draw",
        },
        {
            "learning rate": "it is the trial's own choice, and both are tested alike.",
            "fewer training rows": "what a model is trained on is the trial's choice; "
            "the rows that it is tested on are the same.",
            "one feature more": "that is the change one wants to measure.",
        },
    )


@exercise(
    "E10.change",
    hints=[
        "`base.but(settings=…)` gives a changed copy; `base` itself stays.",
        "`settings` is replaced as a whole: start from `{**base.settings, …}`.",
        '`{**base.settings, "learning_rate": base.settings["learning_rate"] / 2, …}`, '
        "and the same for n_estimators times two.",
    ],
)
def change(base: Trial) -> Judge:
    """The same trial with half the learning rate and twice the trees."""
    settings = dict(base.settings)
    settings["learning_rate"] = settings["learning_rate"] / 2
    settings["n_estimators"] = settings["n_estimators"] * 2
    return _Changed(base, base.but(settings=settings))


class _Changed:
    def __init__(self, base: Trial, expected: Trial) -> None:
        self.base, self.expected = base, expected

    def __call__(self, answer: Any) -> Verdict:
        """The verdict."""
        if early := no_answer(answer):
            return early
        if not isinstance(answer, Trial):
            return Verdict(False, f"A trial is wanted, such as base.but(…), not {kind_of(answer)}.")
        if not (off := answer.difference(self.expected)):
            return Verdict(True, "Right: two values differ, and nothing else.")
        if not answer.difference(self.base):
            return Verdict(False, "Nothing is changed: `but` gives a copy, it does not change.")
        lost = [name for name, (mine, _) in off.items() if mine is None]
        if lost:
            return Verdict(
                False, f"{lost[0]} is gone: `settings` is replaced as a whole, start from the old."
            )
        name, (mine, wanted) = next(iter(off.items()))
        if not name.startswith("settings."):
            return Verdict(False, f"{name} has changed too: then you do not know what helped.")
        return Verdict(False, f"{name} is {mine}, not {wanted}.")


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


METRIC_REASONS = {
    "the value of p is used, not only its order": "the decision multiplies it by money",
    "it punishes a confident mistake": "a probability near 0 or 1 that is wrong costs most",
    "the true probability minimises it": "it is a proper score",
}


@exercise(
    "E1.metric",
    hints=[
        "What of the prediction does the decision use: its side of a threshold, its order, "
        "or its value?",
        "p × money is compared with money, so a p that is twice too high is a wrong decision.",
        "Of the metrics only log loss, normalised entropy and MSE notice the value of p.",
    ],
    also=["E9"],
)
def metric() -> Judge:
    """Metric and reasons, for a decision that compares p times money with money."""
    return All(
        {
            "metric": Choice(
                "log loss",
                {
                    "accuracy": "At rare events saying no to all wins by accuracy.",
                    "F1": "F1 is of one threshold, and values both mistakes by a formula that "
                    "knows nothing of the costs.",
                    "AUC": "AUC sees only the order: multiply every p by ten and it stays.",
                    "NDCG": "NDCG sees only the order within a list, most of all at its top.",
                },
                "A proper score of the probability itself; normalised entropy is the same "
                "divided by that of the base rate.",
            ),
            "because": Chosen(
                METRIC_REASONS,
                {
                    "it does not depend on the base rate": "log loss falls with the base rate: "
                    "that is why it is divided by the base rate's entropy.",
                    "it is easy to explain": "nothing of the decision follows from that.",
                },
            ),
        }
    )


def _undo(p: float, weight: float) -> float:
    odds = p / (1 - p) / weight
    return odds / (1 + odds)


@exercise(
    "E9.undo",
    hints=[
        "Weighting the events by w multiplies the *odds* p / (1 − p) by w.",
        "Divide the odds by w, then go back from odds to a probability: o / (1 + o).",
        "p / (p + w (1 − p)).",
    ],
)
def undo() -> Judge:
    """The probability without the weight that the events had in training."""
    return Function(
        _undo,
        [(0.5, 65.0), (0.9, 65.0), (0.2, 1.0), (0.01, 10.0), (0.7, 3.5)],
        causes={
            "The probability is divided by w. It is the odds that w multiplies; for a small p "
            "the two are alike, for p = 0.9 they are not.": lambda p, weight: p / weight,
            "The wrong way: the events counted w times, so the probabilities are too high.": (
                lambda p, weight: _undo(p, 1 / weight)
            ),
            "Those are the odds; one step is missing: o / (1 + o).": lambda p, weight: (
                p / (1 - p) / weight
            ),
        },
    )


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


def _dcg(gains: Any, k: int, discount: Callable[[np.ndarray], np.ndarray]) -> float:
    first = np.asarray(gains, dtype=float)[:k]
    return float(first @ (1 / discount(np.arange(1, len(first) + 1))))


def _log2(rank: np.ndarray) -> np.ndarray:
    return np.asarray(np.log2(rank + 1))


def _ndcg(gains: Any, k: int, discount: Callable[[np.ndarray], np.ndarray] = _log2) -> float:
    return _dcg(gains, k, discount) / _dcg(sorted(gains, reverse=True), k, discount)


def _ndcg_by_sklearn(gains: Any, k: int) -> float:
    return float(ndcg_score([gains], [-np.arange(len(gains))], k=k))


@exercise(
    "E8.ndcg",
    hints=[
        "DCG adds gain / log2(rank + 1) over the first k ranks, counted from 1.",
        "The ideal is the same sum for the gains in the best order.",
        "The best order is of *all* gains, `sorted(gains, reverse=True)`, and only then cut at k.",
    ],
)
def ndcg() -> Judge:
    """NDCG at k of one list, from its gains in the order shown."""
    inputs = [
        ([0.0, 1.0, 0.0, 1.0], 4),
        ([0.0, 1.0, 0.0, 1.0, 1.0], 2),
        ([3.0, 0.0, 2.0, 1.0], 3),
        ([1.0, 0.0, 0.0], 3),
    ]
    return Function(
        _ndcg_by_sklearn,
        inputs,
        causes={
            "That is DCG: divide it by the DCG of the best order.": lambda g, k: _dcg(g, k, _log2),
            "The ideal is made of the first k gains only: a list that shows none of the good "
            "ones must not look perfect.": lambda g, k: (
                _dcg(g, k, _log2) / (_dcg(sorted(g[:k], reverse=True), k, _log2) or 1.0)
            ),
            "There is no discount: a good row at rank k is worth less than at rank 1.": (
                lambda g, k: _ndcg(g, k, np.ones_like)
            ),
            "The discount is 1 / rank; NDCG takes 1 / log2(rank + 1), which falls more slowly.": (
                lambda g, k: _ndcg(g, k, lambda rank: rank)
            ),
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


@exercise(
    "E12.pick",
    hints=[
        "Which runs were tested alike? Filter before you sort.",
        "`table[table['protocol'] == protocol.id]`, then look at the log loss.",
        "`.sort_values('log loss').index[0]`.",
    ],
    also=["E11"],
)
def pick(table: pd.DataFrame, protocol: str) -> Judge:
    """The id of the run with the best log loss under the protocol."""
    alike = table[table["protocol"] == protocol]
    loss = alike["log loss"]
    reasons = {
        str(id): "There is a run with a lower log loss under this protocol." for id in loss.index
    }
    reasons |= {str(loss.idxmax()): "That is the worst: a lower log loss is better."}
    reasons |= {str(alike["AUC"].idxmax()): "That is the best by AUC; log loss is asked for."}
    reasons |= {
        str(id): "That run was made under another protocol: its rows are others, and so its "
        "log loss cannot be compared."
        for id in table.index.difference(alike.index)
    }
    for id in (best := loss.index[loss == loss.min()]):
        reasons.pop(str(id), None)
    choices = [Choice(str(id), reasons) for id in best]
    return lambda answer: next(
        (verdict for choice in choices if (verdict := choice(answer)).right), choices[0](answer)
    )
