"""Delayed feedback: labels as they were known at a time, and what is still missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def label_at(event_time_h: ArrayLike, delay_h: ArrayLike, cutoff_h: float) -> np.ndarray:
    """Give the labels as they were known at a cut-off: 1 where the click had come by then.

    Args:
        event_time_h: when each event (an impression) happened, in hours, shape (n,).
        delay_h: hours from the event to its click; NaN where no click ever comes.
        cutoff_h: when we look, in hours on the same clock.

    Returns:
        0 or 1 for each event, shape (n,), int8.

    Raises:
        ValueError: when an event is after the cut-off, so that nothing could be known of it.

    >>> label_at([0, 0, 5], [1, float("nan"), 3], cutoff_h=6).tolist()
    [1, 0, 0]
    """
    event, delay = _events(event_time_h, delay_h)
    late = int((event > cutoff_h).sum())
    if late:
        raise ValueError(f"{late:,} events are after the cut-off at {cutoff_h:g} h: leave them out")
    return (event + delay <= cutoff_h).astype(np.int8)


def share_seen(
    delay_h: ArrayLike, hours: Sequence[float] = (0.25, 1, 3, 6, 12, 24, 48, 72, 168)
) -> pd.Series:
    """Give the share of all clicks that have come after waiting so many hours.

    Args:
        delay_h: delays of fully observed events in hours; NaN (no click) is left out.
        hours: waiting times.

    >>> share_seen([0.5, 2, 30, float("nan")], hours=[1, 24]).round(2).tolist()
    [0.33, 0.67]
    """
    delays = np.sort(np.asarray(delay_h, dtype=float))
    delays = delays[~np.isnan(delays)]
    if not delays.size:
        raise ValueError("there are no clicks, so there is no delay to learn about")
    seen = np.searchsorted(delays, np.asarray(hours, dtype=float), side="right") / delays.size
    return pd.Series(seen, index=pd.Index(hours, name="waited_h"), name="share_seen")


@dataclass(frozen=True)
class DelayDistribution:
    """The distribution of the delay of clicks: F(h), the share that has come within h hours.

    Known up to ``longest_h``, the age of the oldest event; clicks that take longer count as none.
    """

    delays_h: np.ndarray
    cumulative: np.ndarray
    longest_h: float

    def __call__(self, hours: ArrayLike) -> np.ndarray:
        """F(h) for each waiting time."""
        index = np.searchsorted(self.delays_h, np.asarray(hours, dtype=float), side="right")
        return np.concatenate([[0.0], self.cumulative])[index]


def delay_distribution(
    event_time_h: ArrayLike, delay_h: ArrayLike, cutoff_h: float
) -> DelayDistribution:
    """Estimate the delays from what is known at a cut-off, without the bias towards short ones.

    A click is known only if its delay is no longer than its event's age, so a plain histogram of
    the known delays has too many short ones. They are right-truncated: the product-limit estimate
    in reversed time, F(t) = product over delays s > t of (1 - d(s) / n(s)), with n(s) the clicks
    whose delay is at most s and whose event is at least s old, has not that bias (Lagakos, Barraj
    and De Gruttola, Biometrika 75, 1988). It assumes that the delay does not depend on when the
    event happened.

    Args:
        event_time_h: when each event happened, in hours.
        delay_h: hours to the click, NaN for none; clicks after the cut-off are not used.
        cutoff_h: when we look.
    """
    event, delay = _events(event_time_h, delay_h)
    age = cutoff_h - event
    known = delay <= age
    if not known.any():
        raise ValueError("no click is known at the cut-off, so there is no delay to learn about")
    delays, counts = np.unique(delay[known], return_counts=True)
    short = np.cumsum(counts)
    too_young = np.searchsorted(np.sort(age[known]), delays, side="left")
    at_risk = short - too_young
    survival = np.where(at_risk > 0, 1 - counts / np.maximum(at_risk, 1), 1.0)
    later = np.concatenate([np.cumprod(survival[:0:-1])[::-1], [1.0]])
    return DelayDistribution(delays, later, float(age.max()))


def corrected_rate(labels: ArrayLike, age_h: ArrayLike, delays: DelayDistribution) -> float:
    """Give the rate of clicks that the events will have in the end.

    Of the clicks of an event of age a, the share F(a) is known, so the sum of the labels has the
    expectation rate × sum of F(age).

    Args:
        labels: 0 or 1 as known now, shape (n,).
        age_h: age of each event in hours.
        delays: the distribution of the delay.
    """
    known = delays(age_h).sum()
    if not known > 0:
        raise ValueError("no event is old enough for a click to be known")
    return float(np.asarray(labels, dtype=float).sum() / known)


def positive_weights(
    labels: ArrayLike, age_h: ArrayLike, delays: DelayDistribution, largest: float = 20.0
) -> np.ndarray:
    """Weight each known click by 1 / F(age), so that it stands also for those not known yet.

    The unknown clicks stay among the negatives; Chapelle ("Modeling Delayed Feedback in Display
    Advertising", KDD 2014) models both together. Weights are cut off at ``largest``.

    Returns:
        Weights of shape (n,): at least 1 for clicks, 1 for all others.
    """
    share = np.maximum(delays(age_h), 1 / largest)
    return np.where(np.asarray(labels) == 1, 1 / share, 1.0)


def plot_share_seen(
    delay_h: ArrayLike, waits_h: Sequence[float] = (1, 24), ax: Axes | None = None
) -> Axes:
    """Draw the share of clicks that have come against the time waited.

    Args:
        delay_h: delays of fully observed events in hours; NaN (no click) is left out.
        waits_h: waiting windows to mark.
        ax: axes to draw on; new ones by default.
    """
    import matplotlib.pyplot as plt

    delays = np.asarray(delay_h, dtype=float)
    longest = float(np.nanmax(delays))
    shortest = max(float(np.nanquantile(delays, 0.001)), longest / 1e5)
    hours = np.geomspace(shortest, longest, 300)
    if ax is None:
        _, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
    ax.plot(hours, 100 * share_seen(delays, hours.tolist()))
    for wait, share in zip(waits_h, share_seen(delays, waits_h), strict=True):
        ax.plot(wait, 100 * share, "o", label=f"{wait:g} h: {100 * share:.0f} %")
    ax.set_xscale("log")
    ax.set_ylim(0, 103)
    ax.set(xlabel="time waited since the impression (h)", ylabel="clicks that have come (%)")
    ax.legend(title="waiting window", frameon=False, loc="lower right")
    return ax


def _events(event_time_h: ArrayLike, delay_h: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    event, delay = np.asarray(event_time_h, dtype=float), np.asarray(delay_h, dtype=float)
    if event.shape != delay.shape:
        raise ValueError(f"{event.shape} event times for {delay.shape} delays")
    if (delay < 0).any():
        raise ValueError("a click cannot come before its event: a delay is negative")
    return event, delay
