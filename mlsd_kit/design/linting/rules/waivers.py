"""Waivers that are out of place; these rules come last and cannot be waived."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from mlsd_kit.design.linting.rules.facts import Facts
from mlsd_kit.design.linting.rules.registry import RULES, Found, rule


@rule(
    "waiver_unused",
    "warning",
    "P1",
    reason="A waiver for something that is no longer so hides the fault when it comes back.",
    advice="Take the waiver out; the rule is kept without it.",
    bad={"waivers.over_budget": "agreed with finance"},
    good={"waivers.over_budget": "agreed with finance", "requirement.budget": "$5/h"},
)
def waiver_unused(facts: Facts) -> Iterator[Found]:
    """Find waivers of rules that are kept anyway."""
    for id in facts.design.waivers:
        if id in RULES and id not in facts.fired:
            yield f"waivers.{id}", f"the design keeps {id!r}; there is nothing to waive"


@rule(
    "waiver_unknown",
    "error",
    "P1",
    reason="A waiver with a misspelt id waives nothing, and its reason is lost.",
    advice="Correct the id; `explain` and the list of rules name them.",
    bad={"waivers.overbudget": "agreed with finance"},
    good={"waivers.over_budget": "agreed with finance", "requirement.budget": "$5/h"},
)
def waiver_unknown(facts: Facts) -> Iterator[Found]:
    """Find waivers of rules that do not exist."""
    for id in facts.design.waivers:
        if id not in RULES:
            near = difflib.get_close_matches(id, RULES, 1, 0)[0]
            yield f"waivers.{id}", f"no rule {id!r}; the nearest is {near!r}"
