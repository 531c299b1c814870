"""The command ``mlsd drill``: short exercises without a whole interview."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import click

TASKS = 5


@click.group()
def drill() -> None:
    """Practise one thing at a time: estimates, metrics, flaws, questions.

    Tasks come from an endless series; the same seed gives the same ones. Results are kept.
    """


def _options(default: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def add(command: Callable[..., None]) -> Callable[..., None]:
        case = click.option("--case", help="Only tasks of this case.")
        count = click.option(
            "--count", type=click.IntRange(min=1), default=default, show_default=True
        )
        seed = click.option("--seed", type=click.IntRange(min=0), help="Of the series; else any.")
        return seed(count(case(command)))

    return add


def _play(name: str, seed: int | None, count: int, case: str | None) -> None:
    from mlsd_kit.cases import load_case
    from mlsd_kit.practice.drills.terminal_design import DesignTerminal

    slug = load_case(case).slug if case else None
    played: Any = getattr(DesignTerminal(), name)
    played(secrets.randbelow(10_000) if seed is None else seed, count, slug)


@drill.command()
@_options(TASKS)
def estimate(seed: int | None, count: int, case: str | None) -> None:
    """Estimate on the back of an envelope, with units; a calculation may be typed."""
    _play("estimate", seed, count, case)


@drill.command()
@_options(TASKS)
def metric(seed: int | None, count: int, case: str | None) -> None:
    """Choose the metrics that fit a situation."""
    _play("metric", seed, count, case)


@drill.command()
@_options(TASKS)
def flaw(seed: int | None, count: int, case: str | None) -> None:
    """Find what is wrong in a design, and where."""
    _play("flaw", seed, count, case)


@drill.command()
@_options(1)
def requirements(seed: int | None, count: int, case: str | None) -> None:
    """Ask for what matters about a case, in five minutes."""
    _play("requirements", seed, count, case)
