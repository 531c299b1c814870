"""The exercises of the lesson on requirements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit import framework
from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge, Verdict, kind_of, no_answer
from mlsd_kit.requirements import (
    CapacitySheet,
    Checklist,
    LatencyBudget,
    bandwidth,
    effective_number,
    fan_out_tail,
    in_flight,
    mean_rate,
    rate_through,
)
from mlsd_kit.units import Q, Quantity, format_number, format_quantity, format_unit

MOST_QUESTIONS = 8
NEEDED = {
    ("R1",): "what the goal is, as a quantity",
    ("R2",): "what must not get worse for the sake of the goal",
    ("R6",): "how large it is",
    ("R4", "R10"): "how fast it has to answer",
}
"""Items of which one has to be asked for → what that is."""


class Asked:
    """Judges a list of questions by what they leave open.

    Args:
        facts: what may be asked.
    """

    def __init__(self, facts: Sequence[Any]) -> None:
        self.facts = facts

    def __call__(self, answer: Any) -> Verdict:
        """The verdict."""
        if early := no_answer(answer):
            return early
        if isinstance(answer, str) or not isinstance(answer, Sequence):
            return Verdict(False, f"A list of questions is wanted, not {kind_of(answer)}.")
        if not all(isinstance(question, str) and question.strip() for question in answer):
            return Verdict(False, "Each question is a text that is not empty.")
        if not answer:
            return Verdict(False, "Nothing is asked yet.")
        if len(answer) > MOST_QUESTIONS:
            return Verdict(
                False,
                f"{len(answer)} questions: five minutes of the interview hold {MOST_QUESTIONS}. "
                "Leave out what would not change the design.",
            )
        checklist = Checklist(self.facts)
        facts = [checklist.match(question) for question in answer]
        for question, fact in zip(answer, facts, strict=True):
            if fact is None:
                return Verdict(
                    False, f"The interviewer does not understand: {question} Say it in other words."
                )
        found = {item for fact in facts if fact is not None for item in fact.items}
        offered = {item for fact in self.facts for item in fact.items}
        for items, what in NEEDED.items():
            if offered & set(items) and not found & set(items):
                named = " or ".join(f"{item} ({framework.item(item).title})" for item in items)
                return Verdict(False, f"Nobody asked {what}: {named}.")
        told = len({fact.id for fact in facts if fact is not None})
        return Verdict(True, f"Right: {len(answer)} questions, {told} facts, the four that decide.")


@exercise(
    "R9.questions",
    hints=[
        "Think of what would make you draw another design.",
        "Four things decide: the goal, what guards it, the size, the time to answer.",
        "Such as: What are we optimising? What must not get worse? How many … per second?",
    ],
    also=["R1", "R2", "R6", "R10"],
)
def _questions(facts: Sequence[Any]) -> Judge:
    """Ask at most eight questions that bring out what decides the design."""
    return Asked(facts)


@exercise(
    "R1.goal",
    hints=[
        "Two people who measure it have to get the same number.",
        "It is measured on what the product does, not on the model.",
    ],
)
def _goal() -> Judge:
    """Choose the goal that can be measured, and that the product is there for."""
    return Choice(
        "B",
        {
            "A": "Nobody can say when that is reached: there is no quantity in it.",
            "C": "That is a property of the model. It may rise while the product gets worse.",
            "D": "More data may help to reach a goal; it is not what the product is there for.",
        },
        "It is a quantity of the product, and any design can be judged by it.",
    )


def _shares(counts: Any) -> np.ndarray:
    array = np.asarray(counts, dtype=float)
    return array[array > 0] / array.sum()


@exercise(
    "R2.effective",
    hints=[
        "First make shares of the counts.",
        "The sum of the squared shares is the chance that two draws are of the same one.",
        "One over that sum.",
    ],
)
def _effective(counts: Sequence[float]) -> Judge:
    """Write the effective number 1 / Σ share² of a list of counts."""

    def reference(counts: Any) -> float:
        return effective_number(np.repeat(np.arange(len(counts)), counts))

    causes = {
        "That is how many there are: it does not see how unevenly.": lambda c: float(
            np.count_nonzero(c)
        ),
        "That is the sum of squared shares itself: turn it upside down.": lambda c: float(
            np.sum(_shares(c) ** 2)
        ),
        "The counts are squared before they are shares.": lambda c: float(
            1 / np.sum(np.square(np.asarray(c, dtype=float)))
        ),
        "That is the exponential of the entropy: a measure of the same, of order 1, not 2.": (
            lambda c: float(np.exp(-np.sum(_shares(c) * np.log(_shares(c)))))
        ),
        "Only the largest share is looked at.": lambda c: float(1 / _shares(c).max()),
    }
    inputs = [([9, 1],), ([5, 0, 5],), ([7, 2, 1],), (list(counts),)]
    return Function(reference, inputs, causes=causes)


@exercise(
    "R6.mean",
    hints=[
        "What is stored follows the mean, not the peak.",
        "Mean = peak ÷ ratio. Then from seconds to days.",
        "A day has 86,400 seconds: `(peak / ratio).to(...)` converts for you.",
    ],
    also=["D7"],
)
def _mean(peak: Quantity, ratio: float) -> Judge:
    """Compute how many come in a day, from the peak and the ratio of peak to mean."""
    counted = format_unit(peak).split("/")[0]
    unit = f"{counted}/day"
    causes = {
        "That is a day at the peak: nights are quieter. Divide by the ratio of peak to mean.": peak,
        "The peak is above the mean: divide by the ratio, do not multiply.": peak * ratio,
        "Divided by the ratio twice.": peak / ratio**2,
    }
    if ratio == 1:
        causes = {}
    return Number(mean_rate(peak, ratio).to(unit), causes=causes)


@exercise(
    "R6.estimates",
    hints=[
        "Write the figures with their units first; the units tell whether to multiply or divide.",
        "Rates and sizes multiply; the peak is divided by its ratio to the mean; watch days.",
        "The formula of each stands under `spec.estimates` as text: read one, then do the others.",
    ],
    also=["D7"],
)
def _estimates(estimates: Sequence[Any], scale: Mapping[str, Any]) -> Judge:
    """Answer the case's questions of size, as a dictionary of quantities."""
    sheet = CapacitySheet()
    for name, figure in scale.items():
        sheet.line(name, figure.quantity)
    parts: dict[str, Judge] = {}
    for estimate in estimates:
        right = sheet.derive(f"result_of_{estimate.id}", estimate.formula, estimate.unit)
        parts[estimate.id] = Number(right, within=estimate.within)
    return All(parts)


