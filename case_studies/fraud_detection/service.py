"""The service that answers allow, review or block before a payment is authorised.

It asks the feature store and waits for it only until a deadline. Later than that, or when the store
fails, the payment is decided by rule: the answer is worse, and in time, and counted.
"""

# No postponed annotations here: FastAPI reads those of the routes.

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np

from mlsd_kit.deployment import Deadline, load_bundle
from mlsd_kit.deployment.telemetry import Telemetry
from mlsd_kit.errors import require

from .features import KEYS, assemble, request_of
from .money import worth_blocking
from .rules import by_rule


def create_app(bundle: str, store: str, deadline_ms: float = 20.0, review_p: float = 0.02) -> Any:
    """Serve ``POST /decide`` with a payment.

    Args:
        bundle: folder of the model.
        store: address of the feature store.
        deadline_ms: how long to wait for the store.
        review_p: probability from which a payment that is let through is looked at afterwards.
    """
    fastapi, httpx = require("fastapi"), require("httpx")
    loaded = load_bundle(bundle)
    model = loaded.model()
    deadline, telemetry = Deadline(deadline_ms / 1000, "feature_store"), Telemetry()
    decided: Counter[str] = Counter()

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        async with httpx.AsyncClient(base_url=store, timeout=None) as client:
            app.state.client = client
            yield

    app = fastapi.FastAPI(title="payment decisions", lifespan=lifespan)
    app.add_middleware(telemetry.middleware)

    async def ask(payment: dict[str, Any]) -> dict[str, int]:
        told = {key: payment[key] for key in KEYS}
        answer = await app.state.client.post("/observe", json=told)
        return answer.raise_for_status().json()

    @app.post("/decide")
    async def decide(request: fastapi.Request) -> dict[str, Any]:
        payment = await request.json()
        known = request_of(payment)
        windows, outcome = await deadline.wait(ask(payment))
        if windows is None:
            decision, p, reason = by_rule(known), None, f"by rule: feature store {outcome}"
        else:
            columns = assemble(known, {name: np.array([windows[name]]) for name in windows})
            p = float(model.predict_columns(columns)[0])
            blocked = worth_blocking(np.array([p]), known["amount"])[0]
            decision = "block" if blocked else "review" if p >= review_p else "allow"
            reason = "expected cost"
        decided[decision] += 1
        return {"decision": decision, "p": p, "reason": reason}

    @app.post("/selfcheck")
    def selfcheck() -> dict[str, Any]:
        found = loaded.selfcheck(model)
        return {"passes": found.passes, "rows": found.rows, "max_abs_diff": found.max_abs_diff}

    @app.get("/counts")
    async def counts() -> dict[str, int]:
        return {**deadline.counts, **decided}

    @app.get("/metrics")
    async def metrics() -> Any:
        text = telemetry.prometheus() + deadline.prometheus()
        return fastapi.Response(text, media_type="text/plain; version=0.0.4")

    return app
