import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMRanker, LGBMRegressor
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from mlsd_kit.deployment import OnnxModel, parity, to_onnx
from mlsd_kit.errors import UserError


@pytest.fixture(scope="module")
def model(onnx_graph):
    return OnnxModel(onnx_graph.SerializeToString())


def test_the_export_gives_the_same_probabilities_for_unseen_rows(model, fresh, offline):
    frame = fresh[0].assign(shop=fresh[0]["shop"].where(fresh[0].index % 10 > 0, 10**12))
    frame.loc[frame.index % 7 == 0, "city"] = "Atlantis"
    scores = model.predict_proba(frame)
    assert scores.shape == (len(frame),)
    assert parity(offline(frame), scores).passes


def test_its_schema_is_that_of_the_raw_frame(model):
    expected = {"shop": "int64", "city": "string", "hour": "float32", "price": "float32"}
    assert model.schema == expected


def test_columns_in_another_order_and_extra_ones_do_not_matter(model, fresh):
    frame = fresh[0].iloc[:50]
    turned = frame[frame.columns[::-1]].assign(unused=1)
    assert (model.predict_proba(turned) == model.predict_proba(frame)).all()
    assert (
        model.predict_proba(frame) == np.hstack([*map(model.predict_proba, halves(frame))])
    ).all()


def halves(frame):
    return frame.iloc[:20], frame.iloc[20:]


def test_more_threads_give_the_same(onnx_graph, model, fresh):
    threaded = OnnxModel(onnx_graph.SerializeToString(), threads=2)
    assert parity(model.predict_proba(fresh[0]), threaded.predict_proba(fresh[0]), 1e-6).passes


def test_a_linear_pipeline_and_a_bare_classifier_export_too(rows, fresh):
    features, taken = rows
    scale = make_pipeline(SimpleImputer(), StandardScaler())
    columns = ColumnTransformer(
        [
            ("hot", OneHotEncoder(handle_unknown="ignore"), ["city"]),
            ("scale", scale, ["hour", "price"]),
        ]
    )
    linear = Pipeline([("columns", columns), ("model", LogisticRegression())]).fit(features, taken)
    exported = OnnxModel(to_onnx(linear, features).SerializeToString())
    assert parity(linear.predict_proba(fresh[0])[:, 1], exported.predict_proba(fresh[0])).passes
    numbers = features[["hour"]]
    bare = LogisticRegression().fit(numbers, taken)
    exported = OnnxModel(to_onnx(bare, numbers).SerializeToString())
    assert parity(bare.predict_proba(numbers)[:, 1], exported.predict_proba(numbers)).passes


@pytest.mark.parametrize("line", [(1.0, -2.3), (0.8, 0.4)])
def test_a_calibration_on_the_log_odds_is_built_in(pipeline, rows, fresh, offline, line):
    exported = OnnxModel(to_onnx(pipeline, rows[0], log_odds_line=line).SerializeToString())
    p = offline(fresh[0])
    slope, intercept = line
    expected = 1 / (1 + np.exp(-(slope * np.log(p / (1 - p)) + intercept)))
    assert parity(expected, exported.predict_proba(fresh[0])).passes


def test_a_calibration_fits_a_graph_of_an_older_opset(rows):
    numbers, taken = rows[0][["hour", "price"]], rows[1]
    filled = make_pipeline(SimpleImputer(), StandardScaler())
    columns = ColumnTransformer([("filled", filled, ["hour", "price"])])
    linear = Pipeline([("columns", columns), ("model", LogisticRegression())]).fit(numbers, taken)
    graph = to_onnx(linear, numbers, log_odds_line=(1.0, 0.0))
    assert max(opset.version for opset in graph.opset_import) < 18
    exported = OnnxModel(graph.SerializeToString())
    assert parity(linear.predict_proba(numbers)[:, 1], exported.predict_proba(numbers)).passes


def test_negative_downsampling_is_undone_by_its_log_odds_line(rows):
    numbers, taken = rows[0][["hour"]], rows[1]
    model = LogisticRegression().fit(numbers, taken)
    share = 0.1
    line = (1.0, np.log(share))
    exported = OnnxModel(to_onnx(model, numbers, log_odds_line=line).SerializeToString())
    p = model.predict_proba(numbers)[:, 1]
    # He et al., "Practical Lessons from Predicting Clicks on Ads at Facebook" (2014), section 6.3
    assert parity(p / (p + (1 - p) / share), exported.predict_proba(numbers)).passes


