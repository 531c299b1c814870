"""What a caller asks of the router."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from mlsd_kit.documents.validate import mistakes
from mlsd_kit.errors import UserError


class Ask(BaseModel):
    """A request: who it is for, and what the models are to see."""

    model_config = ConfigDict(extra="forbid")

    unit: str | int
    features: dict[str, JsonValue]
    request: str = Field(default_factory=lambda: os.urandom(8).hex(), min_length=1, max_length=64)
    """Id by which the outcome will be joined; one is made when it is left out."""


def parse_ask(body: bytes) -> Ask:
    """A request from its body.

    Raises:
        UserError: one line that says what is wrong with it.
    """
    try:
        return Ask.model_validate_json(body)
    except ValidationError as refused:
        keys, message = mistakes(refused, Ask)[0]
        name = ".".join(map(str, keys)) or "the body"
        raise UserError(" ".join(f"{name}: {message}".split())) from None


def ask_bodies(
    rows: Sequence[dict[str, Any]], units: Iterable[Any], prefix: str = "r"
) -> list[dict[str, Any]]:
    """Bodies of requests to a router, one for each row, with an id each.

    Args:
        rows: features, such as ``ModelServer.row_bodies`` gives.
        units: of each row. prefix: of the ids; a number follows.

    >>> ask_bodies([{"hour": 3}], ["u7"])
    [{'unit': 'u7', 'features': {'hour': 3}, 'request': 'r0'}]
    """
    return [
        {"unit": str(unit), "features": row, "request": f"{prefix}{number}"}
        for number, (row, unit) in enumerate(zip(rows, units, strict=True))
    ]
