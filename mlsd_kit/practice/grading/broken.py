"""Rules of the design linter that a proposed design breaks: in words, where, and where to read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlsd_kit.content import content_root
from mlsd_kit.design import RULES

PAGE = "docs/lint-rules.md"


@dataclass(frozen=True)
class BrokenRule:
    """A rule, and what in the design breaks it."""

    id: str
    places: tuple[str, ...]
    """Names of the components, steps or flows; none where the record does not tell."""

    @property
    def title(self) -> str:
        """The rule in words.

        >>> BrokenRule("timeout_missing", ("ranker",)).title
        'Timeout missing'
        """
        return self.id.replace("_", " ").capitalize()

    @property
    def reason(self) -> str:
        """Why it is a rule."""
        return RULES[self.id].reason

    @property
    def advice(self) -> str:
        """What to do."""
        return RULES[self.id].advice

    def link(self, start: Path) -> str:
        """A relative link to the rule's topic; empty where the page is not installed."""
        page = content_root() / PAGE
        if not page.is_file():
            return ""
        return f"{Path(os.path.relpath(page, start)).as_posix()}#{RULES[self.id].topic}"


def broken_rules(proposed: Mapping[str, Any]) -> tuple[BrokenRule, ...]:
    """The rules that the event of a proposed design tells, each once.

    A rule that is no longer one is left out.
    """
    rules = proposed["rules"]
    places = proposed.get("places") or [""] * len(rules)
    found: dict[str, list[str]] = {}
    for rule, place in zip(rules, places, strict=True):
        if rule in RULES:
            found.setdefault(rule, []).append(place)
    return tuple(
        BrokenRule(rule, tuple(dict.fromkeys(filter(None, where)))) for rule, where in found.items()
    )
