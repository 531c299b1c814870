"""Hyperparameter search with a budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlsd_kit.errors import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Range = tuple[float, float] | tuple[int, int]


def search(
    loss: Callable[[dict[str, Any]], float],
    space: Mapping[str, Range],
    trials: int,
    seed: int,
    at_random: bool = False,
) -> pd.DataFrame:
    """Minimise a loss over ranges of hyperparameters, within a budget of trials.

    The tree-structured Parzen estimator of Optuna (Bergstra et al., 2011; Akiba et al., 2019),
    which begins at random. Ranges of whole numbers give whole numbers; a range that spans a factor
    of ten or more is searched on a log scale.

    Args:
        loss: hyperparameters → what to minimise, on validation rows.
        space: name → lowest and highest value.
        trials: how many times ``loss`` is called.
        seed: of the search.
        at_random: draw every trial at random instead, the yardstick for a cleverer search.

    Returns:
        One row a trial in order: the hyperparameters, ``loss``, and ``best`` so far.
    """
    optuna = require("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    parzen = optuna.samplers.TPESampler(seed=seed, n_startup_trials=4)
    sampler = optuna.samplers.RandomSampler(seed=seed) if at_random else parzen
    study = optuna.create_study(sampler=sampler)

    def objective(trial: Any) -> float:
        return loss({name: _suggest(trial, name, *bounds) for name, bounds in space.items()})

    study.optimize(objective, n_trials=trials)
    table = pd.DataFrame([{**trial.params, "loss": trial.value} for trial in study.trials])
    table.index = pd.RangeIndex(1, len(table) + 1, name="trial")
    return table.assign(best=table["loss"].cummin())


def _suggest(trial: Any, name: str, low: float, high: float) -> float:
    log = low > 0 and high / low >= 10
    if isinstance(low, int) and isinstance(high, int):
        return int(trial.suggest_int(name, low, high, log=log))
    return float(trial.suggest_float(name, low, high, log=log))


def best_of(trials: pd.DataFrame) -> dict[str, Any]:
    """The hyperparameters of the trial with the least loss, whole numbers as int."""
    row = trials.iloc[int(np.argmin(trials["loss"]))].drop(["loss", "best"])
    whole = {name for name in row.index if pd.api.types.is_integer_dtype(trials[name])}
    return {str(k): int(value) if k in whole else float(value) for k, value in row.items()}


def plot_search(trials: pd.DataFrame, label: str, ax: Axes | None = None) -> Axes:
    """Draw each trial's loss and the best so far against the budget spent."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    if ax is None:
        _, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
    ax.plot(trials.index, trials["loss"], "o", c="grey", ms=5, label="a trial")
    ax.step(trials.index, trials["best"], where="post", c="C0", label="best so far")
    ax.set(xlabel="trials spent", ylabel=label, title="What the search budget buys")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend()
    return ax
