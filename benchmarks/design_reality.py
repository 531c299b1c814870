"""What a design predicts of latency, against the CTR service of this project under Poisson load.

    python benchmarks/design_reality.py [--seconds 30] [--rounds 3]

Trains and serves the ranking model as the walkthrough does (250 ads a request, one worker) on the
loopback interface, server and client each on a core of its own. In each round it measures: the
service *unloaded*, one request at a time with random pauses; *saturated*, 4 connections that ask
at once when they are answered; and, held out, Poisson arrivals at 30, 60 and 80 % of the capacity
that the first saturation run found. Latency counts from the time at which a request was to be sent.

The design is a client where nobody waits and a ranker with one server. The ranker's mean service
time is what a request takes of the saturated server; what an unloaded request takes beyond that is
the client's and the network's, a constant. The ranker's service times are those of the unloaded
run less that constant. Nothing is fitted to the loads that are predicted.

The client is one thread that polls its sockets without ever sleeping, so that it sends in time; the
share of time in which it was not running tells how noisy the machine was.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from typing import Any
from urllib.parse import urlsplit

import numpy as np

LOADS = (0.3, 0.6, 0.8)
CONNECTIONS = 128
CANDIDATES = 250
STALL = 0.0005
WITHIN = {50.0: 0.15, 99.0: 0.25}


class Connection:
    """A keep-alive connection that carries one request at a time."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.received, self.number = b"", -1

    def send(self, number: int, request: bytes) -> None:
        """Send a request; its few kilobytes fit into the socket's buffer."""
        self.number = number
        self.socket.sendall(request)

    def answered(self) -> bool:
        """Whether the whole answer is there; anything but 200 is an error."""
        self.received += self.socket.recv(65536)
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return False
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        if len(body) < length:
            return False
        if head[9:12] != b"200":
            raise SystemExit(f"the service answered {self.received[:300]!r}")
        self.received = b""
        return True


def client(task: dict[str, Any]) -> dict[str, Any]:
    """Run a task: ``times`` to send at, or ``seconds`` for some ``connections`` with ``pauses``.

    Returns:
        ``latencies`` in the order of the requests, ``elapsed``, ``stalled``: the share of the time
        in which this process was held up for half a millisecond or more.
    """
    os.sched_setaffinity(0, {task["core"]})
    times, pause = task.get("times"), task.get("pause", 0.0)
    pauses = np.random.default_rng(task["seed"]).exponential(1.0, 100_000)
    opened = [Connection(task["host"], task["port"]) for _ in range(task["connections"])]
    poll = select.epoll()
    by_file = {one.socket.fileno(): one for one in opened}
    for file in by_file:
        poll.register(file, select.EPOLLIN)
    requests = [bytes(body, "latin-1") for body in task["requests"]]
    free, waiting = deque(opened), deque()
    due: list[float] = []
    latencies: list[float] = []
    sent, stalled, clock = 0, 0.0, time.perf_counter
    last = origin = clock() + 0.05
    end = origin + (task["seconds"] if times is None else times[-1] + 30.0)
    if times is None:
        waiting.extend([origin] * len(opened))
    while True:
        now = clock()
        if now - last > STALL:
            stalled += now - last
        last = now
        if times is not None:
            while sent + len(waiting) < len(times) and origin + times[sent + len(waiting)] <= now:
                waiting.append(origin + times[sent + len(waiting)])
        while waiting and free and waiting[0] <= now:
            due.append(waiting.popleft())
            latencies.append(float("nan"))
            free.popleft().send(sent, requests[sent % len(requests)])
            sent += 1
        for file, _ in poll.poll(0):
            one = by_file[file]
            if one.answered():
                now = clock()
                latencies[one.number] = now - due[one.number]
                free.append(one)
                if times is None and now < end:
                    waiting.append(now + pause * pauses[sent % len(pauses)])
        over = sent == len(times) if times is not None else now >= end and not waiting
        if (over and len(free) == len(opened)) or now > end + 30:
            break
    return {
        "latencies": latencies,
        "elapsed": clock() - origin,
        "stalled": stalled / (now - origin),
    }


