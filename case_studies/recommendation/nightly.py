"""The nightly job: candidates, ranking, the k best of everybody, published as data."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from .two_stage import TwoStage
    from .world import Views


def publish(lists: np.ndarray, folder: Path | str, version: str) -> Path:
    """Write the lists as one Parquet file, moved into place whole; readers see old or new.

    Args:
        lists: item numbers, shape (users, k); row u is user u.
        folder: made when missing.
        version: says which run made them.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame({"user": np.arange(len(lists)), "items": list(lists), "version": version})
    unfinished, final = folder / "lists.parquet.new", folder / "lists.parquet"
    frame.to_parquet(unfinished, index=False)
    os.replace(unfinished, final)
    return final


def a_view_later(train: Views, test: Views) -> Views:
    """The log when each user has watched the first item of the test part too."""
    first = test.events.groupby("user")["time"].rank(method="first") == 1
    events = pd.concat([train.events, test.events[first]]).sort_values("time", ignore_index=True)
    return replace(train, events=events)


def nightly_job(
    model: TwoStage, train: Views, k: int, folder: Path | str, version: str
) -> tuple[Path, pd.DataFrame]:
    """Lists of k for all users from a trained ranker; the published file, and what each step took.

    The first stage learns from tonight's views, so its training is a part of the job.

    Returns:
        The file, and a row for each step: ``seconds``, and ``users/s``; ``pairs/s`` of the ranking.
    """
    times = [time.perf_counter()]
    candidates, features = model.propose(train)
    times.append(time.perf_counter())
    model.rank(candidates, features)
    lists = model.recommend(k)
    times.append(time.perf_counter())
    path = publish(lists, folder, version)
    times.append(time.perf_counter())
    steps = ["first stage, trained and applied", "ranking", "publishing"]
    seconds = np.append(np.diff(times), times[-1] - times[0])
    columns = {"seconds": seconds, "users/s": len(lists) / seconds}
    columns["pairs/s"] = np.where(np.arange(4) == 1, candidates.size / seconds, np.nan)
    return path, pd.DataFrame(columns, index=pd.Index([*steps, "all"], name="step"))
