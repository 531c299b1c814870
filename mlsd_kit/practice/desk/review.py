"""The desk after an interview: the candidate's own judgement, then the scorecard."""

from __future__ import annotations

from pathlib import Path

import ipywidgets as widgets

from mlsd_kit.practice.desk.assessment import Assessment
from mlsd_kit.practice.desk.form import Form
from mlsd_kit.practice.desk.part import Message
from mlsd_kit.practice.desk.scorecard_view import save_scorecard, scorecard_outputs
from mlsd_kit.practice.interview.engine import Interview


class Review:
    """A finished interview on a desk.

    Args:
        interview: finished.
        folder: where the scorecard is written.
        name: of its files, without their ending.
    """

    def __init__(self, interview: Interview, folder: Path, name: str) -> None:
        self.interview, self._folder, self._name = interview, folder, name
        card = interview.scorecard()
        self.assessment = Assessment({"assess": self._assess}, wants_focus=bool(card.open))
        self.assessment.show(card, interview.state)
        self.controls = Form(
            {"show": self._show, "save": self._save},
            heading="Scorecard",
            buttons=[
                {"name": "show", "label": "Show the scorecard"},
                {"name": "save", "label": "Save as Markdown and HTML"},
            ],
            wants_focus=not card.open,
        )
        self.output = widgets.Output()
        parts = [self.assessment] if card.open else []
        self.widget = widgets.VBox([*parts, self.controls, self.output])

    def _assess(self, message: Message) -> None:
        self.assessment.says = self.interview.assess(message["item"], message["grade"]).text

    def _show(self, _: Message) -> None:
        self.output.outputs = scorecard_outputs(self.interview.scorecard(), Path.cwd())
        self.controls.says = "The scorecard is below."

    def _save(self, _: Message) -> None:
        paths = save_scorecard(self.interview.scorecard(), self._folder, self._name)
        self.controls.says = f"Written: {', '.join(map(str, paths))}"
