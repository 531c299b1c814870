"""Exercises of the lesson on models: M1 to M5."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.models import BUGS, Drill, copied_share, name_bug, smoothed_rates, trials_needed
from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge

LEAK, SHUFFLED, SHIFTED, SKEW, COPIED, NOTHING = BUGS


@exercise(
    "M1.gain_share",
    hints=[
        "A gain is measured from the base rate, not from zero.",
        "Gain of a rung: loss of the base rate less loss of the rung.",
        "Divide the gain of one column's rates by the gain of the best rung.",
    ],
)
def gain_share(loss: Mapping[str, float]) -> Judge:
    """Which share of the best rung's gain over the base rate has the rule of one column?"""
    base, rule, best = loss["base rate"], loss["one column's rates"], min(loss.values())
    causes = {
        "That compares the losses themselves. Most of a loss is there whatever the model does: "
        "measure both from the base rate.": best / rule,
        "That is the gain itself, not a share of the best rung's gain.": base - rule,
        "That is what is left for the better models to gain.": (rule - best) / (base - best),
        "Upside down: the rule's gain over the best rung's.": (base - best) / (base - rule),
    }
    return Number((base - rule) / (base - best), rtol=0.01, causes=causes)


@exercise(
    "M1.smoothed_rates",
    hints=[
        "Imagine that every value starts with `smooth` rows which have the rate of all rows.",
        "(events + smooth · rate of all) / (rows + smooth), for each value.",
    ],
)
def rates_of_values() -> Judge:
    """A function (values, y, smooth) → {value: smoothed rate}: the rule that stands first."""
    inputs: list[tuple[Any, ...]] = [
        (["a", "a", "b", "b", "b"], [1, 0, 0, 0, 0], 2),
        (["x", "y", "y", "y"], [1, 1, 1, 0], 10),
        (["only"], [0], 1),
    ]

    def table(rate: Callable[[float, int, float, float], float]) -> Callable[..., Any]:
        def mistaken(values: list[str], y: list[int], smooth: float) -> dict[str, float]:
            labels: dict[str, list[int]] = {}
            for value, label in zip(values, y, strict=True):
                labels.setdefault(value, []).append(label)
            every = sum(y) / len(y)
            return {v: rate(sum(own), len(own), smooth, every) for v, own in labels.items()}

        return mistaken

    causes = {
        "Nothing is smoothed: a value that was seen once has the rate 0 or 1.": table(
            lambda k, n, smooth, rate: k / n
        ),
        "It is pulled to ½: an event is rare, so pull to the rate of all rows.": table(
            lambda k, n, smooth, rate: (k + smooth * 0.5) / (n + smooth)
        ),
        "It is pulled to 0: the rows of the prior have events too, smooth · rate of them.": table(
            lambda k, n, smooth, rate: k / (n + smooth)
        ),
        "The prior's rows are missing below the line: divide by rows + smooth.": table(
            lambda k, n, smooth, rate: (k + smooth * rate) / n
        ),
    }

    def reference(values: list[str], y: list[int], smooth: float) -> Any:
        return smoothed_rates(np.array(values), np.array(y), smooth)

    return Function(reference, inputs, causes=causes)


@exercise(
    "M1.under_budget",
    hints=[
        "First who is allowed at all, then who is best among them.",
        "The slow requests decide: compare `p95 (ms)` with the budget.",
        "Among the rungs within the budget: the one with the least loss.",
    ],
)
def under_budget(table: pd.DataFrame, budget_ms: float) -> Judge:
    """Which rung has the least loss among those whose p95 is within the budget, or "none"?"""
    fits = table["p95 (ms)"] <= budget_ms
    right = str(table.loc[fits, "loss"].idxmin()) if fits.any() else "none"
    wrong = {"none": "At least one rung is within the budget."}
    for name in map(str, table.index):
        if not fits[name]:
            wrong[name] = "Its p95 is above the budget: one request in twenty would be late."
        else:
            wrong[name] = "It is within the budget, but another that is so too has a lower loss."
    if fits.any():
        fastest = str(table["p95 (ms)"].idxmin())
        wrong[fastest] = "The fastest is not what is asked: within the budget, speed is not a goal."
    wrong.pop(right)
    return Choice(right, wrong, "A budget is a limit, not a goal: within it, quality decides.")


