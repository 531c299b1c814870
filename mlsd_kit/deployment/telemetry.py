"""Counts and latencies of a web service, in the text format that Prometheus reads."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Upper bounds of the latency histogram, in seconds."""


class Telemetry:
    """What one worker has served; ``middleware`` measures around an ASGI application."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.buckets: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS) + 1))

    def middleware(self, app: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap an ASGI application so that its requests are counted and timed."""

        async def measured(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            status = 500

            async def watched(message: dict[str, Any]) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            start = time.perf_counter()
            try:
                await app(scope, receive, watched)
            finally:
                path = getattr(scope.get("route"), "path", "other")
                self.record(path, status, time.perf_counter() - start)

        return measured

    def record(self, path: str, status: int, seconds: float) -> None:
        """Count one request."""
        self.requests[path, status] += 1
        self.seconds[path] += seconds
        self.buckets[path][bisect_left(BUCKETS, seconds)] += 1

    def prometheus(self) -> str:
        """All counts so far, as Prometheus' text exposition format, version 0.0.4."""
        lines = ["# TYPE requests_total counter"]
        lines += [
            f'requests_total{{path="{path}",status="{status}"}} {count}'
            for (path, status), count in sorted(self.requests.items())
        ]
        lines.append("# TYPE request_seconds histogram")
        for path, counts in sorted(self.buckets.items()):
            total = 0
            for bound, count in zip((*BUCKETS, "+Inf"), counts, strict=True):
                total += count
                lines.append(f'request_seconds_bucket{{path="{path}",le="{bound}"}} {total}')
            lines.append(f'request_seconds_sum{{path="{path}"}} {self.seconds[path]:.6f}')
            lines.append(f'request_seconds_count{{path="{path}"}} {total}')
        return "\n".join(lines) + "\n"
