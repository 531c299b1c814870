"""What a drill's parts say: where the trouble begins, a figure for each check, and the bug."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from mlsd_kit.models.baselines import boosted
from mlsd_kit.models.checks import (
    column_shift,
    copied_share,
    label_signal,
    serving_mismatch,
    single_feature_auc,
)
from mlsd_kit.models.drills import (
    COPIED,
    LEAK,
    NOTHING,
    SHIFTED,
    SHUFFLED,
    SKEW,
    TOO_GOOD,
    Drill,
)


def symptoms(drill: Drill, model: Any = None, seed: int = 0) -> pd.Series:
    """AUC of a model on the training, test and live parts: where the trouble begins.

    Args:
        drill: to look at. model: to train; by default boosted trees without the ids, whose rates
            are cross-fitted in training, so that the loss on the training part would mislead.
        seed: of that.
    """
    plain = [name for name in drill.train.X if drill.train.X[name].dtype.kind != "i"]
    trees = boosted(drill.train.X[plain], seed, min_child_samples=20)
    fitted = (model or trees).fit(drill.train.X, drill.train.y)
    parts = {"training": drill.train, "test": drill.test, "live": drill.live}
    scores = {
        name: roc_auc_score(part.y, fitted.predict_proba(part.X)[:, 1])
        for name, part in parts.items()
    }
    return pd.Series(scores, name="AUC")


def evidence(drill: Drill, seed: int = 0) -> pd.DataFrame:
    """What each of the checks says of a drill: a figure, and the column that it is of.

    ``alone``: AUC of the best column alone on the live rows, as computed offline; ``alone_served``:
    of the same column as it was served. ``label_signal``: of cross-validated scores on the training
    part. ``shift``: the largest, from training to test. ``mismatch``: the largest, offline against
    served. ``copied``: share of the test rows that are in the training part.

    Args:
        drill: to look at. seed: of what is trained for that.
    """
    offline = single_feature_auc(drill.offline, drill.live.y, seed)
    served = single_feature_auc(drill.live.X, drill.live.y, seed)
    model = boosted(drill.train.X, seed, n_estimators=50)
    folds = StratifiedKFold(3, shuffle=True, random_state=seed)
    p = cross_val_predict(model, drill.train.X, drill.train.y, cv=folds, method="predict_proba")
    shift = column_shift(drill.train.X, drill.test.X)
    mismatch = serving_mismatch(drill.offline, drill.live.X)
    best = offline.index[0]
    rows = {
        "alone": (offline.iloc[0], best),
        "alone_served": (served[best], best),
        "label_signal": (label_signal(drill.train.y, p[:, 1]), ""),
        "shift": (shift.iloc[0], shift.index[0]),
        "mismatch": (mismatch.iloc[0], mismatch.index[0]),
        "copied": (copied_share(drill.train.X, drill.test.X), ""),
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["figure", "column"])


def name_bug(figures: Mapping[str, float]) -> str:
    """The one of `BUGS` that the figures of `evidence` point to.

    The leak comes before the skew: it also differs between offline and served, because at serving
    the answer is not known yet.

    >>> calm = {"alone": 0.6, "alone_served": 0.6, "label_signal": 6.0, "shift": 0.1, "copied": 0.0}
    >>> name_bug({**calm, "mismatch": 0.0}), name_bug({**calm, "mismatch": 0.7})
    ('nothing', 'train-serving skew')
    """
    if figures["alone"] > TOO_GOOD and figures["alone"] - figures["alone_served"] > 0.2:
        return LEAK
    if figures["mismatch"] > 0.05:
        return SKEW
    if figures["copied"] > 0.01:
        return COPIED
    if figures["shift"] > 0.5:
        return SHIFTED
    return SHUFFLED if figures["label_signal"] < 3 else NOTHING
