"""Reading a publication: by key, with the age of each prediction, from any process."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import quote

import pandas as pd

from mlsd_kit.deployment.published.store import APPLICATION, FORMAT, Key, Publication, _key
from mlsd_kit.errors import UserError


class Miss(LookupError):  # noqa: N818
    """Nothing was published for a key; what is served instead is for the caller to decide."""


class Prediction(NamedTuple):
    """A published prediction."""

    value: float
    age_s: float
    """Seconds since its inputs were read."""
    version: str
    """Of the model that made it."""


class PublishedPredictions:
    """The predictions published in a file, as `publish_predictions` wrote it.

    Every lookup is answered from one publication, whole. A new one is noticed at the next lookup,
    by the file's identity. One object may be used by several threads.

    Args:
        path: the file.

    Raises:
        UserError: when it is not there, or is no whole publication.

    Example::

        with PublishedPredictions("scores.sqlite") as published:
            published.get("user 7").age_s
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._identity: tuple[int, int, int] | None = None
        with self._lock:
            self._current()

    @property
    def publication(self) -> Publication:
        """What is published now."""
        with self._lock:
            self._current()
            return self._about

    def get(self, key: Key, now: float | None = None) -> Prediction:
        """The prediction for a key.

        Args:
            key: as it was published.
            now: seconds since 1970, the clock's by default.

        Raises:
            Miss: when there is none.
            UserError: when the publication is gone, or damaged.
        """
        with self._lock:
            found = self._select(self._current(), _key(key))
            about = self._about
        if found is None:
            raise Miss(
                f"no prediction for {key!r} among the {about.predictions:,} of version "
                f"{about.version}"
            )
        return Prediction(found[0], (time.time() if now is None else now) - found[1], about.version)

    def get_many(self, keys: Iterable[Key], now: float | None = None) -> pd.DataFrame:
        """Value and age_s of several keys, of one and the same publication; NaN for a miss."""
        wanted = [_key(key) for key in keys]
        now = time.time() if now is None else now
        with self._lock:
            db = self._current()
            found = [self._select(db, key) or (float("nan"), float("nan")) for key in wanted]
        rows = [(value, now - since) for value, since in found]
        return pd.DataFrame(rows, columns=["value", "age_s"], index=pd.Index(wanted, name="key"))

    def close(self) -> None:
        """Let go of the file; safe to call again."""
        with self._lock:
            db, self._db, self._identity = self._db, None, None
            if db is not None:
                db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _select(self, db: sqlite3.Connection, key: Key) -> tuple[float, float] | None:
        query = "select value, computed_at from predictions where key = ?"
        try:
            found: tuple[float, float] | None = db.execute(query, (key,)).fetchone()
        except (OverflowError, UnicodeEncodeError):  # no key that could have been published
            return None
        except sqlite3.Error as error:
            raise UserError(f"publication {self.path} is damaged: {error}") from None
        return found

    def _current(self) -> sqlite3.Connection:
        """A connection to the file that is there now."""
        try:
            status = os.stat(self.path)
        except OSError as error:
            raise UserError(f"no publication at {self.path}: {error.strerror}") from None
        identity = (status.st_dev, status.st_ino, status.st_mtime_ns)
        if self._db is None or identity != self._identity:
            db, about = _open(self.path)
            if self._db is not None:
                self._db.close()
            self._db, self._about, self._identity = db, about, identity
        return self._db


def _open(path: Path) -> tuple[sqlite3.Connection, Publication]:
    # immutable: the file does not change once it is there, so SQLite need not lock it.
    address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    db = None
    try:
        db = sqlite3.connect(address, uri=True, check_same_thread=False, isolation_level=None)
        marks = [db.execute(f"pragma {name}").fetchone()[0] for name in _MARKS]
        if marks[:2] != [APPLICATION, FORMAT]:
            raise UserError(f"{path} is no publication of format {FORMAT}")
        size, whole = path.stat().st_size, marks[2] * marks[3]
        if size != whole:
            raise UserError(f"publication {path} is cut: {size:,} of {whole:,} bytes")
        version, published_at, predictions = db.execute("select * from publication").fetchone()
    except (OSError, sqlite3.Error, TypeError, ValueError) as error:
        if db is not None:
            db.close()
        raise UserError(f"{path} is no publication: {error}") from None
    except UserError:
        if db is not None:
            db.close()
        raise
    return db, Publication(path, version, published_at, predictions)


_MARKS = ("application_id", "user_version", "page_count", "page_size")
