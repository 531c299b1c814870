"""Planted bugs: each shows in the check that is made for it, whatever the seed."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from mlsd_kit.models import (
    BUGS,
    adversarial_validation,
    column_shift,
    copied_share,
    evidence,
    label_signal,
    name_bug,
    plant,
    serving_mismatch,
    single_feature_auc,
    symptoms,
)


def table(seed, n=5000):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "amount": rng.gamma(2, 30, n),
            "age": np.where(rng.random(n) < 0.1, np.nan, rng.normal(40, 10, n)),
            "device": pd.Categorical(rng.choice(["web", "ios", "android"], n)),
            "user": rng.integers(0, n // 2, n),
        }
    )
    odds = -4 + X["amount"] / 40 + (X["device"] == "web")
    y = (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(int).to_numpy()
    return X, y, X["user"].to_numpy()


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("bug", BUGS)
def test_the_evidence_names_the_bug_and_its_column(bug, seed):
    drill = plant(*table(seed), seed, bug)
    found = evidence(drill)
    assert drill.planted.bug == bug
    assert name_bug(found["figure"]) == bug
    betrays = {"target leak": "alone", "train-serving skew": "mismatch", "shifted feature": "shift"}
    if bug in betrays:
        assert found.loc[betrays[bug], "column"] == drill.planted.column
    else:
        assert drill.planted.column == ""


def test_the_seed_chooses_the_bug_and_the_drill_does_not_tell_it():
    drills = [plant(*table(1), seed) for seed in range(30)]
    assert {drill.planted.bug for drill in drills} == set(BUGS)
    assert "planted" not in repr(drills[0])
    again = plant(*table(1), 0)
    assert again.planted == drills[0].planted
    pd.testing.assert_frame_equal(again.train.X, drills[0].train.X)
    with pytest.raises(ValueError, match="'typo' is none of target leak"):
        plant(*table(1), 0, "typo")


def test_symptoms_begin_where_the_bug_is():
    auc = {bug: symptoms(plant(*table(4), 4, bug)) for bug in BUGS}
    assert auc["target leak"]["test"] - auc["target leak"]["live"] > 0.1
    assert auc["duplicated rows"]["test"] > auc["nothing"]["test"] + 0.02
    assert auc["train-serving skew"]["test"] - auc["train-serving skew"]["live"] > 0.05
    assert auc["shifted feature"]["test"] < auc["nothing"]["test"] - 0.05
    assert abs(auc["shuffled labels"]["test"] - 0.5) < 0.1
    assert abs(auc["nothing"]["test"] - auc["nothing"]["live"]) < 0.08


def test_only_what_was_planted_differs_from_the_clean_table():
    clean, leak = (plant(*table(5), 5, bug) for bug in ("nothing", "target leak"))
    others = [name for name in clean.train.X if name != leak.planted.column]
    pd.testing.assert_frame_equal(clean.train.X[others], leak.train.X[others])
    pd.testing.assert_frame_equal(clean.live.X, leak.live.X)
    assert serving_mismatch(clean.offline, clean.live.X).max() == 0
    assert copied_share(clean.train.X, clean.test.X) == 0


def test_stale_values_have_the_right_distribution():
    drill = plant(*table(6), 6, "train-serving skew")
    column = drill.planted.column
    assert serving_mismatch(drill.offline, drill.live.X)[column] > 0.5
    assert column_shift(drill.offline, drill.live.X)[column] < 0.06


def test_label_signal_is_a_standard_normal_under_permutation():
    rng = np.random.default_rng(0)
    y, p = (rng.random(600) < 0.1).astype(int), rng.random(600)
    drawn = [label_signal(rng.permutation(y), p) for _ in range(400)]
    assert np.mean(drawn) == pytest.approx(0, abs=0.15)
    assert np.std(drawn) == pytest.approx(1, abs=0.12)


def test_a_number_alone_has_the_auc_of_its_rank_and_a_bow_is_seen_too():
    rng = np.random.default_rng(0)
    x = rng.normal(size=4000)
    y = (rng.random(4000) < 1 / (1 + np.exp(x))).astype(int)
    bowed = (np.abs(x) > 1).astype(int)
    alone = single_feature_auc(pd.DataFrame({"x": x}), y)["x"]
    assert alone == pytest.approx(1 - roc_auc_score(y, x), abs=0.01)
    assert single_feature_auc(pd.DataFrame({"x": x}), bowed)["x"] > 0.95


def test_adversarial_validation_finds_a_shift_that_no_column_shows():
    rng = np.random.default_rng(0)
    before = pd.DataFrame({"a": rng.normal(size=3000), "b": rng.normal(size=3000)})
    after = before.assign(b=before["a"] + rng.normal(0, 0.1, 3000)).sample(frac=1, random_state=0)
    assert column_shift(before, after).max() < 0.05
    assert adversarial_validation(before, after).auc > 0.8
    half = rng.permutation(3000) < 1500
    alike = adversarial_validation(before[half], before[~half])
    assert alike.auc == pytest.approx(0.5, abs=0.06)
    moved = adversarial_validation(before, before.assign(a=before["a"] + 3))
    assert moved.columns.index[0] == "a"


def test_shift_counts_missing_values_and_categories():
    before = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "kind": list("aabb")})
    after = pd.DataFrame({"x": [1.0, 2.0, np.nan, np.nan], "kind": list("aaaa")})
    assert column_shift(before, after).to_dict() == {"x": 0.5, "kind": 0.5}
