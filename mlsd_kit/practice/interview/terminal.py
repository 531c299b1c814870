"""The interview in a terminal: a prompt with the clock, commands that begin with a slash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text

from mlsd_kit.practice.grading.export import scorecard_html, scorecard_markdown
from mlsd_kit.practice.interview.engine import GRADES, Interview
from mlsd_kit.practice.record.clock import budgets, title
from mlsd_kit.practice.record.state import State

COMMANDS = {
    "/next": "go on to the next stage",
    "/stage NAME": "go to a stage",
    "/estimates": "list what can be estimated",
    "/estimate NAME VALUE": "give an estimate; the value may be a calculation: a * b = result",
    "/design FILE": "propose a design, a sketch or YAML; without a file, type it, then a line '.'",
    "/deeper": "ask for a deep dive",
    "/note TEXT": "keep a note for yourself",
    "/clock": "show the time at each stage",
    "/finish": "end the interview and see the scorecard",
    "/quit": "leave; the same command goes on from here",
    "/help": "show this",
}


def clock_line(state: State) -> str:
    """The stage, its time and the whole time, for a prompt or a status bar."""
    stage = f"{title(state.stage)} {_minutes(state.spent[state.stage])}"
    budget = _minutes(budgets(state.minutes)[state.stage])
    over = "" if state.left >= 0 else " over time"
    return f"{stage} of {budget} | {_minutes(abs(state.left))} {'left' if not over else 'over'}"


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60:d}:{int(seconds) % 60:02d}"


@dataclass
class Terminal:
    """Plays an interview by reading lines and printing replies.

    Args:
        interview: under way.
        read: gives the next line; raises EOFError at the end.
        console: to print on.
        folder: where the scorecard is written. name: of its files, without their endings.
    """

    interview: Interview
    read: Callable[[], str]
    console: Console = field(default_factory=Console)
    folder: Path = field(default_factory=Path.cwd)
    name: str = "scorecard"

    def play(self) -> bool:
        """Talk until the end; True when the interview was finished."""
        while True:
            try:
                line = self.read().strip()
            except (EOFError, KeyboardInterrupt):
                self._left()
                return False
            if not line:
                continue
            if line == "/quit":
                self._left()
                return False
            if line == "/finish":
                self.finish()
                return True
            self._say(self.answer(line))

    def answer(self, line: str) -> str:
        """What comes of a line: a command's output, or the interviewer's reply."""
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        if not word.startswith("/"):
            return self.interview.hear(line).text
        if word == "/next":
            return self.interview.go_to("next").text
        if word == "/stage":
            return self.interview.go_to(rest).text
        if word == "/estimates":
            return self._estimates()
        if word == "/estimate":
            name, _, value = rest.partition(" ")
            if not value.strip():
                return f"Give a name and a value; the names are:\n{self._estimates()}"
            return self.interview.estimate(name, value).text
        if word == "/design":
            return self._design(rest)
        if word == "/deeper":
            return self.interview.dig().text
        if word == "/note":
            if not rest:
                return "Give the note's text, such as: /note come back to delays"
            return self.interview.note(rest).text or "Noted for yourself."
        if word == "/clock":
            return self._clock()
        if word == "/help":
            return "\n".join(f"{name}: {what}" for name, what in COMMANDS.items())
        return f"There is no command {word[:40]!r}; /help lists them."

    def finish(self) -> None:
        """End the interview, take the candidate's own judgement, show and write the scorecard."""
        self._say(self.interview.finish().text)
        self._assess()
        card = self.interview.scorecard()
        self.console.print(Markdown(scorecard_markdown(card, self.folder)))
        for suffix, render in (("md", scorecard_markdown), ("html", scorecard_html)):
            path = self.folder / f"{self.name}.{suffix}"
            path.write_text(render(card, self.folder), encoding="utf-8")
            self.console.print(f"written: {path}", markup=False, soft_wrap=True)

    def _assess(self) -> None:
        """Ask for the candidate's own judgement of what the judge heard but is not sure of."""
        card = self.interview.scorecard()
        unclear = [item for item in card.items if item.heard == "unclear"]
        if not unclear:
            return
        self._say(
            f"I am not sure about {len(unclear)} points. Judge them yourself: "
            f"{', '.join(GRADES)}, or an empty line to skip."
        )
        for item in unclear:
            self._say(f"{item.expects}\nYou said: {item.sentence}")
            if answers := card.model_answers.get(item.stage):
                self._say(f"Senior: {answers[0]}\nStaff: {answers[1]}")
            try:
                while (grade := self.read().strip().lower()) and grade not in GRADES:
                    self._say(f"One of {', '.join(GRADES)}, or an empty line to skip.")
            except (EOFError, KeyboardInterrupt):
                return
            if grade:
                self._say(self.interview.assess(f"{item.stage}.{item.id}", grade).text)

    def _estimates(self) -> str:
        every = self.interview.case.spec.estimates
        return "\n".join(f"{e.id}: {e.question} (in {e.unit})" for e in every)

    def _design(self, name: str) -> str:
        if name:
            path = Path(name).expanduser()
            try:
                if not path.is_file():
                    return f"{name}: there is no such file"
                text = path.read_text(encoding="utf-8", errors="replace")
            except (OSError, ValueError) as error:
                return f"{name}: cannot be read ({error})"
            return self.interview.propose(text).text
        self._say("Type the design, a line each, and end with a line that is a dot.")
        lines = list(self._until_dot())
        return self.interview.propose("\n".join(lines)).text

    def _until_dot(self) -> Iterator[str]:
        while True:
            try:
                line = self.read()
            except EOFError:
                return
            if line.strip() == ".":
                return
            yield line

    def _clock(self) -> str:
        state = self.interview.state
        budget = budgets(state.minutes)
        rows = [
            f"{title(stage)}: {_minutes(seconds)} of {_minutes(budget[stage])}"
            for stage, seconds in state.spent.items()
        ]
        return "\n".join([*rows, clock_line(state)])

    def _left(self) -> None:
        self._say("The interview is kept; the same command goes on from here.")

    def _say(self, text: str) -> None:
        say(self.console, text)


def say(console: Console, text: str) -> None:
    """Print what the interviewer says as it is, wrapped at words on a terminal."""
    console.print(Text(text), style="cyan", soft_wrap=not console.is_terminal)
