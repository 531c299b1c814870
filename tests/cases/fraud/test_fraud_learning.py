"""The fraud case: what is learned, explored, and evaded."""

import dataclasses

import numpy as np
import pytest

from mlsd_kit.cases import load_case

CASE = load_case("fraud_detection")
W = CASE.world()


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
