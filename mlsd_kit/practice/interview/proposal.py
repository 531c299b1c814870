"""A design that a candidate proposes, and what the interviewer says of it."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlsd_kit.cases import Case
from mlsd_kit.design import Design, DesignError, lint
from mlsd_kit.design.linting.lint import Finding
from mlsd_kit.errors import UserError
from mlsd_kit.practice.interview.places import spoken_place
from mlsd_kit.practice.interview.sketch import read_sketch, where_drawn

ASKED_ABOUT = 3
"""Findings that the interviewer brings up at once."""
TITLE = "The candidate's design"
_AT = re.compile(r"(?:components|flows)\.(\w+)\.")
_NOTHING = {
    "components: expected a list": "there is no component yet, such as 'ranker: ranker, 8 ms'",
    "flows: expected a list": "there is no flow yet, such as 'request: client -> ranker'",
}
"""How a mistake begins that is the want of something → what is said instead."""


@dataclass(frozen=True)
class Proposal:
    """What came of a proposed design."""

    says: str
    design: Design | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def places(self) -> list[str]:
        """The place of each finding, as a person would say it."""
        return [spoken_place(f.where, self.design) for f in self.findings if self.design]


def read_design(text: str, case: Case) -> Design:
    """A design from its YAML, or from a sketch in lines, whose rate and latency are the case's.

    Raises:
        UserError: one line for each mistake, with the number of the line that has it.
    """
    if re.search(r"^components:\s*$", text, re.MULTILINE):
        return Design.from_yaml(text)
    try:
        return Design.from_dict(read_sketch(text, _required(case.folder), TITLE))
    except DesignError as error:
        drawn = where_drawn(text)
        told = [_with_line(mistake, drawn) for mistake in str(error).splitlines()]
        raise DesignError("\n".join(told)) from None


def _with_line(mistake: str, drawn: Mapping[str, int]) -> str:
    """A mistake in a design with the line of the sketch that draws the part."""
    for begin, instead in _NOTHING.items():
        if mistake.startswith(begin):
            return instead
    found = _AT.match(mistake)
    return f"line {drawn[found[1]]}: {mistake}" if found and found[1] in drawn else mistake


@functools.lru_cache(maxsize=8)
def _required(folder: Path) -> dict[str, Any]:
    """Rate and latency that a case asks for; read once, as a whiteboard asks at every change."""
    asked = Case.from_folder(folder).designs()["reference"].requirement.model_dump(mode="json")
    return {key: asked[key] for key in ("rate", "latency", "percentile")}


def read_proposal(text: str, case: Case) -> Proposal:
    """Read and criticise a design; a text that cannot be read is told with its mistakes."""
    try:
        design = read_design(text, case)
    except UserError as error:
        return Proposal(f"I cannot read that drawing yet: {error}")
    findings = lint(design).findings
    if not findings:
        return Proposal("I see nothing to object to. Where does it break first?", design)
    said = " ".join(_objection(finding, design) for finding in findings[:ASKED_ABOUT])
    more = len(findings) - ASKED_ABOUT
    rest = f" And {more} more." if more > 0 else ""
    return Proposal(f"I have doubts. {said}{rest}", design, findings)


def _objection(finding: Finding, design: Design) -> str:
    """A finding with the name of what it is about, as a sentence of its own."""
    return f"{spoken_place(finding.where, design)}: {finding.message.rstrip('.')}."
