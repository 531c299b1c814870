import os
import subprocess
import sys
import threading

import numpy as np
import psutil
import pytest

from mlsd_kit.workbook import memory
from mlsd_kit.workbook.eta import Estimate
from mlsd_kit.workbook.memory import MemoryGate, available_mb, kernel_mb, out_of_memory_kills


def test_a_process_s_memory_now_and_at_its_peak():
    code = "x = bytearray(200_000_000); del x; input()"
    with subprocess.Popen(
        [sys.executable, "-c", "print(flush=True);" + code],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        process.stdout.readline()
        while kernel_mb(process.pid)[1] < 200 or kernel_mb(process.pid)[0] > 100:
            assert process.poll() is None
        process.communicate("\n")
    assert kernel_mb(process.pid) == (0.0, 0.0)
    block = np.ones(10**6)
    mine, _ = kernel_mb(os.getpid())
    assert mine == pytest.approx(psutil.Process().memory_info().rss / 1e6, rel=0.05)
    assert block.nbytes / 1e6 < mine


def test_what_is_available_is_less_than_there_is():
    assert 0 < available_mb() < psutil.virtual_memory().total / 1e6
    assert out_of_memory_kills() >= 0


def test_a_run_waits_until_it_fits_and_the_first_never_waits(monkeypatch):
    monkeypatch.setattr(memory, "available_mb", lambda: 1000.0)
    gate, inside = MemoryGate(), threading.Event()

    def second():
        with gate.enter(2, 600):
            inside.set()

    with gate.enter(1, 5000):
        waiting = threading.Thread(target=second)
        waiting.start()
        assert not inside.wait(0.05)
        gate.use(1, 4700)  # 300 MB of what it will need are still to come
    assert inside.wait(10)
    waiting.join()
    with gate.enter(1, 700), gate.enter(2, 300):
        pass


def test_time_to_go_follows_what_runs_took():
    now = [0.0]
    eta = Estimate({0: "a", 1: "a", 2: "a", 3: "b"}, {"a": []}, 2, clock=lambda: now[0])
    assert eta.batch() is None
    eta.start(0)
    now[0] = 10.0
    eta.end(0, finished=True)
    assert eta.run(1) == 10.0
    assert eta.run(3) is None
    assert eta.batch() == pytest.approx(15.0)  # three runs of ten seconds, two at a time
    eta.start(1)
    now[0] = 14.0
    assert eta.run(1) == 6.0
    for number in (1, 2, 3):
        eta.end(number, finished=False)
    assert eta.batch() == 0.0


def test_earlier_runs_say_how_long_it_takes():
    eta = Estimate({0: "a"}, {"a": [4.0, 6.0, 5.0]}, 2, clock=lambda: 0.0)
    assert eta.batch() == 5.0
