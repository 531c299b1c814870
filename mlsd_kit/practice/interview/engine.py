"""The interview itself: a state machine over a case, with no screen in it."""

from __future__ import annotations

import difflib
import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mlsd_kit.cases import Case, load_case
from mlsd_kit.errors import UserError
from mlsd_kit.practice.background import InBackground
from mlsd_kit.practice.case_files import InterviewContent, Probe, interview_content
from mlsd_kit.practice.grading.judged import Earned, Judge, JudgedEstimate
from mlsd_kit.practice.grading.reasoning import gives_reason
from mlsd_kit.practice.grading.scorecard import Scorecard, score_interview
from mlsd_kit.practice.interview.proposal import Proposal, read_proposal
from mlsd_kit.practice.interview.script import (
    after_answer,
    expected,
    greeting,
    next_probe,
    opening,
    time_call,
)
from mlsd_kit.practice.interview.unheard import (
    NOT_HEARD,
    is_greeting,
    is_heard,
    is_order,
    known_words,
)
from mlsd_kit.practice.questions import Matcher, reply
from mlsd_kit.practice.record import events as kinds
from mlsd_kit.practice.record.clock import BEAT_S, STAGES, budgets
from mlsd_kit.practice.record.events import Event, MemoryRecord, Record
from mlsd_kit.practice.record.state import LEVELS, State, state_of

LONGEST = 20_000
"""Letters of a text that are kept."""
AWAY_S = 120.0
"""After a silence so long between two heartbeats nobody was there: a laptop that was closed."""
SHORT = 12
"""Words up to which a text without a question mark may be a question."""
OVER = "The interview is over. What you can still do is to judge yourself against the rubric."
READING = "One moment, the interviewer is reading the case …"
SAME_AGAIN = "As I said: "
GRADES = ("missed", "partly", "met")
"""How a candidate may judge an item of the rubric that the judge left open."""


@dataclass(frozen=True)
class Reply:
    """What the interviewer says, and what a front end may show beside it."""

    text: str
    facts: tuple[str, ...] = ()
    """Facts that were told."""
    probe: Probe | None = None
    """The follow-up that was asked."""
    earned: tuple[Earned, ...] = ()
    """What the judge heard; the candidate is not told before the end."""
    estimate: JudgedEstimate | None = None
    proposal: Proposal | None = None


