"""The exercises of lesson 4: what is right passes, and each typical mistake gets its own answer."""

import numpy as np
import pandas as pd

from mlsd_kit.evaluation import Trial
from mlsd_kit.practice import all_exercises, find_exercise
from tests.practice.exercise_tables import exercise_tests

TREES = {"learning_rate": 0.1, "n_estimators": 60, "num_leaves": 8}
BASE = Trial("boosted", ("age", "hour"), TREES)
SLOWER = {"learning_rate": 0.05, "n_estimators": 120}
ROWS = {
    "y": np.array([1, 1, 0, 0, 0, 1, 0, 0, 0, 0]),
    "p": np.array([0.9, 0.3, 0.3, 0.5, 0.8, 0.1, 0.1, 0.2, 0.1, 0.0]),
    "threshold": 0.3,
}
RUNS = pd.DataFrame(
    {
        "protocol": ["p1", "p1", "p1", "p1", "p2"],
        "log loss": [0.3, 0.2, 0.2, 0.6, 0.1],
        "AUC": [0.8, 0.7, 0.7, 0.6, 0.75],
    },
    index=["a", "b", "c", "d", "e"],
)
FLAW, FIX = "the threshold was made for another scale of scores", "calibrate the new scores on the"
METRIC = [
    "the value of p is used, not only its order",
    "it punishes a confident mistake",
    "the true probability minimises it",
]
LOOKS = "every look is another chance of a false alarm"
INSTEAD = [
    "an always-valid p-value",
    "alpha spent over planned looks",
    "read once, at the planned end",
]


def f_score(tp, fp, fn, beta):
    return (1 + beta**2) * tp / ((1 + beta**2) * tp + beta**2 * fn + fp)


def f_of_parts(weigh):
    """An F-score from precision and recall, as a learner may write it."""

    def score(tp, fp, fn, beta):
        return weigh(tp / (tp + fp), tp / (tp + fn), beta) if tp else 0.0

    return score


def pairs(y, p, tie=0.5):
    won = sum(
        (a > b) + tie * (a == b)
        for a, is_a in zip(p, y, strict=True)
        for b, is_b in zip(p, y, strict=True)
        if is_a == 1 and is_b == 0
    )
    return won / (sum(y) * (len(y) - sum(y)))


def dcg(gains, k, shift=1):
    return sum(g / np.log2(rank + shift) for rank, g in enumerate(gains[:k], start=1))


def ndcg(gains, k):
    return dcg(gains, k) / dcg(sorted(gains, reverse=True), k)


def nothing(*arguments):
    return None


