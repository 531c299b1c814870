"""The find-the-flaw drill: a case's design with a flaw in it, which the linter confirms."""

from __future__ import annotations

from dataclasses import dataclass

from mlsd_kit.design import RULES, Design
from mlsd_kit.design.linting.lint import Finding
from mlsd_kit.design.schema import walk
from mlsd_kit.practice.interview.places import places, spoken_place

DRILL = "flaw"


@dataclass(frozen=True)
class JudgedFlaw:
    """What a place and a flaw are worth: 1 for both, half for one of them."""

    score: float
    place: bool
    flaw: bool

    @property
    def says(self) -> str:
        """The verdict in a sentence."""
        if self.place and self.flaw:
            return "Right: place and flaw."
        if self.place:
            return "The place is right, the flaw is another."
        return "The flaw is right, but elsewhere." if self.flaw else "No."


@dataclass(frozen=True)
class FlawTask:
    """A design with a flaw to find.

    Args:
        case: its slug. name: of the design, or of the rule that was broken.
        design: with the flaw. reference: without.
        findings: what the linter has against it and not against the reference.
        flaws: ids of rules to choose from.
    """

    case: str
    name: str
    design: Design
    reference: Design
    findings: tuple[Finding, ...]
    flaws: tuple[str, ...]

    @property
    def story(self) -> str:
        """How a candidate would defend it."""
        return " ".join((self.design.story or "").split())

    @property
    def yaml(self) -> str:
        """The design to read; its story is told apart."""
        return self.design.change({"story": None}).to_yaml()

    @property
    def places(self) -> list[str]:
        """Where a flaw can be: components, flows, the requirement."""
        return [*self.design.components, *self.design.flows, "requirement"]

    @property
    def steps(self) -> list[str]:
        """Names of the steps, by which a place may be named as well."""
        walked = (walk(flow.steps) for flow in self.design.flows.values())
        return [step.label for steps in walked for _, step in steps if step.component]

    @property
    def broken(self) -> set[str]:
        """Ids of the rules that are broken."""
        return {finding.rule for finding in self.findings}

    def judge(self, place: str, flaw: str) -> JudgedFlaw:
        """Judge a place, as `places` or a step's name, and a flaw, as a rule's id.

        Both are right when one of the linter's findings has both.
        """
        hits = [
            (place in places(finding.where, self.design), flaw == finding.rule)
            for finding in self.findings
        ]
        if (True, True) in hits:
            return JudgedFlaw(1.0, True, True)
        at, what = any(hit[0] for hit in hits), any(hit[1] for hit in hits)
        return JudgedFlaw(0.5 if at or what else 0.0, at, what and not at)

    def answer(self) -> list[tuple[str, str, str, str]]:
        """Each finding: its place, flaw, what the linter found, and what to do."""
        return [
            (spoken_place(f.where, self.design), label(f.rule), f.message, f.advice)
            for f in self.findings
        ]

    def reasons(self) -> list[str]:
        """Why the rules that are broken are rules."""
        return [RULES[rule].reason for rule in dict.fromkeys(f.rule for f in self.findings)]


def label(rule: str) -> str:
    """A rule's id as words.

    >>> label("labels_not_waited_for")
    'labels not waited for'
    """
    return rule.replace("_", " ")
