"""The commands ``mlsd serve`` and ``mlsd load``: thin, each calls a public function."""

from __future__ import annotations

import sys

import click


def _say(line: str) -> None:
    click.echo(line, err=True)


@click.command()
@click.argument("case")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="0: any."
)
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True)
def serve(case: str, host: str, port: int, workers: int) -> None:
    """Serve the model of CASE over HTTP until Ctrl-C.

    The model is trained when there is none yet for this case, code and set of libraries.
    """
    from mlsd_kit.serving import serve_case

    serve_case(case, host, port, workers, click.echo)


@click.command()
@click.argument("case")
@click.option(
    "--rps",
    type=click.FloatRange(0, min_open=True),
    default=100.0,
    show_default=True,
    help="Requests per second.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0, min_open=True),
    default=10.0,
    show_default=True,
    help="How long.",
)
@click.option("--url", help="Of the service [default: http://127.0.0.1:8000, or one of its own].")
def load(case: str, rps: float, seconds: float, url: str | None) -> None:
    """Send rows of CASE to its service at a constant rate and print the latencies.

    The load goes to the service that `mlsd serve` has started; when none runs at its address and
    no --url is given, a service is started for the time of the test. The exit code is 1 when no
    request succeeded.
    """
    from mlsd_kit.serving import load_rows, load_service
    from mlsd_kit.tables import show_rows

    result, _ = load_service(case, rps, seconds, url, _say)
    show_rows(["figure", "value"], load_rows(result))
    sys.exit(0 if result.requests else 1)
