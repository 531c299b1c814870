"""A model in ONNX, run in this process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.deployment.schema import Columns, columns_from_lists, columns_of
from mlsd_kit.errors import UserError, require

KINDS = {"tensor(int64)": "int64", "tensor(float)": "float32", "tensor(string)": "string"}


class OnnxModel:
    """An exported classifier, regressor or ranker; its input schema is read from the graph.

    Args:
        source: path of an ``.onnx`` file, or its bytes.
        threads: threads used within one call. One is right for a server, where requests are what
            runs side by side, and it makes results repeatable.

    Raises:
        UserError: when the file is missing or is no model of this kind.
    """

    def __init__(self, source: str | Path | bytes, *, threads: int = 1) -> None:
        runtime = require("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        data = source if isinstance(source, bytes) else _read(Path(source))
        try:
            self._session = runtime.InferenceSession(
                data, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's errors share no base class of their own
            reason = " ".join(str(error).split())[:160]
            where = "" if isinstance(source, bytes) else f"{source}: "
            raise UserError(f"{where}not a model that onnxruntime can run: {reason}") from error
        outputs = [o for o in self._session.get_outputs() if len(o.shape or []) == 2]
        inputs = self._session.get_inputs()
        if not outputs or any(node.type not in KINDS for node in inputs):
            raise UserError("the model is not one of raw features as to_onnx makes it")
        self._output = [outputs[0].name]
        self.classifies = outputs[0].shape[1] != 1
        """Whether it gives probabilities of two classes, rather than one score."""
        self.schema = {node.name: KINDS[node.type] for node in inputs}

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """Probability of the positive class of each row, or its score, float32 of shape (n,).

        Raises:
            UserError: when a column is missing or has a wrong type.
        """
        return self.predict_columns(columns_of(frame, self.schema))

    def predict_proba(self, frame: pd.DataFrame) -> np.ndarray:
        """As predict, of a classifier.

        Raises:
            UserError: when the model gives scores that are no probabilities.
        """
        if not self.classifies:
            raise UserError("the model gives scores, not probabilities: use predict")
        return self.predict(frame)

    def predict_one(self, row: Mapping[str, Any]) -> float:
        """The prediction for one row of plain values, as JSON has them; a missing number is None.

        Raises:
            UserError: on a missing or unknown feature, or a value of a wrong type.
        """
        columns = columns_from_lists({name: [value] for name, value in row.items()}, self.schema)
        return float(self.predict_columns(columns)[0])

    def predict_columns(self, columns: Columns) -> np.ndarray:
        """As predict, for columns that are checked and converted already."""
        feeds = {name: values.reshape(-1, 1) for name, values in columns.items()}
        return self._session.run(self._output, feeds)[0][:, -1]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read the model {path}: {error.strerror}") from None
