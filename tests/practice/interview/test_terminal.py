"""The interview in a terminal: by scripted lines, and whole under a pseudo-terminal."""

import io
import os
import re
import shutil
import signal
import sqlite3
import sys
import threading

import pexpect
import pytest
from rich.console import Console

from mlsd_kit.cases import load_case
from mlsd_kit.cli_practice import LEVELS
from mlsd_kit.content import content_root
from mlsd_kit.practice.interview import History, MemoryRecord, start_interview, state_of
from mlsd_kit.practice.interview.sitting import heartbeat, where_you_left
from mlsd_kit.practice.interview.terminal import COMMANDS, Terminal, clock_line
from mlsd_kit.practice.record import state
from mlsd_kit.practice.record.events import BEAT

SKETCH = ("ranker: ranker, 1 replica, 8 ms", "request: client -> ranker (timeout 60 ms)")


@pytest.fixture
def play(interview, tmp_path):
    """Play scripted lines; gives whether it was finished, and what was printed."""

    def run(*lines, end=EOFError):
        waiting = iter(lines)
        printed = io.StringIO()

        def read():
            try:
                return next(waiting)
            except StopIteration:
                raise end from None

        terminal = Terminal(interview, read, Console(file=printed, width=100), tmp_path)
        return terminal.play(), printed.getvalue()

    return run


def test_a_question_is_answered_and_an_answer_is_followed_up(play, interview):
    finished, printed = play("how many ads are there in total?", "", "I would rank by p times bid.")
    assert not finished
    assert "about 100,000 eligible ads" in printed
    assert interview.state.said["requirements"] == ["I would rank by p times bid."]
    assert printed.rstrip().endswith("the same command goes on from here.")


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt])
def test_ctrl_d_and_ctrl_c_leave_and_keep(play, interview, end):
    finished, printed = play("/note begin with the goal", end=end)
    assert not finished
    assert not interview.state.finished
    assert interview.state.notes == ("begin with the goal",)
    assert "The interview is kept" in printed


def test_stages_and_the_clock(play, interview, clock):
    clock.wait(125)
    _, printed = play("/clock", "/next", "/stage evaluation", "/stage nowhere", "/clock")
    assert "requirements: 2:05 of 8:00" in printed
    assert interview.state.stage == "evaluation"
    assert "There is no stage 'nowhere'" in printed
    assert "evaluation 0:00 of 6:00 | 42:55 left" in printed


def test_the_clock_says_by_how_much_it_is_over(interview, clock):
    clock.wait(46 * 60)
    assert clock_line(interview.state) == "requirements 46:00 of 8:00 | 1:00 over"


def test_estimates_are_listed_with_their_units_and_judged(play, interview):
    _, printed = play(
        "/estimates",
        "/estimate predictions_per_second",
        "/estimate predictions_per_second 4000 QPS x 250 = 1M predictions/s",
        "/estimate no_such_thing 5 GB",
    )
    assert "(in predictions/s)" in printed
    assert "Give a name and a value" in printed
    assert "Right: about 1 million predictions/s." in printed
    assert "There is no estimate 'no_such_thing'" in printed
    assert list(interview.state.estimates) == ["predictions_per_second"]


def test_a_design_is_typed_or_read_from_a_file(play, interview, tmp_path):
    file = tmp_path / "sketch.txt"
    file.write_text("\n".join(SKETCH), encoding="utf-8")
    _, printed = play(
        "/design", *SKETCH, ".", f"/design {file}", f"/design {tmp_path}", "/design x"
    )
    assert printed.count("I have doubts. ranker: ") == 2
    assert printed.count("there is no such file") == 2
    assert interview.state.design == "\n".join(SKETCH)


def test_a_design_that_is_cut_off_is_taken_as_far_as_it_came(play, interview):
    play("/design", *SKETCH)
    assert interview.state.design == "\n".join(SKETCH)


def test_a_wrong_line_of_a_design_is_typed_again_and_the_others_are_kept(play, interview):
    component, flow = SKETCH
    _, printed = play("/design", "", "ranker: rankr, 1 replica, 8 ms", flow, ".", component)
    assert "line 2: no kind 'rankr'; the nearest is 'ranker'" in printed
    assert "2 | ranker: rankr, 1 replica, 8 ms" in printed
    assert "Type line 2 again; the others are kept." in printed
    assert interview.state.design == "\n".join(["", *SKETCH])
    assert sum(event.kind == "proposed" for event in interview.record.events()) == 1


def test_what_the_schema_refuses_in_a_design_is_told_with_its_line_too(play, interview):
    component, flow = SKETCH
    wrong = "request: client -> ranker (timout 60 ms)"
    _, printed = play("/design", component, ".", wrong, ".", flow)
    assert "there is no flow yet" in printed
    assert f"2 | {wrong}" in printed
    assert "unknown key; the nearest valid key is 'timeout'" in printed
    assert interview.state.design == "\n".join(SKETCH)


