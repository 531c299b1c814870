"""The commands of interview practice: ``mlsd practice``."""

from __future__ import annotations

from pathlib import Path

import click

LEVELS = ("junior", "senior", "staff")


@click.command()
@click.argument("case", required=False)
@click.option("--level", type=click.Choice(LEVELS), help="Of a new interview [default: senior].")
@click.option("--minutes", type=click.FloatRange(5, 180), help="Of a new one [default: 45].")
@click.option("--new", is_flag=True, help="Begin anew even where an interview was left.")
@click.option("--replay", type=click.Path(path_type=Path), help="Play a transcript instead.")
@click.option("--transcript", metavar="ID", help="Print a kept interview as a transcript.")
@click.option("--list", "list_", is_flag=True, help="List the interviews that are kept.")
def practice(
    case: str | None,
    level: str | None,
    minutes: float | None,
    new: bool,
    replay: Path | None,
    transcript: str | None,
    list_: bool,
) -> None:
    """Practise an interview over CASE in the terminal.

    The interview is kept at every word: the same command goes on where you left.
    """
    from mlsd_kit.errors import UserError

    if replay:
        _replay(replay)
    elif transcript:
        from mlsd_kit.practice.interview.transcript import write_transcript
        from mlsd_kit.practice.record.history import History, history_file

        record = History(history_file()).record(transcript)
        click.echo(write_transcript(record.events()), nl=False)
    elif list_:
        _list()
    elif case:
        from mlsd_kit.cases import load_case

        load_case(case)  # a wrong name is told before the interviewer is loaded
        from mlsd_kit.practice.interview.sitting import practise

        practise(case, level or "", minutes or 0.0, new=new)
    else:
        raise UserError("name a case, such as: mlsd practice ctr_prediction; mlsd list shows them")


def _replay(path: Path) -> None:
    from mlsd_kit.documents import read

    read(path)  # as above
    from rich.console import Console
    from rich.markdown import Markdown

    from mlsd_kit.practice.grading.export import scorecard_markdown
    from mlsd_kit.practice.interview.annotate import dialogue_markdown
    from mlsd_kit.practice.interview.transcript import load_transcript, replay

    console = Console()
    played = replay(load_transcript(path))
    console.print(Markdown(dialogue_markdown(played)))
    console.print(Markdown(scorecard_markdown(played.interview.scorecard())))


def _list() -> None:
    from datetime import datetime

    from mlsd_kit.practice.record.history import History, history_file
    from mlsd_kit.practice.record.state import state_of
    from mlsd_kit.tables import show_rows

    rows = []
    for id, events in History(history_file()).interviews().items():
        state = state_of(events)
        when = datetime.fromtimestamp(events[0].at).strftime("%Y-%m-%d %H:%M")
        how = "finished" if state.finished else f"left at {state.stage}"
        rows.append((id, when, state.case, state.level, f"{state.elapsed / 60:.0f} min", how))
    show_rows(["id", "begun", "case", "level", "time", ""], rows)
