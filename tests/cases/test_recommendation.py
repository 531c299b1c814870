"""The recommendation case: its protocol, its lists, its service, and what the models reach."""

import numpy as np
import pandas as pd
import pytest

from mlsd_kit.cases import load_case
from mlsd_kit.cases.modules import import_file
from mlsd_kit.deployment import AppServer
from mlsd_kit.errors import UserError
from mlsd_kit.models import EASE, Popularity, recommend

CASE = load_case("recommendation")
W = CASE.world()
lists_module = import_file(CASE.folder / "lists.py")


@pytest.fixture(scope="module")
def views():
    return W.load()


@pytest.fixture(scope="module")
def parts(views):
    return W.split_within_items(views, seed=3)


def test_the_split_takes_three_quarters_of_each_item(views, parts):
    train, test = parts
    assert len(train.events) + len(test.events) == 100_000 == len(views.events)
    whole = views.events.groupby("item").size()
    kept = train.events.groupby("item").size().reindex(whole.index, fill_value=0)
    assert (kept == np.round(0.75 * whole)).all()
    pairs = pd.concat([p.events[["user", "item"]] for p in parts])
    assert not pairs.duplicated().any()


def test_the_split_by_time_has_no_later_view_in_training(views):
    train, test = W.split_by_time(views)
    assert train.events["time"].max() <= test.events["time"].min()


def test_a_list_of_seen_items_only_has_no_quality_and_a_perfect_one_has_all(parts):
    _, test = parts
    watched = test.matrix()
    scores = watched.toarray()
    perfect = W.quality(recommend(scores, 1), test)
    assert perfect["nDCG@1"] == perfect["precision@1"] == 1.0
    worst = W.quality(recommend(-scores, 10), test)
    assert worst["nDCG@10"] < 0.05


def test_ease_is_as_good_as_the_first_trial_and_better_than_popularity(parts):
    train, test = parts
    X = train.matrix()
    found = {
        name: W.quality(recommend(model.fit(X).score(X), 10, seen=X), test)["nDCG@10"]
        for name, model in {"EASE": EASE(400), "popularity": Popularity()}.items()
    }
    assert found["EASE"] > 0.475
    assert found["popularity"] < 0.3


@pytest.mark.slow
def test_two_stages_beat_ease_and_do_not_recommend_what_was_seen(parts):
    train, test = parts
    model = W.TwoStage(W.split_within_items, 400.0, seed=1).fit(train)
    lists = model.recommend(10)
    assert W.quality(lists, test)["nDCG@10"] > 0.488
    seen = train.matrix().toarray() > 0
    assert not np.take_along_axis(seen, lists, axis=1).any()


def test_guards_have_known_values():
    lists = np.array([[0, 1], [0, 1]])
    genres = np.array([[1, 0], [0, 1], [1, 1], [1, 0]])
    found = W.guards(lists, np.array([6, 6, 0, 0]), genres)
    assert found["coverage"] == 0.5
    assert found["effective items"] == pytest.approx(2)
    assert found["diversity"] == pytest.approx(1)
    assert found["novelty"] == pytest.approx(-np.log2(7 / 16))


def test_places_by_popularity_and_overlap():
    popularity = np.array([1, 5, 3, 2])
    share = W.places_by_popularity(np.array([[1, 2], [1, 0]]), popularity, groups=2)
    assert share.tolist() == [0.75, 0.25]
    assert W.overlap(np.array([[1, 2]]), np.array([[2, 3]])) == 0.5


def test_a_rerank_takes_out_what_was_watched_and_pulls_what_goes_with_it():
    weights = np.zeros((4, 4))
    weights[3, 2] = 1.0
    items = np.array([0, 1, 2])
    assert lists_module.rerank(items, [], weights).tolist() == [0, 1, 2]
    assert lists_module.rerank(items, [3], weights).tolist() == [2, 0, 1]
    assert lists_module.rerank(items, [0], weights).tolist() == [1, 2]


