"""Where the milliseconds go: R10."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlsd_kit.practice.choices import Choice
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge
from mlsd_kit.requirements import (
    LatencyBudget,
    fan_out_tail,
)
from mlsd_kit.units import Q, Quantity, format_number


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
