"""What a ``case.yaml`` may say."""

from __future__ import annotations

import ast
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from mlsd_kit import framework
from mlsd_kit.errors import UserError
from mlsd_kit.units import PintError, Q, Quantity

Level = Literal["junior", "senior", "staff"]
StageName = Literal["requirements", "data", "model", "evaluation", "deployment", "scaling"]
Direction = Literal["maximise", "minimise"]


def _item(id: str) -> str:
    try:
        return framework.item(id).id
    except UserError as error:
        raise ValueError(str(error)) from None


def _unit(text: str) -> str:
    try:
        Q(1.0, text)
    except (PintError, UserError, ValueError, TypeError) as error:
        raise ValueError(f"not a known unit: {error}") from None
    return text


def _name(text: str) -> str:
    if not text.isidentifier():
        raise ValueError(f"{text!r} is not a name; use letters, digits and '_', such as 'requests'")
    return text


def _literal(value: Any) -> Any:
    if not isinstance(value, bool | int | float | str):
        raise ValueError(f"expected a number, text or true/false, got {value!r}")
    return value


Text = Annotated[str, Field(min_length=1)]
ItemId = Annotated[str, AfterValidator(_item)]
Unit = Annotated[str, AfterValidator(_unit)]
Name = Annotated[str, AfterValidator(_name)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Objective(_Part):
    """The primary goal as one measurable quantity."""

    name: Text
    measure: Text
    direction: Direction


class Limit(_Part):
    """A secondary goal that guards the first: the limit that must hold."""

    name: Text
    measure: Text
    limit: Text


class ScaleFigure(_Part):
    """A figure of the case's scale, with its unit and where it comes from."""

    value: float
    unit: Unit = "dimensionless"
    note: str = ""

    @property
    def quantity(self) -> Quantity:
        """The figure as a quantity whose units are checked."""
        return Q(self.value, self.unit)


class Fact(_Part):
    """Something the interviewer knows and tells when asked."""

    id: Name
    ask: Annotated[list[Text], Field(min_length=1)]
    answer: Text
    items: list[ItemId] = []


class Estimate(_Part):
    """A figure that the candidate should be able to estimate.

    ``formula`` is arithmetic over the names under ``scale``; ``within`` is the accepted factor:
    2 accepts from half the result to twice.
    """

    id: Name
    question: Text
    formula: Text
    unit: Unit
    within: Annotated[float, Field(gt=1)]
    items: list[ItemId] = []

    @field_validator("formula")
    @classmethod
    def _arithmetic(cls, formula: str) -> str:
        try:
            tree = ast.parse(formula, mode="eval")
        except SyntaxError:
            raise ValueError(f"{formula!r} is not arithmetic, such as 'requests * ads'") from None
        for node in ast.walk(tree):
            if not isinstance(node, _ARITHMETIC) or (
                isinstance(node, ast.Constant) and type(node.value) not in (int, float)
            ):
                raise ValueError(f"{formula!r} may only use names, numbers, + - * / ** and ( )")
        return formula

    @property
    def names(self) -> set[str]:
        """The scale figures that the formula uses."""
        return {node.id for node in ast.walk(ast.parse(self.formula)) if isinstance(node, ast.Name)}

    def value(self, scale: dict[str, ScaleFigure]) -> Quantity:
        """The formula's result in the estimate's unit.

        Raises:
            UserError: when the formula's dimensions do not give that unit.
        """
        quantities: dict[str, Any] = {name: scale[name].quantity for name in self.names}
        code = compile(ast.parse(self.formula, mode="eval"), "formula", "eval")
        try:
            return Q(1.0, "dimensionless") * eval(code, {"__builtins__": {}}, quantities).to(
                self.unit
            )
        except (PintError, ArithmeticError, AttributeError) as error:
            raise UserError(f"{self.formula!r} does not give {self.unit}: {error}") from None


_ARITHMETIC = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.Name, ast.Load, ast.Constant,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub,
)  # fmt: skip


class RubricItem(_Part):
    """What is expected at a stage, from which level on, and the framework items it shows."""

    id: Name
    level: Level
    expects: Text
    items: Annotated[list[ItemId], Field(min_length=1)]


class FollowUp(_Part):
    """A question an interviewer asks next, and what a good answer contains."""

    stage: StageName
    question: Text
    listen_for: Text


class Reference(_Part):
    """A source, and what was taken from it."""

    title: Text
    note: str = ""


class Spec(_Part):
    """A whole ``case.yaml``."""

    title: Text
    summary: Text
    prompt: Text
    goal: Objective
    guards: list[Limit] = []
    scale: dict[Name, ScaleFigure] = {}
    facts: list[Fact] = []
    estimates: list[Estimate] = []
    rubric: dict[StageName, list[RubricItem]] = {}
    follow_ups: list[FollowUp] = []
    parameters: dict[Name, Annotated[Any, AfterValidator(_literal)]] = {}
    references: list[Reference] = []
