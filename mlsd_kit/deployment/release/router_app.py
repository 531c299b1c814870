"""The router as a web service."""

# No postponed annotations here: FastAPI reads those of the routes, which are local.

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlsd_kit.deployment.release.asking import Ask, parse_ask
from mlsd_kit.deployment.release.config import RouterConfig, parse_config
from mlsd_kit.deployment.release.router import Router
from mlsd_kit.errors import UserError, require

if TYPE_CHECKING:
    import fastapi

MAX_BYTES = 1024 * 1024
BODY_SECONDS = 5.0


def create_router_app(folder: str | Path) -> "fastapi.FastAPI":
    """Build the router of a folder, which holds its configuration and gets its logs.

    Routes: ``POST /predict`` (unit, features and, if one likes, a request id), ``GET`` and
    ``PUT /config``, ``POST /shadow/drain`` (waits until the shadow has seen all copies),
    ``GET /health``, ``/metrics``. Bad input is answered with 422 and one line, a configuration
    that is not the next version with 409, and a request that no model answered with 503. It is
    one process: each of several would have a configuration of its own.

    Raises:
        UserError: when there is no valid configuration in the folder.
    """
    require("fastapi")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # else a line for each call
    from fastapi import FastAPI, Request, Response

    router: Router | None = None

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        nonlocal router
        router = Router(Path(folder))
        yield
        await router.close()

    app = FastAPI(title="router", lifespan=lifespan)

    def running() -> Router:
        assert router is not None
        return router

    def reply(status: int, content: Any) -> Response:
        return Response(json.dumps(content), status, media_type="application/json")

    async def body(request: Request) -> bytes:
        parts, size = [], 0
        try:
            async with asyncio.timeout(BODY_SECONDS):
                async for part in request.stream():
                    parts.append(part)
                    size += len(part)
                    if size > MAX_BYTES:
                        raise UserError(f"the body is larger than {MAX_BYTES} bytes")
        except TimeoutError:
            raise UserError(f"the body did not arrive within {BODY_SECONDS:g} s") from None
        return b"".join(parts)

    async def predict(request: Request) -> Response:
        start = time.perf_counter()
        try:
            status, content = await running().answer(parse_ask(await body(request)))
        except UserError as error:
            status, content = 422, {"detail": str(error)}
        running().metrics.seconds.labels(status).observe(time.perf_counter() - start)
        return reply(status, content)

    async def config() -> Response:
        return reply(200, running().running.config.model_dump())

    async def change(request: Request) -> Response:
        try:
            given = parse_config(await body(request))
        except UserError as error:
            return reply(422, {"detail": str(error)})
        try:
            await running().change(given)
        except UserError as error:
            return reply(409, {"detail": str(error)})
        return reply(200, given.model_dump())

    async def drain() -> Response:
        return reply(200, await running().drain_shadow())

    async def health() -> Response:
        return reply(200, {"status": "alive", "version": running().running.config.version})

    async def metrics() -> Response:
        return Response(running().prometheus(), media_type="text/plain; version=0.0.4")

    asked, wanted = (_body(model.model_json_schema()) for model in (Ask, RouterConfig))
    app.post("/predict", openapi_extra=asked, response_model=None)(predict)
    app.get("/config", response_model=None)(config)
    app.put("/config", openapi_extra=wanted, response_model=None)(change)
    app.post("/shadow/drain", response_model=None)(drain)
    app.get("/health", response_model=None)(health)
    app.get("/metrics", response_model=None)(metrics)
    return app


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
