"""The router's counts, in the text format that Prometheus reads."""

from __future__ import annotations

from collections.abc import Mapping

from mlsd_kit.errors import require

BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Upper bounds of the latency histogram, in seconds."""


class RouterMetrics:
    """Counts of one router."""

    def __init__(self) -> None:
        client = require("prometheus_client")
        self._text = client.generate_latest
        self._registry = made = client.CollectorRegistry()
        self.seconds = client.Histogram(
            "router_request_seconds", "From the request to its answer.", ["status"],
            buckets=BUCKETS, registry=made,
        )  # fmt: skip
        self.calls = client.Counter(
            "router_model_calls", "What came of asking a model.", ["model", "outcome"],
            registry=made,
        )  # fmt: skip
        self.unlogged = client.Counter(
            "router_unlogged", "Decisions that could not be written.", registry=made
        )
        self._version = client.Gauge("router_config_version", "In force.", registry=made)
        self._waiting = client.Gauge("router_shadow_waiting", "Copies that wait.", registry=made)
        self._copies = client.Gauge(
            "router_shadow_copies", "What came of the copies.", ["outcome"], registry=made
        )

    def prometheus(self, version: int, waiting: int, copies: Mapping[str, int]) -> bytes:
        """All counts so far."""
        self._version.set(version)
        self._waiting.set(waiting)
        for outcome, count in copies.items():
            self._copies.labels(outcome).set(count)
        return self._text(self._registry)
