"""A desk for mock interviews: forms to begin, the interview itself, and what follows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from mlsd_kit.cases import load_case
from mlsd_kit.errors import UserError
from mlsd_kit.practice.desk.form import Form
from mlsd_kit.practice.desk.review import Review
from mlsd_kit.practice.desk.room import Room
from mlsd_kit.practice.desk.start_form import (
    LONGEST,
    SHORTEST,
    begin_form,
    kept_interviews,
    open_form,
)
from mlsd_kit.practice.interview.engine import (
    READING,
    Interview,
    resume_interview,
    start_interview,
)
from mlsd_kit.practice.record.history import History, InterviewRecord
from mlsd_kit.practice.record.state import LEVELS


class Desk:
    """What `mock_interview` opens.

    Args:
        case, level, minutes: that the form begins with.
        history: where interviews are kept, all of them at every word.

    Raises:
        UserError: for an unknown case or level, or a length outside 5 to 180 minutes.
    """

    def __init__(self, case: str, level: str, minutes: float, history: History) -> None:
        self.case = load_case(case)
        if level not in LEVELS:
            raise UserError(f"level: {level!r} is none of {', '.join(LEVELS)}")
        if not SHORTEST <= minutes <= LONGEST:
            raise UserError(
                f"minutes: an interview takes {SHORTEST} to {LONGEST} minutes, not {minutes:g}"
            )
        self.level, self.minutes, self.history = level, minutes, history
        self.id = ""
        """Of the interview that is open."""
        self.room: Room | None = None
        self.review: Review | None = None
        kept = kept_interviews(history)
        self.kept_form = open_form(kept, self.open)
        self.new_form = begin_form(self.case.slug, level, minutes, self.begin)
        forms = [self.kept_form, self.new_form] if kept else [self.new_form]
        self.widget = widgets.VBox(forms)

    def begin(self, case: str, level: str, minutes: float) -> None:
        """Begin a new interview; the first one over a case takes some seconds.

        Raises:
            UserError: as `start_interview`, or when it cannot be kept.
        """
        record = self.history.new()
        self._enter(self.new_form, record, lambda: start_interview(case, level, minutes, record))

    def open(self, interview: str) -> None:
        """Go on with a kept interview, or look at a finished one.

        Raises:
            UserError: when it is not there.
        """
        record = self.history.record(interview)
        self._enter(self.kept_form, record, lambda: resume_interview(record))

    def _enter(self, form: Form, record: InterviewRecord, make: Callable[[], Interview]) -> None:
        form.busy, form.says = True, READING
        try:
            interview = make()
        finally:
            form.busy, form.says = False, ""
        self.id = record.id
        if interview.state.finished:
            self._look_back(interview)
        else:
            self.room = Room(interview, lambda: self._look_back(interview), record.id)
            self.widget.children = [self.room.widget]

    def _look_back(self, interview: Interview) -> None:
        if self.review is None:
            name = f"scorecard-{interview.case.slug}-{self.id}"
            self.review = Review(interview, self.history.path.parent, name)
            above = [self.room.clock, self.room.chat] if self.room else []
            self.widget.children = [*above, self.review.widget]

    def __str__(self) -> str:
        """How to begin, where there is no browser."""
        slug = self.case.slug
        return (
            f"A mock interview over {slug} ({self.level}, {self.minutes:g} minutes).\n"
            "Here: open this notebook in JupyterLab, run its cells, and press Begin.\n"
            f"In a terminal: mlsd practice {slug} --level {self.level} --minutes {self.minutes:g}"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {**self.widget._repr_mimebundle_(), "text/plain": str(self)}
