"""Model parallelism: an embedding table and a tower, each worker with a part of every layer.

The table is cut by rows or by columns; the first dense layer by its columns and the second by its
rows, so that nothing has to be exchanged between them (Megatron-LM: Shoeybi et al. 2019).
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from mlsd_kit.scaling.parallel.crew import Crew
from mlsd_kit.scaling.parallel.traffic import bytes_written
from mlsd_kit.scaling.parallel.worker import Group

FLOAT = 4
COPIES = 3
"""Of every parameter a worker holds: itself, its gradient, and Adagrad's sum of squares."""


@dataclass(frozen=True)
class Tower:
    """Ids → mean of their rows of a table → dense, ReLU → dense → a vector."""

    rows: int
    width: int
    """Columns of the table."""
    hidden: int
    outputs: int
    cut: Literal["rows", "columns"] = "rows"
    """How the table is divided."""

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each parameter, unsplit."""
        return {
            "table": (self.rows, self.width),
            "w1": (self.width, self.hidden),
            "b1": (self.hidden,),
            "w2": (self.hidden, self.outputs),
            "b2": (self.outputs,),
        }

    def axes(self) -> dict[str, int | None]:
        """Axis along which each parameter is divided; None is a copy on every worker."""
        table = 0 if self.cut == "rows" else 1
        return {"table": table, "w1": 1, "b1": 0, "w2": 0, "b2": None}

    def worker_bytes(self, workers: int, copies: int = COPIES) -> int:
        """Bytes that each worker holds: its part of the parameters, times the copies of them.

        >>> tower = Tower(1000, 64, 128, 32)
        >>> tower.worker_bytes(1, copies=1), tower.worker_bytes(2, copies=1)
        (305792, 152960)
        """
        axes = self.axes()
        parts = [
            math.prod(shape) // (1 if axes[name] is None else workers)
            for name, shape in self.shapes().items()
        ]
        return FLOAT * copies * sum(parts)

    def step_bytes(self, batch: int, workers: int) -> float:
        """Bytes that each worker sends in a training step.

        A table cut by rows costs an all-reduce of the batch's embeddings forward and one backward;
        cut by columns it costs an all-gather and a reduce-scatter, half as much. The tower costs
        an all-reduce of its outputs forward.

        Args:
            batch: examples in a step. workers: that share the model.

        >>> Tower(1000, 64, 128, 32, "rows").step_bytes(100, 2)
        64000.0
        >>> Tower(1000, 64, 128, 32, "columns").step_bytes(100, 2)
        38400.0
        """
        ring = (workers - 1) / workers
        embeddings = (4 if self.cut == "rows" else 2) * ring * batch * self.width
        return FLOAT * (embeddings + 2 * ring * batch * self.outputs)


def workers_needed(parameters: float, budget_bytes: float, copies: int = COPIES) -> int:
    """The fewest workers whose memory holds every parameter with all its copies.

    Args:
        parameters: how many, of 4 bytes each. budget_bytes: of memory on a worker.
        copies: 3 is parameter, gradient and Adagrad's state; Adam has 4.

    >>> workers_needed(1e9, 8e9)
    2
    """
    if parameters <= 0 or budget_bytes <= 0 or copies < 1:
        raise ValueError("parameters, budget and copies must be positive")
    return math.ceil(FLOAT * copies * parameters / budget_bytes)


@dataclass(frozen=True)
class TowerRun:
    """What training a split tower gave, put together from the workers' parts."""

    outputs: np.ndarray
    """Of the first step, shape (batch, outputs)."""
    losses: np.ndarray
    """Mean log loss before each step."""
    gradients: dict[str, np.ndarray] = field(repr=False)
    """Of the first step, unsplit."""
    parameters: dict[str, np.ndarray] = field(repr=False)
    """After the last step, unsplit."""
    worker_bytes: int
    """Most bytes of parameters, gradients and state that a worker held."""
    bytes_sent: float
    """By worker 0 in a step, as Linux counted them (NaN elsewhere)."""
    step_s: float
    """Median seconds of a step."""


