"""The ad click case's data: a known truth, planted faults, and real logs in the same shape."""

import numpy as np
import pandas as pd
import pytest

from mlsd_kit.cases import load_case
from mlsd_kit.errors import UserError
from tests.criteo_format import criteo_lines

CASE = load_case("ctr_prediction")
W = CASE.world()


@pytest.fixture(scope="module")
def world():
    return W.World(seed=4)


@pytest.fixture(scope="module")
def log(world):
    return world.simulate(300_000)


def test_the_same_seed_gives_the_same_log_and_another_stream_does_not(world, log):
    again = W.World(seed=4).simulate(300_000)
    pd.testing.assert_frame_equal(again.frame, log.frame)
    assert (again.p_click == log.p_click).all()
    other = world.simulate(300_000, stream=1)
    assert (other.frame["ad_id"] != log.frame["ad_id"]).mean() > 0.5


def test_clicks_come_at_the_true_probabilities(log):
    clicked, p = log.frame["clicked"].to_numpy(), log.p_click
    assert 0.01 <= clicked.mean() <= 0.02
    for rows in np.array_split(np.argsort(p), 10):
        expected, spread = p[rows].sum(), np.sqrt(np.sum(p[rows] * (1 - p[rows])))
        assert abs(clicked[rows].sum() - expected) < 4 * spread


def test_a_day_is_simulated_as_part_of_the_whole(world):
    day = world.simulate(50_000, first=8, days=1)
    assert set(day.frame["day"]) == {8}
    assert day.frame["time_h"].is_monotonic_increasing
    assert (day.frame["ad_age_days"] >= -1e-3).all()
    assert (day.frame["ad_age_days"] <= 21.001).all()


