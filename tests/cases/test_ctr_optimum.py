"""The promise of the ad click case: near the known optimum with a million training rows."""

import pytest

from benchmarks.ctr_optimum import data, distance, trees


@pytest.mark.slow
def test_the_best_model_is_near_the_optimum_and_calibrated():
    train, test = data(seed=1, rows=1_000_000, test_rows=3_000_000)
    found = distance(test, trees(train, seed=1).predict_proba(test.X)[:, 1])
    assert 1 < found["entropy / optimum"] <= 1.05
    assert found["expected / observed"] == pytest.approx(1, abs=0.02)
    assert found["lowest decile ratio"] >= 0.9
    assert found["highest decile ratio"] <= 1.1
