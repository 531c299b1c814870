import numpy as np
import pandas as pd
import pytest

from mlsd_kit.scaling.catalogue import FEATURES, Catalogue
from mlsd_kit.scaling.funnel_tuning import (
    ScoredFunnel,
    StageCost,
    best_under,
    next_steps,
    plot_budget,
)

VALUE = np.array([[0.1, 0.9, 0.5, 0.3], [0.8, 0.2, 0.4, 0.6]])
LIGHT = np.array([[0.9, 0.1, 0.5, 0.3], [0.8, 0.2, 0.4, 0.6]])


def looked_up(table):
    return lambda request, item: table[request, item]


def funnel(retrieved, shown=1):
    best = np.sort(VALUE, axis=1)[:, -shown:].mean(axis=1)
    return ScoredFunnel(
        retrieved, looked_up(LIGHT), looked_up(VALUE), looked_up(VALUE), best, shown
    )


EVERYTHING = {
    4: np.array([[0, 1, 2, 3], [0, 1, 2, 3]]),
    1: np.array([[0, 2, -1, -1], [3, 1, 2, -1]]),
}


def test_quality_is_what_a_hand_count_says():
    scored = funnel(EVERYTHING)
    assert scored.quality(4, 4, 4) == pytest.approx(1)
    assert scored.quality(4, 4, 1) == pytest.approx((0.1 + 0.8) / (0.9 + 0.8))
    assert scored.quality(4, 4, 2) == pytest.approx((0.5 + 0.8) / (0.9 + 0.8))
    assert scored.quality(4, 1, 1) == pytest.approx((0.1 + 0.8) / (0.9 + 0.8))
    assert scored.quality(1, 4, 4) == pytest.approx((0.5 + 0.6) / (0.9 + 0.8))


def test_what_was_not_retrieved_is_worth_nothing():
    assert funnel(EVERYTHING, shown=3).quality(1, 4, 4) == pytest.approx(
        (0.1 + 0.5 + 0.6 + 0.4 + 0.2) / (0.9 + 0.5 + 0.3 + 0.8 + 0.6 + 0.4)
    )


def test_the_grid_holds_every_setting_that_narrows_with_its_time():
    costs = StageCost(1, 100), StageCost(2, 1000)
    grid = funnel(EVERYTHING).grid({1: 0.5, 4: 2.0}, *costs, [2, 4], [1, 2, 4])
    assert len(grid) == 2 * 5
    row = grid[(grid["effort"] == 4) & (grid["retrieve"] == 4) & (grid["rank"] == 2)].iloc[0]
    assert row["ms"] == pytest.approx(2 + 1.4 + 4)
    best = best_under(grid, 7.5)
    assert best["ms"] <= 7.5
    assert best["quality"] == grid[grid["ms"] <= 7.5]["quality"].max()
    assert len(plot_budget(grid, best, 7.5).get_legend().get_texts()) == 4
    with pytest.raises(ValueError, match="no setting within 1 ms"):
        best_under(grid, 1)


def test_next_steps_are_differences_per_millisecond():
    grid = pd.DataFrame(
        [
            (1, 10, 5, 0.5, 1.0), (2, 10, 5, 0.6, 1.5), (4, 10, 5, 0.9, 9.0),
            (1, 20, 5, 0.4, 1.2), (1, 10, 10, 0.7, 3.0),
        ],
        columns=["effort", "retrieve", "rank", "quality", "ms"],
    )  # fmt: skip
    steps = next_steps(grid, grid.iloc[0])
    assert steps["to"].tolist() == [2, 20, 10]
    assert steps["quality per ms"].tolist() == pytest.approx([0.2, -0.5, 0.1])
    assert next_steps(grid, grid.iloc[2]).empty


def test_a_cost_line_is_found_again_and_is_never_negative():
    cost = StageCost.fit([10, 100, 1000], [2.1, 3.0, 12.0])
    assert (cost.fixed_ms, cost.per_candidate_us) == pytest.approx((2, 10))
    falling = StageCost.fit([10, 1000], [5.0, 3.0])
    assert falling.per_candidate_us == 0
    assert falling.fixed_ms == pytest.approx(4)
    calls = []
    StageCost.measure(calls.append, (1, 2), repeats=3)
    assert calls == [1] * 4 + [2] * 4


@pytest.fixture(scope="module")
def shop():
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((510, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Catalogue(vectors[:500], vectors[500:], seed=1)


def test_the_best_list_is_that_of_the_known_probabilities(shop):
    user, item = np.repeat(np.arange(10), 500), np.tile(np.arange(500), 10)
    p = shop.click_probability(user, item).reshape(10, 500)
    assert shop.best(3) == pytest.approx(np.sort(p, axis=1)[:, -3:].mean(axis=1))
    assert list(shop.features(user, item)) == list(FEATURES)


def test_clicks_come_with_their_probability(shop):
    user, item = np.zeros(40_000, dtype=int), np.full(40_000, 7)
    p = shop.click_probability(user[:1], item[:1])[0]
    rate = shop.clicks(user, item, seed=3).mean()
    assert rate == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / 40_000))
