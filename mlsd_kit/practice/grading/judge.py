"""The judge of a case: evidence and estimates together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from mlsd_kit.cases import Case, discover
from mlsd_kit.errors import UserError
from mlsd_kit.practice.background import InBackground
from mlsd_kit.practice.case_files import interview_content
from mlsd_kit.practice.grading.contrary import Contrary
from mlsd_kit.practice.grading.estimates import is_calculation, judge_estimate
from mlsd_kit.practice.grading.evidence import EvidenceFinder, Item
from mlsd_kit.practice.grading.judged import Earned, Judge, JudgedEstimate
from mlsd_kit.practice.grading.reasoning import gives_reason

FEWEST = 20
"""Sentences of each kind from which on wrong claims are told by their wording."""


@dataclass(frozen=True)
class CaseJudge:
    """Judges what a candidate says about a case."""

    case: Case
    finder: EvidenceFinder
    shown_by: Mapping[Item, tuple[str, ...]] = field(default_factory=dict)
    """Item of the rubric → the estimates that show it together."""

    def evidence(self, stage: str, text: str) -> list[Earned]:
        """The items of the stage's rubric that a text shows, each once, the best sentence each."""
        found = self.finder.find(text)
        return [earned for (of, _), earned in found.items() if of == stage]

    def calculated(self, stage: str, estimates: Mapping[str, str]) -> list[Earned]:
        """The items of the stage's rubric that right estimates show, with what was typed.

        All of an item's estimates, each with its calculation, earn it; some, or results alone, name
        it.

        Args:
            stage: of the framework.
            estimates: id → what was typed.
        """
        earned = []
        for (of, item), ids in self.shown_by.items():
            right = [id for id in ids if id in estimates and self._is_right(id, estimates[id])]
            if of == stage and right:
                whole = right == list(ids) and all(is_calculation(estimates[id]) for id in ids)
                typed = "; ".join(estimates[id] for id in right)
                earned.append(Earned(item, typed, "reasoned" if whole else "named", 1.0))
        return earned

    def estimate(self, id: str, text: str) -> JudgedEstimate:
        """An estimate as typed: a quantity, or a calculation that ends in one."""
        wanted = next(estimate for estimate in self.case.spec.estimates if estimate.id == id)
        return judge_estimate(wanted, self.case.spec.scale, text)

    def _is_right(self, id: str, text: str) -> bool:
        return self.estimate(id, text).kind == "right"


class LearningJudge(InBackground[Judge]):
    """A judge that is made in the background; what is asked of it before it is ready waits.

    Args:
        make: makes it.
    """

    def evidence(self, stage: str, text: str) -> list[Earned]:
        """The items of the stage's rubric that a text shows."""
        return self.ready().evidence(stage, text)

    def calculated(self, stage: str, estimates: Mapping[str, str]) -> list[Earned]:
        """The items of the stage's rubric that right estimates show."""
        return self.ready().calculated(stage, estimates)

    def estimate(self, id: str, text: str) -> JudgedEstimate:
        """An estimate as typed."""
        return self.ready().estimate(id, text)


def judge_of(case: Case) -> CaseJudge:
    """The judge of a case; what it learns is kept while the cases' files stay as they are.

    How wrong claims are worded is learned from all cases.

    Raises:
        UserError: when its ``interview.yaml`` has mistakes.
    """
    folders = tuple(dict.fromkeys((case.folder, *discover().values())))
    files = [folder / name for folder in folders for name in ("case.yaml", "interview.yaml")]
    stamp = tuple(file.stat().st_mtime_ns for file in files if file.is_file())
    return CaseJudge(case, *_learned(folders, stamp))


@lru_cache(maxsize=8)
def _learned(
    folders: tuple[Path, ...], stamp: tuple[int, ...]
) -> tuple[EvidenceFinder, Mapping[Item, tuple[str, ...]]]:
    case = Case.from_folder(folders[0])
    content = interview_content(case)
    examples: dict[Item, list[str]] = {}
    others: list[str] = []
    shown_by: dict[Item, tuple[str, ...]] = {}
    for stage, rubric in case.spec.rubric.items():
        evidence = content.stage(stage).evidence
        for item in rubric:
            key = stage, item.id
            examples[key] = [item.expects]
            if known := evidence.get(item.id):
                examples[key] += known.said + known.named
                others += known.others
                if known.estimates:
                    shown_by[key] = tuple(known.estimates)
    by_name = sorted(folders, key=lambda folder: folder.name)
    return EvidenceFinder(examples, others, contrary=_contrary(by_name)), shown_by


def _contrary(folders: Iterable[Path]) -> Contrary | None:
    """What is learned from the wrong claims of all cases; a case with mistakes is left out."""
    right: list[str] = []
    wrong: list[str] = []
    for folder in folders:
        try:
            stages = interview_content(Case.from_folder(folder)).stages.values()
        except UserError:
            continue
        for known in (known for stage in stages for known in stage.evidence.values()):
            right += known.said + known.named
            wrong += [text for text in known.others if gives_reason(text)]
    return Contrary(right, wrong) if min(len(right), len(wrong)) >= FEWEST else None
