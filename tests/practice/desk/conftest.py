"""An interview on a desk: a clock that tests turn, a matcher and a judge that are quick."""

from dataclasses import dataclass

import pytest

from mlsd_kit.cases import load_case
from mlsd_kit.practice.case_files import interview_content
from mlsd_kit.practice.desk.room import Room
from mlsd_kit.practice.grading.estimates import judge_estimate
from mlsd_kit.practice.grading.judged import Earned
from mlsd_kit.practice.interview import History, start_interview
from mlsd_kit.practice.questions import Match

CASE = "ctr_prediction"


@dataclass
class HandClock:
    """Seconds that pass only when told."""

    now: float = 1_700_000_000.0

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds


@dataclass
class ByName:
    """Matches a question that names a fact; judges that an item is shown by its name."""

    case: object

    def match(self, question):
        facts = tuple(fact.id for fact in self.case.spec.facts if fact.id in question)
        return Match("fact", facts, 1.0) if facts else Match("unrelated", why="off topic")

    def evidence(self, stage, text):
        items = [item.id for item in self.case.spec.rubric.get(stage, []) if item.id in text]
        how = "unclear" if "perhaps" in text else "reasoned"
        return [Earned(item, text, how, 0.9) for item in items]

    def calculated(self, stage, estimates):
        return []

    def estimate(self, id, text):
        wanted = next(e for e in self.case.spec.estimates if e.id == id)
        return judge_estimate(wanted, self.case.spec.scale, text)


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def by_name(monkeypatch):
    """Every interview of this test has the quick matcher and judge."""
    monkeypatch.setattr("mlsd_kit.practice.interview.matching.matcher_of", ByName)
    monkeypatch.setattr("mlsd_kit.practice.grading.judge.judge_of", ByName)


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / ".mlsd" / "interviews.sqlite")


@pytest.fixture
def interview(by_name, clock, history):
    return start_interview(CASE, "senior", 45, history.new(), clock=clock)


@pytest.fixture
def ended():
    """How often the interview of `room` was said to be over."""
    return []


@pytest.fixture
def room(interview, ended):
    return Room(interview, lambda: ended.append("over"))


@pytest.fixture(scope="session")
def content():
    return interview_content(load_case(CASE))
