"""Read an A/B test from the decision log: who went where, and whether as many as should."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlsd_kit.errors import UserError

ALARM = 0.001


@dataclass(frozen=True)
class RatioCheck:
    """Units of each arm against what the shares say."""

    table: pd.DataFrame
    """For each arm: ``units`` and ``expected``."""
    p_value: float

    @property
    def mismatch(self) -> bool:
        """Whether the counts cannot be chance: the test is then not to be read at all.

        The bound is 0.001, as the check is made on every test (Fabijan et al., "Diagnosing Sample
        Ratio Mismatch in Online Controlled Experiments", KDD 2019).
        """
        return self.p_value < ALARM


def check_ratio(counts: Mapping[str, int], shares: Mapping[str, float]) -> RatioCheck:
    """Test whether units went to the arms as the shares say: chi-squared, goodness of fit.

    Args:
        counts: arm → *units*, not requests: requests of one unit are not independent.
        shares: arm → its share, more than 0; they add up to 1.

    Raises:
        UserError: when the arms are not the same, or there are no units.

    >>> check_ratio({"a": 5100, "b": 4900}, {"a": 0.5, "b": 0.5}).mismatch
    False
    """
    from scipy import stats

    if counts.keys() != shares.keys():
        raise UserError(f"arms {', '.join(counts)} were counted, but {', '.join(shares)} planned")
    total = sum(counts.values())
    if not total:
        raise UserError("no unit was assigned yet")
    found = np.array([counts[arm] for arm in shares], dtype=float)
    expected = total * np.array(list(shares.values()))
    p = float(stats.chisquare(found, expected).pvalue) if len(shares) > 1 else 1.0
    table = pd.DataFrame({"units": found.astype(int), "expected": expected}, index=list(shares))
    return RatioCheck(table.rename_axis("arm"), p)


def units_by_arm(decisions: pd.DataFrame, salt: str) -> pd.Series:
    """The arm of each unit of an experiment.

    Args:
        decisions: the log, by request id. salt: of the experiment.

    Raises:
        UserError: when a unit was in two arms: its outcomes belong to neither.
    """
    own = decisions[decisions["salt"] == salt]
    arms = own.groupby("unit")["arm"].nunique()
    if (arms > 1).any():
        raise UserError(f"unit {arms.idxmax()!r} was in {arms.max()} arms of {salt!r}")
    return own.groupby("unit")["arm"].first()


def join_outcomes(decisions: pd.DataFrame, outcomes: pd.Series) -> pd.DataFrame:
    """The log with the outcome of each request; NaN where none has come yet.

    Args:
        decisions: the log, by request id. outcomes: by request id, in any order.

    Raises:
        UserError: when a request has two outcomes.
    """
    if not outcomes.index.is_unique:
        twice = outcomes.index[outcomes.index.duplicated()][0]
        raise UserError(f"request {twice!r} has more than one outcome")
    return decisions.assign(outcome_value=outcomes.reindex(decisions.index))
