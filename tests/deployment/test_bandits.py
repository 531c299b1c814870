"""Bandits against closed forms, numerical integration and the library river."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river import bandit as river_bandit

from mlsd_kit.deployment.bandits import (
    UCB1,
    ABTest,
    EpsilonGreedy,
    LinUCB,
    Thompson,
    choice_probabilities,
    draw_traffic,
    first_choice_outcomes,
    lai_robbins,
    play,
    plot_regret,
    regret_table,
    ucb1_bound,
)


def coins(rates, n=4000, seed=0):
    """A pool of requests whose arms' rates are exactly these."""
    rng = np.random.default_rng(seed)
    pool = np.zeros((n, len(rates)))
    for arm, rate in enumerate(rates):
        pool[rng.permutation(n)[: round(rate * n)], arm] = 1
    return pool


@pytest.fixture(scope="module")
def traffic():
    return draw_traffic(coins([0.5, 0.6, 0.4]), runs=60, length=3000, seed=1)


def test_the_first_choice_is_the_highest_score_and_the_rest_is_dropped():
    outcomes = first_choice_outcomes(
        [0, 1, 0, 1, 0, 0, 1], {"a": [3, 1, 2, 1, 1, 0, 9], "b": [0, 5, 1, 0, 0, 7, 9]}, size=3
    )
    assert outcomes.to_dict("list") == {"a": [0, 1], "b": [1, 0]}
    with pytest.raises(ValueError, match="no request of 9"):
        first_choice_outcomes([0, 1], {"a": [1, 2]}, 9)


def test_regret_is_the_gap_to_the_best_arm_summed():
    traffic = draw_traffic(coins([0.2, 0.5]), runs=2, length=10, seed=0)
    played = play(ABTest(n_each=100), traffic, seed=0)
    turns = np.tile([0.3, 0.0], 5).cumsum()
    np.testing.assert_allclose(played.regret, np.vstack([turns, turns]))
    assert played.regret_at(10) == pytest.approx((1.5, 1.5, 1.5))


def test_ucb1_chooses_as_rivers_does():
    rng = np.random.default_rng(3)
    pool = rng.beta([2, 3, 4], [3, 3, 3], size=(500, 3))
    traffic = draw_traffic(pool, runs=1, length=800, seed=2)
    ours = play(UCB1(), traffic, seed=0).arms[0]
    theirs = river_bandit.UCB(delta=1, burn_in=1, seed=0)
    for request, chosen in zip(traffic.requests[0], ours, strict=True):
        arm = theirs.pull([0, 1, 2])
        assert arm == chosen
        theirs.update(arm, float(pool[request, arm]))


def test_ucb1_keeps_the_bound_of_auer_and_others_at_every_request():
    for rates in ([0.9, 0.6], [0.5, 0.45, 0.1]):
        traffic = draw_traffic(coins(rates), runs=30, length=4000, seed=5)
        regret = play(UCB1(), traffic, seed=0).regret.mean(axis=0)
        requests = np.arange(1, 4001)
        bound = ucb1_bound(rates, requests)
        assert (regret <= bound).all()
        early, late = regret[1999] - regret[999], regret[3999] - regret[1999]
        assert late < 2 * early


def test_the_bounds_are_those_computed_by_hand():
    kl = 0.25 * np.log(0.25 / 0.5) + 0.75 * np.log(0.75 / 0.5)
    assert lai_robbins([0.5, 0.25, 0.5], np.e) == pytest.approx(0.25 / kl)
    by_hand = 8 / 0.3 * np.log(100) + (1 + np.pi**2 / 3) * 0.3
    assert ucb1_bound([0.9, 0.6], 100) == pytest.approx(by_hand)


def test_thompson_comes_near_the_lower_bound_and_beats_ucb1(traffic):
    thompson, ucb = (play(p, traffic, seed=0).regret_at(3000)[0] for p in (Thompson(), UCB1()))
    assert thompson < 3 * lai_robbins([0.5, 0.6, 0.4], 3000)
    assert thompson < ucb / 2


