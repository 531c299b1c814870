"""The tables that cases offer to the lessons keep what `LearningTable` promises."""

import numpy as np
import pytest

from mlsd_kit.cases import discover, load_case

N_ROWS = 40_000
OFFERING = [
    slug
    for slug in discover()
    if "def learning_table(n_rows: int, seed: int)"
    in (load_case(slug).folder / "world.py").read_text(encoding="utf-8")
]


def test_some_cases_offer_one():
    assert {"ctr_prediction", "fraud_detection"} <= set(OFFERING)


@pytest.mark.parametrize("slug", OFFERING)
def test_a_learning_table_is_labelled_in_order_of_time_and_repeats(slug):
    case = load_case(slug)
    table = case.learning_table(N_ROWS, 3)
    assert 0 < len(table) <= N_ROWS
    assert (np.diff(table.time_h) >= 0).all()
    assert set(np.unique(table.y)) == {0, 1}
    assert table.X.index.tolist() == list(range(len(table)))
    assert sorted(table.numbers + table.categories + table.ids) == sorted(table.X)
    assert table.numbers
    assert table.categories
    assert table.ids
    assert table.cost_missed > 0
    assert table.cost_false > 0
    for values in (table.y, table.time_h, table.group):
        assert len(values) == len(table.X)
    again, other = case.learning_table(N_ROWS, 3), case.learning_table(N_ROWS, 4)
    assert again.X.equals(table.X)
    assert not other.X.equals(table.X)


def test_the_costs_of_fraud_are_those_of_its_money():
    case = load_case("fraud_detection")
    table, money = case.learning_table(N_ROWS, 3), case.world().money
    amount = table.X["amount"].to_numpy()
    assert table.cost_missed == pytest.approx(amount[table.y == 1].mean() + money.FEE)
    honest = amount[table.y == 0].mean()
    assert table.cost_false == pytest.approx(money.MARGIN * honest + money.GOODWILL)
    assert (table.group == table.X["card_id"]).all()
