"""A case's model: trained on what came first, published as a bundle that serves the same."""

import numpy as np
import pytest

from mlsd_kit.cases import load_case
from mlsd_kit.deployment import train_case_model


@pytest.fixture(scope="module")
def trained():
    return train_case_model(load_case("search_ranking"), 8_000, 3)


def test_it_learns_from_the_first_rows_only(trained):
    assert trained.train.time_h.max() <= trained.later.time_h.min()
    assert len(trained.train) == int(0.7 * (len(trained.train) + len(trained.later)))


def test_the_published_bundle_gives_the_same_predictions(trained, tmp_path):
    bundle = trained.publish(tmp_path)
    served = bundle.model().predict(trained.features(trained.later))
    np.testing.assert_allclose(served, trained.predict(trained.later), atol=1e-5)
    assert bundle.manifest.metrics["auc"] > 0.7


def test_ids_are_no_features(trained):
    assert not set(trained.later.ids) & set(trained.features(trained.later))


def test_its_bundle_says_what_it_was_made_of(trained, tmp_path):
    bundle = trained.publish(tmp_path)
    manifest = bundle.manifest
    assert manifest.feature_code == trained.feature_code() != ""
    assert manifest.data.rows == len(trained.train)
    assert manifest.data.last_h == trained.train.time_h.max() <= trained.later.time_h.min()
    card = bundle.card()
    for part in ("## What it is for", "## Data", "## Metrics", "## Groups", "## Limits"):
        assert part in card
    assert f"{manifest.metrics['auc']:.4f}" in card
    assert "simulated" in card
    assert trained.publish(tmp_path).path == bundle.path
