"""Whether the servers are enough, and not too many."""

from __future__ import annotations

from collections.abc import Iterator

from mlsd_kit.design.linting.rules.facts import HIGH, Facts
from mlsd_kit.design.linting.rules.registry import Found, rule
from mlsd_kit.design.linting.rules.words import count, percent, rate, time
from mlsd_kit.design.planning import flow_rate, shard_share
from mlsd_kit.units import format_number

IDLE = 0.1
MANY_REPLICAS = 4
LINK = 1.25e9
"""Bytes per second of a 10 Gbit/s network card."""


@rule(
    "saturated",
    "error",
    "S1",
    reason="More work arrives than the servers can do: the queue grows without end while the "
    "load lasts.",
    advice="Add replicas, make a call cheaper, or send fewer calls.",
    bad={"components.ranker.replicas": 1, "components.ranker.zones": 1,
         "flows.request.ranker.fallback": "by popularity"},
    good={"components.ranker.replicas": 9},
)  # fmt: skip
def saturated(facts: Facts) -> Iterator[Found]:
    """Find loads of 100 % and more."""
    for name, load in facts.loads.items():
        if load.even_utilisation >= 1:
            yield f"components.{name}.replicas", _load(load.even, load.component.servers)


def _load(busy: float, servers: float) -> str:
    needs = format_number(busy)
    return f"{percent(busy / servers)}: the peak keeps {needs} servers busy, there are {servers:g}"


@rule(
    "utilisation_high",
    "warning",
    "S1",
    reason="Waiting grows as 1 / (1 - utilisation): from 80 % to 95 % it quadruples (Kleinrock, "
    "Queueing Systems, 1975).",
    advice="Plan for at most 80 % at the peak; add replicas.",
    bad={"components.ranker.concurrency": 1, "components.ranker.replicas": 7,
         "flows.request.ranker.timeout": "55 ms"},
    good={"components.ranker.concurrency": 1, "components.ranker.replicas": 15},
)  # fmt: skip
def utilisation_high(facts: Facts) -> Iterator[Found]:
    """Find loads between 80 % and 100 %."""
    for name, load in facts.loads.items():
        if HIGH < load.even_utilisation < 1:
            yield f"components.{name}.replicas", _load(load.even, load.component.servers)


@rule(
    "growth_saturates",
    "warning",
    "R6",
    reason="A design is built for the load that is coming, not for today's.",
    advice="Add replicas for the growth, or show that they can be added in time.",
    bad={"requirement.growth": 5},
    good={"requirement.growth": 2},
)
def growth_saturates(facts: Facts) -> Iterator[Found]:
    """Multiply each load by the expected growth."""
    growth = facts.requirement.growth
    for name, load in facts.calm.items():
        grown = load.utilisation * growth
        if grown >= 1:
            yield (
                f"components.{name}.replicas",
                f"{percent(load.utilisation)} busy today, {percent(grown)} at {growth:g} times "
                "the load",
            )


@rule(
    "hot_partition",
    "error",
    "S2",
    reason="Keys are never asked for equally often: the shard of the hottest key is full while "
    "the others idle, and more shards do not help.",
    advice="Split or cache the hot keys, partition by a finer key, or add replicas of that shard.",
    bad={
        "components.features.shards": 2,
        "components.features.partition_by": "user_id",
        "components.features.hottest_share": 0.95,
        "components.features.service.mean": "5 ms",
        "components.features.concurrency": 1,
        "components.features.replicas": 1,
        "components.features.zones": 1,
        "components.features.sheds_load": True,
    },
    good={
        "components.features.shards": 2,
        "components.features.partition_by": "user_id",
        "components.features.hottest_share": 0.6,
    },
)
def hot_partition(facts: Facts) -> Iterator[Found]:
    """Compare the hottest shard's load with its servers, where an average shard's is fine."""
    for name, load in facts.loads.items():
        if load.utilisation > HIGH >= load.even_utilisation:
            yield (
                f"components.{name}.hottest_share",
                f"the hottest of {load.component.shards} shards is {percent(load.utilisation)} "
                f"busy, an average one {percent(load.even_utilisation)}",
            )


@rule(
    "partition_key_missing",
    "warning",
    "S2",
    reason="Without a key nobody can say which shard has what, and how uneven the shards are.",
    advice="Name what the data is split by (partition_by) and the share of the hottest shard.",
    bad={"components.features.shards": 3},
    good={"components.features.shards": 3, "components.features.partition_by": "user_id"},
)
def partition_key_missing(facts: Facts) -> Iterator[Found]:
    """Find shards that are asked one at a time, by no key."""
    one = {visit.name: visit.component for visit in facts.asked if visit.step.ask == "one"}
    for name, component in one.items():
        if component.shards > 1 and component.partition_by is None:
            yield (
                f"components.{name}.partition_by",
                f"{component.shards} shards, asked one at a time by no key",
            )