def test_the_service_reads_lists_falls_back_and_sees_a_new_night(tmp_path):
    np.save(tmp_path / "weights.npy", np.zeros((5, 5), np.float32))
    lists = W.publish(np.array([[0, 1, 2], [2, 1, 0]]), tmp_path, "night-1")
    settings = {
        "lists": str(lists),
        "weights": str(tmp_path / "weights.npy"),
        "popular": [4, 3, 2],
        "k": 2,
    }
    with AppServer(CASE.folder / "service.py", "create_app", settings) as server:
        assert server.post("/recommend", {"user": 1, "recent": []})["items"] == [2, 1]
        assert server.post("/recommend", {"user": 1, "recent": [2]})["items"] == [1, 0]
        stranger = server.post("/recommend", {"user": 9, "recent": [4]})
        assert (stranger["items"], stranger["version"]) == ([3, 2], "popular")
        assert server.get("/counts") == {"list": 2, "fallback": 1}
        with pytest.raises(UserError, match="items are 0 to 4"):
            server.post("/recommend", {"user": 1, "recent": [7]})
        W.publish(np.array([[1, 2, 0], [0, 1, 2]]), tmp_path, "night-2")
        answer = server.post("/recommend", {"user": 1, "recent": []})
        assert (answer["items"], answer["version"]) == ([0, 1], "night-2")


def test_exploration_changes_the_last_place_to_an_item_neither_seen_nor_listed(parts):
    train, _ = parts
    X = train.matrix()
    lists = recommend(Popularity().fit(X).score(X), 5, seen=X)
    explored = W.explore(lists, X, seed=1)
    assert (explored[:, :-1] == lists[:, :-1]).all()
    assert not np.take_along_axis(X.toarray(), explored[:, -1:], axis=1).any()
    assert not (explored[:, -1:] == lists).any()
    assert len(np.unique(explored[:, -1])) > 500


def test_first_ahead_is_where_a_model_stays_in_front():
    cold = pd.DataFrame({"a": [0.1, 0.5, 0.2, 0.6, 0.7], "b": 0.3}, index=[0, 1, 2, 5, 10])
    assert W.first_ahead(cold, "a", "b") == 5
    assert W.first_ahead(cold.iloc[3:], "a", "b") == 5
    assert W.first_ahead(cold.iloc[:3], "a", "b") is None


def test_recall_by_item_views_counts_what_is_in_the_lists(parts):
    train, test = parts
    everything = np.tile(np.arange(train.shape[1]), (train.shape[0], 1))
    table = W.recall_by_item_views(everything[:, :100], train, test)
    assert table["test views"].sum() == len(test.events)
    found = (table["in the list"] * table["test views"]).sum()
    assert found == pytest.approx((test.events["item"] < 100).sum())


def test_the_nightly_job_publishes_what_its_model_recommends_and_the_log_grows(tmp_path):
    views = W.load(n_users=150, seed=2)
    train, test = W.split_within_items(views, 2)
    model = W.TwoStage(W.split_within_items, folds=1, seed=2, trees=5).fit(train)
    path, steps = W.nightly_job(model, train, 12, tmp_path, "night-1")
    published = np.stack(pd.read_parquet(path)["items"])
    assert (published == model.recommend(12)).all()
    assert steps.loc["all", "seconds"] == pytest.approx(steps["seconds"].iloc[:3].sum())
    later = W.a_view_later(train, test)
    users = test.events["user"].nunique()
    assert len(later.events) == len(train.events) + users
    model.rank(*model.propose(later))
    assert not np.take_along_axis(later.matrix().toarray() > 0, model.recommend(10), axis=1).any()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"k": 1}, "k: 1 places; from 2 to 40"),
        ({"k": 50}, "k: 50 places"),
        ({"splits": 1}, "splits: 1"),
        ({"n_users": 10}, "n_users: 10"),
        ({"size": "100k", "window_h": 0.0}, "window_h"),
        ({"data_path": "nowhere.zip"}, "no such file"),
    ],
)
def test_what_a_run_cannot_use_is_refused_before_it_starts(wrong, said):
    good = {
        "splits": 2, "active_users": 1e6, "catalogue": 1e5, "requests_per_s": 1.0, "window_h": 1.0,
        "latency_ms": 1.0, "k": 10, "size": "100k", "data_path": "none", "n_users": 200,
    }  # fmt: skip
    with pytest.raises(UserError, match=said):
        CASE.check_run(good | wrong)
