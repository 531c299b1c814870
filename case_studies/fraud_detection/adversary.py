"""Fraudsters who watch what is blocked and move below it, week by week.

Assumption: at the end of a week rings and takeovers know which share of theirs was blocked. Above
`UNEASY` they lower their amounts, take fewer cards to a device and go slower; below `AT_EASE` they
become greedy again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from .detector import Detector
from .features import batch
from .money import worth_blocking
from .simulator import DAYS, Style, World

UNEASY, AT_EASE = 0.4, 0.2
STARTS_WITH = Style(amount=0.5, cards_per_device=3.2)
"""Where the log's drift has arrived by its last day."""

Retrain = Callable[[pd.DataFrame, pd.DataFrame, int], Detector]
"""From all payments so far, their features, and the day: the next week's detector."""


@dataclass(frozen=True)
class Campaign:
    """What some weeks brought: one row a week, and the payments."""

    weeks: pd.DataFrame
    """``attempted`` and ``stolen`` (euros a day), ``recall`` (share of the rings' and takeovers'
    payments blocked), ``honest blocked`` (share), and the style they used."""
    log: pd.DataFrame


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


def campaign(
    world: World,
    detector: Detector,
    before: pd.DataFrame,
    weeks: int,
    payments: int,
    adapts: bool = True,
    retrain: Retrain | None = None,
) -> Campaign:
    """Let a detector decide for some weeks after the log.

    Args:
        world: the simulator. detector: decides in the first week.
        before: payments of the week before, for the windows.
        weeks: how many. payments: in each week.
        adapts: whether the fraudsters react.
        retrain: makes the detector of every later week; the first one stays by default.
    """
    style, rows, log = STARTS_WITH, [], before
    for week in range(weeks):
        first = DAYS + 7 * week
        now = world.simulate(payments, first=first, days=7, stream=5, style=style)
        log = pd.concat([log, now], ignore_index=True)
        recent = log[log["time_h"] >= 24 * (first - 7)]
        X = batch(recent.reset_index(drop=True)).iloc[-len(now) :].reset_index(drop=True)
        amount = now["amount_cents"].to_numpy() / 100
        blocked = worth_blocking(detector.score(X), amount)
        theirs = now["kind"].isin(["ring", "takeover"]).to_numpy()
        rows.append(
            {
                "attempted": amount[theirs].sum() / 7,
                "stolen": amount[theirs & ~blocked].sum() / 7,
                "recall": blocked[theirs].mean(),
                "honest blocked": blocked[(now["fraud"] == 0).to_numpy()].mean(),
                "amount": style.amount,
                "cards per device": style.cards_per_device,
            }
        )
        if adapts:
            style = react(style, float(blocked[theirs].mean()))
        if retrain is not None:
            detector = retrain(log, batch(log), first + 7)
    return Campaign(pd.DataFrame(rows).rename_axis("week"), log)
