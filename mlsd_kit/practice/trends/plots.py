"""Pictures of a learner's history."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlsd_kit.practice.grading.axes import AXES, BOUNDS, GRADES, STRONG
from mlsd_kit.practice.trends.frames import DONE, HEARD, stages
from mlsd_kit.style import PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ITEMS = 16
"""Items of the framework in a picture, the worst."""
_HEARD = dict(zip(HEARD, ("#0072B2", "#56B4E9", "#B8B8B8", "#D55E00"), strict=True))
_DONE = dict(zip(DONE, ("#0072B2", "#56B4E9", "#E69F00", "#DDDDDD"), strict=True))
_MARKS = "osD^vP*X"


def plot_axes(frame: pd.DataFrame) -> Figure:
    """A panel for each axis: the score of every interview, in order of time.

    Args:
        frame: as `axis_frame` makes it.
    """
    import matplotlib.pyplot as plt

    names, cases = list(AXES), list(frame["case"].unique())
    figure, panels = plt.subplots(
        2, 3, figsize=(10.5, 5.4), sharex=True, sharey=True, layout="constrained"
    )
    for name, ax in zip(names, panels.flat, strict=True):
        of_axis = frame[frame["axis"] == name]
        ax.plot(of_axis["begun"], of_axis["score"], color="#9A9A9A", lw=1.2, zorder=1)
        for case, colour, mark in zip(cases, PALETTE, _MARKS, strict=False):
            some = of_axis[of_axis["case"] == case]
            ax.scatter(
                some["begun"], some["score"], s=42, c=colour, marker=mark, label=case, zorder=2
            )
        ax.axhline(STRONG, color="#009E73", lw=1, ls="--", zorder=0)
        ax.set(title=name, ylim=(-0.03, 1.03))
        ax.set_yticks(_grade_ticks(), GRADES)
    if len(frame):
        _dates(panels[-1])
        figure.legend(
            *panels[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=4
        )
    figure.supylabel("score, as a grade", fontsize=11)
    figure.supxlabel("day of the interview (dashed: strong from here up)", fontsize=11)
    return figure


def plot_items(frame: pd.DataFrame) -> Figure:
    """The items of the framework that were heard least, with how they were heard.

    Args:
        frame: as `item_frame` makes it.
    """
    import matplotlib.pyplot as plt

    worst = frame.head(MOST_ITEMS)[::-1]
    figure, ax = plt.subplots(figsize=(9, 1.2 + 0.3 * len(worst)), layout="constrained")
    labels = [f"{_cut(title)}  {id}" for id, title in worst["title"].items()]
    _stacked(figure, ax, labels, worst, _HEARD)
    ax.set_xlabel("points of the rubric, over all interviews")
    return figure


def plot_time(frame: pd.DataFrame) -> Figure:
    """Minutes spent at each stage against its budget, a point for each interview.

    Args:
        frame: as `time_frame` makes it.
    """
    import matplotlib.pyplot as plt
    import seaborn as sns

    figure, ax = plt.subplots(figsize=(8.2, 3.8), layout="constrained")
    means = frame.groupby("stage")[["spent", "budget"]].mean().reindex(stages())
    places = np.arange(len(means))
    ax.bar(places, means["spent"], width=0.6, color="#56B4E9", label="spent, mean")
    ax.hlines(
        means["budget"], places - 0.38, places + 0.38, color="#D55E00", lw=2.6, label="budget, mean"
    )
    sns.stripplot(
        frame, x="stage", y="spent", order=stages(), color="#1B1B1B", size=4.5, jitter=0.14, ax=ax,
        label="an interview",
    )  # fmt: skip
    handles, names = ax.get_legend_handles_labels()
    kept = dict(zip(names, handles, strict=True))
    ax.legend(kept.values(), kept.keys(), ncols=3, loc="lower left", bbox_to_anchor=(0, 1))
    ax.set(xlabel="stage", ylabel="minutes")
    ax.tick_params(axis="x", rotation=15)
    return figure


def plot_estimates(frame: pd.DataFrame) -> Figure:
    """Every estimate that was given, as given over right on a log scale.

    Args:
        frame: as `estimate_frame` makes it.
    """
    import matplotlib.pyplot as plt

    given = frame.dropna(subset=["ratio"])
    names = list(dict.fromkeys(f"{row.case}: {row.estimate}" for row in given.itertuples()))
    figure, ax = plt.subplots(figsize=(8.6, 1.4 + 0.36 * max(1, len(names))), layout="constrained")
    ax.axvline(1, color="#009E73", lw=1.6, zorder=0)
    for verdict, colour in zip(given["verdict"].unique(), PALETTE, strict=False):
        some = given[given["verdict"] == verdict]
        rows = [names.index(f"{row.case}: {row.estimate}") for row in some.itertuples()]
        ax.scatter(some["ratio"], rows, s=55, c=colour, alpha=0.85, label=verdict, zorder=2)
    ax.set_yticks(range(len(names)), names)
    ax.set(xscale="log", xlabel="given over right (1: right)")
    widest = max([10.0, *np.exp(np.abs(np.log(given["ratio"].to_numpy(float)))) * 1.6])
    ax.set_xlim(1 / widest, widest)
    ax.invert_yaxis()
    ax.grid(axis="x")
    if len(given):
        ax.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1))
    return figure


def plot_exercises(frame: pd.DataFrame) -> Figure:
    """The exercises of each lesson by what was done of them.

    Args:
        frame: as `exercise_frame` makes it.
    """
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(8.2, 3.2), layout="constrained")
    _stacked(figure, ax, list(frame.index), frame, _DONE)
    ax.set_xlabel("exercises")
    ax.invert_yaxis()
    return figure


def plot_forecast(due: pd.Series) -> Figure:
    """Cards that come up on each of the next days.

    Args:
        due: date → number of cards, as `due_by_day` makes it.
    """
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(8.2, 3.0), layout="constrained")
    days = [f"{day:%a}\n{day.day} {day:%b}" for day in due.index]
    bars = ax.bar(days, due.to_numpy(), color="#0072B2", width=0.7)
    ax.bar_label(bars, [str(n) if n else "" for n in due], padding=2, fontsize=9)
    ax.set(xlabel="day (the first: today, with what is overdue)", ylabel="cards due")
    ax.margins(y=0.15)
    return figure


def _stacked(
    figure: Figure, ax: Axes, labels: list[str], frame: pd.DataFrame, colours: dict[str, str]
) -> None:
    left = np.zeros(len(frame))
    for name, colour in colours.items():
        width = frame[name].to_numpy(float)
        ax.barh(labels, width, left=left, color=colour, label=name, height=0.72)
        left += width
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")
    figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=4)


def _grade_ticks() -> list[float]:
    edges = (0.0, *BOUNDS, 1.0)
    return [(low + high) / 2 for low, high in itertools.pairwise(edges)]


def _dates(panels: np.ndarray) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    for ax in panels:
        locator = AutoDateLocator(minticks=2, maxticks=5)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def _cut(title: str, longest: int = 58) -> str:
    return title if len(title) <= longest else f"{title[:longest].rsplit(' ', 1)[0]} …"
