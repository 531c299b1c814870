import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.scaling import fanout

LOAD = fanout.FanoutLoad(posts_per_day=2, reads_per_day=10, cache_s=60)
DESIGNS = {"push": np.inf, "pull": 0.0, "hybrid": LOAD.threshold()}


@pytest.fixture(scope="module")
def network():
    return fanout.follow_graph(users=2000, authors=500, follows=30, skew=1.0, seed=1)


def test_each_user_follows_different_authors_and_a_few_have_most(network):
    assert all(len(set(row)) == 30 for row in network.follows.tolist())
    assert network.followers.sum() == 2000 * 30
    equal = fanout.follow_graph(2000, 500, 30, 0.0, 1)
    top = [np.sort(g.followers)[-25:].sum() / g.followers.sum() for g in (equal, network)]
    assert top[0] < 0.1
    assert top[1] > 0.3
    with pytest.raises(ValueError, match="cannot each follow 4 of 3"):
        fanout.follow_graph(5, 3, 4, 1.0, 0)


@given(
    st.floats(0.5, 10), st.floats(1, 50), st.floats(5, 600), st.floats(0, 0.04), st.floats(0.5, 4)
)
def test_at_the_threshold_push_and_pull_cost_the_same(posts, reads, cache_s, cached, store):
    load = fanout.FanoutLoad(posts, reads, cache_s, cached_cost=cached, store_cost=store)
    at = load.threshold()
    if at == np.inf:
        assert load.push_cost(1e9) <= load.pull_cost(1e9)
    elif at == 0:
        assert load.pull_cost(1.0) <= load.push_cost(1.0)
    else:
        assert load.pull_cost(at) == pytest.approx(load.push_cost(at))
        assert load.pull_cost(2 * at) < load.push_cost(2 * at)
        assert load.pull_cost(at / 2) > load.push_cost(at / 2)


def test_the_table_is_what_a_hand_count_says():
    graph = fanout.FollowGraph(np.array([[0, 1], [0, 2], [0, 1]]), authors=3)
    load = fanout.FanoutLoad(1, 4, cache_s=0, cached_cost=0.5, store_cost=2, inserts_per_s=3)
    table = fanout.fanout_table(graph, load, {"push": np.inf, "hybrid": 3, "pull": 0})
    assert table["writes per post"].tolist() == [2, 1, 0]
    assert table["pulls per read"].tolist() == [0, 1, 2]
    assert table["store fetches per read"].tolist() == [1, 2, 2]
    assert table["copies per day"].tolist() == [6, 3, 0]
    assert table["last delivery s"].tolist() == [1, 2 / 3, 0]
    inbox = 4 * 2 * 3
    assert table["cost per day"].tolist() == [6 + inbox, 3 + 3 * 4 * 2.5 + inbox, 6 * 4 * 2.5]


def test_the_hybrid_is_cheaper_than_either(network):
    cost = fanout.fanout_table(network, LOAD, DESIGNS)["cost per day"]
    assert cost["hybrid"] < min(cost["push"], cost["pull"])


def test_days_played_through_cost_what_the_closed_form_says(network):
    played = fanout.play_fanout(network, LOAD, days=1, seed=3)
    assert played.pulls.sum() == played.readings * 30
    assert (played.from_store <= played.pulls).all()
    assert played.from_store.sum() == pytest.approx(
        LOAD.pulls_from_store(network.followers).sum(), rel=0.02
    )
    for threshold in DESIGNS.values():
        closed = fanout.total_cost(network, LOAD, threshold)
        assert played.total_cost(threshold) == pytest.approx(closed, rel=0.06)


def test_the_formula_finds_the_threshold_that_simulation_finds(network):
    played = fanout.play_fanout(network, LOAD, days=1, seed=3)
    best = played.total_cost(played.best_threshold())
    assert played.total_cost(LOAD.threshold()) <= 1.02 * best


def test_skew_makes_the_hybrid_and_the_cache_pay():
    table = fanout.skew_table(2000, 500, 30, LOAD, (0.0, 0.8, 1.2), seed=1)
    assert table["writes per post, push"].tolist() == [120] * 3
    assert table["writes per post, hybrid"].is_monotonic_decreasing
    assert table["hit rate of pulls (%)"].is_monotonic_increasing
    assert table["most followers"].is_monotonic_increasing
    assert table["hybrid / push, cost"].iloc[-1] < table["hybrid / push, cost"].iloc[0]
