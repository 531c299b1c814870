"""When a model is trained, and on which labels."""

from __future__ import annotations

from collections.abc import Iterator

from mlsd_kit.design.linting.rules.facts import Facts
from mlsd_kit.design.linting.rules.registry import Found, rule
from mlsd_kit.design.linting.rules.words import time
from mlsd_kit.units import format_number


@rule(
    "labels_not_waited_for",
    "error",
    "D3",
    reason="A positive whose label has not come yet is trained on as a negative, and the rates "
    "that the model learns are too low (Chapelle, Modeling Delayed Feedback, 2014).",
    advice="Train on events at least as old as labels take, or model the delay.",
    bad={"flows.training.waits_for_labels": "1 h"},
    good={"flows.training.waits_for_labels": "8 h"},
)
def labels_not_waited_for(facts: Facts) -> Iterator[Found]:
    """Compare the wait of each training flow with the delay of the labels."""
    late = facts.requirement.labels_after
    for flow, training in facts.flows("training"):
        waits = training.waits_for_labels or 0.0
        if late is not None and waits < late:
            yield (
                f"flows.{flow}.waits_for_labels",
                f"events count as labelled after {time(waits)}, most labels take {time(late)}",
            )


@rule(
    "labels_slower_than_retraining",
    "warning",
    "R7",
    reason="Retraining more often than labels come cannot learn of a change sooner: each run "
    "still knows nothing of what happened within the label delay.",
    advice="Retrain as often as labels come, find a faster label that stands for the slow one, "
    "or say what the frequent runs gain.",
    bad={"flows.training.every": "3 h"},
    good={"flows.training.every": "1 day"},
)
def labels_slower_than_retraining(facts: Facts) -> Iterator[Found]:
    """Compare the schedule of each training flow with the delay of the labels."""
    late = facts.requirement.labels_after
    for flow, training in facts.flows("training"):
        if late is not None and training.every and training.every < late:
            runs = format_number(late / training.every)
            yield (
                f"flows.{flow}.every",
                f"labels take {time(late)}, training runs every {time(training.every)}: {runs} "
                "runs before the first label of an event",
            )


@rule(
    "retraining_missing",
    "warning",
    "R7",
    reason="What a model learned goes out of date; when labels keep coming, not learning from "
    "them gives quality away.",
    advice="Add a training flow with a schedule, and choose it from quality against the model's "
    "age.",
    bad={
        "flows.training": None,
        "components.trainer": None,
    },
    good={"flows.training.every": "1 day"},
)
def retraining_missing(facts: Facts) -> Iterator[Found]:
    """Find designs that serve a model and get labels, and never train."""
    late = facts.requirement.labels_after
    ranker = facts.reaches("ranker", "request", "batch")
    if late is not None and ranker is not None and not facts.flows("training"):
        yield (
            "flows.training",
            f"labels come after {time(late)}, and nothing trains {ranker.name!r} on them",
        )
