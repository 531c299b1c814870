"""The OpenAPI document of a model service: every route, body and status that it can give."""

from __future__ import annotations

from typing import Any

from mlsd_kit.deployment.bundle import Manifest
from mlsd_kit.deployment.limits import Limits
from mlsd_kit.deployment.schema import RANGES

TYPES: dict[str, Any] = {"int64": "integer", "float32": ["number", "null"], "string": "string"}
PROBLEMS = {
    400: "Not an HTTP request.",
    405: "The route has no such method.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    415: "The body is not said to be JSON.",
    422: "The input is not what the model takes; `detail` says where.",
    503: "Not ready, or overloaded; `Retry-After` says when to come again.",
    504: "The prediction took too long.",
}


def openapi(manifest: Manifest, limits: Limits) -> dict[str, Any]:
    """Describe the service of a bundle.

    Args:
        manifest: of the bundle. limits: of the service.

    Returns:
        An OpenAPI 3.1 document.
    """
    row = _object({name: _feature(kind) for name, kind in manifest.inputs.items()})
    several = {"type": "array", "minItems": 1, "maxItems": limits.rows}
    columns = _object(
        {name: {**several, "items": _feature(k)} for name, k in manifest.inputs.items()}
    )
    batch = {
        "oneOf": [
            _object({"rows": {**several, "items": {"$ref": "#/components/schemas/Row"}}}),
            _object({"columns": columns}),
        ]
    }
    schemas = {
        "Row": row,
        "Batch": batch,
        "Prediction": _object({"prediction": {"type": "number"}, "version": {"type": "string"}}),
        "Predictions": _object(
            {
                "predictions": {"type": "array", "items": {"type": "number"}},
                "version": {"type": "string"},
            }
        ),
        "Check": {
            "type": "object",
            "properties": {"passes": {"type": "boolean"}, "reason": {"type": "string"}},
            "required": ["passes"],
        },
        "Problem": _object({"detail": {"type": "string"}}),
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": manifest.name, "version": manifest.version},
        "paths": {
            "/predict": {"post": _post("Score one row", "Row", "Prediction")},
            "/predict/batch": {
                "post": _post("Score rows, given as rows or as columns", "Batch", "Predictions")
            },
            "/selfcheck": {"post": _get("Score the holdout set again", _json("Check"))},
            "/ready": {
                "get": _get("Whether predictions are answered", _json("Check"), {503: "Check"})
            },
            "/health": {"get": _get("Whether the process is alive", _any_object())},
            "/model": {"get": _get("What is known of the model", _any_object())},
            "/metrics": {"get": _get("Metrics for Prometheus", {"text/plain": _text()})},
            "/docs": {"get": _get("This description as a page", {"text/html": _text()})},
        },
        "components": {"schemas": schemas},
    }  # fmt: skip


def _feature(kind: str) -> dict[str, Any]:
    feature = {"type": TYPES[kind]}
    if kind in RANGES:
        feature["minimum"], feature["maximum"] = RANGES[kind]
    return feature


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _any_object() -> dict[str, Any]:
    return {"application/json": {"schema": {"type": "object"}}}


def _text() -> dict[str, Any]:
    return {"schema": {"type": "string"}}


def _post(summary: str, body: str, answer: str) -> dict[str, Any]:
    responses = {"200": {"description": "The answer.", "content": _json(answer)}}
    for status, told in PROBLEMS.items():
        responses[str(status)] = _problem(status, told)
    return {
        "summary": summary,
        "requestBody": {"required": True, "content": _json(body)},
        "responses": responses,
    }


def _problem(status: int, told: str) -> dict[str, Any]:
    problem: dict[str, Any] = {"description": told}
    if status == 400:
        return {**problem, "content": {"text/plain": _text()}}
    if status == 503:
        problem["headers"] = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}}
    return {**problem, "content": _json("Problem")}


def _get(
    summary: str, content: dict[str, Any], others: dict[int, str] | None = None
) -> dict[str, Any]:
    responses: dict[str, Any] = {"200": {"description": "The answer.", "content": content}}
    for status, name in (others or {}).items():
        responses[str(status)] = {"description": "It is not so.", "content": _json(name)}
    for status in (400, 405):
        responses[str(status)] = _problem(status, PROBLEMS[status])
    return {"summary": summary, "responses": responses}
