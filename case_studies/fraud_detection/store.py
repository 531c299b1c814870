"""The feature store as a web service of its own: the windows, held event by event."""

# No postponed annotations here: FastAPI reads those of the routes.

import asyncio

import pandas as pd
from fastapi import Body, FastAPI, Request

from mlsd_kit.data import WindowState

from .features import KEYS, WINDOWS, records


def create_app(history: str) -> FastAPI:
    """Serve ``POST /observe``: the windows at a payment, which is then added to them.

    Payments that come side by side may arrive out of order by a little; such a one counts at the
    time of the latest, so that what was answered stays true.

    Args:
        history: Parquet file of the payments of the last week, to start from.
    """
    app = FastAPI(title="feature store")
    state = WindowState(WINDOWS)
    latest, delay = 0.0, 0.0
    for event in records(pd.read_parquet(history, columns=KEYS)):
        state.add(event)
        latest = event["time_h"]

    @app.post("/observe")
    async def observe(request: Request) -> dict[str, int]:
        nonlocal latest
        event = await request.json()
        latest = event["time_h"] = max(event["time_h"], latest)
        features = state.features(event)
        state.add(event)
        if delay:
            await asyncio.sleep(delay)
        return features

    @app.post("/slow")
    async def slow(ms: float = Body(embed=True)) -> dict[str, float]:
        """Answer so much later from now on, as a store in trouble does."""
        nonlocal delay
        delay = ms / 1000
        return {"ms": ms}

    @app.get("/entries")
    async def entries() -> dict[str, int]:
        return {"entries": state.entries}

    return app
