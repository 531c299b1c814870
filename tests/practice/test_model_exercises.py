"""Each exercise of the lesson on models: the right answer passes, wrong ones are told apart."""

import numpy as np
import pandas as pd

from mlsd_kit.models import BUGS, plant
from mlsd_kit.practice import all_exercises
from mlsd_kit.practice.exercises import find_exercise
from mlsd_kit.units import Q
from tests.practice.exercise_tables import exercise_tests

LOSS = {"base rate": 1.0, "one column's rates": 0.96, "logistic": 0.92, "trees": 0.90}
COSTS = pd.DataFrame(
    {"p95 (ms)": [1.0, 20.0, 30.0, 90.0], "loss": [1.0, 0.93, 0.92, 0.90]},
    index=["base rate", "rates", "logistic", "trees"],
)
JOB = {
    "rows": Q(1e9, "rows"),
    "speed": Q(1e5, "rows/s"),
    "price": Q(0.5, "dollars/hour"),
    "trials": 12,
}
CURVES = {
    "A": pd.DataFrame({"training": [0.94], "validation": [0.95]}),
    "B": pd.DataFrame({"training": [0.66], "validation": [0.94]}),
    "C": pd.DataFrame({"training": [0.76], "validation": [0.77]}),
}
SLICES = pd.DataFrame(
    {"excess": [0.3, 0.2, 0.1], "low": [-0.1, 0.12, 0.05]}, index=["tiny", "web", "video"]
)
CHECK_FOR = {
    "target leak": "AUC of each column alone",
    "shuffled labels": "scores against permuted labels",
    "shifted feature": "training against test distribution",
    "train-serving skew": "offline against served values",
    "duplicated rows": "rows of the test in training",
}


def rates(pull, below):
    def function(values, y, smooth):
        found = {}
        for value in set(values):
            own = [label for v, label in zip(values, y, strict=True) if v == value]
            prior = pull(y) * smooth
            found[value] = (sum(own) + prior) / (len(own) + below * smooth)
        return found

    return function


def mean(y):
    return sum(y) / len(y)


def stops(losses, patience):
    best = 0
    for i, loss in enumerate(losses):
        if loss < losses[best]:
            best = i
        elif i - best >= patience:
            return best + 1, i + 1
    return best + 1, len(losses)


def tuples(frame):
    return list(frame.itertuples(index=False, name=None))


def copied(train, test):
    return sum(row in set(tuples(train)) for row in tuples(test)) / len(test)


def named(order, last="nothing", too_good=0.9):
    def function(figures):
        fall = figures["alone"] - figures["alone_served"]
        traces = {
            "target leak": figures["alone"] > too_good and fall > 0.2,
            "train-serving skew": figures["mismatch"] > 0.05,
            "duplicated rows": figures["copied"] > 0.01,
            "shifted feature": figures["shift"] > 0.5,
            "shuffled labels": figures["label_signal"] < 3,
        }
        return next((BUGS[i] for i in order if traces[BUGS[i]]), last)

    return function


def drill(bug):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.gamma(2, 1, (1500, 4)), columns=list("abcd"))
    y = (rng.random(1500) < 0.1 + 0.5 * (X["a"] > 3)).astype(int).to_numpy()
    return plant(X, y, rng.integers(0, 900, 1500), seed=3, bug=bug)


SKEWED, LEAKY = drill("train-serving skew"), drill("target leak")
COLUMN = SKEWED.planted.column
ANOTHER = next(name for name in "abcd" if name != COLUMN)


