"""What may be known when: D10."""

from __future__ import annotations

import numpy as np

from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge


@exercise(
    "D10.known",
    hints=[
        "A row may be trained on when its label is there at the moment of training.",
        "It is there `delay` after the row's own time.",
        "`np.asarray(times) + delay <= test_from`.",
    ],
)
def known() -> Judge:
    """Code `usable(times, delay, test_from)`: which rows have their label when the test begins?"""
    times = np.array([0.0, 5.0, 9.0, 10.0, 12.0, 14.0])
    return Function(
        lambda t, delay, start: np.asarray(t) <= start - delay,
        [(times, 3.0, 12.5), (times, 0.0, 10.5), (times, 24.0, 12.5)],
        causes={
            "These rows are before the test, but the labels of the last ones were not there yet.": (
                lambda t, delay, start: np.asarray(t) < start
            ),
            "The wrong side: a row needs to be older by the delay, not younger.": (
                lambda t, delay, start: np.asarray(t) >= start - delay
            ),
            "The delay is taken off: that lets rows in that are younger than the test's begin.": (
                lambda t, delay, start: np.asarray(t) - delay <= start
            ),
        },
    )


@exercise(
    "D10.flaw",
    hints=[
        "Which step computes something from labels that it should not have seen?",
        "Go through the lines in order; ask of each which rows it was fitted on.",
        "The encoder is fitted before the split, on the labels of the test rows too.",
    ],
    also=["D8"],
)
def flaw() -> Judge:
    """Which line is the flaw: 1 sorts, 2 encodes, 3 splits, 4 trains, 5 scores?"""
    return Choice(
        "2",
        {
            "1": "Sorting by time changes no value.",
            "3": "The split itself is by time. Something was done before it.",
            "4": "Training uses the training rows only; what is in their features was decided "
            "earlier.",
            "5": "Scoring the later rows is what a test is for; look at where their features come "
            "from.",
        },
        "Line 2 fits rates on all labels, those of the test included; split first, then fit.",
    )


@exercise(
    "D10.split",
    hints=[
        "Tomorrow's rows: are they later, or from other groups, or both?",
        "Choose the split that asks of the model what the service will ask.",
        "by time; and both reasons that speak of the service and of the hours.",
    ],
)
def split() -> Judge:
    """Which split stands for the service, and why?"""
    return All(
        {
            "split": Choice(
                "by time",
                {
                    "at random": "Its test rows lie between the training rows, so training has "
                    "seen their hours and their users.",
                    "by group": "It asks about new users only, and has seen the hours of the test; "
                    "the service meets known users, later.",
                },
            ),
            "because": Chosen(
                {
                    "the service scores later rows": "that is what it is for",
                    "features must come from the past": "a split by time makes a leak show",
                },
                {
                    "it gives the best score": "The best score is often that of a leak.",
                    "every part has the same base rate": "It has not, and that is how tomorrow is.",
                },
            ),
        }
    )
