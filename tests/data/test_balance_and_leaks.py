import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.data import (
    Split,
    class_balance,
    correct_base_rate,
    leak_test,
    only_new_groups,
    purge,
    resample,
    split_at_random,
    split_by_group,
    split_by_time,
    tell_apart,
)
from mlsd_kit.errors import UserError
from mlsd_kit.models import downsample_negatives, recalibrate

probabilities = st.floats(0.001, 0.999)


@given(
    st.integers(20, 400),
    st.integers(20, 400),
    st.sampled_from([0.25, 0.5, 0.7]),
    st.integers(0, 3),
)
def test_resampled_rows_have_the_share_and_keep_what_they_must(yes, no, share, seed):
    y = np.r_[np.zeros(no, int), np.ones(yes, int)]
    rare = np.flatnonzero(y == (yes / len(y) <= share))
    for how in ("left out", "repeated"):
        rows = resample(y, share, how, seed)
        assert abs(y[rows].sum() - share * len(rows)) <= 1
        assert set(rare) <= set(rows)
    few = resample(y, share, "left out", seed)
    assert len(set(few)) == len(few) <= len(y)
    assert set(resample(y, share, "repeated", seed)) == set(range(len(y)))


@given(probabilities, st.floats(0.05, 0.95), st.floats(0.001, 0.5))
def test_correction_is_bayes_and_can_be_undone(p, trained, true):
    there = correct_base_rate(p, trained, true)
    ratio = p / (1 - p) * (1 - trained) / trained
    assert there == pytest.approx(ratio * true / (ratio * true + 1 - true), rel=1e-9)
    assert correct_base_rate(there, true, trained) == pytest.approx(p, rel=1e-6)


def test_correction_agrees_with_the_formula_for_downsampling():
    y = np.r_[np.zeros(98_000, int), np.ones(2_000, int)]
    rows = downsample_negatives(y, 0.1, seed=0)
    p = np.array([0.1, 0.4, 0.8])
    ours = correct_base_rate(p, y[rows].mean(), y.mean())
    np.testing.assert_allclose(ours, recalibrate(p, 0.1), rtol=0.03)


def test_balance_tells_the_interval_and_the_accuracy_of_a_constant():
    table = class_balance([0] * 980 + [1] * 20, ("no", "yes"))
    assert table.loc["yes", "rows"] == 20
    assert table.loc["no", "always_right"] == 0.98
    assert table.loc["yes", "low"] < 0.02 < table.loc["yes", "high"]
    with pytest.raises(UserError, match="labels are 0 and 1"):
        class_balance([0, 2])
    with pytest.raises(UserError, match="positives: 1 is not between 0 and 1"):
        resample([0, 1], 1)
    with pytest.raises(UserError, match="a class has no rows"):
        resample([1, 1], 0.5)
    with pytest.raises(UserError, match="between 0 and 1"):
        correct_base_rate(0.5, 0, 0.1)


def _log(n=3_000, seed=0):
    rng = np.random.default_rng(seed)
    hours = np.sort(rng.random(n) * 100)
    return pd.DataFrame({"h": hours, "user": rng.integers(0, 300, n), "x": rng.random(n)})


def test_each_split_leaks_what_it_must_and_nothing_else():
    log = _log()
    found = {
        name: leak_test(log, split, "h", "user")["leaks"].to_dict()
        for name, split in {
            "random": split_at_random(log, seed=1),
            "group": split_by_group(log, "user", seed=1),
            "time": split_by_time(log, "h"),
            "both": only_new_groups(split_by_time(log, "h"), log["user"].to_numpy()),
        }.items()
        if len(split.test)
    }
    assert found["random"] == {"same row": False, "future": True, "known group": True}
    assert found["group"] == {"same row": False, "future": True, "known group": False}
    assert found["time"] == {"same row": False, "future": False, "known group": True}


def test_repeated_rows_are_found_on_both_sides():
    log = _log(200)
    doubled = pd.concat([log, log.tail(50)], ignore_index=True)
    split = Split(np.arange(200), np.array([], int), np.arange(200, 250))
    assert leak_test(doubled, split).loc["same row", "share"] == 1
    with pytest.raises(UserError, match="rows to train on"):
        leak_test(log, Split(np.array([], int), np.array([], int), np.arange(5)))
    with pytest.raises(UserError, match="did you mean 'user'"):
        leak_test(log, split_by_time(log, "h"), group="usr")


@given(st.lists(st.floats(0, 100), min_size=20, max_size=80), st.floats(0, 30))
def test_purged_rows_have_their_label_before_the_next_part(times, gap):
    frame = pd.DataFrame({"t": times})
    before = split_by_time(frame, "t", (0.6, 0.2, 0.2))
    after = purge(before, times, gap)
    at = np.array(times)
    assert after.test.tolist() == before.test.tolist()
    if len(after.train) and len(after.valid):
        assert at[after.train].max() + gap <= at[after.valid].min()
    if len(after.valid) and len(after.test):
        assert at[after.valid].max() + gap <= at[after.test].min()
    assert set(after.train) <= set(before.train)


def test_only_new_groups_leaves_no_known_one():
    groups = np.array(list("aabbccdd"))
    split = Split(np.arange(4), np.array([4, 1]), np.array([5, 6, 7, 0]))
    kept = only_new_groups(split, groups)
    assert kept.test.tolist() == [5, 6, 7]
    assert kept.valid.tolist() == [4]


def test_parts_of_one_population_cannot_be_told_apart_and_shifted_ones_can():
    rng = np.random.default_rng(4)
    kinds = pd.Categorical(rng.choice(["a", "b"], 2_000))
    frame = pd.DataFrame({"x": rng.normal(size=2_000), "k": kinds})
    assert tell_apart(frame[:1000], frame[1000:]) == pytest.approx(0.5, abs=0.05)
    assert tell_apart(frame[:1000], frame[1000:].assign(x=frame["x"] + 2)) > 0.85
