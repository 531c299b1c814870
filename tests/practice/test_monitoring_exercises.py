"""The exercises on monitoring and partitioning: right answers pass, mistakes are named."""

import numpy as np
import pandas as pd
import pytest

from mlsd_kit.practice import find_exercise
from tests.practice.exercise_tables import exercise_tests

USUAL = pd.Series([1.0, 2.0, 0.0, 4.0, 3.0, 8.0])
GATES = pd.DataFrame(
    {
        "gap": [0.02, 0.07, 0.045, 0.09],
        "low": [0.0, 0.056, 0.038, 0.0],
        "high": [0.11, 0.084, 0.049, 0.22],
    }
)
WEEK = 7 * 24 * 4
WINDOW = {"mean": 0.02, "sd": 0.03, "shift": 0.1, "alpha": 0.01, "power": 0.9}
Z = 2.5758 + 1.2816
DAY = [
    "nearly every query names it",
    "it has few values, each with many rows",
    "old partitions are dropped whole",
]
NO, YES, DATA = "refuse", "promote", "not enough data"


def shard_at(position, points, owners):
    """As a learner may write it."""
    for point, owner in zip(points, owners, strict=True):
        if point >= position:
            return owner
    return owners[0]


def strictly_after(position, points, owners):
    return next((o for p, o in zip(points, owners, strict=True) if p > position), owners[0])


def point_before(position, points, owners):
    return [o for p, o in zip(points, owners, strict=True) if p <= position][-1:] or owners[-1]


def nearest(position, points, owners):
    return owners[int(np.argmin(np.abs(np.array(points) - position)))]


def no_turn(position, points, owners):
    return next((o for p, o in zip(points, owners, strict=True) if p >= position), owners[-1])


def before_as_text(position, points, owners):
    return point_before(position, points, owners)[0]


# exercise: given, right answer, stub, (wrong answer, what is said of it) …
EXERCISES = {
    "P7.alarms": (
        {"level": 0.002, "features": 40, "minutes": 15},
        WEEK * (1 - 0.998**40),
        ...,
        [
            (WEEK * 0.002, "That is for one feature"),
            (WEEK * 0.002 * 40, "A window with two of them"),
            (WEEK / 7 * (1 - 0.998**40), "That is for a day"),
            (1 - 0.998**40, "the chance of one window"),
            (WEEK * 0.998**40, "*not* in alarm"),
        ],
    ),
    "P7.window": (
        WINDOW,
        (Z * 0.03 / 0.002) ** 2,
        ...,
        [
            ((Z * 0.03 / 0.1) ** 2, "The shift is relative"),
            ((2.5758 * 0.03 / 0.002) ** 2, "half of the windows only"),
            (((2.3263 + 1.2816) * 0.03 / 0.002) ** 2, "one-sided"),
            (Z * 0.03 / 0.002, "Not squared"),
            (2 * (Z * 0.03 / 0.002) ** 2, "as noisy as the window"),
        ],
    ),
    "P7.fault": (
        {"before": USUAL, "after": USUAL * 10},
        "unit",
        ...,
        [
            ("default", "look at the zeros"),
            ("missing", "look at the count"),
            ("constant", "one distinct value"),
            ("shuffled", "changes nothing in the table"),
            ("drift", "none of the options"),
        ],
    ),
    "P8.gate": (
        {"table": GATES, "bound": 0.05},
        [DATA, NO, YES, DATA],
        ...,
        [
            ([YES, NO, YES, NO], "goes by the gap alone"),
            ([YES, NO, YES, YES], "not thereby shown to be fair"),
            ([NO, NO, YES, NO], "no proof of unfairness"),
            ([YES, NO, DATA, YES], "The question is whether it is below the bound"),
            ([DATA, NO, YES], "4 values are wanted"),
        ],
    ),
    "S2.column": (
        {},
        {"column": "day", "because": DAY},
        ...,
        [
            ({"column": "user_id", "because": DAY}, "50 million folders"),
            ({"column": "timestamp", "because": DAY}, "of a row or two"),
            ({"column": "country", "because": DAY}, "a second level"),
            (
                {"column": "day", "because": [*DAY, "all partitions get the same number of rows"]},
                "need not be even",
            ),
            (
                {"column": "day", "because": ["deletions by user then touch one partition"]},
                "a user has rows on many days",
            ),
            ({"column": "day", "because": DAY[:2]}, "1 more belongs"),
        ],
    ),
    "S2.moved": (
        {"before": 20, "after": 25},
        {"modulo": 0.8, "ring": 0.2},
        ...,
        [
            ({"modulo": 0.2, "ring": 0.8}, "exchanged"),
            ({"modulo": 20 / 21, "ring": 0.2}, "n / (n + 1) holds for one server more"),
            ({"modulo": 0.8, "ring": 0.25}, "divide by the number afterwards"),
            ({"modulo": 0.8, "ring": 1 / 21}, "1 / (n + 1) is for one server more"),
        ],
    ),
    "S2.shard": (
        {},
        shard_at,
        lambda position, points, owners: None,
        [
            (strictly_after, "belongs to that point"),
            (before_as_text, "That is the point before"),
            (nearest, "the nearest point"),
            (no_turn, "it is a ring"),
            (lambda position, points, owners: owners[position % len(owners)], "That is modulo"),
        ],
    ),
}


test_right, test_unanswered, test_mistakes = exercise_tests(EXERCISES)


@pytest.mark.parametrize(
    ("after", "right"),
    [
        (USUAL * 0, "default"),
        (USUAL.where(USUAL > 1), "missing"),
        (USUAL * 0 + 7, "constant"),
        (USUAL[::-1], "shuffled"),
        (USUAL * 1000, "unit"),
    ],
)
def test_the_fault_is_read_off_the_values(after, right):
    judge = find_exercise("P7.fault").judge_of({"before": USUAL, "after": after})
    assert judge(right).right
    assert not judge("unit" if right != "unit" else "default").right


def test_on_a_ring_one_more_server_is_the_theory_of_one():
    judge = find_exercise("S2.moved").judge_of({"before": 8, "after": 9})
    assert judge({"modulo": 8 / 9, "ring": 1 / 9}).right
