"""What the tables of a learner's history say, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from IPython.display import Markdown

from mlsd_kit.practice.grading.axes import STRONG
from mlsd_kit.practice.memory.log import ReviewLog
from mlsd_kit.practice.memory.stats import kept_share
from mlsd_kit.practice.trends.frames import Played
from mlsd_kit.practice.trends.learner import Learner
from mlsd_kit.workbook import say

NONE_YET = "No finished interview yet: `mlsd practice CASE`, and `/finish` at its end."


def about_learner(learner: Learner, interviews: Sequence[Played]) -> Markdown:
    """Whose records these are."""
    if learner.sample:
        return say(
            "**This is a sample, and not you**: {n:d} transcripts of imagined candidates, replayed "
            "as if one every few days, with made-up exercises and reviews. Finish an interview "
            "(`mlsd practice CASE`) or review a card (`mlsd review`), and run this again.",
            n=len(interviews),
        )
    if not interviews:
        return Markdown(NONE_YET)
    return say(
        "Your own history: {n:d} finished interview{many:|s|}, the last on {last}.",
        n=len(interviews),
        many=len(interviews) > 1,
        last=f"{interviews[-1].begun:%d %B %Y}",
    )


def about_axes(change: pd.DataFrame) -> Markdown:
    """Which axis got better most, and which is the lowest now.

    Args:
        change: as `axis_change` makes it.
    """
    if change.empty:
        return Markdown(NONE_YET)
    if not change["change"].any():
        return say(
            "So far *{best}* is your best with {high:.2f}, and *{worst}* what to work on with "
            "{low:.2f}.",
            best=change["last"].idxmax(),
            high=change["last"].max(),
            worst=change["last"].idxmin(),
            low=change["last"].min(),
        )
    return say(
        "From the first interview to the last, *{best}* changed most for the better ({up:+.2f}). "
        "The lowest in the last one is *{low}* with {score:.2f}: {strong:|strong all the same|what "
        "to work on}.",
        best=change["change"].idxmax(),
        up=change["change"].max(),
        low=change["last"].idxmin(),
        score=change["last"].min(),
        strong=change["last"].min() >= STRONG,
    )


def about_time(times: pd.DataFrame) -> Markdown:
    """Which stage takes most of its budget, and which least.

    Args:
        times: as `time_frame` makes it.
    """
    if times.empty:
        return Markdown(NONE_YET)
    means = times.groupby("stage", sort=False)[["spent", "budget"]].mean()
    share = means["spent"] / means["budget"]
    return say(
        "On average *{long}* takes {over:.0%} of its budget and *{short}* {under:.0%}. A stage far "
        "over its time takes it from another, and a stage left out is a stage without points.",
        long=share.idxmax(),
        over=share.max(),
        short=share.idxmin(),
        under=share.min(),
    )


def about_estimates(estimates: pd.DataFrame) -> Markdown:
    """How many estimates were right, wrong, or not given.

    Args:
        estimates: as `estimate_frame` makes it.
    """
    if estimates.empty:
        return Markdown(NONE_YET)
    given = estimates[estimates["verdict"] != "not given"]
    return say(
        "Estimates that the cases ask for: {wanted:d}; given: {given:d}; right: {right:d}. "
        "{gap:|What is not given earns nothing: a rough figure with its unit is worth more than "
        "none|What is wrong shows its cause in the table}.",
        wanted=len(estimates),
        given=len(given),
        right=(given["verdict"] == "right").sum(),
        gap=len(given) < len(estimates),
    )


def about_exercises(exercises: pd.DataFrame) -> Markdown:
    """How many exercises were passed.

    Args:
        exercises: as `exercise_frame` makes it.
    """
    return say(
        "{passed:d} of {all:d} exercises passed without their solution, {tried:d} tried and not "
        "passed yet.",
        passed=exercises["passed"].sum(),
        all=exercises.to_numpy().sum(),
        tried=exercises["tried"].sum(),
    )


def about_reviews(log: ReviewLog) -> Markdown:
    """How many cards were still known on a later day."""
    count, kept = kept_share(log)
    if kept is None:
        return Markdown("No card was reviewed on a later day yet.")
    return say(
        "{n:d} reviews of cards that had been seen on an earlier day, {kept:.0%} of them not "
        "forgotten. The schedule aims at 90 %: far more means that cards come too often, far less "
        "that they were rated too kindly.",
        n=count,
        kept=kept,
    )
