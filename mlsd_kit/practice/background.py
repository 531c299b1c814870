"""What takes seconds to make, made in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class InBackground(Generic[T]):
    """Makes something at once, in a thread that does not keep the process alive.

    Args:
        make: makes it.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._made: Future[T] = Future()
        threading.Thread(target=self._run, args=(make,), daemon=True).start()

    def is_ready(self) -> bool:
        """Whether it was made, or failed to be."""
        return self._made.done()

    def ready(self) -> T:
        """What was made; waits for it, and raises what making it raised."""
        return self._made.result()

    def _run(self, make: Callable[[], T]) -> None:
        try:
            self._made.set_result(make())
        except BaseException as error:
            self._made.set_exception(error)
