"""The exercises on parallel training: what is right passes, each mistake gets its own answer."""

import numpy as np

from tests.practice.exercise_tables import exercise_tests

MINUTES = {"one": 40.0, "two": 24.0, "workers": 16}
NETWORK = {"parameters": 110e6, "workers": 8, "bits_per_s": 10e9}
OWN_SEED = "every worker shuffles by its own seed and then takes its part"


def split(x, w1, w2, workers):
    pairs = zip(np.split(w1, workers, axis=1), np.split(w2, workers), strict=True)
    return [np.maximum(x @ a, 0) @ b for a, b in pairs]


def split_by_rows(x, w1, w2, workers):
    pairs = zip(np.split(x, workers, axis=1), np.split(w1, workers), strict=True)
    return [np.maximum(a @ b, 0) @ w2 for a, b in pairs]


def without_relu(x, w1, w2, workers):
    pairs = zip(np.split(w1, workers, axis=1), np.split(w2, workers), strict=True)
    return [x @ a @ b for a, b in pairs]


def relu_last(x, w1, w2, workers):
    return [np.maximum(part, 0) for part in without_relu(x, w1, w2, workers)]


RIGHT = [
    ("S3.amdahl", 10, MINUTES),
    ("S3.all_reduce", 2 * 7 / 8 * 440e6 / 1.25e9, NETWORK),
    ("S3.flaw", {"flaw": OWN_SEED, "left_out": 0.344}, {"workers": 8}),
    ("S4.split", split, {}),
]
WRONG = [
    ("S3.amdahl", 2.5, MINUTES, "as if all of it were divided"),
    ("S3.amdahl", 3, MINUTES, "from there on nothing were serial"),
    ("S3.amdahl", 40 * 0.6**4, MINUTES, "gain of the first doubling"),
    ("S3.amdahl", 4, MINUTES, "That is the speed-up"),
    ("S3.amdahl", 8, MINUTES, "the limit for ever more workers"),
    ("S3.all_reduce", 0.308, NETWORK, "handed round"),
    ("S3.all_reduce", 0.077, NETWORK, "8 bits to a byte"),
    ("S3.all_reduce", 0.352, NETWORK, "one gradient over the wire"),
    ("S3.all_reduce", 7 * 0.352, NETWORK, "over its one link"),
    ("S3.all_reduce", 14 * 0.352, NETWORK, "only an n-th part"),
    ("S3.all_reduce", 0.154, NETWORK, "4 bytes"),
    (
        "S3.flaw",
        {"flaw": "the gradients are averaged, not summed", "left_out": 0.344},
        {"workers": 8},
        "gradient of the whole batch",
    ),
    ("S3.flaw", {"flaw": OWN_SEED, "left_out": 0.656}, {"workers": 8}, "at least once"),
    ("S3.flaw", {"flaw": OWN_SEED, "left_out": 7 / 8}, {"workers": 8}, "one worker leaves out"),
    ("S3.flaw", {"flaw": OWN_SEED, "left_out": 0.0}, {"workers": 8}, "others are not at all"),
    ("S3.flaw", {"flaw": OWN_SEED}, {"workers": 8}, "'left_out' is missing"),
    ("S4.split", split_by_rows, {}, "need an all-reduce before it"),
    ("S4.split", without_relu, {}, "is missing"),
    ("S4.split", relu_last, {}, "not after the second"),
    ("S4.split", lambda *given: sum(split(*given)), {}, "the sum already"),
    ("S4.split", lambda *given: [sum(split(*given)) / given[3]] * given[3], {}, "fits on no"),
]


TABLE = {
    id: (given, right, [(answer, says) for of, answer, _, says in WRONG if of == id])
    for id, right, given in RIGHT
}
test_right, test_unanswered, test_mistakes = exercise_tests(TABLE)
