"""A canary release as a state machine: stages of a growing share, guards, and a way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from mlsd_kit.deployment.release.guards import Guard
from mlsd_kit.deployment.release.mean_guard import standard_guards
from mlsd_kit.deployment.release.served import Served

STAGES = (0.01, 0.05, 0.25)
State = Literal["running", "promoted", "rolled back"]


class Canary:
    """Decides after each batch of requests: go on, next stage, promote, or roll back.

    Each guard may take back a canary that is no worse with a probability of α over their number,
    over all stages together; all of them with α (Bonferroni).

    Args:
        guards: what is watched; `standard_guards` by default.
        stages: shares of the traffic, ascending; after the last one it is promoted to all.
        per_stage: requests that the canary answers before the next stage.
        alpha: probability of taking back a canary that is no worse.
    """

    def __init__(
        self,
        guards: Sequence[Guard] | None = None,
        stages: Sequence[float] = STAGES,
        per_stage: int = 300,
        alpha: float = 0.02,
    ) -> None:
        if not stages or not all(0 < share < 1 for share in stages):
            raise ValueError(f"stages are shares between 0 and 1, not {list(stages)}")
        if sorted(set(stages)) != list(stages):
            raise ValueError(f"stages ascend, unlike {list(stages)}")
        if not 0 < alpha < 1 or per_stage < 1:
            raise ValueError(f"alpha {alpha} and per_stage {per_stage} are out of range")
        self.guards = list(standard_guards() if guards is None else guards)
        self.stages = tuple(stages)
        self.per_stage = per_stage
        self.bound = float(np.log(max(len(self.guards), 1) / alpha))
        self.state: State = "running"
        self.reason = ""
        self.stopped_by = ""
        self.requests = 0
        """Requests so far, of canary and champion."""
        self.answered = 0
        """Of them the canary's."""
        self._stage = 0
        self._here = 0

    @property
    def share(self) -> float:
        """Share of the traffic that the canary should have now."""
        if self.state == "running":
            return self.stages[self._stage]
        return 1.0 if self.state == "promoted" else 0.0

    def observe(self, served: Served) -> State:
        """Take in requests, in order of time, and decide."""
        if self.state != "running" or not len(served):
            return self.state
        if not self._stopped(served):
            self._count(served, len(served))
            self._advance()
        return self.state

    def learn(self, outcomes: Served) -> State:
        """Take in outcomes of requests that were observed before: only the loss is looked at."""
        if self.state == "running" and len(outcomes):
            self._stopped(outcomes, late=True)
        return self.state

    def _stopped(self, served: Served, late: bool = False) -> bool:
        """Whether a guard stops it, and then at which request."""
        firsts = []
        for guard in self.guards:
            beyond = np.flatnonzero(guard.observe(served) >= self.bound)
            if len(beyond):
                firsts.append((int(beyond[0]), guard))
        if not firsts:
            return False
        at, guard = min(firsts, key=lambda found: found[0])
        if not late:
            self._count(served, at + 1)
        self.stopped_by = guard.name
        percent = f"{100 * self.stages[self._stage]:g} %"
        self.reason = f"{guard.name} at the {percent} stage: {guard.says()}"
        self.state = "rolled back"
        return True

    def _count(self, served: Served, rows: int) -> None:
        self.requests += rows
        came = int(served.canary[:rows].sum())
        self.answered += came
        self._here += came

    def _advance(self) -> None:
        if self._here < self.per_stage:
            return
        self._here = 0
        if self._stage + 1 < len(self.stages):
            self._stage += 1
        else:
            self.state = "promoted"
            self.reason = f"{self.answered:,} requests answered, no guard objected"