@rule(
    "unbounded_queue",
    "warning",
    "R5",
    reason="A queue without a limit turns overload into memory and into answers that come too "
    "late for anybody; it hides the fault until it fails at once.",
    advice="Limit the queue, and say what happens when it is full; or shed load.",
    bad={
        "components.served.kind": "queue",
        "components.served.concurrency": 50,
        "components.served.service": "1 ms",
    },
    good={
        "components.served.kind": "queue",
        "components.served.concurrency": 50,
        "components.served.service": "1 ms",
        "components.served.queue": 10_000,
    },
)
def unbounded_queue(facts: Facts) -> Iterator[Found]:
    """Find what is sent to servers that let any number wait."""
    for name, load in facts.loads.items():
        component = load.component
        sent = any(visit.name == name and not visit.waits for visit in facts.asked)
        limited = component.queue is not None or component.sheds_load
        kept = component.kind in ("log", "stream") and component.retention is not None
        queues = component.kind == "queue" or load.busy > 0
        if (sent or component.kind == "queue") and queues and not (limited or kept):
            if component.concurrency == "unlimited":
                continue
            servers = component.servers * component.shards
            yield (
                f"components.{name}.queue",
                f"{rate(load.rate)} come to {count(servers, 'server')}, and any number may wait",
            )


@rule(
    "unlimited_consumers",
    "warning",
    "R5",
    reason="A queue is there to even out bursts; consumers without a limit hand every burst on "
    "to what stands behind it.",
    advice="State how many consumers take from the queue at once (concurrency).",
    bad={"components.served.kind": "queue", "components.served.queue": 10_000},
    good={
        "components.served.kind": "queue",
        "components.served.queue": 10_000,
        "components.served.concurrency": 20,
    },
)
def unlimited_consumers(facts: Facts) -> Iterator[Found]:
    """Find queues whose consumers are not counted."""
    for name, component in facts.of_kind("queue"):
        if component.concurrency == "unlimited" and name in facts.loads:
            calls = facts.loads[name].rate
            yield f"components.{name}.concurrency", f"{rate(calls)} taken by any number at once"


@rule(
    "unlimited_model_server",
    "warning",
    "P3",
    reason="Scoring takes a processor: a model server that never makes anybody wait has a "
    "capacity that the design does not state.",
    advice="State the concurrency and the replicas, so that load and latency can be computed.",
    bad={"components.ranker.concurrency": "unlimited"},
    good={"components.ranker.concurrency": 8},
)
def unlimited_model_server(facts: Facts) -> Iterator[Found]:
    """Find computing components that take any load."""
    for name, load in facts.loads.items():
        computes = load.component.kind in ("ranker", "retrieval_index", "trainer", "rules")
        if computes and load.busy > 0 and load.component.concurrency == "unlimited":
            yield (
                f"components.{name}.concurrency",
                f"{rate(load.rate)} of {time(load.busy / load.rate)} keep "
                f"{format_number(load.busy)} servers busy, and none are counted",
            )


@rule(
    "idle_capacity",
    "hint",
    "R6",
    reason="Servers that are idle at the peak are paid for and used by nobody.",
    advice="Take replicas away, or say what they are kept for.",
    bad={"components.api.replicas": 9},
    good={"components.api.replicas": 3},
)
def idle_capacity(facts: Facts) -> Iterator[Found]:
    """Find many replicas of which few are busy at the peak."""
    for name, load in facts.loads.items():
        replicas = load.component.replicas
        if replicas >= MANY_REPLICAS and 0 < load.utilisation < IDLE:
            spare = load.component.hourly_price * (1 - load.utilisation)
            yield (
                f"components.{name}.replicas",
                f"{replicas} replicas, {percent(load.utilisation)} busy at the peak; "
                f"${format_number(spare)}/h idle",
            )


@rule(
    "bandwidth_exceeded",
    "warning",
    "R6",
    reason="A replica gets no more over its network card than about 1.25 GB/s (10 Gbit/s), "
    "however fast its processors are.",
    advice="Send less (identifiers instead of features, compression), or spread it over more "
    "replicas.",
    bad={"flows.request.features.carries": "50 MB"},
    good={"flows.request.features.carries": "50 kB"},
)
def bandwidth_exceeded(facts: Facts) -> Iterator[Found]:
    """Sum the bytes of all calls of a component, for one replica of its hottest shard."""
    carried: dict[str, float] = {}
    for visit in facts.asked:
        calls = flow_rate(facts.design, facts.design.flows[visit.flow]) * visit.chance
        amount = (visit.step.carries or 0.0) / visit.asked * calls * shard_share(visit)
        carried[visit.name] = carried.get(visit.name, 0.0) + amount
    for name, amount in carried.items():
        component = facts.components[name]
        if amount / component.replicas > LINK and component.kind != "client":
            yield (
                f"components.{name}.replicas",
                f"{format_number(amount / component.replicas / 1e9)} GB/s for each of "
                f"{count(component.replicas, 'replica')}, a card takes 1.25 GB/s",
            )
