import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_kit.evaluation import agreement, best_of_lists


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from([0.1, 0.2, 0.3])), min_size=1))
def test_the_best_of_each_list_is_the_first_of_the_highest(rows):
    lists, scores = (np.array(values) for values in zip(*rows, strict=True))
    expected = [
        next(i for i in range(len(rows)) if lists[i] == k and scores[i] == scores[lists == k].max())
        for k in np.unique(lists)
    ]
    assert best_of_lists(lists, scores).tolist() == expected


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match="one list and one score a row"):
        best_of_lists([1, 2], [0.1])


def test_a_metric_without_noise_agrees_always():
    gap = np.linspace(-0.1, 0.1, 100)
    table = agreement(gap, 3 * gap, [0, 0.05, 0.2])
    assert table["agree"].tolist() == [1.0, 1.0]
    assert table["pairs"].sum() == 100
    assert (table["high"] == 1.0).all()


def test_noise_makes_small_gaps_disagree_as_the_normal_law_says():
    """Online gap = offline gap + N(0, σ): the signs agree with Φ(gap / σ)."""
    rng = np.random.default_rng(0)
    gap = np.full(20_000, 0.01) * rng.choice([-1, 1], 20_000)
    table = agreement(gap, gap + rng.normal(0, 0.02, 20_000), [0, 0.1])
    assert table["agree"].iloc[0] == pytest.approx(0.6915, abs=0.01)
    assert table["low"].iloc[0] < 0.6915 < table["high"].iloc[0]
    assert table["mean online gap"].iloc[0] == pytest.approx(0.01, abs=0.001)


def test_bins_without_a_pair_are_left_out():
    assert agreement([0.3], [0.1], [0, 0.1, 0.5]).index.tolist() == ["0.1 to 0.5"]
