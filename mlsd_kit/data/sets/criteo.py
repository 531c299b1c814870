"""The Criteo display advertising challenge: clicks with 13 integer and 26 hashed features."""

from __future__ import annotations

import csv
import gzip
import io
import re
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd

from mlsd_kit.data.fetch import Progress, fetch
from mlsd_kit.errors import UserError

CRITEO_URL = (
    "https://go.criteo.net/criteo-research-kaggle-display-advertising-challenge-dataset.tar.gz"
)
INTEGERS = [f"I{i}" for i in range(1, 14)]
CATEGORIES = [f"C{i}" for i in range(1, 27)]
CRITEO_COLUMNS = ["label", *INTEGERS, *CATEGORIES]
DTYPES = {
    "label": "int8",
    **dict.fromkeys(INTEGERS, "float64"),
    **dict.fromkeys(CATEGORIES, "category"),
}
MEMBER = "train.txt"

_INTEGER = re.compile(rb"-?\d+")
_HASH = re.compile(rb"[0-9a-f]{8}")


def load_criteo(
    path: Path | str | None = None,
    n_rows: int | None = None,
    sha256: str | None = None,
    on_progress: Progress | None = None,
) -> pd.DataFrame:
    """Load rows of the Criteo display advertising challenge, from the start of the file.

    A portion of Criteo's traffic over 7 days, 45,840,617 rows in order of time (without a time
    column), clicked and other rows subsampled at different, undisclosed rates: the click rate here
    (about 26 %) is not that of the traffic. Published by Criteo for the Kaggle challenge of 2014,
    for research, under its own terms of use; read them before any other use.

    Columns:
        label: 1 when clicked, int8.
        I1 … I13: integers, mostly counts, undisclosed; some negative; float64 with NaN for none.
        C1 … C26: values hashed to 8 hexadecimal digits, undisclosed; categories, NaN for none.

    Args:
        path: ``train.txt``, plain or as ``.gz``, or the published ``.tar.gz``, read as a stream
            without unpacking it. By default the public file is downloaded (4.3 GB) and kept.
        n_rows: how many rows; all by default, which takes about 10 GB of memory:
            ``criteo_chunks`` reads the file in pieces.
        sha256: the download's expected checksum. Criteo publishes none that we know of; without
            one, the first download's is trusted and later ones are compared with it.
        on_progress: called as bytes are downloaded.

    Raises:
        UserError: one line when the file is missing or not in the format (with file and line), or
            when it cannot be downloaded.
    """
    if path is None:
        path = fetch(CRITEO_URL, sha256=sha256, on_progress=on_progress)
    chunks = list(criteo_chunks(path, n_rows=n_rows))
    if not chunks:
        raise UserError(f"{path}: no rows")
    if len(chunks) == 1:
        return chunks[0]
    columns = {
        name: pd.Series(pd.api.types.union_categoricals([chunk[name] for chunk in chunks]))
        if name in CATEGORIES
        else pd.concat([chunk[name] for chunk in chunks], ignore_index=True)
        for name in CRITEO_COLUMNS
    }
    frame = pd.DataFrame(columns)
    frame.attrs = chunks[0].attrs
    return frame


