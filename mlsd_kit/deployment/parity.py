"""Offline against online: does the served model give what the trained one gave?"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Parity:
    """How far two sets of predictions of the same rows agree."""

    rows: int
    tolerance: float
    max_abs_diff: float
    mean_abs_diff: float
    share_beyond: float
    worst: pd.DataFrame = field(repr=False, compare=False)

    @property
    def passes(self) -> bool:
        """Whether every row agrees within the tolerance."""
        return self.share_beyond == 0.0

    def table(self) -> pd.DataFrame:
        """One row with the figures."""
        figures = {
            "rows": self.rows,
            "tolerance": self.tolerance,
            "max_abs_diff": self.max_abs_diff,
            "mean_abs_diff": self.mean_abs_diff,
            "share_beyond": self.share_beyond,
            "passes": self.passes,
        }
        return pd.DataFrame([figures], index=["parity"])


def parity(
    offline: ArrayLike, online: ArrayLike, tolerance: float = 1e-5, *, worst: int = 5
) -> Parity:
    """Compare predictions of the same rows made in two places.

    A prediction that is missing (NaN) on one side only is an infinite difference.

    Args:
        offline: predictions where the model was trained, shape (n,).
        online: predictions where it is served, shape (n,).
        tolerance: largest absolute difference that passes. The default leaves room for float32,
            which resolves probabilities to about 6e-8.
        worst: how many of the worst rows to keep.

    Raises:
        ValueError: when the shapes differ, or there is nothing to compare.

    >>> parity([0.1, 0.2], [0.1, 0.3]).share_beyond
    0.5
    """
    a, b = np.asarray(offline, dtype=float), np.asarray(online, dtype=float)
    if a.ndim != 1 or a.shape != b.shape or a.size == 0:
        raise ValueError(f"offline and online must be equally long lists: {a.shape} and {b.shape}")
    diff = np.abs(a - b)
    diff[np.isnan(a) & np.isnan(b)] = 0.0
    diff[np.isnan(a) != np.isnan(b)] = np.inf
    order = np.argsort(-diff, kind="stable")[:worst]
    return Parity(
        rows=a.size,
        tolerance=tolerance,
        max_abs_diff=float(diff.max()),
        mean_abs_diff=float(diff.mean()),
        share_beyond=float((diff > tolerance).mean()),
        worst=pd.DataFrame(
            {"offline": a[order], "online": b[order], "abs_diff": diff[order]},
            index=pd.Index(order, name="row"),
        ),
    )
