"""Every exercise of the lesson on data: the right answer, the stub, and typical wrong answers."""

import numpy as np
import pandas as pd

from mlsd_kit.data import plant_faults, quality_findings
from mlsd_kit.practice.exercises import all_exercises
from mlsd_kit.units import Q
from tests.practice.exercise_tables import exercise_tests


def _table():
    rng = np.random.default_rng(0)
    n = 4_000
    X = pd.DataFrame(
        {
            "user": rng.integers(0, 900, n),
            "shop": pd.Categorical(rng.choice(["tea", "oil", "milk"], n)),
            "euros": rng.lognormal(3, 0.4, n),
        }
    )
    return X, (rng.random(n) < 0.05).astype(int)


X, Y = _table()
DIRTY = plant_faults(X, Y, "euros", "shop")
FINDINGS = quality_findings(
    DIRTY.X.assign(y=DIRTY.y, strong=np.where(np.arange(len(DIRTY.y)) % 4, DIRTY.y, 0.5)),
    "y",
    ids=["user"],
)
SHAP, BASE = [0.4, -0.1, 0.2], -4.0
RATE = 0.015
NEEDED = 1.96**2 * (1 - RATE) / (0.01 * RATE)


def bits(counts):
    p = counts / counts.sum()
    both = p.sum(axis=1, keepdims=True) * p.sum(axis=0)
    return (p[p > 0] * np.log2(p[p > 0] / both[p > 0])).sum()


def joint_entropy(counts):
    p = counts / counts.sum()
    return -(p[p > 0] * np.log2(p[p > 0])).sum()


def sum_of_logs(counts):
    p = counts / counts.sum()
    both = p.sum(axis=1, keepdims=True) * p.sum(axis=0)
    return np.log2(p[p > 0] / both[p > 0]).sum()


def correct(p, trained, true):
    odds = p / (1 - p) * (true / (1 - true)) / (trained / (1 - trained))
    return odds / (1 + odds)


def filled(value_of):
    def fill(train, new):
        gone = np.isnan(new)
        return np.column_stack([np.where(gone, value_of(train, new), new), gone])

    return fill


def cosine(vectors, i):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    near = unit @ unit[i]
    near[i] = -np.inf
    return near.argmax()


def dot(vectors, i):
    near = vectors @ vectors[i]
    near[i] = -np.inf
    return near.argmax()


def euclid(vectors, i):
    far = np.linalg.norm(vectors - vectors[i], axis=1)
    far[i] = np.inf
    return far.argmin()


REPAIR = ["the true value can be computed", "the same step runs in the service"]
LATER = ["the service scores later rows", "features must come from the past"]
PER_DAY, DAYS, SHARE, KEPT = Q(4.0, "GB/day"), Q(7, "days"), 0.02, Q(90, "days")

