"""The cards as a deck for Anki."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from mlsd_kit.errors import UserError, require
from mlsd_kit.practice.memory.card import Card, as_html

DECK_ID, MODEL_ID = 1_847_305_926, 1_620_948_337
"""Fixed, so that a later export brings the same deck up to date."""
DECK = "ML system design"
JUPYTER = "http://localhost:8888/lab/tree/"
"""Where JupyterLab shows the learner's folder, unless it was told otherwise."""
_FRONT = '<div class="about">{{About}}</div>{{Front}}'
_BACK = '{{FrontSide}}<hr id="answer">{{Back}}<div class="source">{{Source}}</div>'
_STYLE = """
.card { font: 20px/1.45 sans-serif; text-align: left; max-width: 40em; margin: 1em auto;
  color: #1b1b1b; background: #ffffff; }
.about, .source { font-size: 14px; color: #595959; margin: 0.6em 0; }
.nightMode.card, .nightMode .card { color: #e8e8e8; background: #1e1e1e; }
.nightMode .about, .nightMode .source { color: #b0b0b0; }
.source a { color: #0072b2; }
.nightMode .source a { color: #56b4e9; }
"""


def export_anki(cards: Iterable[Card], path: Path) -> int:
    """Write the cards to an ``.apkg`` file, which Anki imports; how many there were.

    A card has the same identity in every export, so that importing a later one changes the text
    of the cards that are there, keeps what was learned, and adds what is new.

    Args:
        cards: to write.
        path: of the file, with the suffix ``.apkg``.

    Raises:
        MissingExtra: when ``genanki`` is not installed.
        UserError: when the file cannot be written.
    """
    genanki = require("genanki")
    if path.suffix != ".apkg":
        raise UserError(f"{path}: Anki imports a file that ends in .apkg, such as cards.apkg")
    fields = ("Id", "About", "Front", "Back", "Source")
    model = genanki.Model(
        MODEL_ID,
        f"{DECK} card",
        fields=[{"name": name} for name in fields],
        templates=[{"name": "Card", "qfmt": _FRONT, "afmt": _BACK}],
        css=_STYLE,
    )
    deck = genanki.Deck(DECK_ID, DECK, "Cards of the workbook, each with the cell it comes from.")
    for card in cards:
        deck.add_note(_note(genanki, model, card))
    try:
        genanki.Package(deck).write_to_file(str(path))
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror})") from None
    return len(deck.notes)


def _note(genanki: Any, model: Any, card: Card) -> Any:
    return genanki.Note(
        model=model,
        fields=[
            escape(card.id), escape(card.about), as_html(card.front), as_html(card.back),
            _source(card),
        ],
        guid=genanki.guid_for("mlsd", card.id),
        tags=list(card.tags),
    )  # fmt: skip


def _source(card: Card) -> str:
    """The source as a link into the learner's JupyterLab, or in words for the package's files."""
    source = card.source
    if source.path.startswith("mlsd_kit/"):
        return escape(str(source))
    return f'<a href="{escape(JUPYTER + source.link)}">{escape(str(source))}</a>'
