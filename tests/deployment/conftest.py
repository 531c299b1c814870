import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder, TargetEncoder

from mlsd_kit.deployment import ModelServer, build_reference, save_bundle, to_onnx


def make_rows(n, seed):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {
            "shop": rng.zipf(1.4, n).clip(max=3000).astype("int64"),
            "city": rng.choice(["Oslo", "Bonn", "NA", "", 'say "hi", ok'], n),
            "hour": rng.integers(0, 24, n).astype("float32"),
            "price": rng.lognormal(size=n).astype("float32"),
        }
    )
    rows.loc[rng.random(n) < 0.05, "price"] = np.nan
    logit = -1.5 + np.sin(rows["shop"]) + (rows["city"] == "Oslo") + 0.5 * np.sin(rows["hour"] / 4)
    logit += np.log(rows["price"].fillna(1.0))
    return rows, (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(int).to_numpy()


@pytest.fixture(scope="session")
def rows():
    """Simulated rows of a shop's offers, and whether each was taken."""
    return make_rows(8000, seed=0)


@pytest.fixture(scope="session")
def pipeline(rows):
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    encode = ColumnTransformer(
        [
            ("mean", TargetEncoder(target_type="binary", cv=folds), ["shop"]),
            (
                "code",
                OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
                ["city"],
            ),
            ("same", "passthrough", ["hour", "price"]),
        ]
    ).set_output(transform="default")
    trees = LGBMClassifier(n_estimators=30, verbose=-1, n_jobs=1, random_state=0)
    return Pipeline([("encode", encode), ("trees", trees)]).fit(*rows)


@pytest.fixture(scope="session")
def offline(pipeline):
    """The trained pipeline's probabilities, where it was trained."""
    return lambda frame: pipeline[-1].booster_.predict(pipeline[:-1].transform(frame))


@pytest.fixture(scope="session")
def fresh():
    """Rows that the model has not seen, drawn alike."""
    return make_rows(4000, seed=1)


@pytest.fixture(scope="session")
def onnx_graph(pipeline, rows):
    return to_onnx(pipeline, rows[0])


@pytest.fixture(scope="session")
def bundle_parts(onnx_graph, offline, fresh):
    frame, _ = fresh
    holdout = frame.iloc[:300]
    return {
        "name": "offers",
        "model": onnx_graph,
        "holdout": holdout,
        "expected": offline(holdout),
        "reference": build_reference(frame, offline(frame), categorical=["shop"]),
        "metrics": {"log_loss": 0.5},
        "training": {"n_estimators": 30},
    }


@pytest.fixture(scope="session")
def bundle(bundle_parts, tmp_path_factory):
    return save_bundle(tmp_path_factory.mktemp("bundles"), **bundle_parts)


@pytest.fixture(scope="session")
def server(bundle):
    with ModelServer(bundle) as running:
        yield running
