"""Indexes against brute force, arithmetic, and what must hold of each."""

import numpy as np
import pandas as pd
import pytest

from mlsd_kit.scaling import ann

KINDS = [
    ann.Exact(), ann.IVF(64), ann.PQ(2), ann.IVFPQ(64, 2), ann.LSH(64), ann.HNSW(8, 40),
]  # fmt: skip


@pytest.fixture(scope="module")
def world():
    space = ann.ClusteredVectors(dimensions=16, clusters=100, seed=3)
    items, queries = space.draw(4000), space.draw(40, stream=2)
    return items, queries, ann.brute_force(items, queries, 10)[0]


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: type(kind).__name__)
def built(request, world):
    return request.param.build(world[0])


def test_brute_force_is_a_full_sort(world):
    items, queries, truth = world
    expected = np.argsort(-(queries @ items.T), axis=1)[:, :10]
    assert (truth == expected).all()


def test_vectors_are_unit_repeatable_and_from_the_clusters_asked_for():
    space = ann.ClusteredVectors(dimensions=16, clusters=50, spread=0.05, seed=1)
    some = space.draw(500, stream=4, among=range(10, 20))
    assert np.allclose(np.linalg.norm(some, axis=1), 1, atol=1e-6)
    assert (some == space.draw(500, stream=4, among=range(10, 20))).all()
    assert (some != space.draw(500, stream=5, among=range(10, 20))).any()
    nearest = (some @ ann.unit(space.centres).T).argmax(axis=1)
    assert set(nearest) <= set(range(10, 20))


def test_the_exact_index_agrees_with_brute_force(world):
    items, queries, truth = world
    assert (ann.Exact().build(items).search(queries, 10) == truth).all()


def test_an_inverted_file_that_visits_every_cell_is_exact(world):
    items, queries, truth = world
    index = ann.IVF(64).build(items)
    assert (index.search(queries, 10, effort=64) == truth).all()
    recalls = [ann.recall_at_k(index.search(queries, 10, e), truth) for e in (1, 4, 16)]
    assert recalls == sorted(recalls)
    assert recalls[0] < 1


def test_a_longer_candidate_list_finds_more(world):
    items, queries, truth = world
    index = ann.HNSW(8, 40).build(items)
    recalls = [ann.recall_at_k(index.search(queries, 10, e), truth) for e in (10, 40, 300)]
    assert recalls[0] < recalls[1] <= recalls[2]
    assert recalls[2] > 0.98


def test_memory_is_what_the_formula_says(built, world):
    items = world[0]
    assert len(built) == len(items)
    assert built.bytes == pytest.approx(built.formula_bytes(*items.shape), rel=0.02)
    assert built.build_s > 0


def test_two_builds_are_the_same(built, world):
    items, queries, _ = world
    again = type(built)(*(getattr(built, f) for f in built.__match_args__)).build(items)
    assert again == built
    assert (again.search(queries, 10) == built.search(queries, 10)).all()


def test_codes_keep_most_recall_once_compared_again(world):
    items, queries, truth = world
    for kind in (ann.PQ(2), ann.LSH(64)):
        index = kind.build(items)
        plain = ann.recall_at_k(index.search(queries, 10), truth)
        again = ann.rerank(items, queries, index.search(queries, 200), 10)
        assert ann.recall_at_k(again, truth) > plain + 0.1


def test_reranking_leaves_out_what_was_not_found(world):
    items, queries, truth = world
    candidates = np.column_stack([np.full(len(queries), -1), truth[:, ::-1]])
    assert (ann.rerank(items, queries, candidates, 10) == truth).all()


def test_a_code_of_few_values_loses_nothing():
    rng = np.random.default_rng(0)
    values = rng.standard_normal((5, 4)).astype(np.float32)
    items = np.hstack([values[rng.integers(0, 5, 2000)] for _ in range(3)])
    index = ann.PQ(3).build(items)
    assert np.abs(index.reconstruct(items) - items).max() < 1e-4


def test_more_parts_lose_less_and_the_centre_loses_the_variance(world):
    items = world[0]
    lost = [((ann.PQ(p).build(items).reconstruct(items) - items) ** 2).sum() for p in (1, 2, 4)]
    assert lost[0] > lost[1] > lost[2] > 0
    assert lost[0] < ((items - items.mean(axis=0)) ** 2).sum()


def test_recall_and_latency_are_measured_for_each_effort(world):
    items, queries, truth = world
    indexes = [ann.Exact().build(items), ann.IVF(64).build(items)]
    table = ann.measure(indexes, queries, truth, {"nprobe": [1, 64]})
    assert table["kind"].tolist() == ["Exact", "IVF", "IVF"]
    assert table["effort"].tolist() == [0, 1, 64]
    assert table["recall"].iloc[[0, 2]].tolist() == [1, 1]
    assert (table["ms"] > 0).all()
    ax = ann.plot_recall(table)
    assert {"Exact", "IVF"} <= {t.get_text() for t in ax.get_legend().get_texts()}


def test_the_front_holds_what_nothing_beats():
    table = pd.DataFrame({"ms": [3, 1, 2, 4, 1], "recall": [0.9, 0.5, 0.4, 0.9, 0.6]})
    front = ann.pareto(table, "ms", "recall")
    assert front.values.tolist() == [[1, 0.6], [3, 0.9]]


def test_faults_are_named(world):
    items, queries, _ = world
    with pytest.raises(ValueError, match="is not built yet"):
        ann.Exact().search(queries, 1)
    with pytest.raises(ValueError, match="too few for 64 cells"):
        ann.IVF(64).build(items[:50])
    with pytest.raises(ValueError, match="cannot be cut into 3"):
        ann.PQ(3).build(items)
    with pytest.raises(ValueError, match="at least 2 links"):
        ann.HNSW(1).build(items)
    with pytest.raises(ValueError, match="shape"):
        ann.Exact().build(items[0])
    with pytest.raises(ValueError, match="LSH cannot filter"):
        ann.LSH(64).build(items).search(queries, 1, allowed=np.ones(len(items), dtype=bool))
    with pytest.raises(ValueError, match="mask over 4000 items"):
        ann.Exact().build(items).search(queries, 1, allowed=np.ones(3, dtype=bool))
    with pytest.raises(ValueError, match="20000 neighbours of 4000"):
        ann.brute_force(items, queries, 20_000)
    with pytest.raises(ValueError, match="no direction"):
        ann.unit(np.zeros((1, 2)))
    with pytest.raises(ValueError, match="must be positive"):
        ann.ClusteredVectors(spread=0)
