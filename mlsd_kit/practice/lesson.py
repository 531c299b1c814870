"""A lesson at work: predictions, checks, hints and progress, in one of three modes.

``study``: the learner predicts, answers, and is told at once. ``exam``: nothing is told until
`Lesson.finish`. ``solution``: everything is shown, nothing is kept, and a wrong answer is an error;
this is what papermill and nbval run.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from IPython.display import HTML, Markdown, display

from mlsd_kit import framework
from mlsd_kit.cases import Case, load_case
from mlsd_kit.errors import UserError
from mlsd_kit.practice.exercises import Exercise, all_exercises, find_exercise
from mlsd_kit.practice.learner import find_solution
from mlsd_kit.practice.limits import TookTooLong
from mlsd_kit.practice.progress import (
    ATTEMPT,
    HINT,
    PREDICTION,
    SEEN,
    SOLUTION,
    Progress,
    progress_file,
)
from mlsd_kit.practice.progress_map import map_html, map_text
from mlsd_kit.practice.session import watch_cells
from mlsd_kit.practice.verdicts import Verdict
from mlsd_kit.units import format_number, format_quantity

MODES = ("study", "solution", "exam")


class WrongSolution(AssertionError):  # noqa: N818
    """In solution mode an answer was not right."""


@dataclass
class Lesson:
    """A lesson over a case. Make it with `start_lesson`."""

    stage: str
    case: Case
    mode: str
    progress: Progress
    _predicted: dict[str, Any] = field(default_factory=dict)
    _units: dict[str, str] = field(default_factory=dict)
    _noted: dict[str, Verdict] = field(default_factory=dict)
    _hints: dict[str, int] = field(default_factory=dict)
    _maps: list[Any] = field(default_factory=list)

    def predict(self, key: str, question: str, unit: str = "", options: Sequence[str] = ()) -> Any:
        """Ask for a prediction, before the computation is run.

        Args:
            key: items of the framework that the computation shows, such as ``R6`` or ``R6 D7``;
                a word that is no item tells two questions apart.
            question: what to predict.
            unit: of a number. options: to choose from, instead of a number.

        Returns:
            A form to fill in; in solution mode the question.
        """
        self._predicted.pop(key, None)
        self._units[key] = unit
        if self.mode == "solution":
            how = f" ({' / '.join(options)})" if options else f" (in {unit})" if unit else ""
            return Markdown(f"**Predict:** {question}{how}")
        from mlsd_kit.widgets.forms import prediction_form

        def keep(value: Any) -> None:
            self._predicted[key] = value
            self._note(PREDICTION, key, detail=str(value))

        return prediction_form(question, unit, options, keep)

    def reveal(self, key: str, value: Any) -> Markdown:
        """Compare the prediction with what was computed.

        Args:
            key: as in `predict`.
            value: a number, a quantity, or the option that is right.
        """
        shown = value if isinstance(value, str) else _shown(value)
        if self.mode == "solution":
            return Markdown(f"**Computed:** {shown}.")
        for word in key.split():
            if word in framework.ITEMS:
                self._note(SEEN, word)
        self._refresh()
        if key not in self._predicted:
            return Markdown(
                f"**Computed:** {shown}. You made no prediction: the difference would have told "
                "you something."
            )
        return Markdown(f"**Computed:** {shown}. {self._compared(key, value)}")

    def check(self, id: str, answer: Any, **given: Any) -> HTML | None:
        """Judge an answer, and say what kind of wrong it is.

        Args:
            id: the exercise.
            answer: of the learner.
            given: what the exercise was about, where it needs that to judge.

        Raises:
            UserError: for an exercise that is not there, or that needs other things.
            WrongSolution: in solution mode, when the answer is wrong.
        """
        exercise = find_exercise(id)
        judge = exercise.judge_of(given)
        try:
            verdict = judge(answer)
        except TookTooLong:
            raise
        except Exception as error:
            verdict = Verdict(False, f"That cannot be compared ({type(error).__name__}: {error}).")
        if self.mode == "solution":
            if not verdict.right:
                raise WrongSolution(f"{id}: {verdict.says}")
            return _told(id, verdict)
        self._note(ATTEMPT, id, right=verdict.right, detail=verdict.says)
        self._noted[id] = verdict
        self._refresh()
        if self.mode == "exam":
            return HTML(f"<p>{id}: {'noted' if verdict.answered else 'no answer yet'}.</p>")
        return _told(id, verdict, exercise.hints)

    def hint(self, id: str) -> Markdown:
        """The next hint for an exercise; in an exam there are none."""
        exercise = find_exercise(id)
        if self.mode == "exam":
            return Markdown("In an exam there are no hints.")
        number = self._hints.get(id, 0)
        if number >= len(exercise.hints):
            return Markdown(f'No more hints. The solution: `lesson.solution("{id}")`')
        self._hints[id] = number + 1
        self._note(HINT, id)
        more = len(exercise.hints) - number - 1
        left = f" ({more} more)" if more else ""
        return Markdown(f"**Hint {number + 1}:** {exercise.hints[number]}{left}")

    def solution(self, id: str) -> Markdown:
        """The solution, for who asks for it; an item is then not mastered by this exercise."""
        if self.mode == "exam":
            return Markdown("In an exam there are no solutions.")
        code = find_solution(id)
        self._note(SOLUTION, id)
        return Markdown(f"```python\n{code}\n```")

    def finish(self) -> Any:
        """What was reached: in an exam the score with what was said of each answer."""
        exercises = self.exercises()
        if self.mode == "solution":
            return Markdown(f"{len(exercises)} exercises, all with their solution.")
        if self.mode == "study":
            done = self.progress.exercises()
            passed = sum(done.get(id, "").startswith("passed") for id in exercises)
            return Markdown(f"**{passed} of {len(exercises)}** exercises of this lesson passed.")
        right = [id for id in exercises if id in self._noted and self._noted[id].right]
        lines = [f"**Score: {len(right)} of {len(exercises)}.**", "", "| | | |", "|---|---|---|"]
        for id in exercises:
            verdict = self._noted.get(id, Verdict(False, "not answered", False))
            sign = "✓" if verdict.right else "✗" if verdict.answered else "–"
            lines.append(f"| {sign} | {id} | {verdict.says.replace('|', '/')} |")
        return Markdown("\n".join(lines))

    def exercises(self) -> dict[str, Exercise]:
        """The exercises of this lesson."""
        return {id: e for id, e in all_exercises().items() if e.stage == self.stage}

    def map(self) -> Any:
        """The map of the framework's items; it follows what is done in this kernel."""
        if self.mode == "solution":
            items = [item.id for item in framework.stage(self.stage).items]
            return Markdown(f"This lesson shows {', '.join(items)}.")
        from mlsd_kit.widgets.forms import html_view

        view = html_view(map_html(self.progress.items()))
        self._maps.append(view)
        return view

    def _compared(self, key: str, value: Any) -> str:
        predicted = self._predicted[key]
        if isinstance(value, str):
            same = str(predicted).casefold() == value.casefold()
            return "As you predicted." if same else f"You predicted: {predicted}."
        unit = self._units.get(key, "")
        if hasattr(value, "magnitude"):
            value = (value.to(unit) if unit else value).magnitude
        said = f"You predicted {format_number(predicted)} {unit}".rstrip()
        if value == 0 or predicted / value <= 0:
            return f"{said}."
        ratio = predicted / float(value)
        if 1 / 1.1 <= ratio <= 1.1:
            return f"{said}: within 10 %."
        side = "high" if ratio > 1 else "low"
        return f"{said}: too {side} by a factor of {max(ratio, 1 / ratio):.2g}."

    def _refresh(self) -> None:
        if self._maps:
            states = self.progress.items()
            for view in self._maps:
                view.value = map_html(states)

    def _note(self, kind: str, subject: str, right: bool | None = None, detail: str = "") -> None:
        if self.mode != "solution":
            self.progress.add(kind, subject, self.stage, self.case.slug, right, detail)


