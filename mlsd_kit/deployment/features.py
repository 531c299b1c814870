"""The features that a case's model is trained on and served with: one function for both."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlsd_kit.cases import LearningTable

MISSING = "missing"


def serving_features(table: LearningTable) -> pd.DataFrame:
    """The table's numbers and categories as a service takes them: float32 and text, no ids.

    An id says something only through rates learned of it, which a feature store would look up.
    """
    numbers = {name: table.X[name].astype(np.float32) for name in table.numbers}
    words = {
        name: table.X[name].astype("str").fillna(MISSING).str.lower() for name in table.categories
    }
    return pd.DataFrame(numbers | words)
