"""The fraud case: its simulator's truth, its features, its leaks, its adversary, its service."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from mlsd_kit.cases import load_case
from mlsd_kit.cases.modules import import_file
from mlsd_kit.deployment import AppServer, build_reference, save_bundle, to_onnx
from mlsd_kit.errors import UserError

CASE = load_case("fraud_detection")
W = CASE.world()
features = import_file(CASE.folder / "features.py")
vocabulary = import_file(CASE.folder / "vocabulary.py")
N = 60_000


@pytest.fixture(scope="module")
def world():
    return W.World(5, 0.005, n_cards=N // 20)


@pytest.fixture(scope="module")
def log(world):
    return world.simulate(N)


@pytest.fixture(scope="module")
def payments(log):
    return W.from_log(log)


@pytest.fixture(scope="module")
def detector(payments):
    parts = payments.parts()
    sets = ((part.X, part.y) for part in (parts.train, parts.valid))
    return W.fit_detector(*sets, W.FEATURES, "lightgbm", 5)


# --- the simulator


def test_a_log_is_in_order_the_same_again_and_another_with_another_seed(world, log):
    assert len(log) == N
    assert (np.diff(log["time_h"]) >= 0).all()
    assert log["time_h"].between(0, 24 * W.DAYS).all()
    pd.testing.assert_frame_equal(log, W.World(5, 0.005, n_cards=N // 20).simulate(N))
    assert not log["amount_cents"].equals(W.World(6, 0.005, N // 20).simulate(N)["amount_cents"])
    assert not world.simulate(1000, stream=1).equals(world.simulate(1000, stream=2))


def test_the_shares_of_frauds_are_those_of_the_assumptions(log):
    kinds = log["kind"].value_counts()
    assert log["fraud"].sum() == round(0.005 * N)
    assert (log["fraud"] == 1).equals(log["kind"] != "genuine")
    assert kinds["ring"] == round(0.6 * 0.005 * N)
    assert kinds["takeover"] == round(0.25 * 0.005 * N)


def test_a_chargeback_comes_ten_days_late_in_the_mean_and_for_frauds_only(log):
    delay = log["chargeback_delay_h"]
    assert delay.notna().equals(log["fraud"] == 1)
    error = delay.std() / np.sqrt(delay.count())
    assert abs(delay.mean() - 1.6 * 150) < 4 * error


def test_no_account_pays_before_it_is_opened_by_more_than_the_hours_of_its_first_day(world, log):
    opened = world.opened_h[log["card_id"]]
    assert (log["time_h"] > opened - 24).all()
    assert (log["account_age_days"] >= 0).all()


def test_rings_share_devices_and_their_habits_drift(log):
    ring = log[log["kind"] == "ring"]
    cards = ring.groupby("device_id")["card_id"].nunique()
    honest = log[log["kind"] == "genuine"].groupby("device_id")["card_id"].nunique()
    assert cards.mean() > 2 > honest.mean()
    early, late = ring[ring["time_h"] < 24 * 35], ring[ring["time_h"] > 24 * 56]
    assert late["amount_cents"].median() < early["amount_cents"].median()
    assert (
        late.groupby("device_id")["card_id"].nunique().mean()
        < early.groupby("device_id")["card_id"].nunique().mean()
    )


def test_a_style_is_what_fraudsters_do(world):
    def one_week(**style):
        week = world.simulate(20_000, first=77, days=7, stream=3, style=W.Style(**style))
        return week[week["kind"] == "ring"]

    assert one_week(amount=0.2)["amount_cents"].mean() < one_week()["amount_cents"].mean() / 2
    alone = one_week(cards_per_device=1.0).groupby("device_id")["card_id"].nunique()
    assert alone.max() == 1


def test_the_planted_faults_are_there_and_repaired(log, payments):
    assert (log["ip_km"] == -1).any()
    assert log["merchant_country"].isin([name.lower() for name in W.COUNTRIES]).any()
    repaired = payments.X["ip_km"]
    assert (repaired.dropna() >= 0).all()
    assert repaired.isna().sum() == (log["ip_km"].isna() | (log["ip_km"] == -1)).sum()
    small = log["merchant_country"].astype(str).str.upper() == log["card_country"].astype(str)
    assert (payments.X["abroad"] == (~small).astype(float)).all()


# --- one definition of the features


def test_batch_and_stream_agree_bit_for_bit(log):
    week = log[log["time_h"] >= 24 * (W.DAYS - 9)].reset_index(drop=True)
    warm_up = int((week["time_h"] < 24 * (W.DAYS - 1)).sum())
    streamed = W.stream(week, warm_up)
    whole = W.batch(log).tail(len(streamed)).reset_index(drop=True)
    pd.testing.assert_frame_equal(streamed, whole, check_exact=True)
    assert len(streamed) > 500


def test_what_happens_later_changes_no_feature(log):
    cut = len(log) // 2
    pd.testing.assert_frame_equal(W.batch(log).head(cut), W.batch(log.head(cut)), check_exact=True)


def test_windows_have_known_values():
    log = pd.DataFrame(
        {
            "time_h": [0.0, 0.5, 1.0, 2.0],
            "card_id": [1, 1, 2, 1],
            "device_id": [7, 7, 7, 8],
            "merchant_id": [3, 3, 4, 5],
            "amount_cents": [1000, 3000, 500, 8000],
            "category": ["fuel", "games", "fuel", "no such thing"],
            "card_country": "DE",
            "merchant_country": ["DE", "de", "FR", "DE"],
            "account_age_days": [1.0, 1.0, 2.0, 1.0],
            "ip_km": [5.0, -1.0, np.nan, 3.0],
        }
    )
    X = W.batch(log)
    assert X["card_n_1h"].tolist() == [0, 1, 0, 0]
    assert X["card_cents_24h"].tolist() == [0, 1000, 0, 4000]
    assert X["device_cards_7d"].tolist() == [0, 1, 1, 0]
    assert X["pair_n_7d"].tolist() == [0, 1, 0, 0]
    assert X["times_usual"].tolist() == [1, 3, 1, 4]
    assert X["abroad"].tolist() == [0, 0, 1, 0]
    assert X["category"].tolist()[-1] == -1
    assert X["ip_km"].isna().tolist() == [False, True, True, False]


# --- leaks


def test_links_over_the_whole_log_hold_later_payments(log, payments):
    leaky = W.leaks.whole_log(log)
    assert (leaky["device_cards_7d"] >= payments.X["device_cards_7d"]).all()
    first = log.groupby("device_id").head(1).index
    assert (payments.X["device_cards_7d"][first] == 0).all()
    assert leaky["device_cards_7d"][first].max() > 0


def test_past_frauds_count_from_their_chargeback_on():
    log = pd.DataFrame(
        {
            "time_h": [0.0, 10.0, 60.0],
            "card_id": [1, 1, 1],
            "device_id": [4, 5, 6],
            "fraud": [1, 0, 0],
            "chargeback_delay_h": [50.0, np.nan, np.nan],
        }
    )
    assert W.leaks.past_frauds(log, known=False).tolist() == [0, 1, 1]
    assert W.leaks.past_frauds(log, known=True).tolist() == [0, 0, 1]


def test_the_leak_flatters_offline_and_fails_when_served(payments):
    leaky = payments.with_features(past=W.leaks.past_frauds(payments.frame, known=False))
    served = payments.with_features(past=W.leaks.past_frauds(payments.frame, known=True))
    ap = {
        name: W.trial(a.parts().train, b.parts().test, "lightgbm", 0)["average precision"]
        for name, a, b in (
            ("honest", payments, payments),
            ("offline", leaky, leaky),
            ("served", leaky, served),
        )
    }
    assert ap["offline"] > ap["honest"] > ap["served"]


# --- money and rules


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


# --- learning


def test_the_links_pay(payments, detector):
    parts = payments.parts()
    assert parts.train.time_h.max() < parts.valid.time_h.min()
    assert parts.test.time_h.min() - parts.valid.time_h.max() >= 24 * 21 - 1
    alone = dataclasses.replace(parts.train, columns={"payment only": W.PAYMENT})
    poor = W.trial(alone, parts.test, "lightgbm", 5)["average precision"]
    assert W.outcome(parts.test, detector.score(parts.test.X))["average precision"] > poor + 0.1


def test_rows_of_no_weight_are_not_learned_from(payments):
    parts = payments.parts()
    weights = (np.arange(len(parts.train)) % 2).astype(float)
    half = W.trial(parts.train, parts.test, "lightgbm", 0, weights=weights)
    same = W.trial(parts.train.rows(weights > 0), parts.test, "lightgbm", 0)
    assert half == same


def test_exploration_estimates_the_frauds_that_are_attempted(payments):
    blocked = payments.today >= 2
    shares = (0.05, 0.5, 1.0)
    table = W.exploring.attempted(payments, blocked, shares, 0)
    truth = payments.y.sum()
    assert table.loc[1.0, "estimate"] == truth
    assert table.loc[1.0, "drawn"] == payments.y[blocked].sum()
    assert table.loc[0.5, "low"] < truth < table.loc[0.5, "high"]
    width = table["high"] - table["low"]
    assert width[0.05] > width[0.5]
    assert W.exploring.poisson_interval(10) == pytest.approx((4.795, 18.39), abs=0.01)


def test_fraudsters_react_to_what_is_blocked():
    style = W.Style()
    caught = W.adversary.react(style, 0.8)
    assert caught.amount < style.amount
    assert caught.cards_per_device < style.cards_per_device
    assert caught.pace_h > style.pace_h
    assert W.adversary.react(style, 0.3) == style
    assert W.adversary.react(style, 0.1).amount > style.amount


def test_an_adversary_gets_by_a_fixed_model(world, payments, detector):
    before = payments.days(W.DAYS - 7, W.DAYS).frame
    calm, sly = (
        W.adversary.campaign(world, detector, before, 3, 12_000, adapts=adapts)
        for adapts in (False, True)
    )
    assert calm["amount"].nunique() == 1
    assert calm.iloc[0].equals(sly.iloc[0])
    assert sly["amount"].iloc[-1] < sly["amount"].iloc[0]
    assert sly["recall"].iloc[1:].mean() < calm["recall"].iloc[1:].mean()


def test_weekly_retraining_takes_a_recent_payment_for_honest_unless_labels_come_at_once(payments):
    month = payments.days(42, 63)
    X, log = month.X, month.frame
    late, once = (
        W.adversary.weekly("lightgbm", 0, at_once=at_once)(log, X, 63) for at_once in (False, True)
    )
    assert late.score(X).sum() < 0.8 * once.score(X).sum()
    assert once.score(X).sum() == pytest.approx(month.y.sum(), rel=0.15)


# --- the service, over HTTP


@pytest.fixture(scope="module")
def bundle(payments, detector, tmp_path_factory):
    X = payments.X.tail(100).reset_index(drop=True)
    line = (detector.line.slope_, detector.line.intercept_)
    return save_bundle(
        tmp_path_factory.mktemp("bundle"),
        name="fraud",
        model=to_onnx(detector.model, payments.X.head(500), log_odds_line=line),
        holdout=X,
        expected=detector.score(X),
        reference=build_reference(X, detector.score(X), categorical=["category"]),
        metrics={},
        training={},
    )


def test_the_service_agrees_with_the_batch_and_answers_when_the_store_does_not(
    payments, detector, bundle, tmp_path
):
    last = payments.days(W.DAYS - 1, W.DAYS)
    payments.days(W.DAYS - 9, W.DAYS - 1).frame[W.KEYS].to_parquet(tmp_path / "week.parquet")
    bodies = W.requests(last.frame.head(15))
    store = AppServer(
        CASE.folder / "store.py", "create_app", {"history": str(tmp_path / "week.parquet")}
    ).start()
    settings = {"bundle": str(bundle.path), "store": store.url, "deadline_ms": 10_000.0}
    with AppServer(CASE.folder / "service.py", "create_app", settings) as service:
        answers = [service.post("/decide", body) for body in bodies]
        p = detector.score(last.X.head(15))
        assert [a["p"] for a in answers] == pytest.approx(p.tolist(), abs=1e-5)
        expected = W.money.decide(p, last.amount[:15], 0.02).tolist()
        assert [a["decision"] for a in answers] == expected
        assert service.post("/selfcheck")["passes"]
        assert service.get("/counts")["in_time"] == 15

        by_rule = W.rules.by_rule(W.request_columns(last.frame.head(15))).tolist()
        service.post("/deadline", {"ms": 20})
        store.post("/slow", {"ms": 60_000})
        late = [service.post("/decide", body) for body in bodies[:5]]
        assert [a["decision"] for a in late] == by_rule[:5]
        assert {a["reason"] for a in late} == {"by rule: feature store too_late"}

        store.stop()
        gone = [service.post("/decide", body) for body in bodies]
        assert [a["decision"] for a in gone] == by_rule
        assert {a["p"] for a in gone} == {None}
        counts = service.get("/counts")
        assert (counts["too_late"], counts["failed"]) == (5, 15)
        assert 'outcome="failed"} 15' in service.get("/metrics")


def test_the_store_takes_late_events_at_the_latest_time(tmp_path):
    event = {"card_id": 1, "device_id": 2, "merchant_id": 3, "amount_cents": 500}
    pd.DataFrame([event | {"time_h": 10.0}]).to_parquet(tmp_path / "week.parquet")
    with AppServer(
        CASE.folder / "store.py", "create_app", {"history": str(tmp_path / "week.parquet")}
    ) as store:
        assert store.post("/observe", event | {"time_h": 10.5})["card_n_1h"] == 1
        assert store.post("/observe", event | {"time_h": 10.4})["card_n_1h"] == 2
        assert store.post("/observe", event | {"time_h": 12.0})["card_n_1h"] == 0
        assert store.get("/entries")["entries"] > 0


# --- what a run may ask for


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
