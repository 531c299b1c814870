"""Bugs by their traces: M5."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mlsd_kit.models import BUGS, Drill, copied_share, name_bug
from mlsd_kit.practice.choices import All, Choice
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge

LEAK, SHUFFLED, SHIFTED, SKEW, COPIED, NOTHING = BUGS


CHECKS = {
    "AUC of each column alone": (LEAK, "columns that know the answer"),
    "scores against permuted labels": (SHUFFLED, "labels that have nothing to do with the rows"),
    "training against test distribution": (SHIFTED, "columns whose values have moved"),
    "offline against served values": (SKEW, "values that the service computes in another way"),
    "rows of the test in training": (COPIED, "rows that stand in both parts"),
}
"""Check → the bug that it is made for, and what it finds."""


@exercise(
    "M5.check_for",
    hints=[
        "Ask of each bug: in which two things does it make a difference?",
        "Stale values have the right distribution: only row by row are they wrong.",
    ],
)
def check_for() -> Judge:
    """Which check finds which bug?"""
    parts: dict[str, Judge] = {}
    for check, (bug, _) in CHECKS.items():
        others = {
            other: f"It finds {finds}; {bug} leaves no such trace."
            for other, (_, finds) in CHECKS.items()
            if other != check
        }
        parts[bug] = Choice(check, others)
    return All(parts)


@exercise(
    "M5.worst_slice",
    hints=[
        "A slice of a few rows can have any mean.",
        "Sort by the lower end of the interval, not by the excess.",
        "If no lower end is above 0, no slice is surely worse: 'none'.",
    ],
)
def worst_slice(table: pd.DataFrame) -> Judge:
    """Which slice is surely the worst, or "none"?"""
    names = [str(name) for name in table.index]
    lows = dict(zip(names, table["low"], strict=True))
    excess = dict(zip(names, table["excess"], strict=True))
    top = max(names, key=lows.__getitem__)
    right = top if lows[top] > 0 else "none"
    wrong = {
        name: "Its interval holds 0: it may be no worse than the rest."
        if lows[name] <= 0
        else "It is worse than the rest, but another is more surely so."
        for name in names
    }
    wrong["none"] = "The interval of at least one slice lies above 0."
    largest = max(names, key=excess.__getitem__)
    wrong[largest] = "Its excess is the largest, but look at its rows and its interval."
    wrong.pop(right)
    return Choice(right, wrong, "The lower end of the interval counts size and excess together.")


@exercise(
    "M5.copied_share",
    hints=[
        "A row is a copy when all its columns are equal: turn rows into tuples.",
        "known = set(train.itertuples(index=False, name=None)), then count over the test rows.",
    ],
)
def share_of_copies() -> Judge:
    """A function (train, test) → share of the test rows that stand in the training part too."""
    inputs: list[tuple[Any, ...]] = [
        (
            _frame([(1, 2), (3, 4), (3, 4), (9, 9)]),
            _frame([(3, 4), (3, 4), (5, 6), (1, 4), (7, 7)]),
        ),
        (_frame([(1, 2), (5, 5)]), _frame([(2, 1), (5, 5), (8, 8), (0, 0)])),
    ]

    def rows(frame: pd.DataFrame) -> list[Any]:
        return list(frame.itertuples(index=False, name=None))

    causes = {
        "That is the share of the training rows; the test is what is flattered.": (
            lambda train, test: sum(r in set(rows(test)) for r in rows(train)) / len(train)
        ),
        "That is a number of rows; a share is wanted.": (
            lambda train, test: float(sum(r in set(rows(train)) for r in rows(test)))
        ),
        "Copies are counted once each; every test row that is a copy flatters the score.": (
            lambda train, test: len(set(rows(train)) & set(rows(test))) / len(test)
        ),
        "It compares each column by itself: all columns of one row have to be equal.": (
            lambda train, test: float(
                test.isin(train.to_numpy().ravel().tolist()).all(axis=1).mean()
            )
        ),
    }
    return Function(copied_share, inputs, causes=causes)


def _frame(rows: list[tuple[int, int]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["a", "b"])


def _skew_first(figures: Mapping[str, float]) -> str:
    return SKEW if figures["mismatch"] > 0.05 else name_bug(figures)


def _any_fall(figures: Mapping[str, float]) -> str:
    return LEAK if figures["alone"] - figures["alone_served"] > 0.2 else name_bug(figures)


_FIGURES = ("alone", "alone_served", "label_signal", "shift", "mismatch", "copied")


_TYPICAL = {
    LEAK: (0.99, 0.55, 20.0, 0.04, 1.0, 0.0),
    SHUFFLED: (0.64, 0.64, 0.8, 0.04, 0.0, 0.0),
    SHIFTED: (0.64, 0.64, 6.0, 0.97, 0.0, 0.0),
    SKEW: (0.80, 0.55, 6.0, 0.04, 0.7, 0.0),
    COPIED: (0.64, 0.64, 8.0, 0.04, 0.0, 0.33),
    NOTHING: (0.64, 0.64, 6.0, 0.04, 0.0, 0.0),
}


@exercise(
    "M5.name_the_bug",
    hints=[
        "One bug shows in two figures: which figure tells it from the other?",
        "A leak is never served as it was computed, so it differs too: ask for it first.",
        "Ask for 'nothing' last, when no figure is out of line.",
    ],
)
def naming() -> Judge:
    """A function figures → name of the bug, or "nothing"."""
    inputs = [(dict(zip(_FIGURES, row, strict=True)),) for row in _TYPICAL.values()]
    causes = {
        "A leak also differs between offline and served, because at serving the answer is not "
        "known yet. Ask for it before the skew.": _skew_first,
        "A stale column falls too when served; a leak is far too good to begin with: above 0.9.": (
            _any_fall
        ),
        "It finds a bug in a clean table: the last answer has to be 'nothing'.": (
            lambda f: name_bug(f) if name_bug(f) != NOTHING else SHUFFLED
        ),
        "Shuffled labels are not found: a model that is no better than chance is `label_signal` "
        "below 3.": lambda f: name_bug(f) if name_bug(f) != SHUFFLED else NOTHING,
        "The same answer for everything: compare the figures with the limits.": (lambda f: NOTHING),
    }
    return Function(name_bug, inputs, causes=causes)


@exercise(
    "M5.find_the_bug",
    hints=[
        "symptoms(mystery) says in which part the trouble begins.",
        "evidence(mystery) holds a figure for each check, with its column.",
        "Give the figures to your name_the_bug, and take the column from the row that betrays it.",
    ],
)
def find_the_bug(drill: Drill) -> Judge:
    """What was planted in this drill, and in which column ("" if in none)?"""
    planted = drill.planted
    traces = {
        LEAK: "Then one column alone would be far too good offline, and not as served.",
        SHUFFLED: "Then scores on the training part would be no better than by chance.",
        SHIFTED: "Then a column's distribution would differ between training and test.",
        SKEW: "Then a column's served values would differ from the offline ones.",
        COPIED: "Then rows of the test would stand in the training part.",
        NOTHING: "One of the checks is out of line.",
    }
    traces.pop(planted.bug)
    if planted.bug == LEAK:
        traces[SKEW] = (
            "The column does differ when served, because the answer is not known yet then. "
            "How good is that column alone, offline? That is the cause."
        )
    where = (
        "It is in no column: give an empty text."
        if not planted.column
        else ("That column shows nothing: take the one that the check names.")
    )
    columns = {name: where for name in ["", *map(str, drill.offline)] if name != planted.column}
    return All({"bug": Choice(planted.bug, traces), "column": Choice(planted.column, columns)})
