import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from mlsd_kit.models import LogOddsCalibration, downsample_negatives, recalibrate


def test_all_positives_stay_and_the_share_of_negatives_is_kept():
    y = np.zeros(100_000, dtype=int)
    y[::50] = 1
    kept = downsample_negatives(y, 0.1, seed=1)
    assert y[kept].sum() == y.sum()
    assert (y[kept] == 0).sum() / (y == 0).sum() == pytest.approx(0.1, abs=0.005)
    assert (np.diff(kept) > 0).all()


@given(st.floats(0.001, 0.999), st.floats(0.01, 1))
def test_recalibration_undoes_what_sampling_does_to_a_probability(p, rate):
    sampled = p / (p + (1 - p) * rate)
    assert recalibrate(np.array([sampled]), rate)[0] == pytest.approx(p, rel=1e-6)


def test_a_model_trained_on_sampled_negatives_is_right_after_it():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200_000, 1))
    y = (rng.random(len(x)) < 1 / (1 + np.exp(4 - x[:, 0]))).astype(int)
    kept = downsample_negatives(y, 0.05, seed=2)
    p = LogisticRegression().fit(x[kept], y[kept]).predict_proba(x)[:, 1]
    assert p.sum() > 5 * y.sum()
    assert recalibrate(p, 0.05).sum() == pytest.approx(y.sum(), rel=0.05)


@pytest.mark.parametrize("rate", [0, -1, 1.1])
def test_a_rate_that_is_no_share_is_refused(rate):
    with pytest.raises(ValueError, match="share of negatives"):
        downsample_negatives(np.array([0, 1]), rate, seed=0)


def test_calibration_finds_a_known_distortion():
    rng = np.random.default_rng(3)
    odds = rng.normal(-3, 1.2, 300_000)
    y = (rng.random(len(odds)) < 1 / (1 + np.exp(-odds))).astype(int)
    distorted = 1 / (1 + np.exp(-(odds - 0.5) / 1.4))
    line = LogOddsCalibration().fit(distorted, y)
    assert line.slope_ == pytest.approx(1.4, rel=0.05)
    assert line.intercept_ == pytest.approx(0.5, abs=0.1)
    assert line.predict(distorted).sum() == pytest.approx(y.sum(), rel=1e-3)
    order = pd.Series(distorted).rank()
    pd.testing.assert_series_equal(pd.Series(line.predict(distorted)).rank(), order)
