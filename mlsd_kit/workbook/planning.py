"""Which runs a batch has: notebooks, times rows of parameters, times a grid."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mlsd_kit.errors import UserError


@dataclass(frozen=True)
class Job:
    """One run to be made: a case or notebook, and the parameters that are set."""

    target: str
    parameters: dict[str, Any] = field(default_factory=dict)
    varied: tuple[str, ...] = ()
    """Names of the parameters that tell this run from the others."""

    @property
    def label(self) -> str:
        """The target, and what is varied."""
        shown = [f"{name}={self.parameters[name]}" for name in self.varied]
        return " ".join([Path(self.target).stem, *shown])


def plan(
    targets: Sequence[str],
    parameters: Mapping[str, Any] | None = None,
    sweeps: Mapping[str, Sequence[Any]] | None = None,
    rows: Sequence[Mapping[str, Any]] = (),
) -> list[Job]:
    """Every target with every row and every point of the grid, in that order.

    Args:
        targets: cases by name, or notebooks by path.
        parameters: for all runs.
        sweeps: name → values; all combinations are run.
        rows: a mapping of parameters each; without any, one empty row.

    Raises:
        UserError: when a parameter is set in more than one way.

    >>> [job.label for job in plan(["a"], sweeps={"seed": [1, 2], "n": [5]})]
    ['a seed=1 n=5', 'a seed=2 n=5']
    """
    fixed, grid = dict(parameters or {}), dict(sweeps or {})
    by_row = list(dict.fromkeys(name for row in rows for name in row))
    for name in by_row:
        if name in grid:
            raise UserError(f"{name}: set both by --params and by --sweep; keep one")
    for name in fixed:
        if name in grid or name in by_row:
            raise UserError(f"{name}: set both for all runs and for some; keep one")
    points = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    varied = (*by_row, *grid)
    return [
        Job(target, {**fixed, **row, **point}, tuple(n for n in varied if n in {**row, **point}))
        for target in targets
        for row in (rows or [{}])
        for point in points
    ]


def read_sweep(text: str) -> tuple[str, list[str]]:
    """``NAME=a,b,c`` as a name and its values.

    Raises:
        UserError: when it is not of this form.

    >>> read_sweep("seed=1,2,3")
    ('seed', ['1', '2', '3'])
    """
    name, equals, values = text.partition("=")
    found = [value.strip() for value in values.split(",")]
    if not (name.strip() and equals and all(found)):
        raise UserError(f"--sweep {text}: give a name and its values, such as seed=1,2,3")
    return name.strip(), found


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of parameters from a YAML list of mappings, or from a CSV file with a header.

    Raises:
        UserError: one line when the file cannot be read or is neither.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error})") from None
    if path.suffix.lower() == ".csv":
        table = list(csv.DictReader(text.splitlines()))
        rows: Any = [{k: v for k, v in row.items() if v != ""} for row in table]
        if any(None in row or None in row.values() for row in rows):
            raise UserError(f"{path}: a row has more or fewer values than the header has names")
    else:
        try:
            rows = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise UserError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise UserError(f"{path}: has to be a list of runs, each with names and values")
    return [{str(name): value for name, value in row.items()} for row in rows]
