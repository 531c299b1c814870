"""Drive a canary release on a running router: read its log, change its configuration."""

from __future__ import annotations

from itertools import groupby

from mlsd_kit.deployment.release.canary import Canary, State
from mlsd_kit.deployment.release.config import RouterConfig
from mlsd_kit.deployment.release.decisions import DECISIONS, read_lines
from mlsd_kit.deployment.release.router_server import RouterServer
from mlsd_kit.deployment.release.served import served_from


class Rollout:
    """A canary release over a router.

    All that it knows comes from the router's log and configuration: one that is made anew, after
    either process was killed, reads the log again from the start and is where the old one was.

    Args:
        router: a running router.
        challenger: name of the model to be released, one of the configuration's.
        salt: of the release; another one for each, so that not the same units go first each time.
        canary: stages and guards.

    Example::

        rollout = Rollout(router, "challenger", "release-7", Canary())
        while rollout.step() == "running":
            ...  # traffic
        rollout.canary.reason
    """

    def __init__(self, router: RouterServer, challenger: str, salt: str, canary: Canary) -> None:
        self.router = router
        self.challenger = challenger
        self.salt = salt
        self.canary = canary
        self._offset = 0

    def step(self) -> State:
        """Take in what was logged since the last step, decide, and have the router follow."""
        log = self.router.folder / DECISIONS
        records, self._offset = read_lines(log, self._offset)
        for _, alike in groupby(records, key=lambda record: record["config"]):
            self.canary.observe(served_from(list(alike), self.salt))
        config = self.router.config
        wanted = self._wanted(config)
        if wanted != config:
            self.router.configure(wanted)
        return self.canary.state

    def _wanted(self, config: RouterConfig) -> RouterConfig:
        """The configuration that the state asks for; the same one when it is in force."""
        if self.canary.state == "promoted":
            if config.champion == self.challenger:
                return config
            return config.but(champion=self.challenger, standby=config.champion, split=None)
        if self.canary.state == "rolled back":
            return config.but(split=None) if config.split else config
        share = self.canary.share
        arms = {
            "canary": {"model": self.challenger, "share": share},
            "champion": {"model": config.champion, "share": 1 - share},
        }
        split = config.split
        if split and split.salt == self.salt and split.model_dump()["arms"] == arms:
            return config
        return config.but(split={"salt": self.salt, "arms": arms})
