"""Predictions that are made beforehand, and runs on a schedule."""

from __future__ import annotations

from collections.abc import Iterator

from mlsd_kit.design.linting.rules.data import filled_by
from mlsd_kit.design.linting.rules.facts import Facts
from mlsd_kit.design.linting.rules.registry import Found, rule
from mlsd_kit.design.linting.rules.words import time

_NIGHTLY = {
    "components.lists": {
        "kind": "database", "service": "1 ms", "concurrency": 4, "replicas": 3, "zones": 3,
        "price": "$0.10/h",
    },
    "flows.request.recent.on_miss": [
        {"call": "lists", "timeout": "20 ms", "fallback": "the most popular"},
        {"call": "features", "timeout": "20 ms", "fallback": "averages"},
    ],
}  # fmt: skip


def _scored_every(pause: str) -> dict[str, object]:
    steps = [{"call": "history"}, {"call": "ranker", "takes": "20 min"}, {"send": "lists"}]
    return {**_NIGHTLY, "flows.lists": {"kind": "batch", "every": pause, "steps": steps}}


@rule(
    "batch_prediction_stale",
    "error",
    "R3",
    reason="A prediction made in a batch is served until the next run has finished: at worst it "
    "is as old as the pause and the run together.",
    advice="Run more often, make the run shorter, or predict online what has to be fresh.",
    bad=_scored_every("1 day"),
    good=_scored_every("30 min"),
)
def batch_prediction_stale(facts: Facts) -> Iterator[Found]:
    """Compare the oldest that a served batch prediction gets with the required freshness."""
    fresh = facts.requirement.freshness
    if fresh is None:
        return
    for store in dict.fromkeys(visit.name for visit in facts.asked):
        for flow, age in filled_by(facts, store, predicts=True):
            if age > fresh and facts.components[store].kind != "ranker":
                yield (
                    f"flows.{flow}.every",
                    f"predictions in {store!r} get up to {time(age)} old (pause and run), "
                    f"may be {time(fresh)}",
                )


@rule(
    "batch_overlaps_itself",
    "warning",
    "R3",
    reason="A run that takes longer than the pause until the next one meets its successor: both "
    "write the same data, or the delay grows run by run.",
    advice="Run less often, split the work over more machines, or process only what is new.",
    bad={"flows.training.trainer.takes": "13 h"},
    good={"flows.training.trainer.takes": "11 h"},
)
def batch_overlaps_itself(facts: Facts) -> Iterator[Found]:
    """Compare the duration of scheduled flows with their pause."""
    for flow, scheduled in facts.flows("batch", "training"):
        takes = facts.duration(flow)
        if scheduled.every is not None and takes > scheduled.every:
            yield (
                f"flows.{flow}.every",
                f"a run takes {time(takes)}, the next one starts after {time(scheduled.every)}",
            )
