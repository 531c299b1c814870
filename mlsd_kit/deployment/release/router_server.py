"""Start a router in a process of its own, change it, and read its logs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from mlsd_kit.deployment.release import router_app
from mlsd_kit.deployment.release.config import RouterConfig, parse_config, write_config
from mlsd_kit.deployment.release.decisions import DECISIONS, SHADOWS, read_decisions
from mlsd_kit.deployment.server import AppServer
from mlsd_kit.errors import UserError, require


class RouterServer(AppServer):
    """A router on this machine; see `Server`.

    Args:
        folder: of its configuration and its logs.
        config: to begin with; without one the router goes on with what the folder holds, as it
            does when it is started again.

    Example::

        with RouterServer(folder, RouterConfig(models={"a": a.url, "b": b.url}, champion="a")) as r:
            r.post("/predict", {"unit": "user-7", "features": row})
            r.configure(r.config.but(shadow={"model": "b"}))
    """

    def __init__(self, folder: str | Path, config: RouterConfig | None = None) -> None:
        self.folder = Path(folder)
        if config is not None:
            write_config(self.folder, config)
        super().__init__(router_app.__file__, "create_router_app", {"folder": str(self.folder)})

    @property
    def config(self) -> RouterConfig:
        """The configuration in force."""
        return parse_config(self.get("/config"))

    def configure(self, config: RouterConfig) -> RouterConfig:
        """Put the next version in force.

        Raises:
            UserError: when the router refuses it; the message is its own line.
        """
        response = require("httpx").put(
            f"{self.url}/config", content=config.model_dump_json().encode(), timeout=30
        )
        if response.status_code != 200:
            raise UserError(response.json()["detail"])
        return config

    def drain_shadow(self) -> dict[str, int]:
        """Wait until the shadow has seen all copies; what came of them, dropped ones included."""
        counts: dict[str, int] = self.post("/shadow/drain")
        return counts

    def decisions(self) -> pd.DataFrame:
        """The decision log, one row for each request, by its id."""
        return read_decisions(self.folder / DECISIONS)

    def shadows(self) -> pd.DataFrame:
        """The shadow's log, one row for each copy, by the id of its request."""
        return read_decisions(self.folder / SHADOWS)
