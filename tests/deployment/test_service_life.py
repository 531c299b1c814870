"""From start to end: drained on a signal, whole after a kill, and on its feet when overloaded."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import warnings

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from mlsd_kit.deployment import ModelServer, create_app, load_test
from mlsd_kit.deployment.limits import Limits
from mlsd_kit.deployment.telemetry import METRICS_FOLDER
from mlsd_kit.errors import UserError

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "Using `httpx`")
    from fastapi.testclient import TestClient

ROW = {"shop": 3, "city": "Oslo", "hour": 14, "price": None}
DEADLINE = 60
DRAIN = '{"drain_seconds": 1.5}'


class Foreground:
    """A service as it runs under a supervisor of the system: ended by signals only."""

    def __init__(self, bundle, *options):
        command = [sys.executable, "-m", "mlsd_kit.deployment.serve", str(bundle.path), *options]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        told = json.loads(self.process.stdout.readline())
        self.url, self.pids = told["url"], [told["pid"]]

    def connect(self):
        host, port = self.url.removeprefix("http://").split(":")
        return socket.create_connection((host, int(port)), timeout=DEADLINE)

    def until_unready(self):
        """Ask until the service says that it stops; what it says."""
        while (answer := httpx.get(f"{self.url}/ready")).status_code == 200:
            pass
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def foreground(bundle):
    with Foreground(bundle, "--limits", DRAIN) as running:
        yield running


def samples(server, name):
    """The samples of one metric: labels → value."""
    families = text_string_to_metric_families(server.get("/metrics"))
    return {
        tuple(value for _, value in sorted(one.labels.items())): one.value
        for family in families
        for one in family.samples
        if one.name == name
    }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_under_way_at_a_signal_is_answered(foreground, number):
    body = json.dumps(ROW).encode()
    head = f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    half = foreground.connect()
    half.sendall(head + body[:10])
    foreground.process.send_signal(number)
    unready = foreground.until_unready()
    assert unready.status_code == 503
    assert unready.json() == {"passes": False, "reason": "the service is about to stop"}
    assert httpx.post(f"{foreground.url}/predict", json=ROW).headers["connection"] == "close"
    half.sendall(body[10:])
    assert half.recv(65536).startswith(b"HTTP/1.1 200")
    assert foreground.process.wait(DEADLINE) == 0
    half.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{foreground.url}/health")


def test_a_second_signal_does_not_wait(bundle):
    with Foreground(bundle, "--limits", '{"drain_seconds": 1000}') as running:
        running.process.terminate()
        running.until_unready()
        running.process.terminate()
        assert running.process.wait(DEADLINE) == 0


def test_a_service_of_several_workers_ends_whole_on_a_signal(bundle):
    with Foreground(bundle, "--workers", "2", "--limits", DRAIN) as running:
        running.pids.append(json.loads(running.process.stdout.readline())["pid"])
        workers = [psutil.Process(pid) for pid in running.pids]
        running.process.terminate()
        assert running.process.wait(DEADLINE) == 0
        assert psutil.wait_procs(workers, timeout=DEADLINE)[1] == []


def test_a_worker_that_is_killed_is_started_again(bundle):
    server = ModelServer(bundle, workers=2)
    with server:
        killed, other = server.pids
        for _ in range(50):
            server.post("/predict", ROW)
        before = samples(server, "requests_total")["/predict", "200"]
        os.kill(killed, signal.SIGKILL)
        again = server.await_worker(DEADLINE)
        assert again not in (killed, other)
        assert server.pids == [again, other]
        bodies = [ROW] * 4
        result = load_test(server.url + "/predict", bodies, connections=16, max_requests=200)
        assert (result.requests, result.errors) == (200, 0)
        # what the killed worker had counted stays
        assert samples(server, "requests_total")["/predict", "200"] == before + 216
        assert samples(server, "requests_in_flight") == {(): 1}
        pids = [again, other, server._process.pid]
    assert not any(psutil.pid_exists(pid) for pid in pids)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_service_that_is_killed_leaves_nothing(bundle, workers, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    server = ModelServer(bundle, workers=workers).start()
    try:
        started = psutil.Process(server._process.pid)
        family = [started, *started.children(recursive=True)]
        started.kill()
        assert psutil.wait_procs(family, timeout=DEADLINE)[1] == []
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{server.url}/health")
        assert list(tmp_path.glob("mlsd-metrics-*")) == []
    finally:
        server.stop()


def test_metrics_add_up_over_the_workers(bundle):
    with ModelServer(bundle, workers=2) as server:
        result = load_test(server.url + "/predict", ROW, connections=16, max_requests=400)
        assert result.errors == 0
        for _ in range(10):  # whichever worker is asked
            assert samples(server, "requests_total")["/predict", "200"] == 416
            assert samples(server, "run_rows_sum") == {(): 416}
        environments = [psutil.Process(pid).environ() for pid in server.pids]
        folders = {one[METRICS_FOLDER] for one in environments}
        assert len(folders) == 1
    assert not os.path.exists(folders.pop())


def test_logs_are_lines_of_json_without_bodies(bundle):
    server = ModelServer(bundle)
    with server:
        httpx.post(f"{server.url}/predict?q=secret", json=ROW, headers={"x-request-id": "order-7"})
        with pytest.raises(UserError, match="missing"):
            server.post("/predict", {"city": "secret"})
        lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert "secret" not in json.dumps(lines)
    answered = [one for one in lines if one["logger"] == "mlsd.access"]
    assert [(one["path"], one["status"]) for one in answered] == [
        ("/predict", 200),
        ("/predict", 422),
    ]
    assert answered[0]["request"] == "order-7"
    assert answered[0]["ms"] > 0
    assert {"timestamp", "level", "pid", "method"} <= set(answered[0])


def test_an_overload_is_refused_and_what_is_taken_on_is_answered(bundle):
    """At twice its capacity: everything is answered or refused, and the service keeps working."""
    limits = Limits(in_flight=16)
    with ModelServer(bundle, limits=limits) as server:
        url, worker = server.url + "/predict", psutil.Process(server.pids[0])
        capacity = load_test(url, ROW, connections=16, seconds=1).throughput
        memory = worker.memory_info().rss
        result = load_test(url, ROW, connections=128, rate=2 * capacity, seconds=3)
        assert worker.memory_info().rss < memory + 30e6
        assert result.lost == 0
        assert result.refused > 0
        assert result.requests + result.refused == int(6 * capacity)
        assert result.requests > 128
        counted = samples(server, "refusals_total")["overload",]
        assert counted >= result.refused  # and those of the connections' first requests
        assert samples(server, "requests_total")["/predict", "503"] == counted
        assert server.get("/ready")["passes"]
        assert server.post("/predict", ROW)["version"]


def test_requests_in_flight_are_limited_by_the_application_too(bundle):
    """A body that comes in pieces gets past the connection; the application refuses it."""
    with ModelServer(bundle, limits=Limits(in_flight=1)) as server:
        host, port = server.url.removeprefix("http://").split(":")
        body = json.dumps(ROW).encode()
        head = f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        with socket.create_connection((host, int(port)), timeout=DEADLINE) as first:
            first.sendall(head + body[:10])
            refused = httpx.post(f"{server.url}/predict/batch", json={"rows": [ROW]})
            assert refused.status_code == 503
            assert refused.headers["retry-after"] == "1"
            early = httpx.post(f"{server.url}/predict", json=ROW)
            assert early.json() == refused.json()
            assert early.headers["retry-after"] == "1"
            assert server.get("/health") == {"status": "alive"}
            first.sendall(body[10:])
            assert first.recv(65536).startswith(b"HTTP/1.1 200")


def test_a_prediction_that_takes_too_long_is_504(bundle):
    app, held = create_app(bundle.path, limits=Limits(answer_seconds=0.05)), threading.Event()
    with TestClient(app) as client:
        app.state.service.thread.submit(held.wait, DEADLINE)
        answer = client.post("/predict/batch", json={"rows": [ROW] * 300})
        held.set()
    assert answer.status_code == 504
    assert answer.json() == {"detail": "no prediction within 0.05 s"}


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ("{", "the limits are not JSON"),
        ('{"rowz": 1}', "an object with some of: rows"),
        ('{"rows": 0}', "limit 'rows' must be a number above 0, not 0"),
    ],
)
def test_limits_that_make_no_sense_are_one_line(bundle, limits, said):
    command = [sys.executable, "-m", "mlsd_kit.deployment.serve", str(bundle.path)]
    done = subprocess.run([*command, "--limits", limits], capture_output=True, text=True)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
