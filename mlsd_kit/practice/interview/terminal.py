"""The interview in a terminal: a prompt with the clock, commands that begin with a slash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text

from mlsd_kit.practice.counted import counted
from mlsd_kit.practice.grading.export import scorecard_html, scorecard_markdown
from mlsd_kit.practice.interview.engine import GRADES, READING, Interview
from mlsd_kit.practice.interview.typed_design import HOW, TypedDesign
from mlsd_kit.practice.record.clock import budgets, title
from mlsd_kit.practice.record.state import State

COMMANDS = {
    "/next": "go on to the next stage",
    "/stage NAME": "go to a stage",
    "/estimates": "list what can be estimated",
    "/estimate NAME VALUE": "give an estimate; the value may be a calculation: a * b = result",
    "/design FILE": "propose a design, a sketch or YAML; without a file, type it, then a line '.'",
    "/again": "begin the design anew that you are typing",
    "/cancel": "drop the design that you are typing",
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
    _typed: TypedDesign | None = None
    """The design that is being typed."""

    def play(self) -> bool:
        """Talk until the end; True when the interview was finished."""
        while True:
            try:
                line = self.read()
            except (EOFError, KeyboardInterrupt):
                line = "/quit"
            word = line.strip()
            if word in ("/quit", "/finish") and self._typed and self._typed.text.strip():
                self._say(self._propose(self._typed.text))
            if word == "/quit":
                self._left()
                return False
            if word == "/finish":
                self.finish()
                return True
            if word and self.interview.is_reading():
                self.console.print(READING, style="dim")
            self._say(self.answer(line))

    def answer(self, line: str) -> str:
        """What comes of a line: a command's output, or the interviewer's reply."""
        word, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        if not word.startswith("/"):
            if self._typed:
                return self._draw(self._typed, line)
            return self.interview.hear(line.strip()).text if word else ""
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
        if word in ("/again", "/cancel"):
            return self._drop(again=word == "/again")
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
            f"I am not sure about {counted(len(unclear), 'point')}. Judge yourself: "
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
        if not name:
            if not self._typed:
                self._typed = TypedDesign(self.interview.case)
            return HOW
        path = Path(name).expanduser()
        try:
            if not path.is_file():
                return f"{name}: there is no such file"
            text = path.read_text(encoding="utf-8", errors="replace")
        except (OSError, ValueError) as error:
            return f"{name}: cannot be read ({error})"
        return self._propose(text)

    def _draw(self, typed: TypedDesign, line: str) -> str:
        said = typed.take(line)
        return self._propose(typed.text) if typed.done else said

    def _drop(self, *, again: bool) -> str:
        if not self._typed:
            return "No design is being typed; /design begins one."
        self._typed = TypedDesign(self.interview.case) if again else None
        return HOW if again else "Dropped."

    def _propose(self, text: str) -> str:
        self._typed = None
        return self.interview.propose(text).text

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
        if text:
            say(self.console, text)


def say(console: Console, text: str) -> None:
    """Print what the interviewer says as it is, wrapped at words on a terminal."""
    console.print(Text(text), style="cyan", soft_wrap=not console.is_terminal)
