"""How the numbers of a table are spread, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlsd_kit.data.columns import as_floats, column_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDE, POSITIVE = 20, 0.8
"""On a log scale goes a column whose largest value is so many times its median, and of which so
large a share is above 0; the rest is not drawn."""
MOST_BARS = 60
IN_A_ROW = 5


def bar_edges(values: np.ndarray, bars: int = 30) -> np.ndarray:
    """Edges of a histogram's bars; whole numbers get a bar each, so that none has two.

    >>> bar_edges(np.array([1.0, 2.0, 4.0]))
    array([0.5, 1.5, 2.5, 3.5, 4.5])
    """
    low, high = values.min(), values.max()
    whole = bool((values == np.round(values)).all()) and high - low < MOST_BARS
    if whole:
        return np.arange(low - 0.5, high + 1)
    return np.linspace(low, high if high > low else low + 1, bars + 1)


def plot_numbers(frame: pd.DataFrame, columns: Sequence[str], row: str = "row") -> Figure:
    """Draw a histogram of each column of numbers, in percent of its known values.

    Args:
        frame: the table. columns: numbers. row: what a row is.

    Raises:
        UserError: when a column is unknown.
    """
    import matplotlib.pyplot as plt

    n_rows = -(-len(columns) // IN_A_ROW)
    n_columns = -(-len(columns) // n_rows)
    figure, axes = plt.subplots(
        n_rows,
        n_columns,
        figsize=(2.3 * max(n_columns, 2), 2.6 * n_rows),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for ax in axes.flat[len(columns) :]:
        ax.set_visible(False)
    for name, ax in zip(columns, axes.flat, strict=False):
        values = as_floats(column_of(frame, name).dropna())
        above = values[values > 0]
        wide = len(above) > POSITIVE * len(values) and above.max() > WIDE * np.median(values)
        shown = np.log10(above) if wide else values
        if len(values):
            ax.hist(shown, bar_edges(shown), weights=np.full(len(shown), 100 / len(values)))
        ax.set(xlabel=f"log10 {name}" if wide else name)
    for ax in axes[:, 0]:
        ax.set_ylabel(f"{row}s (%)")
    return figure
