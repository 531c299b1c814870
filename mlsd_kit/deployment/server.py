"""Start a web service in a process of its own, and stop it."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pandas as pd

from mlsd_kit.deployment.bundle import Bundle, load_bundle
from mlsd_kit.deployment.limits import Limits
from mlsd_kit.deployment.schema import Schema, columns_of
from mlsd_kit.errors import UserError, require

START_SECONDS = 60.0
STOP_SECONDS = 10.0


class Server:
    """A web service in a process of its own, on a free port of the loopback address.

    It runs for as long as the ``with`` block lasts, or from ``start()`` to ``stop()``; it also ends
    with this process, however that ends.

    Args:
        arguments: what ``python -m mlsd_kit.deployment.serve`` is to serve.
        workers: processes that share the port; one that dies is started again.
        limits: of each worker; the defaults of `Limits` when None.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        workers: int = 1,
        limits: Limits | None = None,
    ) -> None:
        if workers < 1:
            raise ValueError(f"a server needs at least one worker, not {workers}")
        given = json.dumps(asdict(limits or Limits()))
        self.arguments = ["--limits", given, *arguments]
        self.workers = workers
        self.url = ""
        self.pids: list[int] = []
        """Process ids of the workers; of those started again too."""
        self.log = Path(tempfile.gettempdir())
        self._listening: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start the service and return when all its workers listen."""
        if self._process is not None:
            raise UserError("this server runs already")
        handle, name = tempfile.mkstemp(prefix="mlsd-server-", suffix=".log")
        self.log = Path(name)
        command = [sys.executable, "-m", "mlsd_kit.deployment.serve", *self.arguments]
        with open(handle, "wb") as log:
            self._process = subprocess.Popen(
                [*command, "--workers", str(self.workers), "--lifeline"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._await_workers(self._process)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the service; safe to call again. Its log is kept only when it failed."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.returncode == 0:
            self.log.unlink(missing_ok=True)

    def get(self, path: str) -> Any:
        """What the service answers to GET: parsed JSON, or text."""
        return self._answer(require("httpx").get(self.url + path, timeout=30))

    def post(self, path: str, body: Any = None) -> Any:
        """What the service answers to POST with a JSON body.

        Raises:
            UserError: when the service refuses; the message is its own line.
        """
        return self._answer(require("httpx").post(self.url + path, json=body, timeout=30))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _answer(self, response: Any) -> Any:
        if not response.headers["content-type"].startswith("application/json"):
            return response.text
        answer = response.json()
        if response.status_code >= 400 and isinstance(answer, dict) and "detail" in answer:
            raise UserError(answer["detail"])
        return answer

    def await_worker(self, seconds: float = START_SECONDS) -> int:
        """Wait until one more worker listens, such as one started again; its process id.

        Raises:
            UserError: when none does, in time; the message has the last line of the log.
        """
        try:
            told = self._listening.get(timeout=seconds)
        except queue.Empty:
            told = None
        if told is None:
            said = self.log.read_text("utf-8", "replace").strip().splitlines() or ["no message"]
            raise UserError(f"the server did not start: {said[-1]} (log: {self.log})")
        number, pid = told["worker"], int(told["pid"])
        self.url = told["url"]
        self.pids = [*self.pids[:number], pid, *self.pids[number + 1 :]]
        return pid

    def _await_workers(self, process: subprocess.Popen[bytes]) -> None:
        listening = self._listening = queue.Queue()

        def read() -> None:
            assert process.stdout is not None
            with process.stdout as lines:
                for line in lines:
                    listening.put(json.loads(line))
            listening.put(None)

        threading.Thread(target=read, daemon=True).start()
        self.pids = [0] * self.workers
        for _ in range(self.workers):
            self.await_worker()


class ModelServer(Server):
    """A bundle served over HTTP on this machine; see `Server`.

    Args:
        bundle: a bundle, or its folder.
        workers: processes that share the port, each with its own copy of the model.
        limits: as for `Server`.

    Raises:
        UserError: when the service does not start; the message has its last line and log file.

    Example::

        with ModelServer(bundle) as server:
            server.predict(frame)
    """

    def __init__(
        self,
        bundle: Bundle | str | Path,
        *,
        workers: int = 1,
        limits: Limits | None = None,
    ) -> None:
        self.bundle = bundle if isinstance(bundle, Bundle) else load_bundle(bundle)
        super().__init__([str(self.bundle.path)], workers=workers, limits=limits)

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """Probabilities of the rows, shape (n,), asked of the service in one batch request."""
        answer = self.post("/predict/batch", self.batch_body(frame))
        return np.array(answer["predictions"])

    def batch_body(self, frame: pd.DataFrame) -> dict[str, Any]:
        """The body of a batch request for the rows of a frame, column by column."""
        return {"columns": json_columns(frame, self.bundle.manifest.inputs)}

    def row_bodies(self, frame: pd.DataFrame) -> list[dict[str, Any]]:
        """The bodies of single requests, one for each row of a frame."""
        lists = json_columns(frame, self.bundle.manifest.inputs)
        return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


class AppServer(Server):
    """An application of your own served over HTTP on this machine; see `Server`.

    Args:
        file: the Python file that makes the application; it may import files beside it by
            ``from .neighbour import …``.
        factory: the function in it that returns a FastAPI application.
        settings: the function's keyword arguments; they have to be JSON.
        workers: processes that share the port, each with an application of its own.

    Raises:
        UserError: when the service does not start; the message has its last line and log file.

    Example::

        with AppServer(case.folder / "service.py", "create_app", {"store": "lists.parquet"}) as app:
            app.get("/users/7")
    """

    def __init__(
        self,
        file: Path | str,
        factory: str = "create_app",
        settings: Mapping[str, Any] | None = None,
        *,
        workers: int = 1,
    ) -> None:
        given = json.dumps(dict(settings or {}))
        arguments = [str(file), "--factory", factory, "--settings", given]
        super().__init__(arguments, workers=workers)


def json_columns(frame: pd.DataFrame, schema: Schema) -> dict[str, list[Any]]:
    """The features of a frame as lists for JSON; a missing number becomes None."""
    lists = {}
    for name, values in columns_of(frame, schema).items():
        lists[name] = values.tolist()
        if schema[name] == "float32" and np.isnan(values).any():
            lists[name] = [None if value != value else value for value in lists[name]]
    return lists
