"""The model as a web service: a FastAPI application over one bundle."""

# No postponed annotations here: FastAPI reads those of the routes, which are local to create_app.

import asyncio
import gc
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlsd_kit.deployment.asgi import Guarded, Receive, Scope, Send, read_json, send_json
from mlsd_kit.deployment.batching import MicroBatcher
from mlsd_kit.deployment.bundle import load_bundle
from mlsd_kit.deployment.docs_page import docs_page
from mlsd_kit.deployment.limits import Limits, Refused
from mlsd_kit.deployment.openapi import openapi
from mlsd_kit.deployment.predictor import Predictor
from mlsd_kit.deployment.telemetry import Telemetry
from mlsd_kit.errors import require

if TYPE_CHECKING:
    import fastapi

HERE_ROWS = 256
"""Batches up to this size run in the event loop; larger ones in a thread, so as not to hold it."""


def create_app(bundle_path: str | Path, *, limits: Limits | None = None) -> "fastapi.FastAPI":
    """Build the service of a bundle.

    Routes: ``POST /predict`` (an object of features), ``POST /predict/batch`` (``columns``: a list
    for each feature, or ``rows``: a list of objects), ``POST /selfcheck`` (the holdout set, scored
    again), ``GET /health``, ``/ready``, ``/model``, ``/metrics``, ``/openapi.json`` and ``/docs``,
    a page that needs nothing from elsewhere. The service checks itself when it starts; while its
    last check failed it is not ready, and refuses predictions with 503 and the reason. Bad input
    is answered with 422 and one line; `Limits` has what else is refused. Requests are parsed by
    hand: a pydantic model of each row would cost more than the model.

    Args:
        bundle_path: folder that save_bundle made.
        limits: what the service takes on.

    Raises:
        UserError: when the bundle is missing or broken.
    """
    require("fastapi")
    from fastapi import FastAPI, Response
    from fastapi.responses import HTMLResponse
    from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
    from starlette.routing import Route

    limits = limits or Limits()
    bundle = load_bundle(bundle_path)
    manifest = bundle.manifest
    telemetry = Telemetry()
    service = Service(Predictor(bundle, limits.rows), telemetry, limits)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await service.selfcheck()
        gc.collect()
        gc.freeze()  # what is loaded stays: a collection need not look at it
        yield
        service.thread.shutdown(cancel_futures=True)

    app = FastAPI(
        title=manifest.name,
        version=manifest.version,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        routes=[
            Route(path, _Endpoint(path, answer), methods=[method])
            for method, path, answer in (
                ("POST", "/predict", service.predict),
                ("POST", "/predict/batch", service.predict_batch),
                ("POST", "/selfcheck", service.recheck),
                ("GET", "/ready", service.readiness),
            )
        ],
    )
    document = openapi(manifest, limits)
    page = docs_page(document)
    app.state.service = service
    app.add_middleware(Guarded, on_refusal=telemetry.refused)
    app.add_middleware(telemetry.middleware)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/model")
    async def model() -> dict[str, Any]:
        return manifest.model_dump()

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(telemetry.prometheus(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    @app.get("/docs")
    async def docs() -> HTMLResponse:
        return HTMLResponse(page)

    app.openapi = lambda: document  # type: ignore[method-assign]
    return app


class Service:
    """One worker's predictions, taken on within limits.

    Args:
        predictor: the model. telemetry: what counts them. limits: what is taken on.
    """

    def __init__(self, predictor: Predictor, telemetry: Telemetry, limits: Limits) -> None:
        self.predictor = predictor
        self.telemetry = telemetry
        self.limits = limits
        self.batcher = MicroBatcher(self._run, most=limits.in_flight)
        self.thread = ThreadPoolExecutor(1, "model")
        self.in_flight = 0
        self.draining = False
        self._checking: asyncio.Future[dict[str, Any]] | None = None

    async def predict(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer ``POST /predict``."""
        with self:
            limits = self.limits
            body = await read_json(scope, receive, limits.row_bytes, limits.read_seconds)
            score = await self._in_time(self.batcher.submit(self.predictor.row(body)))
            await send_json(send, 200, self.predictor.answer(score), self._last())

    async def predict_batch(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer ``POST /predict/batch``."""
        with self:
            limits = self.limits
            body = await read_json(scope, receive, limits.batch_bytes, limits.read_seconds)
            columns = self.predictor.columns(body)
            if len(next(iter(columns.values()))) <= HERE_ROWS:
                scores = self.predictor.scores(columns)
            else:
                loop = asyncio.get_running_loop()
                ran = loop.run_in_executor(self.thread, self.predictor.scores, columns)
                scores = await self._in_time(ran)
            await send_json(send, 200, self.predictor.answers(scores), self._last())

    async def recheck(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer ``POST /selfcheck``."""
        await send_json(send, 200, await self.selfcheck())

    async def readiness(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer ``GET /ready``."""
        told = self.predictor.last_check
        if self.draining:
            told = {"passes": False, "reason": "the service is about to stop"}
        await send_json(send, 200 if told["passes"] else 503, told)

    async def selfcheck(self) -> dict[str, Any]:
        """Score the holdout again; who asks while that is under way gets the same result."""
        if self._checking is None or self._checking.done():
            loop = asyncio.get_running_loop()
            self._checking = loop.run_in_executor(self.thread, self.predictor.selfcheck)
        return await asyncio.shield(self._checking)

    def __enter__(self) -> None:
        """Take on a prediction.

        Raises:
            Refused: when the model is not fit to answer, or too many are under way.
        """
        if not self.predictor.ready:
            reason = self.predictor.last_check.get("reason", "the self-check failed")
            raise Refused(503, f"not ready: {reason}", "not_ready")
        if self.in_flight >= self.limits.in_flight:
            raise Refused(503, "overloaded; try again later", "overload")
        self.in_flight += 1

    def __exit__(self, *error: object) -> None:
        """Be done with it."""
        self.in_flight -= 1

    def _last(self) -> dict[str, str]:
        return {"connection": "close"} if self.draining else {}

    async def _in_time(self, answer: "asyncio.Future[Any]") -> Any:
        seconds = self.limits.answer_seconds
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError:
            raise Refused(504, f"no prediction within {seconds:g} s", "too_late") from None

    def _run(self, rows: list[dict[str, Any]]) -> list[float]:
        self.telemetry.ran(rows)
        return self.predictor.scores_of_rows(rows)


class _Endpoint:
    """A route that is ASGI itself, as an object is for Starlette; FastAPI's own cost more."""

    def __init__(self, path: str, answer: Any) -> None:
        self.path = path
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self  # what Telemetry counts by
        await self.answer(scope, receive, send)
