"""A new case from the template: one folder, ready to be listed and run."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from mlsd_kit.content import workspace
from mlsd_kit.errors import UserError

TEMPLATE = Path(__file__).parent / "template"


def new_case(slug: str, root: Path | None = None) -> Path:
    """Make ``case_studies/<slug>`` with a small working case to start from.

    Args:
        slug: the folder's name: lower-case letters, digits and '_'.
        root: the learner's folder; by default the one found from the current directory.

    Raises:
        UserError: for a name that cannot be one, or a folder that is there already.
    """
    if not (slug.isidentifier() and slug.islower()):
        raise UserError(f"{slug!r} cannot name a case; use lower-case letters, digits and '_'")
    root = root or workspace()
    folder = root / "case_studies" / slug
    if folder.exists():
        raise UserError(f"{folder}: is there already; choose another name")
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{slug}.") as partial:
        draft = Path(partial) / slug
        shutil.copytree(TEMPLATE, draft, ignore=shutil.ignore_patterns("__pycache__"))
        for path in draft.iterdir():
            text = path.read_text(encoding="utf-8").replace("SLUG", slug)
            path.write_text(text.replace("TITLE", slug.replace("_", " ").capitalize()), "utf-8")
        os.replace(draft, folder)
    return folder
