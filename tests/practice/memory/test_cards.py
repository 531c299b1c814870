"""Cards are made of what is there: enough of them, good ones, each with a source that exists."""

import json
import re
from collections import Counter
from itertools import groupby

import pytest
import yaml

from mlsd_kit import framework
from mlsd_kit.cases import discover, load_case
from mlsd_kit.design.linting.rules import RULES
from mlsd_kit.errors import UserError
from mlsd_kit.practice.exercises import all_exercises
from mlsd_kit.practice.learner import make_workbook
from mlsd_kit.practice.memory import kept
from mlsd_kit.practice.memory.card import LONGEST_BACK, Source, as_html, short
from mlsd_kit.practice.memory.cards import all_cards, select
from mlsd_kit.practice.memory.from_cases import case_cards
from mlsd_kit.practice.memory.from_exercises import exercise_cards
from mlsd_kit.practice.memory.from_lessons import lesson_cards
from mlsd_kit.practice.memory.from_rules import rule_cards
from mlsd_kit.practice.memory.wording import wording


@pytest.fixture(scope="module")
def cards():
    return all_cards()


def words(text):
    return set(re.findall(r"\w{3,}", text.casefold()))


def at_key(data, key):
    """The value at a key; a part of it may be the id of an entry in a list, or its position."""
    for part in key.split("."):
        if isinstance(data, list):
            data = {entry.get("id"): entry for entry in data}.get(part) or data[int(part)]
        else:
            data = data[part]
    return data


def test_there_are_at_least_two_hundred_of_every_origin(cards):
    assert len(cards) >= 200
    origins = Counter(id.partition(".")[0] for id in cards)
    assert origins["item"] == len(framework.ITEMS)
    assert origins["rule"] >= 2 * (len(RULES) - 2)
    assert origins["asked"] >= 80
    assert origins["exercise"] >= 100
    assert all(origins[slug] >= 30 for slug in discover())


def test_ids_are_unique_and_no_question_is_asked_twice(cards):
    made = [card for slug in discover() for card in case_cards(load_case(slug))]
    made += [*lesson_cards(), *exercise_cards(), *rule_cards()]
    assert not [id for id, n in Counter(card.id for card in made).items() if n > 1]
    assert not [
        front for front, n in Counter(card.front for card in cards.values()).items() if n > 1
    ]
    assert all(re.fullmatch(r"[\w.\- ]+", id) for id in cards)


def test_ids_do_not_depend_on_the_text():
    case = load_case("fraud_detection")
    facts = [fact.model_copy(update={"answer": "Another."}) for fact in case.spec.facts]
    other = case.__class__(case.slug, case.folder, case.spec.model_copy(update={"facts": facts}))
    assert [card.id for card in case_cards(other)] == [card.id for card in case_cards(case)]


def test_each_asks_one_thing_and_answers_shortly(cards):
    for card in cards.values():
        assert len(card.front) >= 20, card
        assert card.front.rstrip('"”)').endswith(("?", ".")), card
        assert card.back.strip(), card
        assert len(card.back) <= LONGEST_BACK + 120, card
        assert not re.search(r"\*\w|\n", re.sub("`[^`]*`", "", card.front + card.back)), card


def test_no_answer_only_repeats_its_question(cards):
    for card in cards.values():
        new = words(card.back) - words(card.front)
        assert new or re.search(r"\d|[·×−=]", card.back), card
        assert card.back.casefold().rstrip(".") not in card.front.casefold()


def test_a_card_of_a_case_names_it(cards):
    titles = {slug: load_case(slug).title.casefold() for slug in discover()}
    for card in cards.values():
        assert not card.case or titles[card.case] in card.front.casefold(), card


def test_stage_and_items_are_of_the_framework(cards):
    for card in cards.values():
        assert card.stage in framework.STAGE_NAMES
        assert set(card.items) <= set(framework.ITEMS)
        assert not any(" " in tag for tag in card.tags)


def test_every_source_is_really_there(cards):
    by_file = sorted(cards.values(), key=lambda card: card.source.path)
    for _, group in groupby(by_file, key=lambda card: card.source.path):
        of_file = list(group)
        path = of_file[0].source.locate()
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            ids = {cell["id"] for cell in json.loads(text)["cells"]}
            assert {card.source.cell for card in of_file} <= ids, path
        elif path.suffix == ".yaml":
            data = yaml.safe_load(text)
            assert all(at_key(data, card.source.key) for card in of_file)
        else:
            assert all(f'"{card.source.key}"' in text for card in of_file), path


def test_a_source_that_is_gone_is_said():
    with pytest.raises(UserError, match=r"gone\.ipynb: is not there"):
        Source("notebooks/gone.ipynb", cell="a").locate()


def test_an_estimate_s_figures_are_the_case_s(cards):
    case = load_case("fraud_detection")
    card = cards["fraud_detection.estimate.frauds_per_day"]
    wanted = case.spec.estimates[0].value(case.spec.scale).magnitude
    said = float(re.search(r"About ([\d,.]+)", card.back)[1].replace(",", ""))
    assert said == pytest.approx(wanted, rel=0.05)
    assert "fraud rate 0.004" in card.front
    assert "payments × fraud rate / peak to mean" in card.back


def test_an_answer_on_a_lesson_is_the_lesson_s(cards):
    card = cards["asked.02_data.c095.2"]
    assert card.back == "When two frequent values meet; rare ones hardly matter."
    assert card.source.link == "notebooks/02_data.ipynb#cell-id=c095"


def test_wording_speaks_of_what_is_there(cards):
    exercises = all_exercises()
    assert set(wording().formulas) | set(wording().choices) <= set(exercises)
    for key, front in wording().asked.items():
        assert (f"asked.{key.replace('/', '.')}" in cards) == (front is not None), key
    facts = {fact.id for slug in discover() for fact in load_case(slug).spec.facts}
    assert set(wording().topics) <= facts
    for id, formula in wording().formulas.items():
        assert max(formula.hints) < len(exercises[id].hints)


def test_selection_by_case_and_stage(cards):
    chosen = select(cards, "fraud_detection", "scaling")
    assert len(chosen) >= 5
    assert {(card.case, card.stage) for card in chosen.values()} == {("fraud_detection", "scaling")}
    with pytest.raises(UserError, match="did you mean 'fraud_detection'"):
        select(cards, "fraud_detecton")
    with pytest.raises(UserError, match="scalling"):
        select(cards, None, "scalling")


def test_a_learner_s_copy_gives_the_same_cards(cards, tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "_folder", lambda: tmp_path / "cache")
    make_workbook(tmp_path / "book")
    monkeypatch.chdir(tmp_path / "book")
    own = all_cards()
    assert own is not cards
    assert {id: (card.front, card.back) for id, card in own.items()} == {
        id: (card.front, card.back) for id, card in cards.items()
    }


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Yes (as in the table). No.", "Yes. No."),
        ("Shown: twice. It holds.", "It holds."),
        ("It stays below 99 %.", "It stays below 99 %."),
        (f"{'Word ' * 60}end. {'More ' * 40}end.", f"{'Word ' * 60}end."),
    ],
)
def test_a_long_answer_ends_with_a_sentence(text, kept):
    assert short(text) == kept


def test_text_is_escaped_in_html():
    assert as_html("<script>x</script> `a<b`") == (
        "&lt;script&gt;x&lt;/script&gt; <code>a&lt;b</code>"
    )
