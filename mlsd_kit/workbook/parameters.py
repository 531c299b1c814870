"""The typed ``parameters`` cell of a notebook, and checking what is given for it."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlsd_kit.errors import UserError
from mlsd_kit.lean import without

with without("rfc3987_syntax"):  # jsonschema's check of addresses, a second at import
    import nbformat

_TYPES: dict[str, type] = {"int": int, "float": float, "str": str, "bool": bool}
_CHOICES = re.compile(r"\bone of: ([^()]+)")


@dataclass(frozen=True)
class Parameter:
    """One parameter as the notebook declares it: ``name: type = default  # help``."""

    name: str
    type: str
    default: Any
    help: str

    @property
    def choices(self) -> list[str]:
        """The values named in the comment after "one of:", if it has that."""
        found = _CHOICES.search(self.help)
        return [choice.strip() for choice in found.group(1).split(",")] if found else []

    def value(self, given: Any) -> Any:
        """What is given, as the declared type.

        Raises:
            UserError: when it is of another type or none of the choices.
        """
        value = _converted(given, self.type)
        if value is None:
            raise UserError(f"{self.name}: expected {self.type}, got {given!r}")
        if self.choices and str(value) not in self.choices:
            raise UserError(
                f"{self.name}: expected one of {', '.join(self.choices)}, got {given!r}"
            )
        return value


def _converted(given: Any, type_name: str) -> Any:
    kind = _TYPES.get(type_name)
    if kind is None:
        return given
    if isinstance(given, str):
        given = given.strip() if kind is not str else given
    try:
        if kind is str:
            return str(given)
        if kind is bool:
            return {"true": True, "false": False, "1": True, "0": False}[str(given).lower()]
        if isinstance(given, bool):
            return None
        number = float(given)
        if kind is float:
            return number
        if isinstance(given, str) and re.fullmatch(r"[+-]?[\d_]+", given):
            return int(given)
        return int(number) if number.is_integer() else None
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Read a notebook.

    Raises:
        UserError: one line when it is missing or not a notebook.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such notebook") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, AttributeError, KeyError, TypeError, nbformat.ValidationError) as error:
        reason = (str(error).splitlines() or ["?"])[0][:100]
        raise UserError(f"{path}: not a readable notebook ({reason})") from None
    return notebook


def read_parameters(notebook: nbformat.NotebookNode) -> dict[str, Parameter]:
    """The parameters that the cell tagged ``parameters`` declares, in order.

    Raises:
        UserError: when that cell is not plain Python assignments of literals.
    """
    cells = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    if not cells:
        return {}
    lines = cells[0].source.splitlines()
    try:
        body = ast.parse(cells[0].source).body
        return {p.name: p for p in (_declared(statement, lines) for statement in body)}
    except (SyntaxError, ValueError) as error:
        raise UserError(
            f"the parameters cell holds only lines such as 'seed: int = 1  # help': {error}"
        ) from None


def _declared(statement: ast.stmt, lines: list[str]) -> Parameter:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=kind, value=ast.expr() as value):
            type_name = ast.unparse(kind)
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            type_name = type(ast.literal_eval(value)).__name__
        case _:
            raise ValueError(f"line {statement.lineno} is not one")
    _, _, comment = lines[(value.end_lineno or 1) - 1][value.end_col_offset :].partition("#")
    return Parameter(name, type_name, ast.literal_eval(value), comment.strip())


def check_parameters(declared: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, as the declared types.

    Raises:
        UserError: one line for each unknown name (with the nearest) and each wrong value.
    """
    values, problems = {}, []
    for name, value in given.items():
        try:
            if name not in declared:
                nearest = difflib.get_close_matches(name, declared, n=1, cutoff=0)
                hint = f"; did you mean {nearest[0]!r}?" if nearest else "; it has none"
                raise UserError(f"{name}: the notebook has no such parameter{hint}")
            values[name] = declared[name].value(value)
        except UserError as error:
            problems.append(str(error))
    if problems:
        raise UserError("\n".join(problems))
    return values
