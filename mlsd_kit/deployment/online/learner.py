"""A model that learns from a stream, and whose whole state is a few arrays."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.linear_model import SGDClassifier

from mlsd_kit.errors import UserError

LARGEST = 4.0


class OnlineLogistic:
    """Logistic regression by stochastic gradient descent, one row after the other.

    Numbers are standardised by a start window and cut off at ±4, missing ones are taken for the
    mean; words of categories are hashed, so that one never seen before needs no new weight. The
    learner is scikit-learn's `SGDClassifier`: all that it has learned are the weights, which can be
    stored without a pickle. river's learners keep theirs in nested private objects. Without a
    penalty a step depends on nothing but the weights and the row, so how the stream is cut into
    batches makes no difference, to the last bit.

    Args:
        start: rows whose mean and spread standardise the numbers.
        numbers: columns that are numbers. categories: columns that are text.
        rate: learning rate, constant, so that the model never stops following the stream.
        buckets: weights for the categories' words, which are hashed (CRC-32) to them.
    """

    def __init__(
        self,
        start: pd.DataFrame,
        numbers: Sequence[str],
        categories: Sequence[str],
        rate: float = 0.01,
        buckets: int = 128,
    ) -> None:
        measured = start[list(numbers)].to_numpy(dtype=np.float64)
        spread = np.nanstd(measured, axis=0)
        self._settings: dict[str, Any] = {
            "numbers": list(numbers),
            "categories": list(categories),
            "rate": float(rate),
            "buckets": int(buckets),
        }
        self._scaling = np.nanmean(measured, axis=0), np.where(spread > 0, spread, 1.0)
        self._data = hashlib.sha256(b"").hexdigest()
        self._learner = self._new_learner()
        weights = np.zeros((1, len(numbers) + buckets)), np.zeros(1)
        self._set_weights(*weights, steps=1.0)

    @property
    def data_version(self) -> str:
        """A hash of every row that it learned from, in their order."""
        return self._data

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Probability of the event, shape (n,)."""
        return np.asarray(self._learner.predict_proba(self._encode(*self._parts(X)))[:, 1])

    def learn(self, X: pd.DataFrame, y: ArrayLike) -> None:
        """Take one step for each row, in their order."""
        numbers, words = self._parts(X)
        labels = np.asarray(y).astype(np.int64)
        self._learner.partial_fit(self._encode(numbers, words), labels, classes=[0, 1])
        for row, word, label in zip(numbers, words, labels, strict=True):
            seen = "\x1f".join((self._data, *word, str(label))).encode()
            self._data = hashlib.sha256(seen + row.tobytes()).hexdigest()

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Everything that it is: JSON values, and arrays."""
        mean, spread = self._scaling
        arrays = {
            "mean": mean,
            "spread": spread,
            "weights": self._learner.coef_.copy(),
            "intercept": self._learner.intercept_.copy(),
            "steps": np.array([self._learner.t_], dtype=np.float64),
        }
        return {**self._settings, "data": self._data}, arrays

    @classmethod
    def from_state(
        cls, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
    ) -> OnlineLogistic:
        """The model with that state; it predicts and learns on exactly as the one that was stored.

        Raises:
            UserError: when the state is not that of such a model.
        """
        try:
            model = cls.__new__(cls)
            model._data = str(values["data"])
            model._settings = {k: values[k] for k in ("numbers", "categories", "rate", "buckets")}
            model._scaling = arrays["mean"], arrays["spread"]
            model._learner = model._new_learner()
            model._set_weights(arrays["weights"], arrays["intercept"], float(arrays["steps"][0]))
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise UserError(f"that is not the state of an online model: {error}") from None
        return model

    def _new_learner(self) -> SGDClassifier:
        return SGDClassifier(
            loss="log_loss",
            penalty=None,
            learning_rate="constant",
            eta0=self._settings["rate"],
            shuffle=False,
        )

    def _set_weights(self, weights: np.ndarray, intercept: np.ndarray, steps: float) -> None:
        wide = len(self._settings["numbers"]) + self._settings["buckets"]
        if weights.shape != (1, wide) or intercept.shape != (1,):
            raise ValueError(f"weights of shape {weights.shape}, not (1, {wide})")
        self._learner.partial_fit(np.zeros((2, wide)), [0, 1], classes=[0, 1])
        self._learner.coef_ = weights.astype(np.float64, copy=True)
        self._learner.intercept_ = intercept.astype(np.float64, copy=True)
        self._learner.t_ = steps

    def _parts(self, X: pd.DataFrame) -> tuple[np.ndarray, list[tuple[str, ...]]]:
        """The numbers, shape (n, numbers), and the words of each row."""
        names, categories = self._settings["numbers"], self._settings["categories"]
        if missing := [name for name in (*names, *categories) if name not in X]:
            raise UserError(f"the online model misses feature {missing[0]!r}")
        columns = [[f"{name}={value}" for value in X[name].tolist()] for name in categories]
        words: list[tuple[str, ...]] = [()] * len(X)
        if columns:
            words = list(zip(*columns, strict=True))
        return X[names].to_numpy(dtype=np.float64), words

    def _encode(self, numbers: np.ndarray, words: list[tuple[str, ...]]) -> np.ndarray:
        """What the learner takes, shape (n, numbers + buckets)."""
        mean, spread = self._scaling
        wide, buckets = numbers.shape[1], self._settings["buckets"]
        inputs = np.zeros((len(numbers), wide + buckets))
        scaled = np.nan_to_num((numbers - mean) / spread, nan=0.0)
        inputs[:, :wide] = scaled.clip(-LARGEST, LARGEST)
        if words and words[0]:
            hashed = [zlib.crc32(word.encode()) % buckets for of_row in words for word in of_row]
            rows = np.repeat(np.arange(len(words)), len(words[0]))
            np.add.at(inputs, (rows, wide + np.array(hashed)), 1)
        return inputs
