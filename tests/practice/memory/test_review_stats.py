"""The days of the statistics are the learner's own."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from mlsd_kit.practice.memory.schedule import review
from mlsd_kit.practice.memory.stats import due_by_day, kept_share

TOKYO = timezone(timedelta(hours=9))
EVENING = datetime(2026, 3, 1, 20, tzinfo=UTC)
"""Five in the morning of the next day in Tokyo."""


@pytest.mark.parametrize(
    ("zone", "today", "due"),
    [(UTC, date(2026, 3, 1), date(2026, 3, 9)), (TOKYO, date(2026, 3, 2), date(2026, 3, 10))],
)
def test_cards_come_on_days_of_the_learner_s_zone(zone, today, due):
    learned = {"one": review(None, 4, EVENING)}
    coming = due_by_day(learned, EVENING.astimezone(zone), days=10)
    assert coming.index[0] == today
    assert list(coming[coming > 0].index) == [due]


def test_a_review_after_midnight_is_one_of_a_later_day(log):
    log.add("one", 3, (EVENING - timedelta(hours=6)).timestamp())
    log.add("one", 3, EVENING.timestamp())
    assert kept_share(log)[0] == 0
    assert kept_share(log, TOKYO) == (1, 1.0)