@pytest.mark.parametrize(
    ("won", "lost"), [((3, 5), (7, 4)), ((0, 0), (0, 30)), ((40, 45), (960, 955))]
)
def test_thompson_chooses_two_arms_as_often_as_the_integral_says(won, lost):
    policy = Thompson()
    policy.start(1, 2, np.random.default_rng(4))
    arms = np.repeat([0, 0, 1, 1], [won[0], lost[0], won[1], lost[1]])
    rewards = np.repeat([1.0, 0.0, 1.0, 0.0], [won[0], lost[0], won[1], lost[1]])
    if len(arms):
        policy.learn(arms[None], rewards[None], None)
    chosen = policy.choose(40_000, None)
    expected = choice_probabilities(won, lost)[1]
    error = 4 * np.sqrt(expected * (1 - expected) / 40_000)
    assert chosen.mean() == pytest.approx(expected, abs=error)


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=5),
)
def test_choice_probabilities_add_to_one_and_do_not_care_for_the_arms_order(counts):
    won, lost = np.array(counts).T
    chances = choice_probabilities(won, lost)
    assert chances.sum() == pytest.approx(1)
    assert (chances >= 0).all()
    np.testing.assert_allclose(
        choice_probabilities(won[::-1], lost[::-1]), chances[::-1], atol=1e-9
    )


def test_choice_probabilities_are_the_known_ones():
    # P(Beta(a, 1) > Beta(b, 1)) = a / (a + b)
    assert choice_probabilities([4, 1], [0, 0]) == pytest.approx([5 / 7, 2 / 7], abs=2e-5)
    assert choice_probabilities([3] * 4, [9] * 4) == pytest.approx([0.25] * 4)
    with pytest.raises(ValueError, match="at least two arms"):
        choice_probabilities([1], [1])


def test_epsilon_greedy_explores_its_share(traffic):
    played = play(EpsilonGreedy(0.3), traffic, seed=0)
    assert played.share_of(1, last=1000).mean() == pytest.approx(0.7 + 0.1, abs=0.05)
    greedy = play(EpsilonGreedy(0.0), traffic, seed=0)
    assert len(np.unique(greedy.arms[0, -100:])) == 1
    with pytest.raises(ValueError, match="between 0 and 1"):
        EpsilonGreedy(1.5)


def test_the_test_gives_even_shares_and_then_commits(traffic):
    played = play(ABTest(n_each=500), traffic, seed=0)
    test, after = played.arms[:, :1500], played.arms[:, 1500:]
    assert all((test == arm).sum() == 500 * len(test) for arm in range(3))
    assert (after == after[:, :1]).all()
    assert (after[:, 0] == 1).mean() > 0.6


def test_the_test_keeps_the_present_model_unless_a_challenger_is_significantly_better():
    same = draw_traffic(coins([0.3, 0.3, 0.3]), runs=400, length=1201, seed=7)
    replaced = play(ABTest(n_each=400), same, seed=0, every=100).arms[:, -1] != 0
    assert 0.002 < replaced.mean() < 0.05
    better = draw_traffic(coins([0.3, 0.5, 0.45]), runs=50, length=1201, seed=7)
    winners = play(ABTest(n_each=400), better, seed=0, every=100).arms[:, -1]
    assert (winners == 1).mean() > 0.85


def test_late_rewards_are_learned_late():
    traffic = draw_traffic(coins([0.1, 0.9]), runs=30, length=400, seed=0)
    soon, late = (play(Thompson(), traffic, 0, delay=d).regret_at(400)[0] for d in (0, 200))
    assert late > soon + 0.5 * 0.8 * 200 * 0.8
    ucb = play(UCB1(), traffic, 0, delay=50).arms
    assert (ucb[:, :51] == 0).all()
    assert (ucb[:, 51] == 1).all()


