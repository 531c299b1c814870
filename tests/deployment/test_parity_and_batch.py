import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.deployment import OnnxModel, parity, score_batch


def test_the_figures_of_a_comparison_by_hand():
    result = parity([0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.31, 0.4001], tolerance=1e-3, worst=2)
    assert not result.passes
    assert result.max_abs_diff == pytest.approx(0.01)
    assert result.mean_abs_diff == pytest.approx(0.0101 / 4)
    assert result.share_beyond == 0.25
    assert result.worst.index.tolist() == [2, 3]
    assert result.table().loc["parity", "rows"] == 4


@given(st.lists(st.floats(0, 1), min_size=1))
def test_a_model_agrees_with_itself_and_not_with_a_shifted_one(scores):
    assert parity(scores, scores, 0.0).passes
    assert parity(scores, np.array(scores) + 0.01).share_beyond == 1.0


def test_a_missing_prediction_on_one_side_is_a_failure():
    assert parity([0.1, np.nan], [0.1, np.nan]).passes
    result = parity([0.1, 0.2], [0.1, np.nan])
    assert not result.passes
    assert result.max_abs_diff == np.inf


@pytest.mark.parametrize(("a", "b"), [([], []), ([1], [1, 2]), ([[1]], [[1]])])
def test_what_cannot_be_compared_is_refused(a, b):
    with pytest.raises(ValueError, match="equally long"):
        parity(a, b)


@pytest.mark.parametrize("rows_per_chunk", [1000, 999, 10**6])
def test_a_batch_in_chunks_is_the_model_at_once(onnx_graph, fresh, rows_per_chunk):
    model = OnnxModel(onnx_graph.SerializeToString())
    scored = score_batch(model, fresh[0], rows_per_chunk)
    assert np.array_equal(scored.predictions, model.predict_proba(fresh[0]))
    assert scored.chunks == -(-len(fresh[0]) // rows_per_chunk)
    assert scored.rows_per_second == pytest.approx(len(fresh[0]) / scored.seconds)
    assert scored.table().loc["batch", "rows"] == len(fresh[0])


def test_a_pipelines_two_columns_will_do(pipeline, fresh, offline):
    class Wrapped:
        predict_proba = staticmethod(lambda f: np.column_stack([1 - offline(f), offline(f)]))

    assert np.array_equal(score_batch(Wrapped(), fresh[0]).predictions, offline(fresh[0]))


def test_impossible_batches_are_refused():
    frame = pd.DataFrame({"x": [1.0]})
    with pytest.raises(ValueError, match="at least one row"):
        score_batch(len, frame.iloc[:0])
    with pytest.raises(ValueError, match="at least one row"):
        score_batch(len, frame, 0)
    with pytest.raises(ValueError, match=r"gave shape \(2,\) for 1 rows"):
        score_batch(lambda f: [1, 2], frame)
