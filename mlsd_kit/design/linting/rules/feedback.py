"""Models that choose what they learn from."""

from __future__ import annotations

from collections.abc import Iterator

from mlsd_kit.design.linting.rules.facts import Facts
from mlsd_kit.design.linting.rules.registry import Found, rule
from mlsd_kit.units import format_number


@rule(
    "feedback_without_exploration",
    "error",
    "P13",
    reason="A model that learns only from what it chose to show confirms itself, and what it "
    "never shows stays unknown (Sculley et al., Hidden Technical Debt in Machine Learning "
    "Systems, 2015).",
    advice="Show a small random share, log its propensities, and learn from it.",
    bad={"components.ranker.explores": None},
    good={"components.ranker.explores": "1 %"},
)
def feedback_without_exploration(facts: Facts) -> Iterator[Found]:
    """Find feedback that nothing random breaks."""
    if not facts.requirement.feedback:
        return
    used = {visit.name: visit.component for visit in facts.asked}
    used.update(facts.of_kind("experiment"))
    if any(component.explores > 0 for component in used.values()):
        return
    ranker = facts.reaches("ranker", "request", "batch")
    where = f"components.{ranker.name}.explores" if ranker else "requirement.feedback"
    daily = format_number(facts.requirement.rate * 86400)
    yield where, f"0 of {daily} requests a day at the peak rate are chosen at random"
