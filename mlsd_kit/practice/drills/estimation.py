"""The estimation drill: back-of-envelope figures from random, realistic ones."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from mlsd_kit.cases import Case, load_case
from mlsd_kit.cases.schema import Estimate, ScaleFigure
from mlsd_kit.practice.drills.files import DrillError
from mlsd_kit.practice.drills.series import nth, source
from mlsd_kit.practice.drills.templates import (
    PLACE,
    Line,
    Template,
    draw_figures,
    estimate_of,
    line_of,
    templates,
)
from mlsd_kit.practice.grading.estimates import judge_estimate
from mlsd_kit.practice.grading.judged import JudgedEstimate
from mlsd_kit.units import Q, format_number, format_quantity

DRILL = "estimate"
DRAWS = 100
"""How often figures are drawn for a result that is large enough."""
SPREAD = 0.5
"""Powers of ten by which a case's figures are varied, up or down."""


@dataclass(frozen=True)
class EstimationTask:
    """One estimate to make."""

    template: str
    situation: str
    estimate: Estimate
    scale: dict[str, ScaleFigure]
    lines: tuple[Line, ...]
    remember: str

    @property
    def question(self) -> str:
        """What is asked for, with the unit."""
        return f"{self.estimate.question} (in {self.estimate.unit} or the like)"

    def judge(self, text: str) -> JudgedEstimate:
        """Judge an estimate as typed: a quantity, or a calculation that ends in one."""
        return judge_estimate(self.estimate, self.scale, text)

    def worked(self) -> list[str]:
        """The calculation, a line for each step, the result last."""
        last = Line(says="in all", formula=self.estimate.formula, unit=self.estimate.unit)
        return [self._worked(line) for line in (*self.lines, last)]

    def _worked(self, line: Line) -> str:
        def figure(found: re.Match[str]) -> str:
            return format_quantity(self.scale[found[0]].quantity)

        signs = line.formula.replace(" ** 2", "²").replace(" * ", " × ").replace(" / ", " ÷ ")
        shown = re.sub(rf"\b(?:{'|'.join(self.scale)})\b", figure, signs)
        result = line_of(self.estimate, line).value(self.scale)
        return f"{line.says}: {shown} = {format_quantity(result)}"


def estimation_task(seed: int, number: int, case: str | None = None) -> EstimationTask:
    """A task of the endless series of a seed.

    Args:
        seed: of the series. number: of the task in it, from 0.
        case: its own estimates instead, with figures near those of its scale.

    Raises:
        UserError: for a case that is not there.
        DrillError: for a case without estimates.

    >>> task = estimation_task(1, 0)
    >>> task.judge(task.worked()[-1].rpartition("= ")[2]).kind
    'right'
    """
    if case is not None:
        return _of_case(load_case(case), seed, number)
    name = nth(sorted(templates()), DRILL, seed, number)
    return _made(name, templates()[name], source(DRILL, seed, number))


def _made(name: str, template: Template, chance: random.Random) -> EstimationTask:
    estimate = estimate_of(name, template)
    for _ in range(DRAWS):
        scale = draw_figures(template, chance)
        if not template.least or estimate.value(scale).magnitude >= template.least:
            break
    situation = PLACE.sub(lambda found: _shown(scale.get(found[1]), found[2]), template.situation)
    return EstimationTask(
        name, situation, estimate, scale, tuple(template.lines), template.remember
    )


def _of_case(case: Case, seed: int, number: int) -> EstimationTask:
    if not case.spec.estimates:
        raise DrillError(f"{case.slug}: its case.yaml has no estimates")
    estimate = nth(case.spec.estimates, DRILL, seed, number)
    chance = source(DRILL, seed, number)
    scale = {
        name: figure.model_copy(update={"value": _near(figure, chance)})
        for name, figure in case.spec.scale.items()
        if name in estimate.names
    }
    told = [
        f"{name.replace('_', ' ')}: {format_quantity(figure.quantity)}"
        + (f" ({figure.note})" if figure.note else "")
        for name, figure in scale.items()
    ]
    situation = f"{case.spec.prompt} {'; '.join(told)}."
    remember = f"The case's own figures are in: mlsd show {case.slug}"
    return EstimationTask(estimate.id, situation, estimate, scale, (), remember)


def _near(figure: ScaleFigure, chance: random.Random) -> float:
    """Another value of a figure; shares and factors stay as they are."""
    if figure.unit == "dimensionless":
        return figure.value
    return float(f"{figure.value * 10 ** chance.uniform(-SPREAD, SPREAD):.0e}")


def _shown(figure: ScaleFigure | None, form: str | None) -> str:
    if figure is None:
        return "?"
    if form == "p":
        return f"{format_number(100 * figure.value)} %"
    return format_quantity(Q(figure.value) if form == "n" else figure.quantity)
