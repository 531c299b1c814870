"""The results of drills: a table that is only appended to, beside the learner's interviews."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlsd_kit.practice.record.history import History, history_file

if TYPE_CHECKING:
    import pandas as pd

DRILLS = ("estimate", "metric", "flaw", "requirements")
_TABLE = """
create table if not exists drill_results (
    id integer primary key, at real not null, drill text not null, task text not null,
    case_name text not null, seed integer not null, number integer not null, score real not null,
    seconds real not null, data text not null
)
"""


@dataclass(frozen=True)
class DrillResult:
    """One task that was answered.

    Args:
        drill: one of `DRILLS`. task: what was asked, by name.
        case: its case, or empty.
        seed, number: give the task again.
        score: from 0 to 1.
        seconds: until the answer.
        data: the answer as typed, and the drill's verdict, as JSON values.
        at: seconds since the epoch; now unless told.
    """

    drill: str
    task: str
    case: str
    seed: int
    number: int
    score: float
    seconds: float
    data: Mapping[str, Any] = field(default_factory=dict)
    at: float = field(default_factory=time.time)


def keep_result(result: DrillResult, history: History | None = None) -> None:
    """Append a result; it is on disk when this returns.

    Args:
        result: of a drill. history: where; the learner's own unless told.

    Raises:
        UserError: when it cannot be written.
    """
    with (history or History(history_file())).open() as db:
        db.execute(_TABLE)
        db.execute(
            "insert into drill_results"
            " (at, drill, task, case_name, seed, number, score, seconds, data)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                result.at, result.drill, result.task, result.case, result.seed, result.number,
                result.score, result.seconds, json.dumps(dict(result.data)),
            ),
        )  # fmt: skip


def drill_results(history: History | None = None) -> list[DrillResult]:
    """All results that are kept, the oldest first.

    Raises:
        UserError: when they cannot be read.
    """
    with (history or History(history_file())).open() as db:
        db.execute(_TABLE)
        rows = db.execute(
            "select drill, task, case_name, seed, number, score, seconds, data, at"
            " from drill_results order by id"
        ).fetchall()
    names = ("drill", "task", "case", "seed", "number", "score", "seconds", "data", "at")
    told = (dict(zip(names, row, strict=True)) for row in rows)
    return [DrillResult(**one | {"data": json.loads(one["data"])}) for one in told]


def drill_table(history: History | None = None) -> pd.DataFrame:
    """How the drills went, a row for each: tasks, right ones, mean score, and that of the last ten.

    Args:
        history: where results are kept; the learner's own unless told.

    Raises:
        UserError: when it cannot be read.
    """
    import pandas as pd

    kept = drill_results(history)
    rows = {}
    for drill in DRILLS:
        scores = [result.score for result in kept if result.drill == drill]
        last = scores[-10:]
        rows[drill] = {
            "tasks": len(scores),
            "right": sum(score >= 1 for score in scores),
            "mean score": sum(scores) / len(scores) if scores else float("nan"),
            "last ten": sum(last) / len(last) if last else float("nan"),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("drill")
