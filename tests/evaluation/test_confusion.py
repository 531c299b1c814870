import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from mlsd_kit.evaluation import cost_threshold, decision_table


def drawn(n=50_000, seed=0):
    """Calibrated probabilities: each label is drawn by its own."""
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 8, n)
    return (rng.random(n) < p).astype(int), p


def test_the_counts_of_a_small_example_by_hand():
    y = np.array([1, 1, 1, 0, 0, 0, 0, 0])
    p = np.array([0.9, 0.5, 0.1, 0.6, 0.2, 0.2, 0.1, 0.0])
    row = decision_table(y, p, {"half": 0.5}).loc["half"]
    assert row[["TP", "FP", "FN", "TN"]].tolist() == [2, 1, 1, 4]
    assert row["accuracy"] == 6 / 8
    assert row["precision"] == row["recall"] == row["F1"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("threshold", [0.05, 0.2, 0.6])
def test_the_scores_are_those_of_scikit_learn(threshold):
    y, p = drawn()
    row = decision_table(y, p, {"t": threshold}).loc["t"]
    called = p >= threshold
    assert row["accuracy"] == pytest.approx(accuracy_score(y, called))
    assert row["precision"] == pytest.approx(precision_score(y, called))
    assert row["recall"] == pytest.approx(recall_score(y, called))
    assert row["F1"] == pytest.approx(f1_score(y, called))


def test_a_threshold_that_nothing_reaches_has_no_precision():
    y, p = drawn(1000)
    row = decision_table(y, p, {"never": 1.1}).loc["never"]
    assert row["TP"] == row["FP"] == row["recall"] == row["F1"] == 0
    assert np.isnan(row["precision"])


def test_the_counts_are_whole_numbers_and_add_up():
    y, p = drawn(1000)
    counts = decision_table(y, p, {"a": 0.1, "b": 0.4})[["TP", "FP", "FN", "TN"]]
    assert all(pd.api.types.is_integer_dtype(dtype) for dtype in counts.dtypes)
    assert counts.sum(axis=1).tolist() == [1000, 1000]


@given(st.integers(0, 10**6), st.integers(0, 10))
def test_a_higher_threshold_calls_no_more_rows_positive(cut, seed):
    y, p = drawn(200, seed)
    table = decision_table(y, p, {"low": cut / 10**6, "high": cut / 10**6 + 0.1})
    assert (table.loc["high", ["TP", "FP"]] <= table.loc["low", ["TP", "FP"]]).all()


@pytest.mark.parametrize(("false_positive", "false_negative"), [(1, 1), (1, 4), (1, 20), (3, 2)])
def test_the_cost_threshold_has_the_least_cost(false_positive, false_negative):
    y, p = drawn(400_000)
    thresholds = {t: t for t in np.linspace(0.005, 0.995, 199)}
    table = decision_table(y, p, thresholds)
    costs = (false_positive * table["FP"] + false_negative * table["FN"]) / len(y)
    chosen = decision_table(y, p, {"t": cost_threshold(false_positive, false_negative)})
    cost = (false_positive * chosen["FP"] + false_negative * chosen["FN"]) / len(y)
    assert cost["t"] <= costs.min() * 1.005
    assert costs.idxmin() == pytest.approx(chosen.loc["t", "threshold"], abs=0.05)


@pytest.mark.parametrize("costs", [(0, 1), (1, 0), (-1, 2), (0, 0)])
def test_costs_that_are_not_positive_are_refused(costs):
    with pytest.raises(ValueError, match="above 0"):
        cost_threshold(*costs)
