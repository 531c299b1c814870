"""The router: who answers, who listens in, and a line for each decision."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any, NamedTuple

from mlsd_kit.deployment.release.asking import Ask
from mlsd_kit.deployment.release.config import RouterConfig, read_config, write_config
from mlsd_kit.deployment.release.decisions import DECISIONS, SHADOWS, JsonLines
from mlsd_kit.deployment.release.mirror import Mirror
from mlsd_kit.deployment.release.router_metrics import RouterMetrics
from mlsd_kit.deployment.release.split import assign
from mlsd_kit.deployment.release.upstream import Answer, Upstream
from mlsd_kit.errors import UserError


class Route(NamedTuple):
    """Where a request goes, and how probable that was."""

    arm: str
    model: str
    propensity: float


class Reply(NamedTuple):
    """Status and body of an answer."""

    status: int
    body: dict[str, Any]


class Running:
    """A configuration in force, with its connections and the requests that began under it."""

    def __init__(self, config: RouterConfig, shadows: JsonLines, before: Running | None) -> None:
        self.config = config
        self.requests = 0
        self.idle = asyncio.Event()
        self.idle.set()
        kept: dict[str, Upstream] = before.upstreams if before else {}
        self.upstreams: dict[str, Upstream] = {
            name: upstream
            if (upstream := kept.get(name)) and upstream.same(url, config.deadline_s)
            else Upstream(name, url, config.deadline_s)
            for name, url in config.models.items()
        }
        self.mirror = self._mirror(shadows, before)

    def __enter__(self) -> Running:
        self.requests += 1
        self.idle.clear()
        return self

    def __exit__(self, *error: object) -> None:
        self.requests -= 1
        if not self.requests:
            self.idle.set()

    async def close(self, after: Running | None = None) -> None:
        """Wait for its requests, then close what the next configuration does not use."""
        await self.idle.wait()
        if self.mirror and not (after and after.mirror is self.mirror):
            await self.mirror.close()
        used = set(after.upstreams.values()) if after else set()
        for upstream in self.upstreams.values():
            if upstream not in used:
                await upstream.close()

    def _mirror(self, shadows: JsonLines, before: Running | None) -> Mirror | None:
        shadow = self.config.shadow
        if shadow is None:
            return None
        url = self.config.models[shadow.model]
        if before and before.mirror and before.mirror.same(shadow, url):
            return before.mirror
        return Mirror(shadow, url, shadows)


class Router:
    """The router over a folder, which holds its configuration and its logs.

    Raises:
        UserError: when there is no valid configuration in the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.metrics = RouterMetrics()
        config = read_config(folder)
        self._decisions = JsonLines(folder / DECISIONS)
        self._shadows = JsonLines(folder / SHADOWS)
        self.running = Running(config, self._shadows, None)
        self._changing = asyncio.Lock()

    async def answer(self, ask: Ask) -> Reply:
        """Have a request answered, and log who did."""
        start = time.perf_counter()
        with self.running as running:
            config, route = running.config, _route(running.config, ask)
            content = json.dumps(ask.features).encode()
            tried: list[Answer] = []
            for name in config.chain(route.model):
                tried.append(await running.upstreams[name].ask(content))
                self.metrics.calls.labels(name, tried[-1].outcome).inc()
                refused = tried[-1].outcome == "refused"
                if tried[-1].answered or (refused and name == config.champion):
                    break
            last = tried[-1]
            if last.outcome == "refused":
                return Reply(422, {"detail": last.detail})
            if running.mirror and last.answered:
                running.mirror.offer(ask.request, content)
            self._log(_record(ask, route, tried, config, time.perf_counter() - start))
        if not last.answered:
            named = ", ".join(f"{answer.model} ({answer.outcome})" for answer in tried)
            return Reply(503, {"detail": f"no model answered: {named}", "request": ask.request})
        body = {"prediction": last.prediction, "version": last.version, "model": last.model}
        return Reply(200, {**body, "arm": route.arm, "request": ask.request})

    async def change(self, config: RouterConfig) -> None:
        """Go over to the next version; requests under way end under the one they began with.

        Raises:
            UserError: when it is not the next version: somebody else has changed it meanwhile.
        """
        async with self._changing:
            before, version = self.running, self.running.config.version
            if config.version != version + 1:
                raise UserError(
                    f"version {version} is in force: the next one is {version + 1}, "
                    f"not {config.version}"
                )
            write_config(self.folder, config)
            self.running = Running(config, self._shadows, before)
            await before.close(self.running)

    async def drain_shadow(self) -> dict[str, int]:
        """Wait until the shadow has seen all copies; what came of them."""
        mirror = self.running.mirror
        if mirror is None:
            return {}
        await mirror.drain()
        return dict(mirror.counts)

    def prometheus(self) -> bytes:
        """All counts so far, for Prometheus."""
        mirror, version = self.running.mirror, self.running.config.version
        waiting, copies = (mirror.waiting, mirror.counts) if mirror else (0, {})
        return self.metrics.prometheus(version, waiting, copies)

    async def close(self) -> None:
        """Close connections and logs."""
        await self.running.close()
        self._decisions.close()
        self._shadows.close()

    def _log(self, record: dict[str, Any]) -> None:
        try:
            self._decisions.write(record)
        except OSError:  # the caller is answered all the same
            self.metrics.unlogged.inc()


def _route(config: RouterConfig, ask: Ask) -> Route:
    for rule in config.rules:
        if ask.features.get(rule.feature) in rule.values:
            return Route("rule", rule.model, 1.0)
    if split := config.split:
        arm = assign(ask.unit, split.salt, split.shares)
        return Route(arm, split.arms[arm].model, split.arms[arm].share)
    return Route("champion", config.champion, 1.0)


def _record(
    ask: Ask, route: Route, tried: list[Answer], config: RouterConfig, seconds: float
) -> dict[str, Any]:
    last = tried[-1]
    return {
        "request": ask.request,
        "time": round(time.time(), 3),
        "unit": str(ask.unit),
        "salt": config.split.salt if config.split and route.arm != "rule" else None,
        "arm": route.arm,
        "propensity": route.propensity,
        "intended": route.model,
        "outcome": tried[0].outcome,
        "model": last.model if last.answered else None,
        "version": last.version,
        "prediction": last.prediction,
        "model_ms": round(tried[0].seconds * 1000, 3),
        "own_ms": round((seconds - sum(answer.seconds for answer in tried)) * 1000, 3),
        "config": config.version,
    }
