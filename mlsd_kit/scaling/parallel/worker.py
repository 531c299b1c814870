"""One process of a crew.

Tasks come as pickles on standard input, answers go to standard output; both pipes end at the
process that started this one. When the input ends, the worker ends, whatever it is doing.
"""

from __future__ import annotations

import os
import pickle
import queue
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

HEARTBEAT_S = 10


@dataclass(frozen=True)
class Group:
    """What a task knows of the workers that take part: its rank, their number, their mesh."""

    rank: int
    workers: int
    mesh: Any
    """A `jax.sharding.Mesh` with the one axis ``workers``, a device for each process."""


def main() -> None:
    """Join the others, then carry out one task after the other.

    The program's arguments are the rank, the number of workers, and the coordinator's port.
    """
    rank, workers, port = (int(word) for word in sys.argv[1:4])
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print goes to the log, not among the answers
    import jax

    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(
        f"127.0.0.1:{port}",
        workers,
        rank,
        local_device_ids=[0],
        coordinator_bind_address=f"127.0.0.1:{port}" if rank == 0 else None,
        initialization_timeout=30,
        heartbeat_timeout_seconds=HEARTBEAT_S,
    )
    devices = jax.devices()
    _send(answers, ("done", None))
    tasks: queue.Queue[tuple[Callable[..., Any], int, tuple[Any, ...]]] = queue.Queue()
    threading.Thread(target=_read_tasks, args=(sys.stdin.buffer, tasks), daemon=True).start()
    while True:
        task, taking_part, arguments = tasks.get()
        if rank >= taking_part:
            _send(answers, ("done", None))
            continue
        mesh = jax.sharding.Mesh(devices[:taking_part], ("workers",))
        try:
            answer = ("done", task(Group(rank, taking_part, mesh), *arguments))
        except Exception as error:
            first = (str(error).splitlines() or [""])[0]
            answer = ("failed", f"{type(error).__name__}: {first}")
        _send(answers, answer)


def _read_tasks(pipe: BinaryIO, tasks: queue.Queue[Any]) -> None:
    while True:
        try:
            tasks.put(pickle.load(pipe))
        except EOFError:
            os._exit(0)
        except Exception as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)


def _send(pipe: BinaryIO, answer: Any) -> None:
    pickle.dump(answer, pipe, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.flush()
