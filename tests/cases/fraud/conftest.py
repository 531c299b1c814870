"""A simulated log of payments, and a detector fitted to it; made once."""

import pytest

from mlsd_kit.cases import load_case

CASE = load_case("fraud_detection")
W = CASE.world()
N = 60_000


@pytest.fixture(scope="session")
def world():
    return W.World(5, 0.005, n_cards=N // 20)


@pytest.fixture(scope="session")
def log(world):
    return world.simulate(N)


@pytest.fixture(scope="session")
def payments(log):
    return W.from_log(log)


@pytest.fixture(scope="session")
def detector(payments):
    parts = payments.parts()
    sets = ((part.X, part.y) for part in (parts.train, parts.valid))
    return W.fit_detector(*sets, W.FEATURES, "lightgbm", 5)
