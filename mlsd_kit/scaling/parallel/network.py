"""A small neural network for a yes-or-no event, as one flat vector of parameters."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np


def layer_shapes(sizes: Sequence[int]) -> list[tuple[tuple[int, int], tuple[int]]]:
    """Shapes of the weights and biases of each layer.

    >>> layer_shapes([3, 2, 1])
    [((3, 2), (2,)), ((2, 1), (1,))]
    """
    return [((a, b), (b,)) for a, b in itertools.pairwise(sizes)]


def n_parameters(sizes: Sequence[int]) -> int:
    """How many parameters a network of these layer sizes has.

    >>> n_parameters([3, 2, 1])
    11
    """
    return sum(a * b + b for (a, b), _ in layer_shapes(sizes))


def start_parameters(sizes: Sequence[int], seed: int) -> np.ndarray:
    """Weights by He et al. 2015 and zero biases, flat, float32; the same on every worker."""
    random = np.random.default_rng(seed)
    parts = []
    for (a, b), _ in layer_shapes(sizes):
        parts += [random.normal(0, np.sqrt(2 / a), a * b), np.zeros(b)]
    return np.concatenate(parts).astype(np.float32)


def mean_log_loss(flat: Any, X: Any, y: Any, sizes: Sequence[int]) -> Any:
    """Mean log loss of the network over some rows; JAX arrays.

    Args:
        flat: parameters, shape (n_parameters,). X: shape (n, sizes[0]). y: 0 or 1, shape (n,).
        sizes: of the layers, from the inputs to the one output; without a layer between them it
            is logistic regression.
    """
    import jax.numpy as jnp

    logits = _logits(flat, X, sizes)
    return jnp.mean(jnp.logaddexp(0, logits) - y * logits)


def _logits(flat: Any, X: Any, sizes: Sequence[int]) -> Any:
    import jax

    start, values = 0, X
    for layer, ((a, b), _) in enumerate(layer_shapes(sizes)):
        weights = flat[start : start + a * b].reshape(a, b)
        values = values @ weights + flat[start + a * b : start + a * b + b]
        start += a * b + b
        if layer < len(sizes) - 2:
            values = jax.nn.relu(values)
    return values[:, 0]


def predict(flat: np.ndarray, X: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """Probability of the event for each row, shape (n,), with NumPy alone."""
    start, values = 0, np.asarray(X, dtype=float)
    shapes = layer_shapes(sizes)
    for layer, ((a, b), _) in enumerate(shapes):
        weights = flat[start : start + a * b].reshape(a, b)
        values = values @ weights + flat[start + a * b : start + a * b + b]
        start += a * b + b
        if layer < len(shapes) - 1:
            values = np.maximum(values, 0)
    return 1 / (1 + np.exp(-values[:, 0]))
