import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.scaling import hot_keys, partition, plot_partitions, prune, salted_partition


def zipf_keys(n=100_000, seed=0):
    return np.random.default_rng(seed).zipf(1.3, n).clip(max=10_000)


@given(st.lists(st.integers(0, 50), min_size=1), st.integers(1, 9))
def test_equal_keys_share_a_partition_and_no_row_is_lost(keys, partitions):
    for method in ("hash", "range"):
        layout = partition(keys, partitions, method)
        assert layout.rows.sum() == len(keys)
        assert len({(k, p) for k, p in zip(keys, layout.ids, strict=True)}) == len(set(keys))


def test_range_partitions_keep_the_order_of_keys():
    keys = np.random.default_rng(0).integers(0, 1000, 5000)
    ids = partition(keys, 7, "range").ids
    assert (np.diff(ids[np.argsort(keys, kind="stable")]) >= 0).all()


def test_hashing_spreads_distinct_keys_evenly_but_not_a_hot_one():
    assert partition(np.arange(200_000), 20).skew < 1.05
    keys = zipf_keys()
    hottest = hot_keys(keys, 1)["share"].iloc[0]
    assert partition(keys, 20).skew >= hottest * 20


def test_text_keys_are_hashed_the_same_every_time():
    keys = [f"user-{i}" for i in range(1000)]
    assert (partition(keys, 8).ids == partition(keys[::-1], 8).ids[::-1]).all()


def test_salting_hot_keys_evens_out_the_load():
    keys = zipf_keys()
    plain = partition(keys, 20)
    hot = hot_keys(keys, 50).index
    salted = salted_partition(keys, 20, hot=hot, salts=20)
    assert plain.skew > 4
    assert salted.skew < 1.2
    cold = ~np.isin(keys, hot)
    assert (salted.ids[cold] == plain.ids[cold]).all()
    assert salted_partition(keys, 20, hot=hot, salts=1).skew == plain.skew


def test_pruning_reads_only_the_partitions_that_overlap():
    times = np.arange(0, 240)
    read = prune(times, width=24, start=30, end=49)
    assert read.to_dict() == {
        "partitions": 10,
        "partitions_read": 2,
        "rows": 240,
        "rows_read": 48,
        "rows_wanted": 19,
    }
    assert prune(times, 24, 24, 48)["partitions_read"] == 1


@given(
    st.lists(st.integers(-500, 500), min_size=1),
    st.integers(1, 60),
    st.integers(-500, 500),
    st.integers(1, 300),
)
def test_pruning_never_misses_a_row(times, width, start, length):
    read = prune(times, width, start, start + length)
    assert read["rows_wanted"] <= read["rows_read"] <= read["rows"]


def test_impossible_arguments_are_refused():
    with pytest.raises(ValueError, match="at least one row"):
        partition([], 3)
    with pytest.raises(ValueError, match="'hash' or 'range'"):
        partition([1], 3, "modulo")
    with pytest.raises(ValueError, match="salts"):
        salted_partition([1], 3, hot=[1], salts=0)
    with pytest.raises(ValueError, match="positive"):
        prune([1], 0, 1, 2)


def test_the_plot_names_the_skew():
    layouts = {"hash": partition(zipf_keys(1000), 5)}
    ax = plot_partitions(layouts)
    assert f"hash: skew {layouts['hash'].skew:.2f}" in ax.get_legend_handles_labels()[1]
