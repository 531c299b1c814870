"""What goes on working when a part does not."""

from __future__ import annotations

import math
from collections.abc import Iterator

from mlsd_kit.design.linting.rules.facts import Facts
from mlsd_kit.design.linting.rules.registry import Found, rule
from mlsd_kit.design.linting.rules.words import count, percent
from mlsd_kit.design.planning import Visit

COMPUTE = ("service", "ranker", "rules", "experiment")
"""Kinds whose replicas need somebody who chooses one."""
SPREADS = ("load_balancer", "gateway")


@rule(
    "single_point_of_failure",
    "error",
    "R5",
    reason="One replica that every request waits for takes the whole service down with it.",
    advice="Run at least two replicas in two zones, or give each call of it a fallback.",
    bad={"components.balancer.replicas": 1, "components.balancer.zones": 1},
    good={"components.balancer.replicas": 3},
)
def single_point_of_failure(facts: Facts) -> Iterator[Found]:
    """Find single replicas that some waited call needs."""
    for name, visit in facts.exposed.items():
        if visit.component.replicas == 1:
            share = percent(visit.chance * facts.design.flows[visit.flow].share)
            yield (
                f"components.{name}.replicas",
                f"1 replica; {share} of requests fail when it is down",
            )


@rule(
    "single_zone",
    "warning",
    "R5",
    reason="Replicas in one zone share its power, its network and its outages: they fail together.",
    advice="Spread the replicas over at least two zones.",
    bad={"components.api.zones": 1},
    good={"components.api.zones": 2},
)
def single_zone(facts: Facts) -> Iterator[Found]:
    """Find replicas that all stand in one zone, and that some waited call needs."""
    for name, visit in facts.exposed.items():
        component = visit.component
        if component.replicas > 1 and component.zones == 1:
            yield f"components.{name}.zones", f"all {component.replicas} replicas are in one zone"


@rule(
    "zones_exceed_replicas",
    "warning",
    "P1",
    reason="A zone without a replica protects nothing; the design claims more than it has.",
    advice="Have at least one replica in each zone, or state fewer zones.",
    bad={"components.api.zones": 4},
    good={"components.api.zones": 2},
)
def zones_exceed_replicas(facts: Facts) -> Iterator[Found]:
    """Compare zones with replicas."""
    for name, component in facts.components.items():
        if component.zones > component.replicas:
            yield (
                f"components.{name}.zones",
                f"{component.zones} zones, but {count(component.replicas, 'replica')}",
            )


@rule(
    "store_without_fallback",
    "warning",
    "R5",
    reason="A prediction with default features is worse than one with all, and better than none: "
    "a slow store should cost quality, not the answer.",
    advice="Set a timeout and a fallback, such as default or older values, and count how often "
    "it is used.",
    bad={"flows.request.features.fallback": None},
    good={"flows.request.features.fallback": "yesterday's values"},
)
def store_without_fallback(facts: Facts) -> Iterator[Found]:
    """Find waited calls of stores that nothing stands in for."""
    for wait in facts.waits:
        step, kind = wait.visit.step, wait.visit.component.kind
        stores = kind in ("feature_store", "database") or (kind == "cache" and not step.on_miss)
        if stores and step.fallback is None:
            share = wait.visit.chance * facts.design.flows[wait.visit.flow].share
            yield (
                wait.at("fallback"),
                f"{percent(share)} of requests fail when {wait.visit.name!r} does not answer",
            )


@rule(
    "errors_unhandled",
    "warning",
    "R5",
    reason="A component that is known to fail will fail some requests for good when nobody asks "
    "again or answers instead.",
    advice="Retry once with backoff and jitter, or add a fallback.",
    bad={"components.index.errors": "0.01 %"},
    good={"components.ranker.errors": "0.01 %"},
)
def errors_unhandled(facts: Facts) -> Iterator[Found]:
    """Find calls that may fail and have neither retries nor a fallback."""
    for wait in facts.waits:
        visit, step = wait.visit, wait.visit.step
        if visit.component.errors > 0 and not step.retries and step.fallback is None:
            failing = 1 - (1 - visit.component.errors) ** visit.asked
            yield wait.at("retries"), f"{percent(failing)} of calls fail; nobody asks again"