def test_ids_are_heavy_tailed_and_clicks_are_late(log):
    counts = log.frame["ad_id"].value_counts()
    assert counts.iloc[: len(counts) // 100].sum() > 0.25 * len(log.frame)
    delay = log.frame["click_delay_h"].dropna()
    assert (delay > 2).mean() == pytest.approx(0.2 * np.exp(-2 / 20), abs=0.03)


def test_tastes_drift_over_the_days(world):
    user, ad = np.arange(2000), np.flatnonzero(world.eligible(0) & world.eligible(9))[:2000]
    top = np.ones(2000, dtype=int)
    first, last = (world.log_odds(user, ad, top, np.full(2000, 24.0 * d)) for d in (0, 9))
    assert np.std(last - first) == pytest.approx(np.std(9 * world.shift), rel=0.4)


def test_planted_faults_are_marked_and_repaired(log):
    cents, lower = log.planted["bid in cents"], log.planted["country in lower case"]
    assert cents.any()
    assert lower.any()
    assert (log.frame["device"][cents] == "web").all()
    assert log.frame["country"][lower].astype(str).str.islower().all()
    X = W.inputs(log.frame)
    assert X["bid"].max() <= W.LARGEST_BID
    assert X["country"].max() < len(W.COUNTRIES)
    upper = log.frame["country"].astype(str).str.upper()
    assert (X["country"].map(dict(enumerate(W.COUNTRIES))) == upper).all()
    assert X["age"].isna().mean() == pytest.approx(log.frame["age"].isna().mean())


def test_inputs_are_codes_and_numbers(log):
    X = W.inputs(log.frame)
    assert sorted(W.codes(X) + W.numbers(X)) == sorted(X.columns)
    fields = W.fields(X.head(1000))
    assert all(pd.api.types.is_integer_dtype(dtype) for dtype in fields.dtypes)
    pd.testing.assert_frame_equal(W.fields(X).head(1000), fields)


def test_a_request_has_every_eligible_ad_with_its_truth(world):
    request = world.request(user=3, day=8)
    assert request.frame["ad_id"].tolist() == np.flatnonzero(world.eligible(8)).tolist()
    assert (request.frame["user_id"] == 3).all()
    assert ((request.p_click > 0) & (request.p_click < 1)).all()


def test_the_design_that_goes_for_clicks_alone_loses_the_guard(world):
    table = W.designs(world, n_requests=500, candidates=100)
    assert table["clicks"].idxmax() == "clicks only"
    assert table.loc["clicks only", "low_quality"] > table.loc["present", "low_quality"]
    assert table.loc["guarded", "low_quality"] == 0
    assert table.loc["guarded", "clicks"] > table.loc["present", "clicks"]
    shares = table["advertisers"]
    assert shares["guarded"] > shares["present"]


def test_open_bandit_has_the_same_shape():
    clicks = W.load("open_bandit", 10_000)
    assert len(clicks) == len(clicks.X) == len(clicks.y) == 10_000
    assert clicks.y.sum() == 38
    assert (np.diff(clicks.time_h) >= 0).all()
    assert clicks.p_click is None
    assert sorted(W.codes(clicks.X) + W.numbers(clicks.X)) == sorted(clicks.X.columns)


def test_criteo_has_the_same_shape(tmp_path):
    path = tmp_path / "train.txt"
    path.write_text("\n".join(criteo_lines(6000)) + "\n")
    clicks = W.load("criteo", 5_000, path=str(path))
    assert clicks.X.shape == (5_000, 39)
    assert len(W.codes(clicks.X)) == 26
    assert len(W.numbers(clicks.X)) == 13
    assert set(clicks.y) == {0, 1}


@pytest.mark.parametrize("kind", W.DATASETS)
def test_a_ranker_gives_probabilities_for_every_dataset(kind, tmp_path):
    path = tmp_path / "train.txt"
    path.write_text("\n".join(criteo_lines(6000)) + "\n")
    clicks = W.load(kind, 6_000, path=str(path))
    for name in ("lightgbm", "logistic"):
        p = W.ranker(clicks.X, name).fit(clicks.X, clicks.y).predict_proba(clicks.X)[:, 1]
        assert ((p > 0) & (p < 1)).all()
        assert len(np.unique(p)) > 100


def test_a_code_that_is_rare_is_drawn_to_the_mean_rate():
    rows = pd.DataFrame({"ad": np.r_[np.zeros(99_999, np.int64), 1], "bid": np.float32(1)})
    y = np.r_[np.arange(99_999) % 50 == 0, 0].astype(int)
    encoder = W.ranker(rows, "logistic")[:-1].fit(rows, y)[0].named_transformers_["rates"][0]
    rate = {int(c): r for c, r in zip(encoder.categories_[0], encoder.encodings_[0], strict=True)}
    assert rate[1] == pytest.approx(y.mean() * 100 / 101, rel=1e-3)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"dataset": "kaggle"}, "dataset: 'kaggle' is none of simulated, open_bandit, criteo"),
        ({"model": "forest"}, "model: 'forest' is none of lightgbm, logistic"),
        ({"n_rows": 10}, "at least 5000"),
        ({"dataset": "criteo"}, "data_path: name the file"),
        ({"dataset": "criteo", "data_path": "/nowhere/train.txt"}, "/nowhere/train.txt"),
        ({"candidates": 0}, "candidates: 0 has to be above 0"),
    ],
)
def test_what_a_run_cannot_use_is_refused_before_it_starts(wrong, said):
    good = {
        "seed": 1, "n_rows": 6000, "dataset": "simulated", "data_path": "none",
        "model": "lightgbm", "requests_per_s": 10.0, "candidates": 10, "latency_ms": 10.0,
        "catalogue": 10, "trials": 1,
    }  # fmt: skip
    CASE.check_run(good)
    with pytest.raises(UserError, match=said):
        CASE.check_run({**good, **wrong})


def test_a_file_that_is_not_in_the_format_is_told_with_its_line(tmp_path):
    path = tmp_path / "train.txt"
    path.write_text("\n".join([*criteo_lines(10), "1\t2\t3"]) + "\n")
    with pytest.raises(UserError, match=r"train.txt.*11"):
        W.load("criteo", 6_000, path=str(path))
