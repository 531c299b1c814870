"""Send given requests once each and keep the answers; a load test keeps their times only."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pandas as pd


def send_asks(url: str, bodies: Sequence[dict[str, Any]], connections: int = 4) -> pd.DataFrame:
    """Post bodies to a router, over some connections at once.

    Args:
        url: of the router, such as ``router.url``.
        bodies: as `ask_bodies` gives. connections: each sends its part of them in order.

    Returns:
        One row for each body, in their order, by request id: ``status`` (0 when the connection was
        lost), ``ms``, and what the answer holds: ``prediction``, ``version``, ``model``, ``arm``.
    """
    address = urlsplit(url)

    def send(part: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        line = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
        try:
            return [_send(line, body) for body in part]
        finally:
            line.close()

    with ThreadPoolExecutor(connections) as pool:
        parts = list(pool.map(send, [bodies[k::connections] for k in range(connections)]))
    rows = [parts[k % connections][k // connections] for k in range(len(bodies))]
    columns = ["status", "ms", "prediction", "version", "model", "arm"]
    index = pd.Index([body["request"] for body in bodies], name="request")
    return pd.DataFrame(rows, index=index).reindex(columns=columns)


def _send(line: http.client.HTTPConnection, body: dict[str, Any]) -> dict[str, Any]:
    start = time.perf_counter()
    try:
        content, headers = json.dumps(body), {"content-type": "application/json"}
        line.request("POST", "/predict", content, headers)
        response = line.getresponse()
        answer, status = json.loads(response.read()), response.status
    except (OSError, http.client.HTTPException):
        line.close()
        answer, status = {}, 0
    return {"status": status, "ms": (time.perf_counter() - start) * 1000, **answer}
