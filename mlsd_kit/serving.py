"""The commands `mlsd serve` and `mlsd load`: a case's model over HTTP, and load on it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import math
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from mlsd_kit.cases import Case, load_case
from mlsd_kit.content import workspace
from mlsd_kit.deployment import (
    Bundle,
    LoadResult,
    ModelServer,
    load_bundle,
    load_test,
    serving_features,
    train_case_model,
)
from mlsd_kit.deployment.server import Server, json_columns
from mlsd_kit.errors import UserError, require
from mlsd_kit.workbook.prepare import kit_digest

HOST, PORT = "127.0.0.1", 8000
ROWS, SEED = 60_000, 1
LOAD_ROWS = 5_000
"""So many of the last rows of the table are sent as load, in turn."""
PERCENTILES = (50, 90, 99, 99.9, 100)
CONNECTIONS = (8, 200)
SECONDS_IN_SERVICE = 0.05
"""A request that takes longer than this waits for a connection, which its latency then counts."""
LIBRARIES = ("lightgbm", "numpy", "onnxruntime", "pandas", "scikit-learn")

Tell = Callable[[str], object]


def serve_case(name: str, host: str, port: int, workers: int, tell: Tell) -> None:
    """Serve a case's model until SIGINT or SIGTERM; requests under way are then answered first.

    Args:
        name: of the case. host, port: where to listen; port 0 is any free one.
        workers: processes that share the port.
        tell: gets the lines for the person at the terminal.

    Raises:
        UserError: when there is no such case, the port is taken, or the service ends by itself.
    """
    case = load_case(name)
    _check_port(host, port)
    bundle = kept_bundle(case, tell)
    server = Server([str(bundle.path), "--host", host, "--port", str(port)], workers=workers)
    with _at_sigterm_as_at_ctrl_c(), server:
        try:
            tell(f"{name} {bundle.manifest.version} is served at {server.url}")
            tell(f"docs     {server.url}/docs")
            tell(f"metrics  {server.url}/metrics")
            tell("Ctrl-C ends it")
            while True:
                pid = server.await_worker(threading.TIMEOUT_MAX)
                tell(f"a worker has died; process {pid} serves in its place")
        except KeyboardInterrupt:
            tell("ending: requests under way are answered first")
            return
        except UserError:
            pass
    raise UserError(f"the service of {name} has ended by itself; its log: {server.log}")


def load_service(
    name: str, rps: float, seconds: float, url: str | None, tell: Tell
) -> tuple[LoadResult, str]:
    """Send a case's rows to its service at a constant rate.

    Without an address the load goes to the service at the default address; when none runs there,
    one is started for the time of the test.

    Args:
        name: of the case. rps: requests per second. seconds: how long.
        url: address of the service. tell: as in `serve_case`.

    Returns:
        What was measured, and the address.

    Raises:
        UserError: when nothing answers at the address, or the service there is of another case or
            not ready.
    """
    case = load_case(name)
    with contextlib.ExitStack() as held:
        address = (url or f"http://{HOST}:{PORT}").rstrip("/")
        if url is None and not _answers(address):
            server = held.enter_context(ModelServer(kept_bundle(case, tell)))
            tell(f"nothing is served at {address}: a service is started for this test")
            address = server.url
        bodies = _bodies(case, _inputs(address, case))
        tell(f"loading {address}/predict with {rps:g} requests/s for {seconds:g} s")
        low, high = CONNECTIONS
        result = load_test(
            f"{address}/predict",
            bodies,
            connections=min(max(math.ceil(rps * SECONDS_IN_SERVICE), low), high),
            rate=rps,
            seconds=seconds,
            max_requests=math.ceil(rps * seconds),
        )
    return result, address


def load_rows(result: LoadResult) -> list[tuple[str, str]]:
    """What a load test measured, as lines of a name and a value."""
    latencies = [
        ("slowest" if p == 100 else f"p{p:g}", f"{result.percentile_ms(p):.2f} ms")
        for p in PERCENTILES
    ]
    return [
        ("offered", f"{result.offered_rate:.1f} requests/s"),
        ("answered", f"{result.throughput:.1f} requests/s"),
        *(latencies if result.requests else []),
        ("requests", f"{result.requests:,}"),
        ("refused (503)", f"{result.refused:,}"),
        ("other errors", f"{result.errors - result.refused:,}"),
    ]


def kept_bundle(case: Case, tell: Tell, home: Path | None = None) -> Bundle:
    """The bundle of a case's model, trained when there is none for this case, code and libraries.

    Args:
        case: one that offers a learning table.
        tell: gets a line when a model is trained.
        home: where bundles are kept; ``.mlsd/bundles`` in the learner's folder by default.
    """
    home = (home or workspace() / ".mlsd" / "bundles") / f"{case.slug}-{_key(case)}"
    for folder in sorted(home.glob(f"{case.slug}-*")):
        try:
            return load_bundle(folder)
        except UserError as error:
            tell(f"{error}; it is made anew")
            shutil.rmtree(folder, ignore_errors=True)
    tell(f"training the model of {case.slug} on {ROWS:,} rows")
    return train_case_model(case, ROWS, SEED).publish(home)


def _key(case: Case) -> str:
    """What the trained model depends on, as a digest."""
    from importlib.metadata import PackageNotFoundError, version

    found: list[Any] = [kit_digest(), ROWS, SEED]
    for path in sorted(case.folder.rglob("*")):
        if path.suffix in (".py", ".yaml"):
            found.append((path.name, path.read_bytes()))
    for library in LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            found.append((library, version(library)))
    return hashlib.sha256(repr(found).encode()).hexdigest()[:12]


def _check_port(host: str, port: int) -> None:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            probe.listen(1)
    except OSError as error:
        other = "; name another with --port" if error.errno == errno.EADDRINUSE else ""
        raise UserError(f"cannot listen on {host}:{port}: {error.strerror}{other}") from None


@contextlib.contextmanager
def _at_sigterm_as_at_ctrl_c() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _answers(address: str) -> bool:
    parts = urlsplit(address)
    try:
        socket.create_connection((parts.hostname, parts.port or 80), timeout=2).close()
    except OSError:
        return False
    return True


def _inputs(address: str, case: Case) -> dict[str, str]:
    """The input schema of the service at an address, which has to be the case's, and ready."""
    httpx = require("httpx")
    try:
        ready, model = (httpx.get(f"{address}/{path}", timeout=10) for path in ("ready", "model"))
        about, told = model.json(), ready.json()
        name, inputs = about["name"], about["inputs"]
    except (httpx.TransportError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise UserError(
            f"{address}: {reason}; start the service with: mlsd serve {case.slug}"
        ) from None
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
        raise UserError(f"{address}: what answers there is no service of mlsd serve") from None
    if name != case.slug:
        raise UserError(f"{address}: serves {name}, not {case.slug}")
    if ready.status_code != 200:
        reason = told.get("reason", f"status {ready.status_code}")
        raise UserError(f"{address}: the service is not ready: {reason}")
    return dict(inputs)


def _bodies(case: Case, inputs: dict[str, str]) -> list[dict[str, Any]]:
    """The later rows of the case's table, each as the body of a request."""
    frame: pd.DataFrame = serving_features(case.learning_table(ROWS, SEED))
    later = frame.iloc[-LOAD_ROWS:]
    lists = json_columns(later, inputs)
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
