"""Transcripts of known quality: their scores are in order, and the same each time."""

import functools
import itertools
from collections import Counter

import pytest

from mlsd_kit.cases import discover, load_case
from mlsd_kit.practice.grading.axes import AXES, GRADES
from mlsd_kit.practice.interview.annotate import dialogue_markdown
from mlsd_kit.practice.interview.transcript import load_transcript, replay

STRONG = ("strong", "strong_other_words", "strong_third")
MIXED = ("mixed", "mixed_second")
WEAK = ("weak", "keywords")
FILES = {
    slug: sorted((load_case(slug).folder / "transcripts").glob("*.yaml")) for slug in discover()
}
CASES = [slug for slug, files in FILES.items() if files]
EVERY = [(slug, path.stem) for slug in CASES for path in FILES[slug]]


@functools.cache
def replayed(slug, name):
    """A transcript's interview and its scorecard; each is replayed once."""
    played = replay(load_transcript(load_case(slug).folder / "transcripts" / f"{name}.yaml"))
    return played, played.interview.scorecard()


def scores(slug, names):
    return [replayed(slug, name)[1].score for case, name in EVERY if case == slug and name in names]


@pytest.mark.parametrize("slug", CASES)
def test_each_quality_is_there_and_scores_are_in_its_order(slug):
    by_quality = [scores(slug, names) for names in (STRONG, MIXED, WEAK, ("silent",))]
    assert all(by_quality)
    for better, worse in itertools.pairwise(by_quality):
        assert min(better) > max(worse)
    assert scores(slug, ("strong",)) == [max(by_quality[0])]


@pytest.mark.parametrize(("slug", "name"), EVERY)
def test_a_grade_fits_the_quality(slug, name):
    card = replayed(slug, name)[1]
    if name in STRONG:
        assert card.grade in GRADES[2:]
    elif name in MIXED:
        assert 0.3 <= card.score < 0.5
        assert card.signal in ("below junior", "junior")
    else:
        assert card.score < 0.3
        assert card.signal == "below junior"
    if name == "strong":
        assert card.signal in ("senior", "staff")


@pytest.mark.parametrize("slug", CASES)
def test_a_list_of_terms_is_strong_on_no_axis(slug):
    card = replayed(slug, "keywords")[1]
    weak = [axis.name for axis in card.axes if axis.grade in GRADES[:2]]
    assert weak == list(AXES)
    assert not [item for item in card.items if item.heard == "reasoned"]


@pytest.mark.parametrize(("slug", "name"), EVERY)
def test_a_sentence_shows_two_items_at_most(slug, name):
    items = replayed(slug, name)[1].items
    heard = Counter(i.sentence for i in items if i.heard in ("reasoned", "named"))
    assert max(heard.values(), default=0) <= 2


@pytest.mark.parametrize(
    ("slug", "name", "item", "about_something_else"),
    [
        ("ctr_prediction", "strong_other_words", "imbalance", "hand the time out in slices"),
        ("ctr_prediction", "strong_other_words", "budgeted_search", "hand the time out in slices"),
        ("ctr_prediction", "strong_other_words", "monitoring", "Shuffling rows"),
        ("ctr_prediction", "strong_other_words", "holdout_bundle", "Shuffling rows"),
        ("fraud_detection", "strong_other_words", "costs", "My cure is a lottery"),
        ("fraud_detection", "strong_other_words", "imbalance", "My cure is a lottery"),
        ("fraud_detection", "strong_other_words", "capacity", "short version"),
        ("fraud_detection", "strong", "fallback", "To sum up"),
        ("recommendation", "strong_other_words", "stale_lists", "A cheap sieve"),
        ("recommendation", "strong_other_words", "selection", "A cheap sieve"),
        ("recommendation", "strong_other_words", "split", "a handful of strengths"),
        ("recommendation", "strong_other_words", "partitions", "before anything is handed out"),
        ("recommendation", "strong_third", "batch_or_online", "how streams are distributed"),
        ("search_ranking", "strong_other_words", "cache", "dead ends"),
        ("search_ranking", "strong_other_words", "ndcg", "dead ends"),
        ("search_ranking", "strong_other_words", "interleaving", "dozes off"),
        ("search_ranking", "strong_other_words", "unbiased", "flip a coin"),
    ],
)
def test_a_sentence_about_something_else_does_not_earn_an_item(
    slug, name, item, about_something_else
):
    found = [s for s in replayed(slug, name)[1].items if s.id == item]
    assert found
    assert not [s for s in found if s.worth > 0.1 and about_something_else in s.sentence]


@pytest.mark.parametrize("slug", CASES)
def test_a_second_replay_gives_an_equal_scorecard(slug):
    played, card = replayed(slug, "mixed")
    again = replay(played.transcript)
    assert again.interview.scorecard() == card
    assert again.interview.record.events() == played.interview.record.events()


@pytest.mark.parametrize(("slug", "name"), EVERY)
def test_a_transcript_says_what_it_is_and_every_turn_is_answered(slug, name):
    played, _ = replayed(slug, name)
    transcript = played.transcript
    assert (transcript.case, transcript.level) == (slug, "senior")
    assert transcript.about
    assert transcript.turns[-1].finish
    for turn, reply in zip(transcript.turns, played.replies, strict=True):
        assert reply.text or turn.note
        assert "There is no" not in reply.text
        assert "I cannot read" not in reply.text
    assert dialogue_markdown(played).count("Candidate:**") == len(transcript.turns)
