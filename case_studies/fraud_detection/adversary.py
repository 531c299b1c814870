"""Fraudsters who watch what is blocked and move below it, week by week.

Assumption: at the end of a week rings and takeovers know which share of theirs was blocked. Above
`UNEASY` they lower their amounts, take fewer cards to a device and go slower; below `AT_EASE` they
become greedy again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from .detector import Detector, fit_detector
from .features import FEATURES, batch
from .fraudsters import Style
from .money import worth_blocking
from .simulator import World
from .vocabulary import DAYS

UNEASY, AT_EASE = 0.4, 0.2
STARTS_WITH = Style(amount=0.5, cards_per_device=3.2)
"""Where the log's drift has arrived by its last day."""

Retrain = Callable[[pd.DataFrame, pd.DataFrame, int], Detector]
"""From the payments so far, their features, and the day: the next week's detector."""


def react(style: Style, blocked: float) -> Style:
    """The next week's style after a share of the frauds was blocked."""
    if blocked > UNEASY:
        return replace(
            style,
            amount=max(0.7 * style.amount, 0.1),
            cards_per_device=max(0.6 * style.cards_per_device, 1.0),
            pace_h=min(1.8 * style.pace_h, 24.0),
        )
    return replace(style, amount=1.2 * style.amount) if blocked < AT_EASE else style


def weekly(kind: str, seed: int, at_once: bool, days: int = 21) -> Retrain:
    """Retrain on the last days, by chargebacks that have come or by labels known at once.

    Args:
        kind: of model. seed: of the model.
        at_once: whether each fraud is known at the end of its week; otherwise a payment without
            chargeback counts as honest.
        days: how much history.
    """

    def retrain(log: pd.DataFrame, X: pd.DataFrame, day: int) -> Detector:
        known_h = log["time_h"] + (0 if at_once else log["chargeback_delay_h"])
        known = (log["fraud"] == 1) & (known_h <= 24 * day)
        recent = (log["time_h"] >= 24 * (day - days)).to_numpy()
        y = known.to_numpy(np.int64)[recent]
        return fit_detector((X[recent], y), None, FEATURES, kind, seed)

    return retrain


def campaign(
    world: World,
    detector: Detector,
    before: pd.DataFrame,
    weeks: int,
    payments: int,
    adapts: bool = True,
    retrain: Retrain | None = None,
) -> pd.DataFrame:
    """Let a detector decide for some weeks after the log.

    Args:
        world: the simulator. detector: decides in the first week.
        before: the payments of the last weeks, to learn from and for the windows.
        weeks: how many. payments: in each week.
        adapts: whether the fraudsters react.
        retrain: makes the detector of every later week; the first one stays by default.

    Returns:
        One row a week: ``attempted`` and ``stolen`` by rings and takeovers (euros a day),
        ``recall`` (share of their payments blocked), ``honest blocked`` (share), and their style.
    """
    style, rows, log, X = STARTS_WITH, [], before, batch(before)
    for week in range(weeks):
        first = DAYS + 7 * week
        now = world.simulate(payments, first=first, days=7, stream=5, style=style)
        log = pd.concat([log, now], ignore_index=True)
        recent = log[log["time_h"] >= 24 * (first - 7)].reset_index(drop=True)
        here = batch(recent).iloc[-len(now) :]
        X = pd.concat([X, here], ignore_index=True)
        amount = now["amount_cents"].to_numpy() / 100
        week_of = _week(now, worth_blocking(detector.score(here), amount))
        rows.append(week_of | {"amount": style.amount, "cards a device": style.cards_per_device})
        if adapts:
            style = react(style, week_of["recall"])
        if retrain is not None and week < weeks - 1:
            detector = retrain(log, X, first + 7)
    return pd.DataFrame(rows).rename_axis("week")


def _week(log: pd.DataFrame, blocked: np.ndarray) -> dict[str, float]:
    theirs = log["kind"].isin(["ring", "takeover"]).to_numpy()
    amount = log["amount_cents"].to_numpy() / 100
    return {
        "attempted": amount[theirs].sum() / 7,
        "stolen": amount[theirs & ~blocked].sum() / 7,
        "recall": float(blocked[theirs].mean()),
        "honest blocked": float(blocked[(log["fraud"] == 0).to_numpy()].mean()),
    }
