"""The latency budget, and what is waited for."""

from __future__ import annotations

import math
from collections.abc import Iterator

from scipy import stats

from mlsd_kit.design.linting.rules.facts import Facts
from mlsd_kit.design.linting.rules.registry import Found, rule
from mlsd_kit.design.linting.rules.words import percent, rate, time
from mlsd_kit.design.planning import Visit
from mlsd_kit.design.schema import ServiceTime

MANY_SHARDS = 5
PASSED_THROUGH = ("load_balancer", "gateway")
"""Kinds that a request goes through, and whose time is not cut by a timeout of their own."""


@rule(
    "latency_mean_over_budget",
    "error",
    "R10",
    reason="When the mean service times alone add up to more than the budget, most requests are "
    "late even on an idle system; no number of replicas helps.",
    advice="Take a step out of the request, do steps side by side, or look at fewer candidates.",
    bad={
        "components.balancer.service.mean": "160 ms",
        "components.balancer.concurrency": 300,
        "flows.request.balancer.timeout": None,
    },
    good={"components.api.service.mean": "2 ms"},
)
def mean_over_budget(facts: Facts) -> Iterator[Found]:
    """Sum the mean service times of what a request waits for, the slowest branch counting."""
    budget = facts.requirement.latency
    for flow, mean in facts.mean_latency.items():
        if mean > budget:
            yield f"flows.{flow}", f"mean service adds up to {time(mean)}, budget {time(budget)}"


@rule(
    "latency_tail_over_budget",
    "error",
    "R10",
    reason="A budget is promised for a percentile, and waiting and variation stretch the tail far "
    "beyond the mean (Kingman, 1961: waiting grows with load and with variation).",
    advice="Add servers where utilisation is high, make slow steps less variable, or cut calls "
    "off by a timeout with a fallback.",
    bad={
        "components.balancer.service": {"mean": "40 ms", "shape": "lognormal", "cv": 1.5},
        "components.balancer.concurrency": 100,
        "flows.request.balancer.timeout": None,
    },
    good={"components.api.service": {"mean": "3 ms", "shape": "lognormal", "cv": 1.0}},
)
def tail_over_budget(facts: Facts) -> Iterator[Found]:
    """Compare the estimated percentile with the budget, unless the mean or a load says it."""
    budget, percentile = facts.requirement.latency, facts.requirement.percentile
    crowded = any(load.utilisation >= 1 for load in facts.loads.values())
    if not facts.waits or crowded or max(facts.mean_latency.values()) > budget:
        return
    tail = facts.estimate.percentile(percentile)
    if tail > budget:
        yield (
            "requirement.latency",
            f"the {percentile:g}th percentile is about {time(tail)}, budget {time(budget)}",
        )


@rule(
    "timeout_missing",
    "warning",
    "R5",
    reason="A call without a timeout waits as long as the slowest answer, so one hanging "
    "component holds every request that asks it (Nygard, Release It!, 2007).",
    advice="Set a timeout a little above the call's 99th percentile.",
    bad={"flows.request.ranker.timeout": None},
    good={"flows.request.ranker.timeout": "50 ms"},
)
def timeout_missing(facts: Facts) -> Iterator[Found]:
    """Find waited calls that nothing ends."""
    for wait in facts.waits:
        if wait.visit.step.timeout is None and wait.visit.component.kind not in PASSED_THROUGH:
            yield wait.at("timeout"), f"waits for ever for {wait.visit.name!r}"


@rule(
    "timeout_over_budget",
    "warning",
    "R10",
    reason="A timeout longer than the time that is left protects nothing: the answer would come "
    "after the caller has given up, and the server works for nobody.",
    advice="Give each call a timeout within what is left of the budget when it is made.",
    bad={"flows.request.index.timeout": "200 ms"},
    good={"flows.request.index.timeout": "100 ms"},
)
def timeout_over_budget(facts: Facts) -> Iterator[Found]:
    """Compare timeouts with the budget left after the mean of what came before."""
    for wait in facts.waits:
        timeout = wait.visit.step.timeout
        if timeout is not None and timeout > wait.left > 0:
            yield wait.at("timeout"), f"timeout {time(timeout)}, but {time(wait.left)} are left"


