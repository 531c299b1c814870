"""Exercises on releases: what is right passes, each typical mistake gets its own answer."""

import hashlib
import random

import numpy as np

from mlsd_kit.practice import find_exercise
from tests.practice.exercise_tables import exercise_tests


def place(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


def right_split(unit, salt, share):
    return place(f"{salt}:{unit}") < share


def sum_of_hashes(unit, salt, share):
    return (place(unit) + 0.01 * place(salt)) % 1 < share


def not_nested(unit, salt, share):
    return place(f"{salt}:{unit}:{share}") < share


SPLITS = [
    (lambda unit, salt, share: random.random() < share, "changed sides when asked again"),
    (
        lambda unit, salt, share: hash((unit, salt)) % 1000 < 1000 * share,
        "differs from process to process",
    ),
    (lambda unit, salt, share: place(unit) < share, "The salt has no effect"),
    (sum_of_hashes, "depend on each other"),
    (not_nested, "they flip when it grows"),
    (lambda unit, salt, share: place(f"{salt}{unit}") > share, "Upside down"),
    (lambda unit, salt, share: place(f"{salt}{unit}") < share / 2, "for a share of 25%"),
    (lambda unit, salt, share: place(f"{salt}{unit}"), "True or False is wanted"),
    (lambda unit: True, "It raises TypeError"),
    (0.25, "A function is wanted"),
]
LIKE, LOOP = "whether users like the new answers", "a feedback loop through what is shown"
FIRST = "why the arms differ in size"
FLAWS = ["the sizes cannot be chance", "a user was in both arms", "every look is another chance"]
ANSWERS = np.log(0.05) / np.log(0.98)
SIZE = {"rate": 0.02, "lift": 0.05, "share": 0.1}
EACH = 16 * 0.02 * 0.98 / 0.001**2

# exercise: given, right answer, stub, (wrong answer, what is said of it) …
EXERCISES = {
    "P10.split": ({}, right_split, lambda unit, salt, share: None, SPLITS),
    "P11.shadow": (
        {},
        [LIKE, LOOP],
        ...,
        [
            ([LIKE, LOOP, "a memory leak under full load"], "gets the full traffic"),
            ([LIKE, "a feature that the service misses"], "missing in the copies too"),
            (["that the new model shifts all scores"], "the first line of the report"),
            (["that the new model is too slow"], "its answers are timed"),
            ([LIKE], "1 more belongs"),
        ],
    ),
    "P11.canary": (
        {"share": 0.01, "rate": 0.02},
        ANSWERS / 0.01,
        ...,
        [
            (ANSWERS, "the canary's own answers"),
            (5000, "By then *one* error is expected"),
            (np.log(0.95) / np.log(0.98) / 0.01, "the chance of *no* error"),
            (ANSWERS * 0.01, "The share divides"),
        ],
    ),
    "P12.size": (
        SIZE,
        EACH / 2 * (1 / 0.1 + 1 / 0.9),
        ...,
        [
            (2 * EACH, "for two equal arms"),
            (EACH, "one of two equal arms; both together"),
            (EACH / 0.1, "need not be as large"),
            (EACH / 2 * (1 / 0.1 + 1 / 0.9) * 0.02**2, "The lift is relative"),
            (EACH / 2 * (1 / 0.1 + 1 / 0.9) * 0.001, "δ is not squared"),
        ],
    ),
    "P12.flaw": (
        {},
        {"first": FIRST, "flaws": FLAWS},
        ...,
        [
            ({"first": "why it took nine days", "flaws": FLAWS}, "who is in the arms?"),
            ({"first": "whether 0.03 is small enough", "flaws": FLAWS}, "No p-value means"),
            ({"first": FIRST, "flaws": [*FLAWS, "too few requests"]}, "a million is a lot"),
            (
                {"first": FIRST, "flaws": [*FLAWS, "the arms should differ in size"]},
                "best for power",
            ),
            ({"first": FIRST, "flaws": FLAWS[:2]}, "1 more belongs"),
        ],
    ),
}


test_right, test_unanswered, test_mistakes = exercise_tests(EXERCISES)


def test_the_rule_of_three_will_do():
    assert find_exercise("P11.canary").judge_of({"share": 0.01, "rate": 0.02})(15_000).right


def test_the_judge_of_the_split_gives_python_its_hash_back():
    find_exercise("P10.split").judge_of({})(SPLITS[1][0])
    assert hash("a") == "a".__hash__()
