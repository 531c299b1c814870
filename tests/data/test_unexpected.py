import numpy as np
import pandas as pd

from mlsd_kit.data import flag_out_of_range, flag_unit_mixup, flag_unseen


def test_range_flags_both_ends_and_not_the_missing():
    ages = pd.Series([12.0, 13, 110, 111, np.nan], index=list("abcde"))
    flagged = flag_out_of_range(ages, 13, 110)
    assert flagged["value"].to_dict() == {"a": 12, "d": 111}
    assert flagged["suggestion"].isna().all()
    assert flag_out_of_range(ages, 0, 200).empty


def test_unseen_categories_get_the_nearest_known_one():
    column = pd.Series(["web", "moblie", "WEB", "fridge", None, "moblie"])
    flagged = flag_unseen(column, ["mobile", "web"])
    assert flagged["value"].tolist() == ["moblie", "WEB", "fridge", "moblie"]
    assert flagged["suggestion"].iloc[[0, 3]].tolist() == ["mobile", "mobile"]
    assert flagged["suggestion"].iloc[2] is np.nan or pd.isna(flagged["suggestion"].iloc[2])
    assert flag_unseen(column.head(1), ["web"]).empty


def test_cents_among_euros_are_found_and_large_true_values_are_not():
    rng = np.random.default_rng(0)
    reference = pd.Series(rng.lognormal(0, 0.5, 10_000))
    bids = pd.Series(rng.lognormal(0, 0.5, 1_000))
    planted = rng.choice(1_000, 30, replace=False)
    bids.iloc[planted] *= 100
    bids.iloc[[i for i in range(20) if i not in planted][:1]] = 1e6
    flagged = flag_unit_mixup(bids, reference)
    assert set(flagged.index) == set(planted)
    assert flagged["suggestion"].between(0.1, 10).all()
