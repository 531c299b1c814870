"""Flaws in a component: too few of it, too old, unnamed, unwatched, too dear."""

from __future__ import annotations

import random
from collections.abc import Iterator

from mlsd_kit.design import Design
from mlsd_kit.practice.drills.plants.registry import PLANTERS, Change, Planter, parts, plants


def _left_out(key: str) -> Planter:
    def planter(design: Design, chance: random.Random) -> Iterator[Change]:
        for path, component in parts(design):
            if getattr(component, key):
                yield {f"{path}.{key}": None}

    return planter


for _rule, _key in {
    "unbounded_queue": "queue",
    "partition_key_missing": "partition_by",
    "personal_data_kept": "retention",
    "alerts_without_owner": "alerts",
    "feedback_without_exploration": "explores",
}.items():
    PLANTERS[_rule] = _left_out(_key)


@plants("personal_data_in_log")
def _by_name(design: Design, chance: random.Random) -> Iterator[Change]:
    for path, component in parts(design):
        if component.pseudonymous:
            yield {f"{path}.pseudonymous": False}


@plants("single_point_of_failure")
def _one_machine(design: Design, chance: random.Random) -> Iterator[Change]:
    for path, component in parts(design):
        if component.replicas > 1 and component.concurrency != "unlimited":
            yield {
                f"{path}.replicas": 1,
                f"{path}.zones": 1,
                f"{path}.concurrency": component.replicas * component.concurrency,
            }


@plants("single_zone")
def _one_zone(design: Design, chance: random.Random) -> Iterator[Change]:
    for path, component in parts(design):
        if component.zones > 1:
            yield {f"{path}.zones": 1}


@plants("saturated", "utilisation_high", "growth_saturates", "zone_loss_saturates")
def _fewer(design: Design, chance: random.Random) -> Iterator[Change]:
    for path, component in parts(design):
        if component.replicas > 1:
            fewer = max(1, int(component.replicas * chance.uniform(0.2, 0.75)))
            zones = min(component.zones, fewer)
            yield {f"{path}.replicas": fewer, f"{path}.zones": zones}


@plants("hot_partition")
def _hotter(design: Design, chance: random.Random) -> Iterator[Change]:
    for path, component in parts(design):
        if component.shards > 1:
            share = min(0.9, chance.choice((3, 4, 6, 8)) / component.shards)
            yield {f"{path}.hottest_share": round(share, 3)}


@plants("cache_without_lifetime")
def _for_ever(design: Design, chance: random.Random) -> Iterator[Change]:
    for path, _ in parts(design, "cache"):
        yield {f"{path}.lives": None, f"{path}.invalidated_by": None}


@plants("features_stale", "batch_prediction_stale", "cache_outlives_freshness")
def _older(design: Design, chance: random.Random) -> Iterator[Change]:
    days = f"{chance.choice((3, 7, 14, 30))} days"
    for path, component in parts(design):
        for key in ("refreshed_every", "lives"):
            if getattr(component, key):
                yield {f"{path}.{key}": days}
    for name, flow in design.flows.items():
        if flow.kind == "batch":
            yield {f"flows.{name}.every": days}


@plants("retention_too_short")
def _deleted(design: Design, chance: random.Random) -> Iterator[Change]:
    for path, component in parts(design):
        if component.retention:
            yield {f"{path}.retention": chance.choice(("1 h", "1 day"))}


@plants("drift_unwatched", "guard_unwatched")
def _unwatched(design: Design, chance: random.Random) -> Iterator[Change]:
    for watched in ("input drift", *design.requirement.guards):
        yield {
            f"{path}.watches": [one for one in component.watches if one != watched]
            for path, component in parts(design, "monitor", "experiment")
            if watched in component.watches
        }


@plants(
    "holdout_missing", "parity_missing", "rollback_missing", "release_unproven",
    "fairness_gate_missing", "data_validation_missing", "feature_tests_missing",
)  # fmt: skip
def _promoted(design: Design, chance: random.Random) -> Iterator[Change]:
    proven = {"shadow", "canary", "ab_test"}
    for path, component in parts(design, "model_registry"):
        checks = list(component.promotes_after)
        for check in checks:
            gone = proven if check in proven else {check}
            yield {f"{path}.promotes_after": [one for one in checks if one not in gone]}


@plants("over_budget")
def _dearer(design: Design, chance: random.Random) -> Iterator[Change]:
    for path, component in parts(design):
        if component.price:
            times = chance.choice((5, 10, 20))
            yield {f"{path}.replicas": component.replicas * times}


@plants("unlimited_model_server")
def _unlimited(design: Design, chance: random.Random) -> Iterator[Change]:
    for path, _ in parts(design, "ranker"):
        yield {f"{path}.concurrency": "unlimited"}
