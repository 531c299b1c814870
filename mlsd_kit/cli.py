"""The command ``mlsd``: thin, every command calls a public function."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from mlsd_kit.cli_design import design
from mlsd_kit.cli_drill import drill
from mlsd_kit.cli_pipeline import pipeline
from mlsd_kit.cli_practice import practice
from mlsd_kit.cli_review import review
from mlsd_kit.cli_serving import load, serve
from mlsd_kit.errors import UserError
from mlsd_kit.tables import number_text, show_table


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mlsd-kit", prog_name="mlsd")
def cli() -> None:
    """Learn and practise machine learning system design."""


cli.add_command(design)
cli.add_command(practice)
cli.add_command(drill)
cli.add_command(review)
cli.add_command(serve)
cli.add_command(load)
cli.add_command(pipeline)


@cli.command("list")
def list_() -> None:
    """List the cases: the package's own and those in your folder."""
    from mlsd_kit.overview import case_table

    show_table(case_table().reset_index())


@cli.command()
@click.argument("case")
def show(case: str) -> None:
    """Show a case's prompt, goals and scale; not its facts, which are to be asked for."""
    from mlsd_kit.cases import load_case
    from mlsd_kit.cases.describe import describe

    click.echo(describe(load_case(case)))


@cli.command()
@click.option("--case", "only", help="Count only this case's cells.")
@click.option("--missing", is_flag=True, help="Show only what is not covered.")
def coverage(only: str | None, missing: bool) -> None:
    """Show which cells and cases cover each item of the framework."""
    from mlsd_kit.cases import discover, load_case
    from mlsd_kit.coverage import coverage as cover
    from mlsd_kit.coverage import coverage_table, find_notebooks

    names = [only] if only else list(discover())
    cases = [load_case(name) for name in names]
    books = find_notebooks()
    if only:
        books = {name: path for name, path in books.items() if name.startswith(f"{only}/")}
    table = coverage_table(cover(books, cases))
    done = int(table["covered"].sum())
    shown = table[~table["covered"]] if missing else table
    show_table(shown.drop(columns="covered").reset_index())
    click.echo(f"{done} of {len(table)} items are shown by a cell")


@cli.command()
def progress() -> None:
    """Show what you have seen, practised and mastered of the framework."""
    from mlsd_kit.practice import Progress, progress_file
    from mlsd_kit.practice.progress_map import SIGNS, map_text

    click.echo(map_text(Progress(progress_file()).items()))
    click.echo(", ".join(f"{sign} {state}" for state, sign in SIGNS.items()))


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Copy the cases and notebooks to FOLDER, lessons without their solutions.

    Files that are there are left as they are.
    """
    from mlsd_kit.practice.learner import make_workbook

    done = make_workbook(folder)
    click.echo(f"{done.folder}: {len(done.added)} files added, {len(done.unchanged)} as they were")
    for path in done.kept:
        click.echo(f"kept yours: {path}")


@cli.command()
@click.argument("slug")
def new(slug: str) -> None:
    """Make a new case from the template in your folder."""
    from mlsd_kit.cases import new_case

    click.echo(f"made {new_case(slug)}; next: mlsd show {slug}")


@cli.command()
@click.argument("targets", nargs=-1, metavar="[CASE|NOTEBOOK]...")
@click.option("--all", "all_", is_flag=True, help="Every case.")
@click.option("-p", "--parameter", nargs=2, multiple=True, metavar="NAME VALUE", help="Set one.")
@click.option("--sweep", multiple=True, metavar="NAME=A,B,C", help="A run for each; repeatable.")
@click.option("--params", type=click.Path(path_type=Path), help="YAML or CSV: a run a row.")
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Runs at a time [default: cores].")
@click.option("--force", is_flag=True, help="Run again what has not changed.")
@click.option("--explain", is_flag=True, help="Say why each run is to be made or not; run none.")
@click.option("--fail-fast", is_flag=True, help="Start no further run after a failure.")
@click.option("--cell-limit", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS")
@click.option("--run-limit", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS")
@click.option("--cold", is_flag=True, help="Start each kernel from scratch, not by a fork.")
@click.option("--engine", type=click.Choice(["local", "dask"]), default="local")
@click.option("--scheduler", metavar="ADDRESS", help="Of a Dask cluster, such as tcp://host:8786.")
@click.option("--output", type=click.Path(path_type=Path), help="Where runs are kept.")
def run(targets: tuple[str, ...], all_: bool, **options: Any) -> None:
    """Run cases, or any notebooks, and show the figures that they record.

    A run whose notebook, parameters, case, package and installed packages are as they were is not
    made again.
    """
    if bool(targets) == all_:
        raise click.UsageError("name cases or notebooks, or give --all")
    if not (options["cold"] or options["engine"] == "dask" or options["explain"]):
        _start_early(targets, options)
    from mlsd_kit.command import run_command

    sys.exit(run_command(targets, **options))


def _start_early(targets: tuple[str, ...], options: dict[str, Any]) -> None:
    """Start the warm server now when there will be several runs, and some were never made."""
    import threading

    from mlsd_kit.warm.client import start_early

    many = len(targets) > 1 or options["sweep"] or options["params"]
    kept = options["output"] or Path("runs")
    if many and not all((kept / Path(target).stem).is_dir() for target in targets):
        threading.Thread(target=start_early, daemon=True).start()


@cli.command()
@click.argument("case", required=False)
@click.option("--output", type=click.Path(path_type=Path), help="Where runs are kept.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table")
@click.option("--last", type=click.IntRange(min=1), default=4, help="Runs side by side (table).")
def results(case: str | None, output: Path | None, form: str, last: int) -> None:
    """List the runs and compare their figures."""
    from mlsd_kit.workbook import compare, load_runs
    from mlsd_kit.workbook import results as frame

    if form == "csv":
        click.echo(frame(output, case).to_csv(), nl=False)
    elif form == "json":
        click.echo(frame(output, case).reset_index().to_json(orient="records", indent=1))
    else:
        runs = load_runs(output, case)
        table = compare(runs[-last:]).map(number_text)
        show_table(table.reset_index())
        if len(runs) > last:
            click.echo(f"the last {last} of {len(runs)} runs; all with --format csv")


@cli.command()
@click.argument("batch", required=False)
@click.option("--output", type=click.Path(path_type=Path), help="Where runs are kept.")
@click.option("--to", type=click.Path(path_type=Path), help="The page's file.")
def report(batch: str | None, output: Path | None, to: Path | None) -> None:
    """Write the HTML page of BATCH, or of the last one: runs, failures, figures, times."""
    from mlsd_kit.workbook import write_report

    click.echo(f"open: {write_report(output, batch, to)}")


@cli.command()
@click.argument("uri")
@click.option("--case", help="Only runs of this case.")
@click.option("--experiment", default="mlsd", show_default=True, help="MLflow's name for it.")
@click.option("--output", type=click.Path(path_type=Path), help="Where runs are kept.")
def track(uri: str, case: str | None, experiment: str, output: Path | None) -> None:
    """Write runs to the MLflow store at URI, such as sqlite:///mlflow.db."""
    from mlsd_kit.workbook import export_mlflow

    number = export_mlflow(uri, output, case, experiment)
    click.echo(f"{number} runs written to {uri}; those that were there are as they were")


