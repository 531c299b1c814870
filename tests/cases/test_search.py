"""The search case: its simulated truth, its retrieval, its click model, its rankings."""

import numpy as np
import pandas as pd
import pytest

from mlsd_kit.cases import load_case
from mlsd_kit.cases.modules import import_file
from mlsd_kit.deployment import ModelServer, build_reference, parity, save_bundle, to_onnx
from mlsd_kit.errors import UserError
from mlsd_kit.evaluation import fit_examination, team_draft
from mlsd_kit.models import InvertedIndex

CASE = load_case("search_ranking")
W = CASE.world()
simulator = import_file(CASE.folder / "simulator.py")
release = import_file(CASE.folder / "release.py")
judged_module = import_file(CASE.folder / "judged.py")


@pytest.fixture(scope="module")
def world():
    return W.World(1, 4000, 400)


@pytest.fixture(scope="module")
def index(world):
    return InvertedIndex().fit(world.titles)


@pytest.fixture(scope="module")
def shown(world, index):
    return W.served(world, index, 40)


@pytest.fixture(scope="module")
def log(shown):
    return W.simulate_log(shown, 40_000, seed=2)


@pytest.fixture(scope="module")
def people(log):
    return log.rows(~log.bot)


@pytest.fixture(scope="module")
def retriever(world, index, shown, people):
    terms = W.learn_vectors(world.titles, index, W.clicked_text(world, shown, people))
    return W.Retriever.build(world, index, terms)


@pytest.fixture(scope="module")
def judged(retriever):
    return W.load("simulated", retriever, 40)


@pytest.fixture(scope="module")
def parts(judged):
    return judged.split(seed=3)


def test_the_same_seed_gives_the_same_world_and_another_one_another(world):
    again, other = W.World(1, 4000, 400), W.World(2, 4000, 400)
    assert again.products.equals(world.products)
    assert again.queries.equals(world.queries)
    assert not other.products.equals(world.products)


def test_bands_are_thirds_of_the_traffic_and_searches_follow_it(world):
    shares = world.queries.groupby("band", observed=True)["share"].sum()
    assert list(shares.index) == ["head", "torso", "tail"]
    assert shares.sum() == pytest.approx(1)
    assert (abs(shares - 1 / 3) < 0.06).all()
    band = world.queries["band"].to_numpy()[world.searches(30_000)]
    for name, share in shares.items():
        assert (band == name).mean() == pytest.approx(share, abs=0.012)


def test_people_look_at_rank_k_in_one_search_of_k(people):
    assert W.examination() == pytest.approx(1 / np.arange(1, 11))
    attracts = np.full(people.row.shape, 0.5)
    sure = judged_module.Judged(*[None] * 3, attracts[0], np.full(10, 0.2), None, None, None)
    row = np.tile(np.arange(10), (50_000, 1))
    clicked, bought = W.act(sure, row, np.random.default_rng(0))
    assert clicked.mean(axis=0) == pytest.approx(0.5 / np.arange(1, 11), abs=0.008)
    assert bought.sum() / clicked.sum() == pytest.approx(0.2, abs=0.01)


def test_the_truth_rises_with_match_and_a_grade_of_four_needs_quality(world):
    rng = np.random.default_rng(0)
    query, product = rng.integers(0, 400, 60_000), rng.integers(0, 4000, 60_000)
    match, grade = world.match(query, product), world.grade(query, product)
    means = [world.attraction(query, product)[match == level].mean() for level in range(4)]
    assert (np.diff(means) > 0).all()
    assert (match[grade == 4] == 3).all()
    assert (world.quality[product][grade == 4] > simulator.GOOD).all()
    assert (world.quality[product][grade == 3] <= simulator.GOOD).all()


def test_a_full_match_has_every_wish_of_its_query(world):
    for query in range(0, 400, 7):
        if world.target[query] >= 0:
            assert world.full_matches(query).tolist() == [world.target[query]]
            continue
        asked = set(world.words[query])
        for product in world.full_matches(query)[:20]:
            said = {world.names[w][world.wish[w][product]] for w in simulator.WISHES}
            kind = set(simulator.KIND_WORDS[world.kind[product]])
            assert asked <= said | kind


