"""Error rates by group: known answers."""

import numpy as np
import pandas as pd
import pytest

from mlsd_kit.evaluation import error_rates_by_group


def test_rates_are_within_the_group_and_the_ratio_is_to_all():
    y = np.array([0, 0, 1, 0, 0, 1])
    flagged = np.array([1, 0, 1, 0, 0, 0], bool)
    groups = pd.Series(
        ["new", "new", "new", "old", "old", "old"], name="account", index=range(9, 15)
    )
    table = error_rates_by_group(y, flagged, groups)
    assert table.index.name == "account"
    assert table["FPR"].to_dict() == {"new": 0.5, "old": 0.0}
    assert table["TPR"].to_dict() == {"new": 1.0, "old": 0.0}
    assert table["ratio"].to_dict() == {"new": 2.0, "old": 0.0}
    assert table.loc["new", "low"] == pytest.approx(0.0945, abs=1e-3)


def test_a_group_without_negatives_has_no_rate():
    table = error_rates_by_group(np.array([1, 0]), np.array([True, True]), pd.Series(["a", "b"]))
    assert np.isnan(table.loc["a", "FPR"])
    assert table.loc["b", "FPR"] == 1
