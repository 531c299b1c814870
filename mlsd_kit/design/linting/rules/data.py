"""Where features and training rows come from, how old they are and how long they are kept."""

from __future__ import annotations

from collections.abc import Iterator

from mlsd_kit.design.linting.rules.facts import Facts
from mlsd_kit.design.linting.rules.registry import Found, rule
from mlsd_kit.design.linting.rules.words import time
from mlsd_kit.design.planning import Visit
from mlsd_kit.units import format_number

KEEPS_ROWS = ("log", "stream", "queue", "warehouse")
COMPUTES = ("batch_job", "service", "ranker")
READ = ("feature_store", "warehouse", "log", "batch_job")
"""Kinds that training joins features from."""


def training_reads(facts: Facts, flow: str) -> list[Visit]:
    """What a training flow goes through before its trainer."""
    reads: list[Visit] = []
    for visit in facts.visits(flow):
        if visit.component.kind == "trainer":
            break
        reads.append(visit)
    return reads


def logged(facts: Facts) -> set[str]:
    """What request flows leave rows with, and what batch flows copy those rows to."""
    first = {visit.name for visit in facts.asked if visit.component.kind in KEEPS_ROWS}
    return first | {name for start in first for name in _downstream(facts, start)}


def _downstream(facts: Facts, start: str) -> set[str]:
    """Components that batch and training flows hand rows of a component on to, unchanged."""
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        here = ahead.pop()
        for flow, _ in facts.flows("batch", "training"):
            names = [visit.name for visit in facts.visits(flow)]
            if here not in names:
                continue
            for visit in facts.visits(flow)[names.index(here) + 1 :]:
                if visit.component.kind in (*COMPUTES, "trainer"):
                    break
                if visit.name not in reached:
                    reached.add(visit.name)
                    ahead.append(visit.name)
    return reached


@rule(
    "features_not_point_in_time",
    "error",
    "D10",
    reason="Features joined as they are now contain what happened after the event: the model "
    "learns from the future and fails in service (Kaufman et al., Leakage in Data Mining, 2012).",
    advice="Join features as of the event's time (point_in_time), or train on the features that "
    "were logged when they were served.",
    bad={
        "flows.training.steps": [
            {"call": "features"},
            {"call": "trainer", "takes": "2 h"},
            {"send": "registry"},
        ],
    },
    good={
        "components.features.point_in_time": True,
        "flows.training.steps": [
            {"call": "features"},
            {"call": "trainer", "takes": "2 h"},
            {"send": "registry"},
        ],
    },
)
def features_not_point_in_time(facts: Facts) -> Iterator[Found]:
    """Find training flows that read features as they are now."""
    served = logged(facts)
    for flow, _ in facts.flows("training"):
        reads = [v for v in training_reads(facts, flow) if v.component.kind in READ]
        joined = any(_as_of_event(visit) or visit.name in served for visit in reads)
        for index, visit in enumerate(reads):
            said = visit.step.point_in_time
            newest = visit.component.kind == "feature_store" and not _as_of_event(visit)
            if said is False or newest or (index == 0 and not joined):
                every = facts.design.flows[flow].every or 0.0
                yield (
                    f"flows.{flow}.{visit.label}.point_in_time",
                    f"reads {visit.name!r} as it is at training, up to {time(every)} after the "
                    "last event and longer after the others",
                )


def _as_of_event(visit: Visit) -> bool:
    said = visit.step.point_in_time
    return visit.component.point_in_time if said is None else said


@rule(
    "feature_sources_differ",
    "error",
    "P5",
    reason="Features computed twice, once for training and once for serving, drift apart without "
    "an error (Zinkevich, Rules of Machine Learning, rules 29 and 32).",
    advice="Train on what the same store serves, on what the same job computed, or on features "
    "logged when they were served.",
    bad={
        "components.raw": {
            "kind": "warehouse", "point_in_time": True, "retention": "90 days",
            "price": "$0.10/h",
        },
        "flows.training.history.call": "raw",
    },
    good={"flows.training.history.point_in_time": True},
)  # fmt: skip
def feature_sources_differ(facts: Facts) -> Iterator[Found]:
    """Find stores that serve features which nothing that training reads has seen."""
    waited = (wait.visit for wait in facts.waits if wait.visit.component.kind == "feature_store")
    stores = {visit.name: visit for visit in waited}
    served = logged(facts)
    for flow, _ in facts.flows("training"):
        reads = {visit.name for visit in training_reads(facts, flow)}
        if not reads or reads & served:
            continue
        for store, visit in stores.items():
            if store not in reads and not (reads & (_same(facts, store))):
                yield (
                    f"flows.{flow}.{facts.visits(flow)[0].label}.call",
                    f"training reads {_names(reads)}; requests read {store!r} "
                    f"(flows.{visit.flow}), and neither is filled from the other",
                )


def _same(facts: Facts, store: str) -> set[str]:
    """What holds the same computed values as a store: copies of it, and what it is copied from."""
    found = _downstream(facts, store)
    for flow, _ in facts.flows("batch"):
        visits = facts.visits(flow)
        places = [index for index, visit in enumerate(visits) if visit.name == store]
        for place in places:
            for visit in reversed(visits[:place]):
                found.add(visit.name)
                if visit.component.kind in COMPUTES:
                    break
    return found