def test_words_find_named_products_and_vectors_find_synonyms(world, retriever):
    lists = retriever.lists(W.DEPTH)
    found = {name: W.recall(world, ranked, W.DEPTH) for name, ranked in lists.items()}
    named = world.target >= 0
    assert (found["BM25"][named] == 1).all()
    assert found["vectors"][named].mean() < found["BM25"][named].mean()
    assert found["vectors"][~named].mean() > found["BM25"][~named].mean() + 0.1
    assert found["fused"].mean() > max(found["BM25"].mean(), found["vectors"].mean()) - 0.01
    nearest = retriever.terms.near("sofa", 5)
    assert {"couch", "settee"} & set(nearest)
    assert 0 < min(nearest.values()) <= max(nearest.values()) <= 1


def test_the_index_scores_by_the_formula_and_finds_nothing_for_unknown_words(world, index):
    for query in range(0, 400, 40):
        found, scores = index.search(world.words[query], 10)
        by_hand = release.bm25_by_hand(world, index, query, found)
        assert scores == pytest.approx(by_hand, abs=1e-5)
        every = release.bm25_by_hand(world, index, query, np.arange(4000))
        assert np.sort(every)[::-1][: len(found)] == pytest.approx(scores, abs=1e-5)
    assert len(index.search(["zzz"], 10)[0]) == 0


def test_shards_with_the_whole_catalogue_s_counts_find_what_one_index_finds(world, index):
    queries = [world.words[q] for q in world.searches(80, stream=1)]
    whole = [index.search(words, 10)[0] for words in queries]
    shard = np.arange(4000) % 3
    together, read = W.sharded_search(world.titles, shard, queries, 10, shared=True)
    assert all(a.tolist() == b.tolist() for a, b in zip(whole, together, strict=True))
    assert len(read) == 3
    apart, _ = W.sharded_search(world.titles, shard, queries, 10, shared=False)
    assert W.overlap(whole, together) == 1 > W.overlap(whole, apart)


def test_shards_as_processes_find_the_same_and_only_a_deadline_costs_results(world, index):
    queries = [world.words[q] for q in world.searches(20, stream=2)]
    whole = [index.search(words, 10)[0].tolist() for words in queries]
    with W.running_shards(world.titles, 2, pause_share=0.25, pause_ms=250.0) as urls:
        waited = W.ask(urls, queries)
        hedged = W.ask(urls, queries, hedge_ms=60.0)
        cut = W.ask(urls, queries, deadline_ms=60.0)
    assert [found.tolist() for found in waited.numbers] == whole
    assert [found.tolist() for found in hedged.numbers] == whole
    assert [found.tolist() for found in cut.numbers] != whole
    assert waited.requests == cut.requests == 40 < hedged.requests


def test_swaps_give_back_the_exponent_and_robots_spoil_the_last_places(log, people):
    looks = people.propensities()
    truth = W.examination()
    assert fit_examination(looks) == pytest.approx(W.ETA, abs=0.08)
    inside = (looks["low"] <= truth) & (truth <= looks["high"])
    assert inside.sum() >= 8
    assert log.clicked[:, -1].mean() > 1.1 * people.clicked[:, -1].mean()


def test_clicks_corrected_for_position_rank_nearer_to_the_truth(retriever, shown, people):
    X = W.features(retriever, shown.query, shown.item)
    train, _, test = shown.split(seed=3)
    keep = np.isin(shown.query, train.queries)
    rows = np.isin(shown.query, test.queries)
    clicks = {}
    for name, theta in {"naive": None, "true": W.examination()}.items():
        model = W.ltr.fit_clicks(X, people, keep, theta, seed=1)
        clicks[name] = W.outcomes(test, W.ltr.scores(model, X[rows]))[0]
    assert clicks["true"].mean() > 1.02 * clicks["naive"].mean()