TABLE = {
    "M1.gain_share": (
        {"loss": LOSS},
        0.4,
        [
            (0.9 / 0.96, "losses themselves"),
            (0.04, "the gain itself"),
            (0.6, "is left"),
            (2.5, "Upside down"),
        ],
    ),
    "M1.smoothed_rates": (
        {},
        rates(mean, 1),
        [
            (rates(lambda y: 0, 0), "Nothing is smoothed"),
            (rates(lambda y: 0.5, 1), "pulled to ½"),
            (rates(lambda y: 0, 1), "pulled to 0"),
            (rates(mean, 0), "missing below the line"),
        ],
    ),
    "M1.under_budget": (
        {"table": COSTS, "budget_ms": 50.0},
        "logistic",
        [
            ("trees", "above the budget"),
            ("base rate", "speed is not a goal"),
            ("rates", "lower loss"),
            ("none", "At least one"),
        ],
    ),
    "M1.training_cost": (
        {"job": JOB},
        Q(1e9 / 1e5 / 3600 * 0.5 * 12, "dollars"),
        [
            (Q(1e9 / 1e5 / 3600 * 0.5, "dollars"), "one training"),
            (Q(1e9 / 1e5 * 0.5 * 12, "dollars"), "convert one of them"),
            (Q(6, "dollars"), "the rows are missing"),
            (Q(3, "hours"), "The unit is"),
        ],
    ),
    "M2.trials_needed": (
        {},
        59,
        [
            (20, "once on average"),
            (14, "one half"),
            (90, "99 % confidence"),
            (299, "best 1 %"),
            (95, "not a probability"),
        ],
    ),
    "M2.early_stop": (
        {},
        lambda losses, patience: stops(losses, patience)[0],
        [
            (lambda losses, patience: stops(losses, patience)[1], "at which it stops"),
            (lambda losses, patience: int(np.argmin(losses)) + 1, "never sees the later ones"),
            (lambda losses, patience: stops(losses, patience)[0] - 1, "counted from 1"),
            (lambda losses, patience: stops(losses, patience + 1)[0], "a round too long"),
        ],
    ),
    "M2.report": (
        {},
        {
            "report": "test rows, once",
            "why": [
                "the best of many is lucky on its rows",
                "the test rows had no say in a choice",
            ],
        },
        [
            ({"report": "best trial, validation rows", "why": []}, "part of that is luck"),
            ({"report": "training rows", "why": []}, "most flexible"),
            (
                {"report": "test rows, once", "why": ["the test rows are more"]},
                "width of the interval",
            ),
            (
                {"report": "test rows, once", "why": ["the test rows had no say in a choice"]},
                "1 more belongs",
            ),
        ],
    ),
    "M3.read_curves": (
        {"curves": CURVES, "floor": 0.75},
        {"A": "bias", "B": "variance", "C": "at the floor"},
        [
            ({"A": "variance", "B": "variance", "C": "at the floor"}, "by heart"),
            ({"A": "bias", "B": "bias", "C": "at the floor"}, "near the floor"),
            ({"A": "at the floor", "B": "variance", "C": "at the floor"}, "not at the floor"),
            ({"A": "bias", "B": "variance"}, "'C' is missing"),
        ],
    ),
    "M3.next_step": (
        {},
        ["more training rows", "fewer leaves for each tree", "stop boosting earlier"],
        [
            (["a wider network"], "still more rows by heart"),
            (["more training rows", "crosses of all columns"], "against bias"),
            (["train on the validation rows as well, and score them"], "hides variance"),
            (["more training rows"], "2 more belong"),
        ],
    ),
    "M3.more_rows": (
        {"n": 32_000, "gap": 0.28, "target": 0.02},
        448_000,
        [
            (32_000 * 196, "square root"),
            (416_000, "further rows"),
            (32_000 / 14, "a smaller gap needs more"),
        ],
    ),
    "M4.unused": (
        {"columns": ["age", "bid", "user", "ad"], "used": ["age", "bid"]},
        ["user", "ad"],
        [
            (["user", "age"], "an arrow leads"),
            (["user"], "1 more belongs"),
            (["users"], "none of the options"),
            ("user", "A list"),
        ],
    ),
    "M4.inside": (
        {},
        {
            "where": "in the pipeline",
            "why": [
                "it learns from labels",
                "cross-validation refits it for each fold",
                "what is exported is what was scored",
            ],
        },
        [
            ({"where": "before the split", "why": []}, "labels of the test rows: the leak"),
            ({"where": "by hand, after the split", "why": []}, "one will forget"),
            (
                {"where": "in the pipeline", "why": ["pipelines are faster"]},
                "speed is not the reason",
            ),
            ({"where": "in the pipeline", "why": ["it learns from labels"]}, "2 more belong"),
        ],
    ),
    "M5.check_for": (
        {},
        CHECK_FOR,
        [
            (
                CHECK_FOR | {"train-serving skew": "training against test distribution"},
                "values have moved",
            ),
            (CHECK_FOR | {"target leak": "rows of the test in training"}, "stand in both parts"),
            (CHECK_FOR | {"duplicated rows": "AUC of each column alone"}, "know the answer"),
        ],
    ),
    "M5.worst_slice": (
        {"table": SLICES},
        "web",
        [("tiny", "its interval"), ("video", "more surely so"), ("none", "lies above 0")],
    ),
    "M5.copied_share": (
        {},
        copied,
        [
            (lambda train, test: copied(test, train), "share of the training rows"),
            (lambda train, test: copied(train, test) * len(test), "number of rows"),
            (
                lambda train, test: len(set(tuples(train)) & set(tuples(test))) / len(test),
                "once each",
            ),
            (
                lambda train, test: np.mean(
                    [set(r) <= set(train.to_numpy().ravel()) for r in tuples(test)]
                ),
                "by itself",
            ),
        ],
    ),
    "M5.name_the_bug": (
        {},
        named([0, 3, 4, 2, 1]),
        [
            (named([3, 0, 4, 2, 1]), "Ask for it before the skew"),
            (named([0, 3, 4, 2, 1], "shuffled labels"), "bug in a clean table"),
            (named([0, 3, 4, 2, 1], too_good=0), "above 0.9"),
            (named([0, 3, 4, 2]), "Shuffled labels are not found"),
            (named([]), "same answer for everything"),
        ],
    ),
    "M5.find_the_bug": (
        {"drill": SKEWED},
        {"bug": "train-serving skew", "column": COLUMN},
        [
            ({"bug": "target leak", "column": COLUMN}, "far too good offline"),
            ({"bug": "shuffled labels", "column": ""}, "no better than by chance"),
            ({"bug": "nothing", "column": ""}, "out of line"),
            ({"bug": "train-serving skew", "column": ANOTHER}, "take the one that the check names"),
        ],
    ),
}


def test_no_exercise_of_the_lesson_is_missing_here():
    assert set(TABLE) == {e.id for e in all_exercises().values() if e.stage == "model"}


test_right, test_unanswered, test_mistakes = exercise_tests(TABLE)


def test_a_leak_taken_for_a_skew_is_told_why():
    judge = find_exercise("M5.find_the_bug").judge_of({"drill": LEAKY})
    assert "not known yet" in judge({"bug": "train-serving skew", "column": "past_rate"}).says
    assert judge({"bug": "target leak", "column": "past_rate"}).right


def test_a_table_without_a_sure_slice_wants_none():
    table = SLICES.assign(low=-0.1)
    judge = find_exercise("M5.worst_slice").judge_of({"table": table})
    assert judge("none").right
    assert "holds 0" in judge("web").says


def test_when_nothing_is_within_the_budget_none_is_right():
    judge = find_exercise("M1.under_budget").judge_of({"table": COSTS, "budget_ms": 0.5})
    assert judge("none").right
    assert "above the budget" in judge("trees").says
