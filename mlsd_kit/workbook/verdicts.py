"""Notebooks whose outputs were compared and found right, and which of them are still as they were.

As a pytest plugin (``-p mlsd_kit.workbook.verdicts --passed-to FILE``) it writes the files without
a failure, one a line.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlsd_kit.errors import UserError
from mlsd_kit.workbook.folder import write_whole

if TYPE_CHECKING:
    import pytest

FOLDER = ".validated"


class Verdicts:
    """A file for each notebook that passed, named by all that its outputs depend on.

    Args:
        runs: where runs are kept.
        notebooks: the files in question.
    """

    def __init__(self, runs: Path, notebooks: Iterable[Path]) -> None:
        self.folder = runs / FOLDER
        self.keys = {path: _key(path) for path in notebooks}
        """Notebook → digest of it with its outputs and inputs; empty if it cannot be read."""

    def passed(self, path: Path) -> bool:
        """Whether this notebook, with the same inputs, passed before."""
        return bool(self.keys[path]) and (self.folder / self.keys[path]).is_file()

    def note(self, path: Path) -> None:
        """This notebook, as it was when it was first asked about, passed."""
        if self.keys[path]:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.folder / self.keys[path], f"{path}\n")


def _key(path: Path) -> str:
    from mlsd_kit.workbook.prepare import Preparer

    try:
        inputs = Preparer()(str(path)).inputs()
        stored = hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, UserError):
        return ""
    return hashlib.sha256(json.dumps([inputs, stored], sort_keys=True).encode()).hexdigest()[:24]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Pytest's hook."""
    parser.addoption("--passed-to", metavar="FILE", help="write the files without a failure here")


def pytest_configure(config: pytest.Config) -> None:
    """Pytest's hook: the process that hears of all results keeps them."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Listener(config))


class _Listener:
    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.seen: dict[str, bool] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        path = str(self.config.rootpath / report.location[0])
        self.seen[path] = self.seen.get(path, True) and not report.failed

    def pytest_sessionfinish(self, exitstatus: Any) -> None:
        if exitstatus in (0, 1):  # neither interrupted nor in error
            passed = [path for path, right in self.seen.items() if right]
            Path(self.config.getoption("--passed-to")).write_text("\n".join(passed), "utf-8")
