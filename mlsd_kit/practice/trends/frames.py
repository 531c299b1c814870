"""Tables of a learner's interviews: a row for each axis, item, stage or estimate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from mlsd_kit import framework
from mlsd_kit.cases import discover, load_case
from mlsd_kit.practice.exercises import all_exercises
from mlsd_kit.practice.grading.axes import AXES
from mlsd_kit.practice.grading.items import held_to
from mlsd_kit.practice.grading.judge import judge_of
from mlsd_kit.practice.grading.judged import JudgedEstimate
from mlsd_kit.practice.grading.scorecard import Scorecard, score_interview
from mlsd_kit.practice.memory.schedule import utc
from mlsd_kit.practice.progress import Progress
from mlsd_kit.practice.record.clock import STAGES, budgets, title
from mlsd_kit.practice.record.events import Event

HEARD = ("reasoned", "named", "unclear", "missed")
DONE = ("passed", "passed with the solution", "tried", "not yet")


@dataclass(frozen=True)
class Played:
    """A finished interview with its scorecard."""

    id: str
    begun: datetime
    """In UTC."""
    card: Scorecard


def played(interviews: Mapping[str, Sequence[Event]]) -> list[Played]:
    """The scorecards of interviews, oldest first; those over a case that is gone are left out.

    Args:
        interviews: id → events, finished ones.

    Raises:
        UserError: when a case's files have mistakes.
    """
    known = set(discover())
    cards = []
    for id, events in sorted(interviews.items(), key=lambda entry: entry[1][0].at):
        slug = events[0].data["case"]
        if slug in known:
            case = load_case(slug)
            card = score_interview(case, events, judge_of(case))
            cards.append(Played(id, utc(events[0].at), card))
    return cards


def axis_frame(interviews: Sequence[Played]) -> pd.DataFrame:
    """A row for each axis of each interview: begun, interview, case, axis, score, grade."""
    rows = [
        (one.begun, one.id, one.card.title, axis.name, axis.score, axis.grade)
        for one in interviews
        for axis in one.card.axes
    ]
    return pd.DataFrame(rows, columns=["begun", "interview", "case", "axis", "score", "grade"])


def axis_change(frame: pd.DataFrame) -> pd.DataFrame:
    """A row for each axis: the score of the first interview, of the last, and their difference."""
    by_axis = frame.sort_values("begun", kind="stable").groupby("axis")["score"]
    first, last = by_axis.first(), by_axis.last()
    change = pd.DataFrame({"first": first, "last": last, "change": last - first})
    return change.reindex([axis for axis in AXES if axis in change.index])


def item_frame(interviews: Sequence[Played]) -> pd.DataFrame:
    """How often each item of the framework was heard, of the rubric's items of the level.

    Returns:
        One row an item that a rubric asked for: title, a column of `HEARD` each, and ``worth``,
        the mean of what was heard, from 0 (missed) to 1 (with a reason); the worst first.
    """
    rows = [
        (item, score.heard, score.worth)
        for one in interviews
        for score in held_to(one.card.items, one.card.level)
        for item in score.items
    ]
    frame = pd.DataFrame(rows, columns=["item", "heard", "worth"])
    counts = pd.crosstab(frame["item"], frame["heard"]).reindex(columns=list(HEARD), fill_value=0)
    counts.insert(0, "title", [framework.ITEMS[id].title for id in counts.index])
    counts["worth"] = frame.groupby("item")["worth"].mean()
    return counts.sort_values(["worth", "missed"], ascending=[True, False], kind="stable")


def time_frame(interviews: Sequence[Played]) -> pd.DataFrame:
    """A row for each stage of each interview: stage, minutes spent, the budget's minutes."""
    rows = [
        (one.begun, one.id, title(stage), one.card.spent[stage] / 60, budget / 60)
        for one in interviews
        for stage, budget in budgets(one.card.minutes).items()
    ]
    return pd.DataFrame(rows, columns=["begun", "interview", "stage", "spent", "budget"])


def estimate_frame(interviews: Sequence[Played]) -> pd.DataFrame:
    """A row for each estimate of each interview: what was judged, given over right, the score.

    An estimate that was not given has the verdict ``not given``, no ratio and the score 0.
    """
    rows = [
        (one.begun, one.id, one.card.title, id.replace("_", " "), *_judged(judged))
        for one in interviews
        for id, judged in one.card.estimates.items()
    ]
    names = ["begun", "interview", "case", "estimate", "verdict", "ratio", "score"]
    return pd.DataFrame(rows, columns=names)


def exercise_frame(progress: Progress) -> pd.DataFrame:
    """A row for each stage: how many of its exercises are in each state of `DONE`."""
    done = progress.exercises()
    rows = [(e.stage, done.get(id, "not yet")) for id, e in all_exercises().items()]
    frame = pd.DataFrame(rows, columns=["stage", "state"])
    table = pd.crosstab(frame["stage"], frame["state"])
    return table.reindex(index=list(framework.STAGE_NAMES), columns=list(DONE), fill_value=0)


def stages() -> list[str]:
    """Stages of an interview in their order, as a person calls them."""
    return [title(stage) for stage in STAGES]


def _judged(judged: JudgedEstimate | None) -> tuple[str, float | None, float]:
    return (judged.kind, judged.ratio, judged.score) if judged else ("not given", None, 0.0)