@exercise(
    "M1.training_cost",
    hints=[
        "How long does one training take at that speed? Rows over rows a second.",
        "Turn it to hours, times the price; and there is more than one training.",
        "rows / speed · price · trials",
    ],
    also=["M2"],
)
def training_cost(job: Mapping[str, Any]) -> Judge:
    """What does a night's search cost, in dollars?"""
    hours = job["rows"] / job["speed"]
    one = (hours * job["price"]).to("dollars")
    causes = {
        "That is one training; a search trains once for every trial.": one,
        "The price is for an hour and the speed for a second: convert one of them.": (
            one * job["trials"] * 3600
        ),
        "That is the search of a single night's hour: the rows are missing, or the speed.": (
            job["price"] * job["trials"] * type(hours)(1, "hour")
        ).to("dollars"),
    }
    return Number(one * job["trials"], causes=causes)


@exercise(
    "M2.trials_needed",
    hints=[
        "Ask for the opposite: how likely is it that all n trials miss?",
        "All miss with probability 0.95ⁿ, and that has to be at most 0.05.",
        "n = log(0.05) / log(0.95), rounded up.",
    ],
)
def random_trials() -> Judge:
    """How many random trials, for one among the best 5 % of the space with 95 % confidence?"""
    causes = {
        "That many trials hit the best 5 % once on average; in more than a third of such searches "
        "they miss.": 20,
        "With that many trials the chance is only about one half: 1 − 0.95ⁿ ≥ 0.5.": 14,
        "That is for 99 % confidence.": trials_needed(0.05, 0.99),
        "That is for the best 1 % of the space.": trials_needed(0.01),
        "That is 95 of 100 trials, not a probability: how likely do all n trials miss?": 95,
    }
    return Number(trials_needed(0.05), rtol=0.009, causes=causes)


@exercise(
    "M2.early_stop",
    hints=[
        "Keep two things: the round of the best loss so far, and how long ago that was.",
        "Stop when `patience` rounds in a row brought no new best, and return the best round.",
    ],
)
def early_stop() -> Judge:
    """A function (losses, patience) → the round to keep, counted from 1."""
    inputs: list[tuple[Any, ...]] = [
        ([5.0, 4.0, 3.0, 3.5, 3.2, 3.4, 2.0, 1.0], 3),
        ([5.0, 4.0, 4.5, 4.2, 3.0, 3.1], 3),
        ([3.0, 2.0, 1.0], 2),
        ([1.0, 2.0, 3.0, 0.5, 0.6, 0.7, 0.8, 0.2], 2),
        ([4.0, 5.0, 3.0, 3.2], 1),
    ]

    def kept(losses: list[float], patience: int) -> tuple[int, int]:
        best = 0
        for i, loss in enumerate(losses):
            if loss < losses[best]:
                best = i
            elif i - best >= patience:
                return best, i
        return best, len(losses) - 1

    def rises(losses: list[float], patience: int) -> int:
        worse = 0
        for i in range(1, len(losses)):
            worse = worse + 1 if losses[i] > losses[i - 1] else 0
            if worse >= patience:
                return i + 1 - patience
        return int(np.argmin(losses)) + 1

    causes = {
        "That is the round at which it stops; the model of the best round is kept.": (
            lambda losses, patience: kept(losses, patience)[1] + 1
        ),
        "That is the best of all rounds: whoever stops early never sees the later ones.": (
            lambda losses, patience: int(np.argmin(losses)) + 1
        ),
        "The rounds are counted from 1.": lambda losses, patience: kept(losses, patience)[0],
        "It waits a round too long: stop after exactly `patience` rounds without a new best.": (
            lambda losses, patience: kept(losses, patience + 1)[0] + 1
        ),
        "It compares with the round before; compare with the best so far.": rises,
    }
    return Function(lambda losses, patience: kept(losses, patience)[0] + 1, inputs, causes=causes)


@exercise(
    "M2.report",
    hints=[
        "The best of twenty throws of a die is not what the next throw will be.",
        "Which rows have had no say in any choice so far?",
    ],
)
def what_to_report() -> Judge:
    """After a search: which loss do you report, and why?"""
    number = Choice(
        "test rows, once",
        {
            "best trial, validation rows": "It was chosen because it was low on these rows: part "
            "of that is luck, and more trials make more of it.",
            "mean of all trials": "That is the loss of a model chosen blindly, which nobody ships.",
            "training rows": "The model was fitted to them: the most flexible one would look best.",
        },
        "The test rows had no say in any choice, so their loss is an honest estimate, once.",
    )
    why = Chosen(
        {
            "the best of many is lucky on its rows": "",
            "the test rows had no say in a choice": "",
        },
        {
            "the test rows are more": "Their number sets the width of the interval, not its bias.",
            "validation rows are trained on": "No trial trains on them; they are used to choose.",
        },
    )
    return All({"report": number, "why": why})


