"""Kinds of estimates, as `estimation.yaml` has them."""

from __future__ import annotations

import functools
import math
import random
import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, model_validator

from mlsd_kit.cases.schema import Estimate, ItemId, Name, ScaleFigure, Text, Unit
from mlsd_kit.documents import KeyPath
from mlsd_kit.errors import UserError
from mlsd_kit.practice.drills.files import Part, drill_file

PLACE = re.compile(r"\{(\w+)(?::([np]))?\}")
"""Where a figure stands in a situation."""


class Drawn(Part):
    """A figure that is drawn: from a range, alike on a log scale, or one of several values."""

    unit: Unit = "dimensionless"
    low: Annotated[float, Field(gt=0)] | None = None
    high: Annotated[float, Field(gt=0)] | None = None
    one_of: list[float] = Field(default_factory=list)
    digits: Annotated[int, Field(ge=1, le=3)] = 1
    """Significant digits of what is drawn from the range."""

    @model_validator(mode="after")
    def _one_way(self) -> Drawn:
        ranged = self.low is not None and self.high is not None and self.low < self.high
        if ranged == bool(self.one_of) or (self.low is None) != (self.high is None):
            raise ValueError("a figure has either 'low' and a larger 'high', or 'one_of'")
        return self

    def draw(self, chance: random.Random) -> float:
        """A value, in the unit."""
        if self.one_of:
            return chance.choice(self.one_of)
        low, high = self.low or 1.0, self.high or 1.0
        value = math.exp(chance.uniform(math.log(low), math.log(high)))
        return float(f"{value:.{self.digits - 1}e}")


class Line(Part):
    """A line of the worked calculation."""

    says: Text
    formula: Text
    unit: Unit


class Template(Part):
    """A kind of estimate.

    In ``situation``, ``{name}`` stands for a figure, ``{name:n}`` for it without its unit, and
    ``{name:p}`` for a share in per cent.
    """

    situation: Text
    question: Text
    figures: Annotated[dict[Name, Drawn], Field(min_length=1)]
    lines: list[Line] = Field(default_factory=list)
    """On the way to the result."""
    formula: Text
    unit: Unit
    within: Annotated[float, Field(gt=1)] = 1.5
    least: float = 0.0
    """Figures with a smaller result are drawn again."""
    items: Annotated[list[ItemId], Field(min_length=1)]
    remember: Text
    """What the calculation teaches beyond its figures."""


class TemplateFile(Part):
    """A whole ``estimation.yaml``."""

    templates: Annotated[dict[Name, Template], Field(min_length=1)]


@functools.cache
def templates() -> dict[str, Template]:
    """All kinds of estimates, by name.

    Raises:
        DrillError: one line for each mistake in the file.
    """
    return dict(drill_file("estimation.yaml", TemplateFile, _across).templates)


def _across(file: TemplateFile) -> Iterable[tuple[KeyPath, str]]:
    for name, template in file.templates.items():
        keys = ("templates", name)
        known = set(template.figures)
        for placed in {found[1] for found in PLACE.finditer(template.situation)} - known:
            yield (*keys, "situation"), f"{placed!r} is not a figure: {', '.join(sorted(known))}"
        scale = draw_figures(template, random.Random(0))
        whole = estimate_of(name, template)
        lines = [
            ((*keys, "lines", at), line_of(whole, line)) for at, line in enumerate(template.lines)
        ]
        for where, estimate in [*lines, ((*keys, "formula"), whole)]:
            if unknown := estimate.names - known:
                yield where, f"{sorted(unknown)[0]!r} is not a figure: {', '.join(sorted(known))}"
                continue
            try:
                estimate.value(scale)
            except UserError as error:
                yield where, str(error)


def draw_figures(template: Template, chance: random.Random) -> dict[str, ScaleFigure]:
    """Figures for a template."""
    return {
        figure: ScaleFigure(value=drawn.draw(chance), unit=drawn.unit)
        for figure, drawn in template.figures.items()
    }


def estimate_of(name: str, template: Template) -> Estimate:
    """What a template asks for, as a case asks for its estimates."""
    return Estimate(
        id=name,
        question=template.question,
        formula=template.formula,
        unit=template.unit,
        within=template.within,
        items=template.items,
    )


def line_of(whole: Estimate, line: Line) -> Estimate:
    """A line of the calculation as an estimate of its own."""
    return whole.model_copy(update={"formula": line.formula, "unit": line.unit})
