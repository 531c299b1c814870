"""`mlsd serve` and `mlsd load` as a user meets them: real processes, signals and exit codes."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading

import httpx
import psutil
import pytest

from mlsd_kit.cases import load_case
from mlsd_kit.deployment import load_bundle
from mlsd_kit.serving import kept_bundle

COMMAND = [sys.executable, "-m", "mlsd_kit"]
CASE = "fraud_detection"
LIMIT = 120


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A learner's folder with nothing in it but a case, so that bundles are kept there."""
    folder = tmp_path_factory.mktemp("learner")
    (folder / "case_studies").symlink_to(load_case(CASE).folder.parent)
    return folder


def mlsd(home, *args):
    command = [*COMMAND, *map(str, args)]
    return subprocess.run(
        command, cwd=home, capture_output=True, text=True, timeout=LIMIT, check=False
    )


@contextlib.contextmanager
def serving(home, *args, case=CASE):
    """`mlsd serve` on a free port, with the lines that it printed up to the last."""
    command = [*COMMAND, "serve", case, "--port", "0", *args]
    process = subprocess.Popen(
        command, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        lines = []
        for line in process.stdout:
            lines.append(line.rstrip())
            if line.startswith("Ctrl-C"):
                break
        else:
            raise AssertionError(process.stderr.read())
        yield process, re.search(r"is served at (http://\S+)", "\n".join(lines))[1], lines
    finally:
        process.kill()
        process.communicate()


def bundles(home):
    return sorted((home / ".mlsd" / "bundles").glob(f"{CASE}-*/{CASE}-*"))


def test_serve_tells_its_pages_answers_load_and_ends_with_0_on_ctrl_c(home):
    with serving(home) as (process, url, lines):
        assert f"docs     {url}/docs" in lines
        assert f"metrics  {url}/metrics" in lines
        assert httpx.get(f"{url}/ready").status_code == 200
        assert "/predict" in httpx.get(f"{url}/docs").text
        done = mlsd(home, "load", CASE, "--rps", 50, "--seconds", 1, "--url", url)
        assert done.returncode == 0, done.stderr
        figures = dict(re.split(r"  +", line.strip()) for line in done.stdout.splitlines())
        assert {"p50", "p90", "p99", "p99.9", "slowest", "answered"} <= set(figures)
        assert (figures["requests"], figures["refused (503)"], figures["other errors"]) == (
            "50", "0", "0",
        )  # fmt: skip
        assert f"loading {url}/predict with 50 requests/s" in done.stderr
        assert "requests_total" in httpx.get(f"{url}/metrics").text
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LIMIT)
        assert process.returncode == 0
        assert "requests under way are answered first" in out
        assert err == ""
        assert not psutil.wait_procs(children, timeout=LIMIT)[1]
    assert len(bundles(home)) == 1


def test_a_second_start_takes_the_kept_bundle_and_sigterm_ends_it_too(home):
    kept_bundle(load_case(CASE), print, home / ".mlsd" / "bundles")
    before = [path.stat().st_mtime_ns for path in bundles(home)]
    with serving(home, "--workers", "2") as (process, _, lines):
        assert not any("training" in line for line in lines)
        process.terminate()
        process.communicate(timeout=LIMIT)
        assert process.returncode == 0
    assert [path.stat().st_mtime_ns for path in bundles(home)] == before


def test_a_request_under_way_is_answered_before_the_service_ends(home):
    with serving(home) as (process, url, _):
        model = httpx.get(f"{url}/model").json()
        values = {"float32": 1.0, "int64": 1, "string": "x"}
        body = json.dumps({name: values[kind] for name, kind in model["inputs"].items()}).encode()
        address = (httpx.URL(url).host, httpx.URL(url).port)
        with socket.create_connection(address, timeout=LIMIT) as connection:
            head = f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body)
            process.send_signal(signal.SIGINT)
            answer = connection.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 200")
        process.communicate(timeout=LIMIT)
        assert process.returncode == 0


def test_a_killed_serve_leaves_no_service_behind(home):
    with serving(home) as (process, _, _):
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        process.kill()
        process.wait(LIMIT)
        assert not psutil.wait_procs(children, timeout=LIMIT)[1]


