"""The fraud case: one definition of the features, and what leaks."""

import numpy as np
import pandas as pd

from mlsd_kit.cases import load_case

CASE = load_case("fraud_detection")
W = CASE.world()


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
