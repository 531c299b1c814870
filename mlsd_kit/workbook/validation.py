"""nbval over many notebooks, with warm kernels and side by side."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

from mlsd_kit.errors import require
from mlsd_kit.warm import PROVISIONER, WarmUnavailable, lease, write_kernelspec
from mlsd_kit.warm.preload import wanted_by
from mlsd_kit.workbook import verdicts
from mlsd_kit.workbook.run import runs_folder


def validate(
    notebooks: Sequence[Path],
    jobs: int | None = None,
    force: bool = False,
    output: Path | None = None,
) -> int:
    """Compare stored outputs with those of a run, as ``pytest --nbval`` does.

    A notebook that passed, and of which neither the outputs nor anything that they depend on has
    changed since, is not run again.

    Args:
        notebooks: their files.
        jobs: notebooks at a time; by default one for each core, if there are so many.
        force: compare also what has not changed.
        output: where runs are kept, and beside them what passed.

    Returns:
        pytest's exit code: 0 when all outputs are the same.

    Raises:
        MissingExtra: without nbval or pytest-xdist.
    """
    require("nbval")
    require("xdist")
    known = verdicts.Verdicts(runs_folder(output), [path.resolve() for path in notebooks])
    open_ = [path for path in known.keys if force or not known.passed(path)]
    if unchanged := len(known.keys) - len(open_):
        print(f"{unchanged} of {len(known.keys)} notebooks passed before and have not changed")
    if not open_:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "passed")
        code = _compare(open_, jobs, Path(folder), told)
        for line in told.read_text("utf-8").splitlines() if told.is_file() else []:
            known.note(Path(line))
    return code


def _compare(notebooks: Sequence[Path], jobs: int | None, folder: Path, told: Path) -> int:
    """Pytest's exit code; the notebooks that passed are written to a file."""
    cores = os.cpu_count() or 1
    jobs = jobs or min(cores, len(notebooks))
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider"]
    command += ["-p", verdicts.__name__, "--passed-to", str(told), "--rootdir", os.getcwd()]
    if jobs > 1:
        command += ["-n", str(jobs), "--dist", "loadfile"]
    threads = str(max(1, cores // jobs))
    env = {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, **os.environ}
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(lease(wanted_by(notebooks)))
        except WarmUnavailable as reason:
            warnings.warn(f"kernels start cold: {reason}", stacklevel=3)
        else:
            write_kernelspec(folder)
            paths = [str(folder), env.get("JUPYTER_PATH")]
            env["JUPYTER_PATH"] = os.pathsep.join(filter(None, paths))
            command += ["--nbval-kernel-name", PROVISIONER]
        return subprocess.run([*command, *map(str, notebooks)], env=env, check=False).returncode
