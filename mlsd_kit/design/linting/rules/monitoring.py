"""Who sees it when a model goes wrong."""

from __future__ import annotations

from collections.abc import Iterator

from mlsd_kit.design.linting.rules.facts import Facts
from mlsd_kit.design.linting.rules.registry import Found, rule
from mlsd_kit.design.linting.rules.words import count, time
from mlsd_kit.units import format_number

LATE_LABELS = 3600.0
"""Seconds of label delay from which quality is seen too late to act on."""
DRIFTS = tuple(
    f"{what} {change}"
    for what in ("input", "feature", "features", "data", "covariate")
    for change in ("drift", "shift")
)


@rule(
    "monitor_missing",
    "error",
    "R5",
    reason="A model that goes wrong raises no error: it answers garbage at full speed, until "
    "somebody looks.",
    advice="Add a monitor for inputs, predictions, latency and the guards, with an owner.",
    bad={"components.watch": None},
    good={"components.watch.watches": ["complaints", "input drift", "prediction drift"]},
)
def monitor_missing(facts: Facts) -> Iterator[Found]:
    """Find designs that predict and watch nothing."""
    if facts.reaches("ranker", "request", "batch") and not any(facts.of_kind("monitor")):
        daily = format_number(facts.requirement.rate * 86400)
        yield "components.monitor", f"{daily} requests a day at the peak rate, and nothing watches"


@rule(
    "alerts_without_owner",
    "warning",
    "P7",
    reason="An alert that nobody has to answer is a plot: it is looked at after the damage.",
    advice="Name who is called (alerts), and what they do first.",
    bad={"components.watch.alerts": None},
    good={"components.watch.alerts": "data on call"},
)
def alerts_without_owner(facts: Facts) -> Iterator[Found]:
    """Find monitors whose alerts go to nobody."""
    for name, monitor in facts.of_kind("monitor"):
        if monitor.alerts is None:
            yield (
                f"components.{name}.alerts",
                f"watches {count(len(monitor.watches), 'thing')}, and alerts nobody",
            )


@rule(
    "guard_unwatched",
    "error",
    "R2",
    reason="A guard that is not measured guards nothing: the main goal is met at its cost.",
    advice="Let a monitor or the experiment watch each guard, by the requirement's name for it.",
    bad={"requirement.guards": ["complaints", "diversity"]},
    good={
        "requirement.guards": ["complaints", "diversity"],
        "components.watch.watches": ["input drift", "complaints", "diversity"],
    },
)
def guard_unwatched(facts: Facts) -> Iterator[Found]:
    """Find guards that are in no list of what is watched."""
    watchers = dict(facts.of_kind("monitor", "experiment"))
    watched = {_plain(text) for watcher in watchers.values() for text in watcher.watches}
    for guard in facts.requirement.guards:
        if watchers and _plain(guard) not in watched:
            name = next(iter(watchers))
            yield f"components.{name}.watches", f"nothing watches the guard {guard!r}"


@rule(
    "drift_unwatched",
    "warning",
    "P7",
    reason="While labels are on their way, quality cannot be measured; a shift of the inputs is "
    "the first sign that there is.",
    advice="Let a monitor watch 'input drift', against the training data.",
    bad={"components.watch.watches": ["complaints"]},
    good={"components.watch.watches": ["complaints", "feature drift"]},
)
def drift_unwatched(facts: Facts) -> Iterator[Found]:
    """Find late labels without a monitor that watches a drift of the inputs."""
    late = facts.requirement.labels_after
    monitors = dict(facts.of_kind("monitor"))
    if late is None or late <= LATE_LABELS or not monitors:
        return
    watched = [_plain(text) for monitor in monitors.values() for text in monitor.watches]
    if not any(drift in text for text in watched for drift in DRIFTS):
        name = next(iter(monitors))
        yield (
            f"components.{name}.watches",
            f"quality is known {time(late)} late, and nothing watches 'input drift'",
        )


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").split())
