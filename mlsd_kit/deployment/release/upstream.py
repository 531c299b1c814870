"""Ask models over HTTP, each for a limited time and over connections of its own."""

from __future__ import annotations

import functools
import ssl
import time
from dataclasses import dataclass
from typing import Any

from mlsd_kit.deployment.deadline import Deadline
from mlsd_kit.errors import require

IDLE_SECONDS = 3.0
"""An idle connection is given up before uvicorn closes it, which it does after 5 s."""
CONNECTIONS = 100
REFUSALS = (400, 413, 415, 422)
"""Statuses by which a service says that the request is wrong."""


@dataclass(frozen=True)
class Answer:
    """What came of asking one model."""

    model: str
    outcome: str
    """``answered``, ``refused`` (it takes the request for wrong), ``too_late``, ``failed``."""
    seconds: float
    prediction: float | None = None
    version: str | None = None
    detail: str = ""

    @property
    def answered(self) -> bool:
        """Whether there is a prediction."""
        return self.outcome == "answered"


class Upstream:
    """The service of one model.

    It has a pool of connections of its own: one that hangs cannot use up those of the others.
    """

    def __init__(self, name: str, url: str, deadline_s: float) -> None:
        httpx = require("httpx")
        limits = httpx.Limits(
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
        )
        self.name = name
        self.url = _predict(url)
        self.deadline = Deadline(deadline_s, name)
        self._client = httpx.AsyncClient(
            limits=limits, timeout=None, trust_env=False, verify=_tls()
        )

    async def ask(self, content: bytes) -> Answer:
        """Send the features, as JSON; whatever happens is an answer."""
        start = time.perf_counter()
        reply, outcome = await self.deadline.wait(self._post(content))
        seconds = time.perf_counter() - start
        if reply is None:
            return Answer(self.name, outcome, seconds)
        if "detail" in reply:
            return Answer(self.name, "refused", seconds, detail=reply["detail"])
        return Answer(self.name, "answered", seconds, reply["prediction"], reply["version"])

    def same(self, url: str, deadline_s: float) -> bool:
        """Whether it is this address, with this deadline."""
        return self.url == _predict(url) and self.deadline.seconds == deadline_s

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _post(self, content: bytes) -> dict[str, Any]:
        response = await self._client.post(
            self.url, content=content, headers={"content-type": "application/json"}
        )
        reply = response.json()
        if response.status_code in REFUSALS:
            return {"detail": str(reply["detail"])}
        response.raise_for_status()
        return {"prediction": float(reply["prediction"]), "version": str(reply["version"])}


@functools.cache
def _tls() -> ssl.SSLContext:
    """One for all: each takes tens of milliseconds to make, in which the router would stand."""
    context: ssl.SSLContext = require("httpx").create_ssl_context()
    return context


def _predict(url: str) -> str:
    return f"{url.rstrip('/')}/predict"
