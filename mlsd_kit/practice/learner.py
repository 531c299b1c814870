"""From the source of a lesson to the learner's copy, in which the solutions are left out.

A source marks them as nbgrader's users know it: lines between ``### BEGIN SOLUTION`` and
``### END SOLUTION``.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

from mlsd_kit.content import Copied, content_root, init
from mlsd_kit.errors import UserError
from mlsd_kit.practice.exercises import find_exercise

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
_REGION = re.compile(rf"^[ \t]*{BEGIN}[ \t]*\n(.*?)^[ \t]*{END}[ \t]*(?:\n|\Z)", re.M | re.S)
_CHECK = re.compile(r"check\(\s*[\"']([^\"']+)[\"']")
_MODE = re.compile(r'^(mode: str = )"solution"', re.M)
STUDY = r'\1"study"'


def has_solutions(notebook: Any) -> bool:
    """Whether a notebook is the source of a learner's copy."""
    return any(BEGIN in cell["source"] for cell in notebook["cells"])


def without_solutions(source: str) -> str:
    r"""A cell's source with its solutions left out.

    >>> without_solutions("x = ...\n### BEGIN SOLUTION\nx = 2\n### END SOLUTION\nprint(x)")
    'x = ...\nprint(x)'
    """
    return _REGION.sub("", source)


def solution_of(source: str) -> str:
    r"""The solutions in a cell's source.

    >>> solution_of("x = ...\n### BEGIN SOLUTION\nx = 2\n### END SOLUTION")
    'x = 2'
    """
    found = [textwrap.dedent(match).rstrip() for match in _REGION.findall(source)]
    return "\n".join(found)


def learner_copy(notebook: Any) -> Any:
    """A notebook without solutions, outputs and counts, with ``mode`` set to study."""
    import nbformat

    copy = nbformat.from_dict(notebook)
    for cell in copy["cells"]:
        if cell["cell_type"] == "code":
            cell["source"] = without_solutions(_MODE.sub(STUDY, cell["source"]))
            cell["outputs"], cell["execution_count"] = [], None
            cell["metadata"].pop("nbgrader", None)
    return copy


def make_workbook(folder: Path) -> Copied:
    """Copy the cases and the learner's copies of the lessons to a folder; see `content.init`."""
    return init(folder, _learner_bytes)


def _learner_bytes(path: Path) -> bytes:
    import nbformat

    content = path.read_bytes()
    if path.suffix != ".ipynb" or BEGIN.encode() not in content:
        return content
    copy = learner_copy(nbformat.reads(content.decode("utf-8"), as_version=4))
    return nbformat.writes(copy).encode("utf-8")


def mark_for_nbgrader(notebook: Any) -> None:
    """Give each cell with a solution the metadata by which nbgrader knows it."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and BEGIN in cell["source"]:
            id = "-".join(_CHECK.findall(cell["source"])) or str(cell.get("id", ""))
            cell["metadata"]["nbgrader"] = {
                "grade": True,
                "grade_id": re.sub(r"[^A-Za-z0-9_-]", "-", id),
                "locked": False,
                "points": 1,
                "schema_version": 3,
                "solution": True,
                "task": False,
            }


def find_solution(id: str) -> str:
    """The solution of an exercise, as it stands in the source of its lesson.

    Raises:
        UserError: for an exercise that is not there, or whose source cannot be read.
    """
    import nbformat

    find_exercise(id)
    for path in lesson_sources(content_root()):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code" and id in _CHECK.findall(cell.source):
                return solution_of(cell.source)
    raise UserError(f"{id}: no notebook of this package has its solution")


def lesson_sources(root: Path) -> list[Path]:
    """The notebooks under a root that hold solutions."""
    return [
        path
        for path in sorted((root / "notebooks").glob("*.ipynb"))
        if BEGIN in path.read_text(encoding="utf-8")
    ]
