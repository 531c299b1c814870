"""The judge of a case: evidence and estimates together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mlsd_kit.cases import Case
from mlsd_kit.practice.case_files import interview_content
from mlsd_kit.practice.grading.estimates import judge_estimate
from mlsd_kit.practice.grading.evidence import EvidenceFinder, Item
from mlsd_kit.practice.grading.judged import Earned, JudgedEstimate


@dataclass(frozen=True)
class CaseJudge:
    """Judges what a candidate says about a case."""

    case: Case
    finder: EvidenceFinder

    def evidence(self, stage: str, text: str) -> list[Earned]:
        """The items of the stage's rubric that a text shows, each once, the best sentence each."""
        found = self.finder.find(text)
        return [earned for (of, _), earned in found.items() if of == stage]

    def estimate(self, id: str, text: str) -> JudgedEstimate:
        """An estimate as typed: a quantity, or a calculation that ends in one."""
        wanted = next(estimate for estimate in self.case.spec.estimates if estimate.id == id)
        return judge_estimate(wanted, self.case.spec.scale, text)


def judge_of(case: Case) -> CaseJudge:
    """The judge of a case; what it learns is kept while the case's files stay as they are.

    Raises:
        UserError: when its ``interview.yaml`` has mistakes.
    """
    files = [case.folder / name for name in ("case.yaml", "interview.yaml")]
    stamp = tuple(file.stat().st_mtime_ns for file in files if file.is_file())
    return CaseJudge(case, _finder(case.folder, stamp))


@lru_cache(maxsize=8)
def _finder(folder: Path, stamp: tuple[int, ...]) -> EvidenceFinder:
    case = Case.from_folder(folder)
    content = interview_content(case)
    examples: dict[Item, list[str]] = {}
    others: list[str] = []
    for stage, rubric in case.spec.rubric.items():
        evidence = content.stage(stage).evidence
        for item in rubric:
            known = evidence.get(item.id)
            examples[stage, item.id] = [item.expects, *(known.said + known.named if known else [])]
            others += known.others if known else []
    return EvidenceFinder(examples, others)
