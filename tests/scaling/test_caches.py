"""Caches against theory, and a herd of callers against single flight."""

import threading
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.scaling import caching

KEYS = st.lists(st.integers(0, 8), min_size=1, max_size=60)


@given(KEYS, st.integers(1, 6))
def test_lru_agrees_with_the_standard_library(keys, capacity):
    cached = lru_cache(maxsize=capacity)(lambda key: key)
    for key in keys:
        cached(key)
    expected = cached.cache_info().hits / len(keys)
    assert caching.hit_rate(np.array(keys), capacity) == pytest.approx(expected)


@given(KEYS)
def test_with_room_for_all_only_first_requests_miss(keys):
    for policy in caching.POLICIES:
        hits = caching.hit_rate(np.array(keys), 9, policy)
        assert hits == pytest.approx(1 - len(set(keys)) / len(keys))


def test_the_rules_differ_as_they_should():
    keys = np.array([1, 2, 1, 3, 1])
    assert caching.hit_rate(keys, 2, "LRU") == 2 / 5
    assert caching.hit_rate(keys, 2, "FIFO") == 1 / 5
    often = np.array([1, 1, 1, 2, 3, 2, 3, 1])
    assert caching.hit_rate(often, 1, "LFU") == 3 / 8
    assert caching.hit_rate(often, 1, "LRU") == 2 / 8


@pytest.mark.parametrize("skew", [0.6, 1.0, 1.2])
def test_simulated_hit_rates_are_those_of_theory(skew):
    popularity = caching.zipf(2000, skew)
    keys = caching.requests(popularity, 80_000, seed=1)
    rates = {p: caching.hit_rate(keys, 100, p, warm=20_000) for p in caching.POLICIES}
    assert rates["LRU"] == pytest.approx(caching.lru_hit_rate(popularity, 100), abs=0.01)
    assert rates["FIFO"] == pytest.approx(caching.fifo_hit_rate(popularity, 100), abs=0.01)
    assert rates["LFU"] == pytest.approx(caching.top_hit_rate(popularity, 100), abs=0.015)
    assert rates["FIFO"] < rates["LRU"] < rates["LFU"]


@given(st.integers(2, 50), st.floats(0, 2), st.data())
def test_theory_keeps_its_bounds(keys, skew, data):
    capacity = data.draw(st.integers(1, keys - 1))
    popularity = caching.zipf(keys, skew)
    assert popularity.sum() == pytest.approx(1)
    time = caching.characteristic_time(popularity, capacity)
    assert (1 - np.exp(-popularity * time)).sum() == pytest.approx(capacity)
    fifo, lru = (f(popularity, capacity) for f in (caching.fifo_hit_rate, caching.lru_hit_rate))
    top = caching.top_hit_rate(popularity, capacity)
    assert capacity / keys - 1e-9 <= fifo <= lru + 1e-9
    assert lru <= top + 1e-9
    assert caching.lru_hit_rate(popularity, keys) == 1


def test_when_popularity_moves_counts_remember_too_much():
    popularity = caching.zipf(2000, 1.0)
    keys = caching.requests(popularity, 60_000, seed=1, moves=5)
    lfu, lru = (caching.hit_rate(keys, 100, p, 10_000) for p in ("LFU", "LRU"))
    assert lfu < lru


def test_a_time_to_live_does_what_its_closed_form_says():
    theory = caching.ttl_theory(0.5, 0.02, 30)
    played = caching.simulate_ttl(0.5, 0.02, 30, seconds=200_000, seed=1)
    assert theory.hit_rate == 15 / 16
    assert played.hit_rate == pytest.approx(theory.hit_rate, abs=0.003)
    assert played.stale == pytest.approx(theory.stale, abs=0.01)
    assert played.loads_per_s == pytest.approx(theory.loads_per_s, rel=0.03)
    assert caching.ttl_theory(1, 0, 5).stale == 0


def test_every_reader_computes_at_an_expiry_unless_one_flies():
    played = {cure: caching.stampede(100, 0.5, 30, 3000, 1, cure) for cure in caching.CURES}
    none, single, stale = played.values()
    assert none.computations / none.expiries == pytest.approx(1 + 100 * 0.5, rel=0.1)
    assert none.most_at_once > 30
    assert single.computations == single.expiries == none.expiries == stale.computations
    assert single.most_at_once == 1
    assert none.waited == single.waited > stale.waited > 0


class Watched:
    """A key that tells whenever it is looked up."""

    def __init__(self):
        self.looked_up = threading.Semaphore(0)

    def __hash__(self):
        self.looked_up.release()
        return 1

    def was_looked_up(self, times):
        return all(self.looked_up.acquire(timeout=30) for _ in range(times))


def test_of_many_callers_one_computes_and_all_get_its_result():
    flight, key, computed, got = caching.SingleFlight(), Watched(), [], []
    release = threading.Event()

    def slow():
        computed.append(1)
        assert release.wait(30)
        return object()

    callers = [threading.Thread(target=lambda: got.append(flight.do(key, slow))) for _ in range(9)]
    for thread in callers:
        thread.start()
    asked_by_all_and_put_by_one = 9 + 1
    assert key.was_looked_up(asked_by_all_and_put_by_one)
    assert flight.do("other", lambda: "is not held up") == "is not held up"
    release.set()
    for thread in callers:
        thread.join(30)
    assert computed == [1]
    assert len(got) == 9
    assert len(set(map(id, got))) == 1


def test_a_failure_is_told_and_the_next_caller_computes_anew():
    flight = caching.SingleFlight()
    with pytest.raises(ZeroDivisionError):
        flight.do("key", lambda: 1 / 0)
    assert flight.do("key", lambda: 7) == 7


def test_bad_values_are_refused():
    with pytest.raises(ValueError, match="LRU, FIFO, LFU"):
        caching.hit_rate(np.array([1]), 1, "MRU")
    with pytest.raises(ValueError, match="capacity 0"):
        caching.hit_rate(np.array([1]), 0)
    with pytest.raises(ValueError, match="with skew -1"):
        caching.zipf(10, -1)
    with pytest.raises(ValueError, match="must be positive"):
        caching.ttl_theory(0, 1, 1)
    with pytest.raises(ValueError, match="none, single flight"):
        caching.stampede(1, 1, 1, 1, 1, "hope")
    with pytest.raises(ValueError, match="a capacity of 5 for 5 keys"):
        caching.characteristic_time(caching.zipf(5, 1), 5)
