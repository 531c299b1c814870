"""The process that sends the requests of a load test; it is run as a script, by its path.

Standard library only: it starts in a twentieth of a second, and speaks just enough HTTP/1.1 (POST,
keep-alive, Content-Length) that the client costs less than what it measures. It reads its task as
JSON from the standard input and writes what it measured as JSON to the standard output.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import selectors
import sys
import time
from collections.abc import Iterator
from typing import Any


class Connection(asyncio.Protocol):
    """One keep-alive connection: a request at a time, answered by its status."""

    def __init__(self) -> None:
        self.transport: Any = None
        self.received = b""
        self.answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (called by asyncio)."""
        self.transport = transport

    def send(self, request: bytes) -> asyncio.Future[int]:
        """Send a request; the future has the status of its whole answer."""
        self.answer = asyncio.get_running_loop().create_future()
        if self.transport.is_closing():
            self.answer.set_exception(ConnectionResetError())
        else:
            self.transport.write(request)
        return self.answer

    def data_received(self, data: bytes) -> None:
        """Collect the answer; settle the future when it is whole (called by asyncio)."""
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found or self.answer is None:
            return
        if len(body) >= _content_length(head):
            self.received = b""
            if not self.answer.done():
                self.answer.set_result(int(head[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        """Fail the request under way, if any (called by asyncio)."""
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(error or ConnectionResetError())


class Load:
    """A load to put on a service, closed loop without a rate and open loop with one."""

    def __init__(self, task: dict[str, Any]) -> None:
        self.host, self.port = task["host"], task["port"]
        self.rate = task["rate"]
        self.seconds = task["seconds"]
        self.timeout = task["timeout"]
        self.connections = task["connections"]
        limit = task["max_requests"]
        self.planned = limit if self.rate is None else min(limit, int(self.rate * self.seconds))
        self.due: list[float] = []
        if self.rate is not None:
            self.due = _arrivals(self.planned, self.rate, task["poisson_seed"])
        self.requests = [
            _request(task["host"], task["port"], task["path"], body) for body in task["bodies"]
        ]
        self.starts: list[float] = []
        self.latencies: list[float] = []
        self.statuses: list[int] = []

    async def run(self) -> dict[str, Any]:
        """Open the connections, warm each up with one request, then send the load."""
        opened = [await self._connect() for _ in range(self.connections)]
        for connection in opened:
            await asyncio.wait_for(connection.send(self.requests[0]), self.timeout)
        gc.collect()
        gc.disable()
        origin = time.perf_counter()
        numbers = iter(range(self.planned))
        senders = [
            asyncio.create_task(self._send(connection, numbers, origin)) for connection in opened
        ]
        _, late = await asyncio.wait(senders, timeout=self.seconds + self.timeout)
        for sender in late:
            sender.cancel()
        elapsed = time.perf_counter() - origin
        unsent = 0 if self.rate is None else self.planned - len(self.statuses)
        return {
            "elapsed": elapsed,
            "unanswered": max(unsent, len(late)),
            "starts": self.starts,
            "latencies": self.latencies,
            "statuses": self.statuses,
        }

    async def _send(self, connection: Connection, numbers: Iterator[int], origin: float) -> None:
        end = origin + self.seconds
        for number in numbers:
            start = time.perf_counter()
            if self.rate is not None:
                due = origin + self.due[number]
                if due > start:
                    await asyncio.sleep(due - start)
                start = due
            elif start >= end:
                return
            try:
                status = await connection.send(self.requests[number % len(self.requests)])
            except OSError:
                status = 0
            self.starts.append(start - origin)
            self.latencies.append(time.perf_counter() - start)
            self.statuses.append(status)
            if status == 0:
                try:
                    connection = await self._connect()
                except OSError:
                    return

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, self.host, self.port)
        return connection


def _arrivals(count: int, rate: float, poisson_seed: int | None) -> list[float]:
    """Seconds at which requests are due: evenly spread, or at random."""
    if poisson_seed is None:
        return [number / rate for number in range(count)]
    draw, due, now = random.Random(poisson_seed), [], 0.0
    for _ in range(count):
        now += draw.expovariate(rate)
        due.append(now)
    return due


def _request(host: str, port: int, path: str, body: str) -> bytes:
    data = body.encode()
    lines = (
        f"POST {path} HTTP/1.1",
        f"Host: {host}:{port}",
        "Content-Type: application/json",
        f"Content-Length: {len(data)}",
    )
    return "\r\n".join((*lines, "", "")).encode() + data


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def main() -> int:
    """Run the task on the standard input; 2 when the service cannot be reached."""
    load = Load(json.load(sys.stdin))
    # select() waits in microseconds, epoll in whole milliseconds: too coarse for a sending time.
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    try:
        measured = loop.run_until_complete(load.run())
    except (OSError, TimeoutError) as error:
        code = getattr(error, "errno", None)
        reason = os.strerror(code) if code else type(error).__name__
        print(f"{load.host}:{load.port}: {reason}", file=sys.stderr)
        return 2
    json.dump(measured, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