@exercise(
    "M3.read_curves",
    hints=[
        "Two gaps: floor to training loss, and training loss to validation loss.",
        "A large first gap is bias, a large second gap is variance.",
    ],
)
def read_curves(curves: Mapping[str, pd.DataFrame], floor: float) -> Judge:
    """For each curve: bias, variance, or at the floor?"""
    says = {
        "bias": "Its training loss is near the floor: nothing keeps it from expressing the data.",
        "variance": "Validation loss is near training loss: it did not learn the rows by heart.",
        "at the floor": "It is not at the floor: look how far the validation loss is above it.",
    }
    parts: dict[str, Judge] = {}
    for name, curve in curves.items():
        last = curve.iloc[-1]
        bias, variance = last["training"] - floor, last["validation"] - last["training"]
        small = max(bias, variance) < 0.03
        right = "at the floor" if small else "bias" if bias > variance else "variance"
        parts[name] = Choice(right, {word: why for word, why in says.items() if word != right})
    return All(parts)


@exercise(
    "M3.next_step",
    hints=[
        "Against variance: make the model see more, or allow it less.",
        "Three of them: one is about rows, two about what the model may do.",
    ],
)
def next_step() -> Judge:
    """Which of these help against variance?"""
    return Chosen(
        {
            "more training rows": "",
            "fewer leaves for each tree": "",
            "stop boosting earlier": "",
        },
        {
            "a wider network": "it can learn still more rows by heart.",
            "more trees of the same kind": "in boosting each tree fits what is left, noise too.",
            "train on the validation rows as well, and score them": "the score is then of rows "
            "that it knows, which hides variance instead of lessening it.",
            "crosses of all columns": "more columns with few rows each: that is against bias.",
        },
    )


@exercise(
    "M3.more_rows",
    hints=[
        "If the gap falls as one over the rows, rows times gap stays the same.",
        "n · gap = needed · target",
    ],
)
def more_rows(n: int, gap: float, target: float) -> Judge:
    """The gap falls as 1 / rows: how many rows for the target?"""
    causes = {
        "That is for a gap that falls as one over the square root of the rows.": (
            n * (gap / target) ** 2
        ),
        "Those are the further rows; asked is how many in all.": n * gap / target - n,
        "Upside down: a smaller gap needs more rows.": n * target / gap,
    }
    return Number(n * gap / target, causes=causes)


@exercise(
    "M4.unused",
    hints=[
        "Follow each column of the table along the arrows.",
        "Compare the columns in the grey boxes with those of the table.",
    ],
)
def unused_columns(columns: list[str], used: list[str]) -> Judge:
    """Which columns of the table never reach the model?"""
    right = {name: "" for name in columns if name not in used}
    return Chosen(right, dict.fromkeys(used, "an arrow leads from it to the model."))


@exercise(
    "M4.inside",
    hints=[
        "What would the encoder know of the test rows if it saw them?",
        "Whatever learns from rows belongs where only training rows come by.",
    ],
    also=["M5"],
)
def inside() -> Judge:
    """Where is an encoder to be fitted that turns ids to rates, and why?"""
    where = Choice(
        "in the pipeline",
        {
            "before the split": "It would see the labels of the test rows: the leak just shown.",
            "on the test rows too, separately": "Rates of the test rows are made of the labels "
            "that are to be predicted; at serving there are none.",
            "by hand, after the split": "It can be right today, but cross-validation, search and "
            "the exported model each have to repeat it by hand, and one will forget.",
        },
        "Whatever fits the pipeline then fits the encoder on the same rows, and only on those.",
    )
    why = Chosen(
        {
            "it learns from labels": "",
            "cross-validation refits it for each fold": "",
            "what is exported is what was scored": "",
        },
        {
            "pipelines are faster": "They do the same work; speed is not the reason.",
            "trees need scaled rates": "Trees do not care for the scale of a column.",
        },
    )
    return All({"where": where, "why": why})


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
