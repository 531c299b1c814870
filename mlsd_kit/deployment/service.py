"""The model as a web service: a FastAPI application over one bundle."""

# No postponed annotations here: FastAPI reads those of the routes, which are local to create_app.

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlsd_kit.deployment.bundle import Bundle, load_bundle
from mlsd_kit.deployment.schema import Columns, columns_from_lists, lists_from_rows
from mlsd_kit.deployment.telemetry import Telemetry
from mlsd_kit.errors import UserError, require

if TYPE_CHECKING:
    import fastapi

MAX_ROWS = 10_000
MAX_BYTES = 32 * 1024 * 1024


def create_app(bundle_path: str | Path, *, max_rows: int = MAX_ROWS) -> "fastapi.FastAPI":
    """Build the service of a bundle.

    Routes: ``POST /predict`` (an object of features), ``POST /predict/batch`` (``columns``: a list
    for each feature, or ``rows``: a list of objects), ``POST /selfcheck`` (the holdout set, scored
    again), ``GET /health``, ``/ready``, ``/model``, ``/metrics``. The service checks itself when it
    starts, and is ready only while its last check passed. Bad input is answered with 422 and one
    line. Requests are parsed by hand: a pydantic model of each row would cost more than the model.

    Args:
        bundle_path: folder that save_bundle made.
        max_rows: most rows in one batch request, for one request holds up all others meanwhile.

    Raises:
        UserError: when the bundle is missing or broken.
    """
    require("fastapi")
    from fastapi import FastAPI, Request, Response

    bundle = load_bundle(bundle_path)
    service = _Service(bundle, max_rows)
    telemetry = Telemetry()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service.selfcheck()
        yield

    app = FastAPI(title=bundle.manifest.name, version=bundle.manifest.version, lifespan=lifespan)
    app.add_middleware(telemetry.middleware)
    reply = _Reply(Response)

    async def predict(request: Request) -> Response:
        return await reply.to(request, service.predict)

    async def predict_batch(request: Request) -> Response:
        return await reply.to(request, service.predict_batch)

    async def health() -> dict[str, str]:
        return {"status": "alive"}

    async def ready() -> Any:
        return reply.json(200 if service.ready else 503, service.last_check)

    async def model() -> Any:
        return reply.json(200, bundle.manifest.model_dump())

    def selfcheck() -> Any:
        return reply.json(200, service.selfcheck())

    async def metrics() -> Any:
        return Response(telemetry.prometheus(), media_type="text/plain; version=0.0.4")

    row, batch = _body_schemas(bundle.manifest.inputs)
    app.post("/predict", openapi_extra=row, response_model=None)(predict)
    app.post("/predict/batch", openapi_extra=batch, response_model=None)(predict_batch)
    app.post("/selfcheck", response_model=None)(selfcheck)
    app.get("/health")(health)
    app.get("/ready", response_model=None)(ready)
    app.get("/model", response_model=None)(model)
    app.get("/metrics", response_model=None)(metrics)
    return app


class _Service:
    """The model in service and what it last found about itself."""

    def __init__(self, bundle: Bundle, max_rows: int) -> None:
        self.bundle = bundle
        self.max_rows = max_rows
        self.model = bundle.model()
        self.schema = bundle.manifest.inputs
        self.version = bundle.manifest.version
        self.last_check: dict[str, Any] = {"passes": False, "reason": "not checked yet"}

    @property
    def ready(self) -> bool:
        return bool(self.last_check["passes"])

    def predict(self, body: Any) -> dict[str, Any]:
        if not isinstance(body, dict):
            raise UserError("the body must be an object of feature names and values")
        columns = columns_from_lists(lists_from_rows([body], self.schema), self.schema)
        return {"prediction": self._scores(columns)[0], "version": self.version}

    def predict_batch(self, body: Any) -> dict[str, Any]:
        if not isinstance(body, dict) or body.keys() not in ({"columns"}, {"rows"}):
            raise UserError("the body must be an object with either 'columns' or 'rows'")
        form = next(iter(body))
        given: Any = body[form]
        if form == "rows":
            if not isinstance(given, list):
                raise UserError("'rows' must be a list of objects")
            self._limit(len(given))
            given = lists_from_rows(given, self.schema)
        elif not isinstance(given, dict):
            raise UserError("'columns' must be an object of lists")
        columns = columns_from_lists(given, self.schema)
        self._limit(len(next(iter(columns.values()))))
        return {"predictions": self._scores(columns), "version": self.version}

    def selfcheck(self) -> dict[str, Any]:
        try:
            result = self.bundle.selfcheck(self.model)
        except UserError as error:
            self.last_check = {"passes": False, "reason": str(error)}
            return self.last_check
        self.last_check = {
            "passes": result.passes,
            "rows": result.rows,
            "max_abs_diff": result.max_abs_diff,
            "tolerance": result.tolerance,
        }
        if not result.passes:
            share = f"{result.share_beyond:.1%} of the holdout predictions are not the expected"
            self.last_check["reason"] = share
        return self.last_check

    def _limit(self, rows: int) -> None:
        if not 1 <= rows <= self.max_rows:
            raise UserError(f"a batch has 1 to {self.max_rows} rows, not {rows}")

    def _scores(self, columns: Columns) -> list[float]:
        return self.model.predict_columns(columns).tolist()


class _Reply:
    """Answers in JSON, with the status that says whose fault it was."""

    def __init__(self, response: type[Any]) -> None:
        self.response = response

    async def to(self, request: Any, answer: Callable[[Any], dict[str, Any]]) -> Any:
        try:
            if int(request.headers.get("content-length", 0)) > MAX_BYTES:
                raise UserError(f"the body is larger than {MAX_BYTES} bytes")
            body = json.loads(await request.body(), parse_constant=_refuse_constant)
            return self.json(200, answer(body))
        except UserError as error:
            return self.json(422, {"detail": str(error)})
        except (ValueError, RecursionError) as error:
            return self.json(422, {"detail": f"the body is not JSON: {error}"})

    def json(self, status: int, content: dict[str, Any]) -> Any:
        return self.response(json.dumps(content), status, media_type="application/json")


def _refuse_constant(name: str) -> None:
    raise UserError(f"{name} is not JSON; a missing number is null")


def _body_schemas(inputs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    types = {"int64": "integer", "float32": ["number", "null"], "string": "string"}
    features = {name: {"type": types[kind]} for name, kind in inputs.items()}
    row = {"type": "object", "properties": features, "required": list(features)}
    lists = {name: {"type": "array", "items": one} for name, one in features.items()}
    columns = {"type": "object", "properties": lists, "required": list(lists)}
    rows = {"type": "array", "items": row}
    either = [
        {"type": "object", "properties": {key: value}, "required": [key]}
        for key, value in (("columns", columns), ("rows", rows))
    ]
    return _body(row), _body({"oneOf": either})


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
