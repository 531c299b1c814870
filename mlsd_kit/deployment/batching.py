"""Single predictions that arrive together, run together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Row = TypeVar("Row")


class MicroBatcher(Generic[Row]):
    """Collects rows of one turn of the event loop, and scores them in one run.

    A call into a model costs far more than a row in it. While the loop works, further requests
    arrive in the sockets; the next turn finds them all. So batches grow with the load by
    themselves, the wait is bounded by a turn of the loop, and a lone request waits for nobody.

    Args:
        run: scores of some rows, in their order; NaN where there is none.
        most: rows in one run.

    Example::

        batcher = MicroBatcher(lambda rows: model(rows), most=64)
        score = await batcher.submit(row)
    """

    def __init__(self, run: Callable[[list[Row]], Sequence[float]], most: int) -> None:
        if most < 1:
            raise ValueError(f"a batch has at least one row, not {most}")
        self.run = run
        self.most = most
        self._waiting: list[tuple[Row, asyncio.Future[float]]] = []

    def submit(self, row: Row) -> asyncio.Future[float]:
        """The score of the row, in time; an exception of the run is everybody's in it."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._flush)
        future: asyncio.Future[float] = loop.create_future()
        self._waiting.append((row, future))
        return future

    def _flush(self) -> None:
        batch, self._waiting = self._waiting[: self.most], self._waiting[self.most :]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        batch = [(row, future) for row, future in batch if not future.done()]
        if not batch:
            return
        try:
            scores = self.run([row for row, _ in batch])
        except Exception as error:  # whoever asked is told, and the loop goes on
            for _, future in batch:
                future.set_exception(error)
            return
        for (_, future), score in zip(batch, scores, strict=True):
            future.set_result(score)