def test_commands_in_a_design_are_no_lines_of_it(play, interview):
    component, flow = SKETCH
    _, printed = play(
        "/cancel", "/design", "nonsense", "/again", component, "/clock", "/nonsense", "/design",
        flow, ".", "/design", "more nonsense", "/cancel", "/design", ".",
    )  # fmt: skip
    assert "No design is being typed" in printed
    assert "45:00 left" in printed
    assert "There is no command '/nonsense'" in printed
    assert "Dropped." in printed
    assert "Nothing is drawn yet" in printed
    assert interview.state.design == "\n".join(SKETCH)
    assert sum(event.kind == "proposed" for event in interview.record.events()) == 1


@pytest.mark.parametrize("word", ["/quit", "/finish"])
def test_who_leaves_while_typing_a_design_proposes_what_is_there(play, interview, word):
    finished, _ = play("/design", *SKETCH, word)
    assert finished == (word == "/finish")
    assert interview.state.design == "\n".join(SKETCH)


def test_help_names_every_command_and_an_unknown_one_is_told(play):
    _, printed = play("/help", "/nonsense", "/note", "/deeper")
    assert all(name in printed for name in COMMANDS)
    assert "There is no command '/nonsense'" in printed
    assert "Give the note's text" in printed


def test_typed_markup_is_shown_as_text(play, interview, tmp_path):
    evil = "[bold red]x[/] <script>alert(1)</script> because a split by time leaks nothing"
    _, printed = play("/[bold]nonsense", "/stage data", evil, "/finish", "", "", "", "", "", "")
    assert "There is no command '/[bold]nonsense'" in printed
    assert interview.state.said["data"] == [evil]
    page = (tmp_path / "scorecard.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page


def test_finish_asks_for_ones_own_judgement_and_writes_the_scorecard(play, interview, tmp_path):
    answers = ("/stage data", "We split by time somehow.", "/stage evaluation", "log loss perhaps")
    finished, printed = play(*answers, "/finish", "splendid", "partly")
    assert finished
    assert interview.state.finished
    card = interview.scorecard()
    unclear = [item for item in card.items if item.heard == "unclear"]
    assert ("I am not sure about" in printed) == bool(unclear)
    assert len(interview.state.assessed) == min(1, len(unclear))
    assert ("One of missed, partly, met" in printed) == bool(unclear)
    assert all(
        name in printed for name in ("problem understanding", "scorecard.md", "scorecard.html")
    )
    assert card.title in (tmp_path / "scorecard.md").read_text(encoding="utf-8")


def test_the_heart_beats_while_a_line_is_waited_for(matcher, clock):
    beaten = threading.Event()

    class Record(MemoryRecord):
        def append(self, event):
            super().append(event)
            if event.kind == BEAT:
                beaten.set()

    interview = start_interview("ctr_prediction", record=Record(), matcher=matcher, clock=clock)
    clock.wait(20)
    with heartbeat(interview, every=0.01):
        assert beaten.wait(10)
    assert interview.state.elapsed == 20


def test_the_levels_of_the_command_are_those_of_the_engine():
    assert LEVELS == state.LEVELS


def test_who_comes_back_is_told_the_prompt_the_stage_and_the_clock(interview, clock):
    prompt = interview.case.spec.prompt
    clock.wait(65)
    told = list(where_you_left(interview, "", 0.0))
    assert told.count(prompt) == 1
    assert not told[-1].startswith(prompt)
    assert "requirements 1:05 of 8:00 | 43:55 left" in told
    interview.go_to("data")
    assert prompt in list(where_you_left(interview, "", 0.0))
    assert list(where_you_left(interview, "", 0.0))[-1].startswith("Tell me about the data")


# under a pseudo-terminal

CASE = "fraud_detection"
ASKS_WHERE = "\x1b[6n"
"""A terminal is asked where its cursor is; it answers."""
LONG_S = 120


@pytest.fixture
def folder(tmp_path):
    """A learner's folder with one case."""
    source = content_root() / "case_studies" / CASE
    shutil.copytree(source, tmp_path / "case_studies" / CASE)
    return tmp_path


class Sitting:
    """`mlsd` under a pseudo-terminal that says where its cursor is."""

    def __init__(self, folder, *args):
        self.child = pexpect.spawn(
            sys.executable, ["-m", "mlsd_kit", *args], cwd=str(folder), encoding="utf-8",
            timeout=LONG_S, dimensions=(50, 200), env=_environment() | {"TERM": "xterm-256color"},
        )  # fmt: skip

    def until(self, pattern):
        """Wait until something is printed; what came before it."""
        self.child.expect(pattern)
        return self.child.before

    def prompted(self):
        """Wait for the prompt, which asks where the cursor is, and answer."""
        before = self.until(re.escape(ASKS_WHERE))
        self.child.send("\x1b[10;1R")
        return before

    def type(self, *lines):
        """Type lines, each at its prompt; what was printed after the last."""
        for line in lines:
            self.child.send(f"{line}\r")
            printed = self.prompted()
        return printed

    def ended(self):
        """Wait for the end; the exit code and what was printed before it."""
        rest = self.child.read()
        self.child.close()
        return self.child.exitstatus, rest


def _environment():
    return {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}


def kept(folder):
    """The interviews in a learner's folder."""
    return History(folder / ".mlsd" / "interviews.sqlite").interviews()


def an_hour_ago(folder):
    """Let everything that is kept have happened an hour earlier."""
    with sqlite3.connect(folder / ".mlsd" / "interviews.sqlite") as db:
        db.execute("update interview_events set at = at - 3600")


def finished(sitting):
    """Skip what is to be judged by oneself, until the scorecard is written."""
    printed = ""
    while True:
        which = sitting.child.expect([re.escape(ASKS_WHERE), pexpect.EOF])
        printed += sitting.child.before
        if which == 1:
            return printed
        sitting.child.send("\x1b[10;1R")
        sitting.child.send("\r")


@pytest.mark.slow
def test_a_whole_interview_under_a_pseudo_terminal(folder):
    first = Sitting(folder, "practice", CASE, "--minutes", "30")
    assert "/help lists the commands" in first.prompted()
    first.until(r"requirements 0:\d\d of 5:20 \| 29:\d\d left")
    assert "2,000 payments a second" in first.type("how many payments are there per second?")
    estimate = "2000/s * 86400 s / 2 * 0.004 = 350,000 payments/day"
    assert "Right: about" in first.type(f"/estimate frauds_per_day {estimate}")
    first.type("I put a cost on both errors, because a blocked customer costs goodwill.")
    assert "Tell me about the data" in first.type("/next")
    first.child.send("/quit\r")
    first.until("the same command goes on from here")
    assert first.ended()[0] == 0

    an_hour_ago(folder)
    second = Sitting(folder, "practice", CASE, "--level", "staff")
    printed = second.prompted()
    assert "We go on where you left (senior, 30 minutes)." in printed
    assert "another level or length begins with --new" in printed
    assert "Tell me about the data" in printed
    assert re.search(r"requirements: [0-4]:\d\d of 5:20", second.type("/clock"))
    second.child.kill(signal.SIGKILL)
    second.ended()

    an_hour_ago(folder)
    third = Sitting(folder, "practice", CASE)
    assert "We go on where you left" in third.prompted()
    assert "I have doubts. ranker" in third.type("/design", *SKETCH, ".")
    third.type("[red]x[/red] <b>because</b>")
    third.child.send("/finish\r")
    printed = finished(third)
    assert "here is how you did" in printed
    assert "problem understanding" in printed
    assert third.ended()[0] == 0

    [(id, events)] = kept(folder).items()
    after = state_of(events)
    assert after.finished
    assert after.told
    assert list(after.estimates) == ["frauds_per_day"]
    assert after.said["data"] == ["[red]x[/red] <b>because</b>"]
    assert after.design == "\n".join(SKETCH)
    assert after.elapsed < 30 * 60
    assert sum(event.kind == "resumed" for event in events) == 2
    for suffix in ("md", "html"):
        page = (folder / ".mlsd" / f"scorecard-{CASE}-{id}.{suffix}").read_text(encoding="utf-8")
        assert load_case(CASE).title in page
        assert "<b>because</b>" not in page


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dumb", "unknown"])
def test_a_terminal_that_cannot_move_its_cursor_gets_a_plain_prompt_once(folder, name):
    child = pexpect.spawn(
        sys.executable, ["-m", "mlsd_kit", "practice", CASE], cwd=str(folder), encoding="utf-8",
        timeout=LONG_S, env=_environment() | {"TERM": name},
    )  # fmt: skip
    child.expect(r"requirements 0:\d\d of 8:00 \| 44:\d\d left > ")
    assert "\x1b[" not in child.before
    child.send("/note one\r")
    child.expect("Noted for yourself.")
    child.expect(" left > ")
    child.send("/quit\r")
    child.expect("the same command goes on from here")
    assert " left > " not in child.before
    child.expect(pexpect.EOF)


@pytest.mark.slow
def test_a_wrong_level_is_refused_before_anything_is_read(folder):
    code, printed = Sitting(folder, "practice", CASE, "--level", "boss").ended()
    assert code == 2
    assert "'boss' is not one of 'junior', 'senior', 'staff'" in printed
    assert "One moment" not in printed
    assert not (folder / ".mlsd").exists()
