"""A clock that tests turn."""

from dataclasses import dataclass

import pytest


@dataclass
class Clock:
    """Seconds that pass only when told."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds):
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()
