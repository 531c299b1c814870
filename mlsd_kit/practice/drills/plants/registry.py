"""Flaws to plant in a good design: for each rule of the linter, changes that may break it.

Whether a change is a flaw is for the linter to say; what it does not object to is not planted.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from mlsd_kit.design import Design
from mlsd_kit.design.schema import Component, Step, walk

Change = dict[str, Any]
"""As `Design.change` takes it."""
Planter = Callable[[Design, random.Random], Iterator[Change]]
PLANTERS: dict[str, Planter] = {}
"""Rule → the changes that may break it in a design."""


def plants(*rules: str) -> Callable[[Planter], Planter]:
    """Register the function under it, which yields changes that may break these rules."""

    def register(planter: Planter) -> Planter:
        PLANTERS.update(dict.fromkeys(rules, planter))
        return planter

    return register


def parts(design: Design, *kinds: str) -> Iterator[tuple[str, Component]]:
    """The components of some kinds, or all, with their paths."""
    for name, component in design.components.items():
        if not kinds or component.kind in kinds:
            yield f"components.{name}", component


def calls(design: Design) -> Iterator[tuple[str, Step]]:
    """The calls that a request waits for, with their paths."""
    for name, flow in design.flows.items():
        for _, step in walk(flow.steps):
            if flow.kind == "request" and step.call:
                yield f"flows.{name}.{step.label}", step


def changes(design: Design, rule: str, chance: random.Random) -> list[Change]:
    """Changes to a design that may break a rule, in a random order."""
    found = [change for change in PLANTERS[rule](design, chance) if change]
    chance.shuffle(found)
    return found
