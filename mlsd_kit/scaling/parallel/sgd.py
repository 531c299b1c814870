"""Synchronous data-parallel SGD: each worker its part of the batch, one all-reduce for a step."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.scaling.parallel.crew import Crew
from mlsd_kit.scaling.parallel.network import mean_log_loss, start_parameters
from mlsd_kit.scaling.parallel.traffic import bytes_written
from mlsd_kit.scaling.parallel.worker import Group

WARM_UP = 2
"""Steps that are left out of the times: they compile."""


@dataclass(frozen=True)
class Plan:
    """What is trained, and how. The batch is the global one: all workers' rows together."""

    sizes: tuple[int, ...]
    """Of the layers, from the inputs to the one output."""
    batch: int
    steps: int
    learning_rate: float = 0.1
    seed: int = 0

    def rows_of(self, step: int, n_rows: int) -> np.ndarray:
        """The rows of a step's global batch: one shuffle for each pass, the same on all workers."""
        per_pass = n_rows // self.batch
        epoch, place = divmod(step, per_pass)
        order = np.random.default_rng([self.seed, epoch]).permutation(n_rows)
        return order[place * self.batch : (place + 1) * self.batch]


@dataclass(frozen=True)
class Trained:
    """The trained network, and what each step cost."""

    parameters: np.ndarray
    gradient: np.ndarray
    """Of the first step's global batch, after the all-reduce."""
    losses: np.ndarray
    """Mean log loss of each step's global batch, before the step."""
    times: pd.DataFrame = field(repr=False)
    """Seconds of each step after the first ones, of worker 0: gradient, exchange, update.

    The exchange includes the wait for the slowest worker.
    """
    gradient_s: np.ndarray = field(repr=False)
    """Seconds of the gradient on every worker, shape (steps, workers)."""
    bytes_sent: float
    """Bytes that worker 0 sent in a step, as Linux counted them (NaN elsewhere)."""

    @property
    def step_s(self) -> float:
        """Median seconds of a step."""
        return float(self.times.sum(axis=1).median())

    @property
    def communication_share(self) -> float:
        """Median share of a step that is spent in the all-reduce and the wait for it."""
        return float((self.times["exchange"] / self.times.sum(axis=1)).median())


def train_sgd(
    crew: Crew, X: np.ndarray, y: np.ndarray, plan: Plan, *, workers: int | None = None
) -> Trained:
    """Train a network by synchronous data-parallel SGD.

    With the same plan, the gradient is the same for every number of workers, up to rounding: a
    mean of means over equal parts is the mean.

    Args:
        crew: processes to compute on.
        X: float32, shape (n, d). y: 0 or 1, shape (n,).
        plan: what to train; its first layer has d inputs.
        workers: that take part, the whole crew by default.

    Raises:
        ValueError: when the batch cannot be divided, or rows and layers do not fit.
    """
    taking_part = crew.workers if workers is None else workers
    if X.shape[1] != plan.sizes[0] or plan.sizes[-1] != 1:
        raise ValueError(f"layers {plan.sizes} for {X.shape[1]} inputs and one output")
    if plan.batch % taking_part or plan.batch > len(X):
        raise ValueError(
            f"a batch of {plan.batch} cannot be divided among {taking_part} workers "
            f"and {len(X)} rows"
        )
    if plan.steps <= WARM_UP:
        raise ValueError(f"more than {WARM_UP} steps are needed, not {plan.steps}")
    parts = crew.run(
        _train_sgd, X.astype(np.float32), y.astype(np.float32), plan, workers=taking_part
    )
    return replace(parts[0], gradient_s=np.column_stack([part.times["gradient"] for part in parts]))


def all_reduce_seconds(
    crew: Crew, sizes: Sequence[int], *, workers: int | None = None, repeats: int = 15
) -> np.ndarray:
    """Median seconds of an all-reduce for each of some sizes in bytes, shape (len(sizes),)."""
    parts = crew.run(_time_all_reduces, list(sizes), repeats, workers=workers)
    return np.max(parts, axis=0)


@functools.cache
def _sum_over(mesh: Any) -> Callable[[Any], Any]:
    """The sum of a vector over the workers of a mesh."""
    import jax
    from jax.sharding import NamedSharding, PartitionSpec

    sharding = NamedSharding(mesh, PartitionSpec("workers"))
    summed = jax.jit(
        jax.shard_map(
            lambda part: jax.lax.psum(part[0], "workers"),
            mesh=mesh,
            in_specs=PartitionSpec("workers"),
            out_specs=PartitionSpec(),
        )
    )

    def total(vector: Any) -> Any:
        shape = (mesh.size, *vector.shape)
        parts = jax.make_array_from_single_device_arrays(shape, sharding, [vector[None]])
        return summed(parts).addressable_data(0)

    return total


@functools.cache
def _parts_of_a_step(sizes: tuple[int, ...], workers: int) -> tuple[Any, Any]:
    """A worker's share of the gradient, with the loss at its end; and the update."""
    import jax
    import jax.numpy as jnp

    @jax.jit
    def local(flat: Any, rows: Any, labels: Any) -> Any:
        loss, gradient = jax.value_and_grad(mean_log_loss)(flat, rows, labels, sizes)
        return jnp.append(gradient, loss) / workers

    @jax.jit
    def update(flat: Any, summed: Any, learning_rate: float) -> Any:
        return flat - learning_rate * summed[:-1]

    return local, update


def _train_sgd(group: Group, X: np.ndarray, y: np.ndarray, plan: Plan) -> Trained:
    """On a worker: all steps of the plan, with its part of each batch."""
    import jax
    import jax.numpy as jnp

    part = plan.batch // group.workers
    workers = group.workers
    local, update = _parts_of_a_step(plan.sizes, workers)
    reduce = _sum_over(group.mesh)
    flat = jnp.asarray(start_parameters(plan.sizes, plan.seed))
    clock = time.perf_counter
    losses, times, first, sent_before = [], [], np.empty(0), 0.0
    for step in range(plan.steps):
        if step == WARM_UP:
            sent_before = bytes_written()
        mine = plan.rows_of(step, len(X))[group.rank * part : (group.rank + 1) * part]
        rows, labels = jnp.asarray(X[mine]), jnp.asarray(y[mine])
        started = clock()
        own = jax.block_until_ready(local(flat, rows, labels))
        computed = clock()
        summed = jax.block_until_ready(reduce(own)) if workers > 1 else own
        exchanged = clock()
        flat = jax.block_until_ready(update(flat, summed, plan.learning_rate))
        times.append((computed - started, exchanged - computed, clock() - exchanged))
        losses.append(float(summed[-1]))
        if step == 0:
            first = np.asarray(summed[:-1])
    sent = (bytes_written() - sent_before) / (plan.steps - WARM_UP)
    table = pd.DataFrame(times[WARM_UP:], columns=["gradient", "exchange", "update"])
    return Trained(np.asarray(flat), first, np.array(losses), table, np.empty(0), sent)


def _time_all_reduces(group: Group, sizes: list[int], repeats: int) -> list[float]:
    import jax
    import jax.numpy as jnp

    reduce, medians = _sum_over(group.mesh), []
    for size in sizes:
        vector = jnp.ones(max(1, size // 4), jnp.float32)
        jax.block_until_ready(reduce(vector))
        seconds = []
        for _ in range(repeats):
            started = time.perf_counter()
            jax.block_until_ready(reduce(vector))
            seconds.append(time.perf_counter() - started)
        medians.append(float(np.median(seconds)))
    return medians
