import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_kit.data import (
    hide,
    missing_table,
    part_shift,
    plant_faults,
    population_stability,
    quality_findings,
    suspect_codes,
    suspect_unit,
    typo_candidates,
)
from mlsd_kit.data.plant import LEAK
from mlsd_kit.errors import UserError


def _clean(seed, n=4_000):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "user": rng.integers(0, 800, n),
            "shop": pd.Categorical(rng.choice(["tea", "oil", "milk"], n)),
            "euros": rng.lognormal(3, 0.5, n),
            "visits": rng.poisson(3, n) + 1.0,
        }
    )
    return frame, (rng.random(n) < 0.06).astype(int)


@given(st.integers(0, 1_000))
@settings(max_examples=15, deadline=None)
def test_each_planted_fault_is_found_and_a_clean_table_has_none_of_them(seed):
    X, y = _clean(seed)
    dirty = plant_faults(X, y, "euros", "shop", seed)
    found = quality_findings(dirty.X.assign(y=dirty.y), "y", ids=["user"])
    by_kind = found.set_index("finding")["column"]
    assert by_kind["unit"] == "euros"
    assert by_kind["typo candidate"] == "shop"
    assert by_kind["leak suspicion"] == LEAK
    share = found.set_index("finding").loc["duplicate rows", "share"]
    assert share == pytest.approx(dirty.repeated.mean(), abs=0.002)
    clean = quality_findings(X.assign(y=y), "y", later=X, ids=["user"])
    assert clean["finding"].tolist() == ["id"]


@given(st.integers(0, 1_000))
@settings(max_examples=15, deadline=None)
def test_the_rows_in_another_unit_are_the_planted_ones(seed):
    X, y = _clean(seed)
    dirty = plant_faults(X, y, "euros", "shop", seed)
    factor, rows = suspect_unit(dirty.X["euros"])
    assert factor == 1000
    assert (rows & dirty.unit).sum() >= 0.95 * dirty.unit.sum()
    assert not (rows & ~dirty.unit).any()


def test_findings_come_by_severity_and_name_what_is_wrong():
    X, y = _clean(0)
    frame = X.assign(euros=X["euros"].mask(y == 1), same=1.0, y=y)
    later = X.assign(visits=X["visits"] + 3, shop="coffee", same=1.0)
    found = quality_findings(frame, "y", later, ["user"])
    assert found["severity"].map(["high", "medium", "low"].index).is_monotonic_increasing
    kinds = set(zip(found["column"], found["finding"], strict=True))
    assert kinds >= {
        ("euros", "missing"), ("euros", "leak suspicion"), ("same", "constant"),
        ("visits", "drift"), ("shop", "drift"), ("shop", "unseen"), ("user", "id"),
    }  # fmt: skip
    reason = found.loc[found["finding"] == "missing", "reason"].iloc[0]
    assert "tells something" in reason
    with pytest.raises(UserError, match="did you mean 'user'"):
        quality_findings(X, ids=["usr"])


@pytest.mark.parametrize(
    ("values", "like"),
    [
        (["US"] * 95 + ["us"] * 2, {"us": "US"}),
        (["mobile"] * 95 + ["moblie"] * 2 + ["web"] * 30, {"moblie": "mobile"}),
        (["São Paulo"] * 50 + ["são-paulo"], {"são-paulo": "São Paulo"}),
        (["tea"] * 50 + ["oil"] * 2, {}),
        (["mobile"] * 50 + ["moblie"] * 40, {}),
        ([1, 2, 3], {}),
    ],
)
def test_typo_candidates(values, like):
    found = typo_candidates(pd.Series(values))
    assert dict(zip(found["value"], found["like"], strict=True)) == like


def test_codes_stand_apart():
    rng = np.random.default_rng(1)
    km = pd.Series(np.r_[rng.lognormal(2, 1, 500).clip(max=90), [-1.0] * 9, [999.0] * 7])
    assert sorted(suspect_codes(km)["value"]) == [-1.0, 999.0]
    degrees = pd.Series(np.r_[rng.normal(0, 5, 500), [-1.0] * 9])
    assert suspect_codes(degrees).empty
    assert suspect_unit(pd.Series([1.0] * 50 + [9.0] * 9)) is None


def test_stability_agrees_with_the_divergence_of_scipy_and_with_chance():
    from scipy.stats import entropy

    before, after = np.array([700, 200, 100]), np.array([500, 300, 200])
    p, q = (before + 0.5) / 1001.5, (after + 0.5) / 1001.5
    oracle = entropy(p, q) + entropy(q, p)
    assert population_stability(before, after) == pytest.approx(oracle, rel=1e-9)
    rng = np.random.default_rng(2)
    draws = [[pd.DataFrame({"x": rng.normal(size=n)}) for n in (2000, 1000)] for _ in range(60)]
    shifts = [part_shift(*pair) for pair in draws]
    psi = np.array([s.loc["x", "psi"] for s in shifts])
    assert psi.mean() == pytest.approx(shifts[0].loc["x", "chance"], rel=0.25)


def test_unseen_values_are_told_for_ids_and_categories():
    before = pd.DataFrame({"ad": [1, 2, 3, 4], "land": list("aabb"), "x": [1.0, 2, 3, 4]})
    after = pd.DataFrame({"ad": [3, 4, 5, 6], "land": list("aabc"), "x": [9.0, 9, 9, 9]})
    found = part_shift(before, after, ["ad"])
    assert found.loc["ad", "unseen"] == 0.5
    assert found.loc["land", "unseen"] == 0.25
    assert found.loc["x", "unseen"] == 0
    assert np.isnan(found.loc["ad", "psi"])


@given(st.integers(0, 500), st.sampled_from([0.1, 0.3, 0.5]))
@settings(max_examples=20, deadline=None)
def test_hidden_values_keep_the_others_and_meet_the_share(seed, share):
    column = pd.Series(np.random.default_rng(seed).normal(size=3_000))
    for which in ("at random", "the largest"):
        gone = hide(column, share, which, seed)
        assert gone.isna().mean() == pytest.approx(share, abs=0.05)
        assert gone.dropna().equals(column[gone.notna()])
    assert hide(column, share, "the largest", seed).mean() < column.mean() - 0.02
    with pytest.raises(UserError, match=r"share: 0\.6 is not above 0 and at most 0\.5"):
        hide(column, 0.6, "the largest")


def test_absence_that_tells_is_told_apart_from_chance():
    from scipy.stats import chi2_contingency

    rng = np.random.default_rng(3)
    y = (rng.random(20_000) < 0.1).astype(int)
    telling = np.where(rng.random(20_000) < 0.1 + 0.1 * y, np.nan, 1.0)
    chance = np.where(rng.random(20_000) < 0.1, np.nan, 1.0)
    table = missing_table(pd.DataFrame({"a": telling, "b": chance, "full": 1.0, "y": y}), "y")
    assert set(table.index) == {"a", "b"}
    assert table.loc["a", "p_value"] < 1e-6 < 0.001 < table.loc["b", "p_value"]
    counts = pd.crosstab(np.isnan(chance), y)
    assert table.loc["b", "p_value"] == pytest.approx(chi2_contingency(counts)[1], abs=0.05)
    assert table.loc["a", "rate_missing"] == pytest.approx(y[np.isnan(telling)].mean())
