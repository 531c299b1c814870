"""How far a shadow's answers are from those that the callers got."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mlsd_kit.errors import UserError


@dataclass(frozen=True)
class Divergence:
    """Requests that both models answered, and where they differ; see `compare_shadow`."""

    tolerance: float
    threshold: float
    rows: pd.DataFrame = field(repr=False)
    """One row for each request: ``served``, ``shadow``, ``difference``, ``beyond``, ``flip`` (+1 up
    over the threshold, −1 down, 0), and the milliseconds ``served_ms`` and ``shadow_ms``."""
    unanswered: int
    """Copies that the shadow did not answer: late, failed or refused."""

    def summary(self) -> pd.Series:
        """Counts and shares over all rows."""
        rows = self.rows
        served = rows["served"].mean()
        return pd.Series(
            {
                "requests compared": len(rows),
                "not answered by the shadow": self.unanswered,
                "beyond tolerance (%)": 100 * rows["beyond"].mean(),
                "flips up (%)": 100 * (rows["flip"] > 0).mean(),
                "flips down (%)": 100 * (rows["flip"] < 0).mean(),
                "mean prediction, ratio": rows["shadow"].mean() / served if served else np.nan,
                "rank correlation": rows["served"].corr(rows["shadow"], method="spearman"),
            }
        )

    def worst(self, n: int = 5) -> pd.DataFrame:
        """The rows that differ most."""
        order = self.rows["difference"].abs().sort_values(ascending=False, kind="stable").index
        return self.rows.loc[order[:n], ["served", "shadow", "difference", "flip"]]

    def by_slice(self, column: pd.Series) -> pd.DataFrame:
        """The figures of each slice, those with most flips first.

        Args:
            column: the slice of each request, by request id.

        Raises:
            UserError: when a request has no slice.
        """
        missing = self.rows.index.difference(column.index)
        if len(missing):
            raise UserError(f"request {missing[0]!r} has no {column.name}")
        rows = self.rows.assign(
            flips=100 * (self.rows["flip"] != 0), beyond=100 * self.rows["beyond"]
        )
        table = rows.groupby(column.loc[rows.index].to_numpy()).agg(
            requests=("served", "size"),
            beyond=("beyond", "mean"),
            flips=("flips", "mean"),
            difference=("difference", "mean"),
        )
        named = {"beyond": "beyond tolerance (%)", "flips": "flips (%)"}
        ordered = table.sort_values(["flips", "requests"], ascending=False, kind="stable")
        return ordered.rename_axis(str(column.name)).rename(columns=named)

    def latency(self) -> pd.DataFrame:
        """Milliseconds of both models' answers, as the router saw them."""
        percentiles = {"p50 (ms)": 0.5, "p99 (ms)": 0.99}
        return pd.DataFrame(
            {
                name: {
                    label: self.rows[f"{name}_ms"].quantile(q) for label, q in percentiles.items()
                }
                for name in ("served", "shadow")
            }
        ).T


def compare_shadow(
    decisions: pd.DataFrame, shadows: pd.DataFrame, tolerance: float, threshold: float
) -> Divergence:
    """Join a router's two logs and compare the answers; of a request sent again, the last ones.

    Args:
        decisions: what the callers got, by request id.
        shadows: what the shadow said to copies of the same requests.
        tolerance: largest difference of two predictions that does not matter.
        threshold: prediction from which the product decides otherwise.

    Raises:
        UserError: when no request was answered by both.

    >>> served = pd.DataFrame({"prediction": [0.2, 0.6], "model_ms": [1.0, 1.0]}, index=["a", "b"])
    >>> shadow = served.assign(prediction=[0.2, 0.4], outcome="answered")
    >>> compare_shadow(served, shadow, 0.01, 0.5).rows["flip"].tolist()
    [0, -1]
    """
    if not len(decisions) or not len(shadows):
        raise UserError("one of the two logs is empty: there is nothing to compare")
    decisions, shadows = (log[~log.index.duplicated(keep="last")] for log in (decisions, shadows))
    answered = shadows[shadows["outcome"] == "answered"]
    columns = ["prediction", "model_ms"]
    both = decisions[columns].join(answered[columns].add_prefix("shadow_"), how="inner")
    both = both.dropna(subset=["prediction"]).astype(float)
    if not len(both):
        raise UserError("no request was answered by both models")
    served, shadow = both["prediction"], both["shadow_prediction"]
    rows = pd.DataFrame(
        {
            "served": served,
            "shadow": shadow,
            "difference": shadow - served,
            "beyond": (shadow - served).abs() > tolerance,
            "flip": (shadow >= threshold).astype(int) - (served >= threshold).astype(int),
            "served_ms": both["model_ms"],
            "shadow_ms": both["shadow_model_ms"],
        }
    )
    return Divergence(tolerance, threshold, rows, len(shadows) - len(answered))
