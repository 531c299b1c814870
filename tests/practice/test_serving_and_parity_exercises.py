"""The exercises on three ways to serve, the bundle and parity, each with its typical mistakes."""

import numpy as np

from tests.practice.exercise_tables import exercise_tests

WHERE = {"keyboard": "embedded", "payments": "service", "daily mail": "data"}
BILL = {"rate": 4000, "cpu_us": 400, "busy": 0.5, "price": 0.04}
DOLLARS = 4000 * 400e-6 / 0.5 * 730 * 0.04
NOTICED = [
    "another model file was put in",
    "a new runtime computes a step differently",
    "the export lost the handling of unseen categories",
]


def one_hot(words, known):
    return [[int(word == other) for other in known] for word in words]


def nothing(words, known):
    return None


# exercise: given, right answer, stub, (wrong answer, what is said of it) …
EXERCISES = {
    "P2.where": (
        {},
        WHERE,
        dict.fromkeys(WHERE, ...),
        [
            ({**WHERE, "keyboard": "service"}, "A phone types on a plane too"),
            ({**WHERE, "keyboard": "data"}, "nobody can list the sentences"),
            ({**WHERE, "payments": "embedded"}, "would wait for five releases"),
            ({**WHERE, "payments": "data"}, "cannot know tomorrow's amount"),
            ({**WHERE, "daily mail": "service"}, "is paid for all of them"),
            ({**WHERE, "daily mail": "embedded"}, "why load a model into the mailer"),
        ],
    ),
    "P3.bill": (
        BILL,
        DOLLARS,
        ...,
        [
            (DOLLARS / 2, "pays for busy CPUs only"),
            (DOLLARS / 4, "you need more CPUs, not fewer"),
            (DOLLARS / 730, "That is for one hour"),
            (DOLLARS / 730 * 24, "That is for a day"),
            (DOLLARS * 1000, "a millionth of a second"),
        ],
    ),
    "P4.age": (
        {"job_h": 3, "every_h": 24},
        {"mean": 15, "oldest": 27},
        ...,
        [
            ({"mean": 12, "oldest": 24}, "its time counts too"),
            ({"mean": 3, "oldest": 27}, "Half the period is missing"),
            ({"mean": 27, "oldest": 15}, "are exchanged"),
            ({"mean": 13.5, "oldest": 27}, "only the wait for the next one is halved"),
            ({"mean": 15, "oldest": 30}, "Not right for 'oldest'"),
        ],
    ),
    "P5.one_hot": (
        {},
        one_hot,
        nothing,
        [
            (lambda words, known: one_hot(words, sorted({*words} - {None})), "words at hand"),
            (
                lambda words, known: one_hot([w for w in words if w in known], known),
                "A row is lost",
            ),
            (
                lambda words, known: one_hot(
                    [w if w in known else known[-1] for w in words], known
                ),
                "counted as the last category",
            ),
            (
                lambda words, known: [known.index(w) if w in known else -1 for w in words],
                "Those are codes",
            ),
            (lambda words, known: one_hot(words, known[1:]), "One column too few"),
            (lambda words, known: [known.index(w) for w in words], "raises ValueError"),
        ],
    ),
    "P6.tolerance": (
        {"score": 5000.0},
        2.0**-11,
        ...,
        [
            (2.0**-23, "That is the gap at 1"),
            (float(np.spacing(5000.0)), "the gap of float64"),
            (2.0**-12, "the largest error of rounding"),
            (1e-5, "1e-5 suits probabilities"),
            (5000 * 2.0**-23, "Gaps only double at powers of two"),
        ],
    ),
    "P9.notices": (
        {},
        NOTICED,
        ...,
        [
            ([*NOTICED, "a feature arrives in another unit"], "never pass through the product"),
            ([*NOTICED, "people behave otherwise than last month"], "as old as the model"),
            ([*NOTICED, "a feature leaked the label in training"], "the leaking model's own"),
            (NOTICED[:1], "2 more belong"),
        ],
    ),
}


test_right, test_unanswered, test_mistakes = exercise_tests(EXERCISES)
