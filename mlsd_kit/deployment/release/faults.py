"""A model's service with a planted fault, to rehearse a release with."""

# No postponed annotations here: FastAPI reads those of the routes, which are local.

import asyncio
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from mlsd_kit.deployment.bundle import Bundle
from mlsd_kit.deployment.server import AppServer
from mlsd_kit.deployment.service import create_app

LEAST = 1e-12


class Fault(BaseModel):
    """What is wrong with a service."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delay_s: float = Field(default=0.0, ge=0)
    """Added to each answer."""
    error_share: float = Field(default=0.0, ge=0, le=1)
    """Share of requests answered with 500."""
    log_odds: float = 0.0
    """Added to the log-odds of each prediction."""


class FaultyServer(AppServer):
    """A bundle served with a fault that can be changed while it runs; see `Server`.

    Args:
        bundle: to serve. fault: to begin with. seed: of which requests fail.
    """

    def __init__(self, bundle: Bundle, fault: Fault | None = None, seed: int = 0) -> None:
        settings = {"bundle": str(bundle.path), "seed": seed, **(fault or Fault()).model_dump()}
        super().__init__(__file__, "create_faulty_app", settings)

    def set_fault(self, fault: Fault) -> None:
        """Have another fault from now on."""
        self.post("/fault", fault.model_dump())


def create_faulty_app(bundle: str | Path, seed: int = 0, **fault: float) -> Any:
    """The service of a bundle, with a fault in ``POST /predict``; ``POST /fault`` changes it."""
    service = create_app(bundle)
    now = Fault(**fault)

    async def set_fault(given: Fault) -> dict[str, float]:
        nonlocal now
        now = given
        return now.model_dump()

    service.post("/fault")(set_fault)
    service.add_middleware(_Faulty, lambda: now, seed)
    return service


class _Faulty:
    """An ASGI application whose predictions have a fault."""

    def __init__(self, app: Callable[..., Any], fault: Callable[[], Fault], seed: int) -> None:
        self.app = app
        self.fault = fault
        self.rng = np.random.default_rng(seed)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != "/predict":
            await self.app(scope, receive, send)
            return
        fault = self.fault()
        await asyncio.sleep(fault.delay_s)
        if self.rng.random() < fault.error_share:
            await _send(send, 500, {"detail": "planted"})
            return
        status, parts = 500, []

        async def keep(message: dict[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            parts.append(message.get("body", b""))

        await self.app(scope, receive, keep)
        content = json.loads(b"".join(parts))
        if "prediction" in content:
            content["prediction"] = shift_log_odds(content["prediction"], fault.log_odds)
        await _send(send, status, content)


def shift_log_odds(p: float, by: float) -> float:
    """The probability whose log-odds are larger by an amount.

    >>> shift_log_odds(0.5, math.log(3))
    0.75
    """
    if not by:
        return p
    p = min(max(p, LEAST), 1 - LEAST)
    return 1 / (1 + math.exp(-(math.log(p / (1 - p)) + by)))


async def _send(send: Any, status: int, content: dict[str, Any]) -> None:
    body = json.dumps(content).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
