"""The command of the flashcards: ``mlsd review``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mlsd_kit.practice.memory.card import Card
    from mlsd_kit.practice.memory.log import ReviewLog


@click.command()
@click.option("--case", metavar="CASE", help="Only cards of a case.")
@click.option("--stage", metavar="STAGE", help="Only cards of a stage of the framework.")
@click.option("--new", type=click.IntRange(0), default=10, show_default=True, help="New cards.")
@click.option("--limit", type=click.IntRange(1), help="Ratings at most.")
@click.option(
    "--stats", is_flag=True, help="Show what is known and what comes, and review nothing."
)
@click.option("--anki", type=click.Path(path_type=Path), help="Write the cards as an .apkg file.")
def review(
    case: str | None,
    stage: str | None,
    new: int,
    limit: int | None,
    stats: bool,
    anki: Path | None,
) -> None:
    """Review flashcards of cases, lessons and lint rules, when they are due.

    Every rating is kept at once: leave whenever you like.
    """
    from mlsd_kit.practice.counted import counted
    from mlsd_kit.practice.memory.cards import all_cards, select

    cards = select(all_cards(), case, stage)
    if anki:
        from mlsd_kit.practice.memory.anki import export_anki

        click.echo(f"{counted(export_anki(cards.values(), anki), 'card')} written: {anki}")
        return
    from mlsd_kit.errors import require
    from mlsd_kit.practice.memory.log import ReviewLog
    from mlsd_kit.practice.record.history import History, history_file

    require("fsrs")
    log = ReviewLog(History(history_file()))
    if stats:
        _stats(cards, log)
        return
    from mlsd_kit.practice.memory.session import Sitting
    from mlsd_kit.practice.memory.terminal import Terminal

    Terminal(Sitting(cards, log, new=new, limit=limit)).play()


def _stats(cards: Mapping[str, Card], log: ReviewLog) -> None:
    from datetime import datetime

    from mlsd_kit.practice.counted import counted
    from mlsd_kit.practice.memory.stats import due_by_day, kept_share, stage_table
    from mlsd_kit.tables import show_rows, show_table

    now = datetime.now().astimezone()
    learned = {id: known for id, known in log.learned().items() if id in cards}
    table = stage_table(cards, learned, now)
    table["recall"] = [f"{share:.0%}" if share == share else "" for share in table["recall"]]
    show_table(table.reset_index())
    coming = due_by_day(learned, now, days=7)
    rows = [(f"{day:%a %d %b}", int(count)) for day, count in coming.items()]
    show_rows(["day", "cards due"], rows)
    count, kept = kept_share(log, now.tzinfo)
    if kept is not None:
        click.echo(f"{counted(count, 'review')} on a later day, {kept:.0%} not forgotten")
