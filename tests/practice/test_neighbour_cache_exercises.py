"""The exercises on the funnel, neighbours, caches and fan-out: right, empty, and mistaken."""

import numpy as np
import pandas as pd

from mlsd_kit.practice import find_exercise
from tests.practice.exercise_tables import exercise_tests

STEPS = pd.DataFrame(
    {"quality": [0.004, 0.009, 0.006, 0.021, -0.002], "ms": [0.2, 0.9, 1.3, 4.0, 0.5]},
    index=["visit more", "retrieve more", "one feature more", "rank more", "show more"],
)
SIZE = {"vectors": 1e9, "dimensions": 128, "links": 32, "parts": 32}
CHOICE = {"billions": "IVF-PQ", "fast": "HNSW", "rare filter": "exact", "audit": "exact"}
RATES = {
    "posts": 3, "reads": 8, "cache_s": 60, "write_cost": 1, "cached_cost": 0.05, "store_cost": 2,
}  # fmt: skip
DAYS = 60 / 86_400


def bit(cosine):
    return 1 - np.arccos(cosine) / np.pi


def nothing(*arguments):
    return None


# exercise: given, right answer, stub, (wrong answer, what is said of it) …
EXERCISES = {
    "S5.millisecond": (
        {"steps": STEPS, "left_ms": 2.0},
        ["visit more", "retrieve more"],
        ...,
        [
            (["rank more"], "more than is left"),
            (["visit more", "retrieve more", "show more"], "makes the whole worse"),
            (["visit more", "one feature more"], "buy more elsewhere"),
            (["visit more"], "1 more belongs"),
            (["buy a machine"], "none of the options"),
        ],
    ),
    "S6.memory": (
        SIZE,
        {"HNSW": 768, "PQ": 32},
        ...,
        [
            ({"HNSW": 512, "PQ": 32}, "the links are missing"),
            ({"HNSW": 256, "PQ": 32}, "without the vectors"),
            ({"HNSW": 640, "PQ": 32}, "twice as many links"),
            ({"HNSW": 1280, "PQ": 32}, "4 bytes, not 8"),
            ({"HNSW": 576, "PQ": 32}, "not one byte"),
            ({"HNSW": 768, "PQ": 128}, "one byte (one of 256 values)"),
            ({"HNSW": 768, "PQ": 256}, "Those are bits"),
            ({"HNSW": 768, "PQ": 512}, "the code replaces them"),
            ({"HNSW": 768}, "'PQ' is missing"),
        ],
    ),
    "S6.index": (
        {},
        CHOICE,
        ...,
        [
            ({**CHOICE, "billions": "HNSW"}, "1 TB of floats, and a graph"),
            ({**CHOICE, "billions": "LSH"}, "there are no cells"),
            ({**CHOICE, "fast": "exact"}, "take a second"),
            ({**CHOICE, "fast": "IVF-PQ"}, "do not reach 98 %"),
            ({**CHOICE, "rare filter": "HNSW"}, "The walk meets"),
            ({**CHOICE, "audit": "HNSW"}, "it promises nothing"),
            ({**CHOICE, "audit": "LSH"}, "a probability"),
        ],
    ),
    "S6.collision": (
        {},
        lambda c, b, t: 1 - (1 - bit(c) ** b) ** t,
        nothing,
        [
            (lambda c, b, t: 1 - (1 - ((1 + c) / 2) ** b) ** t, "looks alike"),
            (lambda c, b, t: 1 - (1 - (1 - bit(c)) ** b) ** t, "that a bit *differs*"),
            (lambda c, b, t: bit(c) ** b, "That is one table"),
            (lambda c, b, t: bit(c) ** (b * t), "in *every* table"),
            (lambda c, b, t: 1 - (1 - bit(c) ** t) ** b, "changed places"),
            (lambda c, b, t: 1 - (1 - max(c, 0) ** b) ** t, "not the probability"),
        ],
    ),
    "S7.hit_rate": (
        {"lookup_ms": 1, "origin_ms": 40, "wanted_ms": 6},
        0.875,
        ...,
        [
            (0.125, "the share of misses"),
            (0.85, "The look-up is forgotten"),
            (34 / 39, "first it looks"),
            (87.5, "a share is wanted"),
            ("0.875 ms", "unit"),
        ],
    ),
    "S7.threshold": (
        RATES,
        (16 / 2.6 - 1) / (8 * DAYS),
        ...,
        [
            ((16 / 3 - 1) / (8 * DAYS), "cost something too"),
            ((16 / 2.6 - 1) / (8 * 60), "T is in days"),
            ((16 / 2.6 - 1) / DAYS, "divide by the reads"),
            (16 / 2.6 / (8 * DAYS), "the first pull is a fetch too"),
            ((8 * 1.95 / 2.6 - 1) / (8 * DAYS), "does not replace the fetch"),
        ],
    ),
}


test_right, test_unanswered, test_mistakes = exercise_tests(EXERCISES)


def test_the_steps_are_the_best_set_that_fits_not_the_best_rates_in_turn():
    steps = pd.DataFrame({"quality": [0.3, 0.5, 0.5], "ms": [1.0, 2.0, 2.0]}, index=list("abc"))
    judge = find_exercise("S5.millisecond").judge_of({"steps": steps, "left_ms": 4.0})
    assert judge(["b", "c"]).right
    assert "buy more elsewhere" in judge(["a", "b"]).says
