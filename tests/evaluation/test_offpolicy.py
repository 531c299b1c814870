"""Off-policy estimators: by hand, on simulated logs with a known truth, and on a real one."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.linear_model import LinearRegression, LogisticRegression

from mlsd_kit.data.sets.open_bandit import load_open_bandit
from mlsd_kit.evaluation.offpolicy import (
    clipping_loss,
    cross_fitted_outcomes,
    direct_method,
    doubly_robust,
    effective_sample_size,
    importance_weights,
    ips,
    off_policy_table,
    self_normalised_ips,
    target_probabilities,
)

REWARDS, ACTIONS = [1, 0, 1, 1], [0, 1, 1, 0]
PROPENSITY = [0.5, 0.5, 0.25, 0.8]
TARGET = [[0.5, 0.5], [0.25, 0.75], [0.0, 1.0], [0.4, 0.6]]
Q = [[0.6, 0.2], [0.4, 0.4], [0.5, 0.9], [1.0, 0.0]]
# weights of the logged rows: 0.5/0.5, 0.75/0.5, 1/0.25, 0.4/0.8
WEIGHTS = [1.0, 1.5, 4.0, 0.5]


def test_weights_by_hand():
    chances = target_probabilities(TARGET, ACTIONS)
    assert importance_weights(chances, PROPENSITY).tolist() == WEIGHTS
    assert effective_sample_size(WEIGHTS) == pytest.approx(7.0**2 / (1 + 2.25 + 16 + 0.25))
    assert effective_sample_size([0, 0]) == 0


def test_estimators_by_hand():
    assert ips(REWARDS, WEIGHTS).estimate == pytest.approx((1 + 0 + 4 + 0.5) / 4)
    assert self_normalised_ips(REWARDS, WEIGHTS).estimate == pytest.approx(5.5 / 7)
    # 0.5·0.6 + 0.5·0.2 = 0.4; 0.25·0.4 + 0.75·0.4 = 0.4; 0.9; 0.4·1.0
    assert direct_method(Q, TARGET).estimate == pytest.approx((0.4 + 0.4 + 0.9 + 0.4) / 4)
    # corrections: 1·(1 − 0.6), 1.5·(0 − 0.4), 4·(1 − 0.9), 0.5·(1 − 1)
    corrected = [0.4 + 0.4, 0.4 - 0.6, 0.9 + 0.4, 0.4 + 0.0]
    found = doubly_robust(REWARDS, ACTIONS, WEIGHTS, Q, TARGET)
    assert found.estimate == pytest.approx(np.mean(corrected))
    half = 1.959964 * np.std(corrected, ddof=1) / 2
    assert (found.low, found.high) == pytest.approx((found.estimate - half, found.estimate + half))


def test_clipping_loses_what_it_says():
    clipped = ips(REWARDS, np.minimum(WEIGHTS, 2)).estimate
    assert ips(REWARDS, WEIGHTS).estimate - clipped == pytest.approx(
        clipping_loss(REWARDS, WEIGHTS, 2)
    )
    assert clipping_loss(REWARDS, WEIGHTS, 2) == pytest.approx(2 / 4)


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0.01, 1)), min_size=2, max_size=40))
def test_the_logging_policy_itself_has_its_mean_reward(rows):
    rewards, chances = np.array(rows).T
    weights = importance_weights(chances, chances)
    assert ips(rewards, weights).estimate == pytest.approx(rewards.mean())
    assert self_normalised_ips(rewards, weights).estimate == pytest.approx(rewards.mean())
    assert effective_sample_size(weights) == pytest.approx(len(rows))


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 50)), min_size=2, max_size=40).filter(
        lambda rows: sum(w for _, w in rows) > 1e-3
    )
)
def test_self_normalised_stays_within_the_rewards(rows):
    rewards, weights = np.array(rows).T
    estimate = self_normalised_ips(rewards, weights).estimate
    assert rewards.min() - 1e-9 <= estimate <= rewards.max() + 1e-9


RATES = np.array([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]])
LOGGING = np.array([[0.6, 0.2, 0.2], [0.2, 0.6, 0.2]])
WANTED = np.array([[0.1, 0.8, 0.1], [0.8, 0.1, 0.1]])
TRUTH = float((WANTED * RATES).sum(axis=1).mean())


def simulated_log(seed, n=600):
    """Context, actions, their propensities and rewards; two kinds of rows, three actions."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 2, n)
    actions = (rng.random(n)[:, None] > LOGGING[kind].cumsum(axis=1)).sum(axis=1)
    rewards = (rng.random(n) < RATES[kind, actions]).astype(float)
    return kind, actions, LOGGING[kind, actions], rewards