@exercise(
    "R6.in_flight",
    hints=[
        "How many come while one is being answered?",
        "Little's law: number = rate × time.",
        "Mind the milliseconds: `(rate * time).to_reduced_units()` minds them for you.",
    ],
    also=["R10", "S1"],
)
def _in_flight(peak: Quantity, latency: Quantity) -> Judge:
    """Compute how many requests are under way at once, at the peak."""
    expected = in_flight(peak, latency)
    causes = {
        "That is the rate itself: how many come in a second, not how many are inside.": float(
            peak.magnitude
        ),
        "Divided instead of multiplied: the slower each is, the more are inside.": float(
            rate_through(peak * Q("1 s"), latency).magnitude
        ),
        "The time is in milliseconds and the rate in seconds: a factor of 1,000.": float(
            expected.magnitude * 1000
        ),
    }
    unit = expected.units
    return Number(expected, causes={says: value * unit for says, value in causes.items()})


@exercise(
    "R10.fan_out",
    hints=[
        "When is a request not slow? Only if every server is fast.",
        "The chance that all are fast is (1 - slow) to the power of the servers.",
        "One less that.",
    ],
    also=["R4"],
)
def _fan_out() -> Judge:
    """Write the share of requests that wait for a slow server, when all have to answer."""
    causes = {
        "The shares are added up: with enough servers that is more than 1.": lambda p, n: p * n,
        "That is the share of requests for which all are fast: the other part.": (
            lambda p, n: (1 - p) ** n
        ),
        "That is the share for which every server is slow at once.": lambda p, n: p**n,
        "That is the share for one server, however many are asked.": lambda p, n: p,
    }
    inputs = [(0.01, 1), (0.01, 100), (0.05, 10), (0.2, 30)]
    return Function(fan_out_tail, inputs, causes=causes)


FLAWS = ("overspent", "median", "network", "each")


def draft_budget(latency: Quantity, candidates: int, seed: int) -> pd.DataFrame:
    """A colleague's latency budget with one flaw, another for each seed.

    Args:
        latency: the time allowed for a request.
        candidates: predictions for a request; with one, no time is that of a candidate.
        seed: chooses the flaw.
    """
    total = float(latency.to("ms").magnitude)
    stages = ["network", "features", "candidates", "model", "rules"]
    shares = np.array([0.2, 0.15, 0.2, 0.25, 0.1])
    flaws = FLAWS if candidates > 1 else FLAWS[:3]
    flaw = flaws[np.random.default_rng(seed).integers(len(flaws))]
    draft = pd.DataFrame({"stage": stages, "ms": shares * total, "figure": "p99", "of": "request"})
    if flaw == "overspent":
        draft.loc[[1, 3], "ms"] *= 1.5
    elif flaw == "median":
        draft.loc[3, "figure"] = "p50"
    elif flaw == "network":
        draft = draft.drop(index=0)
    else:
        draft.loc[3, "ms"], draft.loc[3, "of"] = 0.02 * total, "candidate"
    return draft.set_index("stage").round(2)


