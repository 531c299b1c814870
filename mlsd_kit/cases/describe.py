"""A case in words, without what a candidate has to find out: no facts, no rubric, no answers."""

from __future__ import annotations

from mlsd_kit.cases.case import Case
from mlsd_kit.units import format_quantity


def describe(case: Case) -> str:
    """The case as plain text: prompt, goals, scale and the questions to estimate."""
    spec = case.spec
    lines = [f"{spec.title}  ({case.slug})", "", f"  {spec.prompt}", ""]
    lines += [f"Goal     {spec.goal.direction} {spec.goal.measure}"]
    lines += [f"Guard    {guard.name}: {guard.measure}: {guard.limit}" for guard in spec.guards]
    lines += ["", "Scale"]
    width = max(map(len, spec.scale), default=0)
    for name, figure in spec.scale.items():
        shown = format_quantity(figure.quantity)
        lines.append(f"  {name:<{width}}  {shown:<28}  {figure.note}".rstrip())
    lines += ["", "To estimate"]
    lines += [f"  {estimate.question}" for estimate in spec.estimates]
    lines += ["", f"{len(spec.facts)} facts to ask for; notebook: {case.walkthrough}"]
    return "\n".join(lines)
