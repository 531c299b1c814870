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


def validate(notebooks: Sequence[Path], jobs: int | None = None) -> int:
    """Compare stored outputs with those of a run, as ``pytest --nbval`` does.

    Args:
        notebooks: their files.
        jobs: notebooks at a time; by default one for each core, if there are so many.

    Returns:
        pytest's exit code: 0 when all outputs are the same.

    Raises:
        MissingExtra: without nbval or pytest-xdist.
    """
    require("nbval")
    require("xdist")
    cores = os.cpu_count() or 1
    jobs = jobs or min(cores, len(notebooks))
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider"]
    command += ["-n", str(jobs), "--dist", "loadfile", "--rootdir", os.getcwd()]
    threads = str(max(1, cores // jobs))
    env = {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, **os.environ}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as held:
        try:
            held.enter_context(lease(wanted_by(notebooks)))
        except WarmUnavailable as reason:
            warnings.warn(f"kernels start cold: {reason}", stacklevel=2)
        else:
            write_kernelspec(Path(folder))
            env["JUPYTER_PATH"] = os.pathsep.join(filter(None, [folder, env.get("JUPYTER_PATH")]))
            command += ["--nbval-kernel-name", PROVISIONER]
        return subprocess.run([*command, *map(str, notebooks)], env=env, check=False).returncode
