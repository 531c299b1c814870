"""The commands under ``mlsd design``: thin, every one calls a public function."""

from __future__ import annotations

import contextlib
import difflib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlsd_kit.errors import UserError
from mlsd_kit.tables import number_text, show_table

if TYPE_CHECKING:
    import pandas as pd

    from mlsd_kit.design import Design


@click.group()
def design() -> None:
    """Draw, criticise, simulate and size an architecture: a case's, or that of a YAML file."""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option(
            "--format", "form", type=click.Choice(["text", "json"]), default="text",
            show_default=True,
        ),
        click.option("--design", "name", help="Which of the file's designs [default: reference]."),
        click.argument("target", metavar="CASE|FILE"),
    ):  # fmt: skip
        command = option(command)
    return command


def _load(target: str, name: str | None) -> Design:
    """One of the designs of a case or of a file."""
    from mlsd_kit.cases import load_case
    from mlsd_kit.design import load_designs

    is_file = Path(target).is_file() or Path(target).suffix in (".yaml", ".yml")
    designs = load_designs(target) if is_file else load_case(target).designs()
    wanted = name or next(iter(designs))
    if wanted not in designs:
        near = difflib.get_close_matches(wanted, designs, 1, 0)[0]
        raise UserError(
            f"{target}: no design {wanted!r}; there are {', '.join(designs)}; the nearest is "
            f"{near!r}"
        )
    return designs[wanted]


def _json(data: Any) -> None:
    click.echo(json.dumps(data, indent=1, ensure_ascii=False))


def _show(frame: pd.DataFrame) -> None:
    show_table(frame.map(number_text).rename_axis(str(frame.index.name or "")).reset_index())


@design.command()
@_options
def lint(target: str, name: str | None, form: str) -> None:
    """Check a design against the rules; the exit code is 1 when it is not clean."""
    from mlsd_kit.design import lint as check

    report = check(_load(target, name))
    _json(report.to_dict()) if form == "json" else click.echo(str(report))
    sys.exit(0 if report.clean else 1)


@design.command()
@click.argument("rule")
def explain(rule: str) -> None:
    """Say what a rule of the linter asks for, and why."""
    from mlsd_kit.design import explain as told

    click.echo(told(rule))


@design.command()
@_options
@click.option("--against", help="Mark what differs from this design of the same file.")
@click.option("--to", type=click.Path(path_type=Path), help="A file, .svg or .png.")
def draw(target: str, name: str | None, form: str, against: str | None, to: Path | None) -> None:
    """Draw a design, with its load and latency."""
    from mlsd_kit.design import draw as picture_of
    from mlsd_kit.design import estimate

    drawn = _load(target, name)
    before = _load(target, against) if against else None
    picture = picture_of(drawn, estimate=estimate(drawn), against=before)
    if form == "json":
        _json({"title": drawn.title, "svg": picture.svg})
        return
    file = to or Path(f"{Path(target).stem}.svg")
    picture.save(file)
    click.echo(f"open: {file}")


@design.command()
@_options
@click.option("--requests", type=click.IntRange(min=1), default=200_000, show_default=True)
@click.option("--rate", help="Instead of the required one, such as '8000 requests/s'.")
@click.option("--seed", type=int, default=0, show_default=True)
def simulate(
    target: str, name: str | None, form: str, requests: int, rate: str | None, seed: int
) -> None:
    """Simulate requests through a design: latency, losses, utilisation, cost."""
    from mlsd_kit.design import simulate as run

    simulated = _load(target, name)
    if rate:
        simulated = simulated.change({"requirement.rate": rate})
    with _progress(simulated.title) as progress:
        result = run(simulated, requests=requests, seed=seed, progress=progress)
    if form == "json":
        _json(result.to_dict())
        return
    click.echo(repr(result))
    _show(_in_ms(result.percentiles()))
    parts = result.table()
    parts["lost"] = parts[["refused", "timeouts", "errors", "died"]].sum(axis=1)
    _show(_in_ms(parts[["utilisation", "calls", "wait", "service", "lost", "retries"]]))


TIMES = ["latency", "low", "high", "wait", "service", "estimated", "simulated"]


def _in_ms(frame: pd.DataFrame) -> pd.DataFrame:
    """Seconds as milliseconds, shares as per cent, and columns named so."""
    times = [name for name in TIMES if name in frame]
    shares = [name for name in ("utilisation",) if name in frame]
    shown = frame.copy()
    shown[times] = (shown[times] * 1000).round(3)
    shown[shares] = shown[shares] * 100
    names = {name: f"{name} ms" for name in times} | {"utilisation": "busy %"}
    return shown.rename(columns=names)


@design.command()
@_options
@click.option(
    "--keep", multiple=True, metavar="STEP=A,B,C", help="Candidates that a step may keep."
)
@click.option(
    "--quality",
    type=click.Path(path_type=Path, exists=True),
    help="CSV: a column for each such step, and 'quality'.",
)
@click.option("--spare", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
def search(
    target: str,
    name: str | None,
    form: str,
    keep: tuple[str, ...],
    quality: Path | None,
    spare: int,
    seed: int,
) -> None:
    """Find the cheapest replicas and funnel sizes that meet the requirement."""
    import pandas as pd

    from mlsd_kit.design import search as find

    measured = pd.read_csv(quality) if quality else None
    given = _load(target, name)
    with _progress(given.title) as progress:
        result = find(
            given,
            sizes=dict(map(_sizes, keep)),
            quality=measured,
            spare=spare,
            seed=seed,
            progress=progress,
        )
    if form == "json":
        best = result.best.to_dict() if result.best else None
        rows = json.loads(result.table().to_json(orient="records"))
        _json({"message": result.message, "best": best, "rows": rows})
        return
    click.echo(result.message)
    found = result.pareto()
    if len(found):
        steps = [name for name, _ in map(_sizes, keep)]
        columns = [*steps, "quality", "price", "replicas", "estimated", "simulated", "low", "high"]
        _show(_in_ms(found[columns].dropna(axis="columns", how="all")))
    if result.best is not None:
        click.echo("Changes from the design that was given to the best one:")
        _show(given.diff(result.best))


def _sizes(text: str) -> tuple[str, list[int]]:
    step, _, values = text.partition("=")
    try:
        return step, [int(value) for value in values.split(",")]
    except ValueError:
        raise UserError(f"--keep {text}: write it as STEP=100,200,400") from None


@contextlib.contextmanager
def _progress(title: str) -> Iterator[Callable[[float], None] | None]:
    """A bar on standard error in a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda share: bar.update(task, completed=share)
