"""Checks for whoever debugs a model: each finds one kind of bug."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.preprocessing import TargetEncoder

from mlsd_kit.models.baselines import boosted
from mlsd_kit.models.fields import AsCategories


def single_feature_auc(X: pd.DataFrame, y: np.ndarray, seed: int = 0) -> pd.Series:
    """AUC of each column alone, the best first: one that is far too good knows the answer.

    A number by its rank, in the better direction; every column also by cross-fitted rates of its
    values or bins, in case the relation is not monotone.

    Args:
        X: float columns are numbers, the others categories and ids. y: labels 0 or 1, shape (n,).
        seed: of the cross-fitting.

    >>> X = pd.DataFrame({"after": [0.0, 0.0, 9.0, 8.0] * 5, "age": [1.0, 2.0, 1.0, 2.0] * 5})
    >>> single_feature_auc(X, np.array([0, 0, 1, 1] * 5)).loc["after"]
    np.float64(1.0)
    """
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    encoder = TargetEncoder(target_type="binary", smooth=20.0, cv=folds)
    rates = encoder.fit_transform(AsCategories().fit_transform(X), y)
    found = {}
    for at, name in enumerate(X):
        found[str(name)] = roc_auc_score(y, rates[:, at])
        if X[name].dtype.kind == "f":
            values = X[name].to_numpy(float)
            lowest = np.nanmin(values) - 1 if not np.isnan(values).all() else 0.0
            ranked = roc_auc_score(y, np.where(np.isnan(values), lowest, values))
            found[str(name)] = max(found[str(name)], ranked, 1 - ranked)
    return pd.Series(found, name="AUC alone").sort_values(ascending=False, kind="stable")


def label_signal(y: np.ndarray, p: np.ndarray) -> float:
    """AUC above chance in standard deviations of the AUC under permuted labels.

    Under permutation the AUC has mean ½ and variance (n + 1) / (12 · n₁ · n₀) (Mann and Whitney,
    1947): below about 3 the model has learned nothing that can be told from chance.

    Args:
        y: labels 0 or 1, shape (n,). p: scores of a model that did not see them, shape (n,).

    >>> y = np.arange(400) % 10 == 0
    >>> label_signal(y, y + np.linspace(0, 1, 400)) > 10
    True
    """
    n, positives = len(y), int(np.sum(y))
    deviation = np.sqrt((n + 1) / (12 * positives * (n - positives)))
    return float((roc_auc_score(y, p) - 0.5) / deviation)


def column_shift(before: pd.DataFrame, after: pd.DataFrame) -> pd.Series:
    """Distance of each column's distribution between two parts, 0 to 1, the largest first.

    Numbers: the Kolmogorov–Smirnov distance, or the difference in missing share if it is larger.
    Categories: half the sum of the differences in share (total variation). Ids are left out.

    >>> column_shift(pd.DataFrame({"x": [1.0, 2.0]}), pd.DataFrame({"x": [60.0, 120.0]})).iloc[0]
    np.float64(1.0)
    """
    found = {}
    for name in before:
        old, new = before[name], after[name]
        if old.dtype.kind == "f":
            missing = abs(old.isna().mean() - new.isna().mean())
            some = old.notna().any() and new.notna().any()
            apart = stats.ks_2samp(old.dropna(), new.dropna()).statistic if some else 0.0
            found[str(name)] = max(float(apart), float(missing))
        elif old.dtype.kind != "i":
            shares = [part.value_counts(normalize=True) for part in (old, new)]
            found[str(name)] = float(shares[0].sub(shares[1], fill_value=0).abs().sum() / 2)
    return pd.Series(found, name="shift").sort_values(ascending=False, kind="stable")


@dataclass(frozen=True)
class Told:
    """How well two parts can be told apart."""

    auc: float
    """Cross-validated; ½ when they are alike."""
    columns: pd.Series
    """Share of the trees' gain by column, the largest first."""


def adversarial_validation(before: pd.DataFrame, after: pd.DataFrame, seed: int = 0) -> Told:
    """Train boosted trees to tell which part a row is of; the columns that they use have moved.

    It also finds a shift that no column shows by itself. Ids are left out: new ones always come.
    The parts must not hold the same rows: of a row that is in both, one copy in training speaks
    against the other, and the AUC falls below ½.

    >>> days = pd.DataFrame({"price": np.arange(2000.0), "size": np.arange(2000.0) % 7})
    >>> told = adversarial_validation(days, days + [4000, 0])
    >>> told.auc > 0.99, told.columns.index[0]
    (True, 'price')
    """
    names = [name for name in before if before[name].dtype.kind != "i"]
    X = pd.concat([before[names], after[names]], ignore_index=True)
    which = np.repeat([0, 1], [len(before), len(after)])
    model = boosted(X, seed, n_estimators=30)
    folds = StratifiedKFold(3, shuffle=True, random_state=seed)
    p = cross_val_predict(model, X, which, cv=folds, method="predict_proba")[:, 1]
    trees = model.fit(X, which)[-1]
    gain = trees.booster_.feature_importance("gain")
    order = [name.partition("__")[2] for name in trees.feature_name_]
    share = pd.Series(gain / max(gain.sum(), 1e-12), index=order, name="share of gain")
    return Told(float(roc_auc_score(which, p)), share.sort_values(ascending=False, kind="stable"))


def serving_mismatch(offline: pd.DataFrame, served: pd.DataFrame) -> pd.Series:
    """Share of the rows whose value differs between two tables of the same rows, by column.

    Args:
        offline: features as the training code computes them. served: as the service logged them,
            the same rows in the same order.

    >>> a, b = pd.DataFrame({"age": [1.0, np.nan]}), pd.DataFrame({"age": [1.0, 30.0]})
    >>> serving_mismatch(a, b).loc["age"]
    np.float64(0.5)
    """
    found = {}
    for name in offline:
        a, b = offline[name].reset_index(drop=True), served[name].reset_index(drop=True)
        if a.dtype.kind == "f":
            equal = np.isclose(a, b, rtol=1e-6, atol=1e-12, equal_nan=True)
        else:
            equal = ((a.astype(object) == b.astype(object)) | (a.isna() & b.isna())).to_numpy()
        found[str(name)] = float(np.mean(~equal))
    return pd.Series(found, name="differ").sort_values(ascending=False, kind="stable")


def copied_share(train: pd.DataFrame, test: pd.DataFrame) -> float:
    """Share of the test rows that stand in the training part too, equal in every column.

    >>> copied_share(pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [2, 3, 2, 4]}))
    0.5
    """
    known = pd.util.hash_pandas_object(train, index=False)
    return float(pd.util.hash_pandas_object(test, index=False).isin(known).mean())