def test_a_service_that_dies_is_told(home):
    with serving(home) as (process, _, _):
        [child] = psutil.Process(process.pid).children()
        child.kill()
        _, err = process.communicate(timeout=LIMIT)
        assert process.returncode == 2
        assert re.fullmatch(
            rf"mlsd: the service of {CASE} has ended by itself; its log: \S+\n", err
        )


def test_a_broken_kept_bundle_is_made_anew(home):
    bundle = kept_bundle(load_case(CASE), print, home / ".mlsd" / "bundles")
    (bundle.path / "holdout.csv").write_text("cut")
    said = []
    again = kept_bundle(load_case(CASE), said.append, home / ".mlsd" / "bundles")
    assert "holdout.csv is not the file it was made of; it is made anew" in said[0]
    assert said[1].startswith("training the model")
    assert load_bundle(again.path).selfcheck().passes


@pytest.mark.parametrize("wait_for", ["training", "part"])
def test_killed_in_the_middle_it_leaves_no_half_bundle(wait_for, tmp_path):
    home = tmp_path / "learner"
    home.mkdir()
    (home / "case_studies").symlink_to(load_case(CASE).folder.parent)
    command = [*COMMAND, "serve", CASE, "--port", "0"]
    with subprocess.Popen(command, cwd=home, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().startswith("training")
        while wait_for == "part" and not list(home.glob(".mlsd/bundles/*/.part-*")):
            if bundles(home) or process.poll() is not None:
                break
        process.kill()
    for path in bundles(home):
        assert load_bundle(path).selfcheck().passes
    again = kept_bundle(load_case(CASE), lambda line: None, home / ".mlsd" / "bundles")
    assert again.selfcheck().passes
    assert [path.name for path in again.path.parent.iterdir()] == [again.path.name]


def test_a_port_that_is_taken_is_one_line(home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        done = mlsd(home, "serve", CASE, "--port", port)
    assert done.returncode == 2
    expected = f"mlsd: cannot listen on 127.0.0.1:{port}: Address already in use; name another with"
    assert done.stderr.startswith(expected)
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["serve", "fraud"], "no case 'fraud'; did you mean 'fraud_detection'?"),
        (["serve", CASE, "--host", "203.0.113.1"], "cannot listen on 203.0.113.1:8000"),
        (["load", "fraud"], "no case 'fraud'"),
        (["load", CASE, "--url", "http://127.0.0.1:1"], "start the service with: mlsd serve fraud"),
        (["load", CASE, "--url", "127.0.0.1:1"], "127.0.0.1:1: "),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(home, args, said):
    done = mlsd(home, *args)
    assert done.returncode == 2
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith("mlsd: ")
    assert said in line


@contextlib.contextmanager
def answering(status, content):
    """A server that gives one answer to everything."""
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "content", "said"),
    [
        (200, b"hello", "what answers there is no service of mlsd serve"),
        (200, b'{"detail": "x"}', "what answers there is no service of mlsd serve"),
        (200, b'{"name": "recommendation", "inputs": {}}', "serves recommendation, not fraud"),
        (
            503,
            b'{"name": "fraud_detection", "inputs": {}, "reason": "not yet"}',
            "the service is not ready: not yet",
        ),
    ],
)
def test_load_refuses_what_is_not_the_cases_service(home, status, content, said):
    with answering(status, content) as url:
        done = mlsd(home, "load", CASE, "--url", url)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert said in line


def test_without_a_service_load_starts_one_for_the_time_of_the_test(home):
    with contextlib.ExitStack() as held:
        probe = held.enter_context(socket.socket())
        if probe.connect_ex(("127.0.0.1", 8000)) == 0:
            pytest.skip("something is served at the default address")
        done = mlsd(home, "load", CASE, "--rps", 20, "--seconds", 1)
    assert done.returncode == 0, done.stderr
    assert "nothing is served at http://127.0.0.1:8000: a service is started" in done.stderr
    address = re.search(r"loading (http://127\.0\.0\.1:\d+)/predict", done.stderr)[1]
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)


def test_both_are_in_the_help():
    shown = mlsd(os.getcwd(), "--help").stdout
    assert re.search(r"\n  serve +Serve the model of CASE", shown)
    assert re.search(r"\n  load +Send rows of CASE", shown)
