"""Shards by hash: who moves when one is added, how even they are, and that processes agree."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_kit.scaling.partitioning import (
    HashRing,
    compare_moves,
    jump_shards,
    modulo_shards,
    rendezvous_shards,
    ring_balance,
    ring_spread,
    stable_hash,
    stable_hashes,
)

KEYS = np.arange(20_000)
METHODS = {
    "ring": lambda keys, n: HashRing(map(str, range(n)), 50).numbers(keys),
    "rendezvous": rendezvous_shards,
    "jump": jump_shards,
}
some_keys = st.lists(st.text(max_size=8), min_size=1, max_size=60, unique=True)
names = st.lists(st.text(min_size=1, max_size=5), min_size=2, max_size=8, unique=True)


@given(names, st.integers(1, 30), some_keys)
@settings(max_examples=60, deadline=None)
def test_a_new_shard_takes_keys_and_no_other_key_moves(shards, nodes, keys):
    ring = HashRing(shards[:-1], nodes)
    before, after = ring.names(keys), ring.with_shard(shards[-1]).names(keys)
    assert all(a in (b, shards[-1]) for b, a in zip(before, after, strict=True))


@given(names, st.integers(1, 30), some_keys)
@settings(max_examples=60, deadline=None)
def test_only_the_keys_of_a_lost_shard_move(shards, nodes, keys):
    ring = HashRing(shards, nodes)
    before, after = ring.names(keys), ring.without_shard(shards[0]).names(keys)
    assert ((before == after) == (before != shards[0])).all()


@given(names, st.randoms(use_true_random=False), some_keys)
@settings(max_examples=30, deadline=None)
def test_the_order_in_which_shards_are_named_does_not_matter(shards, random, keys):
    shuffled = list(shards)
    random.shuffle(shuffled)
    assert (HashRing(shards, 10).names(keys) == HashRing(shuffled, 10).names(keys)).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shards", [1, 2, 7, 12])
def test_consistent_methods_move_keys_to_the_new_shard_only(method, shards):
    before, after = METHODS[method](KEYS, shards), METHODS[method](KEYS, shards + 1)
    assert set(np.unique(after)) == set(range(shards + 1))
    assert ((before == after) | (after == shards)).all()


def test_the_shares_that_move_are_those_of_theory():
    moves = compare_moves(KEYS, shards=9, virtual_nodes=400)
    assert moves.loc["modulo", "theory"] == pytest.approx(0.9)
    assert moves["theory"].drop("modulo").eq(0.1).all()
    # 0.01 is more than four standard errors of a share of 20,000 keys; a ring varies by its points
    assert moves["moved"].drop("ring").sub(moves["theory"].drop("ring")).abs().max() < 0.01
    assert moves.loc["ring", "moved"] == pytest.approx(0.1, abs=0.02)
    assert moves["elsewhere"].drop("modulo").eq(0).all()
    assert moves.loc["modulo", "elsewhere"] == pytest.approx(0.9 - 0.1, abs=0.01)


def test_a_ring_is_as_uneven_as_the_beta_distribution_says():
    balance = ring_balance(10, [4, 64], rings=60)
    assert balance["theory"].tolist() == [ring_spread(10, 4), ring_spread(10, 64)]
    assert balance["spread"].div(balance["theory"]).between(0.85, 1.15).all()
    assert balance["skew"].is_monotonic_decreasing
    assert ring_spread(10, 4) == pytest.approx((9 / 41) ** 0.5)


def test_the_shares_of_the_ring_are_the_shares_of_many_keys():
    ring = HashRing("abcde", 8)
    assert ring.shares().sum() == pytest.approx(1)
    counted = np.bincount(ring.numbers(KEYS), minlength=5) / len(KEYS)
    assert counted == pytest.approx(ring.shares(), abs=0.015)


def test_the_look_up_is_the_first_point_at_or_after_the_hash():
    ring = HashRing(["a", "b", "c"], 3)
    points = sorted((stable_hash(f"{s}#{n}"), s) for s in "abc" for n in range(3))
    for key in range(200):
        after = [shard for point, shard in points if point >= stable_hash(key)]
        assert ring.shard(key) == (after[0] if after else points[0][1])


def test_jump_hashing_gives_the_values_of_its_paper():
    # the loop of Lamping and Veach in plain integers
    def jump(key, buckets):
        b, j = -1, 0
        while j < buckets:
            b = j
            key = (key * 2862933555777941757 + 1) % 2**64
            j = int((b + 1) * (float(1 << 31) / float((key >> 33) + 1)))
        return b

    for shards in (1, 5, 100):
        expected = [jump(stable_hash(key), shards) for key in range(300)]
        assert jump_shards(np.arange(300), shards).tolist() == expected


def test_another_process_with_another_hash_seed_agrees():
    code = (
        "from mlsd_kit.scaling.partitioning import HashRing, modulo_shards;"
        "keys = [f'user-{i}' for i in range(50)];"
        "print(''.join(HashRing('abcd').names(keys)), *modulo_shards(keys, 7))"
    )
    out = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    keys = [f"user-{i}" for i in range(50)]
    here = ["".join(HashRing("abcd").names(keys)), *map(str, modulo_shards(keys, 7))]
    assert out == {" ".join(here) + "\n"}


def test_hashes_are_pinned_for_they_decide_where_stored_rows_are():
    assert stable_hash("user-7") == int(stable_hashes(["user-7"])[0])
    assert stable_hash(7) == stable_hash("7")
    assert stable_hash("user-7") == 0x3ED2300010177099


def test_impossible_rings_are_refused():
    for shards, nodes in (([], 1), (["a", "a"], 1), (["a"], 0)):
        with pytest.raises(ValueError, match="distinct shards"):
            HashRing(shards, nodes)
    with pytest.raises(ValueError, match="no shard 'z'"):
        HashRing("ab").without_shard("z")
    for method in (modulo_shards, rendezvous_shards, jump_shards):
        with pytest.raises(ValueError, match="at least one shard"):
            method([1], 0)
