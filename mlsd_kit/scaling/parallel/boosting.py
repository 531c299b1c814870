"""Data-parallel boosted trees: LightGBM on a Dask cluster, which may lose a worker on the way."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlsd_kit.errors import UserError, require

BACK_SECONDS = 30
LOST_SECONDS = 5.0


@dataclass(frozen=True)
class Boosted:
    """A trained model, and what the training took."""

    model: Any
    """A `lightgbm.LGBMClassifier`."""
    workers: int
    """That took part in the attempt that ended well."""
    attempts: int
    seconds: float
    """Of that attempt, once the rows were on the workers."""
    waiting_share: float
    """Share of that time in which the workers' cores did not compute for it: they waited for each
    other, for the network, for Dask, or for a core."""


@contextlib.contextmanager
def boosting_cluster(workers: int) -> Iterator[Any]:
    """A Dask client of a cluster of processes on this machine, one thread each.

    The workers say nothing; they end with the block, or with this process.

    Raises:
        MissingExtra: without distributed.
    """
    distributed = require("distributed")
    require("lightgbm")
    # Left to itself, the cluster closes a worker that dies, is restarted, and dies again soon.
    nannies_alone = {"distributed.deploy.lost-worker-timeout": "1 day"}
    with (
        require("dask").config.set(nannies_alone),
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.register_plugin(_quiet_plugin(distributed))
        yield client


def train_boosted(
    client: Any,
    X: np.ndarray,
    y: np.ndarray,
    settings: Mapping[str, Any],
    *,
    workers: int | None = None,
    attempts: int = 2,
    limit_s: float = 600.0,
    path: str | Path | None = None,
    callbacks: Sequence[Callable[[Any], None]] = (),
) -> Boosted:
    """Train a classifier; every worker builds histograms of its rows, and they are summed.

    When a worker is lost the training starts anew on those that are there, or back: LightGBM
    cannot go on without one. A worker has one thread, in which LightGBM keeps its connections.

    Args:
        client: of the cluster, such as that of `boosting_cluster`.
        X: numbers, shape (n, d). y: 0 or 1, shape (n,).
        settings: of `lightgbm.LGBMClassifier`.
        workers: that take part, all that the cluster has by default.
        attempts: trainings that are begun before it is given up.
        limit_s: seconds for one attempt; after them the workers are restarted by their nannies.
        path: where the model is written, in whole, once it is trained. A file that is there stays
            as it is until then.
        callbacks: of LightGBM; they run on the workers.

    Raises:
        UserError: in one line, when there is no worker, or all attempts failed.
    """
    count = len(_addresses(client)) if workers is None else workers
    for attempt in range(1, attempts + 1):
        addresses = _addresses(client)[:count]
        if not addresses:
            raise UserError("train_boosted: the cluster has no worker")
        try:
            model, seconds, waiting = _fit(client, addresses, X, y, settings, limit_s, callbacks)
            break
        except _WorkerLost as lost:
            _await_return(client, addresses)
            if attempt == attempts:
                tries = f"{attempts} attempt{'s' if attempts > 1 else ''}"
                raise UserError(f"train_boosted: no model after {tries}: {lost}") from None
    if path is not None:
        _write_whole(Path(path), model.booster_.model_to_string())
    return Boosted(model, len(addresses), attempt, seconds, waiting)


class _WorkerLost(Exception):  # noqa: N818
    pass


def _fit(
    client: Any,
    addresses: list[str],
    X: np.ndarray,
    y: np.ndarray,
    settings: Mapping[str, Any],
    limit_s: float,
    callbacks: Sequence[Callable[[Any], None]],
) -> tuple[Any, float, float]:
    distributed, lightgbm = require("distributed"), require("lightgbm")
    over = threading.Event()
    try:
        _forget_network(client, addresses)
        rows, labels = _spread(client, X, addresses), _spread(client, y, addresses)
        before = client.run(time.process_time, workers=addresses)
        model = require("lightgbm.dask").DaskLGBMClassifier(
            client=client, tree_learner="data", verbose=-1, **settings
        )
        started = time.monotonic()
        with _time_limit(client, addresses, limit_s, over), _silence():
            model.fit(rows, labels, callbacks=list(callbacks))
        seconds = time.monotonic() - started
        after = client.run(time.process_time, workers=addresses)
    except (distributed.client.FutureCancelledError, distributed.KilledWorker, OSError) as error:
        if over.is_set():
            raise UserError(f"train_boosted: not finished after {limit_s:g} s") from None
        raise _WorkerLost("a worker was lost") from error
    except lightgbm.basic.LightGBMError as error:
        said = (str(error).splitlines() or ["LightGBM failed"])[0]
        if "socket" in said.lower():
            raise _WorkerLost(f"a worker was lost ({said})") from error
        raise UserError(f"train_boosted: {said}") from None
    busy = np.mean([after[address] - before[address] for address in addresses])
    return model.to_local(), seconds, float(max(0.0, 1 - busy / seconds))


def _addresses(client: Any) -> list[str]:
    return list(client.scheduler_info(n_workers=-1)["workers"])


def _spread(client: Any, values: np.ndarray, addresses: list[str]) -> Any:
    """An array in equal parts, each on one worker."""
    array = require("dask.array")
    blocks = []
    for part, address in zip(np.array_split(values, len(addresses)), addresses, strict=True):
        future = client.scatter(part, workers=[address], hash=False)
        blocks.append(array.from_delayed(future, shape=part.shape, dtype=part.dtype))
    return array.concatenate(blocks)


def _await_return(client: Any, addresses: list[str]) -> None:
    """Wait until the lost worker is gone and back; go on with fewer when it does not come back."""
    # The scheduler may hear of a death later than LightGBM does.
    deadline = time.monotonic() + LOST_SECONDS
    while set(addresses) <= set(_addresses(client)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for wanted in (len(addresses), 1):
        with contextlib.suppress(TimeoutError):
            client.wait_for_workers(wanted, timeout=BACK_SECONDS)
            return


def _forget_network(client: Any, addresses: list[str]) -> None:
    """Let LightGBM on each worker forget the connections of a training that broke off."""
    lightgbm = require("lightgbm")
    rows = lightgbm.Dataset(np.arange(40.0)[:, None], np.arange(40) % 2)
    any_model = lightgbm.train({"verbose": -1}, rows, 1).model_to_string()
    freed = [
        client.submit(_free_network, any_model, workers=[address], pure=False)
        for address in addresses
    ]
    # A worker that dies before its task begins would be waited for without end.
    require("distributed").wait(freed, timeout=BACK_SECONDS)


def _free_network(any_model: str) -> None:
    require("lightgbm").Booster(model_str=any_model).free_network()


@contextlib.contextmanager
def _time_limit(
    client: Any, addresses: list[str], limit_s: float, over: threading.Event
) -> Iterator[None]:
    """Restart the workers when the time is up, which ends what waits for them."""

    def end() -> None:
        over.set()
        client.restart_workers(addresses, timeout=BACK_SECONDS, raise_for_error=False)
        client.wait_for_workers(len(addresses), timeout=BACK_SECONDS)

    timer = threading.Timer(limit_s, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Without what lightgbm.dask prints of ports and of parameters that it sets itself."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def _quiet_plugin(distributed: Any) -> Any:
    class Quiet(distributed.WorkerPlugin):
        """LightGBM writes past Python to standard output, which would appear in a notebook."""

        name = "quiet"

        def setup(self, worker: Any) -> None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            os.close(nowhere)

    return Quiet()


def _write_whole(path: Path, text: str) -> None:
    """Write a file that is never there by half."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(draft, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
