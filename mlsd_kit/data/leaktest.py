"""Does a split leak? Rows, groups and hours that train and test share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.data.columns import column_of
from mlsd_kit.data.split import Split
from mlsd_kit.errors import UserError


def leak_test(
    frame: pd.DataFrame, split: Split, time: str | None = None, group: str | None = None
) -> pd.DataFrame:
    """What the test part of a split has in common with its training part.

    Args:
        frame: the table that was split.
        split: positions of its parts.
        time: column of times, if there is one. group: column of the entity whose rows belong
            together, if there is one.

    Returns:
        A row for each check, ``share`` of the test rows concerned, ``leaks`` (whether it is above
        none) and ``reason``.

    Raises:
        UserError: when a column is unknown or a part is empty.

    >>> log = pd.DataFrame({"h": [0, 1, 2, 3], "user": [7, 8, 7, 9]})
    >>> found = leak_test(log, Split(np.array([0, 1]), np.array([]), np.array([2, 3])), "h", "user")
    >>> found["share"].to_dict()
    {'same row': 0.0, 'future': 0.0, 'known group': 0.5}
    """
    if not len(split.train) or not len(split.test):
        raise UserError("a leak test needs rows to train on and rows to test on")
    train, test = frame.iloc[split.train], frame.iloc[split.test]
    rows = {"same row": (_same_rows(train, test), "equal in every column to a row in training")}
    if time is not None:
        last = column_of(train, time).max()
        share = float((test[time] < last).mean())
        rows["future"] = (share, "before the last training row: training has seen their future")
    if group is not None:
        share = float(column_of(test, group).isin(train[group].unique()).mean())
        rows["known group"] = (share, f"of a {group} that is also in training")
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["share", "reason"])
    table.insert(1, "leaks", table["share"] > 0)
    table.index.name = "check"
    return table


def tell_apart(train: pd.DataFrame, test: pd.DataFrame, seed: int = 0) -> float:
    """AUC with which a model tells test rows from training rows, by 3-fold cross-validation.

    Near 0.5 the parts are alike; towards 1 they differ: drift, or a column that gives the split
    away. Give it the features only, without the time.

    Args:
        train: numbers and categories. test: the same columns. seed: of the folds and the model.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from threadpoolctl import threadpool_limits

    X = pd.concat([train, test], ignore_index=True)
    part = np.repeat([0, 1], [len(train), len(test)])
    model = HistGradientBoostingClassifier(
        max_iter=30, categorical_features="from_dtype", random_state=seed
    )
    folds = StratifiedKFold(3, shuffle=True, random_state=seed)
    with threadpool_limits(1):
        p = cross_val_predict(model, X, part, cv=folds, method="predict_proba")[:, 1]
    return float(roc_auc_score(part, p))


def purge(split: Split, times: Sequence[float] | np.ndarray, gap: float) -> Split:
    """Leave out training and validation rows whose label was not known yet when testing began.

    A row at time t is kept when t + gap is at most the first time of the part that follows, as
    when the label takes that long to arrive (López de Prado, 2018, chapter 7).

    Args:
        split: by time. times: of every row of the table. gap: in the unit of the times.

    >>> purge(Split(np.arange(4), np.array([]), np.array([4])), [0, 1, 2, 3, 4], 2).train.tolist()
    [0, 1, 2]
    """
    at = np.asarray(times, dtype=float)
    parts = [np.asarray(part, dtype=np.int64) for part in split]
    for place in (1, 0):
        later = [part for part in parts[place + 1 :] if len(part)]
        if later:
            parts[place] = parts[place][at[parts[place]] + gap <= at[later[0]].min()]
    return Split(*parts)


def only_new_groups(split: Split, groups: Sequence[Any] | np.ndarray) -> Split:
    """Leave out validation and test rows of groups that were trained on.

    After a split by time, what is left asks both at once: later, and somebody new.

    >>> only_new_groups(Split(np.array([0]), np.array([]), np.array([1, 2])), list("aab")).test
    array([2])
    """
    of = pd.Series(np.asarray(groups))
    known = set(of.iloc[np.asarray(split.train, dtype=np.int64)])
    kept = []
    for part in split[1:]:
        rows = np.asarray(part, dtype=np.int64)
        kept.append(rows[~of.iloc[rows].isin(known).to_numpy()])
    return Split(split.train, *kept)


def _same_rows(train: pd.DataFrame, test: pd.DataFrame) -> float:
    hashes = [pd.util.hash_pandas_object(part, index=False).to_numpy() for part in (train, test)]
    return float(np.isin(hashes[1], hashes[0]).mean())
