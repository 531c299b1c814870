"""Estimation and metric choice in JupyterLab: a task, an answer, what it is worth, the next one."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any

import ipywidgets as widgets

from mlsd_kit.design.linting.lint import escape
from mlsd_kit.practice.drills.estimation import EstimationTask, estimation_task
from mlsd_kit.practice.drills.metrics import MetricTask, metric_task
from mlsd_kit.practice.drills.results import DrillResult, keep_result

__all__ = ["Drill", "EstimationDrill", "MetricDrill"]

Keep = Callable[[DrillResult], None]


def paragraphs(*texts: str) -> str:
    """Texts as HTML paragraphs."""
    style = "line-height:1.5;margin:0 0 0.5em"
    return "".join(f'<p style="{style}">{escape(text)}</p>' for text in texts if text)


def listed(texts: Iterable[str]) -> str:
    """Texts as an HTML list."""
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f'<ul style="margin:0 0 0.5em;padding-left:1.4em;line-height:1.5">{items}</ul>'


def on_enter(field: Any, do: Callable[[], None]) -> None:
    """Call a function when Enter is pressed in a text field, or the field is left with a new text.

    The field's value then comes whole; letter by letter, the last ones may come after the Enter.
    """
    field.continuous_update = False
    field.observe(lambda change: do() if change["new"].strip() else None, "value")


def button(label: str, tooltip: str, do: Callable[[], None], style: str = "") -> Any:
    """A button."""
    made = widgets.Button(description=label, tooltip=tooltip, button_style=style)
    made.on_click(lambda _: do())
    return made


class Drill(ABC):
    """What the drills have in common. Where there is no browser, the task is shown as text.

    Args:
        seed: of the endless series of tasks. case: only tasks of this case.
        keep: what is done with each result; the learner's history unless told.
    """

    name = ""

    def __init__(self, seed: int = 0, case: str | None = None, keep: Keep = keep_result) -> None:
        self.seed, self.case, self.number = seed, case, 0
        self.results: list[DrillResult] = []
        self._keep = keep
        self._asked, self._said = widgets.HTML(), widgets.HTML()
        self._form = widgets.VBox()
        self._answer = button("Answer", "Judge this answer", self.answer, "primary")
        self._next = button("Next", "Go on to the next task", self.next)
        buttons = widgets.HBox([self._answer, self._next])
        self.widget = widgets.VBox([self._asked, self._form, buttons, self._said])
        self._begin()

    def next(self) -> None:
        """Go on to the next task."""
        self.number += 1
        self._begin()

    @abstractmethod
    def answer(self) -> None:
        """Judge what was entered."""

    @abstractmethod
    def ask(self) -> Iterable[widgets.Widget]:
        """Show the task of the present number; the fields for its answer."""

    @abstractmethod
    def told(self) -> tuple[str, ...]:
        """The task as paragraphs."""

    def say(self, html: str) -> None:
        """Show what came of an answer; a screen reader reads it out."""
        self._said.value = f'<div role="status" style="line-height:1.5">{html}</div>'

    def keep(self, task: str, case: str, score: float, data: dict[str, Any]) -> None:
        """Keep the first answer to a task."""
        if any(result.number == self.number for result in self.results):
            return
        seconds = round(time.monotonic() - self._began, 1)
        result = DrillResult(
            self.name, task, case, self.seed, self.number, round(score, 3), seconds, data
        )
        self.results.append(result)
        self._keep(result)

    def __str__(self) -> str:
        """The task in words."""
        return "\n".join(self.told())

    def _begin(self) -> None:
        self._said.value = ""
        self._form.children = tuple(self.ask())
        self._asked.value = paragraphs(f"Task {self.number + 1}", *self.told())
        self._began = time.monotonic()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        view: dict[str, Any] = self.widget._repr_mimebundle_()
        return {**view, "text/html": paragraphs(*self.told()), "text/plain": str(self)}


class EstimationDrill(Drill):
    """Estimates, judged on a log scale; the first answer to a task counts."""

    name = "estimate"
    task: EstimationTask

    def ask(self) -> Iterable[widgets.Widget]:
        """Draw the figures of the next estimate."""
        self.task = estimation_task(self.seed, self.number, self.case)
        self.field = widgets.Text(
            description="Estimate",
            placeholder="a * b = 1.5 million …/s",
            layout={"width": "32em", "max_width": "100%"},
        )
        on_enter(self.field, self.answer)
        return [self.field]

    def told(self) -> tuple[str, ...]:
        """The situation and the question."""
        return self.task.situation, self.task.question

    def answer(self) -> None:
        """Judge the estimate, and work it out where it is not right."""
        if not self.field.value.strip():
            return self.say(paragraphs("Type a number with its unit, or a calculation."))
        judged = self.task.judge(self.field.value)
        said = paragraphs(judged.says, *judged.steps)
        if judged.kind != "unreadable":
            data = {"answer": self.field.value, "kind": judged.kind}
            self.keep(self.task.template, self.case or "", judged.score, data)
            said += self._worked(open_=judged.kind == "right")
        return self.say(said)

    def _worked(self, *, open_: bool) -> str:
        shown = " open" if open_ else ""
        inside = listed(self.task.worked()) + paragraphs(self.task.remember)
        return f"<details{shown}><summary>The calculation</summary>{inside}</details>"


class MetricDrill(Drill):
    """Situations and the metrics that fit them."""

    name = "metric"
    task: MetricTask

    def ask(self) -> Iterable[widgets.Widget]:
        """Show the next situation's options."""
        self.task = metric_task(self.seed, self.number, self.case)
        self.boxes = {
            option: widgets.Checkbox(
                description=option, indent=False, layout={"width": "auto", "max_width": "100%"}
            )
            for option in self.task.options
        }
        return list(self.boxes.values())

    def told(self) -> tuple[str, ...]:
        """The situation, the question and the options."""
        return self.task.of.situation, f"{self.task.of.question} Choose all that fit."

    def __str__(self) -> str:
        """The task in words, with its options."""
        return "\n".join([*self.told(), *(f"- {option}" for option in self.task.options)])

    def answer(self) -> None:
        """Judge the choice, and say why of each option."""
        chosen = [option for option, box in self.boxes.items() if box.value]
        if not chosen:
            return self.say(paragraphs("Choose at least one."))
        judged = self.task.judge(chosen)
        self.keep(self.task.id, self.task.of.case or "", judged.score, {"answer": chosen})
        why = (f"{'Yes' if right else 'No'}, {name}: {why}" for name, right, why in self.task.why())
        return self.say(paragraphs(judged.says) + listed(why))
