"""Caches: what they hide, and how old what they give may be."""

from __future__ import annotations

from collections.abc import Iterator

from mlsd_kit.design.linting.rules.facts import Facts
from mlsd_kit.design.linting.rules.registry import Found, rule
from mlsd_kit.design.linting.rules.words import percent, time


@rule(
    "cache_hides_overload",
    "warning",
    "S7",
    reason="A cache that is flushed or restarted sends everything on at once; what stands behind "
    "it collapses if only the hits kept it alive (Nishtala et al., Scaling Memcache at Facebook, "
    "2013).",
    advice="Give what stands behind the cache servers for the whole load, or let it shed load "
    "while the cache fills.",
    bad={"components.features.concurrency": 1, "components.features.service.mean": "3.5 ms"},
    good={
        "components.features.concurrency": 1,
        "components.features.service.mean": "3.5 ms",
        "components.features.sheds_load": True,
    },
)
def cache_hides_overload(facts: Facts) -> Iterator[Found]:
    """Compute the loads when one cache never hits."""
    for cache, component in facts.of_kind("cache"):
        if cache not in facts.loads:
            continue
        cold = facts.loads_without(cache)
        for name, load in facts.loads.items():
            flooded = cold[name].utilisation
            if load.utilisation < 1 <= flooded and not load.component.sheds_load:
                yield (
                    f"components.{name}.replicas",
                    f"{percent(load.utilisation)} busy behind {cache!r} with "
                    f"{percent(component.hit_rate or 0.0)} hits, {percent(flooded)} when it is "
                    "empty",
                )


@rule(
    "cache_without_lifetime",
    "warning",
    "S7",
    reason="An entry that is never dropped is served for ever, however wrong it has become.",
    advice="Give the entries a lifetime (lives), or name what invalidates them (invalidated_by).",
    bad={"components.recent.lives": None},
    good={"components.recent.lives": None, "components.recent.invalidated_by": "profile updates"},
)
def cache_without_lifetime(facts: Facts) -> Iterator[Found]:
    """Find caches whose entries nothing ends."""
    for name, component in facts.of_kind("cache"):
        if component.lives is None and component.invalidated_by is None:
            hits = percent(component.hit_rate or 0.0)
            yield f"components.{name}.lives", f"{hits} of answers may be of any age"


@rule(
    "cache_outlives_freshness",
    "warning",
    "S7",
    reason="What is cached is at worst as old as the cache lets it become; that must be within "
    "the age that the requirement allows.",
    advice="Shorten the lifetime, or invalidate the entry when its source changes.",
    bad={"components.recent.lives": "2 h"},
    good={"components.recent.lives": "30 min"},
)
def cache_outlives_freshness(facts: Facts) -> Iterator[Found]:
    """Compare lifetimes with the required freshness."""
    fresh = facts.requirement.freshness
    for name, component in facts.of_kind("cache"):
        lives = component.lives
        if fresh is None or lives is None or component.invalidated_by is not None:
            continue
        if lives > fresh and name in facts.loads:
            yield f"components.{name}.lives", f"lives {time(lives)}, may be {time(fresh)} old"
