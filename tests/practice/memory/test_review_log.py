"""Nothing that was rated is lost: two writers, a process that is killed, an unwritable file."""

import signal
import sqlite3
import subprocess
import sys

import pytest

from mlsd_kit.errors import UserError
from mlsd_kit.practice.memory.log import ReviewLog
from mlsd_kit.practice.memory.schedule import review, utc
from mlsd_kit.practice.memory.session import Sitting
from mlsd_kit.practice.record.events import Event
from mlsd_kit.practice.record.history import History

WRITER = """
import sys
from pathlib import Path
from mlsd_kit.practice.memory.log import ReviewLog
from mlsd_kit.practice.record.history import History
path, name, count = sys.argv[1:]
log = ReviewLog(History(Path(path)), spread=False)
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(count)):
    log.add(f"{name}{number}", 3, 1_700_000_000 + number)
    log.add("both", 1 + number % 4, 1_700_000_000 + number)
    print(number, flush=True)
"""


def writer(path, name, count, environment):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def go(process):
    process.stdin.write("\n")
    process.stdin.flush()


def test_a_rating_is_kept_with_what_follows_from_it(log):
    first = log.add("a", 3, 1_700_000_000.0, took_s=4.5)
    second = log.add("a", 3, 1_700_000_700.0)
    assert ReviewLog(log.history).learned() == {"a": second}
    assert second == review(first, 3, utc(1_700_000_700.0))
    reviews = log.reviews()
    assert list(reviews["rating"]) == [3, 3]
    assert list(reviews["took_s"]) == [4.5, 0.0]
    assert str(reviews["at"].dt.tz) == "UTC"


def test_an_empty_log_says_nothing(log):
    assert log.learned() == {}
    assert log.reviews().empty


def test_it_lives_beside_the_interviews(log):
    record = log.history.new()
    record.append(Event(1.0, "started", {"case": "fraud_detection"}))
    log.add("a", 4, 1_700_000_000.0)
    assert list(log.history.interviews()) == [record.id]
    assert list(log.learned()) == ["a"]


def test_two_processes_lose_nothing_and_agree_on_a_card_of_both(log, environment):
    path, count = log.history.path, 15
    both = [writer(path, name, count, environment) for name in "ab"]
    for process in both:
        assert process.stdout.readline() == "ready\n"
    for process in both:
        go(process)
    for process in both:
        process.communicate(timeout=120)
        assert process.returncode == 0
    reviews = log.reviews()
    assert len(reviews) == 4 * count
    assert set(reviews["card"]) == {f"{name}{n}" for name in "ab" for n in range(count)} | {"both"}
    shared, known = reviews[reviews["card"] == "both"], None
    for one in shared.itertuples():
        known = review(known, one.rating, one.at.to_pydatetime())
    assert log.learned()["both"].values == pytest.approx(known.values)


def test_a_kill_loses_nothing_that_was_answered(log, environment):
    process = writer(log.history.path, "k", 100_000, environment)
    assert process.stdout.readline() == "ready\n"
    go(process)
    said = [process.stdout.readline() for _ in range(12)]
    process.send_signal(signal.SIGKILL)
    said += process.stdout.read().splitlines()
    process.wait()
    assert process.returncode == -signal.SIGKILL
    kept = set(log.reviews()["card"])
    assert {f"k{number}" for number in range(len([line for line in said if line.strip()]))} <= kept
    with sqlite3.connect(log.history.path) as db:
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)
        assert db.execute("pragma journal_mode").fetchone() == ("wal",)
    log.add("after", 3, 1_700_000_000.0)
    assert "after" in log.learned()


def test_a_file_that_cannot_be_written_is_said_in_a_line(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UserError, match="cannot be kept here"):
        ReviewLog(History(tmp_path / "file" / "reviews.sqlite")).add("a", 3, 1.0)


def test_due_cards_come_first_the_oldest_before_the_others(few, log, clock):
    log.add("two", 4, clock() - 30 * 86400)
    log.add("three", 4, clock() - 20 * 86400)
    sitting = Sitting(few, log, new=1, clock=clock)
    assert sitting.left() == (2, 1)
    shown = []
    while card := sitting.next():
        shown.append(card.id)
        sitting.rate(card, 4)
    assert shown == ["two", "three", "one"]
    assert sitting.left() == (0, 0)


def test_new_cards_and_ratings_are_limited(few, log, clock):
    sitting = Sitting(few, log, new=2, clock=clock)
    while card := sitting.next():
        sitting.rate(card, 4)
    assert sitting.rated == 2
    assert Sitting(few, log, new=0, clock=clock).next() is None
    assert Sitting(few, log, limit=1, clock=clock).next()
    one = Sitting(few, log, limit=1, clock=clock)
    one.rate(one.next(), 3)
    assert one.next() is None


def test_the_preview_is_what_the_schedule_keeps(few, tmp_path, clock):
    log = ReviewLog(History(tmp_path / "spread.sqlite"))
    sitting = Sitting(few, log, clock=clock)
    for _ in range(4):
        card = sitting.next()
        spans = sitting.intervals(card)
        clock.wait(3)
        assert sitting.rate(card, 4) == spans[4]
        clock.wait(spans[4].total_seconds())


def test_a_forgotten_card_comes_again_in_the_same_sitting(few, log, clock):
    sitting = Sitting({"one": few["one"]}, log, clock=clock)
    assert sitting.rate(sitting.next(), 1).total_seconds() == 60
    assert sitting.next() is None
    assert sitting.next_due().total_seconds() == 60
    clock.wait(61)
    assert sitting.next().id == "one"


def test_the_time_of_an_answer_is_kept(few, log, clock):
    sitting = Sitting(few, log, clock=clock)
    card = sitting.next()
    clock.wait(7)
    assert sitting.next() == card
    sitting.rate(card, 3)
    assert list(log.reviews()["took_s"]) == [7.0]


def test_cards_that_are_gone_do_not_come_up(few, log, clock):
    log.add("gone", 3, clock() - 86400)
    sitting = Sitting(few, log, new=0, clock=clock)
    assert sitting.left() == (0, 0)
    assert sitting.next() is None
