"""`mlsd drill` as a learner meets it: from a pipe, and under a pseudo-terminal."""

import os
import re
import subprocess
import sys

import pexpect
import pytest

from mlsd_kit.content import init
from mlsd_kit.practice.drills import (
    DrillResult,
    drill_results,
    drill_table,
    estimation_task,
    flaw_task,
    keep_result,
    metric_task,
)
from mlsd_kit.practice.drills.flaws import label
from mlsd_kit.practice.interview.places import places
from mlsd_kit.practice.record.history import History

ASKS_WHERE = re.escape("\x1b[6n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A learner's folder."""
    folder = tmp_path_factory.mktemp("learner")
    init(folder)
    return folder


@pytest.fixture
def history(folder):
    """The learner's history, empty."""
    kept = History(folder / ".mlsd" / "interviews.sqlite")
    for file in kept.path.parent.glob(f"{kept.path.name}*"):
        file.unlink()
    return kept


@pytest.fixture
def drill(folder, history):
    """Run `mlsd drill` with lines on its standard input; what it printed."""

    def run(*args, lines=(), code=0):
        command = [sys.executable, "-m", "mlsd_kit", "drill", *map(str, args)]
        done = subprocess.run(
            command, cwd=folder, input="".join(f"{line}\n" for line in lines),
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    return run


def answer_of(task):
    return task.worked()[-1].rpartition("= ")[2]


def test_estimates_from_a_pipe(drill, history):
    first, second = (estimation_task(3, number) for number in (0, 1))
    lines = ["what?", f"1 {first.estimate.unit}", answer_of(first), answer_of(second), "/skip"]
    printed = drill("estimate", "--seed", 3, "--count", 3, lines=lines)
    assert first.situation.split(".")[0] in printed
    assert "I cannot read that" in printed
    assert printed.count("Right: about") == 2
    assert "1 of 2 right" in printed
    assert "1 skipped." in printed
    kept = drill_results(history)
    assert [(r.drill, r.task, r.seed, r.number) for r in kept] == [
        ("estimate", estimation_task(3, number).template, 3, number) for number in range(2)
    ]
    assert kept[0].score < 1
    assert kept[0].data["answer"].startswith("1 ")
    assert kept[1].score == 1


def test_metrics_from_a_pipe(drill, history):
    tasks = [metric_task(5, number, "fraud_detection") for number in range(2)]
    right = [[name for name, is_right, _ in task.why() if is_right] for task in tasks]
    printed = drill(
        "metric", "--seed", 5, "--count", 2, "--case", "fraud_detection",
        lines=["nonsense", ", ".join(right[0]), "1 2 3 4"],
    )  # fmt: skip
    assert "'nonsense' is none of the options" in printed
    assert "Right." in printed
    assert "Not " in printed
    assert [result.score >= 1 for result in drill_results(history)] == [True, False]


def test_skipped_ones_are_not_counted_as_wrong(drill, history):
    right = [name for name, is_right, _ in metric_task(5, 0).why() if is_right]
    printed = drill("metric", "--seed", 5, "--count", 3, lines=[", ".join(right), "/skip", "/skip"])
    assert "1 of 1 right, mean score 1.00; 2 skipped." in printed
    assert printed.count("Skipped; it does not count.") == 2
    assert [result.number for result in drill_results(history)] == [0]
    assert "\n1 skipped." in drill("flaw", "--seed", 5, "--count", 1, lines=["/skip"])
    assert len(drill_results(history)) == 1


def test_flaws_from_a_pipe_by_choosing_and_by_words(drill, history, folder):
    tasks = [flaw_task(2, number, "fraud_detection") for number in range(2)]
    place = [places(task.findings[0].where, task.design)[0] for task in tasks]
    flaw = label(tasks[0].findings[0].rule)
    words = f"{place[1]}: [red]it is too beautiful to be true"
    printed = drill(
        "flaw", "--seed", 2, "--count", 2, "--case", "fraud_detection",
        lines=["somewhere", place[0], flaw, words, "1"],
    )  # fmt: skip
    assert "Name one of: checkout" in printed
    assert "Right: place and flaw." in printed
    assert (folder / ".mlsd" / "flaw.svg").read_text(encoding="utf-8").startswith("<svg")
    first, second = drill_results(history)
    assert first.score == 1
    assert second.data["answer"] == words


def test_a_flawed_design_is_a_short_list_and_the_yaml_is_shown_on_demand(drill):
    task = flaw_task(2, 0, "fraud_detection")
    options = ("flaw", "--seed", 2, "--count", 1, "--case", "fraud_detection")
    short = drill(*options, lines=["/quit"])
    assert len(short.splitlines()) < 45
    assert "/yaml shows the whole design" in short
    assert "windows: feature_store, " in short
    assert task.yaml not in short
    assert task.yaml in drill(*options, lines=["/yaml", "/quit"])


@pytest.mark.slow
def test_requirements_from_a_pipe(drill, history):
    printed = drill(
        "requirements", "--case", "ctr_prediction", "--seed", 1,
        lines=["how many ads are there in total?", "tell me all", "[bold]?", "/done"],
    )  # fmt: skip
    assert "100,000 eligible ads" in printed
    assert "1 facts brought out" not in printed
    assert "1 fact brought out, 2 questions turned back" in printed
    assert "A good order:" in printed
    [result] = drill_results(history)
    assert result.data["told"] == ["candidates"]
    assert result.data["turned_back"] == 2


def test_the_end_of_the_input_ends_the_drill_and_keeps_nothing_more(drill, history):
    assert "of 5" in drill("estimate", "--seed", 1)
    assert drill_results(history) == []


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["metric", "--case", "fraud_detecton"], "did you mean 'fraud_detection'?"),
        (["estimate", "--count", "0"], "0 is not in the range"),
        (["flaw", "--seed", "x"], "'x' is not a valid integer"),
    ],
)
def test_a_mistake_is_told(drill, args, says):
    assert says in drill(*args, code=2)


