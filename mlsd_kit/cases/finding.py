"""Finding cases by scanning folders; there is no list to keep."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from mlsd_kit.content import roots
from mlsd_kit.errors import UserError

if TYPE_CHECKING:
    from mlsd_kit.cases.case import Case


def discover() -> dict[str, Path]:
    """Every case folder by slug, in alphabetical order; a learner's own comes before the package's.

    A folder is a case when it lies under ``case_studies`` and has a ``case.yaml``.
    """
    found: dict[str, Path] = {}
    for root in roots():
        for path in (root / "case_studies").glob("*/case.yaml"):
            found.setdefault(path.parent.name, path.parent)
    return dict(sorted(found.items()))


def find_case(name: str | Path) -> Path:
    """The folder of the case of that name, or that folder itself.

    Raises:
        UserError: for a name that is not there, with the nearest.
    """
    cases = discover()
    if str(name) in cases:
        return cases[str(name)]
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    nearest = difflib.get_close_matches(str(name), cases, n=1, cutoff=0.4)
    hint = f"did you mean {nearest[0]!r}?" if nearest else f"there are: {', '.join(cases)}"
    raise UserError(f"no case {str(name)!r}; {hint}")


def load_case(name: str | Path) -> Case:
    """The case of that name, or in that folder.

    Raises:
        UserError: for a name that is not there, with the nearest; for a case with mistakes.
    """
    from mlsd_kit.cases.case import Case

    return Case.from_folder(find_case(name))
