"""A capacity sheet: a derivation with units of which every step is shown."""

from __future__ import annotations

import ast
import difflib
import math
import re
from dataclasses import dataclass

import pandas as pd
from pint.errors import PintError

from mlsd_kit.errors import UserError
from mlsd_kit.requirements.quantities import converted, quantity
from mlsd_kit.units import Quantity, UnitError, format_quantity, format_unit, ureg

TIMES = {1000: "ms/s", 60: "s/min", 3600: "s/h", 24: "h/day", 86_400: "s/day"}
"""Factors between units of time that come up."""


@dataclass(frozen=True)
class Line:
    """One step of a capacity sheet; ``formula`` is empty for a given figure."""

    name: str
    quantity: Quantity
    formula: str
    because: str


class CapacitySheet:
    """A derivation that can be followed step by step: given figures, then formulas over them.

    >>> sheet = CapacitySheet()
    >>> _ = sheet.line("requests", "4000 requests/s", because="peak")
    >>> _ = sheet.line("candidates", "250 predictions/request")
    >>> _ = sheet.derive("predictions", "requests * candidates", unit="predictions/s")
    >>> sheet.table().loc["predictions", "how"]
    'requests × candidates = 4,000 requests/s × 250 predictions/request'
    """

    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}

    def __getitem__(self, name: str) -> Quantity:
        """The quantity of a line, by its name."""
        if name not in self.lines:
            raise UserError(_unknown_line(name, self.lines))
        return self.lines[name].quantity

    def line(self, name: str, value: Quantity | str | float, because: str = "") -> Quantity:
        """Add a figure that is given or computed elsewhere, and return it.

        Raises:
            UnitError: when ``value`` is a text that is not a number with a known unit.
            UserError: when the name is taken or is not an identifier.
        """
        return self._add(Line(name, quantity(value), "", because))

    def derive(self, name: str, formula: str, unit: str = "", because: str = "") -> Quantity:
        """Add a figure computed from earlier lines, and return it.

        Args:
            name: the new line's name.
            formula: arithmetic over the names of earlier lines and numbers, with + - * / ** and
                ``ceil(...)``, which rounds up in the unit that its argument has.
            unit: the unit to give it in; its own by default.
            because: why, for the reader.

        Raises:
            UnitError: when units do not go together.
            UserError: when the formula is not arithmetic or uses an unknown name.
        """
        try:
            tree = ast.parse(formula, mode="eval").body
        except SyntaxError:
            raise UserError(f"{name}: {formula!r} is not arithmetic, such as 'a * b'") from None
        try:
            result = quantity(self._value(tree, formula))
        except ZeroDivisionError:
            raise UserError(f"{name}: {formula!r} divides by zero") from None
        if unit:
            result = converted(result, unit, f"{name} = {formula}")
        return self._add(Line(name, result, formula, because))

    def steps(self, name: str) -> list[str]:
        """Every step from the formula of a line to its result, a conversion of units as its own.

        >>> sheet = CapacitySheet()
        >>> _ = sheet.line("mean", "2000 requests/s")
        >>> _ = sheet.derive("daily", "mean / 2", unit="requests/day")
        >>> for step in sheet.steps("daily"):
        ...     print(step)
        daily = mean ÷ 2
        = 2,000 requests/s ÷ 2
        = 2,000 requests/s ÷ 2 × 86,400 s/day
        = 86.4 million requests/day
        """
        result = self[name]
        line = self.lines[name]
        if not line.formula:
            return [f"{name} = {format_quantity(result)} (given)"]
        formula, values = self._how(line.formula).split(" = ", 1)
        steps = [f"{name} = {formula}", f"= {values}"]
        own = quantity(self._value(ast.parse(line.formula, mode="eval").body, line.formula))
        factor = _seconds(own) / _seconds(result)
        for size, unit in TIMES.items():
            if math.isclose(factor, size):
                steps.append(f"{steps[-1]} × {size:,} {unit}")
            elif math.isclose(factor, 1 / size):
                steps.append(f"{steps[-1]} ÷ {size:,} {unit}")
        return [*steps, f"= {format_quantity(result)}"]

    def changed(self, **figures: Quantity | str | float) -> CapacitySheet:
        """The same sheet with other figures, all that follows from them derived anew.

        Args:
            figures: line → its new value.

        Raises:
            UserError: for a line that is not there, or is derived.

        >>> sheet = CapacitySheet()
        >>> _ = sheet.line("requests", "4000 requests/s")
        >>> _ = sheet.derive("twice", "2 * requests")
        >>> sheet.changed(requests="1 request/s")["twice"].magnitude
        2.0
        """
        for name in figures:
            self[name]
            if self.lines[name].formula:
                raise UserError(
                    f"{name!r} is derived ({self.lines[name].formula}): change a figure"
                )
        sheet = CapacitySheet()
        for line in self.lines.values():
            if line.formula:
                sheet.derive(line.name, line.formula, str(line.quantity.units), line.because)
            else:
                sheet.line(line.name, figures.get(line.name, line.quantity), line.because)
        return sheet

    def table(self) -> pd.DataFrame:
        """The sheet, a row for each line: what it is, how it comes about, and why."""
        rows = [
            {
                "line": line.name,
                "result": format_quantity(line.quantity),
                "how": self._how(line.formula) if line.formula else "given",
                "because": line.because,
            }
            for line in self.lines.values()
        ]
        return pd.DataFrame(rows, columns=["line", "result", "how", "because"]).set_index("line")

    def _add(self, line: Line) -> Quantity:
        if not line.name.isidentifier():
            raise UserError(f"{line.name!r} is not a name for a line; use letters, digits and '_'")
        if line.name in self.lines:
            raise UserError(f"there is a line {line.name!r} already; choose another name")
        self.lines[line.name] = line
        return line.quantity

    def _how(self, formula: str) -> str:
        values = re.sub(r"[^\W\d]\w*", lambda m: self._shown(m.group()), formula.replace("**", "^"))
        names = formula.replace("**", "^")
        return f"{_signs(names)} = {_signs(values)}"

    def _shown(self, name: str) -> str:
        return format_quantity(self.lines[name].quantity) if name in self.lines else name

    def _value(self, node: ast.expr, formula: str) -> Quantity | float:
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return number
            case ast.Name(id=name):
                return self[name]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self._value(operand, formula)
            case ast.Call(func=ast.Name(id="ceil"), args=[argument], keywords=[]):
                return _ceil(self._value(argument, formula))
            case ast.BinOp(left=left, op=op, right=right):
                first, second = self._value(left, formula), self._value(right, formula)
                return _operate(first, op, second, formula)
        raise UserError(f"{formula!r} may only use names, numbers, + - * / **, ceil and ( )")


