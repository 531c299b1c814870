import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from mlsd_kit.errors import UserError
from mlsd_kit.requirements import effective_number, top_with_cap

values = st.lists(st.integers(0, 9), min_size=1, max_size=60)


@given(values)
def test_orders_agree_with_the_entropy_and_the_simpson_index(chosen):
    counts = np.unique(chosen, return_counts=True)[1]
    n = counts.sum()
    assert effective_number(chosen, 0) == pytest.approx(len(counts))
    assert effective_number(chosen, 1) == pytest.approx(np.exp(entropy(counts)))
    assert effective_number(chosen) == pytest.approx(n**2 / np.sum(counts**2))


@given(values, st.floats(0, 5))
def test_it_lies_between_one_and_the_number_of_values(chosen, order):
    assert 1 - 1e-9 <= effective_number(chosen, order) <= len(set(chosen)) + 1e-9


@given(st.integers(1, 20), st.integers(1, 5))
def test_equal_shares_count_fully(different, times):
    assert effective_number(np.repeat(np.arange(different), times)) == pytest.approx(different)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 4)), min_size=1, max_size=60),
       st.integers(1, 20), st.integers(1, 5))  # fmt: skip
def test_the_cap_holds_and_nothing_better_is_left_out(rows, k, cap):
    scores, entity = np.array(rows).T
    chosen = top_with_cap(scores, k, entity, cap)
    counts = np.bincount(entity[chosen], minlength=5)
    assert counts.max() <= cap
    assert len(chosen) == min(k, np.minimum(np.bincount(entity, minlength=5), cap).sum())
    for row in set(range(len(rows))) - set(chosen.tolist()):
        full = counts[entity[row]] == cap
        assert full or (len(chosen) == k and scores[row] <= scores[chosen].min())


def test_a_wide_cap_is_the_plain_top():
    scores = [3.0, 9.0, 4.0, 9.0]
    assert top_with_cap(scores, 3, list("aaaa"), 4).tolist() == [1, 3, 2]


def test_impossible_wishes_are_refused():
    with pytest.raises(UserError, match="at least one value"):
        effective_number([])
    with pytest.raises(UserError, match="0 or more"):
        effective_number([1], -1)
    with pytest.raises(UserError, match="lengths are the same"):
        top_with_cap([1, 2], 1, ["a"], 1)
    with pytest.raises(UserError, match="at least 1"):
        top_with_cap([1], 1, ["a"], 0)
