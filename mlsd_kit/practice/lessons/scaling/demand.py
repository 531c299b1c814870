"""Requests under way, replicas, and a load test that waits with the service: S1."""

from __future__ import annotations

import math
from fractions import Fraction

from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge


@exercise(
    "S1.little",
    hints=[
        "Little's law: requests under way = requests per second × seconds that each takes.",
        "24 ms are 0.024 s.",
        "All processes together have 36 under way, and share them.",
    ],
)
def little(rate: float, mean_ms: float, processes: int) -> Judge:
    """Requests that one process has under way, on average."""
    together = rate * mean_ms / 1000
    return Number(
        together / processes,
        rtol=0.01,
        causes={
            "That is all processes together; one of them has its share.": together,
            "Milliseconds are not seconds: the rate is per second.": rate * mean_ms / processes,
            "The law multiplies: a longer stay means more under way, not fewer.": rate
            / mean_ms
            / processes,
            "That is what one process answers per second, not what it has under way.": rate
            / processes,
        },
    )


def _fewest(rate: float, service_ms: float, most_busy: float) -> int:
    # By trying, in whole numbers: 0.7 and 0.8 are no exact floats.
    work = Fraction(str(rate)) * Fraction(str(service_ms)) / 1000
    count = 2
    while work / (count - 1) > Fraction(str(most_busy)):
        count += 1
    return count


@exercise(
    "S1.replicas",
    hints=[
        "How many servers would be busy all the time? That is rate × service time in seconds.",
        "None may be busier than `most_busy`: divide by it, and round up.",
        "While one is down the others must do: one more.",
    ],
)
def replicas() -> Judge:
    """The fewest replicas of which none is busier than a share, with one of them down."""
    inputs = [
        (4000, 3.0, 0.7),
        (2000, 2.3, 0.6),
        (900, 1.0, 0.75),
        (50, 2.0, 0.5),
        (1000, 8.0, 0.9),
    ]

    def servers(rate: float, service_ms: float, most_busy: float) -> float:
        return rate * service_ms / 1000 / most_busy

    return Function(
        _fewest,
        inputs,
        causes={
            "Enough, until one is down: then the others are too busy. One more.": lambda *given: (
                math.ceil(servers(*given))
            ),
            "A part of a replica cannot be had: round up.": lambda *given: servers(*given) + 1,
            "They may not be busy all the time: divide by `most_busy`.": lambda rate, ms, busy: (
                math.ceil(servers(rate, ms, 1.0)) + 1
            ),
            "The service time is in milliseconds, the rate per second.": lambda rate, ms, busy: (
                math.ceil(servers(rate, 1000 * ms, busy)) + 1
            ),
        },
    )


@exercise(
    "S1.flaw",
    hints=[
        "What do the 50 clients do while the service stands still for a second?",
        "How many requests per second did the test send, and who decided that?",
        "Users do not wait for each other: who would have met the stall?",
    ],
)
def flaw() -> Judge:
    """The flaw of a load test with clients that wait, and what to do instead."""
    return All(
        {
            "flaw": Choice(
                "the clients wait with the service, so the load falls when it slows",
                {
                    "50 clients are too few for a percentile": "A percentile needs many requests, "
                    "not many clients; there were plenty.",
                    "the mean is what counts": "The mean hides the tail still better.",
                    "the warm-up was left out": "A warm-up would make the report worse, not "
                    "better: what is missing are the requests that a slow spell would have met.",
                },
                "A closed loop tests the service at the load that it can just take.",
            ),
            "instead": Chosen(
                {
                    "send at the rate of the peak, whatever the service does": "An open loop.",
                    "count latency from the time at which a request was due": "A stall then "
                    "counts for all who would have met it.",
                },
                {
                    "add clients until p99 rises": "they still wait with the service; that finds "
                    "its capacity, not what users see at the peak.",
                    "leave out the slowest one per cent": "they are the ones that the question "
                    "is about.",
                },
            ),
        }
    )
