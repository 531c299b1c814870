"""Memory: how much a kernel takes, how much there is, and whether another run would fit."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil

GUESS_MB = 500.0
"""For a notebook that was never run."""
KEEP_FREE = 0.05
"""The share of the machine's memory that stays free."""
LOOK_S = 1.0
_MB = 1e6


def kernel_mb(pid: int) -> tuple[float, float]:
    """Memory of a process now, and at its peak, in MB; zeros when it has ended.

    The peak is Linux's ``VmHWM``; elsewhere it is the present size. Pages that a forked kernel
    shares with the server count in full, so the sum over kernels is an upper bound.
    """
    with contextlib.suppress(OSError, ValueError):
        lines = Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines()
        sizes = {line.partition(":")[0]: line.split()[1] for line in lines if line.endswith(" kB")}
        return int(sizes["VmRSS"]) * 1024 / _MB, int(sizes["VmHWM"]) * 1024 / _MB
    with contextlib.suppress(psutil.Error):
        now = psutil.Process(pid).memory_info().rss / _MB
        return now, now
    return 0.0, 0.0


def available_mb() -> float:
    """Memory that further processes can take, in MB: the machine's, or the control group's."""
    memory = psutil.virtual_memory()
    free = memory.available - KEEP_FREE * memory.total
    with contextlib.suppress(OSError, ValueError):
        group = Path("/sys/fs/cgroup")
        limit = int((group / "memory.max").read_text())
        used = int((group / "memory.current").read_text())
        cache = [
            int(line.split()[1])
            for line in (group / "memory.stat").read_text().splitlines()
            if line.startswith("inactive_file ")
        ]
        free = min(free, (1 - KEEP_FREE) * limit - used + sum(cache))
    return max(0.0, free / _MB)


def out_of_memory_kills() -> int:
    """How many processes Linux has killed because memory ran out, since it started."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/vmstat").read_text("ascii").splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


class MemoryGate:
    """Lets a run start when what it will take fits beside the others; the first always."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._need: dict[int, float] = {}
        self._used: dict[int, float] = {}

    @contextlib.contextmanager
    def enter(self, number: int, need_mb: float) -> Iterator[None]:
        """Wait until the run fits, and hold its memory until it ends."""
        with self._changed:
            while self._need and not self._fits(need_mb):
                self._changed.wait(LOOK_S)
            self._need[number] = need_mb
        try:
            yield
        finally:
            with self._changed:
                del self._need[number]
                self._used.pop(number, None)
                self._changed.notify_all()

    def use(self, number: int, used_mb: float) -> None:
        """Tell what a run takes now: so much of its need is no longer to come."""
        with self._changed:
            self._used[number] = used_mb

    def _fits(self, need_mb: float) -> bool:
        to_come = sum(max(0.0, n - self._used.get(i, 0.0)) for i, n in self._need.items())
        return available_mb() - to_come >= need_mb
