import lightgbm
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from mlsd_kit.data import effect_curve, importance_table, plot_importance, plot_numbers, tree_shap
from mlsd_kit.errors import UserError

mpl.use("agg")


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(4_000, 3)), columns=["strong", "weak", "noise"])
    y = (rng.random(4_000) < expit(1.5 * X["strong"] + 0.4 * X["weak"])).astype(int)
    settings = {"n_estimators": 40, "max_depth": 1, "n_jobs": 1, "verbose": -1}
    return lightgbm.LGBMClassifier(**settings).fit(X, y), X, y.to_numpy()


def test_shap_values_sum_to_the_score(fitted):
    model, X, _ = fitted
    values, base = tree_shap(model, X)
    np.testing.assert_allclose(values.sum(axis=1) + base, model.predict(X, raw_score=True))


def test_shap_of_stumps_is_what_each_feature_s_trees_say_less_their_mean(fitted):
    model, X, _ = fitted
    alone = {}
    for name in X:
        others = X.assign(**{other: 0.0 for other in X if other != name})
        raw = model.predict(others, raw_score=True)
        alone[name] = raw - raw.mean()
    values, _ = tree_shap(model, X)
    for name in X:
        np.testing.assert_allclose(values[name], alone[name], atol=0.02)


def test_the_views_agree_where_features_are_apart_and_partial_dependence_rises(fitted):
    model, X, y = fitted
    table = importance_table(model, X, y)
    assert table.index.tolist() == ["strong", "weak", "noise"]
    assert table["disagreement"].tolist() == [0, 0, 0]
    assert table["gain"].sum() == pytest.approx(1)
    curve = effect_curve(model, X, "strong")
    assert curve["partial_dependence"].is_monotonic_increasing
    assert np.corrcoef(curve["partial_dependence"], curve["shap"])[0, 1] > 0.98
    by_hand = model.predict_proba(X.assign(strong=curve.index[0]))[:, 1].mean()
    assert curve["partial_dependence"].iloc[0] == pytest.approx(by_hand)


def test_what_cannot_be_explained_is_one_line(fitted):
    model, X, y = fitted
    with pytest.raises(UserError, match="LightGBM models, not LogisticRegression"):
        tree_shap(LogisticRegression().fit(X, y), X)
    with pytest.raises(UserError, match="did you mean 'strong'"):
        effect_curve(model, X, "stong")


def test_the_plot_names_every_feature(fitted):
    model, X, y = fitted
    ax = plot_importance(importance_table(model, X, y))
    assert {text.get_text() for text in ax.texts} == set(X)
    assert ax.get_ylabel() == "rank (1 = most important)"


def test_histograms_give_whole_numbers_a_bar_each_and_wide_ones_a_log_scale():
    rng = np.random.default_rng(5)
    place = rng.integers(1, 11, 900).astype(float)
    frame = pd.DataFrame({"place": place, "euros": rng.lognormal(0, 3, 900), "none": np.nan})
    figure = plot_numbers(frame, ["place", "euros", "none"], "visit")
    axes = figure.axes
    heights = [bar.get_height() for bar in axes[0].patches]
    shares = 100 * frame["place"].value_counts(normalize=True).sort_index()
    np.testing.assert_allclose(heights, shares)
    assert [ax.get_xlabel() for ax in axes] == ["place", "log10 euros", "none"]
    assert axes[0].get_ylabel() == "visits (%)"


def test_many_histograms_stand_in_rows():
    frame = pd.DataFrame({name: [1.0, 2.0] for name in "abcdefg"})
    figure = plot_numbers(frame, list(frame), "visit")
    shown = [ax for ax in figure.axes if ax.get_visible()]
    assert [ax.get_xlabel() for ax in shown] == list(frame)
    assert figure.axes[0].get_gridspec().nrows == 2
    assert figure.get_figwidth() < 10
