"""Is the model still good? Judged on rows whose labels have had the time to arrive."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from mlsd_kit.deployment.monitoring.monitor import Alarm
from mlsd_kit.deployment.monitoring.window import Sample, Window, join_samples

DRAWS = 4000
EPSILON = 1e-7


class Quality(NamedTuple):
    """Quality of some rows, beside what as many rows of the reference give by chance."""

    rows: int
    events: int
    log_loss: float
    log_loss_high: float
    """The reference's, at the upper end."""
    calibration: float
    """Expected events over observed; NaN without any."""
    excess: float
    """Observed less expected events, for each row."""
    excess_low: float
    excess_high: float


class LateQuality:
    """Alarm when log loss or calibration of matured rows is worse than chance explains.

    A row counts once it is ``maturity_h`` old: before, an event that is still to come looks like
    none, and a good model like one that predicts too much. The bounds are quantiles of samples of
    as many rows drawn from the reference, which needs no normal distribution: with rare events a
    mean loss has none.

    Args:
        reference: rows with final labels, on which the model was judged good.
        maturity_h: age at which a row is judged, such as the delay that 99 % of the events have.
        alpha: chance of a false alarm in one judgement, halved between the two measures.
        block_rows: matured rows of one judgement; they are gathered until there are as many. It
            counts rows, not events: to stop when enough events have come would bias their rate.
        seed: of the draws.

    Raises:
        ValueError: when the reference has no labels.
    """

    def __init__(
        self,
        reference: Sample,
        *,
        maturity_h: float,
        alpha: float = 0.01,
        block_rows: int = 500,
        seed: int = 0,
    ) -> None:
        if reference.labels is None or not len(reference):
            raise ValueError("the quality monitor needs reference rows with labels")
        self.maturity_h, self.alpha, self.block_rows, self.seed = (
            maturity_h,
            alpha,
            block_rows,
            seed,
        )
        self._loss, self._residual = _losses(reference)
        self._waiting: Sample | None = None
        self._judged: list[dict[str, float]] = []
        self._bounds: dict[int, tuple[float, float, float]] = {}

    def observe(self, window: Window) -> Alarm | None:
        """Judge the rows that have matured, block by block; None while they are too few.

        Raises:
            ValueError: when the window brings no outcomes.
        """
        if window.outcomes is None:
            raise ValueError("the quality monitor needs windows with outcomes")
        until = window.end_h - self.maturity_h
        matured = window.outcomes.between(until - (window.end_h - window.start_h), until)
        rows = matured if self._waiting is None else join_samples([self._waiting, matured])
        blocks = len(rows) // self.block_rows
        self._waiting = rows.take(slice(blocks * self.block_rows, None))
        reasons = []
        for number in range(blocks):
            block = rows.take(slice(number * self.block_rows, (number + 1) * self.block_rows))
            found = self.judge(block)
            self._judged.append({"until (h)": window.end_h, **found._asdict()})
            reasons += _reasons(found)
        return Alarm("; ".join(reasons)) if reasons else None

    def judge(self, rows: Sample) -> Quality:
        """The quality of rows with labels, beside what chance gives."""
        if rows.labels is None:
            raise ValueError("rows without labels have no quality")
        loss, residual = _losses(rows)
        high, low, top = self._chance(len(rows))
        events, expected = int(rows.labels.sum()), float(rows.predictions.sum())
        return Quality(
            len(rows),
            events,
            float(loss.mean()),
            high,
            expected / events if events else np.nan,
            float(residual.mean()),
            low,
            top,
        )

    def table(self) -> pd.DataFrame:
        """What was judged so far, a row for each judgement."""
        return pd.DataFrame(self._judged, columns=["until (h)", *Quality._fields])

    def _chance(self, n: int) -> tuple[float, float, float]:
        """Upper bound of the loss, and both of the residual, for the mean of n rows."""
        if n not in self._bounds:
            rng, m = np.random.default_rng(self.seed), len(self._loss)
            means = np.empty((DRAWS, 2))
            for draw in means:
                rows = rng.integers(0, m, n)
                draw[:] = self._loss[rows].mean(), self._residual[rows].mean()
            centre = np.array([self._loss.mean(), self._residual.mean()])
            means = centre + (means - centre) * np.sqrt(1 + n / m)
            low, top = np.quantile(means[:, 1], [self.alpha / 4, 1 - self.alpha / 4])
            high = np.quantile(means[:, 0], 1 - self.alpha / 2)
            self._bounds[n] = (float(high), float(low), float(top))
        return self._bounds[n]


def _reasons(found: Quality) -> list[str]:
    reasons = []
    if found.log_loss > found.log_loss_high:
        reasons.append(f"log loss {found.log_loss:.4f}, up to {found.log_loss_high:.4f} is usual")
    if not found.excess_low <= found.excess <= found.excess_high:
        word = "fewer" if found.excess < found.excess_low else "more"
        reasons.append(f"{word} events than predicted: expected / observed {found.calibration:.2f}")
    return reasons


def _losses(rows: Sample) -> tuple[np.ndarray, np.ndarray]:
    """Log loss and label less prediction of each row."""
    y = np.asarray(rows.labels, dtype=float)
    p = np.clip(np.asarray(rows.predictions, dtype=float), EPSILON, 1 - EPSILON)
    return -(y * np.log(p) + (1 - y) * np.log1p(-p)), y - p
