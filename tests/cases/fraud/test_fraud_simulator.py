"""The fraud case: what its simulator promises."""

import numpy as np
import pandas as pd

from mlsd_kit.cases import load_case

CASE = load_case("fraud_detection")
W = CASE.world()


def test_a_log_is_in_order_the_same_again_and_another_with_another_seed(world, log):
    n = len(log)
    assert n == 60_000
    assert (np.diff(log["time_h"]) >= 0).all()
    assert log["time_h"].between(0, 24 * W.DAYS).all()
    pd.testing.assert_frame_equal(log, W.World(5, 0.005, n_cards=n // 20).simulate(n))
    assert not log["amount_cents"].equals(W.World(6, 0.005, n // 20).simulate(n)["amount_cents"])
    assert not world.simulate(1000, stream=1).equals(world.simulate(1000, stream=2))


def test_the_shares_of_frauds_are_those_of_the_assumptions(log):
    kinds, n = log["kind"].value_counts(), len(log)
    assert log["fraud"].sum() == round(0.005 * n)
    assert (log["fraud"] == 1).equals(log["kind"] != "genuine")
    assert kinds["ring"] == round(0.6 * 0.005 * n)
    assert kinds["takeover"] == round(0.25 * 0.005 * n)


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