def start_lesson(
    stage: str, case: str, mode: str = "study", progress: Progress | None = None
) -> Lesson:
    """Start a lesson over a case.

    Args:
        stage: of the framework. case: a case's name.
        mode: one of `MODES`.
        progress: where it is kept; in the learner's folder by default.

    Raises:
        UserError: for an unknown stage, case or mode.
    """
    if mode not in MODES:
        raise UserError(f"mode: {mode!r} is none of {', '.join(MODES)}")
    name = framework.stage(stage).name
    lesson = Lesson(name, load_case(case), mode, progress or Progress(progress_file()))
    if mode != "solution":
        watch_cells()
    return lesson


def show_progress(progress: Progress | None = None) -> None:
    """Show the whole map, as it is now."""
    states = (progress or Progress(progress_file())).items()
    display({"text/html": map_html(states), "text/plain": map_text(states)}, raw=True)


def _told(id: str, verdict: Verdict, hints: Sequence[str] = ()) -> HTML:
    sign, colour = ("✓", "#2e7d32") if verdict.right else ("✗", "#b3261e")
    more = (
        f"<br><small>A hint: <code>hint(&quot;{html.escape(id)}&quot;)</code></small>"
        if hints and not verdict.right
        else ""
    )
    return HTML(
        f"<div role='status' style='border-left: 4px solid {colour}; padding: 2px 10px'>"
        f"<b>{sign} {html.escape(id)}</b> {html.escape(verdict.says)}{more}</div>"
    )


def _shown(value: Any) -> str:
    if hasattr(value, "magnitude"):
        return format_quantity(value)
    if isinstance(value, Mapping | Sequence):
        return str(value)
    return format_number(float(value))
