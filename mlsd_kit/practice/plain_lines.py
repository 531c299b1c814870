"""Lines without an editor: from a pipe, a file, or a terminal that cannot move its cursor."""

from __future__ import annotations

import os
import sys


def can_edit() -> bool:
    """Whether a line can be edited with a bar below it: on a terminal that moves its cursor."""
    dumb = os.environ.get("TERM", "").lower() in ("dumb", "unknown")
    return sys.stdin.isatty() and sys.stdout.isatty() and not dumb


def plain_line(prompt: str) -> str:
    """The next line of the input; one that nobody types is shown as if it had been typed.

    Raises:
        EOFError: at the end.
    """
    line = input(prompt)
    if not sys.stdin.isatty():
        print(line)
    return line