def run(task: dict[str, Any]) -> dict[str, Any]:
    """Run a client's task in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--client"],
        input=json.dumps(task).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    answer["latencies"] = np.array(answer["latencies"])
    return answer


def bundle_of(folder: str, rows: int, seed: int) -> tuple[Any, Any]:
    """Train the walkthrough's model and pack it; with it the rows to send."""
    from mlsd_kit import data, deployment, models
    from mlsd_kit.cases import load_case

    world = load_case("ctr_prediction").world()
    clicks = world.load("simulated", rows, seed)
    split = data.split_by_time(clicks.X.assign(time_h=clicks.time_h), "time_h", (0.7, 0.15, 0.15))
    train, valid, test = (clicks.rows(part) for part in split)
    pipeline = world.ranker(train.X, "lightgbm", seed).fit(train.X, train.y)
    line = models.LogOddsCalibration().fit(pipeline.predict_proba(valid.X)[:, 1], valid.y)
    p_test = line.predict(pipeline.predict_proba(test.X)[:, 1])
    graph = deployment.to_onnx(
        pipeline, train.X.head(1000), log_odds_line=(line.slope_, line.intercept_)
    )
    p_train = line.predict(pipeline.predict_proba(train.X)[:, 1])
    reference = deployment.build_reference(train.X, p_train, categorical=world.codes(train.X))
    bundle = deployment.save_bundle(
        folder,
        name="ctr",
        model=graph,
        holdout=test.X.head(500),
        expected=p_test[:500],
        reference=reference,
        metrics={},
        training={"rows": len(train), "seed": seed},
    )
    return bundle, test.X


