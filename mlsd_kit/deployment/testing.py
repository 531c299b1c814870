"""Checks of features and of parity for your own tests: each raises AssertionError, or is silent.

Feature code is a function from raw rows to features, a frame in and a frame out, rows in the same
order. In a test of yours::

    from mlsd_kit.deployment.testing import assert_one_hot, assert_parity

    def test_the_device_is_one_hot():
        assert_one_hot(features, rows, "device", {"phone": "device_phone", "web": "device_web"})
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.deployment.skew import explain_skew

Features = Callable[[pd.DataFrame], pd.DataFrame]
"""Raw rows → their features, a row for each."""
Path = Callable[[pd.DataFrame], Any]
"""Raw rows → features as a frame, or predictions of shape (n,)."""

PREDICTION = "prediction"
UNSEEN = "a value that training has never seen"
SHOWN = 5


def assert_known(
    features: Features, rows: pd.DataFrame, expected: pd.DataFrame, tolerance: float = 1e-6
) -> None:
    """Check features against a table worked out by hand: known rows, known features.

    Args:
        features: the code under test.
        rows: raw rows, n of them.
        expected: their features, n rows; columns that are not in it are not compared.
        tolerance: largest difference, relative to the value where that is above 1.
    """
    __tracebackhide__ = True
    made = _made(features, rows)
    if missing := [str(name) for name in expected if name not in made]:
        raise AssertionError(f"no feature {missing[0]!r}; there are {_names(made)}")
    wrong = []
    for name in expected:
        off = _differences(expected[name], made[name], tolerance) > tolerance
        wrong += [
            f"row {row}, {name}: {_show(made[name].iloc[row])}, not "
            f"{_show(expected[name].iloc[row])}"
            for row in np.flatnonzero(off)
        ]
    if wrong:
        raise AssertionError(_listed(wrong, f"{len(wrong)} features are not the known ones"))


def assert_row_by_row(features: Features, rows: pd.DataFrame, tolerance: float = 1e-6) -> None:
    """Check that the features of a row do not depend on the rows beside it.

    What is learned of data (means, scales, categories) is learned in training. Code that learns it
    of the rows at hand is right on a large batch and wrong on a single request.

    Args:
        features: the code under test.
        rows: raw rows, at least two; the first, the last and one between are also asked alone.
        tolerance: as in `assert_known`.
    """
    __tracebackhide__ = True
    together = _made(features, rows)
    for row in sorted({0, len(rows) // 2, len(rows) - 1}):
        alone = _made(features, rows.iloc[[row]])
        if list(alone) != list(together):
            odd = sorted({*map(str, alone)} ^ {*map(str, together)})
            raise AssertionError(f"row {row} alone has other features: {', '.join(odd[:SHOWN])}")
        for name in together:
            one, other = together[name].iloc[[row]], alone[name]
            if (_differences(one, other, tolerance) > tolerance).any():
                raise AssertionError(
                    f"row {row}, {name}: {_show(one.iloc[0])} among {len(rows)} rows and "
                    f"{_show(other.iloc[0])} alone: something is learned of the rows at hand"
                )


def assert_scaled(
    features: Features,
    train: pd.DataFrame,
    columns: Sequence[str],
    *,
    to: tuple[float, float] = (0.0, 1.0),
    by: str = "mean and deviation",
    tolerance: float = 1e-3,
) -> None:
    """Check that features are scaled, and by what training has learned, not the rows at hand.

    Args:
        features: the code under test.
        train: the rows that the scale was learned from.
        columns: features that should be scaled.
        to: their mean and standard deviation over these rows, or their least and largest value.
        by: "mean and deviation" or "range".
        tolerance: how far these may be off.
    """
    __tracebackhide__ = True
    if by not in ("mean and deviation", "range"):
        raise ValueError(f"by is 'mean and deviation' or 'range', not {by!r}")
    made = _made(features, train)
    words = ("mean", "deviation") if by == "mean and deviation" else ("least", "largest")
    for name in columns:
        values = _column(made, name).astype(float)
        found = (
            (values.mean(), values.std(ddof=0)) if by != "range" else (values.min(), values.max())
        )
        for word, is_, wanted in zip(words, found, to, strict=True):
            if not abs(is_ - wanted) <= tolerance:
                raise AssertionError(
                    f"{name} is not scaled: its {word} over the training rows is {is_:.4g}, "
                    f"not {wanted:g}"
                )
    assert_row_by_row(lambda rows: _made(features, rows)[list(columns)], train)


def assert_one_hot(
    features: Features, rows: pd.DataFrame, column: str, outputs: Mapping[Any, str]
) -> None:
    """Check that a category becomes one 1 in its own column, and an unseen one none at all.

    Args:
        features: the code under test.
        rows: raw rows; the category of the first is replaced by one after the other.
        column: the raw column.
        outputs: category → the feature that stands for it.
    """
    __tracebackhide__ = True
    before = list(_made(features, rows))
    for value in (*outputs, UNSEEN):
        made = _made(features, _with(rows, column, value))
        if list(made) != before:
            odd = sorted({*map(str, made)} ^ {*map(str, before)})
            raise AssertionError(
                f"{column} = {value!r} changes which features there are: {', '.join(odd[:SHOWN])}"
            )
        found = {name: float(_column(made, name).iloc[0]) for name in outputs.values()}
        wanted = {name: float(name == outputs.get(value)) for name in outputs.values()}
        if wrong := [name for name in found if found[name] != wanted[name]]:
            raise AssertionError(
                f"{column} = {value!r}: {wrong[0]} is {found[wrong[0]]:g}, not {wanted[wrong[0]]:g}"
            )


def assert_missing_handled(
    features: Features,
    rows: pd.DataFrame,
    columns: Sequence[str],
    filled: Mapping[str, float] | None = None,
) -> None:
    """Check that a missing value gives a feature that is no NaN, and leaves the other rows alone.

    Args:
        features: the code under test.
        rows: raw rows, at least two; the first one's value is taken away, one column at a time.
        columns: raw columns in which a value may be missing.
        filled: feature → the value that it has then, such as the training median; each is looked
            at when its raw column of the same name is missing.
    """
    __tracebackhide__ = True
    whole = _made(features, rows)
    for column in columns:
        empty = np.nan if pd.api.types.is_numeric_dtype(rows[column]) else None
        made = _made(features, _with(rows, column, empty))
        if list(made) != list(whole):
            odd = sorted({*map(str, made)} ^ {*map(str, whole)})
            raise AssertionError(f"a missing {column} changes which features there are: {odd[0]}")
        for name in made:
            if pd.isna(made[name].iloc[0]):
                raise AssertionError(f"a missing {column} makes the feature {name} NaN")
            if (_differences(whole[name].iloc[1:], made[name].iloc[1:], 0.0) > 0).any():
                raise AssertionError(f"a missing {column} in one row changes {name} of others")
        if filled and column in filled:
            found = float(_column(made, column).iloc[0])
            if not np.isclose(found, filled[column]):
                raise AssertionError(
                    f"a missing {column} becomes {found:g}, not {filled[column]:g}"
                )


def assert_parity(offline: Path, online: Path, rows: pd.DataFrame, tolerance: float = 1e-5) -> None:
    """Check that two paths, one of training and one of serving, make the same of the same rows.

    Give frames rather than predictions where you can (a column ``prediction`` may be among the
    features): then the message also names the feature that differs, and what it looks like.

    Args:
        offline: raw rows → what training makes of them: a frame of features, or predictions.
        online: raw rows → what serving makes of them, in the same form.
        rows: raw rows in order of time.
        tolerance: largest difference that passes, relative to the value where that is above 1. The
            default leaves room for float32.
    """
    __tracebackhide__ = True
    a, b = _table(offline(rows)), _table(online(rows))
    for name, table in (("offline", a), ("online", b)):
        if len(table) != len(rows):
            raise AssertionError(f"{name} gives {len(table)} rows for {len(rows)}")
    if odd := sorted({*map(str, a)} ^ {*map(str, b)}):
        side = "offline" if odd[0] in map(str, a) else "online"
        raise AssertionError(f"only {side} has the feature {odd[0]!r}")
    off = {str(name): _differences(a[name], b[name], tolerance) for name in a}
    wrong = {name: d for name, d in off.items() if (d > tolerance).any()}
    if not wrong:
        return
    said = []
    for name in sorted(wrong, key=lambda name: (name != PREDICTION, -wrong[name].max())):
        far = wrong[name] > tolerance
        worst = [row for row in np.argsort(-wrong[name], kind="stable")[:SHOWN] if far[row]]
        pairs = ", ".join(
            f"row {rows.index[row]}: {_show(a[name].iloc[row])} / {_show(b[name].iloc[row])}"
            for row in worst
        )
        looks = "" if name == PREDICTION else explain_skew(a[name], b[name], far)
        said.append(
            f"{name} differs in {far.sum()} of {len(rows)} rows{f' ({looks})' if looks else ''}; "
            f"the worst, offline / online: {pairs}"
        )
    raise AssertionError(_listed(said, f"offline and online differ by more than {tolerance:g}"))


def _made(features: Features, rows: pd.DataFrame) -> pd.DataFrame:
    made = features(rows.copy())
    if not isinstance(made, pd.DataFrame):
        raise AssertionError(f"features should come as a frame, not {type(made).__name__}")
    if len(made) != len(rows):
        raise AssertionError(f"{len(rows)} rows give the features of {len(made)}")
    return made.reset_index(drop=True)


def _table(made: Any) -> pd.DataFrame:
    if isinstance(made, pd.DataFrame):
        return made.reset_index(drop=True)
    values = np.asarray(made)
    if values.ndim != 1:
        raise AssertionError(f"predictions should have shape (n,), not {values.shape}")
    return pd.DataFrame({PREDICTION: values})


def _differences(a: pd.Series, b: pd.Series, tolerance: float) -> np.ndarray:
    """How far two columns are apart; infinite where text differs, or only one side is missing."""
    one, other = a.reset_index(drop=True), b.reset_index(drop=True)
    empty = one.isna().to_numpy(), other.isna().to_numpy()
    if pd.api.types.is_numeric_dtype(one) and pd.api.types.is_numeric_dtype(other):
        x, y = one.to_numpy(dtype=float), other.to_numpy(dtype=float)
        with np.errstate(invalid="ignore"):
            off = np.where(x == y, 0.0, np.abs(x - y) / np.maximum(1.0, np.abs(x)))
    else:
        same = one.astype(object).to_numpy() == other.astype(object).to_numpy()
        off = np.where(same, 0.0, np.inf)
    off[empty[0] & empty[1]] = 0.0
    off[empty[0] != empty[1]] = np.inf
    return off


def _with(rows: pd.DataFrame, column: str, value: Any) -> pd.DataFrame:
    """The rows with another value in one column of the first; the column keeps its type."""
    values = rows[column].astype(object).tolist()
    values[0] = value
    kind = rows[column].dtype
    if isinstance(kind, pd.CategoricalDtype):
        return rows.assign(**{column: pd.Series(values, index=rows.index, dtype="category")})
    changed = pd.Series(values, index=rows.index, dtype=object)
    if pd.api.types.is_integer_dtype(kind) and value is np.nan:
        kind = np.dtype(float)
    return rows.assign(**{column: changed.astype(kind)})


def _column(made: pd.DataFrame, name: str) -> pd.Series:
    if name not in made:
        raise AssertionError(f"no feature {name!r}; there are {_names(made)}")
    return made[name]


def _names(made: pd.DataFrame) -> str:
    more = f" and {made.shape[1] - SHOWN} more" if made.shape[1] > SHOWN else ""
    return ", ".join(map(str, list(made)[:SHOWN])) + more


def _show(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float | np.floating) else repr(value)


def _listed(lines: Sequence[str], head: str) -> str:
    more = [f"… and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return "\n  ".join([f"{head}:", *lines[:SHOWN], *more])
