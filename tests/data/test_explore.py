import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import mutual_info_score

from mlsd_kit.data import (
    plot_rate_by_feature,
    profile,
    rate_by_feature,
    relationship,
    wilson_interval,
)
from mlsd_kit.errors import UserError

mpl.use("agg")


def test_profile_of_every_kind_of_column():
    frame = pd.DataFrame(
        {
            "age": [20.0, None, 40.0, 20.0],
            "city": ["Oslo", "Rome", "Oslo", None],
            "seen": [True, False, True, True],
            "at": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03", None], utc=True),
            "kind": pd.Categorical(["a", "a", "b", "b"], categories=["a", "b", "c"]),
            "tags": [["x"], ["x"], ["y"], ["z"]],
            "none": [np.nan] * 4,
        }
    )
    table = profile(frame)
    assert table.loc["age", ["missing", "distinct", "most_common", "share"]].tolist() == [
        0.25, 2, 20.0, 0.5,
    ]  # fmt: skip
    assert table.loc["age", ["min", "median", "max"]].tolist() == [20, 20, 40]
    assert table.loc["city", "examples"] == "Oslo, Rome"
    assert table.loc["city", "min"] is None
    assert table.loc["at", "max"] == pd.Timestamp("2026-01-03", tz="UTC")
    assert table.loc["kind", "distinct"] == 2
    assert table.loc["tags", "distinct"] == 3
    assert table.loc["none", "missing"] == 1
    assert table.loc["none", "most_common"] is None
    assert table["dtype"].tolist()[:3] == ["float64", "str", "bool"]
    assert profile(frame.head(0))["missing"].tolist() == [0.0] * 7


def test_relationship_agrees_with_scikit_learn_but_for_the_bias():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 6, 5_000)
    y = (rng.random(5_000) < 0.1 + 0.1 * x).astype(int)
    city = pd.Series(x % 3).map({0: "a", 1: "b", 2: "c"}).mask(x == 5)
    table = relationship(pd.DataFrame({"x": x, "city": city, "y": y}), "y")
    for name, codes in (("x", x), ("city", city.fillna("none"))):
        oracle = mutual_info_score(codes, y) / np.log(2)
        plug_in = table.loc[name, "bits"] + table.loc[name, "chance_bits"]
        assert plug_in == pytest.approx(oracle, rel=1e-9)
    assert table.loc["x", "chance_bits"] == pytest.approx(5 / (2 * 5_000 * np.log(2)))
    assert table.index.tolist() == ["x", "city"]


def test_relationship_of_a_copy_is_the_entropy_and_of_noise_is_nothing():
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 20_000)
    frame = pd.DataFrame(
        {"y": y, "copy": y.astype(str), "noise": rng.normal(size=20_000), "id": range(20_000)}
    )
    frame["text_id"] = "u" + frame["id"].astype("str")
    table = relationship(frame, "y")
    assert table.loc["copy", "share"] == pytest.approx(1, abs=1e-3)
    assert table.loc[["noise", "id", "text_id"], "bits"].max() < 1e-3
    assert table.loc["noise", "values"] == 20


def test_relationship_finds_what_is_not_monotonic_and_takes_a_numeric_target():
    rng = np.random.default_rng(2)
    x = rng.uniform(-1, 1, 10_000)
    frame = pd.DataFrame({"x": x, "y": x**2 + rng.normal(0, 0.01, 10_000), "z": rng.random(10_000)})
    assert abs(np.corrcoef(frame["x"], frame["y"])[0, 1]) < 0.05
    table = relationship(frame, "y")
    assert table.loc["x", "share"] > 0.5
    assert table.loc["z", "share"] < 0.01


def test_missing_values_can_tell_about_the_target():
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 5_000)
    frame = pd.DataFrame({"y": y, "age": np.where(y == 1, np.nan, rng.normal(40, 9, 5_000))})
    assert relationship(frame, "y").loc["age", "share"] == pytest.approx(1, abs=0.02)


def test_relationship_mistakes():
    frame = pd.DataFrame({"clicked": [1, 1], "x": [1, 2]})
    with pytest.raises(UserError, match="did you mean 'clicked'"):
        relationship(frame, "cliked")
    with pytest.raises(UserError, match="single value"):
        relationship(frame, "clicked")


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_agrees_with_scipy(counts):
    k, n = counts
    low, high = wilson_interval(np.array([k]), np.array([n]))
    oracle = binomtest(k, n).proportion_ci(0.95, method="wilson")
    assert low[0] == pytest.approx(oracle.low, abs=1e-12)
    assert high[0] == pytest.approx(oracle.high, abs=1e-12)


def test_rates_by_value_and_by_bin():
    rng = np.random.default_rng(4)
    age = rng.uniform(13, 90, 20_000)
    frame = pd.DataFrame(
        {
            "age": np.where(rng.random(20_000) < 0.05, np.nan, age),
            "slot": rng.integers(1, 4, 20_000),
            "click": (rng.random(20_000) < age / 900).astype(int),
        }
    )
    by_slot = rate_by_feature(frame, "slot", "click")
    assert by_slot.index.tolist() == ["1", "2", "3"]
    oracle = frame.groupby("slot")["click"].agg(["size", "sum", "mean"]).to_numpy()
    np.testing.assert_allclose(by_slot[["rows", "positives", "rate"]], oracle)
    by_age = rate_by_feature(frame, "age", "click")
    assert len(by_age) == 11
    assert by_age.index[-1] == "missing"
    assert by_age["rows"].sum() == 20_000
    known = frame.dropna()
    oracle = known.groupby(pd.qcut(known["age"], 10), observed=True)["click"].mean()
    np.testing.assert_allclose(by_age["rate"].iloc[:10], oracle, rtol=0.02)
    assert (by_age["low"] < by_age["rate"]).all()
    assert (by_age["rate"] < by_age["high"]).all()


def test_rare_categories_are_put_together():
    frame = pd.DataFrame({"c": ["a"] * 50 + ["b"] * 30 + list("defgh"), "y": [0, 1] * 42 + [1]})
    table = rate_by_feature(frame, "c", "y", max_values=2)
    assert table["rows"].to_dict() == {"a": 50, "b": 30, "other": 5}
    with pytest.raises(UserError, match="0 and 1"):
        rate_by_feature(frame.assign(y=2), "c", "y")


@pytest.mark.parametrize("column", ["age", "city"])
def test_plot_shows_rates_with_units_and_no_overlapping_labels(column):
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "age": rng.uniform(13, 90, 5_000),
            "city": rng.choice([f"a rather long city {i}" for i in range(12)], 5_000),
            "click": rng.integers(0, 2, 5_000),
        }
    )
    ax = plot_rate_by_feature(frame, column, "click")
    assert ax.get_ylabel() == "click rate (%)"
    assert ax.get_xlabel() == column
    ax.figure.canvas.draw()
    assert len(ax.get_xticklabels()) == len(rate_by_feature(frame, column, "click"))
