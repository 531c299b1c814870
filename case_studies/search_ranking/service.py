"""One shard of the index as a web service of its own, with pauses as real ones have."""

# No postponed annotations here: FastAPI reads those of the routes.

import asyncio
import json
import random
from pathlib import Path
from typing import Any

from mlsd_kit.errors import require
from mlsd_kit.models import CollectionStatistics, InvertedIndex


def create_app(shard: str, pause_share: float = 0.0, pause_ms: float = 0.0, seed: int = 0) -> Any:
    """Serve ``POST /search`` with ``{"words": [...], "k": 10}``.

    Args:
        shard: a file that `write_shard` made.
        pause_share: share of the requests held up, as by a collection of garbage, a compaction of
            the index or a busy neighbour.
        pause_ms: how long they wait.
        seed: of the pauses.
    """
    fastapi = require("fastapi")
    stored = json.loads(Path(shard).read_text("utf-8"))
    statistics = CollectionStatistics(**stored["statistics"])
    index = InvertedIndex().fit(stored["titles"], statistics)
    numbers = stored["numbers"]
    chance = random.Random(seed)
    app = fastapi.FastAPI()

    @app.post("/search")
    async def search(body: dict[str, Any]) -> dict[str, Any]:
        if chance.random() < pause_share:
            await asyncio.sleep(pause_ms / 1000)
        found, scores = index.search(body["words"], int(body["k"]))
        return {"numbers": [numbers[i] for i in found], "scores": scores.tolist()}

    return app


def write_shard(
    path: Path, numbers: list[int], titles: list[list[str]], statistics: CollectionStatistics
) -> Path:
    """Write what a shard needs: its products' global numbers and titles, and the statistics."""
    stored = {
        "numbers": numbers,
        "titles": titles,
        "statistics": {
            "documents": statistics.documents,
            "mean_length": statistics.mean_length,
            "document_frequency": statistics.document_frequency,
        },
    }
    path.write_text(json.dumps(stored), "utf-8")
    return path