def train_tower(
    crew: Crew,
    tower: Tower,
    ids: np.ndarray,
    items: np.ndarray,
    y: np.ndarray,
    *,
    workers: int | None = None,
    steps: int = 3,
    learning_rate: float = 0.1,
    seed: int = 0,
    budget_bytes: int | None = None,
) -> TowerRun:
    """Train a tower on one batch, its parts on as many workers; log loss, Adagrad.

    The probability of the event is the logistic function of the tower's output times the item's
    vector. Starting values are the same for any number of workers.

    Args:
        crew: processes to compute on.
        tower: what to train.
        ids: rows of the table for each example, shape (batch, ids of an example).
        items: vectors to multiply with, shape (batch, outputs). y: 0 or 1, shape (batch,).
        workers: that share the model, the whole crew by default.
        steps: at least 2; the first one compiles and is not timed.
        learning_rate: of Adagrad. seed: of the starting values.
        budget_bytes: memory that a worker may take for this; its operating system refuses more
            (Linux).

    Raises:
        ValueError: when shapes do not fit, or the model cannot be divided evenly.
        UserError: when a worker fails, for one when its memory does not suffice.
    """
    taking_part = crew.workers if workers is None else workers
    if len(ids) != len(y) or items.shape != (len(ids), tower.outputs):
        raise ValueError(f"{len(ids)} examples, {len(y)} labels and items of shape {items.shape}")
    if ids.min() < 0 or ids.max() >= tower.rows:
        raise ValueError(f"ids must be between 0 and {tower.rows - 1}")
    table = tower.rows if tower.cut == "rows" else tower.width
    if table % taking_part or tower.hidden % taking_part:
        raise ValueError(f"{table} {tower.cut} and {tower.hidden} units over {taking_part} workers")
    if steps < 2:
        raise ValueError(f"at least 2 steps are needed, not {steps}")
    batch = (ids.astype(np.int32), items.astype(np.float32), y.astype(np.float32))
    given = (tower, batch, steps, learning_rate, seed, budget_bytes)
    parts = crew.run(_train_tower, *given, workers=taking_part)

    def whole(what: str) -> dict[str, np.ndarray]:
        pieces = {name: [part[what][name] for part in parts] for name in tower.shapes()}
        return {
            name: pieces[name][0] if axis is None else np.concatenate(pieces[name], axis)
            for name, axis in tower.axes().items()
        }

    first = parts[0]
    return TowerRun(
        first["outputs"],
        first["losses"],
        whole("gradients"),
        whole("parameters"),
        max(part["worker_bytes"] for part in parts),
        first["bytes_sent"],
        first["step_s"],
    )


def _outputs(tower: Tower, parameters: dict[str, Any], ids: Any) -> Any:
    """The tower's outputs; on a worker, from its part of the parameters."""
    import jax
    import jax.numpy as jnp

    table = parameters["table"]
    if tower.cut == "rows":
        local = ids - jax.lax.axis_index("workers") * len(table)
        mine = (local >= 0) & (local < len(table))
        found = jnp.where(mine[..., None], table[jnp.clip(local, 0, len(table) - 1)], 0)
        embedded = jax.lax.psum(found.mean(axis=1), "workers")
    else:
        own = table[ids].mean(axis=1)
        embedded = jax.lax.all_gather(own, "workers", axis=1, tiled=True)
    hidden = jax.nn.relu(embedded @ parameters["w1"] + parameters["b1"])
    # The bias is added once, after the sum over the workers.
    return jax.lax.psum(hidden @ parameters["w2"], "workers") + parameters["b2"]