def repeated(estimate, times=300):
    """Estimates of many logs, and the share of intervals that hold the truth."""
    found = [estimate(*simulated_log(seed)) for seed in range(times)]
    held = np.mean([one.low <= TRUTH <= one.high for one in found])
    return np.array([one.estimate for one in found]), held


def weights_of(kind, actions, propensity):
    return importance_weights(target_probabilities(WANTED[kind], actions), propensity)


def by_ips(kind, actions, propensity, rewards):
    return ips(rewards, weights_of(kind, actions, propensity))


def by_snips(kind, actions, propensity, rewards):
    return self_normalised_ips(rewards, weights_of(kind, actions, propensity))


def fitted(kind, actions, rewards):
    """Cross-fitted predictions of a model that knows every combination of kind and action."""
    q = np.zeros((len(rewards), 3))
    for one in (0, 1):
        rows = kind == one
        q[rows] = cross_fitted_outcomes(
            LinearRegression(), np.zeros((rows.sum(), 0)), actions[rows], rewards[rows], 3, folds=2
        )
    return q


def by_dr(kind, actions, propensity, rewards):
    weights = weights_of(kind, actions, propensity)
    return doubly_robust(rewards, actions, weights, fitted(kind, actions, rewards), WANTED[kind])


def unbiased(estimates):
    return abs(estimates.mean() - TRUTH) < 4 * estimates.std() / np.sqrt(len(estimates))


@pytest.mark.parametrize("estimator", [by_ips, by_snips, by_dr])
def test_the_intervals_hold_a_known_truth_as_often_as_they_promise(estimator):
    estimates, held = repeated(estimator)
    assert unbiased(estimates)
    assert 0.92 <= held <= 0.98


def test_doubly_robust_is_right_with_a_wrong_outcome_model():
    def wrong_model(kind, actions, propensity, rewards):
        q = np.full((len(rewards), 3), 0.9) - 0.4 * (np.arange(3) == 1)
        return doubly_robust(
            rewards, actions, weights_of(kind, actions, propensity), q, WANTED[kind]
        )

    estimates, held = repeated(wrong_model)
    assert unbiased(estimates)
    assert 0.92 <= held <= 0.98
    kind = simulated_log(0)[0]
    wrong = np.full((600, 3), 0.9) - 0.4 * (np.arange(3) == 1)
    assert abs(direct_method(wrong, WANTED[kind]).estimate - TRUTH) > 0.1


def test_doubly_robust_is_right_with_wrong_propensities():
    def wrong_weights(kind, actions, propensity, rewards):
        weights = weights_of(kind, actions, np.full(len(kind), 1 / 3))
        q = RATES[kind]
        return doubly_robust(rewards, actions, weights, q, WANTED[kind])

    def ips_with_them(kind, actions, propensity, rewards):
        return ips(rewards, weights_of(kind, actions, np.full(len(kind), 1 / 3)))

    estimates, _ = repeated(wrong_weights)
    assert unbiased(estimates)
    assert abs(repeated(ips_with_them)[0].mean() - TRUTH) > 0.1


def test_doubly_robust_is_wrong_when_both_are():
    def both_wrong(kind, actions, propensity, rewards):
        weights = weights_of(kind, actions, np.full(len(kind), 1 / 3))
        return doubly_robust(rewards, actions, weights, np.full((600, 3), 0.9), WANTED[kind])

    assert not unbiased(repeated(both_wrong)[0])


