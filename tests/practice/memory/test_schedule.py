"""The schedule is FSRS's: known intervals, the order of the ratings, times in UTC."""

import random
from datetime import UTC, datetime, timedelta

import fsrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.practice.memory.schedule import Learned, forecast, recall, review, utc, words

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def after(ratings, start=NOON):
    """What is known after ratings, each given when the card was due; with the intervals."""
    learned, at, spans = None, start, []
    for rating in ratings:
        learned = review(learned, rating, at)
        spans.append(learned.due - at)
        at = learned.due
    return learned, spans


def test_a_new_card_comes_again_within_minutes_or_after_eight_days():
    spans = forecast(None, NOON)
    assert spans == {
        1: timedelta(minutes=1),
        2: timedelta(minutes=5.5),
        3: timedelta(minutes=10),
        4: timedelta(days=8),
    }


def test_the_intervals_of_a_long_history_are_those_that_fsrs_publishes():
    _, spans = after([3, 3, 3, 3, 3, 3, 1, 1, 3, 3, 3, 3, 3])
    assert [span.days for span in spans] == [0, 2, 11, 46, 163, 498, 0, 0, 2, 4, 7, 12, 21]


def test_states_are_fsrs_s_own():
    card, at = fsrs.Card(card_id=0, due=NOON), NOON
    scheduler, learned = fsrs.Scheduler(enable_fuzzing=False), None
    for rating in (3, 3, 2, 4, 1, 3):
        card, _ = scheduler.review_card(card, fsrs.Rating(rating), at)
        learned = review(learned, rating, at)
        at = card.due + timedelta(hours=3)
    assert fsrs.Card.from_json(learned.state) == card


def test_forgetting_makes_a_known_card_young_again():
    learned, _ = after([4])
    assert not learned.young
    forgotten = review(learned, 1, learned.due)
    assert forgotten.young
    assert forgotten.stability < learned.stability


@given(st.lists(st.integers(1, 4), max_size=6), st.integers(0, 60))
def test_a_better_rating_never_comes_sooner(ratings, late):
    learned, _ = after(ratings) if ratings else (None, [])
    at = (learned.due if learned else NOON) + timedelta(days=late)
    spans = forecast(learned, at)
    assert spans[1] <= spans[2] <= spans[3] <= spans[4]
    assert spans[1] > timedelta(0)


def test_spread_keeps_cards_of_one_day_apart():
    known, _ = after([4, 3])
    plain = (review(known, 3, known.due).due - known.due).days
    cards = map(str, range(60))
    spread = {(review(known, 3, known.due, spread=id).due - known.due).days for id in cards}
    assert len(spread) > 1
    assert all(abs(days - plain) <= 0.2 * plain for days in spread)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=5), st.text(min_size=1, max_size=9))
def test_what_a_rating_is_said_to_bring_is_what_it_brings(ratings, card):
    known, _ = after(ratings)
    later = known.due + timedelta(minutes=2)
    spans = forecast(known, known.due, spread=card)
    for rating, span in spans.items():
        assert review(known, rating, later, spread=card).due - later == span
    assert list(spans.values()) == sorted(spans.values())


def test_the_schedule_leaves_the_learner_s_chance_alone():
    random.seed(3)
    wanted = random.random()
    random.seed(3)
    forecast(None, NOON, spread="one")
    assert random.random() == wanted


def test_recall_falls_to_ninety_per_cent_at_the_due_day():
    learned, _ = after([4])
    assert recall(learned, NOON) == 1.0
    assert recall(learned, learned.due) == pytest.approx(0.9, abs=0.01)


def test_times_are_in_utc_and_survive_being_kept():
    learned = review(None, 4, utc(1_700_000_000.5))
    assert learned.due.utcoffset() == timedelta(0)
    assert Learned(learned.state).due == utc(1_700_000_000.5) + timedelta(days=8)


def test_a_clock_that_was_set_back_is_no_error():
    learned, _ = after([4])
    assert review(learned, 3, NOON - timedelta(days=3)).due > NOON


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=20), "1 min"),
        (timedelta(minutes=90), "2 h"),
        (timedelta(hours=23, minutes=50), "1 day"),
        (timedelta(days=59), "59 days"),
        (timedelta(days=365), "12 months"),
    ],
)
def test_spans_in_words(span, said):
    assert words(span) == said