@rule(
    "timeout_below_service",
    "warning",
    "R5",
    reason="A timeout below the 99th percentile of the service time cuts healthy calls off, and "
    "each of them is work done for nothing.",
    advice="Raise the timeout above the call's 99th percentile, or make the call faster.",
    bad={"flows.request.index.timeout": "5 ms"},
    good={"flows.request.index.timeout": "20 ms"},
)
def timeout_below_service(facts: Facts) -> Iterator[Found]:
    """Compare timeouts with the 99th percentile of the service of the slowest asked shard."""
    for wait in facts.waits:
        timeout = wait.visit.step.timeout
        if timeout is None or wait.visit.work == 0:
            continue
        usual = service_quantile(wait.visit, 0.99)
        if timeout < usual * (1 - 1e-9):
            yield (
                wait.at("timeout"),
                f"timeout {time(timeout)}, but 1 % of calls take more than {time(usual)} to serve",
            )


def service_quantile(visit: Visit, level: float) -> float:
    """Seconds within which that share of calls is served by all shards asked, without waiting."""
    return visit.work * _standard_quantile(visit.component.service, level ** (1 / visit.asked))


def _standard_quantile(service: ServiceTime, level: float) -> float:
    """The quantile of a service time in units of its mean."""
    cv = service.variation
    if cv == 0:
        return 1.0
    if service.shape == "exponential":
        return -math.log(-math.expm1(math.log(level)))
    if service.shape == "gamma":
        return float(stats.gamma.ppf(level, cv**-2) * cv**2)
    if service.shape == "lognormal":
        spread = math.sqrt(math.log1p(cv**2))
        return math.exp(float(stats.norm.ppf(level)) * spread - spread**2 / 2)
    sample = sorted(service.sample)
    return sample[math.ceil(level * len(sample)) - 1] / (sum(sample) / len(sample))


@rule(
    "fan_out_tail",
    "warning",
    "S2",
    reason="A call that waits for all shards waits for the slowest: with 100 servers that are "
    "slow once in 100 calls, 63 % of requests are slow (Dean and Barroso, The Tail at Scale, "
    "2013).",
    advice="Answer with the shards that are there at the timeout (a timeout with a fallback), or "
    "ask fewer shards.",
    bad={"components.index.shards": 12},
    good={"components.index.shards": 12, "flows.request.index.fallback": "shards that answered"},
)
def fan_out_tail(facts: Facts) -> Iterator[Found]:
    """Find calls of many shards that fail or wait with the slowest."""
    for wait in facts.waits:
        step, asked = wait.visit.step, wait.visit.asked
        if asked >= MANY_SHARDS and (step.timeout is None or step.fallback is None):
            slow = 1 - 0.99**asked
            lacks = "timeout" if step.timeout is None else "fallback"
            yield (
                wait.at(lacks),
                f"waits for all {asked} shards without a {lacks}; "
                f"{percent(slow)} of calls meet a shard's slowest 1 %",
            )


@rule(
    "slow_call_in_request",
    "error",
    "R4",
    reason="Warehouses, batch jobs, training and people answer in seconds to days; a request "
    "that waits for one of them is no online prediction.",
    advice="Send it and go on, or compute the answer beforehand and read it from a store.",
    bad={
        "components.archive": {
            "kind": "warehouse", "concurrency": 50, "replicas": 3, "zones": 3,
            "service": {"mean": "5 ms", "shape": "constant"}, "price": "$0.10/h",
        },
        "flows.request.api.call": "archive",
        "components.api": None,
    },
    good={"flows.request.served.send": "history"},
)  # fmt: skip
def slow_call(facts: Facts) -> Iterator[Found]:
    """Find waited calls of components that do not answer online."""
    for wait in facts.waits:
        if wait.visit.component.kind in ("warehouse", "batch_job", "trainer", "human_review"):
            calls = facts.loads[wait.visit.name].rate
            yield (
                wait.at("call"),
                f"{rate(calls)} requests wait for {wait.visit.name!r}, "
                f"a {wait.visit.component.kind.replace('_', ' ')}",
            )


@rule(
    "request_waits_for_log",
    "warning",
    "R4",
    reason="The person at the screen needs no log entry: waiting for it adds its latency and its "
    "outages to every request.",
    advice="Use 'send' instead of 'call', with a limited buffer in front of the log.",
    bad={
        "components.served.replicas": 2,
        "components.served.zones": 2,
        "flows.request.served.call": "served",
        "flows.request.served.send": None,
        "flows.request.served.timeout": "20 ms",
    },
    good={"components.served.replicas": 2},
)
def request_waits_for_log(facts: Facts) -> Iterator[Found]:
    """Find waited calls of components that only take things in."""
    for wait in facts.waits:
        if wait.visit.component.kind in ("log", "stream", "queue", "monitor"):
            calls = facts.loads[wait.visit.name].rate
            yield wait.at("call"), f"{rate(calls)} requests wait until {wait.visit.name!r} has it"
