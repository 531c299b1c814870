"""The exercises on demand: what is right passes, and each typical mistake gets its own answer."""

import math

from tests.practice.exercise_tables import exercise_tests

FLAW = "the clients wait with the service, so the load falls when it slows"
INSTEAD = [
    "send at the rate of the peak, whatever the service does",
    "count latency from the time at which a request was due",
]


def replicas(spare=1, cut=math.ceil, share=True, unit=1000):
    """A rule for the number of replicas, with a mistake where it is told to have one."""

    def fewest(rate, service_ms, most_busy):
        return cut(rate * service_ms / unit / (most_busy if share else 1)) + spare

    return fewest


def nothing(rate, service_ms, most_busy):
    return None


# exercise: given, right answer, stub, (wrong answer, what is said of it) …
EXERCISES = {
    "S1.little": (
        {"rate": 1500, "mean_ms": 24, "processes": 3},
        12,
        ...,
        [
            (36, "all processes together"),
            (12_000, "Milliseconds are not seconds"),
            (1500 / 24 / 3, "The law multiplies"),
            (500, "answers per second"),
        ],
    ),
    "S1.replicas": (
        {},
        replicas(),
        nothing,
        [
            (replicas(spare=0), "until one is down"),
            (replicas(cut=float), "A part of a replica"),
            (replicas(share=False), "They may not be busy all the time"),
            (replicas(unit=1), "in milliseconds"),
            (replicas(spare=2), "Right for 0 of 5 inputs"),
        ],
    ),
    "S1.flaw": (
        {},
        {"flaw": FLAW, "instead": INSTEAD},
        ...,
        [
            ({"flaw": "50 clients are too few for a percentile", "instead": INSTEAD}, "not many"),
            ({"flaw": "the mean is what counts", "instead": INSTEAD}, "hides the tail"),
            ({"flaw": "the warm-up was left out", "instead": INSTEAD}, "what is missing"),
            ({"flaw": FLAW, "instead": ["add clients until p99 rises"]}, "finds its capacity"),
            (
                {"flaw": FLAW, "instead": [*INSTEAD, "leave out the slowest one per cent"]},
                "that the question is about",
            ),
            ({"flaw": FLAW, "instead": INSTEAD[:1]}, "1 more belongs"),
        ],
    ),
}


test_right, test_unanswered, test_mistakes = exercise_tests(EXERCISES)
