"""The exercises on demand: what is right passes, and each typical mistake gets its own answer."""

import math

import pytest

from mlsd_kit.practice import find_exercise

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


@pytest.mark.parametrize("id", EXERCISES)
def test_the_right_answer_passes_and_the_stub_does_not(id):
    given, right, stub, _ = EXERCISES[id]
    exercise = find_exercise(id)
    assert exercise.judge_of(given)(right).right
    missing = exercise.judge_of(given)(stub)
    assert not missing.right
    assert not missing.answered
    assert 2 <= len(exercise.hints) <= 3


@pytest.mark.parametrize("id", EXERCISES)
def test_each_typical_mistake_is_told_by_name(id):
    given, _, _, mistakes = EXERCISES[id]
    judge = find_exercise(id).judge_of(given)
    said = [(judge(answer), phrase) for answer, phrase in mistakes]
    assert not any(verdict.right for verdict, _ in said)
    assert all(phrase in verdict.says for verdict, phrase in said)
    assert len({verdict.says for verdict, _ in said}) == len(said)
