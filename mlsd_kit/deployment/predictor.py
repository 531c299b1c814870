"""What the service knows: a bundle's model, what it takes, and whether it still gives the same."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mlsd_kit.deployment.bundle import Bundle
from mlsd_kit.deployment.schema import Columns, columns_from_lists, fits, lists_from_rows
from mlsd_kit.errors import UserError


class Predictor:
    """The model in service and what it last found about itself."""

    def __init__(self, bundle: Bundle, max_rows: int) -> None:
        self.bundle = bundle
        self.max_rows = max_rows
        self.model = bundle.model()
        self.schema = bundle.manifest.inputs
        self.version = bundle.manifest.version
        self.last_check: dict[str, Any] = {"passes": False, "reason": "not checked yet"}

    @property
    def ready(self) -> bool:
        """Whether the last check of the holdout passed."""
        return bool(self.last_check["passes"])

    def row(self, body: Any) -> dict[str, Any]:
        """The features of one row, checked.

        Raises:
            UserError: one line that says what is wrong with it.
        """
        if not isinstance(body, dict):
            raise UserError("the body must be an object of feature names and values")
        if not fits(body, self.schema):
            columns_from_lists(lists_from_rows([body], self.schema), self.schema)
        return body

    def scores_of_rows(self, rows: list[dict[str, Any]]) -> list[float]:
        """Scores of rows that are checked already."""
        lists = {name: [row[name] for row in rows] for name in self.schema}
        return self.scores(columns_from_lists(lists, self.schema))

    def columns(self, body: Any) -> Columns:
        """The features of a batch, checked.

        Raises:
            UserError: one line that says what is wrong with it.
        """
        if not isinstance(body, dict) or body.keys() not in ({"columns"}, {"rows"}):
            raise UserError("the body must be an object with either 'columns' or 'rows'")
        form = next(iter(body))
        given: Any = body[form]
        if form == "rows":
            if not isinstance(given, list):
                raise UserError("'rows' must be a list of objects")
            self._limit(len(given))
            given = lists_from_rows(given, self.schema)
        elif not isinstance(given, dict):
            raise UserError("'columns' must be an object of lists")
        columns = columns_from_lists(given, self.schema)
        self._limit(len(next(iter(columns.values()))))
        return columns

    def scores(self, columns: Columns) -> list[float]:
        """Scores of the rows of some columns."""
        scores: list[float] = self.model.predict_columns(columns).tolist()
        return scores

    def answer(self, score: float) -> dict[str, Any]:
        """The answer for one row.

        Raises:
            UserError: when the model gives no number, which JSON could not carry.
        """
        if not math.isfinite(score):
            raise UserError("the model gives no number for this row")
        return {"prediction": score, "version": self.version}

    def answers(self, scores: list[float]) -> dict[str, Any]:
        """The answer for a batch, in its order.

        Raises:
            UserError: when the model gives no number for a row.
        """
        if not np.isfinite(scores).all():
            row = int(np.argmin(np.isfinite(scores)))
            raise UserError(f"the model gives no number for row {row}")
        return {"predictions": scores, "version": self.version}

    def selfcheck(self) -> dict[str, Any]:
        """Score the holdout set again and remember whether it gives what it should."""
        try:
            result = self.bundle.selfcheck(self.model)
        except UserError as error:
            self.last_check = {"passes": False, "reason": str(error)}
            return self.last_check
        check: dict[str, Any] = {
            "passes": result.passes,
            "rows": result.rows,
            "max_abs_diff": result.max_abs_diff,
            "tolerance": result.tolerance,
        }
        if not result.passes:
            share = f"{result.share_beyond:.1%} of the holdout predictions are not the expected"
            check["reason"] = share
        self.last_check = check
        return check

    def _limit(self, rows: int) -> None:
        if not 1 <= rows <= self.max_rows:
            raise UserError(f"a batch has 1 to {self.max_rows} rows, not {rows}")
