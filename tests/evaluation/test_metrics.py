import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss

from mlsd_kit.errors import UserError
from mlsd_kit.evaluation import (
    PROBABILITY_METRICS,
    REGRESSION_METRICS,
    difference_interval,
    find_metric,
    metric_table,
    rank_models,
    score_intervals,
)


def sample(n=400, seed=0):
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.01, 0.6, n)
    return (rng.random(n) < p).astype(int), p


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=1))
def test_log_loss_is_that_of_scikit_learn(pairs):
    y, p = (np.array(values) for values in zip(*pairs, strict=True))
    ours = PROBABILITY_METRICS["log loss"](y, p)
    assert ours == pytest.approx(log_loss(y, p, labels=[0, 1]), rel=1e-9, abs=1e-12)


def test_mse_of_probabilities_is_the_brier_score():
    y, p = sample()
    assert PROBABILITY_METRICS["MSE (Brier)"](y, p) == pytest.approx(brier_score_loss(y, p))


def test_regression_metrics_by_hand():
    y, p = np.array([1.0, 2.0, 6.0]), np.array([2.0, 2.0, 3.0])
    row = metric_table(y, {"model": p}, REGRESSION_METRICS).loc["model"]
    assert row["MAE"] == pytest.approx(4 / 3)
    assert row["RMSE"] == pytest.approx(np.sqrt(10 / 3))
    assert row["median error"] == 1.0
    assert row["MAPE"] == pytest.approx((1 + 0 + 0.5) / 3)
    assert row["R²"] == pytest.approx(1 - 10 / 14)
    assert row["bias"] == pytest.approx(2 / 3)


def test_the_best_constant_is_the_mean_by_rmse_and_the_median_by_mae():
    y = np.random.default_rng(0).lognormal(0, 1, 999)
    constants = {"mean": np.full(999, y.mean()), "median": np.full(999, np.median(y))}
    table = metric_table(y, constants, REGRESSION_METRICS)
    assert table["RMSE"].idxmin() == "mean"
    assert table["MAE"].idxmin() == "median"


@pytest.mark.parametrize("among", [PROBABILITY_METRICS, REGRESSION_METRICS])
def test_the_side_that_is_better_is_the_truth_s(among):
    y = sample()[0]
    for metric in among.values():
        truth, wrong = metric(y, y.astype(float)), metric(y, 1 - y.astype(float))
        better = truth > wrong if metric.higher_is_better else truth <= wrong
        assert better


def test_ranks_share_the_better_place():
    table = pd.DataFrame({"AUC": [0.7, 0.7, 0.6], "log loss": [0.3, 0.2, 0.1]}, index=list("abc"))
    ranks = rank_models(table, {"AUC": True, "log loss": False})
    assert ranks["AUC"].tolist() == [1, 1, 3]
    assert ranks["log loss"].tolist() == [3, 2, 1]


def test_an_unknown_metric_is_one_line():
    with pytest.raises(UserError, match="metric: 'F7' is none of accuracy"):
        find_metric("F7")


def test_the_interval_of_a_mean_error_is_that_of_the_normal_law():
    rng = np.random.default_rng(1)
    y = rng.normal(size=2000)
    p = np.zeros(2000)
    found = score_intervals(y, {"zero": p}, {"MSE": lambda a, b: np.mean((a - b) ** 2)}, draws=800)
    half = 1.96 * np.std(y**2) / np.sqrt(2000)
    row = found.loc[("zero", "MSE")]
    assert row["estimate"] == pytest.approx(np.mean(y**2))
    assert row["high"] - row["low"] == pytest.approx(2 * half, rel=0.1)


def test_a_difference_on_the_same_rows_is_known_better_than_each_figure():
    y, p = sample(2000)
    q = np.clip(p + np.random.default_rng(2).normal(0, 0.02, 2000), 0.005, 0.9)
    metric = PROBABILITY_METRICS["log loss"]
    gap = difference_interval(y, p, q, metric, draws=300)
    alone = score_intervals(y, {"p": p}, {"log loss": metric}, draws=300).iloc[0]
    assert gap.estimate == pytest.approx(metric(y, p) - metric(y, q))
    assert gap.high - gap.low < 0.5 * (alone["high"] - alone["low"])


def test_with_groups_whole_groups_are_drawn():
    """Ten copies of each row know no more than the rows themselves."""
    y, p = sample(200)
    metric = PROBABILITY_METRICS["log loss"]
    many_y, many_p, group = np.repeat(y, 10), np.repeat(p, 10), np.repeat(np.arange(200), 10)
    base = np.full(200, y.mean())
    once = difference_interval(y, p, base, metric, draws=400)
    copied = difference_interval(
        many_y, many_p, np.repeat(base, 10), metric, draws=400, groups=group
    )
    naive = difference_interval(many_y, many_p, np.repeat(base, 10), metric, draws=400)
    assert copied.high - copied.low == pytest.approx(once.high - once.low, rel=0.15)
    assert naive.high - naive.low < 0.5 * (once.high - once.low)