def pin(pid: int, core: int) -> None:
    """Keep all threads of a process on one core."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(thread), {core})


def design_of(unloaded: np.ndarray, busy: float) -> tuple[Any, float]:
    """The service as a design, from an unloaded run and the busy time of a saturated request."""
    from mlsd_kit.design import Design

    outside = max(float(unloaded.mean()) - busy, 0.0)
    inside = np.maximum(unloaded - outside, 0.0)
    inside *= busy / inside.mean()
    design = Design.from_dict(
        {
            "title": "The CTR service on loopback",
            "requirement": {"rate": "1 request/s", "latency": "100 ms"},
            "components": {
                "client": {
                    "kind": "client",
                    "concurrency": "unlimited",
                    "service": {"mean": f"{outside} s", "shape": "constant"},
                },
                "ranker": {
                    "kind": "ranker",
                    "service": {"shape": "measured", "sample": [f"{s} s" for s in inside]},
                },
            },
            "flows": {"request": {"steps": [{"call": "client"}, {"call": "ranker"}]}},
        }
    )
    return design, outside


def measure(seconds: float, rounds: int, rows: int, seed: int) -> None:
    """Measure, predict, and print both."""
    from mlsd_kit.deployment import ModelServer
    from mlsd_kit.deployment.server import json_columns

    cores = sorted(os.sched_getaffinity(0))
    generator = np.random.default_rng(seed)
    runs: dict[Any, list[dict[str, Any]]] = {"unloaded": [], "saturated": []}
    with tempfile.TemporaryDirectory() as folder:
        bundle, frame = bundle_of(folder, rows, seed)
        with ModelServer(bundle) as server:
            for pid in server.pids:
                pin(pid, cores[0])
            address = urlsplit(server.url)
            columns = [
                json_columns(frame.iloc[start : start + CANDIDATES], bundle.manifest.inputs)
                for start in range(0, min(20 * CANDIDATES, len(frame) - CANDIDATES), CANDIDATES)
            ]
            base = {
                "host": address.hostname,
                "port": address.port,
                "core": cores[-1],
                "seed": seed,
                "requests": [_post(json.dumps({"columns": c})) for c in columns],
            }
            run({**base, "connections": 1, "seconds": 2.0})  # warm-up
            capacity = 0.0
            for number in range(rounds):
                alone = run({**base, "connections": 1, "seconds": seconds / 3, "pause": 0.003})
                full = run({**base, "connections": 4, "seconds": seconds / 3})
                runs["unloaded"].append(alone)
                runs["saturated"].append(full)
                capacity = capacity or len(full["latencies"]) / full["elapsed"]
                print(
                    f"round {number + 1}: unloaded p50 {_p(alone, 50):.2f} ms, p99 "
                    f"{_p(alone, 99):.2f} ms; saturated "
                    f"{len(full['latencies']) / full['elapsed']:.1f} requests/s",
                    flush=True,
                )
                for load in LOADS:
                    rate = load * capacity
                    count = int(rate * seconds)
                    times = np.cumsum(generator.exponential(1 / rate, count)).tolist()
                    task = {**base, "connections": CONNECTIONS, "times": times}
                    runs.setdefault(load, []).append(run(task))
    report(runs, capacity)


def _p(done: dict[str, Any], percent: float) -> float:
    return 1000 * float(np.percentile(done["latencies"], percent))


def _post(body: str) -> str:
    head = "POST /predict/batch HTTP/1.1\r\nHost: loopback\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body.encode())}\r\n\r\n{body}"


def report(runs: dict[Any, list[dict[str, Any]]], capacity: float) -> None:
    """Predict the held-out loads and print them beside what was measured."""
    import pandas as pd

    from mlsd_kit.design import estimate, simulate
    from mlsd_kit.workbook import text_table

    unloaded = np.concatenate([one["latencies"] for one in runs["unloaded"]])
    full = runs["saturated"]
    busy = sum(one["elapsed"] for one in full) / sum(len(one["latencies"]) for one in full)
    design, outside = design_of(unloaded, busy)
    stalled = np.mean([one["stalled"] for parts in runs.values() for one in parts])
    print(
        f"\nBusy {1000 * busy:.3f} ms a request, cv "
        f"{design.components['ranker'].service.variation:.2f}; client and network "
        f"{1000 * outside:.3f} ms; the client was not running {stalled:.2%} of the time.\n"
    )
    rows = []
    for load in LOADS:
        at = design.change({"requirement.rate": f"{load * capacity} requests/s"})
        simulated, closed = simulate(at, requests=200_000, seed=1), estimate(at)
        for percent, within in WITHIN.items():
            each = np.array([_p(one, percent) for one in runs[load]])
            measured = 1000 * float(
                np.percentile(np.concatenate([o["latencies"] for o in runs[load]]), percent)
            )
            by_simulation = 1000 * simulated.latency(percent).value
            by_closed_form = 1000 * closed.percentile(percent)
            off = by_simulation / measured - 1
            rows.append(
                {
                    "load": f"{load:.0%}",
                    "percentile": f"p{percent:g}",
                    "measured ms": f"{measured:.2f}",
                    "by round": f"{each.min():.2f}–{each.max():.2f}",
                    "simulated ms": f"{by_simulation:.2f}",
                    "off": f"{off:+.1%}",
                    "closed form ms": f"{by_closed_form:.2f}",
                    "off ": f"{by_closed_form / measured - 1:+.1%}",
                    "within": f"{within:.0%}: {'yes' if abs(off) <= within else 'NO'}",
                    "requests": sum(len(one["latencies"]) for one in runs[load]),
                }
            )
    print(text_table(pd.DataFrame(rows)).data)


def main() -> None:
    """Measure, or be the client of a measurement."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--client", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each load in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=60_000, help="impressions to train on")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.client:
        json.dump(client(json.load(sys.stdin)), sys.stdout)
    else:
        measure(options.seconds, options.rounds, options.rows, options.seed)


if __name__ == "__main__":
    main()
