"""In a learner's kernel: cells that never end are stopped, and missing names get a sentence."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any

from mlsd_kit.practice.limits import TookTooLong, can_limit

CELL_LIMIT_S = 30.0
_watched: set[int] = set()


def watch_cells(limit_s: float = CELL_LIMIT_S) -> None:
    """Watch the cells of this kernel that hold a check; outside IPython nothing happens.

    Args:
        limit_s: seconds that such a cell may take.
    """
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    if shell is None or id(shell) in _watched:
        return
    _watched.add(id(shell))
    shell.set_custom_exc((NameError, TookTooLong), _sentence)
    if not can_limit():
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TookTooLong

    def before(info: Any) -> None:
        if "check(" in (info.raw_cell or ""):
            signal.signal(signal.SIGALRM, stop)
            signal.setitimer(signal.ITIMER_REAL, limit_s)

    def after(result: Any) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)

    shell.events.register("pre_run_cell", before)
    shell.events.register("post_run_cell", after)


def _sentence(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    traceback: TracebackType,
    tb_offset: int | None = None,
) -> list[str]:
    """What is shown instead of a traceback."""
    if isinstance(error, NameError):
        said = (
            f"`{error.name}` has no value yet: run the cells above, "
            "or write the line that gives it one."
        )
    else:
        said = "This cell did not come to an end: is there a loop that never ends?"
    print(said)
    return [said]
