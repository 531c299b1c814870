"""Batch or online, and the traffic between: R3 and R11."""

from __future__ import annotations

from typing import Any

from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.verdicts import Judge
from mlsd_kit.requirements import (
    bandwidth,
)
from mlsd_kit.units import Q, Quantity, format_quantity, format_unit


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
