import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import (
    average_precision_score,
    label_ranking_average_precision_score,
    ndcg_score,
    precision_score,
    recall_score,
    top_k_accuracy_score,
)

from mlsd_kit.evaluation import Rankings

lists = st.integers(1, 5).flatmap(
    lambda n: st.tuples(
        arrays(np.int64, (n, 8), elements=st.integers(0, 4)),
        arrays(np.float64, (n, 8), elements=st.floats(0, 1, width=32), unique=True),
    )
)


def rankings(relevance, scores):
    groups = np.repeat(np.arange(len(relevance)), relevance.shape[1])
    return Rankings.from_scores(groups, scores.ravel(), relevance.ravel())


@given(lists, st.integers(1, 10), st.booleans())
@settings(max_examples=100, deadline=None)
def test_ndcg_is_scikit_learn_s(pair, k, exponential):
    relevance, scores = pair
    found = rankings(relevance, scores).ndcg(k, exponential)
    for row, value in enumerate(found):
        truth = 2.0 ** relevance[row] - 1 if exponential else relevance[row]
        if relevance[row].any():
            expected = ndcg_score([truth], [scores[row]], k=k, ignore_ties=True)
            assert value == pytest.approx(expected, abs=1e-9)
        else:
            assert np.isnan(value)


@given(lists)
@settings(max_examples=100, deadline=None)
def test_average_precision_over_the_whole_list_is_scikit_learn_s(pair):
    relevance, scores = pair
    found = rankings(relevance, scores).average_precision(8)
    for row, value in enumerate(found):
        hits = relevance[row] > 0
        if hits.any():
            assert value == pytest.approx(average_precision_score(hits, scores[row]), abs=1e-9)


def test_reciprocal_rank_is_average_precision_with_one_relevant_item():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(50, 20))
    relevance = np.eye(20)[rng.integers(0, 20, 50)]
    found = rankings(relevance, scores)
    expected = label_ranking_average_precision_score(relevance, scores)
    assert found.reciprocal_rank().mean() == pytest.approx(expected, abs=1e-12)
    assert (found.reciprocal_rank(3)[found.reciprocal_rank() < 0.3] == 0).all()


@given(lists, st.integers(1, 8))
@settings(max_examples=100, deadline=None)
def test_precision_and_recall_are_scikit_learn_s_of_the_first_k_taken_as_yes(pair, k):
    relevance, scores = pair
    found = rankings(relevance, scores)
    taken = (-scores).argsort(axis=1).argsort(axis=1) < k
    for row, (precision, recall) in enumerate(
        zip(found.precision(k), found.recall(k), strict=True)
    ):
        hits = relevance[row] > 0
        if hits.any():
            assert precision == pytest.approx(precision_score(hits, taken[row]), abs=1e-9)
            assert recall == pytest.approx(recall_score(hits, taken[row]), abs=1e-9)


@given(lists, st.integers(1, 8))
@settings(max_examples=100, deadline=None)
def test_average_precision_of_the_first_k_is_scikit_learn_s_of_what_is_found(pair, k):
    relevance, scores = pair
    found = rankings(relevance, scores).average_precision(k)
    order = np.argsort(-scores, axis=1)[:, :k]
    for row, value in enumerate(found):
        hits = relevance[row] > 0
        if hits.any():
            kept = hits[order[row]]
            of_kept = average_precision_score(kept, -np.arange(k)) if kept.any() else 0.0
            assert value == pytest.approx(of_kept * kept.sum() / hits.sum(), abs=1e-9)


@given(lists, st.integers(1, 7))
@settings(max_examples=100, deadline=None)
def test_reciprocal_rank_is_scikit_learn_s_by_the_ks_at_which_something_is_found(pair, k):
    """The first hit is among the first n for every n from its rank on."""
    relevance, scores = pair
    found = rankings(relevance, scores).reciprocal_rank(k)
    for row, value in enumerate(found):
        hits = relevance[row] > 0
        if hits.any():
            first = np.where(hits, scores[row], -np.inf).argmax()
            at = [
                top_k_accuracy_score([first], scores[row : row + 1], k=n, labels=range(8))
                for n in range(1, k + 1)
            ]
            expected = sum(np.diff([0.0, *at]) / np.arange(1, k + 1))
            assert value == pytest.approx(expected, abs=1e-9)


def test_lists_worked_by_hand():
    found = Rankings.from_lists(np.array([[7, 3, 9], [1, 2, -1], [4, 5, 6]]), [[3, 8], [1, 2], []])
    assert found.precision(2).tolist()[:2] == [0.5, 1.0]
    assert found.recall(3).tolist()[:2] == [0.5, 1.0]
    assert found.average_precision(3).tolist()[:2] == [0.25, 1.0]
    assert found.reciprocal_rank().tolist()[:2] == [0.5, 1.0]
    ideal = 1 + 1 / np.log2(3)
    assert found.ndcg(3)[:2] == pytest.approx([1 / np.log2(3) / ideal, 1.0])
    for metric in (found.ndcg(3), found.recall(3), found.precision(3), found.reciprocal_rank()):
        assert np.isnan(metric[2])


def test_groups_of_different_sizes_in_any_order():
    found = Rankings.from_scores(["b", "a", "b", "b"], [1, 1, 3, 2], [1, 2, 0, 0])
    assert found.gains.tolist() == [[2, 0, 0], [0, 0, 1]]
    assert found.ideal.tolist() == [[2, 0, 0], [1, 0, 0]]
    assert found.relevant.tolist() == [1, 1]


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="one value a row"):
        Rankings.from_scores([1, 2], [1.0], [1, 0])
    with pytest.raises(ValueError, match="0 or larger"):
        Rankings.from_scores([1], [1.0], [-1])
    with pytest.raises(ValueError, match="2 lists"):
        Rankings.from_lists(np.zeros((2, 3), dtype=int), [[1]])
