import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.data import split_at_random, split_by_group, split_by_time, splits_with_same_test
from mlsd_kit.errors import UserError

numbers = st.lists(st.integers(0, 30), min_size=0, max_size=200)
shares = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(
    lambda p: (min(p), max(p) - min(p), 1 - max(p))
)


def _covers(split, rows):
    together = np.concatenate(split)
    assert sorted(together.tolist()) == list(range(rows))


@given(numbers, shares)
def test_by_time_covers_and_keeps_the_order(times, fractions):
    frame = pd.DataFrame({"t": np.array(times, dtype=float)})
    split = split_by_time(frame, "t", fractions)
    _covers(split, len(frame))
    parts = [frame["t"].to_numpy()[part] for part in split]
    assert all((np.diff(part) >= 0).all() for part in parts)
    filled = [part for part in parts if part.size]
    assert all(a[-1] < b[0] for a, b in itertools.pairwise(filled))


@given(numbers, shares, st.integers(0, 5))
def test_by_group_covers_and_keeps_groups_together(groups, fractions, seed):
    frame = pd.DataFrame({"g": groups})
    split = split_by_group(frame, "g", fractions, seed)
    _covers(split, len(frame))
    seen = [set(frame["g"].iloc[part]) for part in split]
    assert sum(map(len, seen)) == len(set().union(*seen))


@given(numbers, shares, st.integers(0, 5))
def test_at_random_covers_in_the_shares_asked_for(rows, fractions, seed):
    frame = pd.DataFrame({"x": rows})
    split = split_at_random(frame, fractions, seed)
    _covers(split, len(frame))
    assert all(
        abs(len(part) - share * len(frame)) <= 1
        for part, share in zip(split, fractions, strict=True)
    )


def test_fractions_are_of_rows_for_groups_of_many_sizes():
    groups = np.random.default_rng(0).zipf(1.5, 50_000) % 5_000
    split = split_by_group(pd.DataFrame({"g": groups}), "g", (0.6, 0.2, 0.2), seed=4)
    biggest = np.bincount(groups).max()
    assert abs(len(split.train) - 30_000) <= biggest
    assert abs(len(split.valid) - 10_000) <= biggest


def test_boundaries_in_dates_belong_to_the_later_part():
    days = pd.to_datetime(["2026-01-03", "2026-01-01", "2026-01-02", "2026-01-04"], utc=True)
    frame = pd.DataFrame({"day": days, "x": range(4)}, index=[9, 9, 7, 7])
    split = split_by_time(
        frame, "day", valid_from=pd.Timestamp("2026-01-02", tz="UTC"), test_from=days[0]
    )
    train, valid, test = split.frames(frame)
    assert train["x"].tolist() == [1]
    assert valid["x"].tolist() == [2]
    assert test["x"].tolist() == [0, 3]


def test_seeds_matter_and_repeat():
    frame = pd.DataFrame({"g": range(1000)})
    for split in (split_at_random, lambda f, seed: split_by_group(f, "g", seed=seed)):
        assert (split(frame, seed=1).train == split(frame, seed=1).train).all()
        assert set(split(frame, seed=1).train) != set(split(frame, seed=2).train)


@given(st.lists(st.integers(0, 30), min_size=20, max_size=200), st.integers(0, 5))
def test_splits_with_the_same_test_differ_in_training_only(times, seed):
    frame = pd.DataFrame({"t": times})
    by_time, at_random = splits_with_same_test(frame, "t", 0.2, 0.5, seed)
    assert by_time.test.tolist() == at_random.test.tolist()
    assert len(by_time.train) == len(at_random.train)
    for split in (by_time, at_random):
        assert not set(split.train) & set(split.test)
    if len(by_time.train) and len(by_time.test):
        assert frame["t"].iloc[by_time.train].max() <= frame["t"].iloc[by_time.test].min()


def test_rows_without_a_group_stay_together():
    frame = pd.DataFrame({"g": [None, "a", None, "b", None]})
    split = split_by_group(frame, "g", (0.4, 0.3, 0.3))
    assert any({0, 2, 4} <= set(part.tolist()) for part in split)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda f: split_by_time(f, "tme"), "did you mean 'time'"),
        (lambda f: split_by_time(f, "hole"), "1 rows have no 'hole'"),
        (lambda f: split_by_time(f, "time", (0.5, 0.5, 0.5)), "sum to 1"),
        (lambda f: split_at_random(f, (0.5, 0.5)), "sum to 1"),
        (lambda f: splits_with_same_test(f, "time", 0.3, 0.7), "at most 1 - 2"),
        (lambda f: split_by_time(f, "time", valid_from=2), "both"),
        (lambda f: split_by_time(f, "time", valid_from=3, test_from=2), "is after"),
        (lambda f: split_by_time(f, "time", valid_from="x", test_from="y"), "does not compare"),
    ],
)
def test_mistakes_are_one_line(wrong, said):
    frame = pd.DataFrame({"time": [1, 2, 3], "hole": [1.0, None, 2.0]})
    with pytest.raises(UserError, match=said) as caught:
        wrong(frame)
    assert "\n" not in str(caught.value)
