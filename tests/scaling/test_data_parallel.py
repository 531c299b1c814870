"""Data parallelism: the same training on more processes, what it costs, and what a death does."""

import os
import signal
import subprocess
import sys

import lightgbm
import numpy as np
import psutil
import pytest
from sklearn.metrics import log_loss

from mlsd_kit.errors import UserError
from mlsd_kit.evaluation import auc_interval
from mlsd_kit.scaling.parallel import (
    Crew,
    Link,
    Plan,
    StepCost,
    all_reduce_bytes,
    all_reduce_seconds,
    amdahl_speedup,
    boosting_cluster,
    expected_slowest,
    fit_link,
    n_parameters,
    predict,
    serial_share,
    start_parameters,
    train_boosted,
    train_sgd,
)

SETTINGS = {"n_estimators": 20, "num_leaves": 15, "seed": 1}
TASKS = """
import os, signal, time
def die(group):
    if group.rank == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return wait(group)
def wait(group):
    time.sleep(600)
def fail(group):
    if group.rank == 1:
        raise RuntimeError("no such column\\nand more")
    return group.rank
"""
CALLBACKS = """
import os, signal, threading
class Once:
    def __init__(self, marker, iteration):
        self.marker, self.iteration = marker, iteration
    def __call__(self, env):
        if env.iteration == self.iteration:
            try:
                os.close(os.open(self.marker, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return
            self.act()
class KillOnce(Once):
    def act(self):
        os.kill(os.getpid(), signal.SIGKILL)
class HangOnce(Once):
    def act(self):
        threading.Event().wait()
"""


@pytest.fixture(scope="module", autouse=True)
def helpers(tmp_path_factory):
    """Modules that this process and the workers can import."""
    folder = tmp_path_factory.mktemp("helpers")
    (folder / "crew_tasks.py").write_text(TASKS)
    (folder / "boosting_callbacks.py").write_text(CALLBACKS)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", str(folder))
        yield


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(3)
    X = random.normal(size=(6000, 8)).astype(np.float32)
    p = 1 / (1 + np.exp(-(X[:, 0] + X[:, 1] * X[:, 2])))
    return X, (random.random(len(X)) < p).astype(int)


@pytest.fixture(scope="module")
def crew():
    with Crew(2) as started:
        yield started


@pytest.fixture(scope="module")
def client():
    with boosting_cluster(2) as started:
        yield started


