"""All interviews of a learner, in SQLite: an append-only table of events."""

from __future__ import annotations

import contextlib
import json
import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlsd_kit.content import workspace
from mlsd_kit.errors import UserError
from mlsd_kit.practice.record.events import FINISHED, Event

WAIT_S = 10.0
"""How long to wait for another process that is writing."""
AGAIN_S = 0.02
"""Between two attempts at what SQLite does not wait for."""
_TABLE = """
create table if not exists interview_events (
    id integer primary key, interview text not null, at real not null, kind text not null,
    data text not null
);
create index if not exists by_interview on interview_events (interview, id);
"""


def history_file() -> Path:
    """Where interviews are kept: ``.mlsd/interviews.sqlite`` in the learner's folder."""
    return workspace() / ".mlsd" / "interviews.sqlite"


@dataclass(frozen=True)
class History:
    """The interviews in a file; several processes may write to it at the same time."""

    path: Path

    def new(self) -> InterviewRecord:
        """The record of a new interview."""
        return InterviewRecord(self, secrets.token_hex(4))

    def record(self, interview: str) -> InterviewRecord:
        """The record of an interview that is there.

        Raises:
            UserError: when it is not.
        """
        if interview not in self.interviews():
            raise UserError(f"no interview {interview!r} in {self.path}")
        return InterviewRecord(self, interview)

    def interviews(self) -> dict[str, list[Event]]:
        """Every interview with its events, the oldest first."""
        with self.open() as db:
            rows = db.execute(
                "select interview, at, kind, data from interview_events order by id"
            ).fetchall()
        found: dict[str, list[Event]] = {}
        for interview, at, kind, data in rows:
            found.setdefault(interview, []).append(Event(at, kind, json.loads(data)))
        return found

    def unfinished(self, case: str) -> str | None:
        """The latest interview over a case that was begun and not finished."""
        for interview, events in reversed(self.interviews().items()):
            over = any(event.kind == FINISHED for event in events)
            if events[0].data.get("case") == case and not over:
                return interview
        return None

    @contextlib.contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """A transaction on the file.

        Raises:
            UserError: when it cannot be read or written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self.path, timeout=WAIT_S)
            try:
                _log_ahead(db)
                db.executescript(_TABLE)
                with db:
                    yield db
            finally:
                db.close()
        except (OSError, sqlite3.Error) as error:
            raise UserError(f"{self.path}: interviews cannot be kept here ({error})") from None


def _log_ahead(db: sqlite3.Connection) -> None:
    """Have a new file use a write-ahead log; for that switch SQLite does not wait by itself."""
    until = time.monotonic() + WAIT_S
    while db.execute("pragma journal_mode").fetchone()[0] != "wal":
        try:
            db.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(AGAIN_S)


@dataclass(frozen=True)
class InterviewRecord:
    """The events of one interview in a history."""

    history: History
    id: str

    def append(self, event: Event) -> None:
        """Keep an event; it is on disk when this returns."""
        data = json.dumps(dict(event.data), ensure_ascii=True)
        with self.history.open() as db:
            db.execute(
                "insert into interview_events (interview, at, kind, data) values (?, ?, ?, ?)",
                (self.id, event.at, event.kind, data),
            )

    def events(self) -> Sequence[Event]:
        """All events, oldest first."""
        with self.history.open() as db:
            rows = db.execute(
                "select at, kind, data from interview_events where interview = ? order by id",
                (self.id,),
            ).fetchall()
        return [Event(at, kind, json.loads(data)) for at, kind, data in rows]
