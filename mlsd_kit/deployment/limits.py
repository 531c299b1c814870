"""What a service takes on, and from when on it refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from mlsd_kit.errors import UserError

MAX_ROWS = 10_000


@dataclass(frozen=True)
class Limits:
    """The limits of one worker.

    A queue without a bound turns an overload into a wait that grows until clients give up, and
    then every answer comes too late. By Little's law ``in_flight`` is the throughput times the
    longest wait that is worth having: 64 at 2,000 requests/s are 32 ms.

    >>> Limits.from_json('{"in_flight": 8}').in_flight
    8
    """

    rows: int = MAX_ROWS
    """Most rows in one batch request, for one request holds up all others meanwhile."""
    row_bytes: int = 64 * 1024
    """Largest body of a single prediction."""
    batch_bytes: int = 8 * 1024 * 1024
    """Largest body of a batch."""
    in_flight: int = 64
    """Most requests taken on and not yet answered; further predictions are refused."""
    read_seconds: float = 5.0
    """How long the head of a request may take to arrive, and then its body."""
    answer_seconds: float = 2.0
    """How long a prediction may take from the last byte of its request on."""
    drain_seconds: float = 0.5
    """How long the service goes on after SIGTERM, so that a load balancer sees it turn unready."""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            least = 0 if name == "drain_seconds" else 1e-3
            if not isinstance(value, int | float) or isinstance(value, bool) or value < least:
                raise UserError(f"limit {name!r} must be a number above 0, not {value!r}")

    @classmethod
    def from_json(cls, text: str) -> Limits:
        """Read limits from an object in JSON; what it does not name keeps its default.

        Raises:
            UserError: when it is no such object.
        """
        try:
            given = json.loads(text)
        except ValueError as error:
            raise UserError(f"the limits are not JSON: {error}") from None
        names = [one.name for one in fields(cls)]
        if not isinstance(given, dict) or not given.keys() <= set(names):
            raise UserError(f"the limits are an object with some of: {', '.join(names)}")
        return cls(**given)


class Refused(Exception):  # noqa: N818
    """A request that is answered with something else than what it asked for.

    Args:
        status: of the answer.
        detail: one line for the client.
        reason: one of REASONS when the service is why, not the request.
    """

    def __init__(self, status: int, detail: str, reason: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.reason = reason

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the answer: when to come again, and that the connection is of no use."""
        if self.status in (408, 413):
            return {"connection": "close"}  # the rest of the body would have to be read
        return {"retry-after": "1"} if self.status == 503 else {}


REASONS = ("overload", "not_ready", "too_late")


def error_body(detail: str) -> dict[str, Any]:
    """The body of every answer that is an error."""
    return {"detail": detail}
