import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.models import HashedOneHot, cross, hash_codes


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=50), st.integers(1, 2**20))
def test_a_value_has_one_bucket_wherever_it_stands(values, n_buckets):
    codes = hash_codes(pd.DataFrame({"id": values}), n_buckets)[:, 0]
    assert ((codes >= 0) & (codes < n_buckets)).all()
    for value, code in zip(values, codes, strict=True):
        assert hash_codes(pd.DataFrame({"id": [value]}), n_buckets)[0, 0] == code


def test_equal_values_of_two_columns_go_apart():
    frame = pd.DataFrame({"a": range(1000), "b": range(1000)})
    codes = hash_codes(frame, 2**20)
    assert (codes[:, 0] == codes[:, 1]).mean() < 0.01


def test_collisions_are_as_many_as_chance_gives():
    n, buckets = 10_000, 2**14
    used = len(np.unique(hash_codes(pd.DataFrame({"id": range(n)}), buckets)))
    expected = buckets * (1 - (1 - 1 / buckets) ** n)
    assert abs(used - expected) < 4 * np.sqrt(expected)


def test_a_row_has_a_one_for_each_column_and_cross():
    frame = pd.DataFrame({"a": [1, 1, 2], "b": [5, 6, 5]})
    matrix = HashedOneHot(2**12, crosses=(("a", "b"),)).fit_transform(frame)
    assert matrix.shape == (3, 2**12)
    assert matrix.sum(axis=1).tolist() == [[3.0]] * 3
    crossed = cross(frame, (("a", "b"),))["a×b"]
    assert crossed.nunique() == 3
