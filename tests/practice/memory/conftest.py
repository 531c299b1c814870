"""A learner's folder, a few cards, and a clock that tests turn."""

import os
import shutil
import sys

import pytest

from mlsd_kit.content import content_root
from mlsd_kit.practice.memory.log import ReviewLog
from mlsd_kit.practice.record.history import History
from tests.practice.memory.few_cards import make_card


@pytest.fixture
def few():
    return {id: make_card(id, f"What is {id}?") for id in ("one", "two", "three")}


@pytest.fixture
def log(tmp_path):
    return ReviewLog(History(tmp_path / "reviews.sqlite"), spread=False)


@pytest.fixture
def folder(tmp_path):
    """A learner's folder with one case, so that reviews are kept there."""
    place = tmp_path / "book"
    case = "case_studies/fraud_detection"
    shutil.copytree(content_root() / case, place / case)
    return place


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def environment(cache):
    """Of a process that imports the package from this checkout, with a cache of its own."""
    root = str(content_root())
    return {**os.environ, "PYTHONPATH": root, "COLUMNS": "100", "XDG_CACHE_HOME": str(cache)}


@pytest.fixture
def command():
    return [sys.executable, "-m", "mlsd_kit", "review"]
