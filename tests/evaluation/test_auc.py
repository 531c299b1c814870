import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from mlsd_kit.evaluation import auc_difference, auc_interval


def scored(n=2000, seed=0, rate=0.1, strength=1.0):
    """Labels and scores with ties: the scores are rounded."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < rate).astype(int)
    return y, np.round(strength * y + rng.normal(size=n), 1)


def test_a_small_example_by_hand():
    y = np.array([0, 0, 1, 1])
    p = np.array([0.1, 0.4, 0.35, 0.8])
    # Positives are above 1/2 and 2/2 of the negatives, negatives below 2/2 and 1/2 of the
    # positives: AUC 3/4, both sample variances 1/8, variance of the AUC 1/8 / 2 + 1/8 / 2 = 1/8.
    found = auc_interval(y, p, confidence=0.5)
    assert found.estimate == 0.75
    half = 0.6744897501960817 * np.sqrt(1 / 8)
    assert found.low == pytest.approx(0.75 - half)
    assert found.high == pytest.approx(0.75 + half)


def test_a_tie_counts_half():
    assert auc_interval(np.array([0, 0, 1, 1]), np.ones(4)).estimate == 0.5


@pytest.mark.parametrize("seed", range(5))
def test_the_estimate_is_that_of_scikit_learn(seed):
    y, p = scored(seed=seed, strength=seed / 2)
    assert auc_interval(y, p).estimate == pytest.approx(roc_auc_score(y, p), abs=1e-12)


def test_the_interval_is_that_of_a_bootstrap():
    y, p = scored(n=1500)
    rng = np.random.default_rng(1)
    draws = [roc_auc_score(y[rows], p[rows]) for rows in rng.integers(0, len(y), (800, len(y)))]
    found = auc_interval(y, p)
    low, high = np.quantile(draws, [0.025, 0.975])
    assert found.high - found.low == pytest.approx(high - low, rel=0.1)
    assert found.low == pytest.approx(low, abs=0.01)
    assert found.high == pytest.approx(high, abs=0.01)


def test_the_interval_covers_the_true_auc():
    # Scores N(1, 1) against N(0, 1): the AUC is Φ(1 / √2).
    truth, runs = 0.7602499389, 1000
    rng = np.random.default_rng(2)
    y = np.repeat([0, 1], [200, 100])
    inside = 0
    for _ in range(runs):
        found = auc_interval(y, y + rng.normal(size=300), confidence=0.9)
        inside += found.low <= truth <= found.high
    assert inside / runs == pytest.approx(0.9, abs=0.03)


def test_the_interval_stays_within_0_and_1():
    y = np.array([0, 0, 0, 1, 1, 1])
    found = auc_interval(y, np.array([0.1, 0.2, 0.6, 0.5, 0.8, 0.9]))
    assert found.estimate < found.high == 1


def test_a_model_does_not_differ_from_itself():
    y, p = scored()
    same = auc_difference(y, p, p)
    assert (same.estimate, same.low, same.high) == (0, 0, 0)
    assert not same.excludes_zero


def test_the_difference_is_judged_for_pairs():
    y, p = scored(n=3000)
    rng = np.random.default_rng(3)
    worse = p + rng.normal(scale=0.3, size=len(p))
    pair = auc_difference(y, p, worse)
    assert pair.estimate == pytest.approx(roc_auc_score(y, p) - roc_auc_score(y, worse))
    draws = [
        roc_auc_score(y[rows], p[rows]) - roc_auc_score(y[rows], worse[rows])
        for rows in rng.integers(0, len(y), (500, len(y)))
    ]
    low, high = np.quantile(draws, [0.025, 0.975])
    assert pair.high - pair.low == pytest.approx(high - low, rel=0.12)
    alone = auc_interval(y, p)
    assert pair.high - pair.low < (alone.high - alone.low) / 2


def test_a_clear_difference_excludes_zero():
    y, p = scored(strength=2)
    noise = np.random.default_rng(4).normal(size=len(y))
    assert auc_difference(y, p, noise).excludes_zero
    assert auc_difference(y, noise, p).excludes_zero


@given(
    scores=npst.arrays(float, 30, elements=st.integers(-40, 40).map(lambda i: i / 10)),
    positives=st.integers(2, 28),
)
def test_only_the_order_of_the_scores_counts(scores, positives):
    y = (np.arange(30) < positives).astype(int)
    assert auc_interval(y, expit(scores) * 3) == auc_interval(y, scores)
    flipped = auc_interval(y, -scores)
    assert flipped.estimate == pytest.approx(1 - auc_interval(y, scores).estimate)


@pytest.mark.parametrize("y", [[0, 0, 0], [1, 1, 1], [0, 1, 1]])
def test_one_of_a_class_is_too_few(y):
    with pytest.raises(ValueError, match="at least 2 of each class; there are"):
        auc_interval(np.array(y), np.array([0.1, 0.2, 0.3]))


def test_a_published_example():
    """109 CT images rated 1 to 5 (Hanley and McNeil, 1982, table 1).

    Stata's manual ([R] roctab) gives for them area 0.8932, standard error 0.0307 and interval
    0.83295 to 0.95339, by the same method of DeLong.
    """
    y = np.repeat([0, 1], [58, 51])
    rating = np.concatenate(
        [np.repeat(range(1, 6), [33, 6, 6, 11, 2]), np.repeat(range(1, 6), [3, 2, 2, 11, 33])]
    )
    found = auc_interval(y, rating)
    assert found.estimate == pytest.approx(0.8932, abs=5e-5)
    assert (found.low, found.high) == pytest.approx((0.83295, 0.95339), abs=5e-6)


@pytest.mark.parametrize("seed", range(3))
def test_the_difference_is_that_of_the_definition_pair_by_pair(seed):
    """DeLong's structural components as means over all pairs, without ranks."""
    y, p = scored(n=300, seed=seed, rate=0.2)
    q = np.round(p + np.random.default_rng(seed).normal(size=300), 1)
    wins = [
        (s[y == 1][:, None] > s[y == 0]) + 0.5 * (s[y == 1][:, None] == s[y == 0]) for s in (p, q)
    ]
    gap = wins[0] - wins[1]
    error = np.sqrt(
        gap.mean(axis=1).var(ddof=1) / gap.shape[0] + gap.mean(axis=0).var(ddof=1) / gap.shape[1]
    )
    found = auc_difference(y, p, q)
    assert found.estimate == pytest.approx(gap.mean())
    assert (found.high - found.low) / 2 == pytest.approx(1.959963985 * error)