def test_two_workers_compute_the_gradient_of_one(crew, rows):
    plan = Plan((8, 16, 1), batch=1024, steps=20, learning_rate=0.5, seed=2)
    one, two = (train_sgd(crew, *rows, plan, workers=n) for n in (1, 2))
    np.testing.assert_allclose(two.gradient, one.gradient, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(two.losses, one.losses, rtol=1e-4)
    np.testing.assert_allclose(two.parameters, one.parameters, rtol=1e-3, atol=1e-4)
    assert two.losses[-1] < one.losses[0]
    assert two.gradient_s.shape == (18, 2)


def test_the_gradient_of_logistic_regression_is_the_one_of_the_text_book(crew, rows):
    X, y = rows
    plan = Plan((8, 1), batch=1000, steps=3, seed=4)
    trained = train_sgd(crew, X, y, plan)
    batch, start = plan.rows_of(0, len(X)), start_parameters(plan.sizes, plan.seed)
    p = predict(start, X[batch], plan.sizes)
    off = p - y[batch]
    expected = np.append(X[batch].T @ off, off.sum()) / len(batch)
    np.testing.assert_allclose(trained.gradient, expected, rtol=1e-4, atol=1e-6)
    assert trained.losses[0] == pytest.approx(log_loss(y[batch], p), rel=1e-5)


def test_a_pass_takes_every_row_once_and_the_next_in_another_order():
    plan = Plan((8, 1), batch=250, steps=8)
    first = np.concatenate([plan.rows_of(step, 1000) for step in range(4)])
    second = np.concatenate([plan.rows_of(step, 1000) for step in range(4, 8)])
    assert sorted(first) == sorted(second) == list(range(1000))
    assert (first != second).any()


def test_a_worker_sends_what_a_ring_all_reduce_sends(crew, rows):
    plan = Plan((8, 256, 32, 1), batch=64, steps=8)
    trained = train_sgd(crew, *rows, plan)
    # The loss travels with the gradient; headers of messages come on top.
    payload = 4 * (n_parameters(plan.sizes) + 1)
    assert 1.0 <= trained.bytes_sent / all_reduce_bytes(payload, 2) < 1.03
    assert train_sgd(crew, *rows, plan, workers=1).bytes_sent == 0


def test_an_all_reduce_among_three_sends_four_thirds(rows):
    plan = Plan((8, 256, 32, 1), batch=66, steps=5)
    with Crew(3) as three:
        sent = train_sgd(three, *rows, plan).bytes_sent
    assert 1.0 <= sent / (4 / 3 * 4 * (n_parameters(plan.sizes) + 1)) < 1.05


def test_times_of_a_step_are_those_of_its_parts(crew, rows):
    trained = train_sgd(crew, *rows, Plan((8, 1), batch=64, steps=6))
    assert list(trained.times) == ["gradient", "exchange", "update"]
    assert (trained.times > 0).all(axis=None)
    assert 0 < trained.communication_share < 1
    assert all_reduce_seconds(crew, [400, 4_000_000], repeats=3)[1] > 0


def test_a_plan_that_cannot_be_divided_is_refused(crew, rows):
    with pytest.raises(ValueError, match="cannot be divided among 2"):
        train_sgd(crew, *rows, Plan((8, 1), batch=33, steps=5))
    with pytest.raises(ValueError, match="for 8 inputs"):
        train_sgd(crew, *rows, Plan((7, 1), batch=32, steps=5))
    with pytest.raises(ValueError, match="more than 2 steps"):
        train_sgd(crew, *rows, Plan((8, 1), batch=32, steps=2))


def test_a_worker_killed_at_work_ends_the_task_with_one_line():
    import crew_tasks

    with Crew(2) as crew:
        processes = [psutil.Process(pid) for pid in crew.pids]
        with pytest.raises(UserError) as said:
            crew.run(crew_tasks.die)
        assert str(said.value) == "die: worker 1 of 2: was killed (signal 9); short of memory?"
        assert crew.pids == []
        assert not any(process.is_running() for process in processes)
        with pytest.raises(UserError, match="has ended"):
            crew.run(crew_tasks.wait)


def test_an_error_in_a_worker_is_passed_up_and_the_crew_lives_on():
    import crew_tasks

    with Crew(2) as crew:
        with pytest.raises(UserError, match=r"fail: worker 1 of 2: .*: no such column$"):
            crew.run(crew_tasks.fail)
        assert crew.run(crew_tasks.fail, workers=1) == [0]
        with pytest.raises(UserError, match=r"wait: not finished after 0\.5 s"):
            crew.run(crew_tasks.wait, limit_s=0.5)
        assert crew.pids == []


def test_the_workers_end_when_the_process_that_started_them_is_killed(tmp_path):
    script = (
        "from mlsd_kit.scaling.parallel import Crew\n"
        "import crew_tasks\n"
        "with Crew(2) as crew:\n"
        "    print(*crew.pids, flush=True)\n"
        "    crew.run(crew_tasks.wait)\n"
    )
    command, here = [sys.executable, "-c", script], {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=here) as parent:
        assert parent.stdout is not None
        workers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        assert len(workers) == 2
        parent.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert not alive


def test_boosted_trees_of_two_workers_are_as_good_as_those_of_one(client, rows):
    X, y = rows
    train, test = slice(0, 4000), slice(4000, None)
    one = train_boosted(client, X[train], y[train], SETTINGS, workers=1)
    two = train_boosted(client, X[train], y[train], SETTINGS)
    assert (one.workers, two.workers, two.attempts) == (1, 2, 1)
    interval = auc_interval(y[test], one.model.predict_proba(X[test])[:, 1])
    both = auc_interval(y[test], two.model.predict_proba(X[test])[:, 1])
    assert interval.low < both.estimate < interval.high
    assert 0 <= two.waiting_share <= 1
    assert two.seconds > 0


def test_training_goes_on_after_a_worker_is_killed(client, rows, tmp_path):
    from boosting_callbacks import KillOnce

    marker, path = tmp_path / "killed", tmp_path / "model.txt"
    path.write_text("the old model")
    run = train_boosted(client, *rows, SETTINGS, callbacks=[KillOnce(str(marker), 7)], path=path)
    assert marker.exists()
    assert run.attempts == 2
    assert run.model.booster_.num_trees() == SETTINGS["n_estimators"]
    written = lightgbm.Booster(model_file=path)
    np.testing.assert_allclose(written.predict(rows[0]), run.model.predict_proba(rows[0])[:, 1])
    assert sorted(os.listdir(tmp_path)) == ["killed", "model.txt"]


def test_without_another_attempt_the_old_model_stays(client, rows, tmp_path):
    from boosting_callbacks import KillOnce

    path = tmp_path / "model.txt"
    path.write_text("the old model")
    kill = KillOnce(str(tmp_path / "killed"), 7)
    with pytest.raises(UserError, match="no model after 1 attempt: a worker was lost") as said:
        train_boosted(client, *rows, SETTINGS, callbacks=[kill], path=path, attempts=1)
    assert "\n" not in str(said.value)
    assert path.read_text() == "the old model"
    assert sorted(os.listdir(tmp_path)) == ["killed", "model.txt"]
    # The cluster is as good as new.
    assert train_boosted(client, *rows, SETTINGS).attempts == 1


def test_a_worker_that_hangs_is_given_up_when_the_time_is_up(client, rows, tmp_path):
    from boosting_callbacks import HangOnce

    hang = HangOnce(str(tmp_path / "hangs"), 3)
    with pytest.raises(UserError, match="not finished after 4 s"):
        train_boosted(client, *rows, SETTINGS, callbacks=[hang], limit_s=4)
    assert (tmp_path / "hangs").exists()
    assert train_boosted(client, *rows, SETTINGS).attempts == 1


def test_a_wrong_setting_is_said_in_one_line_at_once(client, rows):
    with pytest.raises(UserError, match="train_boosted: ") as said:
        train_boosted(client, *rows, {"objective": "no such loss"})
    assert "\n" not in str(said.value)
    assert "attempt" not in str(said.value)


def test_amdahl_and_its_inverse_agree():
    for serial in (0.0, 0.1, 0.5, 1.0):
        for workers in (2, 8):
            assert serial_share(workers, amdahl_speedup(workers, serial)) == pytest.approx(serial)
    assert serial_share(2, 0.8) > 1
    assert amdahl_speedup(4, 0.0) == 4
    with pytest.raises(ValueError, match="serial"):
        amdahl_speedup(4, 1.5)


def test_a_link_is_found_again_in_the_times_that_it_makes():
    link, sizes = Link(0.0002, 5e8), [1e3, 1e5, 1e6, 1e7]
    found = fit_link(sizes, [link.all_reduce_s(size, 4) for size in sizes], workers=4)
    assert found.latency_s == pytest.approx(link.latency_s)
    assert found.bytes_per_s == pytest.approx(link.bytes_per_s)


def test_communication_bounds_the_speed_up_where_amdahl_would_not():
    cost = StepCost(divided_s=0.1, gradient_bytes=1e6, link=Link(1e-4, 1e9), fixed_s=0.0)
    # By hand: 0.1 / 2 + 2 · 0.0001 + 1e6 / 1e9.
    assert cost.seconds(2) == pytest.approx(0.0512)
    assert cost.speedup(2) == pytest.approx(0.1 / 0.0512)
    assert cost.communication_share(1) == 0
    # The sum of 0.1 / n and 2 · (n - 1) · 0.0001 is least at the root of 0.1 / 0.0002: 22.4.
    table = cost.table([1, 8, 22, 64, 512])
    assert table["speed-up"].idxmax() == 22
    assert table["communication"].is_monotonic_increasing


def test_the_slowest_of_many_is_the_maximum_and_of_one_the_mean():
    random = np.random.default_rng(0)
    times = random.exponential(1.0, 4000)
    assert expected_slowest(times, 1) == pytest.approx(times.mean())
    # The mean of the largest of n exponentials is the n-th harmonic number.
    assert expected_slowest(times, 4) == pytest.approx(1 + 1 / 2 + 1 / 3 + 1 / 4, rel=0.05)
    assert expected_slowest(times, 10**9) == pytest.approx(times.max())
