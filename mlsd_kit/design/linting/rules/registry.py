"""What a rule is, and the table of all rules by id."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from mlsd_kit.design.linting.rules.facts import Facts
from mlsd_kit.framework import item as framework_item

Severity = Literal["error", "warning", "hint"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "hint")
Found: TypeAlias = tuple[str, str]
"""Where, as a path for `Design.change`, and what is wrong there, with its figures."""
Finder: TypeAlias = Callable[[Facts], Iterator[Found]]


@dataclass(frozen=True)
class Rule:
    """One thing that a design can get wrong.

    ``item`` is the framework's item. ``bad`` and ``good`` are changes to the example design
    (`mlsd_kit.design.linting.rules.example.example`): the first breaks this rule and no other,
    the second breaks none.
    """

    id: str
    topic: str
    severity: Severity
    item: str
    reason: str
    advice: str
    bad: Mapping[str, Any]
    good: Mapping[str, Any]
    find: Finder


RULES: dict[str, Rule] = {}
"""All rules by id, topic by topic."""


def rule(
    id: str,
    severity: Severity,
    item: str,
    *,
    reason: str,
    advice: str,
    bad: Mapping[str, Any],
    good: Mapping[str, Any],
) -> Callable[[Finder], Finder]:
    """Register the function under it, which yields what it finds, as a rule.

    Raises:
        ValueError: for an id that is taken.
        UserError: for an item that the framework does not have.
    """
    framework_item(item)

    def register(find: Finder) -> Finder:
        if id in RULES:
            raise ValueError(f"a second rule {id!r}")
        topic = find.__module__.rpartition(".")[2]
        RULES[id] = Rule(id, topic, severity, item, reason, advice, bad, good, find)
        return find

    return register
