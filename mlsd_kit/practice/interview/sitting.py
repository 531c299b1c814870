"""An interview at the command line: begun, or gone on with where it was left."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from rich.console import Console

from mlsd_kit.errors import UserError
from mlsd_kit.practice.interview.engine import (
    READING,
    Interview,
    resume_interview,
    start_interview,
)
from mlsd_kit.practice.interview.terminal import COMMANDS, Terminal, clock_line, say
from mlsd_kit.practice.plain_lines import can_edit, plain_line
from mlsd_kit.practice.record.clock import BEAT_S

LEVEL, MINUTES = "senior", 45.0


def reader(interview: Interview) -> Callable[[], str]:
    """Reads lines: the clock is in a bar below them on a terminal, in front of them elsewhere."""
    if not can_edit():
        return lambda: plain_line(f"{clock_line(interview.state)} > ")

    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.history import InMemoryHistory

    session: PromptSession[str] = PromptSession(
        history=InMemoryHistory(),
        completer=WordCompleter([name.split()[0] for name in COMMANDS], sentence=True),
        complete_while_typing=False,
        bottom_toolbar=lambda: f" {clock_line(interview.state)} | /help ",
        refresh_interval=1.0,
    )
    return lambda: session.prompt("> ")


@contextlib.contextmanager
def heartbeat(interview: Interview, every: float = BEAT_S) -> Iterator[None]:
    """Let an interview know that the candidate is there while a line is waited for.

    Args:
        interview: under way. every: seconds between two beats.
    """
    over = threading.Event()

    def beat() -> None:
        while not over.wait(every):
            with contextlib.suppress(UserError):  # the file is busy; the next beat comes
                interview.beat()

    beating = threading.Thread(target=beat, daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()


def practise(
    case: str,
    level: str = "",
    minutes: float = 0.0,
    *,
    new: bool = False,
    console: Console | None = None,
) -> bool:
    """Begin an interview over a case in the terminal, or go on with the one that was left.

    Args:
        case: its name.
        level, minutes: of a new interview; senior and 45 unless told.
        new: begin a new one even where one was left.

    Returns:
        Whether it was finished.

    Raises:
        UserError: for an unknown case, a wrong level or length, or a history that cannot be kept.
    """
    from mlsd_kit.cases import load_case
    from mlsd_kit.content import workspace
    from mlsd_kit.practice.record.history import History, history_file

    console = console or Console()
    history = History(history_file())
    slug = load_case(case).slug
    left = None if new else history.unfinished(slug)
    console.print(READING, style="dim")
    if left:
        record = history.record(left)
        interview = resume_interview(record)
        say(console, "\n".join(where_you_left(interview, level, minutes)))
    else:
        record = history.new()
        interview = start_interview(slug, level or LEVEL, minutes or MINUTES, record)
        say(console, str(record.events()[0].data["reply"]))
        console.print("/help lists the commands.", style="dim", highlight=False)
    folder = workspace() / ".mlsd"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"scorecard-{slug}-{record.id}"
    with heartbeat(interview):
        return Terminal(interview, reader(interview), console, folder, name).play()


def where_you_left(interview: Interview, level: str, minutes: float) -> Iterator[str]:
    """What a candidate should know who comes back: the prompt, the clock, the last words."""
    state = interview.state
    yield f"We go on where you left ({state.level}, {state.minutes:g} minutes)."
    if (level or state.level, minutes or state.minutes) != (state.level, state.minutes):
        yield "An interview with another level or length begins with --new."
    yield interview.case.spec.prompt
    yield clock_line(state)
    _, *later = [event.data.get("reply", "") for event in interview.record.events()]
    yield next(filter(None, reversed(later)), "Ask me what you need to know.")