@dataclass
class Interview:
    """An interview under way. Make it with `start_interview` or `resume_interview`.

    Every verb takes whatever is typed, keeps it with the interviewer's reply, and never raises for
    it.
    """

    case: Case
    record: Record
    matcher: Matcher
    judge: Judge
    clock: Callable[[], float] = time.time
    content: InterviewContent = field(default_factory=InterviewContent)

    @property
    def state(self) -> State:
        """Where the interview stands now."""
        return state_of(self.record.events(), self.clock())

    def is_reading(self) -> bool:
        """Whether the matcher or the judge is still learning the case, so that a reply waits."""
        parts = (self.matcher, self.judge)
        return any(isinstance(part, InBackground) and not part.is_ready() for part in parts)

    def hear(self, text: str) -> Reply:
        """Take what is typed for a question or an answer, whichever it is.

        What is neither, such as words that nobody knows, is not kept.
        """
        text = text[:LONGEST]
        if self.state.finished or not text.strip():
            return self.say(text)
        if "?" in text or is_order(text):
            return self.ask(text)
        if len(text.split()) <= SHORT and not gives_reason(text):
            match = self.matcher.match(text)
            if match.facts:
                return self.ask(text)
            if is_greeting(text, match):
                return Reply(reply(text, match, self.case.spec.facts))
        return self.say(text) if is_heard(text, self._known) else Reply(NOT_HEARD)

    def ask(self, question: str) -> Reply:
        """Ask the interviewer for a fact."""
        question, state = question[:LONGEST], self.state
        if state.finished:
            return Reply(OVER)
        match = self.matcher.match(question)
        said = reply(question, match, self.case.spec.facts)
        if match.facts and all(fact in state.told for fact in match.facts):
            said = SAME_AGAIN + said
        self._keep(kinds.ASKED, text=question, facts=list(match.facts), why=match.why, reply=said)
        return Reply(said, match.facts)

    def say(self, text: str) -> Reply:
        """Answer at the present stage, in free text."""
        text, state = text[:LONGEST], self.state
        if state.finished:
            return Reply(OVER)
        if not text.strip():
            return Reply("Take your time.")
        before = state.said.get(state.stage, [])
        earned = self.judge.evidence(state.stage, "\n".join([*before, text]))
        heard = [*earned, *self.judge.calculated(state.stage, state.estimates)]
        shown = [found.item for found in heard if found.how != "unclear"]
        reasoned = [found.item for found in heard if found.how == "reasoned"]
        probe = next_probe(self.content, state, shown)
        wanted = expected(self.case, state.stage, state.level)
        said = probe.question if probe else after_answer(wanted, reasoned, len(before))
        if not before or state.stage_left() < 0:
            call = time_call(state, budgets(state.minutes)[state.stage] / 60)
            said = f"{said} {'' if self._called(call) else call}".strip()
        about = {"probe": probe.id} if probe else {}
        self._keep(kinds.SAID, stage=state.stage, text=text, reply=said, **about)
        return Reply(said, probe=probe, earned=tuple(earned))

    def dig(self) -> Reply:
        """Ask the interviewer for a deep dive into the present stage."""
        state = self.state
        if state.finished:
            return Reply(OVER)
        text = "\n".join(state.said.get(state.stage, []))
        shown = [found.item for found in self.judge.evidence(state.stage, text)]
        probe = next_probe(self.content, state, shown, deep=True)
        said = probe.question if probe else "I have no deeper question here. Go on."
        about = {"probe": probe.id} if probe else {}
        self._keep(kinds.NOTED, text="", reply=said, **about)
        return Reply(said, probe=probe)

    def estimate(self, id: str, text: str) -> Reply:
        """Give an estimate: a quantity, or a calculation that ends in one."""
        text, state = text[:LONGEST], self.state
        if state.finished:
            return Reply(OVER)
        known = [estimate.id for estimate in self.case.spec.estimates]
        if id not in known:
            near = difflib.get_close_matches(id, known, n=1, cutoff=0)
            return Reply(
                f"There is no estimate {id[:60]!r}; the nearest is {(near or ['none'])[0]!r}."
            )
        judged = self.judge.estimate(id, text)
        self._keep(kinds.ESTIMATED, id=id, text=text, verdict=judged.kind, reply=judged.says)
        return Reply(judged.says, estimate=judged)

    def propose(self, text: str) -> Reply:
        """Propose a design: a sketch in lines or YAML; the interviewer criticises it."""
        text, state = text[:LONGEST], self.state
        if state.finished:
            return Reply(OVER)
        proposal = read_proposal(text, self.case)
        self._keep(
            kinds.PROPOSED, design=text, read=proposal.design is not None,
            rules=[finding.rule for finding in proposal.findings], places=proposal.places,
            reply=proposal.says,
        )  # fmt: skip
        return Reply(proposal.says, proposal=proposal)

    def go_to(self, stage: str) -> Reply:
        """Go to a stage; ``next`` goes to the one that follows."""
        state = self.state
        if state.finished:
            return Reply(OVER)
        if stage == "next":
            stage = STAGES[min(STAGES.index(state.stage) + 1, len(STAGES) - 1)]
        stage = stage.strip().lower().replace("-", "_")[:60]
        if stage not in STAGES:
            return Reply(f"There is no stage {stage!r}; there are: {', '.join(STAGES)}.")
        if stage == state.stage:
            return Reply(greeting(stage))
        self._keep(kinds.STAGE, stage=stage, reply=greeting(stage))
        return Reply(greeting(stage))

    def note(self, text: str) -> Reply:
        """Keep a note for yourself; the interviewer does not read it."""
        if self.state.finished:
            return Reply(OVER)
        self._keep(kinds.NOTED, text=text[:LONGEST], reply="")
        return Reply("")

    def beat(self) -> None:
        """Say that the candidate is still there; a front end calls it every few seconds."""
        last = self.record.events()[-1]
        silence = self.clock() - last.at
        if last.kind != kinds.FINISHED and silence >= BEAT_S:
            self._keep(kinds.BEAT if silence < AWAY_S else kinds.RESUMED)

    def finish(self) -> Reply:
        """End the interview."""
        if self.state.finished:
            return Reply(OVER)
        said = "Thank you. That is the end; here is how you did."
        self._keep(kinds.FINISHED, reply=said)
        return Reply(said)

    def assess(self, item: str, grade: str) -> Reply:
        """Judge yourself on an item that the judge left open, after the end.

        Args:
            item: ``stage.item``.
            grade: one of `GRADES`.
        """
        if not self.state.finished:
            return Reply("Judge yourself when the interview is over.")
        known = [f"{s}.{i.id}" for s, part in self.case.spec.rubric.items() for i in part]
        if item not in known or grade not in GRADES:
            return Reply(f"Name an item of the rubric and one of {', '.join(GRADES)}.")
        self._keep(kinds.ASSESSED, item=item, grade=grade)
        return Reply("Noted.")

    def scorecard(self) -> Scorecard:
        """How it went so far; the same record gives the same scorecard."""
        answers: dict[str, tuple[str, str]] = {
            stage: (part.answers.senior, part.answers.staff)
            for stage, part in self.content.stages.items()
            if part.answers
        }
        return score_interview(self.case, self.record.events(), self.judge, answers)

    @functools.cached_property
    def _known(self) -> frozenset[str]:
        return known_words(self.case, self.content)

    def _called(self, call: str) -> bool:
        """Whether this remark on the clock was made before."""
        return any(call in event.data.get("reply", "") for event in self.record.events())

    def _keep(self, kind: str, **data: Any) -> None:
        self.record.append(Event(self.clock(), kind, data))


