"""Vectors kept on disk: computed once, and again when the file is broken."""

import numpy as np
import pytest

from mlsd_kit.practice.questions.kept import kept_vectors

TEXTS = ["one", "two \ud800", "three"]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def compute():
    calls = []

    def vectors(texts):
        calls.append(list(texts))
        return np.arange(2 * len(texts), dtype=float).reshape(-1, 2)

    vectors.calls = calls
    return vectors


def test_they_are_computed_once(cache, compute):
    first, again = kept_vectors(TEXTS, compute), kept_vectors(TEXTS, compute)
    np.testing.assert_array_equal(first, again)
    assert compute.calls == [TEXTS]
    kept_vectors(TEXTS[:2], compute)
    assert len(compute.calls) == 2


def test_a_broken_file_is_made_again(cache, compute):
    kept_vectors(TEXTS, compute)
    [file] = cache.rglob("*.npz")
    file.write_bytes(file.read_bytes()[:40])
    np.testing.assert_array_equal(kept_vectors(TEXTS, compute), compute(TEXTS))
    with np.load(file) as kept:
        assert kept["vectors"].shape == (3, 2)


def test_a_cache_that_cannot_be_written_does_no_harm(cache, compute, monkeypatch):
    (cache / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache / "file"))
    assert kept_vectors(TEXTS, compute).shape == (3, 2)
