"""LinUCB: a bandit that looks at the request before it chooses."""

from __future__ import annotations

import numpy as np


class LinUCB:
    """For each arm a ridge regression of the reward on the context, and its upper bound.

    Disjoint LinUCB (Li, Chu, Langford and Schapire, "A Contextual-Bandit Approach to Personalized
    News Article Recommendation", WWW 2010, algorithm 1). river has it for one request at a time,
    and warns that it is too slow for use; here all runs are solved at once.

    Args:
        alpha: width of the bound in standard errors: how much it explores.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        if alpha < 0:
            raise ValueError(f"alpha is not below 0, as {alpha} is")
        self.alpha = alpha

    def start(self, runs: int, arms: int, rng: np.random.Generator) -> None:
        """Forget everything."""
        self.shape = (runs, arms)
        self.A: np.ndarray | None = None
        self.b: np.ndarray | None = None

    def choose(self, n: int, context: np.ndarray | None) -> np.ndarray:
        """The arms of the next requests; ``context`` has the shape (runs, n, d)."""
        return self.index(_needed(context)).argmax(axis=2)

    def index(self, context: np.ndarray) -> np.ndarray:
        """Upper bound of each arm at each request, shape (runs, n, arms)."""
        A, b = self._state(context.shape[2])
        inverse = np.linalg.inv(A)
        theta = np.einsum("skde,ske->skd", inverse, b)
        mean = np.einsum("snd,skd->snk", context, theta)
        spread = np.einsum("snd,skde,sne->snk", context, inverse, context, optimize=True)
        return mean + self.alpha * np.sqrt(spread)

    def learn(self, arms: np.ndarray, rewards: np.ndarray, context: np.ndarray | None) -> None:
        """Add contexts and rewards to the regressions of their arms."""
        x = _needed(context)
        A, b = self._state(x.shape[2])
        for arm in range(self.shape[1]):
            of_arm = x * (arms == arm)[:, :, None]
            A[:, arm] += np.einsum("snd,sne->sde", of_arm, x, optimize=True)
            b[:, arm] += np.einsum("snd,sn->sd", of_arm, rewards)

    def _state(self, d: int) -> tuple[np.ndarray, np.ndarray]:
        if self.A is None or self.b is None:
            self.A = np.broadcast_to(np.eye(d), (*self.shape, d, d)).copy()
            self.b = np.zeros((*self.shape, d))
        return self.A, self.b


def _needed(context: np.ndarray | None) -> np.ndarray:
    if context is None:
        raise ValueError("LinUCB needs traffic with a context")
    return context
