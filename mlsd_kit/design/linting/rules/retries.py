"""Calls that are made again."""

from __future__ import annotations

from collections.abc import Iterator

from mlsd_kit.design.linting.rules.facts import Facts, Load
from mlsd_kit.design.linting.rules.registry import Found, rule
from mlsd_kit.design.linting.rules.words import percent, time


@rule(
    "retry_storm",
    "warning",
    "S1",
    reason="When a component slows down, every call of it is made again and the load multiplies; "
    "it then stays overloaded after the cause is gone (Bronson et al., Metastable Failures in "
    "Distributed Systems, 2021).",
    advice="Retry less, let the component shed load, or limit its queue so that whoever waits is "
    "still answered within the timeout.",
    bad={"flows.request.ranker.retries": 4, "flows.request.ranker.timeout": "16 ms"},
    good={
        "flows.request.ranker.retries": 4,
        "flows.request.ranker.timeout": "16 ms",
        "components.ranker.sheds_load": True,
    },
)
def retry_storm(facts: Facts) -> Iterator[Found]:
    """Multiply each load by its attempts, where nothing limits the work that is done in vain."""
    for name, load in facts.calm.items():
        worst = load.retried / load.component.servers
        if load.retried > load.busy and worst >= 1 and not _sheds(facts, name, load):
            again = [w for w in facts.waits if w.visit.name == name and w.visit.step.retries]
            for wait in again:
                yield (
                    wait.at("retries"),
                    f"{percent(load.utilisation)} of {name!r} is busy; when calls fail and are "
                    f"made {1 + wait.visit.step.retries} times, {percent(worst)}",
                )


def _sheds(facts: Facts, name: str, load: Load) -> bool:
    """Whether who gets into the queue is answered before the shortest timeout."""
    component = load.component
    if component.sheds_load:
        return True
    asked = [wait.visit for wait in facts.waits if wait.visit.name == name]
    timeouts = [visit.step.timeout for visit in asked if visit.step.timeout is not None]
    if component.queue is None or not timeouts:
        return False
    longest = max(visit.work for visit in asked)
    return longest * (1 + component.queue / component.servers) <= min(timeouts)


@rule(
    "retry_without_backoff",
    "warning",
    "S1",
    reason="Retries at once, or all after the same pause, come back together and hit the "
    "component when it is weakest (Brooker, Exponential Backoff and Jitter, AWS, 2015).",
    advice="Wait before each retry (backoff) and spread the waits at random (jitter).",
    bad={"flows.request.ranker.jitter": None},
    good={"flows.request.ranker.backoff": "2 ms"},
)
def retry_without_backoff(facts: Facts) -> Iterator[Found]:
    """Find retries without a pause, or without jitter."""
    for wait in facts.waits:
        step = wait.visit.step
        if step.retries and step.backoff == 0:
            yield wait.at("backoff"), f"is made {step.retries + 1} times without a pause"
        elif step.retries and not step.jitter:
            yield wait.at("jitter"), f"all retries come exactly {time(step.backoff)} later"


@rule(
    "retries_over_budget",
    "warning",
    "R10",
    reason="A retry that starts after the budget is spent cannot help the request; it only adds "
    "load.",
    advice="Shorten the timeout so that all tries fit in what is left of the budget, or retry "
    "less.",
    bad={"flows.request.ranker.timeout": "90 ms"},
    good={"flows.request.ranker.timeout": "55 ms"},
)
def retries_over_budget(facts: Facts) -> Iterator[Found]:
    """Add up all tries and pauses, where one try would fit."""
    for wait in facts.waits:
        step = wait.visit.step
        if not step.retries or step.timeout is None or step.timeout > wait.left:
            continue
        longest = (1 + step.retries) * step.timeout + step.retries * step.backoff
        if longest > wait.left:
            yield (
                wait.at("retries"),
                f"{1 + step.retries} tries of {time(step.timeout)} and the pauses take "
                f"{time(longest)}, but {time(wait.left)} are left",
            )
