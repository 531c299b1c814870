"""A limit on the time that a learner's code may take."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class TookTooLong(Exception):  # noqa: N818
    """Code was stopped at its time limit."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Stop what runs inside after so many seconds; limits may stand inside each other.

    Works in the main thread of systems with interval timers (not on Windows); elsewhere there is
    no limit.

    Raises:
        TookTooLong: inside, when the time is over.

    >>> with time_limit(0.05):
    ...     while True:
    ...         pass
    Traceback (most recent call last):
    mlsd_kit.practice.limits.TookTooLong: stopped after 0.05 s
    """
    if not can_limit():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TookTooLong(f"stopped after {seconds:g} s")

    outer = signal.getsignal(signal.SIGALRM)
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.signal(signal.SIGALRM, stop)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, outer)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - seconds, 0.01))


def can_limit() -> bool:
    """Whether there is a limit here."""
    main = threading.current_thread() is threading.main_thread()
    return hasattr(signal, "setitimer") and main
