"""A design that a candidate proposes, and what the interviewer says of it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlsd_kit.cases import Case
from mlsd_kit.design import Design, lint
from mlsd_kit.design.linting.lint import Finding
from mlsd_kit.errors import UserError
from mlsd_kit.practice.interview.places import spoken_place
from mlsd_kit.practice.interview.sketch import read_sketch

ASKED_ABOUT = 3
"""Findings that the interviewer brings up at once."""
TITLE = "The candidate's design"


@dataclass(frozen=True)
class Proposal:
    """What came of a proposed design."""

    says: str
    design: Design | None = None
    findings: tuple[Finding, ...] = ()


def read_design(text: str, case: Case) -> Design:
    """A design from its YAML, or from a sketch in lines, whose rate and latency are the case's.

    Raises:
        UserError: one line for each mistake.
    """
    if re.search(r"^components:\s*$", text, re.MULTILINE):
        return Design.from_yaml(text)
    return Design.from_dict(read_sketch(text, _required(case.folder), TITLE))


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
