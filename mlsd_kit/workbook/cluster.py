"""A batch on a Dask cluster: notebooks and folders travel there, finished runs come back.

The workers need this package in the same version, and what the notebooks import; see
``docs/cluster.md``.
"""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlsd_kit.errors import UserError, require
from mlsd_kit.warm.client import WarmUnavailable, lease
from mlsd_kit.warm.preload import wanted_by
from mlsd_kit.workbook.batch import Batch, BatchWatch, Made
from mlsd_kit.workbook.folder import draft, publish
from mlsd_kit.workbook.prepare import Prepared, Preparer, kit_digest
from mlsd_kit.workbook.run import RunFailed, Settings, Watch, execute, read_run

CONNECT_S = 5


@dataclass(frozen=True)
class DaskEngine:
    """Makes the runs of a batch on the cluster at an address, or on one started here."""

    scheduler: str | None = None

    def __call__(self, batch: Batch, watch: BatchWatch | None) -> Made:
        """Make the runs; those of a worker that dies are made on another.

        Raises:
            UserError: when there is no cluster at the address, or it has no worker that fits, or
                no ``distributed`` here.
        """
        distributed = require("distributed")
        with contextlib.ExitStack() as held:
            client = held.enter_context(_client(distributed, self.scheduler, batch.at_once))
            topic = f"mlsd-{uuid.uuid4().hex}"
            if watch:
                client.subscribe_topic(topic, lambda event: _tell(watch, event[1]))
            futures = {}
            for number in batch.missing:
                prepared = batch.prepared[number]
                task = Task(
                    number,
                    pack(prepared),
                    prepared.given,
                    batch.settings,
                    batch.cache.inputs(prepared),
                    topic,
                )
                futures[client.submit(task, pure=False)] = number
            for future in distributed.as_completed(futures):
                number = futures[future]
                yield number, _kept(future, batch, number)
                future.release()


@dataclass(frozen=True)
class Task:
    """One run, as it travels to a worker."""

    number: int
    packed: bytes
    given: dict[str, Any]
    settings: Settings
    inputs: dict[str, str]
    topic: str

    def __call__(self) -> tuple[bytes, str]:
        """On the worker: the run's folder, packed, and what failed, if something did."""
        worker = require("distributed").get_worker()

        def tell(*step: Any) -> None:
            worker.log_event(self.topic, [self.number, *step])

        with tempfile.TemporaryDirectory(prefix="mlsd-run-") as name:
            notebook = _unpack_notebook(self.packed, Path(name))
            prepared = Preparer()(str(notebook), self.given)
            prepared.check()
            output = Path(name, "runs")
            with contextlib.ExitStack() as held:
                with contextlib.suppress(WarmUnavailable):
                    held.enter_context(lease(wanted_by([notebook])))
                tell()
                try:
                    run = execute(prepared, output, self.settings, Watch(tell), self.inputs)
                except RunFailed as failed:
                    return _zipped(failed.folder), failed.reason
            return _zipped(run.folder), ""


def pack(prepared: Prepared) -> bytes:
    """The notebook, and what travels with it, as a zip file; a case in its ``case_studies``."""
    home = Path("case_studies", prepared.name) if prepared.case else Path()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in [prepared.path, *prepared.folder_files()]:
            archive.write(path, home / path.relative_to(prepared.path.parent))
    return buffer.getvalue()


def _unpack_notebook(packed: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(folder)
        return folder / archive.namelist()[0]


def _zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    return buffer.getvalue()


def _kept(future: Any, batch: Batch, number: int) -> Any:
    """The run, now in the store here, or what went wrong."""
    prepared = batch.prepared[number]
    try:
        packed, reason = future.result()
    except UserError as error:
        return error
    except Exception as lost:
        said = (str(lost).splitlines() or [type(lost).__name__])[0]
        return UserError(f"{prepared.name}: lost on the cluster: {said}")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        texts = {name: archive.read(name).decode("utf-8") for name in archive.namelist()}
    facts = json.loads(texts["run.json"])
    facts["notebook"] = str(prepared.path)
    texts["run.json"] = json.dumps(facts, indent=1, ensure_ascii=False)
    target = batch.output / prepared.name / facts["run"]
    with draft(target.parent, facts["run"]) as folder:
        publish(folder, texts, target)
    return RunFailed(prepared.name, reason, target) if reason else read_run(target)


@contextlib.contextmanager
def _client(distributed: Any, scheduler: str | None, workers: int) -> Iterator[Any]:
    """A client of the cluster there, or of one that is started here and ends with this."""
    with contextlib.ExitStack() as held:
        if scheduler is None:
            cluster = distributed.LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address=None
            )
            client = distributed.Client(held.enter_context(cluster))
        else:
            client = _connected(distributed, scheduler)
        with client:
            _check_workers(client, scheduler or "the local cluster")
            yield client


def _connected(distributed: Any, scheduler: str) -> Any:
    try:
        return distributed.Client(scheduler, timeout=CONNECT_S)
    except (OSError, ValueError, TypeError):
        raise UserError(
            f"--scheduler {scheduler}: no Dask scheduler answers there; "
            "give its address, such as tcp://host:8786"
        ) from None


def _check_workers(client: Any, name: str) -> None:
    """Refuse a cluster without workers, or with workers that have another version of this package.

    Raises:
        UserError: one line that says what is missing.
    """
    try:
        client.wait_for_workers(1, timeout=CONNECT_S)
    except TimeoutError:
        raise UserError(f"{name}: the cluster has no worker") from None
    try:
        digests = client.run(kit_digest)
    except Exception as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(f"{name}: a worker cannot import mlsd_kit: {said}") from None
    for worker, digest in digests.items():
        if digest != kit_digest():
            raise UserError(f"{name}: worker {worker} has another version of mlsd-kit than this")


def _tell(watch: BatchWatch, event: list[Any]) -> None:
    number, *step = event
    if step:
        watch.cell(number, *step)
    else:
        watch.started(number)
