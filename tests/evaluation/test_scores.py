import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy
from sklearn.metrics import log_loss, roc_auc_score

from mlsd_kit.evaluation import base_entropy, calibration_ratio, normalised_entropy, score_table


@given(st.floats(1e-6, 1 - 1e-6))
def test_base_entropy_is_that_of_scipy(rate):
    assert base_entropy(rate) == pytest.approx(entropy([rate, 1 - rate]))


@pytest.mark.parametrize("rate", [0, 1, -0.1, 1.1, float("nan")])
def test_a_rate_without_entropy_is_refused(rate):
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        base_entropy(rate)


@given(st.integers(1, 199))
def test_the_base_rate_has_normalised_entropy_1(positives):
    y = (np.arange(200) < positives).astype(int)
    assert normalised_entropy(y, np.full(200, y.mean())) == pytest.approx(1)


@given(st.integers(1, 199), st.floats(0.001, 0.999))
def test_no_other_constant_is_better(positives, constant):
    y = (np.arange(200) < positives).astype(int)
    assert normalised_entropy(y, np.full(200, constant)) >= 1 - 1e-12


def test_the_truth_is_better_than_the_rate_and_than_a_distorted_truth():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 30, 200_000)
    y = (rng.random(len(p)) < p).astype(int)
    truth = normalised_entropy(y, p)
    assert truth < normalised_entropy(y, p * 0.7) < 1
    assert truth < normalised_entropy(y, np.sqrt(p * p.mean()))


def test_certainty_that_is_right_has_normalised_entropy_0():
    y = np.array([0, 1, 1, 0])
    assert normalised_entropy(y, y.astype(float)) == pytest.approx(0, abs=1e-9)


def test_calibration_ratio_counts_expected_over_observed():
    y = np.array([0, 0, 0, 1])
    assert calibration_ratio(y, np.full(4, 0.25)) == 1
    assert calibration_ratio(y, np.full(4, 0.5)) == 2


def test_score_table_has_a_row_for_each_model():
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 500)
    models = {"a": rng.random(500), "b": np.full(500, 0.5)}
    table = score_table(y, models)
    assert list(table.index) == ["a", "b"]
    assert table.loc["a", "log loss"] == pytest.approx(log_loss(y, models["a"]))
    assert table.loc["a", "AUC"] == pytest.approx(roc_auc_score(y, models["a"]))
    assert table.loc["b", "AUC"] == 0.5
    assert table.loc["b", "expected / observed"] == pytest.approx(250 / y.sum())
    assert table.loc["b", "normalised entropy"] == pytest.approx(np.log(2) / base_entropy(y.mean()))
