"""Logs of a service: one object of JSON a line."""

from __future__ import annotations

import logging
import sys

from mlsd_kit.errors import require


def log_as_json(level: str = "info") -> None:
    """Write everything that is logged to the standard error, a line of JSON each.

    Args:
        level: from which on, such as ``info`` or ``warning``; a request is logged at ``info``.
    """
    formatter = require("pythonjsonlogger.json").JsonFormatter(
        "%(levelname)s %(name)s %(process)d %(message)s",
        rename_fields={"levelname": "level", "name": "logger", "process": "pid"},
        timestamp=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
