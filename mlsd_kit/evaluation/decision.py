"""A decision between two models: better, worse, the same, or undecided, and what would decide."""

from __future__ import annotations

from dataclasses import dataclass

from scipy import stats

from mlsd_kit.evaluation.auc import Interval


@dataclass(frozen=True)
class Decision:
    """What an interval of a difference says, and how much more data would say more."""

    verdict: str
    """``better``, ``worse``, ``same`` (within the margin) or ``undecided``."""
    difference: Interval
    times: float
    """The rows that a test of a difference as large as the estimated one needs, over those there
    are: below 1 there are more than enough; infinite for an estimate of zero."""

    @property
    def decided(self) -> bool:
        """Whether there is a verdict."""
        return self.verdict != "undecided"


def decide(
    difference: Interval,
    higher_is_better: bool = True,
    margin: float = 0.0,
    confidence: float = 0.95,
    power: float = 0.8,
) -> Decision:
    """Read the interval of new less old.

    Better (worse) is an interval that lies wholly on one side of zero; same is one that lies
    within ± margin (two one-sided tests at a stricter level; Schuirmann, 1987).

    ``times`` takes the estimate for the truth. The interval's half width falls with the square root
    of the rows, so the rows that find this difference with the power asked for are
    ((z_{1-α/2} + z_power) · standard error / estimate)² times those there are.

    Args:
        difference: new less old, with its interval.
        higher_is_better: of the metric.
        margin: a difference that is not worth a release, 0 or more.
        confidence: the coverage that the interval was made with.
        power: chance that the larger sample finds the difference.

    Raises:
        ValueError: for a negative margin, or bounds that are out of order.

    >>> decide(Interval(0.02, 0.01, 0.03)).verdict
    'better'
    >>> undecided = decide(Interval(0.01, -0.0096, 0.0296))
    >>> undecided.verdict, round(undecided.times, 1)
    ('undecided', 7.8)
    """
    if margin < 0 or not difference.low <= difference.high:
        raise ValueError(f"margin {margin} is 0 or more, and {difference} goes from low to high")
    sign = 1.0 if higher_is_better else -1.0
    low, high = sorted((sign * difference.low, sign * difference.high))
    if -margin < low and high < margin:
        verdict = "same"
    elif low > 0:
        verdict = "better"
    elif high < 0:
        verdict = "worse"
    else:
        verdict = "undecided"
    z = float(stats.norm.ppf((1 + confidence) / 2))
    error = (difference.high - difference.low) / 2 / z
    if difference.estimate == 0:
        return Decision(verdict, difference, float("inf"))
    wanted = (z + float(stats.norm.ppf(power))) * error / difference.estimate
    return Decision(verdict, difference, wanted * wanted)