@exercise(
    "R10.flaw",
    hints=[
        "Add up, then look at what each figure is a figure of.",
        "Is every way that the request goes in it? Are all figures p99? All for a whole request?",
        "Look at the columns `figure` and `of`, then for the network, then at the sum.",
    ],
    also=["R4"],
)
def _flaw(draft: pd.DataFrame, latency: Quantity) -> Judge:
    """Find what is wrong with a latency budget."""
    total = float(latency.to("ms").magnitude)
    budget = LatencyBudget(latency)
    for stage, ms in draft["ms"].items():
        budget = budget.spend(str(stage), Q(float(ms), "ms"))
    spent = format_number(budget.spent)
    found = {
        "overspent": budget.is_over,
        "median": bool((draft["figure"] != "p99").any()),
        "network": "network" not in draft.index,
        "each": bool((draft["of"] != "request").any()),
    }
    why = {
        "overspent": f"The stages come to {spent} ms of {format_number(total)} ms: they fit.",
        "median": "Each figure is a p99, as the column says: no median among them.",
        "network": "The network has its line.",
        "each": "Each line is the time for a whole request, as the column says.",
    }
    because = {
        "overspent": f"The stages come to {spent} ms of {format_number(total)} ms.",
        "median": "Half of the requests take longer than a median: it hides the tail.",
        "network": "The way to the user and back is part of what the user waits for.",
        "each": "A request has many candidates; what one takes is not what they all take.",
    }
    right = next(flaw for flaw in FLAWS if found[flaw])
    wrong = {flaw: why[flaw] for flaw in FLAWS if flaw != right}
    return Choice(right, wrong, because[right])


@exercise(
    "R3.serve",
    hints=[
        "First what is impossible, then what is cheaper.",
        "Can a job at night know all that the prediction depends on? May its result be that old?",
        "Name each criterion that rules out the other way; cost, if none does.",
    ],
    also=["R4"],
)
def _serve(workload: Any) -> Judge:
    """Choose batch or online for the case, and name the criteria that decide."""
    against_batch = {
        "inputs": not workload.known_before,
        "freshness": Q(workload.freshness) < Q(workload.period),
    }
    slow = Q(workload.scoring) > Q(workload.latency)
    batch = Q(workload.entities) * Q(workload.per_entity) / Q(workload.period)
    online = Q(workload.requests) * Q(workload.per_request)
    dearer_batch = bool(batch * Q(workload.batch_cost) > online * Q(workload.online_cost))
    reasons = {name for name, holds in against_batch.items() if holds}
    if reasons and slow:
        right, reasons = "hybrid", reasons | {"latency"}
    elif slow:
        right, reasons = "batch", {"latency"}
    elif reasons:
        right = "online"
    else:
        right, reasons = "online" if dearer_batch else "batch", {"cost"}
    return All({"serve": _way(right, workload), "because": _because(reasons, right, workload)})


def _way(right: str, workload: Any) -> Choice:
    fresh, period = format_quantity(Q(workload.freshness)), format_quantity(Q(workload.period))
    says = {
        "batch": f"A prediction made by a job is up to {period} old, and may be {fresh} old; "
        f"{'all' if workload.known_before else 'not all'} that it depends on is known by then.",
        "online": "Possible, but the criteria allow to do it ahead, and that is cheaper or faster.",
        "hybrid": "Two systems cost more than one: is one way alone not enough here?",
    }
    return Choice(right, {way: why for way, why in says.items() if way != right})


def _because(reasons: set[str], right: str, workload: Any) -> Chosen:
    decides = {
        "inputs": "not all that a prediction depends on is known before the request",
        "freshness": "a job's predictions would be too old",
        "latency": "the model is too slow to be asked at the request",
        "cost": "both ways are possible, and one is cheaper",
    }
    idle = {
        "inputs": "all that it depends on is known ahead.",
        "freshness": "a prediction may be as old as the job makes it.",
        "latency": "the model answers in the time allowed.",
        "cost": "cost decides among what is possible, and only one way is.",
    }
    return Chosen(
        {name: decides[name] for name in decides if name in reasons},
        {name: idle[name] for name in idle if name not in reasons},
    )