def test_a_good_outcome_model_narrows_the_estimate():
    plain, robust = repeated(by_ips)[0].std(), repeated(by_dr)[0].std()
    assert robust < 0.9 * plain


def test_cross_fitted_predictions_do_not_know_their_own_row():
    rng = np.random.default_rng(0)
    actions, rewards = rng.integers(0, 2, 200), rng.integers(0, 2, 200)
    own = np.eye(200)  # a context in which every row can be looked up
    q = cross_fitted_outcomes(LinearRegression(), own, actions, rewards, 2)
    predicted = q[np.arange(200), actions]
    assert abs(np.corrcoef(predicted, rewards)[0, 1]) < 0.3
    learned = LinearRegression().fit(np.hstack([own, np.eye(2)[actions]]), rewards)
    assert learned.score(np.hstack([own, np.eye(2)[actions]]), rewards) > 0.99


def test_a_classifiers_predictions_are_probabilities_of_a_reward():
    _, actions, _, rewards = simulated_log(0, n=6000)
    q = cross_fitted_outcomes(LogisticRegression(), np.zeros((6000, 0)), actions, rewards, 3)
    for action in range(3):
        assert q[:, action].mean() == pytest.approx(rewards[actions == action].mean(), abs=0.02)


def test_the_table_has_each_estimator_as_it_is_alone():
    table = off_policy_table(REWARDS, ACTIONS, PROPENSITY, TARGET, Q, clip=2)
    assert table["estimate"].to_dict() == pytest.approx(
        {
            "IPS": ips(REWARDS, WEIGHTS).estimate,
            "IPS, weights up to 2": ips(REWARDS, np.minimum(WEIGHTS, 2)).estimate,
            "self-normalised IPS": self_normalised_ips(REWARDS, WEIGHTS).estimate,
            "direct method": direct_method(Q, TARGET).estimate,
            "doubly robust": doubly_robust(REWARDS, ACTIONS, WEIGHTS, Q, TARGET).estimate,
        }
    )
    assert table.loc["IPS", "largest weight"] == 4
    assert table.loc["IPS, weights up to 2", "effective rows"] > table.loc["IPS", "effective rows"]
    assert np.isnan(table.loc["direct method", "effective rows"])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: importance_weights([0.5], [0.0]), "above 0"),
        (lambda: importance_weights([1.5], [0.5]), "0 to 1"),
        (lambda: importance_weights([0.5, 0.5], [0.5]), "a row"),
        (lambda: target_probabilities([[0.5, 0.6]], [0]), "add to 1"),
        (lambda: target_probabilities([[0.5, 0.5]], [0, 1]), "do not fit"),
        (lambda: ips([1], [1]), "at least two rows"),
        (lambda: self_normalised_ips([1, 1], [0, 0]), "could have made"),
        (lambda: direct_method([[1, 0]], [[1]]), "do not fit"),
        (lambda: cross_fitted_outcomes(None, np.zeros((3, 1)), [0, 1, 2], [0, 1, 0], 2), "0 to 1"),
    ],
)
def test_what_does_not_fit_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()


@pytest.mark.parametrize(("of", "by"), [("bts", "random"), ("random", "bts")])
def test_a_real_policys_rate_is_found_in_the_other_policys_log(of, by):
    logs = {name: load_open_bandit(name, "men") for name in ("random", "bts")}
    items = logs["random"]["item_id"].nunique()
    share = pd.crosstab(logs[of]["position"], logs[of]["item_id"], normalize="index")
    average = share.reindex(columns=range(items), fill_value=0).to_numpy()
    log, own = logs[by], logs[of]["click"]
    target = average[log["position"] - 1] if of == "bts" else np.full((len(log), items), 1 / items)
    weights = importance_weights(target_probabilities(target, log["item_id"]), log["propensity"])
    real = stats.binomtest(int(own.sum()), len(own)).proportion_ci(method="wilson")
    for estimate in (ips(log["click"], weights), self_normalised_ips(log["click"], weights)):
        assert estimate.low <= real.high
        assert real.low <= estimate.high
    assert 0.8 < weights.mean() < 1.2
    assert effective_sample_size(weights) < 0.5 * len(log)
