"""Cards of the design linter: for each rule why its flaw hurts, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from mlsd_kit import framework
from mlsd_kit.design.linting.lint import lint
from mlsd_kit.design.linting.rules import RULES, Rule
from mlsd_kit.design.linting.rules.example import example
from mlsd_kit.practice.memory.card import Card, Source, sentence, short

ABOUT_ITSELF = "waivers"
"""Topic of the rules that are about the linter, not about designs."""


def rule_cards() -> list[Card]:
    """Two cards for each rule, over the flawed example that breaks it."""
    return [card for rule in RULES.values() if rule.topic != ABOUT_ITSELF for card in _cards(rule)]


def _cards(rule: Rule) -> Iterator[Card]:
    found = next(f for f in lint(example(rule.bad)).findings if f.rule == rule.id)
    flaw = f"In a design review you find, at `{found.where}`: {found.message}."
    asks = {
        "why": (f"{flaw} Why is that a flaw?", rule.reason),
        "fix": (f"{flaw} What do you change?", rule.advice),
    }
    for name, (front, back) in asks.items():
        yield Card(
            id=f"rule.{rule.id}.{name}",
            front=front,
            back=f"{short(sentence(back))} (rule `{rule.id}`)",
            source=Source(f"{rule.find.__module__.replace('.', '/')}.py", key=rule.id),
            stage=framework.item(rule.item).stage,
            items=(rule.item,),
        )
