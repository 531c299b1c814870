"""Copy traffic to a shadow model, so that no caller ever waits for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter

from mlsd_kit.deployment.release.config import Shadow
from mlsd_kit.deployment.release.decisions import JsonLines
from mlsd_kit.deployment.release.split import unit_share
from mlsd_kit.deployment.release.upstream import Upstream


class Mirror:
    """A bounded queue of copies, and one task that sends them on, one after another.

    What finds the queue full is dropped. One copy at a time is under way, so that a backlog cannot
    take the router's time from the callers.
    """

    def __init__(self, shadow: Shadow, url: str, log: JsonLines) -> None:
        self.shadow = shadow
        self.counts: Counter[str] = Counter()
        self._log = log
        self._upstream = Upstream(shadow.model, url, shadow.deadline_s)
        self._queue: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(shadow.queue)
        self._task = asyncio.create_task(self._send_on())

    def same(self, shadow: Shadow, url: str) -> bool:
        """Whether it does what is configured already."""
        return self.shadow == shadow and self._upstream.same(url, shadow.deadline_s)

    @property
    def waiting(self) -> int:
        """Copies that wait."""
        return self._queue.qsize()

    def offer(self, request: str, content: bytes) -> None:
        """Take a copy of a request's features, if it is sampled and there is room."""
        if unit_share(request, "shadow") >= self.shadow.share:
            return
        try:
            self._queue.put_nowait((request, content))
        except asyncio.QueueFull:
            self.counts["dropped"] += 1

    async def drain(self) -> None:
        """Wait until every copy taken so far has been sent on."""
        await self._queue.join()

    async def close(self) -> None:
        """Stop; copies that still wait are lost."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._upstream.close()

    async def _send_on(self) -> None:
        while True:
            request, content = await self._queue.get()
            try:
                await self._send(request, content)
            finally:
                self._queue.task_done()

    async def _send(self, request: str, content: bytes) -> None:
        answer = await self._upstream.ask(content)
        self.counts[answer.outcome] += 1
        with contextlib.suppress(OSError):
            self._log.write(
                {
                    "request": request,
                    "model": answer.model,
                    "version": answer.version,
                    "outcome": answer.outcome,
                    "prediction": answer.prediction,
                    "model_ms": round(answer.seconds * 1000, 3),
                }
            )