def test_an_export_that_computes_something_else_is_refused(rows):
    numbers = rows[0][["hour"]]

    class Doubting(LogisticRegression):
        def predict_proba(self, X):
            return 0.5 * super().predict_proba(X)

    from skl2onnx import update_registered_converter
    from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes
    from skl2onnx.operator_converters.linear_classifier import convert_sklearn_linear_classifier

    update_registered_converter(
        Doubting,
        "Doubting",
        calculate_linear_classifier_output_shapes,
        convert_sklearn_linear_classifier,
        options={
            "zipmap": [True, False, "columns"],
            **dict.fromkeys(("nocl", "raw_scores", "output_class_labels"), (True, False)),
        },
    )
    model = Doubting().fit(numbers, rows[1])
    with pytest.raises(UserError, match="gives other probabilities"):
        to_onnx(model, numbers)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda x, y: LogisticRegression(), "LogisticRegression is not fitted"),
        (lambda x, y: LogisticRegression().fit(x, np.arange(len(y)) % 3), "of two classes"),
    ],
)
def test_a_classifier_of_more_classes_or_not_fitted_is_refused(make, message, rows):
    numbers = rows[0][["hour"]].iloc[:100]
    with pytest.raises(UserError, match=message):
        to_onnx(make(numbers, rows[1][:100]), numbers)


@pytest.mark.parametrize("objective", ["lambdarank", "rank_xendcg"])
def test_a_ranker_is_exported_with_its_scores(rows, fresh, objective):
    numbers = ["hour", "price"]  # the price has missing values
    ranker = LGBMRanker(objective=objective, n_estimators=20, verbose=-1, n_jobs=1)
    ranker.fit(rows[0][numbers], rows[1], group=[20] * (len(rows[1]) // 20))
    exported = OnnxModel(to_onnx(ranker, rows[0][numbers]).SerializeToString())
    assert parity(ranker.predict(fresh[0][numbers]), exported.predict(fresh[0][numbers])).passes
    assert not exported.classifies
    with pytest.raises(UserError, match="scores, not probabilities"):
        exported.predict_proba(fresh[0])


@pytest.mark.parametrize(
    "model", [LinearRegression(), LGBMRegressor(n_estimators=20, verbose=-1, n_jobs=1)]
)
def test_a_regressor_is_exported_after_its_preprocessing(rows, fresh, model):
    features, taken = rows
    columns = ColumnTransformer([("fill", SimpleImputer(), ["hour", "price"])])
    pipeline = Pipeline([("columns", columns), ("model", model)]).fit(features, taken)
    exported = OnnxModel(to_onnx(pipeline, features).SerializeToString())
    expected = np.ravel(pipeline.predict(fresh[0]))
    assert parity(expected, exported.predict(fresh[0]), 1e-5).passes


def test_a_feature_next_to_a_threshold_goes_the_same_way():
    rng = np.random.default_rng(0)
    steps = rng.integers(0, 400, 3000)
    X = pd.DataFrame({"x": np.float32(-8 - steps / 1e4)})
    trees = LGBMRegressor(n_estimators=30, min_child_samples=2, max_bin=4000, verbose=-1)
    trees.fit(X[steps % 2 == 0], rng.normal(size=int((steps % 2 == 0).sum())))
    halfway = X[steps % 2 == 1]  # the thresholds lie between neighbours two steps apart
    exported = OnnxModel(to_onnx(trees, X).SerializeToString())
    assert parity(trees.predict(halfway), exported.predict(halfway), 1e-4).passes


def test_a_regressor_has_no_probability_to_correct(rows):
    numbers = rows[0][["hour"]]
    with pytest.raises(UserError, match="gives no probability"):
        to_onnx(LinearRegression().fit(numbers, rows[1]), numbers, log_odds_line=(1.0, 0.0))


def test_a_model_without_converter_is_one_line(rows):
    class Unknown(LogisticRegression):
        pass

    numbers = rows[0][["hour"]]
    with pytest.raises(UserError, match="skl2onnx cannot convert this model") as caught:
        to_onnx(Unknown().fit(numbers, rows[1]), numbers)
    assert "\n" not in str(caught.value)


def test_double_precision_is_refused_before_it_can_differ(pipeline, rows):
    with pytest.raises(UserError, match="'hour' is float64"):
        to_onnx(pipeline, rows[0].astype({"hour": "float64"}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.rename(columns={"price": "prize"}), "'price' is missing.*mean 'prize'"),
        (lambda f: f.assign(shop=f["shop"] + 0.5), "'shop' is float64, but the model takes int64"),
        (lambda f: f.assign(hour=f["hour"].astype(str)), "'hour' is str.*takes float32"),
        (lambda f: f.assign(city=1), "'city' is int64, but the model takes text"),
        (lambda f: f.assign(city=f["city"].where(f.index > 0)), "'city' has values that are not"),
    ],
)
def test_a_wrong_frame_is_one_clear_line(model, fresh, change, message):
    with pytest.raises(UserError, match=message):
        model.predict_proba(change(fresh[0].iloc[:9]))


def test_a_file_that_is_no_model_is_one_clear_line(tmp_path):
    with pytest.raises(UserError, match="No such file"):
        OnnxModel(tmp_path / "none.onnx")
    with pytest.raises(UserError, match="not a model that onnxruntime can run"):
        OnnxModel(b"nonsense")


def test_integer_widths_and_whole_numbers_are_converted(model, fresh):
    frame = fresh[0].iloc[:9]
    narrow = frame.astype({"shop": "int32"}).assign(hour=frame["hour"].astype("int64"))
    pd.testing.assert_frame_equal(narrow[["city"]], frame[["city"]])
    assert (model.predict_proba(narrow) == model.predict_proba(frame)).all()