def test_a_memory_follows_a_world_that_changes():
    before = draw_traffic(coins([0.6, 0.4]), runs=30, length=3000, seed=0)
    changing = before.then(draw_traffic(coins([0.2, 0.4]), runs=30, length=3000, seed=1))
    np.testing.assert_allclose(changing.expected[changing.requests[0, 2999]], [0.6, 0.4])
    np.testing.assert_allclose(changing.expected[changing.requests[0, 3000]], [0.2, 0.4])
    lost = {
        memory: play(Thompson(memory), changing, 0, every=10).regret_at(6000)[0]
        for memory in (np.inf, 500.0)
    }
    assert lost[500.0] < lost[np.inf] / 1.5


def test_a_discounted_tally_is_the_geometric_sum():
    policy = Thompson(memory=10)
    policy.start(1, 1, np.random.default_rng(0))
    for _ in range(50):
        policy.learn(np.zeros((1, 1), int), np.ones((1, 1)), None)
    kept = np.exp(-1 / 10)
    assert policy.pulls[0, 0] == pytest.approx((1 - kept**50) / (1 - kept))
    with pytest.raises(ValueError, match="memory"):
        Thompson(memory=0)


def test_linucb_is_the_published_algorithm():
    rng = np.random.default_rng(0)
    x, arms, rewards = rng.normal(size=(1, 40, 3)), rng.integers(0, 2, (1, 40)), rng.random((1, 40))
    policy = LinUCB(alpha=0.7)
    policy.start(1, 2, rng)
    policy.learn(arms[:, :25], rewards[:, :25], x[:, :25])
    policy.learn(arms[:, 25:], rewards[:, 25:], x[:, 25:])
    new = rng.normal(size=(1, 5, 3))
    found = policy.index(new)
    for arm in range(2):
        A, b = np.eye(3), np.zeros(3)
        for context, reward in zip(x[0][arms[0] == arm], rewards[0][arms[0] == arm], strict=True):
            A += np.outer(context, context)
            b += reward * context
        theta = np.linalg.solve(A, b)
        for row, context in enumerate(new[0]):
            width = np.sqrt(context @ np.linalg.solve(A, context))
            assert found[0, row, arm] == pytest.approx(theta @ context + 0.7 * width)


def test_who_sees_the_context_finds_the_best_arm_of_each_group():
    groups = np.repeat(["a", "b"], 4000)
    pool = np.vstack([coins([0.5, 0.3], seed=1), coins([0.2, 0.4], seed=2)])
    traffic = draw_traffic(pool, runs=20, length=4000, seed=0, groups=groups)
    np.testing.assert_allclose(traffic.expected[[0, -1]], [[0.5, 0.3], [0.2, 0.4]])
    blind, sees = (play(p, traffic, 0, every=20).regret_at(4000)[0] for p in (Thompson(), LinUCB()))
    assert sees < blind / 3
    with pytest.raises(ValueError, match="context"):
        play(LinUCB(), draw_traffic(pool, 1, 5, 0), 0)


def test_the_same_seed_gives_the_same_run(traffic):
    one, same, other = (play(Thompson(), traffic, seed, every=50).arms for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_the_table_and_the_plot_have_every_policy(traffic):
    played = {"test": play(ABTest(100), traffic, 0), "thompson": play(Thompson(), traffic, 0)}
    table = regret_table(played, at=[300, 3000])
    assert table.index.tolist() == [(n, t) for n in played for t in (300, 3000)]
    assert (table["low"] <= table["regret"]).all()
    ax = plot_regret(played, {"bound": np.ones(3000)})
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "test",
        "thompson",
        "bound",
    ]


def test_impossible_traffic_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        draw_traffic([[0.0, 2.0]], 1, 1, 0)
    traffic = draw_traffic([[0.0, 1.0]], 1, 1, 0)
    with pytest.raises(ValueError, match="not possible"):
        play(UCB1(), traffic, 0, every=0)
    with pytest.raises(ValueError, match="alpha"):
        ABTest(10, alpha=1.0)
    with pytest.raises(ValueError, match="alpha"):
        LinUCB(-1)
