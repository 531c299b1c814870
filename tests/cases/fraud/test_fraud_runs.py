"""The fraud case: what a run may ask for."""

import numpy as np
import pandas as pd
import pytest

from mlsd_kit.cases import load_case
from mlsd_kit.errors import UserError

CASE = load_case("fraud_detection")
W = CASE.world()


GOOD = {
    "model": "lightgbm", "dataset": "simulated", "data_path": "none", "n_rows": 200_000,
    "fraud_share": 0.004, "explore_share": 0.05, "payments_per_s": 2000.0, "cases_per_day": 500,
    "latency_ms": 100.0, "trials": 8,
}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"model": "deep"}, "model: 'deep' is none of"),
        ({"dataset": "ieee"}, "dataset: 'ieee' is none of"),
        ({"n_rows": 5000}, "n_rows: 5000 payments hold too few frauds"),
        ({"fraud_share": 0.5}, "fraud_share: 0.5"),
        ({"explore_share": 0.0}, "explore_share: 0.0"),
        ({"latency_ms": 10.0}, "latency_ms: 10.0 is below 50"),
        ({"trials": 0}, "trials: 0"),
        ({"dataset": "card_fraud"}, "data_path: name the public table"),
        ({"dataset": "card_fraud", "data_path": "nowhere.csv"}, "there is no file"),
    ],
)
def test_what_a_run_cannot_use_is_refused_before_it_starts(wrong, said):
    with pytest.raises(UserError, match=said) as error:
        CASE.check_run(GOOD | wrong)
    assert "\n" not in str(error.value)
    CASE.check_run(GOOD)


def card_fraud_file(path, rows, frauds):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(rows, 28)), columns=[f"V{i}" for i in range(1, 29)])
    table.insert(0, "Time", np.sort(rng.integers(0, 172_792, rows)))
    table["Amount"] = rng.lognormal(3, 1, rows).round(2)
    table["Class"] = 0
    table.loc[np.linspace(0, rows - 1, frauds).astype(int), "Class"] = 1
    table.to_csv(path, index=False)
    return path


def test_the_public_table_becomes_payments(tmp_path):
    path = card_fraud_file(tmp_path / "creditcard.csv", 3000, 60)
    CASE.check_run(GOOD | {"dataset": "card_fraud", "data_path": str(path)})
    payments = W.load("card_fraud", 200_000, path=str(path))
    assert (len(payments), payments.y.sum()) == (3000, 60)
    parts = payments.parts()
    assert [len(part) for part in (parts.train, parts.valid, parts.test)] == pytest.approx(
        [1800, 300, 900], abs=5
    )
    assert set(W.trial(parts.train, parts.test, "logistic", 0)) >= {"average precision", "cost"}
    few = card_fraud_file(tmp_path / "few.csv", 500, 5)
    with pytest.raises(UserError, match="5 frauds are too few"):
        W.load("card_fraud", 200_000, path=str(few))
