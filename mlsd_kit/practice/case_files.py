"""What a case says for its interview: `interview.yaml` and `questions.yaml` in its folder.

Both may be missing: the interviewer then knows the case's facts, rubric and follow-ups only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from mlsd_kit.cases import Case
from mlsd_kit.cases.schema import Name, StageName, Text
from mlsd_kit.documents import KeyPath, read, validated
from mlsd_kit.errors import UserError

Sentences = list[Text]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ContentError(UserError):
    """An interview file with mistakes: one line each, with file, line and key."""


class Evidence(_Part):
    """What counts as evidence for one item of the rubric."""

    said: Annotated[Sentences, Field(min_length=1)]
    """Sentences that earn it, each in other words, with the reason."""
    named: Sentences = []
    """Sentences that name it and give no reason."""
    others: Sentences = []
    """Sentences that sound like it and earn nothing."""
    estimates: list[Name] = []
    """Estimates of the case that show it, when all of them are right and calculated."""


class ModelAnswers(_Part):
    """How a good candidate of a level would answer at a stage."""

    senior: Text
    staff: Text


class Probe(_Part):
    """A question that the interviewer asks next, when it fits."""

    id: Name
    question: Text
    listen_for: Text
    shows: list[Name] = []
    """Items of the stage's rubric that a good answer earns."""
    unless: list[Name] = []
    """It is not asked once one of these items was said."""
    after: list[Name] = []
    """It is asked only after one of these items was said."""
    deep: bool = False
    """A deep dive: kept for the end of the interview, on the stage that deserves it."""


class StageContent(_Part):
    """The interview at one stage."""

    evidence: dict[Name, Evidence] = {}
    answers: ModelAnswers | None = None
    probes: list[Probe] = []


class InterviewContent(_Part):
    """A whole ``interview.yaml``: stage → what the interviewer listens for and asks."""

    stages: dict[StageName, StageContent] = {}

    def stage(self, name: str) -> StageContent:
        """The content of a stage, empty where there is none."""
        return self.stages.get(name, StageContent())  # type: ignore[call-overload]


class QuestionContent(_Part):
    """A whole ``questions.yaml``: further ways to ask, and what the interviewer does not know."""

    phrasings: dict[Name, Sentences] = {}
    """Fact → ways to ask for it, besides those of the ``case.yaml``."""
    turned_back: Sentences = []
    """Questions about the case that none of its facts answers."""


def interview_content(case: Case) -> InterviewContent:
    """A case's ``interview.yaml``.

    Raises:
        ContentError: one line for each mistake.
    """
    path = case.folder / "interview.yaml"
    if not path.is_file():
        return InterviewContent()
    estimates = [estimate.id for estimate in case.spec.estimates]

    def across(content: InterviewContent) -> Iterable[tuple[KeyPath, str]]:
        for stage, part in content.stages.items():
            known = [item.id for item in case.spec.rubric.get(stage, [])]
            yield from _unknown(part.evidence, known, ("stages", stage, "evidence"), "the rubric")
            for item, evidence in part.evidence.items():
                place = ("stages", stage, "evidence", item, "estimates")
                yield from _unknown(evidence.estimates, estimates, place, "the estimates")
            for index, probe in enumerate(part.probes):
                for key in ("shows", "unless", "after"):
                    keys = ("stages", stage, "probes", index, key)
                    yield from _unknown(getattr(probe, key), known, keys, "the rubric")

    return validated(read(path), InterviewContent, ContentError, across)


def question_content(case: Case) -> QuestionContent:
    """A case's ``questions.yaml``.

    Raises:
        ContentError: one line for each mistake.
    """
    path = case.folder / "questions.yaml"
    if not path.is_file():
        return QuestionContent()
    facts = [fact.id for fact in case.spec.facts]

    def across(content: QuestionContent) -> Iterable[tuple[KeyPath, str]]:
        return _unknown(content.phrasings, facts, ("phrasings",), "the facts")

    return validated(read(path), QuestionContent, ContentError, across)


def _unknown(
    names: Iterable[str], known: list[str], keys: KeyPath, where: str
) -> Iterable[tuple[KeyPath, str]]:
    for position, name in enumerate(names):
        if name not in known:
            last: str | int = name if isinstance(names, dict) else position
            yield (*keys, last), f"{name!r} is not in {where}: {', '.join(known) or 'empty'}"
