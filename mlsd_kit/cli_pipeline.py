"""The command ``mlsd pipeline``: thin over `mlsd_kit.pipeline`."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command()
@click.argument("case")
@click.option("--folder", type=click.Path(path_type=Path), help="[default: pipelines/CASE]")
@click.option("--from", "from_step", metavar="STEP", help="Run it and those after it again.")
@click.option("--next", "more", is_flag=True, help="Let the next stretch of data arrive first.")
@click.option("--rows", type=click.IntRange(min=600), help="Of the case's table [default: 60000].")
@click.option("--seed", type=int, help="Of a simulated table [default: 1].")
@click.option("--rollback", metavar="VERSION", help="Let VERSION serve again ('previous': last).")
@click.option("--history", is_flag=True, help="Show what was promoted, refused, rolled back.")
def pipeline(
    case: str,
    folder: Path | None,
    from_step: str | None,
    more: bool,
    rows: int | None,
    seed: int | None,
    rollback: str | None,
    history: bool,
) -> None:
    """Run a case's pipeline: ingest, validate, train, evaluate, gate, bundle, shadow, promote.

    What is done and has not changed is not done again. The exit code is 1 when the candidate does
    not serve in the end.
    """
    from mlsd_kit.cases import load_case
    from mlsd_kit.pipeline import Pipeline, bring_data, check_step
    from mlsd_kit.tables import show_table

    of = load_case(case)
    check_step(from_step)
    line = Pipeline(of.slug, folder or Path("pipelines", of.slug), on_step=_tell)
    if history:
        show_table(line.registry.table().rename_axis("n").reset_index())
        return
    if rollback:
        version = line.rollback(None if rollback == "previous" else rollback)
        click.echo(f"{version} serves")
        return
    arrived = bring_data(line, of, more, rows, seed)
    click.echo(f"{line.folder}: {len(arrived)} stretches of data arrived")
    outcome = line.run(from_step)
    for step in outcome.steps:
        if step.state == "not reached":
            _tell(step.step, step.state)
    click.echo(outcome.decision)
    for reason in outcome.reasons:
        click.echo(f"  {reason}")
    sys.exit(0 if outcome.promoted else 1)


def _tell(step: str, state: str) -> None:
    if state != "begins":
        click.echo(f"{step:<9} {state}")
