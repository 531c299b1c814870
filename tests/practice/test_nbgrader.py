"""nbgrader, as instructors use it, accepts the sources of the lessons."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from mlsd_kit.content import content_root
from mlsd_kit.practice.learner import END, lesson_sources

NBGRADER = Path(sys.prefix, "share", "nbgrader")
STUB = "raise NotImplementedError()"


@pytest.mark.slow
def test_nbgrader_makes_an_assignment_without_solutions(tmp_path):
    sources = lesson_sources(content_root())
    assert sources
    folder = tmp_path / "source" / "lessons"
    folder.mkdir(parents=True)
    for path in sources:
        (folder / path.name).write_bytes(path.read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", "lessons", "--create"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={
            **os.environ, "PYTHONPATH": str(NBGRADER), "HOME": str(tmp_path),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for path in sources:
        before = nbformat.read(path, as_version=4)
        after = nbformat.read(tmp_path / "release" / "lessons" / path.name, as_version=4)
        asked = sum(END in cell.source for cell in before.cells)
        assert sum(STUB in cell.source for cell in after.cells) == asked
        assert not any(END in cell.source for cell in after.cells)
