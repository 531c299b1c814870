"""An experiment as one object: change it, run it again, compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.errors import UserError
from mlsd_kit.evaluation.protocol import Protocol, digest


@dataclass(frozen=True)
class Trial:
    """Everything that makes a model, as plain values that can be written to a file.

    >>> base = Trial("logistic", ("age", "hour"), {"C": 1.0})
    >>> base.but(settings={"C": 0.1}).difference(base)
    {'settings.C': (0.1, 1.0)}
    """

    model: str
    """Name of a builder."""
    features: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    train_share: float = 1.0
    """Latest share of the training rows that is used."""

    def __post_init__(self) -> None:
        if not 0 < self.train_share <= 1:
            raise UserError(f"train_share: {self.train_share} is above 0 and at most 1")
        object.__setattr__(self, "features", tuple(self.features))

    @classmethod
    def from_config(cls, values: Mapping[str, Any]) -> Trial:
        """A trial from a configuration file's values.

        Raises:
            UserError: for a name that is not one of a trial's.
        """
        known = set(cls.__dataclass_fields__)
        if unknown := sorted(set(values) - known):
            raise UserError(f"trial: {unknown[0]!r} is none of {', '.join(sorted(known))}")
        return cls(**values)

    def config(self) -> dict[str, Any]:
        """Plain values, for a file."""
        return {**asdict(self), "features": list(self.features)}

    def but(self, **changes: Any) -> Trial:
        """The same trial with some values changed."""
        return replace(self, **changes)

    def difference(self, other: Trial) -> dict[str, tuple[Any, Any]]:
        """What differs: name → this trial's value and the other's."""
        mine, theirs = _flat(self.config()), _flat(other.config())
        names = sorted({*mine, *theirs})
        return {
            name: (mine.get(name), theirs.get(name))
            for name in names
            if mine.get(name) != theirs.get(name)
        }


@dataclass(frozen=True)
class Run:
    """What came out of a trial under a protocol, with one seed."""

    trial: Trial
    protocol: str
    """The id of the protocol."""
    seed: int
    metrics: Mapping[str, float]
    p: np.ndarray = field(repr=False, compare=False)
    """Probabilities of the test rows, shape (n_test,)."""
    p_choose: np.ndarray = field(repr=False, compare=False)
    """Probabilities of the rows to choose on, shape (n_choose,)."""

    @property
    def id(self) -> str:
        """The same for the same trial, protocol and seed: running again gives the same run."""
        return digest({**self.trial.config(), "protocol": self.protocol, "seed": self.seed})


Builder = Callable[..., Any]
"""Takes the feature names, a seed and the settings, and gives an estimator."""


def run_trial(
    trial: Trial,
    protocol: Protocol,
    builders: Mapping[str, Builder],
    X: pd.DataFrame,
    y: np.ndarray,
    time_h: np.ndarray,
) -> list[Run]:
    """Train and test a trial as the protocol says: a run for each of its seeds.

    Args:
        trial: what to run. protocol: how it is tested.
        builders: name → function of ``features``, ``seed`` and the settings.
        X: inputs, shape (n, F). y: labels, shape (n,).
        time_h: of each row in hours, ascending, shape (n,).

    Raises:
        UserError: for a model or a feature that is not there.
    """
    if trial.model not in builders:
        raise UserError(f"model: {trial.model!r} is none of {', '.join(builders)}")
    if missing := [name for name in trial.features if name not in X]:
        raise UserError(f"features: {missing[0]!r} is no column")
    columns = list(trial.features)
    test, choose = protocol.test(time_h), protocol.choose(time_h)
    train = np.flatnonzero(protocol.train(time_h))
    train = train[len(train) - round(len(train) * trial.train_share) :]
    runs = []
    for seed in protocol.seeds:
        model = builders[trial.model](features=columns, seed=seed, **trial.settings)
        model.fit(X.iloc[train][columns], y[train])
        p, p_choose = (_probability(model, X.loc[mask, columns]) for mask in (test, choose))
        runs.append(Run(trial, protocol.id, seed, protocol.score(y[test], p), p, p_choose))
    return runs


def _probability(model: Any, X: pd.DataFrame) -> np.ndarray:
    return np.asarray(model.predict_proba(X)[:, 1] if len(X) else np.empty(0))


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat
