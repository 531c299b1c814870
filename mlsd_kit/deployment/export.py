"""From a fitted scikit-learn model to an ONNX graph that takes the raw features."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlsd_kit.deployment.onnx_model import OnnxModel
from mlsd_kit.deployment.schema import schema_of
from mlsd_kit.errors import UserError, require

if TYPE_CHECKING:
    from onnx import ModelProto

TARGET_OPSET = {"": 21, "ai.onnx.ml": 3}
CHECKED_ROWS = 1000
LEAST = 1e-9


def to_onnx(
    model: Any,
    sample: pd.DataFrame,
    *,
    log_odds_line: tuple[float, float] | None = None,
    tolerance: float = 1e-4,
) -> ModelProto:
    """Export a fitted classifier, regressor or ranker, preprocessing included, as an ONNX graph.

    The graph has one input of shape (n, 1) for each column of the sample, so that whoever serves it
    sends raw features. Before it is returned it is run on up to 1,000 rows of the sample: a
    converter can also be wrong without an error.

    Args:
        model: a fitted scikit-learn classifier of two classes, a regressor, or a Pipeline of
            either; LightGBM's classifier, regressor and ranker included.
        sample: raw features, as given to ``model.fit``: int64, float32 and text columns.
        log_odds_line: slope and intercept of a correction on the log-odds of the probability, built
            into the graph (classifiers only). It is what Platt's calibration learns; slope 1 and
            intercept log(w) undo a training on a share w of the negatives.
        tolerance: largest difference of a probability, or of a score that is no probability,
            that passes as the same model.

    Raises:
        UserError: when the model cannot be converted, or its export gives other predictions.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline

    schema = schema_of(sample)
    classifies = _classifies(model)
    if log_odds_line is not None and not classifies:
        raise UserError(f"{type(model).__name__} gives no probability that a line could correct")
    pipeline = model
    first = model.steps[0][1] if isinstance(model, Pipeline) else model
    if not isinstance(first, ColumnTransformer):
        together = ColumnTransformer([("all", "passthrough", list(sample))]).fit(sample)
        pipeline = Pipeline([("together", together), ("model", model)])
    graph = _convert(pipeline, schema, classifies)
    if log_odds_line is not None:
        _append_line(graph, *log_odds_line)
    # skl2onnx lists these in the order of a set of texts, another one in each process.
    imports = sorted(graph.opset_import, key=lambda opset: str(opset.domain))
    del graph.opset_import[:]
    graph.opset_import.extend(imports)
    rows = sample.iloc[:CHECKED_ROWS]
    exported = OnnxModel(graph.SerializeToString()).predict(rows)
    expected = model.predict_proba(rows)[:, 1] if classifies else np.ravel(model.predict(rows))
    if log_odds_line is not None:
        expected = _on_line(expected, *log_odds_line)
    worst = float(np.abs(exported - expected).max(initial=0.0))
    if not worst <= tolerance:
        raise UserError(
            f"the export of {type(model).__name__} gives other "
            f"{'probabilities' if classifies else 'scores'} (by up to {worst:.2g}): "
            "skl2onnx does not convert one of its steps rightly"
        )
    return graph


def _classifies(model: Any) -> bool:
    """Whether it is a fitted classifier of two classes, rather than a regressor or ranker."""
    from sklearn.exceptions import NotFittedError
    from sklearn.pipeline import Pipeline
    from sklearn.utils.validation import check_is_fitted

    name, last = type(model).__name__, model[-1] if isinstance(model, Pipeline) else model
    try:
        check_is_fitted(last)
    except NotFittedError:
        raise UserError(f"{name} is not fitted") from None
    if not hasattr(last, "predict_proba"):
        return False
    if len(model.classes_) != 2:
        raise UserError(f"{name} is not a classifier of two classes")
    return True


def _convert(pipeline: Any, schema: dict[str, str], classifies: bool) -> ModelProto:
    types = require("skl2onnx.common.data_types")
    tensors = {
        "int64": types.Int64TensorType,
        "float32": types.FloatTensorType,
        "string": types.StringTensorType,
    }
    _register_lightgbm()
    try:
        return require("skl2onnx").convert_sklearn(
            pipeline,
            "model",
            [(name, tensors[kind]([None, 1])) for name, kind in schema.items()],
            target_opset=TARGET_OPSET,
            options={id(pipeline): {"zipmap": False}} if classifies else None,
        )
    except Exception as error:  # skl2onnx raises whatever its converter ran into
        reason = " ".join(str(error).split())[:160]
        raise UserError(f"skl2onnx cannot convert this model: {reason}") from error


