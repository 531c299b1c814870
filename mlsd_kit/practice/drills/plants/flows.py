"""Flaws in a flow: labels and times that are not waited for, timeouts, retries."""

from __future__ import annotations

import random
from collections.abc import Iterator

from mlsd_kit.design import Design
from mlsd_kit.design.schema import walk
from mlsd_kit.practice.drills.plants.registry import Change, calls, plants


@plants("labels_not_waited_for")
def _too_early(design: Design, chance: random.Random) -> Iterator[Change]:
    for name, flow in design.flows.items():
        if flow.waits_for_labels:
            yield {f"flows.{name}.waits_for_labels": chance.choice(("1 min", "10 min", "1 h"))}


@plants("features_not_point_in_time")
def _as_of_now(design: Design, chance: random.Random) -> Iterator[Change]:
    for name, flow in design.flows.items():
        for _, step in walk(flow.steps):
            if flow.kind == "training" and step.point_in_time:
                yield {f"flows.{name}.{step.label}.point_in_time": False}


@plants("timeout_missing", "store_without_fallback", "fan_out_tail")
def _waits(design: Design, chance: random.Random) -> Iterator[Change]:
    for path, step in calls(design):
        if step.timeout:
            yield {f"{path}.timeout": None, f"{path}.fallback": None}


@plants("timeout_over_budget")
def _waits_long(design: Design, chance: random.Random) -> Iterator[Change]:
    budget = 1000 * design.requirement.latency
    for path, step in calls(design):
        if step.timeout:
            yield {f"{path}.timeout": f"{chance.choice((2, 3, 5)) * budget:g} ms"}


@plants("timeout_below_service")
def _cut_off(design: Design, chance: random.Random) -> Iterator[Change]:
    for path, step in calls(design):
        mean = design.components[step.call].service.mean if step.call else 0.0
        if step.timeout and mean:
            yield {f"{path}.timeout": f"{1000 * mean * chance.choice((1.1, 1.5)):.3g} ms"}


@plants("retry_without_backoff", "retry_storm", "retries_over_budget")
def _again(design: Design, chance: random.Random) -> Iterator[Change]:
    for path, step in calls(design):
        if step.timeout:
            yield {
                f"{path}.retries": chance.choice((2, 3, 5)),
                f"{path}.backoff": None,
                f"{path}.jitter": None,
            }
