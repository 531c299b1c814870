"""Real judged lists: MSLR-WEB's sample, and files in the formats in which such sets are public."""

import gzip
import zipfile

import numpy as np
import pytest
from sklearn.datasets import load_svmlight_file

from mlsd_kit.cases import load_case
from mlsd_kit.data.sets import load_letor, load_mslr_sample
from mlsd_kit.errors import UserError

W = load_case("search_ranking").world()

MQ2007 = (
    "2 qid:10032 1:0.056537 2:0.000000 3:NULL 46:0.076923"
    " #docid = GX029-35-5894638 inc = 0.0119881192468859 prob = 0.139842\n"
    "0 qid:10032 1:0.279152 2:0.000000 3:0.5 46:1.000000 #docid = GX030-77-6315042\n"
)
MSLR = "0 qid:1 1:3 2:3 3:0 4:0 5:3 6:1\n2 qid:1 1:3 2:0 3:3 4:0 5:3 6:0.5\n1 qid:16 1:1 6:2\n"


def lists(queries=24, documents=12, top=2):
    rng = np.random.default_rng(0)
    return "".join(
        f"{top if d == 0 else rng.integers(0, top + 1)} qid:{q} 1:{rng.random():.4f} 2:{d}\n"
        for q in range(queries)
        for d in range(documents)
    )


def test_a_line_of_letor_4_with_null_and_comment(tmp_path):
    path = tmp_path / "train.txt"
    path.write_text(MQ2007)
    frame = load_letor(path)
    assert frame.shape == (2, 48)
    assert frame["relevance"].tolist() == [2, 0]
    assert (frame["query"] == 10032).all()
    assert frame["feature_1"].tolist() == pytest.approx([0.056537, 0.279152])
    assert np.isnan(frame["feature_3"][0])
    assert frame["feature_45"].tolist() == [0, 0]


@pytest.mark.parametrize("packed", ["train.txt", "train.txt.gz", "MSLR.zip"])
def test_mslr_plain_and_packed_as_scikit_learn_reads_it(tmp_path, packed):
    path, plain = tmp_path / packed, tmp_path / "plain"
    plain.write_text(MSLR)
    if packed.endswith(".gz"):
        path.write_bytes(gzip.compress(MSLR.encode()))
    elif packed.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("Fold1/train.txt", MSLR)
            archive.writestr("Fold1/test.txt", MSLR)
    else:
        path.write_text(MSLR)
    frame = load_letor(path)
    X, y, query = load_svmlight_file(str(plain), query_id=True)
    assert (frame.drop(columns=["relevance", "query"]).to_numpy() == X.toarray()).all()
    assert frame["relevance"].tolist() == y.tolist()
    assert frame["query"].tolist() == query.tolist()
    assert len(load_letor(path, n_rows=2)) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2 1:0.5\n", r"line 1: no query \(qid:10\)"),
        (MSLR + "1 qid:7 1:0.5 2=3\n", "line 4: '2=3' is not a feature"),
        ("", "no rows"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, text, said):
    path = tmp_path / "train.txt"
    path.write_text(text)
    with pytest.raises(UserError, match=said):
        load_letor(path)


def test_the_mslr_sample_has_its_shape_and_no_query_twice():
    train, test = load_mslr_sample("train"), load_mslr_sample("test")
    for frame in (train, test):
        assert frame.shape == (5000, 138)
        assert frame["query"].nunique() == 43
        assert set(frame["relevance"]) == {0, 1, 2, 3, 4}
        assert "research" in frame.attrs["licence"]
    assert not set(train["query"]) & set(test["query"])


def test_real_lists_have_simulated_clicks_and_no_purchases():
    judged = W.real("mslr")
    assert judged.X.shape[1] == 136
    assert set(judged.grade) == {0, 1, 2, 3, 4}
    assert judged.attraction[judged.grade == 4] == pytest.approx(1.0)
    assert judged.attraction[judged.grade == 0] == pytest.approx(0.05)
    assert np.isnan(judged.buy).all()
    assert "purchases" not in W.summary({"": W.quality(judged, judged.present)})
    present = W.quality(judged, judged.present)["ndcg"].mean()
    random = W.quality(judged, np.random.default_rng(0).random(len(judged)))["ndcg"].mean()
    assert present > random + 0.05


def test_a_file_of_fewer_grades_counts_its_two_best_as_answers(tmp_path):
    path = tmp_path / "train.txt"
    path.write_text(lists())
    judged = W.real("letor", str(path))
    assert judged.answers == 1
    assert len(judged.queries) == 22  # a tenth of 24 has taught the present ranking
    assert W.quality(judged, judged.grade.astype(float))["mrr"].min() == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (lists(queries=19), "19 queries have 10 documents or more"),
        (lists(documents=9), "0 queries have 10 documents"),
        (lists(top=7), "whole numbers from 0 to 4"),
        (lists() + "-1 qid:99 1:1 2:1\n", "whole numbers from 0 to 4"),
    ],
)
def test_lists_that_cannot_be_learned_from_are_refused(tmp_path, text, said):
    path = tmp_path / "train.txt"
    path.write_text(text)
    with pytest.raises(UserError, match=said):
        W.real("letor", str(path))


def test_trees_and_lines_beat_bm25_on_the_sample():
    found = W.mslr_ladder(1)
    assert found.queries == 43
    assert found.best != "BM25"
    assert found.table.loc[found.best, "NDCG@10"] > found.table.loc["BM25", "NDCG@10"] + 0.03
    assert found.over_bm25.low <= found.over_bm25.estimate <= found.over_bm25.high
