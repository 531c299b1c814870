import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.scaling import Funnel, Stage, plot_funnel, top_k


def candidates(n=5000, noise=0.5, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.exponential(size=n)
    return pd.DataFrame({"truth": truth, "rough": truth + noise * rng.standard_normal(n)})


def funnel(retrieve=500, choose=10):
    return Funnel(
        [
            Stage("retrieve", lambda f: f["rough"], retrieve),
            Stage("rank", lambda f: f["truth"], choose),
        ]
    )


def test_each_stage_is_given_what_the_one_before_kept():
    items = candidates()
    result = funnel().run(items, items["truth"])
    table = result.table()
    assert table["in"].tolist() == [5000, 500]
    assert table["out"].tolist() == [500, 10]
    assert table["cost_share"].sum() == pytest.approx(1)
    assert (table["ms"] > 0).all()


def test_recall_and_regret_are_what_a_sort_says():
    items = candidates(noise=2.0)
    result = funnel(retrieve=100).run(items, items["truth"])
    kept = set(items["rough"].nlargest(100).index)
    best = items["truth"].nlargest(10)
    assert result.table()["recall"].tolist() == [len(kept & set(best.index)) / 10] * 2
    chosen = items["truth"][list(kept)].nlargest(10)
    assert result.chosen.tolist() == chosen.index.tolist()
    assert result.regret == pytest.approx(best.sum() - chosen.sum())
    assert result.relative_regret == pytest.approx(1 - chosen.sum() / best.sum())
    assert result.table()["step_recall"].iloc[1] == 1.0


def test_a_wider_funnel_loses_less():
    items = candidates(noise=2.0)
    regrets = [funnel(keep).run(items, items["truth"]).regret for keep in (20, 200, 5000)]
    assert regrets[0] > regrets[1] > regrets[2] == 0.0


def test_ids_alone_will_do_and_no_truth_is_no_recall():
    result = Funnel([Stage("rank", lambda f: -f["id"], 2)]).run([7, 3, 5])
    assert result.chosen.tolist() == [1, 2]
    assert np.isnan(result.regret)
    assert result.table()["recall"].isna().all()


def test_faulty_stages_are_named():
    with pytest.raises(ValueError, match="fewer and fewer"):
        Funnel([Stage("a", len, 1), Stage("b", len, 2)])
    with pytest.raises(ValueError, match="'a' must keep"):
        Stage("a", len, 0)
    with pytest.raises(ValueError, match="stage 'a' gave scores of shape"):
        Funnel([Stage("a", lambda f: [1.0], 1)]).run([1, 2])
    with pytest.raises(ValueError, match="not a number"):
        Funnel([Stage("a", lambda f: f["id"] * np.nan, 1)]).run([1, 2])
    with pytest.raises(ValueError, match="truth has shape"):
        Funnel([Stage("a", lambda f: f["id"], 1)]).run([1, 2], truth=[1])


@given(st.lists(st.integers(0, 9), min_size=1), st.integers(1, 12))
def test_top_k_is_a_stable_sort(scores, k):
    assert top_k(scores, k).tolist() == sorted(range(len(scores)), key=lambda i: -scores[i])[:k]


def test_the_plot_has_a_bar_for_each_stage():
    items = candidates()
    ax = plot_funnel(funnel().run(items, items["truth"]))
    assert [t.get_text() for t in ax.get_yticklabels()] == ["all candidates", "retrieve", "rank"]
    assert any("recall 100.0%" in t.get_text() for t in ax.texts)
