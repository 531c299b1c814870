"""Feature importance in several views, and where they disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlsd_kit.data.columns import as_floats, column_of, is_number
from mlsd_kit.errors import UserError

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def tree_shap(model: Any, X: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """Exact SHAP values of a LightGBM model, in log-odds for a classifier.

    LightGBM computes them itself (path-dependent TreeSHAP, Lundberg et al., 2020): what each
    feature adds to a row's score, against the score expected over the training rows. They sum to
    the score: ``values.sum(axis=1) + base`` is the raw prediction.

    Args:
        model: a fitted ``lightgbm.LGBMClassifier`` with two classes, or ``LGBMRegressor``.
        X: n rows.

    Returns:
        The values, shape (n, features), and the base.

    Raises:
        UserError: when the model is none of LightGBM's.
    """
    if not hasattr(model, "booster_"):
        raise UserError(f"tree_shap explains LightGBM models, not {type(model).__name__}")
    told = np.asarray(model.predict(X, pred_contrib=True))
    return pd.DataFrame(told[:, :-1], columns=X.columns, index=X.index), float(told[0, -1])


def importance_table(
    model: Any, X: pd.DataFrame, y: np.ndarray, seed: int = 0, repeats: int = 5
) -> pd.DataFrame:
    """Rank the features of a LightGBM classifier by three views, on rows it was not trained on.

    ``gain``: share of the loss that splits on the feature took away in training. ``permutation``:
    what AUC loses when the feature is shuffled, with its standard deviation over the repeats.
    ``shap``: mean of the absolute SHAP values, in log-odds.

    Args:
        model: fitted. X: rows it was not trained on, n. y: their labels 0 or 1, shape (n,).
        seed: of the shuffling. repeats: of the shuffling.

    Returns:
        A row for each feature, by SHAP: the three, ``permutation_std``, ``rank_…`` of each (1 is
        the most important) and ``disagreement``, the largest rank less the smallest.
    """
    from sklearn.inspection import permutation_importance

    shuffled = permutation_importance(
        model, X, y, scoring="roc_auc", n_repeats=repeats, random_state=seed
    )
    gain = model.booster_.feature_importance("gain")
    values, _ = tree_shap(model, X)
    table = pd.DataFrame(
        {
            "gain": gain / max(gain.sum(), 1e-12),
            "permutation": shuffled.importances_mean,
            "permutation_std": shuffled.importances_std,
            "shap": values.abs().mean().to_numpy(),
        },
        index=pd.Index(X.columns, name="column"),
    )
    views = ["gain", "permutation", "shap"]
    ranks = table[views].rank(ascending=False, method="first").astype(int).add_prefix("rank_")
    table = pd.concat([table, ranks], axis=1)
    table["disagreement"] = ranks.max(axis=1) - ranks.min(axis=1)
    return table.sort_values("shap", ascending=False, kind="stable")


def effect_curve(model: Any, X: pd.DataFrame, column: str, points: int = 12) -> pd.DataFrame:
    """Partial dependence of a number, and the mean SHAP value of the rows near each point.

    Partial dependence sets the feature to a value in *every* row and averages the predictions
    (Friedman, 2001), rows that cannot be included; SHAP values are of the rows as they are.

    Args:
        model: a fitted LightGBM classifier. X: rows. column: a number among its columns.
        points: quantiles of the column to look at.

    Returns:
        By value of the column: ``partial_dependence`` (probability) and ``shap`` (log-odds).

    Raises:
        UserError: when the column is unknown or no number.
    """
    from sklearn.inspection import partial_dependence

    if not is_number(column_of(X, column)):
        raise UserError(f"{column!r} is no number, so it has no curve")
    values = as_floats(X[column])
    known = ~np.isnan(values)
    grid = np.unique(np.quantile(values[known], np.linspace(0.02, 0.98, points)))
    found = partial_dependence(
        model, X, [column], custom_values={column: grid}, method="brute", kind="average"
    )
    shap, _ = tree_shap(model, X)
    nearest = np.abs(values[known][:, None] - grid).argmin(axis=1)
    near = shap[column].to_numpy()[known]
    means = [float(near[nearest == place].mean()) for place in range(len(grid))]
    index = pd.Index(grid, name=column)
    return pd.DataFrame({"partial_dependence": found["average"][0], "shap": means}, index=index)


def plot_importance(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the ranks of the views side by side; a slope is a disagreement.

    Args:
        table: of `importance_table`. ax: axes to draw on; new ones by default.
    """
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(7, 0.32 * len(table) + 1.4), layout="constrained")
    views = ["gain", "permutation", "shap"]
    worst = table["disagreement"].max()
    for name, row in table.iterrows():
        ranks = row[[f"rank_{view}" for view in views]].to_numpy(dtype=float)
        told = worst > 0 and row["disagreement"] == worst
        ax.plot(views, ranks, "o-", color=None if told else "#9A9A9A", lw=2.4 if told else 1.2)
        ax.annotate(str(name), (2, ranks[-1]), (8, 0), textcoords="offset points", va="center")
    ax.set_yticks(range(1, len(table) + 1))
    ax.invert_yaxis()
    ax.set_xlim(-0.15, 2.9)
    ax.set(ylabel="rank (1 = most important)", xlabel="view")
    return ax
