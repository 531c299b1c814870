"""The export for Anki: a readable package, whose notes are the same ones in the next export."""

import json
import sqlite3
import sys
import warnings
import zipfile
from dataclasses import replace

import pytest

from mlsd_kit.errors import MissingExtra, UserError
from mlsd_kit.practice.memory.anki import DECK_ID, MODEL_ID, export_anki
from mlsd_kit.practice.memory.cards import all_cards
from tests.practice.memory.few_cards import make_card


def read_package(path, folder):
    """Notes by their GUID, and the collection's decks and models."""
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        package.extract("collection.anki2", folder)
    with sqlite3.connect(folder / "collection.anki2") as db:
        notes = {
            guid: {"model": model, "tags": tags.split(), "fields": fields.split("\x1f")}
            for guid, model, tags, fields in db.execute("select guid, mid, tags, flds from notes")
        }
        cards = db.execute("select count(*), count(distinct did) from cards").fetchone()
        decks, models = db.execute("select decks, models from col").fetchone()
    return notes, cards, json.loads(decks), json.loads(models)


def test_every_card_is_a_note_with_its_source(tmp_path):
    cards = all_cards()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert export_anki(cards.values(), tmp_path / "all.apkg") == len(cards)
    notes, counts, decks, models = read_package(tmp_path / "all.apkg", tmp_path)
    assert len(notes) == len(cards)
    assert counts == (len(cards), 1)
    assert str(DECK_ID) in decks
    assert [field["name"] for field in models[str(MODEL_ID)]["flds"]] == [
        "Id", "About", "Front", "Back", "Source",
    ]  # fmt: skip
    by_id = {note["fields"][0]: note for note in notes.values()}
    note = by_id["asked.02_data.c095.2"]
    assert note["fields"][3] == "When two frequent values meet; rare ones hardly matter."
    assert 'lab/tree/notebooks/02_data.ipynb#cell-id=c095"' in note["fields"][4]
    assert {"stage::data", "item::D8"} <= set(note["tags"])


def test_a_second_export_has_the_same_notes_with_the_new_text(tmp_path):
    cards = [make_card("a"), make_card("b")]
    changed = [replace(cards[0], front="What is it now?"), cards[1], make_card("c")]
    for name, some in (("first", cards), ("second", changed)):
        export_anki(some, tmp_path / f"{name}.apkg")
    first, _, decks, models = read_package(tmp_path / "first.apkg", tmp_path)
    second, _, decks_again, models_again = read_package(tmp_path / "second.apkg", tmp_path)
    assert set(first) < set(second)
    assert len(second) == 3
    assert set(decks) == set(decks_again)
    assert set(models) == set(models_again)
    guid = next(guid for guid, note in first.items() if note["fields"][0] == "a")
    assert second[guid]["fields"][2] == "What is it now?"


def test_text_is_escaped(tmp_path):
    export_anki([make_card("x", "<script>alert(1)</script> & `a<b`?")], tmp_path / "x.apkg")
    (note,) = read_package(tmp_path / "x.apkg", tmp_path)[0].values()
    assert note["fields"][2] == ("&lt;script&gt;alert(1)&lt;/script&gt; &amp; <code>a&lt;b</code>?")


def test_a_folder_in_the_way_is_said(tmp_path):
    (tmp_path / "x.apkg").mkdir()
    with pytest.raises(UserError, match="cannot be written"):
        export_anki([make_card("x")], tmp_path / "x.apkg")


def test_without_genanki_the_install_command_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "genanki", None)
    with pytest.raises(MissingExtra, match=r"pip install 'mlsd-kit\[review\]'"):
        export_anki([make_card("x")], tmp_path / "x.apkg")
