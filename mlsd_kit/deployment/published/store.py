"""Writing a publication: a new SQLite file that takes the old one's place in one step.

SQLite, because a lookup by key is what is asked of it: one descent of a B-tree, some microseconds,
from the standard library and from every other language. DuckDB is made for scans of columns, and
lets no other process read while one has the file open for writing. The file is never written again
once it is in place, so that readers need no lock and wait for nobody.
"""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlsd_kit.deployment.whole import draft, move_into_place
from mlsd_kit.errors import UserError

APPLICATION = 0x4D4C5344
FORMAT = 1
PAGE_BYTES = 4096
_TABLES = f"""
pragma page_size = {PAGE_BYTES};
pragma application_id = {APPLICATION};
pragma user_version = {FORMAT};
pragma journal_mode = off;
create table publication (version text, published_at real, predictions integer);
create table predictions (key primary key, value real not null, computed_at real not null)
without rowid;
"""

Key = int | str
"""What a prediction is looked up by; 7 and "7" are two keys."""


@dataclass(frozen=True)
class Publication:
    """What was published, and when."""

    path: Path
    version: str
    published_at: float
    """Seconds since 1970."""
    predictions: int


def publish_predictions(
    path: str | Path,
    keys: Iterable[Key],
    values: ArrayLike,
    *,
    version: str,
    computed_at: ArrayLike | None = None,
    published_at: float | None = None,
) -> Publication:
    """Publish predictions as a file; readers see the old ones until they see all the new ones.

    Args:
        path: the file. Whatever was published there is replaced.
        keys: whom each prediction is for, n of them, all different.
        values: the predictions, shape (n,).
        version: of the model that made them.
        computed_at: when the inputs of each were read, in seconds since 1970, shape (n,) or one for
            all; now by default. A job that runs for an hour publishes predictions an hour old.
        published_at: now by default.

    Raises:
        UserError: on a key that is there twice or is neither text nor a whole number, a prediction
            that is no finite number, or a place that cannot be written.
    """
    path, now = Path(path), time.time() if published_at is None else published_at
    named = [_key(key) for key in keys]
    predicted = np.asarray(values, dtype=float)
    if predicted.shape != (len(named),):
        raise ValueError(f"{len(named)} keys, but predictions of shape {predicted.shape}")
    if not np.isfinite(predicted).all():
        where = int(np.flatnonzero(~np.isfinite(predicted))[0])
        raise UserError(f"the prediction for {named[where]!r} is {predicted[where]}, not a number")
    since = np.broadcast_to(
        np.asarray(now if computed_at is None else computed_at), predicted.shape
    )
    rows = sorted(
        zip(named, predicted.tolist(), since.astype(float).tolist(), strict=True),
        key=lambda row: (isinstance(row[0], str), row[0]),
    )
    for one, other in pairwise(rows):
        if one[0] == other[0]:
            raise UserError(f"two predictions for {one[0]!r}: a key has one")
    try:
        with draft(path.parent) as part:
            _write(part / path.name, rows, (version, now, len(rows)))
            move_into_place(part / path.name, path)
    except (OSError, OverflowError, UnicodeEncodeError, sqlite3.Error) as error:
        raise UserError(f"cannot publish {path}: {error}") from None
    return Publication(path, version, now, len(rows))


def _write(path: Path, rows: list[tuple[Key, float, float]], about: tuple[Any, ...]) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.executescript(_TABLES)
        db.execute("begin")
        db.executemany("insert into predictions values (?, ?, ?)", rows)
        db.execute("insert into publication values (?, ?, ?)", about)
        db.execute("commit")
    finally:
        db.close()


def _key(key: Any) -> Key:
    if isinstance(key, np.generic):
        key = key.item()
    if isinstance(key, bool) or not isinstance(key, int | str):
        kind = "nan" if isinstance(key, float) and math.isnan(key) else type(key).__name__
        raise UserError(f"a prediction's key is text or a whole number, not {kind}: {key!r}")
    return key
