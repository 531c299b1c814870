"""Making the find-the-flaw drill's tasks: a case's own flawed design, or a flaw that is planted."""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence

from mlsd_kit.cases import Case, discover, load_case
from mlsd_kit.design import RULES, Design, lint
from mlsd_kit.design.linting.lint import Finding
from mlsd_kit.errors import UserError
from mlsd_kit.practice.drills.files import DrillError
from mlsd_kit.practice.drills.flaws import DRILL, FlawTask
from mlsd_kit.practice.drills.plants import PLANTERS, changes
from mlsd_kit.practice.drills.series import source

TOLD = 0.35
"""Share of the tasks that are a flawed design of the case's own, with its story."""
OFFERED = 6
"""Flaws to choose from."""
MOST_RULES = 3
"""A change that breaks more rules than so many is no single flaw."""
OWN_STORY = "Everything is as in the reference, but for one thing that I made simpler."


def flaw_task(seed: int, number: int, case: str | None = None) -> FlawTask:
    """A task of the endless series of a seed.

    Args:
        seed: of the series. number: of the task in it, from 0.
        case: only designs of this case.

    Raises:
        UserError: for a case that is not there or has no design.

    >>> task = flaw_task(6, 0, "fraud_detection")
    >>> task.judge(task.answer()[0][0], task.findings[0].rule).says
    'Right: place and flaw.'
    """
    chance = source(DRILL, seed, number)
    slugs = [load_case(case).slug] if case else list(_with_designs())
    if not slugs:
        raise DrillError("no case has a design.yaml")
    slug = chance.choice(slugs)
    designs = _designs(slug)
    reference = designs["reference"]
    told = sorted(set(designs) - {"reference"})
    if told and chance.random() < TOLD:
        name = chance.choice(told)
        return _task(slug, name, designs[name], reference, chance)
    return _planted(slug, reference, chance)


def _planted(slug: str, reference: Design, chance: random.Random) -> FlawTask:
    rules = sorted(PLANTERS)
    chance.shuffle(rules)
    for rule in rules:
        for change in changes(reference, rule, chance):
            try:
                worse = reference.change({**change, "story": OWN_STORY})
            except UserError:
                continue
            found = {finding.rule for finding in _new(worse, reference)}
            if rule in found and len(found) <= MOST_RULES:
                return _task(slug, rule, worse, reference, chance)
    raise DrillError(f"{slug}: no flaw can be planted in its reference design")


def _task(
    slug: str, name: str, design: Design, reference: Design, chance: random.Random
) -> FlawTask:
    findings = _new(design, reference)
    if not findings:
        raise DrillError(f"{slug}: the linter finds nothing wrong in {name!r}")
    return FlawTask(slug, name, design, reference, findings, _offered(findings, reference, chance))


def _new(design: Design, reference: Design) -> tuple[Finding, ...]:
    """What the linter has against a design and not against the reference, hints left out."""
    known = {(finding.rule, finding.where) for finding in lint(reference).findings}
    return tuple(
        finding
        for finding in lint(design).findings
        if finding.severity != "hint"
        and RULES[finding.rule].topic != "waivers"
        and (finding.rule, finding.where) not in known
    )


def _offered(
    findings: Sequence[Finding], reference: Design, chance: random.Random
) -> tuple[str, ...]:
    """The broken rules, and others that are kept: of the same topic first."""
    broken = list(dict.fromkeys(finding.rule for finding in findings))
    topics = {RULES[rule].topic for rule in broken}
    waived = {finding.rule for finding in lint(reference).waived}
    kept = [
        rule.id
        for rule in RULES.values()
        if rule.id not in {*broken, *waived} and rule.topic != "waivers" and rule.severity != "hint"
    ]
    chance.shuffle(kept)
    near = [rule for rule in kept if RULES[rule].topic in topics]
    far = [rule for rule in kept if RULES[rule].topic not in topics]
    half = (OFFERED - 1) // 2
    others = [*near[:half], *far][: max(2, OFFERED - len(broken))]
    offered = [*broken, *others]
    chance.shuffle(offered)
    return tuple(offered)


def _designs(slug: str) -> dict[str, Design]:
    case = load_case(slug)
    stamp = (case.folder / "design.yaml").stat().st_mtime_ns if _has_design(case) else 0
    return _read(slug, stamp)


@functools.lru_cache(maxsize=8)
def _read(slug: str, stamp: int) -> dict[str, Design]:
    return load_case(slug).designs()


def _with_designs() -> list[str]:
    return [slug for slug in discover() if _has_design(load_case(slug))]


def _has_design(case: Case) -> bool:
    return (case.folder / "design.yaml").is_file()
