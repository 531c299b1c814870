"""What a learner has done: an append-only table in SQLite, in the learner's folder."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mlsd_kit import framework
from mlsd_kit.content import workspace
from mlsd_kit.errors import UserError
from mlsd_kit.practice.exercises import all_exercises

SEEN, ATTEMPT, HINT, SOLUTION, PREDICTION = "seen", "attempt", "hint", "solution", "prediction"
STATES = ("not yet", "seen", "practised", "mastered")
WAIT_S = 10.0
"""How long to wait for another notebook that is writing."""
_TABLE = """
create table if not exists events (
    id integer primary key, at real not null, kind text not null, subject text not null,
    lesson text not null, case_name text not null, right integer, detail text not null
)
"""


def progress_file() -> Path:
    """Where progress is kept: ``.mlsd/progress.sqlite`` in the learner's folder."""
    return workspace() / ".mlsd" / "progress.sqlite"


@dataclass(frozen=True)
class Progress:
    """The record of a learner.

    Every event is written at once, so that a kernel may end at any moment, and several notebooks
    may write to the same file.
    """

    path: Path

    def add(
        self,
        kind: str,
        subject: str,
        lesson: str = "",
        case: str = "",
        right: bool | None = None,
        detail: str = "",
    ) -> None:
        """Note an event.

        Args:
            kind: one of seen, prediction, attempt, hint, solution.
            subject: an item of the framework, or an exercise's id.
            lesson, case: where it was.
            right: of an attempt.
            detail: the verdict, or the prediction.
        """
        values = (time.time(), kind, subject, lesson, case, right, detail)
        with self._open() as db:
            db.execute(
                "insert into events (at, kind, subject, lesson, case_name, right, detail)"
                " values (?, ?, ?, ?, ?, ?, ?)",
                values,
            )

    def events(self) -> pd.DataFrame:
        """All events, oldest first."""
        with self._open() as db:
            rows = db.execute(
                "select at, kind, subject, lesson, case_name, right, detail from events order by id"
            ).fetchall()
        names = ["at", "kind", "subject", "lesson", "case", "right", "detail"]
        return pd.DataFrame(rows, columns=names)

    def count(self, kind: str, subject: str) -> int:
        """How many events of a kind there are about something."""
        with self._open() as db:
            query = "select count(*) from events where kind = ? and subject = ?"
            return int(db.execute(query, (kind, subject)).fetchone()[0])

    def exercises(self) -> dict[str, str]:
        """Exercise → ``passed``, ``passed with the solution`` or ``tried``, of those tried."""
        found: dict[str, str] = {}
        shown: set[str] = set()
        for event in self.events().itertuples():
            if event.kind == SOLUTION:
                shown.add(str(event.subject))
            elif event.kind == ATTEMPT:
                how = "passed with the solution" if event.subject in shown else "passed"
                if found.get(str(event.subject)) != "passed":
                    found[str(event.subject)] = how if event.right else "tried"
        return found

    def items(self) -> dict[str, str]:
        """Each of the framework's items → one of `STATES`.

        Seen: its computation was looked at. Practised: an exercise on it was tried. Mastered: all
        exercises on it were passed without their solution.
        """
        events, done = self.events(), self.exercises()
        seen = set(events.loc[events["kind"] == SEEN, "subject"])
        states = {}
        for item in framework.ITEMS:
            on_it = [e.id for e in all_exercises().values() if item in e.items]
            if on_it and all(done.get(id) == "passed" for id in on_it):
                states[item] = "mastered"
            elif any(id in done for id in on_it):
                states[item] = "practised"
            else:
                states[item] = "seen" if item in seen else "not yet"
        return states

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self.path, timeout=WAIT_S)
            try:
                with db:
                    db.execute("pragma journal_mode = wal")
                    db.execute(_TABLE)
                    yield db
            finally:
                db.close()
        except (OSError, sqlite3.Error) as error:
            raise UserError(f"{self.path}: progress cannot be kept here ({error})") from None
