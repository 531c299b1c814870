"""Find the flaw, and five minutes of questions, in JupyterLab."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import ipywidgets as widgets

from mlsd_kit.cases import Case, discover, load_case
from mlsd_kit.design import draw
from mlsd_kit.design.linting.lint import escape
from mlsd_kit.practice.drills.flaw_words import named_flaw, named_place
from mlsd_kit.practice.drills.flaws import FlawTask, label
from mlsd_kit.practice.drills.lines import minutes
from mlsd_kit.practice.drills.planting import flaw_task
from mlsd_kit.practice.drills.requirements import (
    SECONDS,
    RequirementRound,
    good_order,
    question,
    requirement_round,
)
from mlsd_kit.practice.drills.results import keep_result
from mlsd_kit.practice.drills.series import source
from mlsd_kit.widgets.drills import Drill, Keep, button, listed, on_enter, paragraphs

__all__ = ["FlawDrill", "RequirementDrill"]


class FlawDrill(Drill):
    """A design with a flaw: its drawing and its YAML; name the place and the flaw."""

    name = "flaw"
    task: FlawTask

    def ask(self) -> Iterable[widgets.Widget]:
        """Plant the next flaw."""
        self.task = flaw_task(self.seed, self.number, self.case)
        wide = {"width": "32em", "max_width": "100%"}
        self.words = widgets.Text(
            description="In words", placeholder="the ranker has no timeout", layout=wide
        )
        on_enter(self.words, self.answer)
        self.place = widgets.Dropdown(description="Place", options=["", *self.task.places])
        self.flaw = widgets.Dropdown(
            description="Flaw", options=[("", ""), *((label(r), r) for r in self.task.flaws)]
        )
        text = f'<pre style="overflow-x:auto">{escape(self.task.yaml)}</pre>'
        shown = widgets.HTML(f"<details><summary>As YAML</summary>{text}</details>")
        picture = widgets.HTML(draw(self.task.design).svg)
        return [picture, shown, self.words, widgets.HTML("or choose:"), self.place, self.flaw]

    def told(self) -> tuple[str, ...]:
        """The design's title and its defence."""
        title = f"{load_case(self.task.case).title}. {self.task.design.title}"
        return title, self.task.story, "Where is the flaw, and what is it?"

    def answer(self) -> None:
        """Check place and flaw against the linter's findings."""
        place, flaw, text = self.place.value, self.flaw.value, self.words.value.strip()
        if text:
            named = named_place(text, [*self.task.places, *self.task.steps])
            place, flaw = named or place, named_flaw(text, named).rule or flaw
        if not (place and flaw):
            missing = "place" if not place else "flaw"
            return self.say(paragraphs(f"I am not sure of the {missing}; choose one below."))
        judged = self.task.judge(place, flaw)
        data = {"answer": text, "place": place, "flaw": flaw}
        self.keep(self.task.name, self.task.case, judged.score, data)
        found = (f"{at}: {what}: {said}. {do}" for at, what, said, do in self.task.answer())
        told = paragraphs(f"{place}: {label(flaw)}. {judged.says} The linter says:")
        return self.say(told + listed(found) + paragraphs(*self.task.reasons()))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_()
        return {**bundle, "text/html": bundle["text/html"] + draw(self.task.design).html}


class RequirementDrill(Drill):
    """A case's prompt and five minutes of questions.

    Args:
        seed: chooses the case where none is told. case: its name.
        keep: what is done with each result. seconds: of a round.
    """

    name = "requirements"

    def __init__(
        self,
        seed: int = 0,
        case: str | None = None,
        keep: Keep = keep_result,
        seconds: float = SECONDS,
    ) -> None:
        self.seconds = seconds
        self.round: RequirementRound | None = None
        super().__init__(seed, case, keep)

    def ask(self) -> Iterable[widgets.Widget]:
        """Show the next prompt; the clock waits for Start."""
        chance = source(self.name, self.seed, self.number)
        self.about: Case = load_case(self.case or chance.choice(list(discover())))
        self.round = None
        self.question = widgets.Text(
            description="Question", layout={"width": "32em", "max_width": "100%"}, disabled=True
        )
        on_enter(self.question, self.put)
        self._start = button("Start", "Start the clock", self.start, "primary")
        self._ask = button("Ask", "Ask this question", self.put)
        self._answer.description, self._answer.tooltip = "Finish", "End the round"
        self._clock = widgets.HTML(self._time(self.seconds))
        self._talk = widgets.HTML()
        row = widgets.HBox([self._start, self._clock])
        return [row, self._talk, widgets.HBox([self.question, self._ask])]

    def told(self) -> tuple[str, ...]:
        """The prompt."""
        return self.about.spec.prompt, f"You have {minutes(self.seconds)} minutes to ask."

    def start(self) -> None:
        """Start the clock."""
        if self.round is not None:
            return
        self._start.disabled = True
        self._clock.value = "<i>One moment …</i>"
        self.round = requirement_round(self.about, seconds=self.seconds)
        self.question.disabled = False
        try:
            asyncio.get_running_loop().create_task(self._tick(self.round))
        except RuntimeError:  # no loop, as in a script: the clock shows at each question
            self._clock.value = self._time(self.round.left)

    def put(self) -> None:
        """Ask what was typed."""
        text = self.question.value.strip()
        if self.round is None or not text:
            return
        came = self.round.ask(text)
        self._talk.value += paragraphs(f"You: {text}") + paragraphs(f"Interviewer: {came.reply}")
        self._clock.value = self._time(self.round.left)
        self.question.value = ""

    def answer(self) -> None:
        """End the round: what was brought out, what was missed, and a good order."""
        if self.round is None:
            return self.say(paragraphs("Press Start first."))
        brought, self.round = self.round.result(), None
        self.question.disabled = True
        data = {"told": [fact.id for fact in brought.told], "turned_back": brought.turned_back}
        self.keep(self.about.slug, self.about.slug, brought.score, data)
        weight = brought.weight
        told = (f"{f.id.replace('_', ' ')} (weight {weight[f.id]:.1f})" for f in brought.told)
        missed = (f"{question(f)} {f.answer}" for f in brought.missed[:8])
        order = (question(fact) for fact in good_order(self.about))
        return self.say(
            paragraphs(f"Score {brought.score:.2f}; {brought.turned_back} turned back. You got:")
            + listed(told)
            + paragraphs("Not asked, the weightiest first:")
            + listed(missed)
            + paragraphs("A good order:")
            + listed(order)
        )

    async def _tick(self, round_: RequirementRound) -> None:
        while self.round is round_:
            self._clock.value = self._time(round_.left)
            if round_.left == 0:
                self.answer()
                return
            await asyncio.sleep(min(1.0, round_.left))

    @staticmethod
    def _time(left: float) -> str:
        return f'<span role="timer">{minutes(left)} left</span>'
