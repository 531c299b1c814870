import numpy as np
import pytest

from mlsd_kit.scaling import InvertedFileIndex, compare_probes, exact_search


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((40, 16))
    items = centres[rng.integers(0, 40, 8000)] + 0.5 * rng.standard_normal((8000, 16))
    queries = centres[rng.integers(0, 40, 30)] + 0.5 * rng.standard_normal((30, 16))
    return items, queries, InvertedFileIndex(64).fit(items)


def test_exact_search_is_a_full_sort(world):
    items, queries, _ = world
    expected = np.argsort(-(items @ queries[0]), kind="stable")[:20]
    assert exact_search(queries[0], items, 20).tolist() == expected.tolist()


def test_visiting_every_cell_is_exact(world):
    items, queries, index = world
    for query in queries[:5]:
        found = index.search(query, 20, nprobe=64)
        assert found.tolist() == exact_search(query, items, 20).tolist()


def test_more_cells_visited_find_more(world):
    items, queries, index = world
    table = compare_probes(index, queries, items, k=20, nprobes=(1, 4, 16))
    assert table.index.tolist() == ["nprobe=1", "nprobe=4", "nprobe=16", "exact"]
    assert table["recall"].is_monotonic_increasing
    assert table.loc["nprobe=1", "recall"] < table.loc["nprobe=16", "recall"]
    assert table.loc["nprobe=16", "recall"] > 0.95


def test_every_item_is_in_one_cell(world):
    items, _, index = world
    assert sorted(index.order_.tolist()) == list(range(len(items)))
    assert (index.items_ == items[index.order_]).all()


def test_more_cells_than_items_are_refused():
    with pytest.raises(ValueError, match="10 cells for 5 items"):
        InvertedFileIndex(10).fit(np.zeros((5, 2)))