def test_no_query_is_in_two_parts(judged, parts):
    queries = [set(part.queries) for part in parts]
    assert sum(map(len, queries)) == len(set().union(*queries)) == len(set(judged.queries))
    assert sum(map(len, parts)) == len(judged)
    for part in parts:
        assert (np.diff(np.flatnonzero(np.diff(part.query))) > 0).all()
        assert len(part.queries) == len(np.unique(part.query))  # a query's rows stand together


@pytest.mark.parametrize("kind", W.ltr.KINDS)
def test_every_objective_ranks_better_than_the_present_search(kind, parts):
    train, _, test = parts
    model = W.ltr.fit(kind, train, 1)
    present = W.quality(test, test.present)["ndcg"].mean()
    assert np.nanmean(W.ltr.ndcg(model, test)) > present + 0.05


def test_ranknet_s_gradient_is_that_of_its_loss():
    rng = np.random.default_rng(0)
    grade, score, group = rng.integers(0, 3, 12), rng.normal(size=12), np.array([5, 7])
    net = W.ltr.RankNet()
    gradient, curvature = net(grade, score, None, group)
    better, worse, scale = net._pairs

    def loss(s):
        return (scale * np.log1p(np.exp(s[worse] - s[better]))).sum()

    for i, step in enumerate(1e-5 * np.eye(12)):
        assert gradient[i] == pytest.approx((loss(score + step) - loss(score - step)) / 2e-5, 1e-4)
    assert (curvature > 0).all()


def test_the_truth_is_the_best_order_and_hiding_products_loses(judged):
    best = W.outcomes(judged, judged.attraction)[0]
    for scores in (judged.present, judged.grade.astype(float)):
        assert (best >= W.outcomes(judged, scores)[0] - 1e-9).all()
    hidden = np.where(np.arange(len(judged)) % 2, judged.attraction, -np.inf)
    assert (W.outcomes(judged, hidden)[0] <= best + 1e-9).all()
    assert W.outcomes(judged, np.full(len(judged), -np.inf))[0].sum() == 0


def test_a_ranking_against_itself_is_a_draw_and_a_better_one_wins(judged):
    draw = W.duel(judged, judged.present, judged.present, 20_000, 1)
    assert draw.credit == pytest.approx(0, abs=1e-12)
    assert draw.interleaving == np.inf
    assert draw.preference.p_value > 0.001
    found = W.duel(judged, judged.present, judged.attraction, 20_000, 1)
    assert found.agree
    assert found.preference.p_value < 1e-6
    assert found.preference.mean == pytest.approx(found.credit, abs=0.03)
    right, blocks = found.power()
    assert 0.6 < right / blocks < 0.95
    unlike = W.duel(judged, judged.present, judged.attraction, 20_000, 1, alike=False)
    assert unlike.ratio > 1.5 * found.ratio


def test_team_draft_gives_each_team_its_turn():
    a, b = np.tile(np.arange(10), (500, 1)), np.tile(np.arange(20, 30), (500, 1))
    shown, team = team_draft(a, b, 10, np.random.default_rng(0))
    assert (team.sum(axis=1) == 5).all()
    assert ((shown >= 20) == (team == 1)).all()
    assert team[:, 0].mean() == pytest.approx(0.5, abs=0.1)


def test_an_older_index_hides_more_and_the_arithmetic_agrees(world, judged):
    table = W.refresh_table(world, judged, judged.attraction, [1, 24, 168])
    assert (table["lost"].diff().dropna() >= -1e-9).all()
    assert (table["named_unseen"].diff().dropna() >= 0).all()
    for hours, unseen in table["unseen"].items():
        assert unseen == pytest.approx(W.NEW_PER_DAY * hours / 48, abs=0.006)


def test_a_cache_by_hand():
    table = W.hit_table([1, 2, 1, 3, 2, 1], [1, 2, 3], {"always": 10**9, "short": 3})
    assert table["always"].tolist() == [0, 1 / 6, 0.5]
    assert table["short"].tolist() == [0, 1 / 6, 1 / 6]


