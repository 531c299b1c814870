"""The service that answers allow, review or block before a payment is authorised.

It asks the feature store and waits for it only until a deadline. Later than that, or when the store
fails, the payment is decided by rule: the answer is worse, and in time, and counted.
"""

# No postponed annotations here: FastAPI reads those of the routes.

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import numpy as np
from fastapi import Body, FastAPI, Request, Response

from mlsd_kit.deployment import Deadline, load_bundle
from mlsd_kit.deployment.telemetry import Telemetry

from .features import KEYS, one, request_of
from .money import decide as decide_by_cost
from .rules import by_rule


def create_app(
    bundle: str, store: str, deadline_ms: float = 20.0, review_p: float = 0.02
) -> FastAPI:
    """Serve ``POST /decide`` with a payment.

    Args:
        bundle: folder of the model.
        store: address of the feature store.
        deadline_ms: how long to wait for the store.
        review_p: probability from which a payment that is let through is looked at afterwards.
    """
    loaded = load_bundle(bundle)
    model = loaded.model()
    deadline, telemetry = Deadline(deadline_ms / 1000, "feature_store"), Telemetry()
    decided: Counter[str] = Counter()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with httpx.AsyncClient(base_url=store, timeout=None) as client:
            app.state.client = client
            yield

    app = FastAPI(title="payment decisions", lifespan=lifespan)
    app.add_middleware(telemetry.middleware)

    async def ask(payment: dict[str, Any]) -> dict[str, int]:
        told = {key: payment[key] for key in KEYS}
        answer = await app.state.client.post("/observe", json=told)
        return answer.raise_for_status().json()

    @app.post("/decide")
    async def decide(request: Request) -> dict[str, Any]:
        payment = await request.json()
        windows, outcome = await deadline.wait(ask(payment))
        if windows is None:
            decision, p = str(by_rule(request_of(payment))[0]), None
            reason = f"by rule: feature store {outcome}"
        else:
            columns = one(payment, windows)
            p = float(model.predict_columns(columns)[0])
            decision = str(decide_by_cost(np.array([p]), columns["amount"], review_p)[0])
            reason = "expected cost"
        decided[decision] += 1
        return {"decision": decision, "p": p, "reason": reason}

    @app.post("/deadline")
    async def wait_for(ms: float = Body(embed=True, gt=0)) -> dict[str, float]:
        """Wait for the store so long from now on."""
        deadline.seconds = ms / 1000
        return {"ms": ms}

    @app.post("/selfcheck")
    def selfcheck() -> dict[str, Any]:
        found = loaded.selfcheck(model)
        return {"passes": found.passes, "rows": found.rows, "max_abs_diff": found.max_abs_diff}

    @app.get("/counts")
    async def counts() -> dict[str, int]:
        return {**{str(name): count for name, count in deadline.counts.items()}, **decided}

    @app.get("/metrics")
    async def metrics() -> Response:
        text = telemetry.prometheus() + deadline.prometheus()
        return Response(text, media_type="text/plain; version=0.0.4")

    return app
