"""Replayed interviews side by side: where they differ, and what made the difference."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from mlsd_kit.cases import load_case
from mlsd_kit.errors import UserError
from mlsd_kit.practice.grading.scorecard import Scorecard
from mlsd_kit.practice.interview.transcript import Replayed, load_transcript, replay
from mlsd_kit.practice.record.clock import STAGES, budgets, title
from mlsd_kit.style import PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BUDGET = "budget"
HEARD = {
    "reasoned": "with a reason",
    "named": "named only",
    "unclear": "unclear",
    "missed": "not heard",
}


def transcript_path(case: str, quality: str = "strong", file: str = "") -> Path:
    """A case's transcript of a quality, or a file of one's own.

    Args:
        case: its name. quality: such as ``strong`` or ``weak``.
        file: a transcript instead; ``mlsd practice --transcript ID`` writes one.

    Raises:
        UserError: for an unknown case, or a quality that it has no transcript of.
    """
    if file:
        return Path(file).expanduser()
    folder = load_case(case).folder / "transcripts"
    path = folder / f"{quality}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in folder.glob("*.yaml"))) or "none"
        raise UserError(f"{case}: no transcript {quality!r}; there are: {known}")
    return path


def replayed(case: str, quality: str = "strong", file: str = "") -> Replayed:
    """The interview of `transcript_path`, replayed.

    Raises:
        UserError: as `transcript_path`; or for mistakes in the transcript.
    """
    return replay(load_transcript(transcript_path(case, quality, file)))


def axes_table(cards: Mapping[str, Scorecard]) -> pd.DataFrame:
    """A row for each axis: the score from 0 to 1 in each interview."""
    scores = {name: {axis.name: axis.score for axis in card.axes} for name, card in cards.items()}
    return pd.DataFrame(scores).rename_axis("axis").round(2)


def items_table(first: Scorecard, second: Scorecard) -> pd.DataFrame:
    """What the first earned and the second did not, or less of it: the rubric's items.

    Returns:
        Columns ``stage``, ``expected``, ``first`` and ``second``: how each was heard, and
        ``said``: the first's words.
    """
    other = {(score.stage, score.id): score for score in second.items}
    rows = [
        {
            "stage": title(score.stage),
            "expected": score.expects,
            "first": HEARD[score.heard],
            "second": HEARD[other[score.stage, score.id].heard],
            "said": score.sentence,
        }
        for score in first.items
        if score.worth > other[score.stage, score.id].worth
    ]
    return pd.DataFrame(rows, columns=["stage", "expected", "first", "second", "said"])


def estimates_table(cards: Mapping[str, Scorecard]) -> pd.DataFrame:
    """A row for each estimate: what it was judged in each interview."""
    judged = {
        name: {
            id.replace("_", " "): judged.kind if judged else "not given"
            for id, judged in card.estimates.items()
        }
        for name, card in cards.items()
    }
    return pd.DataFrame(judged).rename_axis("estimate")


def asked_table(replays: Mapping[str, Replayed]) -> pd.DataFrame:
    """A row for each fact that was told in any of the interviews: the question that brought it."""
    told = {
        name: {fact.replace("_", " "): asked for fact, asked in one.interview.state.told.items()}
        for name, one in replays.items()
    }
    return pd.DataFrame(told).rename_axis("fact").fillna("not asked")


def difference(strong: Scorecard, weak: Scorecard) -> dict[str, Any]:
    """What set two interviews over a case apart, for a sentence.

    Returns:
        ``axis`` and ``gap``: where they differ most; ``items``: with a reason in the first alone;
        ``facts`` and ``few``: told in each; ``named``: whether the second named points without a
        reason; ``time``: whether it kept to the time.
    """
    gaps = axes_table({"strong": strong, "weak": weak}).pipe(lambda t: t["strong"] - t["weak"])
    return {
        "axis": gaps.idxmax(),
        "gap": gaps.max(),
        "items": int((items_table(strong, weak)["first"] == HEARD["reasoned"]).sum()),
        "facts": strong.facts_told,
        "few": weak.facts_told,
        "named": any(item.heard == "named" for item in weak.items),
        "time": sum(weak.spent.values()) <= 60 * weak.minutes,
    }


def time_table(cards: Mapping[str, Scorecard]) -> pd.DataFrame:
    """Minutes at each stage: the budget, and what each interview took."""
    card = next(iter(cards.values()))
    budget = budgets(card.minutes)
    rows = {
        title(stage): {BUDGET: budget[stage] / 60}
        | {name: card.spent[stage] / 60 for name, card in cards.items()}
        for stage in STAGES
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("stage").round(1)


def plot_axes(cards: Mapping[str, Scorecard], ax: Axes | None = None) -> Axes:
    """Draw the axes of several interviews side by side."""
    ax = _bars(axes_table(cards), ax)
    ax.set(xlim=(0, 1), xlabel="score (0 to 1)", ylabel="")
    return ax


def plot_times(cards: Mapping[str, Scorecard], ax: Axes | None = None) -> Axes:
    """Draw the minutes at each stage beside their budget."""
    ax = _bars(time_table(cards), ax)
    ax.set(xlabel="minutes", ylabel="")
    return ax


def _bars(table: pd.DataFrame, ax: Axes | None) -> Axes:
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(7.2, 0.5 + 0.5 * len(table)), layout="constrained")
    table.plot.barh(ax=ax, width=0.75)
    colours = {
        name: PALETTE[at] for at, name in enumerate(table.columns.drop(BUDGET, errors="ignore"))
    }
    for name, bars in zip(table.columns, ax.containers, strict=True):
        for bar in bars:
            bar.set_color(colours.get(name, PALETTE[6]))
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(table.columns))
    return ax