def _train_tower(
    group: Group,
    tower: Tower,
    batch: tuple[np.ndarray, ...],
    steps: int,
    learning_rate: float,
    seed: int,
    budget_bytes: int | None,
) -> dict[str, Any]:
    """On a worker: start its part of the model, and train it."""
    import jax

    start, gradient, update = _compiled(group, tower, batch, learning_rate)
    losses, seconds, sent_before = [], [], 0.0
    with _memory_limit(budget_bytes):
        parameters, state = start(jax.random.key(seed))
        for step in range(steps):
            if step == 1:
                sent_before = bytes_written()
            started = time.perf_counter()
            loss, outputs, gradients = gradient(parameters, *batch)
            jax.block_until_ready(gradients)
            if step == 0:
                first = {"outputs": np.asarray(outputs), "gradients": _own(gradients)}
            held = sum(
                array.addressable_data(0).nbytes
                for array in jax.tree.leaves((parameters, state, gradients))
            )
            parameters, state = jax.block_until_ready(update(parameters, state, gradients))
            seconds.append(time.perf_counter() - started)
            losses.append(float(loss))
    return {
        **first,
        "losses": np.array(losses),
        "parameters": _own(parameters),
        "worker_bytes": held,
        "bytes_sent": (bytes_written() - sent_before) / (steps - 1),
        "step_s": float(np.median(seconds[1:])),
    }


def _compiled(
    group: Group, tower: Tower, batch: tuple[np.ndarray, ...], learning_rate: float
) -> tuple[Any, Any, Any]:
    """The functions that start the parameters, give the gradient and update; compiled already."""
    import jax
    import jax.numpy as jnp
    from jax.sharding import NamedSharding, PartitionSpec

    specs = {
        name: PartitionSpec(*([None] * axis), "workers") if axis is not None else PartitionSpec()
        for name, axis in tower.axes().items()
    }
    placed = {name: NamedSharding(group.mesh, spec) for name, spec in specs.items()}
    shapes = tower.shapes()
    model = {
        name: jax.ShapeDtypeStruct(shape, jnp.float32, sharding=placed[name])
        for name, shape in shapes.items()
    }
    whole = PartitionSpec()

    def start(key: Any) -> Any:
        # Of a partitionable generator: each worker makes its own part of the same numbers.
        keys = jax.random.split(key, len(shapes))
        fan_in = {"table": tower.width, "w1": tower.width, "w2": tower.hidden}
        parameters = {
            name: jax.random.uniform(one, shape, minval=-1.0) * (3 / fan_in[name]) ** 0.5
            if name in fan_in
            else jnp.zeros(shape)
            for one, (name, shape) in zip(keys, shapes.items(), strict=True)
        }
        return parameters, {name: jnp.zeros(shape) for name, shape in shapes.items()}

    def loss_of(parameters: Any, ids: Any, items: Any, y: Any) -> Any:
        outputs = _outputs(tower, parameters, ids)
        logits = (outputs * items).sum(axis=1)
        return jnp.mean(jnp.logaddexp(0, logits) - y * logits), outputs

    def gradient(parameters: Any, *rows: Any) -> Any:
        (loss, outputs), gradients = jax.value_and_grad(loss_of, has_aux=True)(parameters, *rows)
        return loss, outputs, gradients

    def update(parameters: Any, state: Any, gradients: Any) -> Any:
        state = jax.tree.map(lambda total, g: total + g * g, state, gradients)

        def moved(value: Any, total: Any, g: Any) -> Any:
            return value - learning_rate * g / (jnp.sqrt(total) + 1e-8)

        return jax.tree.map(moved, parameters, state, gradients), state

    shared = jax.shard_map(
        gradient, mesh=group.mesh, in_specs=(specs, whole, whole, whole),
        out_specs=(whole, whole, specs),
    )  # fmt: skip
    return (
        jax.jit(start, out_shardings=(placed, placed)).lower(jax.random.key(0)).compile(),
        jax.jit(shared).lower(model, *batch).compile(),
        jax.jit(update, donate_argnums=(0, 1)).lower(model, model, model).compile(),
    )


def _own(arrays: dict[str, Any]) -> dict[str, np.ndarray]:
    return {name: np.array(array.addressable_data(0)) for name, array in arrays.items()}


@contextlib.contextmanager
def _memory_limit(budget_bytes: int | None) -> Iterator[None]:
    """Let this process take so many bytes of data more than it has, and no more."""
    if budget_bytes is None:
        yield
        return
    import resource
    from pathlib import Path

    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    has = int(status["VmData"].split()[0]) * 1024
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (has + budget_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
