"""The cards in a terminal: lines from a pipe, a pseudo-terminal, and a kill in the middle."""

import io
import signal
import subprocess
import sys

import pexpect
import pytest
from click.testing import CliRunner
from rich.console import Console

from mlsd_kit.cli_review import review
from mlsd_kit.errors import MissingExtra
from mlsd_kit.practice.memory.log import ReviewLog
from mlsd_kit.practice.memory.session import Sitting
from mlsd_kit.practice.memory.terminal import Terminal
from mlsd_kit.practice.record import history
from mlsd_kit.practice.record.history import History
from tests.practice.memory.few_cards import make_card


@pytest.fixture
def play(few, log, clock):
    """Play with typed lines; what was printed, and the sitting."""

    def with_lines(*lines, cards=few, **options):
        typed, printed = iter(lines), io.StringIO()

        def read():
            try:
                return next(typed)
            except StopIteration:
                raise EOFError from None

        sitting = Sitting(cards, log, clock=clock, **options)
        Terminal(sitting, read, Console(file=printed, width=100, color_system=None)).play()
        return printed.getvalue(), sitting

    return with_lines


def kept(folder):
    return ReviewLog(History(folder / ".mlsd" / "interviews.sqlite")).reviews()


def test_enter_shows_the_answer_and_a_number_rates_it(play, log):
    printed, sitting = play("", "4", "q", new=3)
    assert sitting.rated == 1
    before, _, rest = printed.partition("Two.")
    assert "3 new" in before
    assert "What is" in before
    assert "from notebooks/02_data.ipynb#cell-id=c019" in rest
    assert "1 again (1 min)  2 hard (6 min)  3 good (10 min)  4 easy (8 days)" in rest
    assert "Comes next in 8 days." in rest
    assert "1 card rated, all kept. The next is due in 8 days." in rest
    assert len(log.reviews()) == 1


def test_anything_else_is_asked_for_again(play):
    printed, sitting = play("", "5", "good", "", "3", "q")
    assert printed.count("Type 1, 2, 3 or 4; q leaves.") == 3
    assert sitting.rated == 1


@pytest.mark.parametrize("lines", [("q",), ("", "q"), (), ("",)])
def test_leaving_before_a_rating_rates_nothing(play, log, lines):
    printed, _ = play(*lines)
    assert "0 cards rated, all kept." in printed
    assert log.reviews().empty


def test_the_end_says_what_comes(play):
    printed, _ = play(*[""] * 9, "4", new=0)
    assert "0 due, up to 0 new" in printed
    printed, _ = play("", "4", "", "4", "", "4", new=3)
    assert "3 cards rated, all kept. The next is due in 8 days. More new ones" in printed


def test_markup_is_shown_as_text(play):
    printed, _ = play("", "q", cards={"x": make_card("x", "[bold]<b>[/nope]?", "[red]`a`")})
    assert "[bold]<b>[/nope]?" in printed
    assert "[red]`a`" in printed


def test_the_command_reads_a_pipe(folder, command, environment):
    done = subprocess.run(
        [*command, "--case", "fraud_detection", "--stage", "scaling", "--new", "2"],
        input="\n3\n\n4\n", cwd=folder, env=environment, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Fraud detection") >= 2
    assert "2 cards rated, all kept." in done.stdout
    assert list(kept(folder)["rating"]) == [3, 4]
    stats = subprocess.run(
        [*command, "--stats"], cwd=folder, env=environment, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert "scaling" in stats.stdout
    assert "cards due" in stats.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--case", "fraud_detecton"], "did you mean 'fraud_detection'"),
        (["--anki", "cards.txt"], "cards.txt: Anki imports a file that ends in .apkg"),
    ],
)
def test_a_mistake_is_one_line(folder, command, environment, args, message):
    done = subprocess.run(
        [*command, *args], cwd=folder, env=environment, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_fsrs_the_install_command_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "fsrs", None)
    monkeypatch.setattr(history, "history_file", lambda: tmp_path / "reviews.sqlite")
    done = CliRunner().invoke(review, ["--stats"])
    assert isinstance(done.exception, MissingExtra)
    assert str(done.exception) == (
        "fsrs is not installed; install it with: pip install 'mlsd-kit[review]'"
    )
    assert not list(tmp_path.iterdir())


def test_in_a_terminal_a_kill_keeps_what_was_rated(folder, command, environment):
    environment = {**environment, "TERM": "xterm"}
    first, *rest = [*command, "--new", "5"]
    child = pexpect.spawn(
        first, rest, cwd=str(folder), env=environment, encoding="utf-8", timeout=300
    )
    for rating in "34":
        child.expect("Enter > ")
        child.send("\r")
        child.expect(r"4 easy \(.*\) > ")
        child.send(f"{rating}\r")
        child.expect("Comes next in ")
    child.expect("Enter > ")
    child.kill(signal.SIGKILL)
    child.expect(pexpect.EOF)
    child.close()
    assert child.signalstatus == signal.SIGKILL
    assert list(kept(folder)["rating"]) == [3, 4]
    again = pexpect.spawn(
        first, rest, cwd=str(folder), env=environment, encoding="utf-8", timeout=300
    )
    again.expect("Enter > ")
    again.send("\x03")
    again.expect("0 cards rated, all kept.")
    again.expect(pexpect.EOF)
    again.close()
    assert again.exitstatus == 0
