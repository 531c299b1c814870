"""A gate on the progressive loss: it stops the learning when the loss jumps."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


class LossGate:
    """One-sided CUSUM over the loss of each batch (Page, "Continuous Inspection Schemes", 1954).

    The sum grows by how far a batch's loss lies above what is usual, less ``slack``, in standard
    deviations, and never falls below 0; above ``bound`` it is an alarm. Where it last left 0 is the
    estimate of when the trouble began.

    Args:
        usual: losses of batches that are known to be good, at least 10.
        slack: excess that is tolerated for ever. bound: of the sum.
    """

    def __init__(self, usual: ArrayLike, slack: float = 1.0, bound: float = 8.0) -> None:
        losses = np.asarray(usual, dtype=float)
        if len(losses) < 10 or not losses.std() > 0:
            raise ValueError("a gate needs at least 10 good batches, with losses that differ")
        self.mean, self.spread = float(losses.mean()), float(losses.std(ddof=1))
        self.slack, self.bound = slack, bound
        self.sums: list[float] = []

    def observe(self, loss: float) -> bool:
        """Take in the loss of the next batch, before it is learned; True for an alarm."""
        before = self.sums[-1] if self.sums else 0.0
        excess = (loss - self.mean) / self.spread - self.slack
        self.sums.append(max(0.0, before + excess))
        return self.sums[-1] > self.bound

    @property
    def began(self) -> int:
        """The batch, counted from 0, at which the sum last left 0."""
        quiet = np.flatnonzero(np.array(self.sums) == 0)
        return int(quiet[-1]) + 1 if len(quiet) else 0