def criteo_chunks(
    path: Path | str, n_rows: int | None = None, chunk_rows: int = 250_000
) -> Iterator[pd.DataFrame]:
    """Read a file in the Criteo format piece by piece, so that it need not fit in memory.

    Args:
        path: ``train.txt``, plain, as ``.gz`` or inside a ``.tar.gz``.
        n_rows: stop after so many rows.
        chunk_rows: rows in each piece but the last.

    Raises:
        UserError: one line with file and line number where the format is broken.
    """
    path = Path(path)
    done = 0
    with _opened(path) as stream:
        while n_rows is None or done < n_rows:
            wanted = chunk_rows if n_rows is None else min(chunk_rows, n_rows - done)
            try:
                lines = _lines(stream, wanted)
            except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
                raise UserError(
                    f"{path}: cannot be read beyond line {done:,}, damaged or cut short: {error}"
                ) from None
            if not lines:
                return
            yield _parsed(lines, path, done + 1)
            done += len(lines)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes] | gzip.GzipFile]:
    if not path.is_file():
        raise UserError(f"there is no file {path}; give the path of Criteo's train.txt, .gz or not")
    try:
        if path.name.endswith((".tar.gz", ".tgz", ".tar")):
            with tarfile.open(path, "r|*") as archive:
                for member in archive:
                    if Path(member.name).name == MEMBER and (inner := archive.extractfile(member)):
                        yield inner
                        return
            raise UserError(f"{path}: the archive has no {MEMBER}")
        if path.suffix == ".gz":
            with gzip.open(path, "rb") as unzipped:
                yield unzipped
        else:
            with path.open("rb") as plain:
                yield plain
    except (tarfile.TarError, OSError, EOFError) as error:
        raise UserError(f"{path}: cannot be read: {error}") from None


def _lines(stream: IO[bytes] | gzip.GzipFile, wanted: int) -> list[bytes]:
    lines: list[bytes] = []
    for line in stream:
        lines.append(line)
        if len(lines) == wanted:
            break
    return lines


def _parsed(lines: list[bytes], path: Path, first: int) -> pd.DataFrame:
    block = b"".join(lines)
    if not lines[-1].endswith(b"\n"):
        block += b"\n"
    array = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero(array == ord("\n"))
    tabs = np.diff(np.searchsorted(np.flatnonzero(array == ord("\t")), ends), prepend=0)
    wrong = np.flatnonzero(tabs != len(CRITEO_COLUMNS) - 1)
    if wrong.size:
        row = int(wrong[0])
        raise UserError(
            f"{path}:{first + row}: expected {len(CRITEO_COLUMNS)} tab-separated fields "
            f"(label, 13 integers, 26 categories), found {int(tabs[row]) + 1}"
        )
    try:
        frame = pd.read_csv(
            io.BytesIO(block),
            sep="\t",
            header=None,
            names=CRITEO_COLUMNS,
            dtype=DTYPES,
            keep_default_na=False,
            na_values=[""],
            quoting=csv.QUOTE_NONE,
            skip_blank_lines=False,
            encoding="ascii",
        )
    except (ValueError, OverflowError):
        raise _first_wrong_field(lines, path, first) from None
    if not _in_format(frame):
        raise _first_wrong_field(lines, path, first)
    frame.attrs = {
        "name": "Criteo display advertising challenge",
        "licence": "Criteo's terms of use of the Kaggle display advertising challenge",
        "source": CRITEO_URL,
    }
    return frame


def _in_format(frame: pd.DataFrame) -> bool:
    whole = frame[INTEGERS].to_numpy()
    return (
        bool(frame["label"].isin((0, 1)).all())
        and bool((np.isnan(whole) | (whole == np.trunc(whole))).all())
        and all(
            frame[name].cat.categories.astype("str").str.fullmatch("[0-9a-f]{8}").all()
            for name in CATEGORIES
        )
    )


def _first_wrong_field(lines: list[bytes], path: Path, first: int) -> UserError:
    for row, line in enumerate(lines):
        for name, field in zip(CRITEO_COLUMNS, line.rstrip(b"\r\n").split(b"\t"), strict=True):
            if name == "label":
                fine, expected = field in (b"0", b"1"), "0 or 1"
            elif name in INTEGERS:
                fine, expected = not field or bool(_INTEGER.fullmatch(field)), "an integer or empty"
            else:
                fine = not field or bool(_HASH.fullmatch(field))
                expected = "8 hexadecimal digits or empty"
            if not fine:
                shown = field[:40].decode("ascii", "backslashreplace")
                return UserError(f"{path}:{first + row}: {name} is {shown!r}, not {expected}")
    return UserError(f"{path}: lines {first} to {first + len(lines) - 1} are not in the format")
