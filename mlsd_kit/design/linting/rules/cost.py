"""What it costs."""

from __future__ import annotations

from collections.abc import Iterator

from mlsd_kit.design.linting.rules.facts import WIRES, Facts
from mlsd_kit.design.linting.rules.registry import Found, rule
from mlsd_kit.units import format_number


@rule(
    "over_budget",
    "error",
    "R10",
    reason="A design that costs more than was agreed is not built; the budget is a requirement "
    "like the latency.",
    advice="Narrow the funnel, cache, or take idle replicas away; or show that the rest is worth "
    "more.",
    bad={"requirement.budget": "$5/h"},
    good={"requirement.budget": "$12/h"},
)
def over_budget(facts: Facts) -> Iterator[Found]:
    """Compare the price of all replicas with the budget."""
    budget, price = facts.requirement.budget, facts.hourly_price
    if budget is not None and price > budget:
        dearest = max(facts.components, key=lambda name: facts.components[name].hourly_price)
        part = format_number(facts.components[dearest].hourly_price)
        yield (
            "requirement.budget",
            f"costs ${format_number(price)}/h, budget ${format_number(budget)}/h; "
            f"dearest is {dearest!r} with ${part}/h",
        )


@rule(
    "price_missing",
    "hint",
    "R6",
    reason="A budget is compared with the prices that are stated; a part without one looks free.",
    advice="State the price of one replica for an hour, even a guess.",
    bad={"components.api.price": None},
    good={"components.api.price": "$0.12/h"},
)
def price_missing(facts: Facts) -> Iterator[Found]:
    """Find parts of a flow that cost nothing, where there is a budget."""
    if facts.requirement.budget is None:
        return
    used = {visit.name: visit.component for flow in facts.plans for visit in facts.visits(flow)}
    for name, component in used.items():
        if component.price == 0 and component.kind not in WIRES:
            replicas = component.replicas * component.shards
            yield f"components.{name}.price", f"{replicas} of it are counted as $0/h"