def start_interview(
    case: str | Case,
    level: str = "senior",
    minutes: float = 45.0,
    record: Record | None = None,
    *,
    matcher: Matcher | None = None,
    clock: Callable[[], float] = time.time,
) -> Interview:
    """Begin an interview.

    Args:
        case: a case or its name.
        level: one of `LEVELS`. minutes: of the whole interview.
        record: where it is kept; in this process only unless told.
        matcher: understands the questions; the best one that is installed unless told.
        clock: seconds since the epoch.

    Raises:
        UserError: for an unknown case or level, or a length outside 5 to 180 minutes.
    """
    case = case if isinstance(case, Case) else load_case(case)
    if level not in LEVELS:
        raise UserError(f"level: {level!r} is none of {', '.join(LEVELS)}")
    if not 5 <= minutes <= 180:
        raise UserError(f"minutes: an interview takes 5 to 180 minutes, not {minutes:g}")
    record = record or MemoryRecord()
    interview = _over(case, record, matcher, clock)
    interview._keep(
        kinds.STARTED, case=case.slug, level=level, minutes=float(minutes), stage=STAGES[0],
        reply=opening(case, level, minutes),
    )  # fmt: skip
    return interview


def resume_interview(
    record: Record,
    *,
    matcher: Matcher | None = None,
    clock: Callable[[], float] = time.time,
) -> Interview:
    """Go on with an interview that was cut off; the time since then does not count.

    Raises:
        UserError: when the record is none of an interview, or its case is not there.
    """
    state = state_of(record.events())
    interview = _over(load_case(state.case), record, matcher, clock)
    if not state.finished:
        interview._keep(kinds.RESUMED)
    return interview


def _over(
    case: Case, record: Record, matcher: Matcher | None, clock: Callable[[], float]
) -> Interview:
    from mlsd_kit.practice.grading.judge import LearningJudge, judge_of
    from mlsd_kit.practice.interview.matching import matcher_of

    return Interview(
        case=case,
        record=record,
        matcher=matcher or matcher_of(case),
        judge=LearningJudge(lambda: judge_of(case)),
        clock=clock,
        content=interview_content(case),
    )
