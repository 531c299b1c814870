from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from mlsd_kit.models import BPR, EASE, ImplicitALS, ItemSimilarity, Popularity, recommend


def used(matrix):
    return sparse.csr_array(np.asarray(matrix, dtype=float))


@pytest.fixture(scope="module")
def two_tastes():
    """200 users who like the first or the last ten of twenty items, each with four of them."""
    rng = np.random.default_rng(0)
    matrix = np.zeros((200, 20))
    for user in range(200):
        own = rng.permutation(10)[:4] + 10 * (user % 2)
        matrix[user, own] = 1
    return used(matrix)


MODELS = {
    "item similarity": ItemSimilarity(),
    "EASE": EASE(10.0),
    "iALS": ImplicitALS(factors=4, iterations=8),
    "BPR": BPR(factors=4, learning_rate=0.05, epochs=100, batch=100),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_personal_model_finds_the_user_s_taste(two_tastes, name):
    model = MODELS[name].fit(two_tastes)
    lists = recommend(model.score(two_tastes), 6, two_tastes)
    own = lists // 10 == (np.arange(200) % 2)[:, None]
    assert own.mean() > 0.95
    assert not np.take_along_axis(two_tastes.toarray(), lists, axis=1).any()


def test_popularity_counts_users_and_knows_no_taste():
    X = used([[1, 0, 1], [1, 1, 0], [1, 0, 0]])
    assert Popularity().fit(X).score(X[:1]).tolist() == [[3, 1, 1]]


def test_jaccard_similarity_worked_by_hand():
    X = used([[1, 1, 0], [1, 0, 0], [1, 1, 1]])
    model = ItemSimilarity().fit(X)
    assert model.similarity_[0, 1] == pytest.approx(2 / 3)
    assert model.similarity_[1, 2] == pytest.approx(1 / 2)
    assert model.similarity_.diagonal().tolist() == [0, 0, 0]
    assert np.count_nonzero(ItemSimilarity(neighbours=1).fit(X).similarity_[:, 2]) == 1


@given(arrays(np.int64, (12, 5), elements=st.integers(0, 1)), st.floats(0.5, 50))
@settings(max_examples=40, deadline=None)
def test_ease_is_the_constrained_minimum(matrix, regularisation):
    """Each column, solved apart as a ridge regression on the other items."""
    X = used(matrix)
    weights = EASE(regularisation).fit(X).weights_
    for item in range(5):
        others = np.delete(np.arange(5), item)
        A = matrix[:, others].astype(float)
        expected = np.linalg.solve(A.T @ A + regularisation * np.eye(4), A.T @ matrix[:, item])
        assert weights[others, item] == pytest.approx(expected, abs=1e-8)
        assert weights[item, item] == 0


def test_als_does_not_raise_its_loss(two_tastes):
    X = two_tastes.toarray()

    def loss(model):
        users = model._solve(two_tastes, model.items_)
        scores = users @ model.items_.T
        fit = (X * (1 - scores) ** 2 + model.unobserved * scores**2).sum()
        rows = X.sum(axis=1) + model.unobserved * X.shape[1]
        columns = X.sum(axis=0) + model.unobserved * X.shape[0]
        norms = (rows * (users**2).sum(axis=1)).sum()
        norms += (columns * (model.items_**2).sum(axis=1)).sum()
        return fit + model.regularisation * norms

    losses = [loss(ImplicitALS(factors=3, iterations=n).fit(two_tastes)) for n in (1, 2, 4, 8)]
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(losses))


def test_als_serves_users_that_it_has_not_seen(two_tastes):
    model = ImplicitALS(factors=4).fit(two_tastes[:150])
    assert np.allclose(model.score(two_tastes)[150:], model.score(two_tastes[150:]))
    with pytest.raises(ValueError, match="150 users, not 200"):
        BPR(epochs=1).fit(two_tastes[:150]).score(two_tastes)


def test_bpr_takes_one_step_of_gradient_ascent_on_its_objective():
    X = used([[1, 0]])
    settings = {"factors": 3, "learning_rate": 0.5, "regularisation": 0.1, "seed": 2}
    start, after = (BPR(epochs=epochs, **settings).fit(X) for epochs in (0, 1))
    u, i, j = (v.astype(float) for v in (start.users_[0], start.items_[0], start.items_[1]))
    pull = 1 / (1 + np.exp(u @ (i - j)))
    assert after.users_[0] == pytest.approx(u + 0.5 * (pull * (i - j) - 0.1 * u), abs=1e-6)
    assert after.items_[0] == pytest.approx(i + 0.5 * (pull * u - 0.1 * i), abs=1e-6)
    assert after.items_[1] == pytest.approx(j - 0.5 * (pull * u + 0.1 * j), abs=1e-6)
    assert after.offsets_ == pytest.approx([0.5 * pull, -0.5 * pull], abs=1e-6)


def test_bpr_never_takes_a_used_item_for_the_other():
    """A user of everything has no other item: its vector stays where it started."""
    X = used([[1, 1, 1], [1, 0, 0]])
    start, after = (BPR(factors=3, epochs=epochs).fit(X) for epochs in (0, 20))
    assert (after.users_[0] == start.users_[0]).all()
    assert (after.users_[1] != start.users_[1]).all()
    assert after.offsets_[0] > 0 > after.offsets_[1:].max()


def test_recommendations_are_the_best_that_were_not_seen():
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(30, 12)).round(1)
    seen = used(rng.random((30, 12)) < 0.4)
    lists = recommend(scores, 5, seen)
    for row in range(30):
        free = [i for i in range(12) if not seen[row, i]]
        expected = sorted(free, key=lambda i: (-scores[row, i], i))[:5]
        kept = lists[row][lists[row] >= 0]
        assert scores[row, kept].tolist() == scores[row, expected].tolist()
        assert len(kept) == min(5, len(free))


def test_a_setting_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        EASE(0)
