import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction import FeatureHasher
from sklearn.preprocessing import TargetEncoder
from sklearn.utils.estimator_checks import parametrize_with_checks

from mlsd_kit.data import (
    CooccurrenceEmbedding,
    HashEncoder,
    InSampleTargetEncoder,
    compare_encoders,
    neighbour_agreement,
    neighbours,
    usual_encoders,
)
from mlsd_kit.data import embedding as module


@parametrize_with_checks([HashEncoder(16), CooccurrenceEmbedding(2)])
def test_scikit_learn_accepts_our_transformers(estimator, check):
    check(estimator)


def test_hashing_gives_what_scikit_learn_s_hasher_gives():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"ad": rng.integers(0, 500, 300), "land": rng.choice(list("abc"), 300)})
    texts = [[f"ad={row.ad}", f"land={row.land}"] for row in frame.itertuples()]
    oracle = FeatureHasher(64, input_type="string").transform(texts)
    assert abs(HashEncoder(64).fit_transform(frame) - oracle).max() == 0


def test_missing_and_new_values_have_a_bucket():
    encoder = HashEncoder(32).fit(pd.DataFrame({"land": ["a", None]}))
    row = encoder.transform(pd.DataFrame({"land": ["never seen", None]}))
    assert abs(row.toarray()).sum(axis=1).tolist() == [1, 1]


def _clicks(n=6_000, seed=1):
    """Users with a rate of their own, ten rows each."""
    rng = np.random.default_rng(seed)
    user = rng.integers(0, n // 10, n)
    rate = rng.beta(1, 9, n // 10)[user]
    return pd.DataFrame({"user": user}), (rng.random(n) < rate).astype(int)


def test_out_of_fold_does_not_see_its_own_label_and_in_sample_does():
    X, y = _clicks()
    table, p = compare_encoders(X[:4000], y[:4000], X[4000:], y[4000:], usual_encoders())
    fold, leaky = table.loc["target, out of fold"], table.loc["target, same rows"]
    assert leaky["train_auc"] > fold["train_auc"] + 0.05
    assert fold["train_auc"] == pytest.approx(fold["auc"], abs=0.06)
    assert fold["columns"] == 1
    assert table.loc["hashing", "columns"] == 2**12
    assert table.loc["hashing", "encoder_kb"] < 1 < table.loc["one-hot", "encoder_kb"]
    assert set(p) == set(table.index)


def test_in_sample_rates_are_the_smoothed_rates():
    X, y = _clicks(500)
    ours = InSampleTargetEncoder(smooth=5.0, target_type="binary").fit_transform(X, y)
    by_hand = X.assign(y=y).groupby("user")["y"].agg(["sum", "size"])
    rate = (by_hand["sum"] + 5 * y.mean()) / (by_hand["size"] + 5)
    np.testing.assert_allclose(ours[:, 0], X["user"].map(rate), rtol=1e-9)
    assert isinstance(InSampleTargetEncoder(), TargetEncoder)


def _shops(n=3_000, seed=2):
    """Shops of three kinds; customers mostly buy of one kind."""
    rng = np.random.default_rng(seed)
    kind_of = rng.integers(0, 3, 60)
    customer = rng.integers(0, 200, n)
    wanted = np.where(rng.random(n) < 0.85, customer % 3, rng.integers(0, 3, n))
    shop = np.array([rng.choice(np.flatnonzero(kind_of == kind)) for kind in wanted])
    return pd.DataFrame({"shop": shop, "customer": customer}), pd.Series(kind_of)


def test_vectors_are_the_coordinates_of_correspondence_analysis(monkeypatch):
    frame, _ = _shops()
    counts = pd.crosstab(frame["shop"], frame["customer"]).to_numpy()
    p = counts / counts.sum()
    r, c = p.sum(axis=1), p.sum(axis=0)
    left, sizes, _ = np.linalg.svd((p - np.outer(r, c)) / np.sqrt(np.outer(r, c)), False)
    oracle = np.abs(left[:, :3] * sizes[:3] / np.sqrt(r)[:, None])
    full = CooccurrenceEmbedding(3, smoothing=0).fit(frame).vectors_.to_numpy()
    np.testing.assert_allclose(np.abs(full), oracle, atol=1e-9)
    monkeypatch.setattr(module, "DENSE", 0)
    partial = CooccurrenceEmbedding(3, smoothing=0).fit(frame).vectors_.to_numpy()
    np.testing.assert_allclose(partial, full, atol=1e-6)


def test_neighbours_share_the_kind_that_nobody_told():
    frame, kind = _shops()
    vectors = CooccurrenceEmbedding(2).fit(frame).vectors_
    same, chance = neighbour_agreement(vectors, kind)
    assert same > 0.9
    assert chance == pytest.approx(1 / 3, abs=0.1)
    shuffled = frame.assign(customer=np.random.default_rng(0).permutation(frame["customer"]))
    same, chance = neighbour_agreement(CooccurrenceEmbedding(2).fit(shuffled).vectors_, kind)
    assert same == pytest.approx(chance, abs=0.15)


def test_a_new_id_gets_the_origin_and_a_rare_one_is_drawn_to_it():
    frame, _ = _shops()
    model = CooccurrenceEmbedding(2).fit(frame)
    new = model.transform(pd.DataFrame({"shop": [10_000], "customer": [1]}))
    assert new.tolist() == [[0, 0]]
    raw = CooccurrenceEmbedding(2, smoothing=0).fit(frame).vectors_
    rows = frame["shop"].value_counts().sort_index()
    np.testing.assert_allclose(
        model.vectors_.to_numpy(), raw.to_numpy() * (rows / (rows + 10)).to_numpy()[:, None]
    )


def test_neighbours_agree_with_all_pairs():
    points = np.random.default_rng(3).normal(size=(40, 3))
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    near = unit @ unit.T
    np.fill_diagonal(near, -np.inf)
    found = neighbours(pd.DataFrame(points), 3)
    assert (found.to_numpy() == np.argsort(-near, axis=1)[:, :3]).all()