def _names(names: set[str]) -> str:
    return ", ".join(repr(name) for name in sorted(names))


@rule(
    "features_stale",
    "warning",
    "S7",
    reason="A precomputed feature is at worst as old as the pause between two runs and the run "
    "itself; the requirement says how old it may be.",
    advice="Refresh more often, make the run shorter, or update the store from the stream.",
    bad={"components.features.refreshed_every": "3 h"},
    good={"components.features.refreshed_every": "20 min"},
)
def features_stale(facts: Facts) -> Iterator[Found]:
    """Compare the oldest that a served feature gets with the required freshness."""
    fresh = facts.requirement.freshness
    if fresh is None:
        return
    stores = {v.name: v.component for v in facts.asked if v.component.kind == "feature_store"}
    for store, component in stores.items():
        said = component.refreshed_every
        if said is not None and said > fresh:
            yield (
                f"components.{store}.refreshed_every",
                f"refreshed every {time(said)}, may be {time(fresh)} old",
            )
            continue
        for flow, age in filled_by(facts, store, predicts=False):
            if age > fresh:
                yield (
                    f"flows.{flow}.every",
                    f"{store!r} gets up to {time(age)} old (pause and run), may be {time(fresh)}",
                )


def filled_by(facts: Facts, store: str, predicts: bool) -> Iterator[tuple[str, float]]:
    """Batch flows that fill a store, and how old it gets: the pause between runs and the run.

    Args:
        facts: of the design.
        store: a component.
        predicts: whether flows with a ranker are meant, or those without.
    """
    for flow, scheduled in facts.flows("batch"):
        visits = facts.visits(flow)
        kinds = {visit.component.kind for visit in visits}
        if store in [visit.name for visit in visits[1:]] and ("ranker" in kinds) == predicts:
            yield flow, (scheduled.every or 0.0) + facts.duration(flow)


@rule(
    "retention_too_short",
    "error",
    "D7",
    reason="A row is of use only when its label is there and the next training run reads it; what "
    "is deleted before was logged for nothing.",
    advice="Keep rows at least as long as labels take plus one training period.",
    bad={"components.history.retention": "12 h"},
    good={"components.history.retention": "2 days"},
)
def retention_too_short(facts: Facts) -> Iterator[Found]:
    """Compare the retention of what training reads with the wait for labels and the next run."""
    late = facts.requirement.labels_after or 0.0
    for flow, scheduled in facts.flows("training"):
        needed = max(late, scheduled.waits_for_labels or 0.0) + (scheduled.every or 0.0)
        for name in dict.fromkeys(visit.name for visit in training_reads(facts, flow)):
            kept = facts.components[name].retention
            if kept is not None and kept < needed:
                yield (
                    f"components.{name}.retention",
                    f"rows are kept {time(kept)}; until their label is there and the next run "
                    f"of {flow!r} reads them, {time(needed)} pass",
                )


@rule(
    "served_not_logged",
    "warning",
    "P7",
    reason="What was shown, with the features it was scored from, is the next training set and "
    "the only way to see a skew (Zinkevich, Rules of Machine Learning, rule 29).",
    advice="Send the served features, the prediction and the request's id to a log or stream.",
    bad={
        "components.alarms": {
            "kind": "monitor", "alerts": "on call", "concurrency": "unlimited", "price": "$0.10/h",
        },
        "flows.request.served.send": "alarms",
        "flows.training.history.call": "features",
        "components.features.point_in_time": True,
    },
    good={"components.served.kind": "stream"},
)  # fmt: skip
def served_not_logged(facts: Facts) -> Iterator[Found]:
    """Find request flows with a ranker that leave no rows with anything."""
    for flow, described in facts.flows("request"):
        visits = facts.visits(flow)
        ranker = next((v for v in visits if v.component.kind == "ranker"), None)
        if ranker is None or any(v.component.kind in KEEPS_ROWS for v in visits):
            continue
        scored = facts.requirement.rate * described.share * 86400
        yield f"flows.{flow}.steps", f"{format_number(scored)} predictions a day leave no row"


@rule(
    "component_unused",
    "warning",
    "P1",
    reason="A part that no flow comes to costs money and attention, or the flow that needs it "
    "was forgotten.",
    advice="Take it out, or draw the flow that uses it.",
    bad={"components.spare": {"kind": "database", "price": "$0.10/h"}},
    good={"components.second": {"kind": "monitor", "alerts": "data on call"}},
)
def component_unused(facts: Facts) -> Iterator[Found]:
    """Find components that are in no flow, other than those that stand beside the flows."""
    used = {visit.name for flow in facts.design.flows for visit in facts.visits(flow)}
    beside = ("monitor", "experiment", "model_registry")
    for name, component in facts.components.items():
        if name not in used and component.kind not in beside:
            price = format_number(component.hourly_price)
            yield f"components.{name}", f"no flow comes to it; it costs ${price}/h"
