"""Train, validation and test: by time, by group, or at random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mlsd_kit.data.columns import column_of
from mlsd_kit.errors import UserError


class Split(NamedTuple):
    """Positions of the rows of each part, for ``frame.iloc``; disjoint, and together all rows."""

    train: np.ndarray
    valid: np.ndarray
    test: np.ndarray

    def frames(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """The three parts of the frame that was split."""
        return frame.iloc[self.train], frame.iloc[self.valid], frame.iloc[self.test]


def split_by_time(
    frame: pd.DataFrame,
    column: str,
    fractions: Sequence[float] = (0.7, 0.15, 0.15),
    valid_from: Any = None,
    test_from: Any = None,
) -> Split:
    """Split so that training is before validation, and validation before the test.

    Rows with the same time stay together, so the parts may miss their fractions by the ties.

    Args:
        frame: rows in any order; each part's positions come in order of time.
        column: the time: numbers or datetimes, none missing.
        fractions: shares of rows for train, valid and test; used without boundaries.
        valid_from: first time of the validation part; with ``test_from`` in place of fractions.
        test_from: first time of the test part.

    Raises:
        UserError: when the column is unknown or has missing values, or the boundaries are out of
            order.

    >>> split = split_by_time(pd.DataFrame({"day": [3, 1, 2, 1]}), "day", valid_from=2, test_from=3)
    >>> split.train.tolist(), split.valid.tolist(), split.test.tolist()
    ([1, 3], [2], [0])
    """
    times = column_of(frame, column)
    missing = int(times.isna().sum())
    if missing:
        raise UserError(f"{missing:,} rows have no {column!r}, so they belong to no part")
    order = np.argsort(times.to_numpy(), kind="stable")
    sorted_times = times.iloc[order].reset_index(drop=True)
    if (valid_from is None) != (test_from is None):
        raise UserError("give both valid_from and test_from, or neither")
    if valid_from is None:
        first, second = _cuts(fractions, len(frame))
        bounds = [_start_of_tie(sorted_times, cut) for cut in (first, second)]
    else:
        try:
            bounds = [int((sorted_times < at).sum()) for at in (valid_from, test_from)]
            ordered = valid_from <= test_from
        except (TypeError, ValueError) as error:
            raise UserError(
                f"a boundary does not compare with {column!r} ({times.dtype}): {error}"
            ) from None
        if not ordered:
            raise UserError(f"valid_from {valid_from} is after test_from {test_from}")
    return Split(*np.split(order, bounds))


def split_by_group(
    frame: pd.DataFrame,
    column: str,
    fractions: Sequence[float] = (0.7, 0.15, 0.15),
    seed: int = 0,
) -> Split:
    """Split at random so that all rows of a group (a user, an ad) fall in one part.

    The fractions are of rows, met as nearly as whole groups allow; rows without a group form one.

    Raises:
        UserError: when the column is unknown or the fractions do not sum to 1.
    """
    codes, groups = pd.factorize(column_of(frame, column), use_na_sentinel=False)
    shuffled = np.random.default_rng(seed).permutation(len(groups))
    sizes = np.bincount(codes, minlength=len(groups))[shuffled]
    middles = np.cumsum(sizes) - sizes / 2
    part = np.empty(len(groups), dtype=np.int8)
    part[shuffled] = np.searchsorted(_cuts(fractions, len(frame)), middles, side="right")
    return Split(*(np.flatnonzero(part[codes] == i) for i in range(3)))


def split_at_random(
    frame: pd.DataFrame, fractions: Sequence[float] = (0.7, 0.15, 0.15), seed: int = 0
) -> Split:
    """Split rows at random, whatever they share: the split that hides leaks.

    Raises:
        UserError: when the fractions do not sum to 1.

    >>> [len(part) for part in split_at_random(pd.DataFrame({"x": range(20)}), (0.5, 0.25, 0.25))]
    [10, 5, 5]
    """
    order = np.random.default_rng(seed).permutation(len(frame))
    return Split(*(np.sort(part) for part in np.split(order, _cuts(fractions, len(frame)))))


def splits_with_same_test(
    frame: pd.DataFrame, column: str, test: float = 0.15, train: float = 0.7, seed: int = 0
) -> tuple[Split, Split]:
    """A split by time and one at random that differ in their training rows only.

    The test rows are a random half of the latest ``2 * test`` of the rows. The first split trains
    on the rows before those, the second on as many rows drawn from all the others, which includes
    the days of the test: so the difference in scores is what the random split hides. The
    validation parts are empty.

    Args:
        frame: rows in any order.
        column: the time: numbers or datetimes, none missing.
        test: share of the rows to test on.
        train: share of the rows to train on, at most ``1 - 2 * test``.
        seed: of the draws.

    Raises:
        UserError: when the column is unknown or has missing values, or the shares are too large.
    """
    if test <= 0 or train <= 0 or train > 1 - 2 * test + 1e-9:
        raise UserError(f"train={train} and test={test}: train is at most 1 - 2 * test")
    early, _, late = split_by_time(frame, column, (1 - 2 * test, 0.0, 2 * test))
    rng = np.random.default_rng(seed)
    tested = np.zeros(len(frame), dtype=bool)
    tested[rng.permutation(late)[: len(late) // 2]] = True
    n_train = min(round(train * len(frame)), len(early))
    mixed = rng.permutation(np.flatnonzero(~tested))[:n_train]
    none, rows = np.array([], dtype=np.int64), np.flatnonzero(tested)
    return Split(early[-n_train:], none, rows), Split(np.sort(mixed), none, rows)


def _cuts(fractions: Sequence[float], rows: int) -> list[int]:
    if len(fractions) != 3 or min(fractions) < 0 or not np.isclose(sum(fractions), 1):
        raise UserError(
            f"fractions are three shares (train, valid, test) that sum to 1, not {fractions}"
        )
    return [round(fractions[0] * rows), round((fractions[0] + fractions[1]) * rows)]


def _start_of_tie(times: pd.Series, cut: int) -> int:
    return int(times.searchsorted(times.iloc[cut])) if cut < len(times) else cut
