"""The sticky hash split: uniform, independent between salts, and nested as it grows."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlsd_kit.deployment.release import assign, unit_share

UNITS = [f"user-{number}" for number in range(20_000)]


def test_units_lie_uniformly_in_zero_to_one():
    places = [unit_share(unit, "one") for unit in UNITS]
    assert stats.kstest(places, "uniform").pvalue > 1e-4
    assert 0 <= min(places) < max(places) < 1


def test_two_salts_are_independent():
    one, two = (np.array([unit_share(unit, salt) for unit in UNITS]) for salt in ("one", "two"))
    cells = np.histogram2d(one, two, bins=5, range=[[0, 1], [0, 1]])[0]
    assert stats.chi2_contingency(cells).pvalue > 1e-4


def test_another_process_says_the_same():
    code = "from mlsd_kit.deployment.release import unit_share; print(unit_share('user-7', 'a'))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert float(said.stdout) == unit_share("user-7", "a")


def test_a_number_and_its_text_are_the_same_unit():
    assert unit_share(7, "a") == unit_share("7", "a")


@given(st.text(), st.text(), st.floats(0, 1), st.floats(0, 1))
def test_who_is_in_the_first_arm_stays_when_it_grows(unit, salt, a, b):
    small, large = sorted((a, b))
    if assign(unit, salt, {"canary": small, "rest": 1 - small}) == "canary":
        assert assign(unit, salt, {"canary": large, "rest": 1 - large}) == "canary"


@given(st.text(), st.lists(st.integers(0, 5), min_size=1, max_size=6).filter(any))
def test_every_unit_gets_an_arm_that_has_a_share(unit, weights):
    shares = {f"arm {k}": weight / sum(weights) for k, weight in enumerate(weights)}
    assert shares[assign(unit, "salt", shares)] > 0


@pytest.mark.parametrize("shares", [{"a": 0.1, "b": 0.9}, {"a": 0.2, "b": 0.3, "c": 0.5}])
def test_arms_are_as_large_as_their_shares(shares):
    arms = [assign(unit, "sizes", shares) for unit in UNITS]
    found = [arms.count(arm) for arm in shares]
    assert stats.chisquare(found, [len(UNITS) * s for s in shares.values()]).pvalue > 1e-4
