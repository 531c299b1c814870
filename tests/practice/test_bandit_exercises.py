"""Exercises on bandits and online learning: what is right passes, each mistake has its answer."""

import numpy as np
import pandas as pd

from mlsd_kit.practice import find_exercise
from tests.practice.exercise_tables import exercise_tests

RATES = np.array([0.03, 0.045, 0.05, 0.02])
SIX = pd.DataFrame(
    {
        "propensity": [0.5, 0.5, 0.25, 0.25, 0.8, 0.2],
        "new": [1.0, 0.0, 0.5, 1.0, 0.4, 0.0],
        "reward": [1, 1, 0, 1, 1, 0],
    }
)
WHY = [
    "the reward comes too late to steer by",
    "an effect with its interval is asked for",
    "a guard needs groups of equal size",
]
SNAPSHOTS = {"positions": [0, 2000, 4000, 6000, 7000], "began": 4400, "alarm": 7400}


def index(won, pulls):
    return won / pulls + np.sqrt(2 * np.log(pulls.sum()) / pulls)


def nothing(*arguments):
    return None


def loop(model, stream):
    losses = []
    for x, y in stream:
        losses.append((y - model.predict(x)) ** 2)
        model.learn(x, y)
    return losses


def learns_first(model, stream):
    losses = []
    for x, y in stream:
        model.learn(x, y)
        losses.append((y - model.predict(x)) ** 2)
    return losses


def learns_all_first(model, stream):
    for x, y in stream:
        model.learn(x, y)
    return [(y - model.predict(x)) ** 2 for x, y in stream]


# exercise: given, right answer, stub, (wrong answer, what is said of it) …
EXERCISES = {
    "P13.test_regret": (
        {"n_each": 1000, "rates": RATES},
        20 + 5 + 0 + 30,
        ...,
        [
            (0.055, "the test sends `n_each`"),
            (0.055 / 4, "one request on average"),
            (145, "what the test earns"),
            (25, "against arm 0"),
            (30, "only the worst arm"),
            (80, "too large by a factor of"),
        ],
    ),
    "P13.index": (
        {},
        index,
        nothing,
        [
            (lambda won, pulls: won / pulls, "never tried again"),
            (lambda won, pulls: won / pulls + np.sqrt(np.log(pulls.sum()) / pulls), "2 ln t"),
            (lambda won, pulls: won / pulls + np.sqrt(2 * np.log(pulls) / pulls), "all pulls"),
            (lambda won, pulls: won / pulls + 2 * np.log(pulls.sum()) / pulls, "The root"),
            (lambda won, pulls: won + np.sqrt(2 * np.log(pulls.sum()) / pulls), "not the sum"),
            (lambda won, pulls: 2 * won / pulls - index(won, pulls), "a lower bound"),
        ],
    ),
    "P13.when": (
        {},
        {"tool": "A/B test", "why": WHY},
        {"tool": ..., "why": ...},
        [
            ({"tool": "Thompson sampling", "why": WHY}, "no reward and split evenly"),
            ({"tool": "contextual bandit", "why": WHY}, "for whom which version"),
            ({"tool": "A/B test", "why": WHY[:2]}, "1 more belongs"),
            (
                {"tool": "A/B test", "why": [*WHY, "a bandit cannot handle two arms"]},
                "the textbook's case",
            ),
            (
                {
                    "tool": "A/B test",
                    "why": ["there are too few arms to need a sample size"],
                },
                "a test always needs one",
            ),
        ],
    ),
    "P13.ips": (
        {"rows": SIX},
        (2 + 0 + 0 + 4 + 0.5 + 0) / 6,
        ...,
        [
            (4 / 6, "not weighted"),
            (6.5 / 8.5, "self-normalised"),
            (6.5 / 4, "weight 0 count too"),
            ((2 + 2 + 4 + 1.25) / 6, "yours is 1 / propensity"),
            (6.5, "That is the sum"),
            ((1 + 1 + 0.4) / 6, "by the new policy alone"),
            ((0.5 + 0.25 + 0.32) / 6, "Multiplied by the propensity"),
        ],
    ),
    "P14.loop": (
        {},
        loop,
        nothing,
        [
            (learns_first, "learns before it predicts"),
            (
                lambda model, stream: [(y - model.predict(x)) ** 2 for x, y in stream],
                "never learns",
            ),
            (learns_all_first, "has seen every row"),
            (lambda model, stream: list(np.sqrt(loop(model, stream))), "squared"),
            (lambda model, stream: float(np.mean(loop(model, stream))), "their mean"),
        ],
    ),
    "P14.back": (
        SNAPSHOTS,
        4000,
        ...,
        [
            (7000, "the newest snapshot"),
            (0, "clean, and so are later ones"),
            (4400, "no snapshot at that row"),
            (7400, "where the alarm was raised"),
            (6000, "after the trouble began"),
        ],
    ),
}


test_right, test_unanswered, test_mistakes = exercise_tests(EXERCISES)


def test_the_newest_snapshot_is_right_when_it_is_clean():
    given = {"positions": [0, 2000], "began": 2000, "alarm": 2600}
    judge = find_exercise("P14.back").judge_of(given)
    assert judge(2000).right
    assert "clean" in judge(0).says