def test_results_are_only_added(history):
    for score in (0.0, 1.0, 0.5):
        keep_result(DrillResult("metric", "one", "", 1, 0, score, 2.0, {"answer": ["a"]}), history)
    assert [result.score for result in drill_results(history)] == [0.0, 1.0, 0.5]
    table = drill_table(history)
    assert table.loc["metric", ["tasks", "right", "mean score"]].tolist() == [3, 1, 0.5]
    assert table.loc["flaw", "tasks"] == 0


class Terminal:
    """A command under a pseudo-terminal that says where its cursor is."""

    def __init__(self, folder, *command):
        env = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
        self.child = pexpect.spawn(
            sys.executable, list(command), cwd=str(folder), encoding="utf-8", timeout=60,
            dimensions=(50, 160), env=env | {"TERM": "xterm-256color"},
        )  # fmt: skip

    def prompted(self):
        self.child.expect(ASKS_WHERE)
        before = self.child.before
        self.child.send("\x1b[10;1R")
        return before

    def type(self, line):
        self.child.send(f"{line}\r")
        return self.prompted()


@pytest.mark.slow
def test_estimates_under_a_pseudo_terminal(folder, history):
    terminal = Terminal(
        folder, "-m", "mlsd_kit", "drill", "estimate", "--seed", "3", "--count", "2"
    )
    task = estimation_task(3, 0)
    assert "1 of 2" in terminal.prompted()
    printed = terminal.type(answer_of(task))
    assert "Right: about" in printed
    assert "2 of 2" in printed
    terminal.child.send("/quit\r")
    terminal.child.expect("1 of 1 right")
    terminal.child.expect(pexpect.EOF)
    assert [result.score for result in drill_results(history)] == [1]


CLOCK = """
import time
from mlsd_kit.practice.drills.lines import TimeUp, reader
end = time.monotonic() + 2
read = reader()
print("first", repr(read("> ", lambda: end - time.monotonic())))
try:
    read("> ", lambda: end - time.monotonic())
except TimeUp:
    print("time is up")
print("then", repr(read("> ")))
"""


@pytest.mark.slow
def test_the_clock_ends_a_line_that_is_being_typed(tmp_path):
    terminal = Terminal(tmp_path, "-c", CLOCK)
    terminal.prompted()
    terminal.child.expect(r"0:0\d left")
    assert "first 'a question'" in terminal.type("a question")
    terminal.child.send("half a")
    assert "time is up" in terminal.prompted()
    terminal.child.send("whole\r")
    terminal.child.expect("then 'whole'")
    terminal.child.expect(pexpect.EOF)
