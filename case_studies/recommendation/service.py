"""The service that reads the published lists and re-ranks them by what the user just watched."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from fastapi import Body, FastAPI, HTTPException

from .lists import rerank


def create_app(lists: str, weights: str, popular: list[int], k: int = 10) -> FastAPI:
    """Serve published lists.

    Args:
        lists: Parquet file of `publish`; read again when it was replaced.
        weights: item-to-item weights as a NumPy file, shape (items, items), memory-mapped.
        popular: what a user without a list gets.
        k: places shown.
    """
    store = _Store(Path(lists))
    between = np.load(weights, mmap_mode="r")
    answered = {"list": 0, "fallback": 0}
    counting = threading.Lock()
    app = FastAPI(title="recommendations")

    @app.post("/recommend")
    def recommend(
        user: Annotated[int, Body()],
        recent: Annotated[list[int], Body()] = [],  # noqa: B006
    ) -> dict[str, Any]:
        if any(not 0 <= item < len(between) for item in recent):
            raise HTTPException(422, f"recent: items are 0 to {len(between) - 1}")
        night = store.tonight()
        known = night.lists.get(user)
        with counting:
            answered["fallback" if known is None else "list"] += 1
        items = rerank(np.array(popular if known is None else known), recent, between)
        source = "popular" if known is None else night.version
        age = time.time() - night.written
        return {"items": items[:k].tolist(), "version": source, "age_s": age}

    @app.get("/counts")
    def counts() -> dict[str, int]:
        return answered

    return app


@dataclass(frozen=True)
class _Night:
    """The lists of one published file; replaced whole, so that no answer mixes two nights."""

    written: float
    version: str
    lists: dict[int, np.ndarray]


class _Store:
    """The lists in memory, as new as the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._night = self._read()

    def tonight(self) -> _Night:
        if self.path.stat().st_mtime != self._night.written:
            self._night = self._read()
        return self._night

    def _read(self) -> _Night:
        written = self.path.stat().st_mtime
        frame = pd.read_parquet(self.path)
        lists = dict(zip(frame["user"], frame["items"], strict=True))
        return _Night(written, str(frame["version"].iloc[0]), lists)
