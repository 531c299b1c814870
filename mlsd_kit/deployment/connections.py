"""Connections that are not held open by slow clients, and an overload that costs little.

uvicorn has no limit on the time that a request's head may take, nor on an answer that is not read;
and an answer of 503 costs it nearly as much as a prediction, so that under twice the load it would
be busy with refusing. Here both are settled on the connection, below the application.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from typing import Any

from mlsd_kit.deployment.limits import Limits, error_body

MAX_HEAD = 64 * 1024
log = logging.getLogger("mlsd.service")


class Overload:
    """Refuses predictions on the connection while too many are under way.

    Args:
        most: requests under way from which on predictions are refused.
        on_refusal: called for each request refused.
    """

    def __init__(self, most: int, on_refusal: Callable[[], None]) -> None:
        self.most = most
        self.on_refusal = on_refusal
        body = json.dumps(error_body("overloaded; try again later")).encode()
        self.answer = _answer("503 Service Unavailable", body, "retry-after: 1")
        self.under_way = 0
        self._refused, self._told = 0, 0.0

    def refuse(self) -> bytes:
        """Count a refusal, log at most one line a second, and give the answer."""
        self.on_refusal()
        self._refused += 1
        now = time.monotonic()
        if now - self._told >= 1.0:
            log.warning("overloaded", extra={"refused": self._refused})
            self._refused, self._told = 0, now
        return self.answer


def connection_class(limits: Limits, overload: Overload | None) -> type[asyncio.Protocol]:
    """Make uvicorn's HTTP connection, within limits.

    Args:
        limits: ``read_seconds`` for the head of a request, and for an answer to be read.
        overload: refuses predictions that come whole and at a bad time; None: never.
    """
    from uvicorn.protocols.http.h11_impl import H11Protocol

    base: Any = H11Protocol

    class Connection(base):
        """A client's connection."""

        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            self._busy = False  # a request is under way
            self._unfinished = 0  # bytes of a head that is not complete
            self._timer: asyncio.TimerHandle | None = None
            self._await_head()

        def data_received(self, data: bytes) -> None:
            if (
                overload is not None
                and overload.under_way >= overload.most
                and self._unfinished == 0
                and not self._busy
                and is_whole_prediction(data)
            ):
                self._unset_keepalive_if_required()
                self.transport.write(overload.refuse())
                self._await_head()
                return
            super().data_received(data)
            self._count()
            if self._busy:
                self._unfinished = 0
                self._stop_timer()
                return
            self._unfinished += len(data)
            if self._unfinished > MAX_HEAD:
                self._hang_up("431 Request Header Fields Too Large")
            elif self._timer is None:
                self._await_head()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._count()

        def pause_writing(self) -> None:
            super().pause_writing()
            self._stop_timer()
            self._timer = self.loop.call_later(limits.read_seconds, self.transport.abort)

        def resume_writing(self) -> None:
            super().resume_writing()
            self._stop_timer()

        def connection_lost(self, error: Exception | None) -> None:
            self._stop_timer()
            super().connection_lost(error)
            self._count(lost=True)

        def _count(self, lost: bool = False) -> None:
            busy = not lost and self.cycle is not None and not self.cycle.response_complete
            if overload is not None:
                overload.under_way += busy - self._busy
            self._busy = busy

        def _await_head(self) -> None:
            self._stop_timer()
            told = "408 Request Timeout"
            self._timer = self.loop.call_later(limits.read_seconds, self._hang_up, told)

        def _stop_timer(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

        def _hang_up(self, status: str) -> None:
            if self._unfinished and not self.transport.is_closing():
                body = json.dumps(error_body(status)).encode()
                self.transport.write(_answer(status, body, "connection: close"))
            self.transport.close()

    return Connection


def is_whole_prediction(data: bytes) -> bool:
    r"""Whether some bytes are one single prediction, head and body, and nothing else.

    >>> is_whole_prediction(b"POST /predict HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
    True
    >>> is_whole_prediction(b"POST /predict HTTP/1.1\r\nContent-Length: 3\r\n\r\n{}")
    False
    """
    if not data.startswith(b"POST /predict HTTP/1.1\r\n"):
        return False
    head, found, body = data.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")[1:]
    lengths = [line[15:].strip() for line in lines if line.startswith(b"content-length:")]
    odd = (b"transfer-encoding", b"connection", b"expect", b"upgrade")
    return (
        bool(found)
        and len(lengths) == 1
        and lengths[0] == str(len(body)).encode()
        and not any(line.startswith(odd) for line in lines)
    )


def _answer(status: str, body: bytes, header: str) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n{header}\r\n\r\n"
    )
    return head.encode() + body
