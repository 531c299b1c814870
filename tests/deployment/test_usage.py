"""What predictions cost: by a clock that is known, against processes that are real."""

import http.client
import subprocess
import sys

import numpy as np
import pytest

from mlsd_kit.deployment.usage import JsonCaller, Usage, time_calls, usage_table

PRICE = 0.04


def test_the_figures_by_hand():
    usage = Usage(np.array([0.001, 0.002, 0.003, 0.010]), elapsed_s=0.02, cpu_s=0.008)
    assert usage.requests == 4
    assert usage.throughput == 200
    assert usage.percentile_ms(50) == pytest.approx(2.5)
    # 2 ms of CPU each, a million of them 2,000 s, at 0.04 an hour
    assert usage.cost_per_million(PRICE) == pytest.approx(2000 / 3600 * 0.04)
    table = usage_table({"one": usage, "two": usage}, PRICE)
    assert table.loc["one", "cpu_us"] == pytest.approx(2000)
    assert table.loc["two", "cost_per_million"] == pytest.approx(0.02222, rel=1e-3)


def test_every_input_is_given_once_after_a_first_call():
    given = []
    usage = time_calls(given.append, ["a", "b", "c"])
    assert given == ["a", "a", "b", "c"]
    assert usage.requests == 3
    assert usage.latency_s.sum() == pytest.approx(usage.elapsed_s)
    with pytest.raises(ValueError, match="at least one input"):
        time_calls(given.append, [])


def test_the_cpu_time_of_other_processes_counts():
    code = "import sys\nfor line in sys.stdin:\n    sum(range(6_000_000)); print(1, flush=True)"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:

        def ask(_):
            worker.stdin.write("go\n")
            worker.stdin.flush()
            worker.stdout.readline()

        alone = time_calls(ask, [0] * 3)
        with_it = time_calls(ask, [0] * 3, [worker.pid])
        worker.stdin.close()
    assert with_it.cpu_s > 3 * alone.cpu_s


def test_a_caller_gets_answers_and_is_told_of_refusals_and_of_a_dead_service(bundle, fresh):
    from mlsd_kit.deployment import ModelServer

    with ModelServer(bundle) as server, JsonCaller(server.url + "/predict") as call:
        rows = fresh[0].iloc[:20]
        usage = time_calls(call, server.row_bodies(rows), server.pids)
        assert usage.requests == 20
        one = call(server.row_bodies(rows)[0])["prediction"]
        assert one == pytest.approx(bundle.model().predict(rows)[0], abs=1e-6)
        with pytest.raises(http.client.HTTPException, match=r"status 422: .*missing"):
            call({"shop": 1})
        assert call(server.row_bodies(rows)[0])["prediction"] == one
        server.stop()
        with pytest.raises((OSError, http.client.HTTPException)):
            call(server.row_bodies(rows)[0])
