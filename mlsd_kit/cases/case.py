"""A case: what its folder holds, validated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from mlsd_kit.cases.load import load_spec
from mlsd_kit.cases.modules import import_file
from mlsd_kit.cases.schema import Spec
from mlsd_kit.errors import UserError
from mlsd_kit.units import Quantity

if TYPE_CHECKING:
    from mlsd_kit.cases.learning import LearningTable
    from mlsd_kit.design import Design


@dataclass(frozen=True)
class Case:
    """One case study: its folder and its validated ``case.yaml``."""

    slug: str
    folder: Path
    spec: Spec

    @classmethod
    def from_folder(cls, folder: Path) -> Case:
        """Read a case folder.

        Raises:
            UserError: one line for each thing that is missing or wrong.
        """
        folder = folder.resolve()
        path = folder / "case.yaml"
        if not path.is_file():
            raise UserError(f"{folder}: is not a case: it has no case.yaml")
        case = cls(folder.name, folder, load_spec(path))
        if not case.slug.isidentifier():
            raise UserError(f"{folder}: name the folder with letters, digits and '_' only")
        if not case.walkthrough.is_file():
            raise UserError(f"{folder}: has no walkthrough.ipynb")
        return case

    @property
    def title(self) -> str:
        """The case's title."""
        return self.spec.title

    @property
    def walkthrough(self) -> Path:
        """The notebook that answers the case."""
        return self.folder / "walkthrough.ipynb"

    def figure(self, name: str) -> Quantity:
        """A figure of the case's scale as a quantity with its unit.

        Raises:
            UserError: for a name that is not under ``scale``.
        """
        try:
            return self.spec.scale[name].quantity
        except KeyError:
            known = ", ".join(self.spec.scale) or "none"
            raise UserError(f"{self.slug}: no scale figure {name!r}; there are: {known}") from None

    def check_run(self, parameters: Mapping[str, Any]) -> None:
        """Ask the case's world whether it can run with these parameters, such as read the file.

        A ``world.py`` that has something to check defines ``check_run(parameters)``.

        Raises:
            UserError: when it cannot.
        """
        if (self.folder / "world.py").is_file():
            check = getattr(self.world(), "check_run", None)
            if check is not None:
                check(parameters)

    def learning_table(self, n_rows: int, seed: int) -> LearningTable:
        """Labelled rows that the lessons may use.

        Args:
            n_rows: how many at most. seed: of a simulation.

        Raises:
            UserError: when the case offers none.
        """
        offered = getattr(self.world(), "learning_table", None)
        if offered is None:
            raise UserError(f"{self.slug}: offers no learning_table in its world.py")
        table: LearningTable = offered(n_rows, seed)
        return table

    def designs(self) -> dict[str, Design]:
        """The designs of its ``design.yaml``: the ``reference``, and the flawed ones by name.

        Raises:
            UserError: when the case has none, or one line for each mistake in it.
        """
        from mlsd_kit.design import load_designs

        path = self.folder / "design.yaml"
        if not path.is_file():
            raise UserError(f"{self.folder}: has no design.yaml")
        return load_designs(path)

    def world(self) -> ModuleType:
        """The case's data: its ``world.py``, imported; it may import files beside it.

        Raises:
            UserError: when the case has no ``world.py``.
        """
        path = self.folder / "world.py"
        if not path.is_file():
            raise UserError(f"{self.folder}: has no world.py")
        return import_file(path)
