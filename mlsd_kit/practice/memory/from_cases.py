"""Cards of a case: its facts, its estimates, what its interviewer listens for and asks next."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from mlsd_kit import framework
from mlsd_kit.cases import Case
from mlsd_kit.cases.schema import Estimate, Fact
from mlsd_kit.practice.case_files import interview_content
from mlsd_kit.practice.grading.reasoning import gives_reason
from mlsd_kit.practice.memory.card import Card, Source, plain, sentence, short
from mlsd_kit.practice.memory.wording import wording
from mlsd_kit.units import format_number, format_quantity

CLARIFYING = "R9"
"""The item of every fact: that it was asked for."""


def case_cards(case: Case) -> list[Card]:
    """All cards of a case.

    Raises:
        ContentError: when its ``interview.yaml`` has mistakes.
    """
    return [
        *(_fact(case, fact) for fact in case.spec.facts),
        *(_estimate(case, estimate) for estimate in case.spec.estimates),
        *_probes(case),
        *_follow_ups(case),
        *_rubric(case),
    ]


def _source(case: Case, file: str, key: str) -> Source:
    return Source(Path("case_studies", case.slug, file).as_posix(), key=key)


def _stage_of(items: Sequence[str]) -> str:
    first = next((item for item in items if item != CLARIFYING), CLARIFYING)
    return framework.item(first).stage


def _fact(case: Case, fact: Fact) -> Card:
    topic = wording().topics.get(fact.id, fact.id.replace("_", " "))
    question = sentence(fact.ask[0]).removesuffix(".").removesuffix("?")
    return Card(
        id=f"{case.slug}.fact.{fact.id}",
        front=f"{case.title}: “{case.spec.prompt}” Before you design, what do you ask about "
        f"{topic}, and what are you told?",
        back=f"“{question}?” {short(fact.answer)}",
        source=_source(case, "case.yaml", f"facts.{fact.id}"),
        stage=_stage_of(fact.items),
        items=tuple(fact.items),
        case=case.slug,
    )


def _estimate(case: Case, estimate: Estimate) -> Card:
    scale = case.spec.scale
    given = "; ".join(
        f"{name.replace('_', ' ')} {format_number(scale[name].value)} {scale[name].unit}"
        for name in sorted(estimate.names, key=estimate.formula.index)
    ).replace(" dimensionless", "")
    formula = re.sub(r"\s*\*\s*", " × ", estimate.formula.replace("**", "^")).replace("_", " ")
    return Card(
        id=f"{case.slug}.estimate.{estimate.id}",
        front=f"{case.title}: {plain(estimate.question)} Given: {given}.",
        back=f"About {format_quantity(estimate.value(scale), 2)}: {formula}.",
        source=_source(case, "case.yaml", f"estimates.{estimate.id}"),
        stage=_stage_of(estimate.items or ["R6"]),
        items=tuple(estimate.items),
        case=case.slug,
    )


def _probes(case: Case) -> Iterator[Card]:
    for stage, part in interview_content(case).stages.items():
        items = {entry.id: entry.items for entry in case.spec.rubric.get(stage, [])}
        for probe in part.probes:
            shown = [item for id in probe.shows or probe.after for item in items.get(id, [])]
            yield Card(
                id=f"{case.slug}.probe.{stage}.{probe.id}",
                front=f"{case.title}: {plain(probe.question)}",
                back=short(probe.listen_for),
                source=_source(case, "interview.yaml", f"stages.{stage}.probes.{probe.id}"),
                stage=stage,
                items=tuple(dict.fromkeys(shown)),
                case=case.slug,
            )


def _follow_ups(case: Case) -> Iterator[Card]:
    count: dict[str, int] = {}
    for number, asked in enumerate(case.spec.follow_ups):
        count[asked.stage] = count.get(asked.stage, 0) + 1
        yield Card(
            id=f"{case.slug}.follow_up.{asked.stage}.{count[asked.stage]}",
            front=f"{case.title}: {plain(asked.question)}",
            back=short(asked.listen_for),
            source=_source(case, "case.yaml", f"follow_ups.{number}"),
            stage=asked.stage,
            case=case.slug,
        )


def _rubric(case: Case) -> Iterator[Card]:
    """A card for each item whose model sentences are known, with the first that gives a reason."""
    content = interview_content(case)
    for stage, entries in case.spec.rubric.items():
        evidence = content.stage(stage).evidence
        for entry in entries:
            if entry.id not in evidence:
                continue
            said = evidence[entry.id].said
            model = next((text for text in said if gives_reason(text)), said[0])
            expects = entry.expects.rstrip(".")
            yield Card(
                id=f"{case.slug}.rubric.{stage}.{entry.id}",
                front=f"{case.title}, {stage}: the interviewer listens for whether a {entry.level} "
                f"candidate {expects[:1].lower()}{expects[1:]}. Say it in one sentence.",
                back=f"“{plain(model)}”",
                source=_source(case, "interview.yaml", f"stages.{stage}.evidence.{entry.id}"),
                stage=stage,
                items=tuple(entry.items),
                case=case.slug,
            )
