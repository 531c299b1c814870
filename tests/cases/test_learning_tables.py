"""The tables that cases offer to the lessons keep what `LearningTable` promises."""

import numpy as np
import pandas as pd
import pytest

from mlsd_kit.cases import discover, load_case
from mlsd_kit.errors import UserError

N_ROWS = 40_000
OFFERING = [
    slug
    for slug in discover()
    if "learning_table" in (load_case(slug).folder / "world.py").read_text(encoding="utf-8")
]


def test_every_case_of_the_lessons_offers_one():
    lessons = {"ctr_prediction", "fraud_detection", "search_ranking", "recommendation"}
    assert lessons <= set(OFFERING)


@pytest.mark.parametrize("slug", OFFERING)
def test_a_learning_table_is_labelled_in_order_of_time_and_repeats(slug):
    case = load_case(slug)
    table = case.learning_table(N_ROWS, 3)
    assert 0.9 * N_ROWS < len(table) <= N_ROWS
    assert (np.diff(table.time_h) >= 0).all()
    assert set(np.unique(table.y)) == {0, 1}
    assert table.X.index.tolist() == list(range(len(table)))
    assert sorted(table.numbers + table.categories + table.ids) == sorted(table.X)
    assert table.numbers
    assert table.categories
    assert table.things
    assert any(np.array_equal(table.X[name], table.group) for name in table.ids)
    assert table.cost_missed > 0
    assert table.cost_false > 0
    for values in (table.y, table.time_h, table.group):
        assert len(values) == len(table.X)
    again, other = case.learning_table(N_ROWS, 3), case.learning_table(N_ROWS, 4)
    assert again.X.equals(table.X)
    assert not other.X.equals(table.X)


@pytest.mark.parametrize("slug", OFFERING)
def test_true_probabilities_are_those_of_the_events(slug):
    table = load_case(slug).learning_table(N_ROWS, 3)
    if table.p_true is None:
        pytest.skip("the truth is not known")
    tenths = np.array_split(np.argsort(table.p_true, kind="stable"), 10)
    for rows in tenths:
        expected, events = table.p_true[rows].sum(), table.y[rows].sum()
        assert abs(events - expected) < 5 * np.sqrt(expected)


@pytest.mark.parametrize("slug", OFFERING)
def test_rows_of_a_list_stand_together_and_are_of_one_time_and_group(slug):
    table = load_case(slug).learning_table(N_ROWS, 3)
    if table.slate is None:
        pytest.skip("no lists are logged")
    assert (np.diff(table.slate) >= 0).all()
    lists = pd.DataFrame({"time": table.time_h, "group": table.group}).groupby(table.slate)
    assert (lists.nunique() == 1).all(axis=None)


@pytest.mark.parametrize("slug", ["search_ranking", "recommendation"])
def test_too_few_rows_are_one_line(slug):
    with pytest.raises(UserError, match=r"n_rows: 50 .* too few to learn from; at least"):
        load_case(slug).learning_table(50, 1)


def test_the_costs_of_fraud_are_those_of_its_money():
    case = load_case("fraud_detection")
    table, money = case.learning_table(N_ROWS, 3), case.world().money
    amount = table.X["amount"].to_numpy()
    assert table.cost_missed == pytest.approx(amount[table.y == 1].mean() + money.FEE)
    honest = amount[table.y == 0].mean()
    assert table.cost_false == pytest.approx(money.MARGIN * honest + money.GOODWILL)
    assert (table.group == table.X["card_id"]).all()


def ratings(*rows):
    return pd.DataFrame(rows, columns=["time", "user", "item", "rating"])


@pytest.fixture(scope="module")
def so_far():
    return load_case("recommendation").world().so_far


def test_running_figures_count_what_came_before_and_not_in_the_same_second(so_far):
    log = ratings((1, 7, 1, 5.0), (2, 7, 2, 3.0), (2, 7, 3, 1.0), (3, 8, 1, 4.0), (4, 7, 1, 2.0))
    running = so_far(log, ["user", "item"])
    assert running["user_ratings"].tolist() == [0, 1, 1, 0, 3]
    np.testing.assert_allclose(running["user_mean"], [np.nan, 5, 5, np.nan, 3])
    assert running["item_ratings"].tolist() == [0, 0, 0, 1, 2]
    np.testing.assert_allclose(running["item_mean"], [np.nan, np.nan, np.nan, 5, 4.5])


def test_running_figures_do_not_change_when_the_present_and_the_future_do(so_far):
    rng = np.random.default_rng(5)
    log = ratings(
        *zip(np.sort(rng.integers(0, 90, 400)), *rng.integers(1, 6, (3, 400)), strict=True)
    )
    for cut in (30, 60):
        later = (log["time"] >= cut).to_numpy()
        changed = log.assign(rating=np.where(later, 6 - log["rating"], log["rating"]))
        known = log["time"] <= cut
        first, second = so_far(log, ["user", "item"]), so_far(changed, ["user", "item"])
        pd.testing.assert_frame_equal(first[known], second[known])
        assert not first.equals(second)


def test_running_figures_of_a_draw_are_those_of_the_whole_log():
    case = load_case("recommendation")
    drawn, whole = case.learning_table(20_000, 2), case.learning_table(100_000, 2)
    key = ["user_id", "item_id"]
    both = drawn.X.merge(whole.X, on=key, suffixes=("", "_whole"), validate="1:1")
    assert len(both) == len(drawn)
    for name in ("user_ratings", "user_mean", "item_ratings", "item_mean"):
        np.testing.assert_array_equal(both[name], both[f"{name}_whole"])
