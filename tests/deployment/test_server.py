import os
import signal
import subprocess
import sys

import numpy as np
import psutil
import pytest

from mlsd_kit.deployment import AppServer, ModelServer, load_test, parity, save_bundle
from mlsd_kit.errors import UserError

DEADLINE = 60


def gone(pids):
    """Wait until the processes have ended; True when they did before the deadline."""
    running = []
    for pid in pids:
        try:
            running.append(psutil.Process(pid))
        except psutil.NoSuchProcess:
            continue
    return not psutil.wait_procs(running, timeout=DEADLINE)[1]


def test_the_served_predictions_are_the_trained_models(server, fresh, offline):
    frame = fresh[0].iloc[:500]
    assert parity(offline(frame), server.predict(frame)).passes
    one = server.post("/predict", server.row_bodies(frame.iloc[:1])[0])
    assert one["prediction"] == pytest.approx(offline(frame)[0], abs=1e-6)


def test_the_service_runs_in_another_process_on_loopback(server):
    assert server.url.startswith("http://127.0.0.1:")
    assert server.pids != [os.getpid()]
    assert server.get("/ready")["passes"]
    assert server.post("/selfcheck")["passes"]
    assert "requests_total" in server.get("/metrics")


def test_a_refusal_is_the_services_own_line(server):
    with pytest.raises(UserError, match="feature 'city' is missing"):
        server.post("/predict", {"shop": 1})


def test_two_workers_share_a_port_and_stop_together(bundle, fresh):
    server = ModelServer(bundle, workers=2)
    with server:
        assert len(set(server.pids)) == 2
        bodies = server.row_bodies(fresh[0].iloc[:20])
        assert load_test(server.url + "/predict", bodies, connections=8, seconds=0.5).errors == 0
        with pytest.raises(UserError, match="runs already"):
            server.start()
    assert gone(server.pids)
    assert not server.log.exists()
    server.stop()


def test_a_stopped_server_can_be_started_again(bundle):
    server = ModelServer(bundle)
    with server:
        first = server.pids
    assert gone(first)
    with server:
        assert server.get("/health") == {"status": "alive"}
        assert server.pids != first
    assert not server.log.exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_parent_leaves_no_server_behind(bundle, workers):
    code = (
        "import sys; from mlsd_kit.deployment import ModelServer\n"
        f"server = ModelServer({str(bundle.path)!r}, workers={workers}).start()\n"
        "print(*server.pids, server._process.pid, flush=True)\n"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(set(pids)) == (1 if workers == 1 else 3)
        assert all(psutil.pid_exists(pid) for pid in pids)
        parent.send_signal(signal.SIGKILL)
        parent.wait(DEADLINE)
        assert gone(pids)


def test_a_server_that_does_not_start_says_why(bundle_parts, tmp_path):
    bundle = save_bundle(tmp_path, **bundle_parts)
    server = ModelServer(bundle)
    (bundle.path / "model.onnx").write_bytes(b"")
    with pytest.raises(UserError, match=r"did not start: .*model.onnx is not.*\(log: /") as caught:
        server.start()
    assert "\n" not in str(caught.value)
    assert server.log.read_text().strip()
    with pytest.raises(UserError, match="broken"):
        ModelServer(bundle.path)


def test_the_ctrl_c_of_a_notebook_does_not_reach_the_server(server):
    assert os.getpgid(server.pids[0]) != os.getpgid(0)


def test_missing_numbers_travel_as_null(server, fresh):
    frame = fresh[0].iloc[:100]
    assert frame["price"].isna().any()
    assert np.isfinite(server.predict(frame)).all()


def test_no_workers_are_refused(bundle):
    with pytest.raises(ValueError, match="at least one worker"):
        ModelServer(bundle, workers=0)


APP = """
from fastapi import FastAPI, HTTPException

from .lists import LISTS

def create_app(default):
    app = FastAPI()

    @app.get("/users/{user}")
    def of_user(user: int):
        if user < 0:
            raise HTTPException(404, f"there is no user {user}")
        return {"items": LISTS.get(user, default)}

    return app
"""


@pytest.fixture
def app_file(tmp_path):
    (tmp_path / "lists.py").write_text("LISTS = {7: [1, 2]}\n")
    (tmp_path / "service.py").write_text(APP)
    return tmp_path / "service.py"


def test_an_app_of_ones_own_is_served_with_its_settings_and_neighbours(app_file):
    with AppServer(app_file, "create_app", {"default": [9]}, workers=2) as server:
        assert server.get("/users/7") == {"items": [1, 2]}
        assert server.get("/users/8") == {"items": [9]}
        with pytest.raises(UserError, match="there is no user -1"):
            server.get("/users/-1")
        pids = server.pids
    assert gone(pids)


@pytest.mark.parametrize(
    ("file", "factory", "said"),
    [("service.py", "make", "has no function make"), ("servce.py", "make", "no such file")],
)
def test_an_app_that_cannot_be_made_gives_one_line(app_file, file, factory, said):
    with pytest.raises(UserError, match=said):
        AppServer(app_file.with_name(file), factory).start()