def _on_line(p: np.ndarray, slope: float, intercept: float) -> np.ndarray:
    p = np.clip(np.asarray(p, dtype=float), LEAST, 1 - LEAST)
    return 1 / (1 + np.exp(-(slope * np.log(p / (1 - p)) + intercept)))


def _append_line(model: ModelProto, slope: float, intercept: float) -> None:
    helper = require("onnx.helper")
    kind = require("onnx").TensorProto.FLOAT
    graph = model.graph
    (output,) = [out for out in graph.output if len(out.type.tensor_type.shape.dim) == 2]
    constants = {"least": LEAST, "slope": slope, "intercept": intercept, "one": 1.0}
    graph.initializer.extend(
        helper.make_tensor(f"line_{name}", kind, [1], [value]) for name, value in constants.items()
    )
    whole = require("onnx").TensorProto.INT64
    graph.initializer.extend(
        helper.make_tensor(f"line_{name}", whole, [1], [column])
        for column, name in enumerate(("first", "second"))
    )
    steps = [
        ("Max", [output.name, "line_least"], "line_kept", {}),
        ("Log", ["line_kept"], "line_logs", {}),
        ("Gather", ["line_logs", "line_first"], "line_log_q", {"axis": 1}),
        ("Gather", ["line_logs", "line_second"], "line_log_p", {"axis": 1}),
        ("Sub", ["line_log_p", "line_log_q"], "line_odds", {}),
        ("Mul", ["line_odds", "line_slope"], "line_scaled", {}),
        ("Add", ["line_scaled", "line_intercept"], "line_moved", {}),
        ("Sigmoid", ["line_moved"], "line_p", {}),
        ("Sub", ["line_one", "line_p"], "line_q", {}),
        ("Concat", ["line_q", "line_p"], "calibrated", {"axis": 1}),
    ]
    for operator, given, made, attributes in steps:
        graph.node.append(helper.make_node(operator, given, made.split(), **attributes))
    graph.output.remove(output)
    graph.output.append(helper.make_tensor_value_info("calibrated", kind, [None, 2]))


def _register_lightgbm() -> None:
    try:
        from lightgbm import LGBMClassifier, LGBMRanker, LGBMRegressor
    except ModuleNotFoundError:
        return
    shapes = require("skl2onnx.common.shape_calculator")
    register = require("skl2onnx").update_registered_converter
    register(
        LGBMClassifier,
        "LightGbmLGBMClassifier",
        shapes.calculate_linear_classifier_output_shapes,
        _convert_lightgbm,
        options={"nocl": [True, False], "zipmap": [True, False, "columns"]},
    )
    for kind in (LGBMRegressor, LGBMRanker):
        register(
            kind,
            f"LightGbm{kind.__name__}",
            shapes.calculate_linear_regressor_output_shapes,
            _convert_lightgbm,
            options={"split": None},
        )


def _convert_lightgbm(scope: Any, operator: Any, container: Any) -> None:
    converter = require("onnxmltools.convert.lightgbm.operator_converters.LightGbm")
    operator.raw_operator = _with_float32_thresholds(operator.raw_operator)
    converter.convert_lightgbm(scope, operator, container)


def _with_float32_thresholds(model: Any) -> Any:
    """The same trees, each threshold the largest float32 up to it; float32 features cannot tell.

    The graph holds float32, and the converter rounds to the nearest: a feature between a threshold
    and that number would go the other way.
    """
    from lightgbm import Booster

    def lowered(line: re.Match[str]) -> str:
        exact = np.array(line[1].split(), dtype=np.float64)
        with np.errstate(over="ignore"):
            nearest = exact.astype(np.float32)
        least = np.where(nearest > exact, np.nextafter(nearest, np.float32(-np.inf)), nearest)
        return "threshold=" + " ".join(map(repr, least.astype(float).tolist()))

    text = model.booster_.model_to_string()
    text = re.sub(r"^tree_sizes=.*\n", "", text, flags=re.MULTILINE)  # of the text as it was
    text = re.sub(r"^threshold=(.*)$", lowered, text, flags=re.MULTILINE)
    changed = copy.copy(model)
    changed._Booster = Booster(model_str=text)
    return changed
