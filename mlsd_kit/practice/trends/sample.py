"""A sample of a history: transcripts that are replayed as if on some days, and made-up reviews."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from mlsd_kit.cases import load_case
from mlsd_kit.practice.exercises import all_exercises
from mlsd_kit.practice.interview.transcript import load_transcript, replay
from mlsd_kit.practice.memory.cards import all_cards
from mlsd_kit.practice.memory.log import ReviewLog
from mlsd_kit.practice.memory.session import Sitting
from mlsd_kit.practice.progress import ATTEMPT, SEEN, Progress
from mlsd_kit.practice.questions import WordMatcher
from mlsd_kit.practice.record.events import Event
from mlsd_kit.practice.record.history import History
from mlsd_kit.practice.trends.learner import Learner

NOW = datetime(2026, 10, 5, 18, 0, tzinfo=UTC)
QUALITIES = ("weak", "mixed", "strong")
"""Transcripts of a case, in the order in which a learner gets better."""
EVERY = timedelta(days=5)
DAYS, NEW_A_DAY = 10, 5
"""Of the reviews."""
DONE = 0.4
"""Share of the exercises that were tried."""


def sample_learner(cases: Sequence[str]) -> Learner:
    """The records of a learner who is not there; the same every time.

    Args:
        cases: whose transcripts ``weak``, ``mixed`` and ``strong`` are replayed, case by case.

    Raises:
        UserError: when a case or a transcript of it is not there.
    """
    folder = TemporaryDirectory(prefix="mlsd-sample-")
    log = ReviewLog(History(Path(folder.name, "interviews.sqlite")), spread=False)
    progress = Progress(Path(folder.name, "progress.sqlite"))
    _review(log)
    _practise(progress)
    return Learner(_interviews(cases), log, progress, NOW, sample=True, folder=folder)


def _interviews(cases: Sequence[str]) -> dict[str, list[Event]]:
    found = {slug: load_case(slug) for slug in cases}
    # Seconds quicker than the best matcher, and the same whatever is installed.
    matchers = {slug: WordMatcher(case.spec.facts) for slug, case in found.items()}
    plan = [(quality, slug) for quality in QUALITIES for slug in cases]
    begun = NOW - EVERY * len(plan)
    played = {}
    for number, (quality, slug) in enumerate(plan):
        transcript = load_transcript(found[slug].folder / "transcripts" / f"{quality}.yaml")
        events = replay(transcript, matchers[slug]).interview.record.events()
        start = (begun + number * EVERY).timestamp()
        played[f"{slug}-{quality}"] = [replace(event, at=start + event.at) for event in events]
    return played


def _review(log: ReviewLog) -> None:
    """Some cards on each of the last days, rated by a rule that looks like chance."""
    cards = {id: card for id, card in all_cards().items() if not card.case}
    for day in range(DAYS, 0, -1):
        clock = _Clock((NOW - timedelta(days=day)).timestamp())
        sitting = Sitting(cards, log, new=NEW_A_DAY, clock=clock)
        while card := sitting.next():
            clock.now += 15
            sitting.rate(card, _rating(card.id, day))


def _rating(card: str, day: int) -> int:
    drawn = hashlib.sha256(f"{card} {day}".encode()).digest()[0] / 256
    return 1 + sum(drawn >= bound for bound in (0.06, 0.2, 0.8))


def _practise(progress: Progress) -> None:
    """The first exercises, of which each fourth was not solved."""
    exercises = list(all_exercises().values())
    for number, exercise in enumerate(exercises[: round(DONE * len(exercises))]):
        progress.add(SEEN, exercise.items[0], exercise.stage)
        progress.add(ATTEMPT, exercise.id, exercise.stage, right=number % 4 != 3)


class _Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
