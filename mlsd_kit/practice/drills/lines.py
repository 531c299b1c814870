"""Reading a learner's lines: on a terminal with a clock below them, plainly elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol

from mlsd_kit.practice.plain_lines import can_edit, plain_line


class Quit(Exception):  # noqa: N818
    """The learner has had enough."""


class TimeUp(Exception):  # noqa: N818
    """The clock ran out while a line was typed."""


class Read(Protocol):
    """Gives the next line.

    Raises:
        Quit: at the end of the input, or for the line ``/quit``.
        TimeUp: when ``left`` is told and there is none.
    """

    def __call__(self, prompt: str, left: Callable[[], float] | None = None) -> str:
        """The line; ``left`` gives the seconds of a clock."""


def minutes(seconds: float) -> str:
    """A time as a clock shows it.

    >>> minutes(125.9)
    '2:05'
    """
    return f"{int(seconds) // 60:d}:{int(seconds) % 60:02d}"


def reader() -> Read:
    """Reads from the terminal, or from whatever the standard input is."""
    return _edited() if can_edit() else read_with(plain_line)


def read_with(ask: Callable[[str], str]) -> Read:
    """Reads by a function that takes a prompt, as ``input`` does."""

    def read(prompt: str, left: Callable[[], float] | None = None) -> str:
        try:
            line = ask(prompt if left is None else f"{minutes(left())} {prompt}").strip()
        except (EOFError, KeyboardInterrupt):
            raise Quit from None
        if line == "/quit":
            raise Quit
        if left is not None and left() <= 0:
            raise TimeUp
        return line

    return read


def _bar(left: Callable[[], float]) -> str:
    return f" {minutes(left())} left | /done | /quit "


def _edited() -> Read:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.application import get_app
    from prompt_toolkit.history import InMemoryHistory

    session: PromptSession[str] = PromptSession(history=InMemoryHistory())

    def read(prompt: str, left: Callable[[], float] | None = None) -> str:
        if left is None:
            return read_with(session.prompt)(prompt)

        async def stop() -> None:
            await asyncio.sleep(left())
            get_app().exit(exception=TimeUp)

        def begin() -> None:
            get_app().create_background_task(stop())

        def asked(text: str) -> str:
            bar = partial(_bar, left)
            return session.prompt(text, bottom_toolbar=bar, refresh_interval=1.0, pre_run=begin)

        try:
            return read_with(asked)(prompt)
        finally:
            session.bottom_toolbar = None  # it is kept from one line to the next

    return read
