"""An interview over the ad click case with a clock that tests turn."""

import pytest

from mlsd_kit.cases import load_case
from mlsd_kit.practice.interview import Interview, MemoryRecord, start_interview
from mlsd_kit.practice.interview.matching import matcher_of

CASE = "ctr_prediction"


@pytest.fixture(scope="session")
def matcher():
    return matcher_of(load_case(CASE))


@pytest.fixture
def interview(clock, matcher) -> Interview:
    return start_interview(CASE, "senior", 45, MemoryRecord(), matcher=matcher, clock=clock)