# id → what the check gives, the right answer, and wrong answers with a phrase of their feedback
CASES = {
    "D1.names": (
        {"X": X},
        ["user"],
        [
            (["user", "euros"], "it is a quantity"),
            (["user", "shop"], "it is a category already"),
            ([], "Nothing is chosen"),
            ("user", "A list of options"),
        ],
    ),
    "D2.bits": (
        {},
        bits,
        [
            (lambda c: bits(c) * np.log(2), "These are nats"),
            (sum_of_logs, "weighed by its cell's share"),
            (joint_entropy, "entropy of both together"),
            (lambda c: joint_entropy(c.sum(axis=0)), "target's own entropy"),
            (lambda c: 0.0, "Right for 0 of 3"),
        ],
    ),
    "D3.rows": (
        {"base_rate": RATE},
        NEEDED,
        [
            (NEEDED * RATE, "That many positives"),
            (1.96**2 * RATE * (1 - RATE) / 0.01, "Ten percentage points"),
            (NEEDED / 1.96**2, "one standard error"),
            (384.16 * 0.25, "share of one half"),
        ],
    ),
    "D3.correct": (
        {},
        correct,
        [
            (lambda p, a, b: p * b / a, "right only for small ones"),
            (lambda p, a, b: p / (1 - p) * b / (1 - b) * (1 - a) / a, "Those are the odds"),
            (lambda p, a, b: correct(p, b, a), "wrong way round"),
            (lambda p, a, b: p - a + b, "leaves the interval"),
        ],
    ),
    "D4.fill": (
        {},
        filled(lambda train, new: np.nanmedian(train)),
        [
            (filled(lambda train, new: np.nanmedian(new)), "median of the new rows"),
            (filled(lambda train, new: np.nanmean(train)), "That is the mean"),
            (filled(lambda train, new: 0.0), "Zero is a value like others"),
            (
                lambda train, new: np.where(np.isnan(new), np.nanmedian(train), new),
                "nothing says where",
            ),
        ],
    ),
    "D5.leak": (
        {"findings": FINDINGS},
        "index_b",
        [
            ("euros", "Another unit can be repaired"),
            ("shop", "mistyped value"),
            ("user", "A name is known before"),
            ("strong", "strong is not leaked"),
            ("age", "none of the options"),
        ],
    ),
    "D5.decide": (
        {},
        {"do": "repair", "because": REPAIR},
        [
            ({"do": "drop the rows", "because": REPAIR}, "out of training"),
            ({"do": "keep", "because": REPAIR}, "known to be wrong"),
            ({"do": "set to missing", "because": REPAIR}, "one division away"),
            ({"do": "clip", "because": REPAIR}, "still wrong"),
            ({"do": "repair", "because": [*REPAIR, "wrong rows are always noise"]}, "a signal"),
            ({"do": "repair", "because": REPAIR[:1]}, "1 more belongs"),
        ],
    ),
    "D6.additive": (
        {"shap": SHAP, "base": BASE},
        1 / (1 + np.exp(3.5)),
        [
            (-3.5, "That is the log-odds"),
            (1 / (1 + np.exp(-0.5)), "The base is missing"),
            (1 / (1 + np.exp(4)), "the base alone"),
            (0.5, "sum of the values alone"),
            (np.exp(-3.5), "exp gives the odds"),
        ],
    ),
    "D6.twins": (
        {},
        "permutation too low, shap shared",
        [
            ("both too high", "Nothing is counted twice"),
            ("both right", "no single answer"),
            ("permutation shared, shap too low", "The other way round"),
        ],
    ),
    "D7.query": (
        {"per_day": PER_DAY, "days": DAYS, "share": SHARE, "kept": KEPT},
        Q(0.56, "GB"),
        [
            (Q(28, "GB"), "reads every column"),
            (Q(7.2, "GB"), "all the days that are kept"),
            (Q(0.08, "GB"), "for one day"),
            (Q(360, "GB"), "the whole log"),
            (Q(0.56, "GB/day"), "The unit is"),
        ],
    ),
    "D8.smooth": (
        {},
        lambda k, n, rate, m: (k + m * rate) / (n + m),
        [
            (lambda k, n, rate, m: k / n if n else 0, "The raw rate"),
            (lambda k, n, rate, m: (k + 1) / (n + 2), "One is added"),
            (lambda k, n, rate, m: (k + rate) / (n + m), "weighed with the strength"),
            (lambda k, n, rate, m: (k + m * rate) / n if n else rate, "below the line"),
            (lambda k, n, rate, m: k / n, "ZeroDivisionError"),
        ],
    ),
    "D8.collisions": (
        {"values": 30_000, "buckets": 2**18},
        1 - (1 - 2**-18) ** 29_999,
        [
            (30_000 / 2**18, "That is the load"),
            ((1 - 2**-18) ** 29_999, "stays alone"),
            (2**-18, "two given values"),
        ],
    ),
    "D9.nearest": (
        {},
        cosine,
        [
            (lambda vectors, i: i, "the row itself"),
            (dot, "dot product"),
            (euclid, "distance of the points"),
            (lambda v, i: (cosine(-v, i) + 1) % len(v), "Right for"),
        ],
    ),
    "D10.known": (
        {},
        lambda times, delay, start: np.asarray(times) + delay <= start,
        [
            (lambda times, delay, start: times < start, "labels of the last ones"),
            (lambda times, delay, start: times >= start - delay, "The wrong side"),
            (lambda times, delay, start: times - delay <= start, "The delay is taken off"),
        ],
    ),
    "D10.flaw": (
        {},
        "2",
        [
            ("1", "Sorting by time"),
            ("3", "Something was done before it"),
            ("4", "decided earlier"),
            ("5", "what a test is for"),
            (2, "A text is wanted"),
        ],
    ),
    "D10.split": (
        {},
        {"split": "by time", "because": LATER},
        [
            ({"split": "at random", "because": LATER}, "between the training rows"),
            ({"split": "by group", "because": LATER}, "new users only"),
            ({"split": "by time", "because": [*LATER, "it gives the best score"]}, "a leak"),
            ({"split": "by time"}, "'because' is missing"),
        ],
    ),
}


def test_every_exercise_of_the_stage_is_in_the_table():
    assert {id for id, e in all_exercises().items() if e.stage == "data"} == set(CASES)


test_right, test_unanswered, test_mistakes = exercise_tests(CASES)
