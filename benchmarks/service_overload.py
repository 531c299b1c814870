"""Minutes of twice the load that the service can take: what is answered, refused, lost; memory.

    python benchmarks/service_overload.py [--case ctr_prediction] [--minutes 5] [--workers 1]

Measures the capacity of the case's service with a closed loop, then sends single predictions at
twice that rate, at random times, for so many minutes; every request is answered, refused with 503
or lost. In between the memory of the workers is read. At the end the service must still be the
processes that were started, ready, and right. A client of this benchmark shares the machine with
the service: its capacity is what the two cores leave it.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
from typing import Any

import numpy as np
import pandas as pd
import psutil

CONNECTIONS = 200
SLICE_SECONDS = 20.0
FLAT_MB = 20.0


def watch(pids: list[int], stop: threading.Event, every: float) -> list[dict[str, float]]:
    """Read the workers' memory until told to stop; one reading each so many seconds."""
    readings: list[dict[str, float]] = []

    def read() -> None:
        while True:
            used = sum(psutil.Process(pid).memory_info().rss for pid in pids if _lives(pid))
            readings.append({"MB": used / 1e6, "alive": sum(map(_lives, pids))})
            if stop.wait(every):
                return

    threading.Thread(target=read, daemon=True).start()
    return readings


def _lives(pid: int) -> bool:
    return psutil.pid_exists(pid)


def capacity_of(url: str, bodies: list[Any], workers: int) -> float:
    """Requests/s of a closed loop that keeps the workers busy without refusals."""
    from mlsd_kit.deployment import load_test

    load_test(url, bodies, connections=32 * workers, seconds=2)
    return load_test(url, bodies, connections=32 * workers, seconds=5).throughput


def overload(url: str, bodies: list[Any], rate: float, seconds: float, seed: int) -> list[Any]:
    """Send the load in slices, one after the other, so that results stay small."""
    from mlsd_kit.deployment import load_test

    results = []
    left = seconds
    while left > 0.5:
        lasts = min(SLICE_SECONDS, left)
        results.append(
            load_test(
                url,
                bodies,
                connections=CONNECTIONS,
                rate=rate,
                poisson_seed=seed + len(results),
                seconds=lasts,
                max_requests=10**9,
            )
        )
        left -= lasts
    return results


def report(results: list[Any], capacity: float) -> dict[str, str]:
    """What became of the requests."""
    answered = sum(one.requests for one in results)
    refused = sum(one.refused for one in results)
    lost = sum(one.lost for one in results)
    errors = sum(one.errors for one in results)
    sent = answered + errors
    elapsed = sum(one.elapsed_s for one in results)
    answers = 1000 * np.concatenate([one.latency_s for one in results])
    refusals = 1000 * np.concatenate([one.refused_s for one in results])
    return {
        "capacity, requests/s": f"{capacity:,.0f}",
        "offered, requests/s": f"{sent / elapsed:,.0f} of {2 * capacity:,.0f} wanted",
        "requests": f"{sent:,}",
        "answered": f"{answered:,} ({answered / sent:.1%})",
        "refused with 503": f"{refused:,} ({refused / sent:.1%})",
        "lost": f"{lost:,}",
        "other errors": f"{errors - refused - lost:,}",
        "answered, requests/s": f"{answered / elapsed:,.0f}",
        "of the capacity": f"{answered / elapsed / capacity:.0%}",
        "latency of the answered, ms": _percentiles(answers),
        "time to refuse, ms": _percentiles(refusals),
    }


def _percentiles(values: np.ndarray) -> str:
    if not len(values):
        return "–"
    return ", ".join(f"p{p} {np.percentile(values, p):.1f}" for p in (50, 99, 100))


def main() -> None:
    """Measure and print."""
    from mlsd_kit.cases import load_case
    from mlsd_kit.deployment import ModelServer, train_case_model
    from mlsd_kit.workbook import text_table

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--case", default="ctr_prediction")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--rows", type=int, default=60_000, help="to train on")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    trained = train_case_model(load_case(options.case), options.rows, options.seed)
    X = trained.features(trained.later).head(2000)
    with tempfile.TemporaryDirectory() as folder:
        bundle = trained.publish(folder)
        with ModelServer(bundle, workers=options.workers) as server:
            url, bodies = f"{server.url}/predict", server.row_bodies(X)
            started = list(server.pids)
            capacity = capacity_of(url, bodies, options.workers)
            stop = threading.Event()
            readings = watch(started, stop, max(1.0, options.minutes * 60 / 30))
            results = overload(url, bodies, 2 * capacity, 60 * options.minutes, options.seed)
            stop.set()
            ready = server.get("/ready")["passes"]
            apart = float(
                np.abs(server.predict(X.head(200)) - bundle.model().predict(X.head(200))).max()
            )
            alive = sum(map(_lives, started))
    memory = pd.DataFrame(readings)
    rows = report(results, capacity)
    grown = memory["MB"].iloc[-1] - memory["MB"].iloc[len(memory) // 10]
    rows["workers that crashed"] = f"{options.workers - alive} of {options.workers}"
    rows["memory of the workers, MB"] = ", ".join(f"{mb:.0f}" for mb in memory["MB"])
    flat = "flat" if grown < FLAT_MB else "NOT FLAT"
    rows["grown after the first tenth, MB"] = f"{grown:+.1f}: {flat}"
    rows["ready afterwards"] = f"{ready}; predictions off by at most {apart:.1g}"
    print(text_table(pd.DataFrame({"figure": list(rows), "value": list(rows.values())})).data)


if __name__ == "__main__":
    main()