def _operate(
    first: Quantity | float, op: ast.operator, second: Quantity | float, formula: str
) -> Quantity | float:
    try:
        match op:
            case ast.Add():
                return first + second
            case ast.Sub():
                return first - second
            case ast.Mult():
                return first * second
            case ast.Div():
                return first / second
            case ast.Pow():
                return first**second
    except (PintError, UnitError):
        one, other = (format_unit(quantity(q)) or "a plain number" for q in (first, second))
        raise UnitError(f"{formula!r} combines {one} and {other}: different kinds") from None
    raise UserError(f"{formula!r} may only use names, numbers, + - * / **, ceil and ( )")


def _ceil(value: Quantity | float) -> Quantity | float:
    reduced = quantity(value).to_reduced_units()
    return float(math.ceil(round(reduced.magnitude, 9))) * reduced.units


def _seconds(value: Quantity) -> float:
    """What the units of time in a quantity come to, in seconds."""
    size = 1.0
    for name, power in value.unit_items():
        unit = ureg.Unit(name)
        if unit.is_compatible_with("s"):
            size *= float((1.0 * unit).to("s").magnitude) ** power
    return size


def _signs(text: str) -> str:
    return text.replace(" * ", " × ").replace(" / ", " ÷ ")


def _unknown_line(name: str, lines: dict[str, Line]) -> str:
    near = difflib.get_close_matches(name, list(lines), n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(lines) or 'none'}"
    return f"the sheet has no line {name!r}{hint}"