# exercise: given, right answer, stub, (wrong answer, what is said of it) …
EXERCISES = {
    "E11.incomparable": (
        {},
        ["test period moved", "rows filtered before testing", "seed chosen after the result"],
        ...,
        [
            (["test period moved", "learning rate"], "the trial's own choice"),
            (["fewer training rows"], "the rows that it is tested on are the same"),
            (["one feature more"], "the change one wants to measure"),
            (["test period moved"], "2 more belong to them"),
        ],
    ),
    "E10.change": (
        {"base": BASE},
        BASE.but(settings={**TREES, **SLOWER}),
        ...,
        [
            (BASE, "Nothing is changed"),
            (BASE.but(settings=SLOWER), "settings.num_leaves is gone"),
            (
                BASE.but(settings={**TREES, "learning_rate": 0.2, "n_estimators": 120}),
                "settings.learning_rate is 0.2, not 0.05",
            ),
            (
                BASE.but(settings={**TREES, **SLOWER}, train_share=0.5),
                "train_share has changed too",
            ),
            ({**TREES, **SLOWER}, "not a dictionary"),
        ],
    ),
    "E4.counts": (
        ROWS,
        {"TP": 2, "FP": 3, "FN": 1, "TN": 4},
        ...,
        [
            ({"TP": 2, "FP": 1, "FN": 3, "TN": 4}, "FP and FN are exchanged"),
            ({"TP": 4, "FP": 1, "FN": 3, "TN": 2}, "Positive and negative are exchanged"),
            ({"TP": 1, "FP": 2, "FN": 2, "TN": 5}, "at the threshold itself"),
            ({"TP": 0.2, "FP": 0.3, "FN": 0.1, "TN": 0.4}, "Those are shares"),
        ],
    ),
    "E5.f_score": (
        {},
        f_score,
        nothing,
        [
            (lambda tp, fp, fn, beta: f_score(tp, fp, fn, 1.0), "β has no effect"),
            (lambda tp, fp, fn, beta: f_score(tp, fp, fn, 1 / beta), "β is on the wrong side"),
            (
                f_of_parts(lambda p, r, beta: (1 + beta) * p * r / (beta * p + r)),
                "β is squared in the formula",
            ),
            (f_of_parts(lambda p, r, beta: (p + r) / 2), "the plain mean"),
            (
                lambda tp, fp, fn, beta: 2 / ((tp + fp) / tp + (tp + fn) / tp),
                "raises ZeroDivisionError",
            ),
        ],
    ),
    "E6.threshold": (
        {"cost_false": 0.005, "cost_missed": 0.5},
        0.005 / 0.505,
        ...,
        [
            (0.5, "only when both mistakes cost the same"),
            (0.5 / 0.505, "Upside down"),
            (0.01, "That is the odds"),
            (0.05, "The order of magnitude"),
        ],
    ),
    "E1.metric": (
        {},
        {"metric": "log loss", "because": METRIC},
        ...,
        [
            ({"metric": "accuracy", "because": METRIC}, "saying no to all wins"),
            ({"metric": "AUC", "because": METRIC}, "multiply every p by ten and it stays"),
            ({"metric": "F1", "because": METRIC}, "knows nothing of the costs"),
            ({"metric": "NDCG", "because": METRIC}, "the order within a list"),
            (
                {
                    "metric": "log loss",
                    "because": [*METRIC, "it does not depend on the base rate"],
                },
                "log loss falls with the base rate",
            ),
            ({"metric": "log loss", "because": METRIC[:1]}, "2 more belong"),
        ],
    ),
    "E9.undo": (
        {},
        lambda p, weight: p / (p + weight * (1 - p)),
        nothing,
        [
            (lambda p, weight: p / weight, "It is the odds that w multiplies"),
            (lambda p, weight: weight * p / (weight * p + 1 - p), "The wrong way"),
            (lambda p, weight: p / (1 - p) / weight, "Those are the odds"),
        ],
    ),
    "E7.auc": (
        {},
        pairs,
        nothing,
        [
            (lambda y, p: pairs(y, p, 0), "Equal scores count as lost"),
            (lambda y, p: pairs(y, p, 1), "Equal scores count as won"),
            (lambda y, p: pairs(1 - y, p), "Upside down"),
            (lambda y, p: np.mean((p >= 0.5) == y), "That is accuracy"),
        ],
    ),
    "E7.rows": (
        {"estimate": 0.005, "low": -0.005, "high": 0.015},
        4.0,
        ...,
        [
            (2.0, "Not squared"),
            (16.0, "takes the whole width"),
            (0.25, "a smaller estimate needs more rows"),
            (8.2, "too large"),
        ],
    ),
    "E8.ndcg": (
        {},
        ndcg,
        nothing,
        [
            (dcg, "That is DCG"),
            (
                lambda g, k: dcg(g, k) / (dcg(sorted(g[:k], reverse=True), k) or 1),
                "made of the first k gains only",
            ),
            (lambda g, k: sum(g[:k]) / sum(sorted(g, reverse=True)[:k]), "There is no discount"),
            (
                lambda g, k: (
                    sum(x / (i + 1) for i, x in enumerate(g[:k]))
                    / sum(x / (i + 1) for i, x in enumerate(sorted(g, reverse=True)[:k]))
                ),
                "The discount is 1 / rank",
            ),
            (lambda g, k: ndcg(g, k) + 0.1, "Right for 0 of 4 inputs"),
        ],
    ),
    "E3.release": (
        {},
        {"flaw": FLAW, "fix": f"{FIX} choosing rows"},
        ...,
        [
            (
                {"flaw": "the new model ranks worse", "fix": f"{FIX} choosing rows"},
                "says otherwise",
            ),
            ({"flaw": "AUC was computed wrongly", "fix": "keep the old model"}, "see the scale"),
            ({"flaw": FLAW, "fix": f"{FIX} test rows"}, "have been chosen on"),
            ({"flaw": FLAW, "fix": "keep the old model"}, "a better order is thrown away"),
            ({"flaw": FLAW, "fix": "release it: the stage got better"}, "The whole loses money"),
        ],
    ),
    "E2.size": (
        {"rate": 0.03, "lift": 0.05},
        16 * 0.03 * 0.97 / 0.0015**2,
        ...,
        [
            (32 * 0.03 * 0.97 / 0.0015**2, "both arms together"),
            (16 * 0.03 * 0.97 / 0.0015, "δ is not squared"),
            (16 * 0.03 * 0.97 / 0.05**2, "The lift is relative"),
            (16 / 0.0015**2, "The spread of a rate is p (1 − p)"),
        ],
    ),
    "E2.peeking": (
        {},
        {"flaw": LOOKS, "instead": INSTEAD},
        ...,
        [
            ({"flaw": "0.05 is too strict", "instead": INSTEAD}, "too lax"),
            (
                {"flaw": "the sample is too small for a p-value", "instead": INSTEAD},
                "At its planned end",
            ),
            (
                {"flaw": LOOKS, "instead": ["stop at the first p < 0.01"]},
                "the chances still add up",
            ),
            ({"flaw": LOOKS, "instead": ["test on until p < 0.05"]}, "sooner or later"),
            ({"flaw": LOOKS, "instead": INSTEAD[:2]}, "1 more belongs"),
        ],
    ),
    "E12.pick": (
        {"table": RUNS, "protocol": "p1"},
        "c",
        ...,
        [
            ("e", "made under another protocol"),
            ("a", "the best by AUC"),
            ("d", "a lower log loss is better"),
            ("x", "none of the options"),
        ],
    ),
}


def test_every_exercise_of_the_stage_is_here():
    assert {id for id, e in all_exercises().items() if e.stage == "evaluation"} == set(EXERCISES)


test_right, test_unanswered, test_mistakes = exercise_tests(EXERCISES)


def test_of_two_equally_good_runs_either_is_right():
    judge = find_exercise("E12.pick").judge_of({"table": RUNS, "protocol": "p1"})
    assert judge("b").right
    assert judge("c").right
    assert "no answer yet" in judge(None).says