@rule(
    "replica_loss_saturates",
    "warning",
    "S1",
    reason="Replicas die and are replaced at every release; the others must carry the peak "
    "meanwhile.",
    advice="Add a replica (N + 1), or shed load.",
    bad={"components.balancer.service.mean": "10 ms"},
    good={"components.balancer.service.mean": "10 ms", "components.balancer.concurrency": 30},
)
def replica_loss_saturates(facts: Facts) -> Iterator[Found]:
    """Take one replica away from each component that has several."""
    for name, load in facts.calm.items():
        replicas = load.component.replicas
        if replicas == 1 or load.component.sheds_load:
            continue
        left = load.utilisation * replicas / (replicas - 1)
        if left >= 1:
            yield (
                f"components.{name}.replicas",
                f"{percent(load.utilisation)} busy with {replicas} replicas, "
                f"{percent(left)} with {replicas - 1}",
            )


@rule(
    "zone_loss_saturates",
    "warning",
    "S1",
    reason="Zones are there so that one may fail; if the rest cannot carry the peak, the whole "
    "fails with it.",
    advice="Add replicas until the load fits without the largest zone.",
    bad={"components.balancer.service.mean": "10 ms", "components.balancer.replicas": 4,
         "components.balancer.concurrency": 4, "components.balancer.zones": 2},
    good={"components.balancer.service.mean": "10 ms", "components.balancer.replicas": 4,
          "components.balancer.concurrency": 10, "components.balancer.zones": 2},
)  # fmt: skip
def zone_loss_saturates(facts: Facts) -> Iterator[Found]:
    """Take the largest zone away, where the loss of one replica is survived."""
    for name, load in facts.calm.items():
        replicas, zones = load.component.replicas, load.component.zones
        lost = math.ceil(replicas / zones)
        if zones == 1 or lost >= replicas or lost == 1 or load.component.sheds_load:
            continue
        one_less = load.utilisation * replicas / (replicas - 1)
        left = load.utilisation * replicas / (replicas - lost)
        if one_less < 1 <= left:
            yield (
                f"components.{name}.replicas",
                f"{percent(load.utilisation)} busy with {replicas} replicas, {percent(left)} "
                f"with the {replicas - lost} outside the largest of {zones} zones",
            )


@rule(
    "availability_below_requirement",
    "error",
    "R5",
    reason="Availabilities of what a request needs multiply: five parts of 99.9 % each give "
    "99.5 %.",
    advice="Add replicas, a retry or a fallback where the least available part is.",
    bad={"components.api.failures": {"every": "1 day", "repair": "6 h"}},
    good={"components.api.failures": {"every": "30 days", "repair": "1 h"}},
)
def availability_below_requirement(facts: Facts) -> Iterator[Found]:
    """Multiply the availabilities of the waited calls that have no fallback."""
    wanted = facts.requirement.availability
    if wanted is None:
        return
    for flow, _ in facts.flows("request"):
        parts = {
            wait.visit.label: call_availability(wait.visit)
            for wait in facts.waits
            if wait.visit.flow == flow and wait.visit.step.fallback is None
        }
        reached = math.prod(parts.values())
        if reached < wanted:
            worst = min(parts, key=lambda label: parts[label])
            yield (
                f"flows.{flow}",
                f"{percent(reached)} of requests are answered, required {percent(wanted)}; "
                f"least available is {worst!r} with {percent(parts[worst])}",
            )


def call_availability(visit: Visit) -> float:
    """The share of requests that this call does not fail, tries failing independently.

    A shard is down while all its replicas are, each for repair / (every + repair) of the time.
    """
    component = visit.component
    failing = 1 - (1 - component.errors) ** visit.asked
    answered = 1 - failing ** (1 + visit.step.retries)
    if component.failures is not None:
        cycle = component.failures.every + component.failures.repair
        away = component.failures.repair / cycle if cycle else 0.0
        answered *= (1 - away**component.replicas) ** visit.asked
    return 1 - visit.chance * (1 - answered)


@rule(
    "load_balancer_missing",
    "warning",
    "R11",
    reason="Several replicas need somebody who sends each request to one that is there; a client "
    "that knows only one address uses only one.",
    advice="Put a load balancer or a gateway before the first replicated service.",
    bad={"components.balancer.kind": "service"},
    good={"components.balancer.kind": "gateway"},
)
def load_balancer_missing(facts: Facts) -> Iterator[Found]:
    """Find the first replicated service of a flow that nothing spreads requests over."""
    for flow, _ in facts.flows("request"):
        for visit in facts.visits(flow):
            if visit.component.kind in SPREADS:
                break
            if visit.component.kind in COMPUTE and visit.component.replicas > 1 and visit.waits:
                replicas = visit.component.replicas
                yield (
                    f"flows.{flow}.{visit.label}.call",
                    f"nothing spreads requests over the {replicas} replicas of {visit.name!r}",
                )
                break
