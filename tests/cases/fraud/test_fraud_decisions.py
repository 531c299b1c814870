"""The fraud case: money, rules and guards."""

import numpy as np
import pytest

from mlsd_kit.cases import load_case
from mlsd_kit.cases.modules import import_file

CASE = load_case("fraud_detection")
W = CASE.world()
vocabulary = import_file(CASE.folder / "vocabulary.py")


def test_the_decision_has_the_least_expected_cost():
    p, amount = np.array([0.02, 0.1, 0.1, 0.5]), np.array([1000.0, 10.0, 1000.0, 5.0])
    let = p * (amount + 20)
    stop = (1 - p) * (0.05 * amount + 6)
    assert W.money.worth_blocking(p, amount).tolist() == (let > stop).tolist()
    for euros in (1.0, 50.0, 900.0):
        t = W.money.threshold(euros)
        around = W.money.worth_blocking(np.array([t - 1e-9, t + 1e-9]), np.full(2, euros))
        assert around.tolist() == [False, True]
    assert W.money.decide(p, amount, 0.05).tolist() == ["allow", "review", "block", "block"]


def test_a_bill_adds_both_errors():
    y, amount = np.array([1, 1, 0, 0]), np.array([100.0, 50.0, 40.0, 60.0])
    bill = W.money.bill(y, amount, np.array([True, False, True, False]))
    assert bill["fraud let through"] == pytest.approx(250 * 70)
    assert bill["honest turned away"] == pytest.approx(250 * 8)
    assert bill["cost"] == pytest.approx(250 * 78)
    assert (bill["honest blocked (%)"], bill["recall"]) == (50, 0.5)
    assert bill["recall by amount"] == pytest.approx(100 / 150)


def test_rules_count_what_is_broken_and_take_a_gap_for_near():
    request = {
        "amount": np.array([500.0, 500.0, 5.0]),
        "category": np.array([vocabulary.CATEGORIES.index("electronics")] * 2 + [0]),
        "ip_km": np.array([np.nan, 500.0, np.nan]),
        "account_age_days": np.array([400.0, 5.0, 400.0]),
        "abroad": np.array([False, False, False]),
    }
    assert W.rules.points(request).tolist() == [2, 4, 0]
    assert W.rules.by_rule(request).tolist() == ["review", "block", "allow"]


def test_guards_are_measured_by_group(payments):
    young = payments.frame["account_age_days"].to_numpy() < 90
    table = W.judged(payments, {"nobody": payments.y < 0, "the young": young & (payments.y == 0)})
    assert table.loc["nobody", "newcomers"] == 1
    assert table.loc["the young", "newcomers"] == pytest.approx(1 / young[payments.y == 0].mean())
