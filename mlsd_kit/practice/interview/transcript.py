"""A transcript: what a candidate typed and when, as a YAML file that can be replayed."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from mlsd_kit.cases.schema import Level, Text
from mlsd_kit.documents import read, validated
from mlsd_kit.errors import UserError
from mlsd_kit.practice.interview.engine import Interview, Reply, start_interview
from mlsd_kit.practice.questions import Matcher
from mlsd_kit.practice.record import events as kinds
from mlsd_kit.practice.record.events import Event

VERBS = ("ask", "say", "hear", "stage", "estimate", "propose", "dig", "note", "finish", "assess")


def _time(text: str) -> str:
    if not re.fullmatch(r"\d{1,3}:[0-5]\d", text):
        raise ValueError(f"{text!r} is not minutes:seconds since the start, such as '07:30'")
    return text


def seconds(at: str) -> int:
    """Seconds of ``minutes:seconds``.

    >>> seconds("07:30")
    450
    """
    minutes, _, rest = at.partition(":")
    return 60 * int(minutes) + int(rest)


class TranscriptError(UserError):
    """A transcript with mistakes: one line each, with file, line and key."""


class Turn(BaseModel):
    """One thing that the candidate did."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    at: Annotated[str, AfterValidator(_time)]
    ask: str | None = None
    say: str | None = None
    hear: str | None = None
    """A text of which it is not said whether it is a question or an answer."""
    stage: str | None = None
    estimate: str | None = None
    value: str | None = None
    """Of the estimate, as typed."""
    propose: str | None = None
    dig: Literal[True] | None = None
    note: str | None = None
    finish: Literal[True] | None = None
    assess: str | None = None
    grade: str | None = None
    """Of the item assessed."""

    @model_validator(mode="after")
    def _one_verb(self) -> Turn:
        if sum(getattr(self, verb) is not None for verb in VERBS) != 1:
            raise ValueError(f"a turn does one of: {', '.join(VERBS)}")
        if (self.estimate is None) != (self.value is None):
            raise ValueError("'estimate' and 'value' go together")
        if (self.assess is None) != (self.grade is None):
            raise ValueError("'assess' and 'grade' go together")
        return self

    @property
    def verb(self) -> str:
        """What is done."""
        return next(verb for verb in VERBS if getattr(self, verb) is not None)

    def play(self, interview: Interview) -> Reply:
        """Do it."""
        if self.estimate is not None and self.value is not None:
            return interview.estimate(self.estimate, self.value)
        if self.assess is not None and self.grade is not None:
            return interview.assess(self.assess, self.grade)
        if self.dig or self.finish:
            return interview.dig() if self.dig else interview.finish()
        verb = {"stage": interview.go_to}.get(self.verb) or getattr(interview, self.verb)
        reply: Reply = verb(getattr(self, self.verb))
        return reply


class Transcript(BaseModel):
    """A whole interview as the candidate's side of it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    case: Text
    level: Level = "senior"
    minutes: Annotated[float, Field(ge=5, le=180)] = 45.0
    about: str = ""
    """What the candidate does well and badly."""
    turns: Annotated[list[Turn], Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Transcript:
        times = [seconds(turn.at) for turn in self.turns]
        for number, (before, after) in enumerate(itertools.pairwise(times), 2):
            if after < before:
                raise ValueError(
                    f"turn {number} is at {self.turns[number - 1].at}, before the last"
                )
        return self


def load_transcript(path: Path | str) -> Transcript:
    """Read a transcript.

    Raises:
        TranscriptError: one line for each mistake, with file, line and key.
    """
    return validated(read(Path(path)), Transcript, TranscriptError)


@dataclass(frozen=True)
class Replayed:
    """An interview that was replayed, with what the interviewer said at each turn."""

    transcript: Transcript
    interview: Interview
    replies: list[Reply]


def replay(transcript: Transcript, matcher: Matcher | None = None) -> Replayed:
    """Play a transcript through the engine, by its own clock, and finish it.

    Raises:
        UserError: when its case is not there.
    """
    now = [0.0]
    interview = start_interview(
        transcript.case, transcript.level, transcript.minutes, matcher=matcher,
        clock=lambda: now[0],
    )  # fmt: skip
    replies = []
    for turn in transcript.turns:
        now[0] = float(seconds(turn.at))
        replies.append(turn.play(interview))
    if not interview.state.finished:
        interview.finish()
    return Replayed(transcript, interview, replies)


_TURNS: dict[str, Any] = {
    kinds.ASKED: lambda data: {"ask": data["text"]},
    kinds.SAID: lambda data: {"say": data["text"]},
    kinds.STAGE: lambda data: {"stage": data["stage"]},
    kinds.ESTIMATED: lambda data: {"estimate": data["id"], "value": data["text"]},
    kinds.PROPOSED: lambda data: {"propose": data["design"]},
    kinds.NOTED: lambda data: {"note": data["text"]} if data["text"] else {"dig": True},
    kinds.ASSESSED: lambda data: {"assess": data["item"], "grade": data["grade"]},
    kinds.FINISHED: lambda data: {"finish": True},
}


def write_transcript(events: Sequence[Event]) -> str:
    """An interview's events as the YAML of a transcript; breaks are left out of its clock."""
    start, clock, turns = events[0].data, 0.0, []
    for before, event in itertools.pairwise(events):
        if event.kind != kinds.RESUMED:
            clock += max(0.0, event.at - before.at)
        if event.kind in _TURNS:
            at = f"{int(clock) // 60:02d}:{int(clock) % 60:02d}"
            turns.append({"at": at} | _TURNS[event.kind](event.data))
    head = {"case": start["case"], "level": start["level"], "minutes": start["minutes"]}
    return yaml.safe_dump(head | {"turns": turns}, sort_keys=False, allow_unicode=True, width=100)
