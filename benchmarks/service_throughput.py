"""The ONNX service against a naive one, single predictions from concurrent clients, in one run.

    python benchmarks/service_throughput.py [--case ctr_prediction] [--seconds 5] [--rounds 3]

Both serve the same model, the case's boosted trees, with FastAPI and uvicorn in one worker. The
naive service calls the scikit-learn pipeline's ``predict_proba`` on a one-row DataFrame for each
request. Clients are connections that ask again as soon as they are answered; more and more of them
are tried. For each bound on p99 the highest throughput that keeps within it is taken, of both
services, and their ratio is printed; the rounds alternate between the services. The predictions of
both are compared first.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

CONNECTIONS = {"naive": (1, 2, 4, 8, 16), "onnx": (1, 2, 4, 8, 16, 32, 48, 64)}
BOUNDS_MS = (25.0, 50.0, 100.0)
WANTED = 10.0
COMPARED = 200


def naive(case: str, rows: int, seed: int) -> Any:
    """Make the naive service; it trains the model itself, to the last bit the same."""
    from fastapi import Body, FastAPI

    from mlsd_kit.cases import load_case
    from mlsd_kit.deployment import train_case_model

    trained = train_case_model(load_case(case), rows, seed)
    types = trained.features(trained.later).dtypes
    app = FastAPI()

    @app.post("/predict")
    async def predict(row: dict[str, Any] = Body()) -> dict[str, float]:  # noqa: B008
        frame = pd.DataFrame([row]).astype(types)
        return {"prediction": float(trained.pipeline.predict_proba(frame)[0, 1])}

    return app


def largest_difference(servers: dict[str, Any], bodies: list[dict[str, Any]]) -> float:
    """Ask both services for the same rows; the largest difference of their predictions."""
    answers = {
        name: np.array([server.post("/predict", body)["prediction"] for body in bodies])
        for name, server in servers.items()
    }
    return float(np.abs(answers["naive"] - answers["onnx"]).max())


def measure(servers: dict[str, Any], bodies: list[Any], seconds: float, rounds: int) -> Any:
    """Load each service with each number of connections, one after the other, in rounds.

    Returns:
        One row for each test: service, connections, round, throughput, p50_ms, p99_ms, errors.
    """
    from mlsd_kit.deployment import load_test

    rows = []
    for number in range(rounds):
        for name, server in servers.items():
            for connections in CONNECTIONS[name]:
                done = load_test(
                    f"{server.url}/predict", bodies, connections=connections, seconds=seconds
                )
                figures = done.table().iloc[0]
                rows.append({"service": name, "round": number + 1, **figures})
    return pd.DataFrame(rows)


def within_bounds(measured: Any) -> Any:
    """The highest throughput of each service that keeps p99 within each bound, and the ratio."""
    median = measured.groupby(["service", "connections"])[["throughput", "p99_ms"]].median()
    rows = []
    for bound in BOUNDS_MS:
        best = {}
        for name in CONNECTIONS:
            kept = median.loc[name].query("p99_ms <= @bound")
            best[name] = kept["throughput"].max() if len(kept) else float("nan")
        rows.append({"p99 within ms": bound, **best, "times": best["onnx"] / best["naive"]})
    return pd.DataFrame(rows)


def main() -> None:
    """Measure and print."""
    from mlsd_kit.cases import load_case
    from mlsd_kit.deployment import AppServer, ModelServer, train_case_model
    from mlsd_kit.workbook import text_table

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--case", default="ctr_prediction")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each test")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=60_000, help="to train on")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    trained = train_case_model(load_case(options.case), options.rows, options.seed)
    settings = {"case": options.case, "rows": options.rows, "seed": options.seed}
    with tempfile.TemporaryDirectory() as folder:
        bundle = trained.publish(folder)
        with (
            AppServer(Path(__file__), "naive", settings) as slow,
            ModelServer(bundle) as fast,
        ):
            servers = {"naive": slow, "onnx": fast}
            bodies = fast.row_bodies(trained.features(trained.later).head(2000))
            apart = largest_difference(servers, bodies[:COMPARED])
            tolerance = bundle.manifest.tolerance
            print(
                f"{COMPARED} predictions differ by at most {apart:.1g}; the tolerance is "
                f"{tolerance:g}: {'equal' if apart <= tolerance else 'NOT EQUAL'}.\n"
            )
            measured = measure(servers, bodies, options.seconds, options.rounds)
    figures = ["throughput", "p50_ms", "p99_ms", "errors"]
    each = measured.groupby(["service", "connections"])[figures].median().round(1)
    print(text_table(each.reset_index()).data)
    bounds = within_bounds(measured).round(1)
    print("\n" + text_table(bounds).data)
    reached = bool((bounds["times"] >= WANTED).all())
    print(f"\nat least {WANTED:g} times at every bound: {'yes' if reached else 'NO'}")


if __name__ == "__main__":
    main()
