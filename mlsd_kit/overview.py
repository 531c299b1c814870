"""What there is: cases and notebooks found by scanning, as tables for a page or a terminal."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import nbformat
import pandas as pd

from mlsd_kit.cases import Case, discover
from mlsd_kit.content import workspace
from mlsd_kit.coverage import find_notebooks
from mlsd_kit.errors import UserError


def case_table() -> pd.DataFrame:
    """One row a case: title, what is special, where it is; a case with mistakes says so."""
    rows = []
    for slug, folder in discover().items():
        try:
            spec = Case.from_folder(folder).spec
            rows.append((slug, spec.title, spec.summary, folder))
        except UserError as error:
            rows.append((slug, "(has mistakes)", str(error).splitlines()[0], folder))
    return pd.DataFrame(rows, columns=["case", "title", "special", "folder"]).set_index("case")


def lesson_table() -> pd.DataFrame:
    """One row a lesson notebook: its title and where it is."""
    rows = [
        (name, notebook_title(path), path)
        for name, path in find_notebooks().items()
        if path.parent.name == "notebooks"
    ]
    return pd.DataFrame(rows, columns=["lesson", "title", "path"]).set_index("lesson")


def notebook_title(path: Path) -> str:
    """The first heading of a notebook, or its file name."""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            return str(cell.source.splitlines()[0][2:].strip())
    return path.stem


def case_markdown(start: Path | str | None = None) -> str:
    """The table of cases as Markdown with links that work from the folder ``start``."""
    link = _linker(start)
    lines = ["| case | prompt | what is special |", "|---|---|---|"]
    for slug, folder in discover().items():
        spec = Case.from_folder(folder).spec
        target = link(folder / "walkthrough.ipynb")
        lines.append(f"| [{slug}]({target}) | {spec.prompt} | {spec.summary} |")
    return "\n".join(lines)


def lesson_markdown(start: Path | str | None = None) -> str:
    """The table of lesson notebooks as Markdown with links that work from ``start``."""
    link = _linker(start)
    lessons = lesson_table()
    rows = [
        f"| [{title}]({link(path)}) |"
        for title, path in zip(lessons["title"], lessons["path"], strict=True)
    ]
    return "\n".join(["| notebook |", "|---|", *rows])


def _linker(start: Path | str | None) -> Callable[[Path], str]:
    origin = start or workspace()
    return lambda path: Path(os.path.relpath(path, origin)).as_posix()


_MARKS = {"cases": case_markdown, "lessons": lesson_markdown}


def renew(text: str, start: Path) -> str:
    """The text with the tables between ``<!-- cases -->`` and ``<!-- /cases -->`` made anew.

    Raises:
        UserError: when a mark is missing.
    """
    for name, table in _MARKS.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        head, found, rest = text.partition(begin)
        _, closed, tail = rest.partition(end)
        if not (found and closed):
            raise UserError(f"the text has no {begin} … {end} to put the table into")
        text = f"{head}{begin}\n{table(start)}\n{end}{tail}"
    return text
