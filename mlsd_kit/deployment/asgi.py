"""The service's edge to ASGI: bodies read within limits, answers in JSON, errors as one line."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from mlsd_kit.deployment.limits import Refused, error_body
from mlsd_kit.errors import UserError

log = logging.getLogger("mlsd.service")
Scope: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Any]]
Send: TypeAlias = Callable[[Any], Awaitable[Any]]


async def read_json(scope: Scope, receive: Receive, most: int, seconds: float) -> Any:
    """Read a request's body, at most so many bytes and within so many seconds, as strict JSON.

    Raises:
        Refused: 413, 408, 415, or 422 when it is not JSON.
    """
    length = b""
    for name, value in scope["headers"]:
        if name == b"content-length":
            length = value
        elif name == b"content-type" and not _is_json(value):
            raise Refused(415, "the body must be application/json")
    if length.isdigit() and int(length) > most:
        raise _too_large(most)
    body = await _read(receive, most, seconds)
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Refused(422, f"the body is not JSON: {error}") from None


def _is_json(content_type: bytes) -> bool:
    return content_type.partition(b";")[0].strip().lower() == b"application/json"


async def _read(receive: Receive, most: int, seconds: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refused(400, "the request ended before its body did")
                part = message.get("body", b"")
                size += len(part)
                if size > most:
                    raise _too_large(most)
                parts.append(part)
                if not message.get("more_body", False):
                    return parts[0] if len(parts) == 1 else b"".join(parts)
    except TimeoutError:
        raise Refused(408, f"the body did not arrive within {seconds:g} s") from None


def _too_large(most: int) -> Refused:
    return Refused(413, f"the body is larger than {most} bytes")


def _refuse_constant(name: str) -> None:
    raise Refused(422, f"{name} is not JSON; a missing number is null")


async def send_json(
    send: Send, status: int, content: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> None:
    """Send an answer in JSON."""
    body = json.dumps(content, allow_nan=False).encode()
    told = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    if headers:
        told += [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})


class Guarded:
    """An ASGI application whose failures are answered, not shown.

    A `Refused` gets its own status, bad input 422, and anything else 500 with the request's id; the
    traceback goes to the log.

    Args:
        app: the application inside.
        on_refusal: told the reason of each refusal that is the service's own.
    """

    def __init__(self, app: Callable[..., Any], on_refusal: Callable[[str], None]) -> None:
        self.app = app
        self.on_refusal = on_refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watched(message: Any) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Refused as refused:
            if refused.reason:
                self.on_refusal(refused.reason)
            await send_json(send, refused.status, error_body(refused.detail), refused.headers)
        except UserError as error:
            await send_json(send, 422, error_body(str(error)))
        except Exception:
            name = scope.get("request_id", "")
            log.exception("request failed", extra={"request": name, "path": scope["path"][:200]})
            if started:
                raise  # half an answer is sent: the connection is of no use
            await send_json(send, 500, error_body(f"internal error; request {name}"))
