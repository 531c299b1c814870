"""The boosted trees that the cases' services start with."""

from __future__ import annotations

from typing import Any

from mlsd_kit.cases import LearningTable
from mlsd_kit.deployment.features import serving_features
from mlsd_kit.errors import require

TREES = {"n_estimators": 150, "learning_rate": 0.05, "num_leaves": 15}


def boosted_trees(table: LearningTable, seed: int, **settings: float) -> Any:
    """A pipeline over `serving_features`, fitted; the same rows and settings give the same trees.

    Args:
        table: rows to learn from.
        seed: of the trees.
        settings: of LightGBM, instead of those in `TREES`.

    Raises:
        UserError: when lightgbm is not installed.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    prepare = ColumnTransformer(
        [
            ("numbers", "passthrough", table.numbers),
            ("categories", OneHotEncoder(handle_unknown="ignore"), table.categories),
        ]
    )
    trees = require("lightgbm").LGBMClassifier(
        **{**TREES, **settings}, random_state=seed, n_jobs=1, verbose=-1
    )
    return make_pipeline(prepare, trees).fit(serving_features(table), table.y)