@exercise(
    "R11.traffic",
    hints=[
        "Bytes for a request, requests for a second, and networks are sold in bits.",
        "Rate × size gives bytes a second; a byte has 8 bits.",
        '`(peak * size).to("Gbit/s")`, with the size in bytes for a request.',
    ],
    also=["R6"],
)
def _traffic(peak: Quantity, size: Quantity, candidates: int) -> Judge:
    """Compute the bandwidth between the product's backend and the model service, in Gbit/s."""
    counted = format_unit(peak).split("/")[0]
    expected = bandwidth(peak, size / Q(1, counted))
    causes = {"That is in bytes: a byte has 8 bits, and networks are sold in bits.": expected / 8}
    if candidates > 1:
        causes |= {
            "The size is that of a whole request already: not times its candidates.": (
                expected * candidates
            ),
            "That is for one candidate; a request carries all of them.": expected / candidates,
        }
    return Number(expected, causes=causes)


@exercise(
    "R5.culprit",
    hints=[
        "Compare each feature's distribution with that of the reference.",
        "The scores move because a feature moved: look for the cause, not the effect.",
        '`monitor.features()` has the index of each feature; the largest but "prediction".',
    ],
    also=["P7"],
)
def _culprit(before: pd.DataFrame, after: pd.DataFrame) -> Judge:
    """Name the feature that a fault has changed."""
    from scipy.stats import ks_2samp

    names = [str(n) for n in before if pd.api.types.is_numeric_dtype(before[n])]
    moved = {n: ks_2samp(before[n].dropna(), after[n].dropna()).statistic for n in names}
    right = max(moved, key=lambda name: moved[name])
    wrong = {
        name: f"{name} has moved by {moved[name]:.2f} (largest distance between the distribution "
        "functions): another has moved more."
        for name in names
        if name != right
    }
    for name in before:
        wrong.setdefault(str(name), f"{name} is a category, and its shares are as before.")
    del wrong[right]
    wrong["prediction"] = "The scores moved because a feature did: that is the effect."
    wrong["none"] = "One has moved far more than chance: look at the indices again."
    return Choice(right, wrong, f"Its distribution has moved by {moved[right]:.2f}.")


@exercise(
    "R7.longest",
    hints=[
        "With a retraining every k periods, the model's age runs from 0 to k - 1.",
        "What the schedule costs is the mean of the excess over these ages.",
        "Try k = 1, 2, …; keep the largest whose mean is within the limit.",
    ],
)
def _longest(excess: Sequence[float], limit: float) -> Judge:
    """Write the longest time between retrainings whose mean excess is within a limit."""

    def reference(excess: Any, limit: float) -> int:
        return max(k for k in range(1, len(excess) + 1) if np.mean(excess[:k]) <= limit)

    def last(excess: Any, limit: float) -> int:
        return max(k for k in range(1, len(excess) + 1) if excess[k - 1] <= limit)

    def total(excess: Any, limit: float) -> int:
        return max(k for k in range(1, len(excess) + 1) if np.sum(excess[:k]) <= limit)

    causes = {
        "That looks at the oldest age alone; before it the model was younger, and better.": last,
        "That adds the excess up; what the schedule costs is its mean over the ages.": total,
        "One too few: an age of k - 1 is the last before a retraining every k.": (
            lambda e, x: reference(e, x) - 1
        ),
        "One too many: with k + 1 the mean is above the limit already.": (
            lambda e, x: reference(e, x) + 1
        ),
    }
    given = [0.0, *map(float, list(excess)[1:])]
    inputs = [
        ([0.0, 0.01, 0.02, 0.03, 0.04, 0.05], 0.015),
        ([0.0, 0.002, 0.03, 0.05], 0.01),
        ([0.0, 0.01, 0.02, 0.04, 0.08], 0.021),
        (given, float(limit)),
    ]
    return Function(reference, inputs, causes=causes)


@exercise(
    "R8.objective",
    hints=[
        "Follow the label: who reads it, who is fitted to it, who is judged by it?",
        "The model's inputs are the same: what only knows the inputs stays.",
        "Five parts change.",
    ],
    also=["P9"],
)
def _objective() -> Judge:
    """Choose all that changes when the same features are to predict another, later event."""
    return Chosen(
        {
            "label": "it is another event, and it comes later",
            "model": "it is fitted to the label",
            "holdout": "its expected predictions are the new model's",
            "metrics": "the goal is another",
            "decision": "another event has another rate and other costs",
        },
        {
            "inputs": "the features are the same, and so are their names and types.",
            "requests": "who calls the service sends what it sent before.",
            "feature pipeline": "it computes features, and does not know the label.",
        },
    )
