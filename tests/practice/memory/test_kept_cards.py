"""Cards are kept on disk, and made anew when anything that they are made of changes."""

import os

import pytest

from mlsd_kit.practice.memory import kept
from tests.practice.memory.few_cards import make_card


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Get the cards of a folder, and how often they were made."""
    monkeypatch.setattr(kept, "_folder", lambda: tmp_path / "cache")
    case = tmp_path / "root" / "case_studies" / "one"
    case.mkdir(parents=True)
    (case / "case.yaml").write_text("title: One\n")
    made = []

    def cards():
        def anew():
            made.append(1)
            return [make_card("a"), make_card("b", "Ä “quoted”?")]

        return kept.kept_cards([tmp_path / "root"], anew)

    cards.made, cards.file = made, case / "case.yaml"
    cards.cache = tmp_path / "cache"
    return cards


def test_they_are_made_once(make):
    assert make() == make() == [make_card("a"), make_card("b", "Ä “quoted”?")]
    assert len(make.made) == 1


def test_a_changed_or_new_file_makes_them_anew(make):
    make()
    make.file.write_text("title: Two\n")
    os.utime(make.file, (1, 1))
    make()
    make.file.with_name("interview.yaml").write_text("stages: {}\n")
    make()
    make()
    assert len(make.made) == 3


def test_only_the_last_sets_stay(make):
    for number in range(kept.MOST + 3):
        make.file.with_name(f"more{number}.yaml").write_text("")
        make()
    assert len(list(make.cache.iterdir())) == kept.MOST
    make()
    assert len(make.made) == kept.MOST + 3


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"stamp": 1, "cards": 2}', "\x00"])
def test_a_broken_file_makes_them_anew(make, text):
    first = make()
    next(make.cache.iterdir()).write_text(text)
    assert make() == first
    assert len(make.made) == 2


def test_a_cache_that_cannot_be_written_is_done_without(make):
    make.cache.write_text("a file")
    assert [card.id for card in make()] == ["a", "b"]