@cli.command()
@click.argument("notebooks", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Notebooks at a time.")
@click.option("--force", is_flag=True, help="Compare also what passed and has not changed.")
@click.option("--output", type=click.Path(path_type=Path), help="Where runs are kept.")
def validate(notebooks: tuple[Path, ...], jobs: int | None, **options: Any) -> None:
    """Compare the stored outputs of NOTEBOOKS, or of all, with those of a run (nbval)."""
    from mlsd_kit.coverage import find_notebooks
    from mlsd_kit.workbook import validate as check

    sys.exit(check(notebooks or [*find_notebooks().values()], jobs, **options))


@cli.command()
@click.option("--user", is_flag=True, help="For this user, not for this environment only.")
def kernel(user: bool) -> None:
    """Install the warm kernel for JupyterLab, as "Python 3 (mlsd, warm)"."""
    from jupyter_core.paths import jupyter_data_dir

    from mlsd_kit.warm import write_kernelspec

    folder = Path(jupyter_data_dir() if user else Path(sys.prefix, "share", "jupyter"))
    click.echo(f"installed {write_kernelspec(folder)}")


@cli.command()
@click.argument("notebooks", nargs=-1, required=True, type=click.Path(path_type=Path))
def outputs(notebooks: tuple[Path, ...]) -> None:
    """Execute NOTEBOOKS in place, to commit their outputs."""
    from mlsd_kit.workbook import renew_outputs

    for path in notebooks:
        click.echo(f"executing {path}")
        renew_outputs(path)


@cli.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True))
def readme(file: Path) -> None:
    """Renew the tables of cases and notebooks in a Markdown FILE."""
    from mlsd_kit.overview import renew

    text = file.read_text(encoding="utf-8")
    file.write_text(renew(text, file.resolve().parent), encoding="utf-8")


def main(forked: bool = False) -> None:
    """Run the command; a user's mistake is one line and exit code 2.

    Args:
        forked: from the warm server; else `mlsd run` goes there if it is up.
    """
    if not forked and sys.argv[1:2] == ["run"] and "--cold" not in sys.argv:
        from mlsd_kit.warm.command import run_in_server

        code = run_in_server(sys.argv[1:])
        if code is not None:
            sys.exit(code)
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("mlsd: interrupted", err=True)
        sys.exit(130)
    except UserError as error:
        from mlsd_kit.workbook.run import RunFailed

        for line in str(error).splitlines():
            click.echo(f"mlsd: {line}", err=True)
        sys.exit(1 if isinstance(error, RunFailed) else 2)
