"""Hashes, filters and fresh items: what they promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_kit.scaling import ann

SPACE = ann.ClusteredVectors(dimensions=16, clusters=60, seed=2)


@pytest.fixture(scope="module")
def filtered():
    items = SPACE.draw(6000)
    return ann.FilteredSearch(ann.HNSW(12, 60).build(items), items), SPACE.draw(30, stream=2)


@given(st.floats(-0.99, 0.99))
@settings(max_examples=20)
def test_bits_agree_as_often_as_the_angle_says(cosine):
    pair = np.array([[1.0, 0.0], [cosine, np.sqrt(1 - cosine**2)]])
    first, second = ann.signatures(pair, 20_000, seed=1)
    assert (first == second).mean() == pytest.approx(1 - np.arccos(cosine) / np.pi, abs=0.02)


def test_shared_keys_are_as_frequent_as_the_formula_says():
    pair = np.array([[1.0, 0.0], [0.8, 0.6]])
    first, second = ann.signatures(pair, 4 * 5 * 4000, seed=1)
    together = (first == second).reshape(4000, 5, 4).all(axis=2).any(axis=1)
    expected = ann.candidate_probability(0.8, bits=4, tables=5)
    assert together.mean() == pytest.approx(expected, abs=0.02)
    with pytest.raises(ValueError, match="at least 1"):
        ann.candidate_probability(0.5, 0, 1)


def test_the_library_orders_by_the_bits_that_differ():
    items = SPACE.draw(400)
    nearest = ann.LSH(1024).build(items).search(items[:20], 40)
    assert (nearest[:, 0] == np.arange(20)).all()
    cosines = np.einsum("qcd,qd->qc", items[nearest], items[:20])
    differ = 1 - ann.collision_probability(cosines)
    noise = np.sqrt(0.25 / 1024)
    assert (np.diff(differ, axis=1) > -6 * noise).all()


@pytest.mark.parametrize("how", ann.FILTERS)
def test_only_allowed_items_come_back(filtered, how):
    search, queries = filtered
    allowed = np.random.default_rng(0).random(6000) < 0.1
    found = search.search(queries, 10, allowed, how, effort=200, fetch=200)
    assert allowed[found[found >= 0]].all()
    assert found.shape == (30, 10)


def test_filtering_before_is_exact(filtered):
    search, queries = filtered
    allowed = np.random.default_rng(0).random(6000) < 0.1
    scores = np.where(allowed, queries @ search.items.T, -np.inf)
    expected = np.argsort(-scores, axis=1)[:, :10]
    assert (search.search(queries, 10, allowed, "before", 0) == expected).all()


def test_a_rare_filter_ruins_a_fixed_fetch_and_not_one_that_follows_the_share(filtered):
    search, queries = filtered
    table = search.compare(queries, 5, [0.5, 0.01], effort=50, seed=1)
    recall = table.set_index(["share", "filter"])["recall"]
    assert (recall.xs("before", level="filter") == 1).all()
    assert recall[0.5, "after, 10 k"] > 0.9
    assert recall[0.01, "after, 10 k"] < 0.3
    assert recall[0.01, "after, 2 k / share"] > 0.8
    assert recall[0.01, "during"] < recall[0.5, "during"]
    found = table.set_index(["share", "filter"])["found"]
    assert found[0.01, "after, 10 k"] == pytest.approx(50 * 0.01, abs=0.5)


def test_fewer_than_k_are_filled_up_and_an_unknown_way_is_refused(filtered):
    search, queries = filtered
    allowed = np.zeros(6000, dtype=bool)
    allowed[[3, 5]] = True
    found = search.search(queries, 4, allowed, "before", 0)
    assert (np.sort(found, axis=1) == [-1, -1, 3, 5]).all()
    with pytest.raises(ValueError, match="before, after, during"):
        search.search(queries, 4, allowed, "never", 0)


def fresh(kind):
    old = SPACE.draw(3000, stream=3, among=range(40))
    return ann.FreshIndex(kind, old), SPACE.draw(400, stream=4, among=range(40, 60))


def test_a_list_beside_an_exact_index_is_exact_before_and_after_the_merge():
    index, new = fresh(ann.Exact())
    ids = index.insert(new)
    gone = np.r_[0:300, ids[:40]]
    index.delete(gone)
    assert index.waiting == 360
    queries = SPACE.draw(25, stream=5)
    living = np.setdiff1d(np.arange(3400), gone)
    expected = living[ann.brute_force(index.items[living], queries, 8)[0]]
    assert (index.search(queries, 8) == expected).all()
    index.merge()
    assert index.waiting == 0
    assert len(index.index) == len(living)
    assert (index.search(queries, 8) == expected).all()


def test_new_items_are_found_at_once_and_deleted_ones_no_more():
    index, new = fresh(ann.HNSW(12, 60))
    assert not (index.search(new[:20], 1) >= 3000).any()
    ids = index.insert(new)
    assert index.search(new[:20], 1)[:, 0].tolist() == ids[:20].tolist()
    index.delete(ids[:20])
    assert not np.isin(index.search(new[:20], 5), ids[:20]).any()


def test_more_wanted_than_alive_is_filled_up():
    items = SPACE.draw(5)
    index = ann.FreshIndex(ann.Exact(), items)
    index.delete(np.array([1, 2]))
    found = index.search(items[:1], 4)
    assert sorted(found[0].tolist()) == [-1, 0, 3, 4]


def test_adding_to_a_graph_finds_what_adding_to_old_cells_finds_only_with_more_visits():
    old = SPACE.draw(3000, stream=3, among=range(40))
    new = SPACE.draw(400, stream=4, among=range(40, 60))
    graph = ann.HNSW(12, 60).build(old)
    graph.add(new)
    assert len(graph) == 3400
    found = graph.search(new[:50], 1)[:, 0]
    assert (found == np.arange(3000, 3050)).mean() > 0.95