def test_a_plan_gives_the_fewest_shards_that_keep_the_budget():
    times = pd.Series([2.1, 4.1], [1_000_000, 2_000_000])
    plan = W.plan_shards(times, 1e7, 1000.0, 30.0, (1, 4, 16))
    assert plan.per_million == pytest.approx(2.0)
    assert plan.table["ms a search and shard"].tolist() == pytest.approx([20.1, 5.1, 1.35])
    assert plan.needed == 4  # 20 ms have a p99 of 4.6 times as much
    assert W.plan_shards(times, 1e9, 1000.0, 30.0, (1, 4)).needed is None


def test_over_http_the_page_is_the_same_as_offline(parts, tmp_path):
    train, _, test = parts
    model = W.ltr.fit("lambdamart", train, 1)
    offline = W.ltr.scores(model, test.X)
    bundle = save_bundle(
        tmp_path,
        name="ranker",
        model=to_onnx(model, train.X.head(500)),
        tolerance=1e-4,
        holdout=test.X.head(50),
        expected=model.predict(test.X.head(50)),
        reference=build_reference(train.X, W.ltr.scores(model, train.X)),
        metrics={},
        training={},
    )
    few = test.of(test.queries[:15])
    scores = offline[np.isin(test.query, few.queries)]
    with ModelServer(bundle.path) as server:
        answers = [server.predict(few.X[few.query == query]) for query in few.queries]
        assert server.post("/selfcheck")["passes"]
    online = np.concatenate(answers)
    assert parity(scores, online, 1e-4).passes
    assert (few.ranked(scores) == few.ranked(online.round(6))).all()


def test_a_query_s_features_cannot_move_a_place_in_a_linear_model(parts):
    train, _, test = parts
    own = W.explain.query_features(train)
    assert own == ["query_words", "query_frequency"]
    table = W.explain.importances(W.ltr.fit("linear", train, 1), test, 1)
    assert table.loc[own, "shapley"].min() > 0
    assert table.loc[own, "within a list"].max() < 1e-9
    model = W.ltr.fit("lambdamart", train, 1)
    parts_of = W.explain.shapley(model, test.X).sum(axis=1)
    whole = model.predict(test.X)
    assert parts_of.to_numpy() - whole == pytest.approx((parts_of - whole).mean(), abs=1e-5)


def test_mixed_vectors_are_noticed_by_recall(world, index, retriever):
    titles_only = W.learn_vectors(world.titles, index)
    mixed = W.Retriever(
        world, index, retriever.terms, retriever.products, titles_only.encode(world.words)
    )
    sound = W.recall(world, retriever.by_vectors(W.DEPTH), W.DEPTH).mean()
    assert W.recall(world, mixed.by_vectors(W.DEPTH), W.DEPTH).mean() < 0.6 * sound


GOOD = {
    "dataset": "simulated", "data_path": "none", "model": "lambdamart", "n_rows": 5000,
    "products": 3000, "queries": 200, "candidates": 20, "trials": 1, "requests_per_s": 1.0,
    "latency_ms": 1.0, "catalogue": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"model": "pairwise"}, "model: 'pairwise' is none of lambdamart"),
        ({"dataset": "yahoo"}, "dataset: 'yahoo' is none of simulated, mslr, letor"),
        ({"n_rows": 10}, "n_rows: 10 is not between 5000"),
        ({"candidates": 500}, "candidates: 500 is not between 20 and 200"),
        ({"trials": 0}, "trials: 0"),
        ({"latency_ms": 0.0}, "latency_ms: 0.0 has to be above 0"),
        ({"dataset": "letor"}, "data_path: name the file"),
        ({"dataset": "letor", "data_path": "nowhere.txt"}, "nowhere.txt: No such file"),
    ],
)
def test_what_a_run_cannot_use_is_refused_before_it_starts(wrong, said):
    CASE.check_run(GOOD)
    with pytest.raises(UserError, match=said):
        CASE.check_run(GOOD | wrong)
