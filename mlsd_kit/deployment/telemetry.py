"""What a service counts, times and logs: metrics for Prometheus, and a line for each request."""

from __future__ import annotations

import logging
import os
import re
import secrets
import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from mlsd_kit.errors import require

BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Upper bounds of the latency histogram, in seconds."""

BATCHES = (1, 2, 4, 8, 16, 32, 64)
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable with the folder in which the workers of a service keep their metrics."""

SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
access_log = logging.getLogger("mlsd.access")


class Telemetry:
    """What a service has served; ``middleware`` measures around an ASGI application.

    With several workers the metrics are those of all, by prometheus-client's multiprocess mode.
    """

    def __init__(self) -> None:
        prometheus = require("prometheus_client")
        self.registry = prometheus.CollectorRegistry()
        given = {"registry": self.registry}
        self._requests = prometheus.Counter(
            "requests", "Requests answered.", ["path", "status"], **given
        )
        self._seconds = prometheus.Histogram(
            "request_seconds", "From a request's head to its answer.", ["path"],
            buckets=BUCKETS, **given,
        )  # fmt: skip
        self._refusals = prometheus.Counter(
            "refusals",
            "Requests that the service could not take on or finish.",
            ["reason"],
            **given,
        )
        self._rows = prometheus.Histogram(
            "run_rows", "Single predictions in one run of the model.", buckets=BATCHES, **given
        )
        self.in_flight = prometheus.Gauge(
            "requests_in_flight", "Requests not yet answered.", multiprocess_mode="livesum", **given
        )
        self._prefix, self._number = secrets.token_hex(4), count(1)

    def middleware(self, app: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap an ASGI application so that its requests are counted, timed and logged.

        A request has the id of its header ``x-request-id``, or one made here; the answer has it
        too, and ``scope["request_id"]``. Bodies and query strings are never logged.
        """

        async def measured(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            status = 500
            name = scope["request_id"] = self._id(scope["headers"])

            async def watched(message: dict[str, Any]) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    named = (b"x-request-id", name.encode())
                    message = {**message, "headers": [*message.get("headers", ()), named]}
                await send(message)

            self.in_flight.inc()
            start = time.perf_counter()
            try:
                await app(scope, receive, watched)
            finally:
                seconds = time.perf_counter() - start
                self.in_flight.dec()
                self.record(getattr(scope.get("route"), "path", "other"), status, seconds)
                if access_log.isEnabledFor(logging.INFO):
                    told = {
                        "request": name,
                        "method": scope["method"],
                        "path": scope["path"][:200],
                        "status": status,
                        "ms": round(1000 * seconds, 3),
                    }
                    access_log.info("answered", extra=told)

        return measured

    def record(self, path: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(path, status).inc()
        self._seconds.labels(path).observe(seconds)

    def refused(self, reason: str) -> None:
        """Count a request that the service could not take on or finish."""
        self._refusals.labels(reason).inc()

    def refused_early(self) -> None:
        """Count a prediction that was refused before it came to the application."""
        self._requests.labels("/predict", 503).inc()
        self.refused("overload")

    def ran(self, rows: Sequence[Any]) -> None:
        """Count the rows that a run of the model had."""
        self._rows.observe(len(rows))

    def prometheus(self) -> str:
        """All counts so far, in the text format that Prometheus reads."""
        prometheus = require("prometheus_client")
        registry = self.registry
        if os.environ.get(METRICS_FOLDER):
            from prometheus_client.multiprocess import MultiProcessCollector

            registry = prometheus.CollectorRegistry()
            MultiProcessCollector(registry)
        text: str = prometheus.generate_latest(registry).decode()
        return text

    def _id(self, headers: Sequence[tuple[bytes, bytes]]) -> str:
        for name, value in headers:
            if name == b"x-request-id":
                given = value.decode("latin-1")
                if SANE_ID.match(given):
                    return given
        return f"{self._prefix}-{next(self._number)}"
