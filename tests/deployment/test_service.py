import hashlib
import json
import math
import warnings

import numpy as np
import pytest
from lightgbm import LGBMRanker

from mlsd_kit.deployment import (
    build_reference,
    create_app,
    load_bundle,
    save_bundle,
    to_onnx,
)
from mlsd_kit.deployment.bundle import content_version
from mlsd_kit.errors import UserError

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "Using `httpx`")
    from fastapi.testclient import TestClient

ROW = {"shop": 3, "city": "Oslo", "hour": 14, "price": None}
LISTS = {key: [value, value] for key, value in ROW.items()}


def samples(text):
    """The samples of Prometheus' text format: name and labels → value."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


@pytest.fixture(scope="module")
def client(bundle):
    with TestClient(create_app(bundle.path, max_rows=5)) as client:
        yield client


def test_one_row_many_rows_and_columns_agree_with_the_model(client, bundle, fresh):
    frame = fresh[0].iloc[:5]
    expected = bundle.model().predict_proba(frame)
    rows = json.loads(frame.to_json(orient="records"))
    columns = {name: [row[name] for row in rows] for name in frame}
    singles = [client.post("/predict", json=row).json()["prediction"] for row in rows]
    by_rows = client.post("/predict/batch", json={"rows": rows}).json()
    by_columns = client.post("/predict/batch", json={"columns": columns}).json()
    assert by_rows == by_columns
    assert by_rows["version"] == bundle.manifest.version
    # the JSON of pandas has ten digits, which single-precision numbers survive
    assert np.array_equal(np.float32(by_rows["predictions"]), expected)
    assert np.array_equal(np.float32(singles), expected)


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/predict", [ROW], "the body must be an object of feature names and values"),
        ("/predict", {**ROW, "shopp": 3}, "unknown feature 'shopp'; did you mean 'shop'?"),
        ("/predict", {"shop": 3, "city": "Oslo", "hour": 1}, "feature 'price' is missing"),
        ("/predict", {**ROW, "shop": 3.0}, "feature 'shop', row 0: 3.0 is not an integer"),
        ("/predict", {**ROW, "shop": True}, "feature 'shop', row 0: True is not an integer"),
        ("/predict", {**ROW, "shop": None}, "feature 'shop', row 0: None is not an integer"),
        (
            "/predict",
            {**ROW, "shop": 2**63},
            "feature 'shop' has a value that does not fit in int64",
        ),
        (
            "/predict",
            {**ROW, "hour": "noon"},
            "feature 'hour', row 0: 'noon' is not a number or null",
        ),
        (
            "/predict",
            {**ROW, "hour": 1e39},
            "feature 'hour' has a value that does not fit in float32",
        ),
        ("/predict", {**ROW, "city": 1}, "feature 'city', row 0: 1 is not a string"),
        ("/predict/batch", ROW, "the body must be an object with either 'columns' or 'rows'"),
        ("/predict/batch", {"rows": ROW}, "'rows' must be a list of objects"),
        (
            "/predict/batch",
            {"rows": [ROW, 1]},
            "a row must be an object of feature names and values",
        ),
        ("/predict/batch", {"rows": []}, "a batch has 1 to 5 rows, not 0"),
        ("/predict/batch", {"rows": [ROW] * 6}, "a batch has 1 to 5 rows, not 6"),
        ("/predict/batch", {"columns": [1]}, "'columns' must be an object of lists"),
        (
            "/predict/batch",
            {"columns": {**LISTS, "shop": 3}},
            "feature 'shop' must be a list of values",
        ),
        (
            "/predict/batch",
            {"columns": {**LISTS, "hour": [1]}},
            "feature 'hour' has 1 values, but others have 2",
        ),
        (
            "/predict/batch",
            {"columns": {**LISTS, "shop": [1, "x"]}},
            "feature 'shop', row 1: 'x' is not an integer",
        ),
    ],
)
def test_bad_input_is_answered_with_422_and_one_line(client, path, body, message):
    response = client.post(path, json=body)
    assert response.status_code == 422
    assert response.json() == {"detail": message}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the body is not JSON"),
        (b"{", "the body is not JSON"),
        (b"\xff", "the body is not JSON"),
        (b'{"price": NaN}', "NaN is not JSON; a missing number is null"),
        (b"[" * 100_000, "the body is not JSON"),
        (b'{"shop": ' + b"9" * 5000 + b"}", "the body is not JSON"),
    ],
)
def test_a_body_that_is_not_json_is_said_to_be(client, content, message):
    response = client.post("/predict", content=content)
    assert response.status_code == 422
    assert response.json()["detail"].startswith(message)


def test_a_missing_number_is_null_and_not_an_error(client):
    prediction = client.post("/predict", json=ROW).json()["prediction"]
    assert math.isfinite(prediction)


def test_health_readiness_and_manifest(client, bundle):
    assert client.get("/health").json() == {"status": "alive"}
    assert client.get("/ready").json()["passes"] is True
    assert client.get("/model").json() == bundle.manifest.model_dump()
    assert client.get("/nowhere").status_code == 404


def test_the_documentation_knows_the_features(client):
    paths = client.get("/openapi.json").json()["paths"]
    schema = paths["/predict"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert schema["required"] == ["shop", "city", "hour", "price"]
    assert schema["properties"]["city"] == {"type": "string"}


def test_metrics_count_every_request(bundle):
    with TestClient(create_app(bundle.path)) as client:
        for _ in range(3):
            client.post("/predict", json=ROW)
        client.post("/predict", json=[])
        client.get("/nowhere")
        found = samples(client.get("/metrics").text)
    assert found['requests_total{path="/predict",status="200"}'] == 3
    assert found['requests_total{path="/predict",status="422"}'] == 1
    assert found['requests_total{path="other",status="404"}'] == 1
    assert found['request_seconds_count{path="/predict"}'] == 4
    assert found['request_seconds_bucket{path="/predict",le="+Inf"}'] == 4
    assert found['request_seconds_sum{path="/predict"}'] > 0


def test_the_selfcheck_finds_a_file_changed_under_the_running_service(bundle_parts, tmp_path):
    bundle = save_bundle(tmp_path, **bundle_parts)
    with TestClient(create_app(bundle.path)) as client:
        assert client.post("/selfcheck").json()["passes"] is True
        holdout = bundle.path / "holdout.csv"
        holdout.write_bytes(holdout.read_bytes().replace(b"Oslo", b"Bonn"))
        check = client.post("/selfcheck").json()
        assert check["passes"] is False
        assert "holdout.csv is not the file" in check["reason"]
        assert client.get("/ready").status_code == 503


def test_a_bundle_signed_again_with_another_holdout_is_never_ready(bundle_parts, tmp_path):
    bundle = save_bundle(tmp_path, **bundle_parts)
    holdout, manifest = bundle.path / "holdout.csv", bundle.path / "manifest.json"
    holdout.write_bytes(holdout.read_bytes().replace(b"Oslo", b"Bonn"))
    content = json.loads(manifest.read_text())
    content["files"]["holdout.csv"] = hashlib.sha256(holdout.read_bytes()).hexdigest()
    content["version"] = content_version(content)
    manifest.write_text(json.dumps(content))
    with TestClient(create_app(bundle.path)) as client:
        ready = client.get("/ready")
        assert ready.status_code == 503
        assert ready.json()["max_abs_diff"] > 0.01
        assert "of the holdout predictions are not the expected" in ready.json()["reason"]


def test_a_broken_bundle_is_not_served(tmp_path):
    with pytest.raises(UserError, match="no model bundle"):
        create_app(tmp_path)


def test_a_body_too_large_is_refused_before_it_is_read(client, monkeypatch):
    monkeypatch.setattr("mlsd_kit.deployment.service.MAX_BYTES", 10)
    response = client.post("/predict", json=ROW)
    assert response.status_code == 422
    assert "larger than 10 bytes" in response.json()["detail"]


def test_a_ranker_travels_like_a_classifier_and_is_served_with_its_scores(rows, tmp_path):
    features, taken = rows[0][["hour", "price"]], rows[1]
    ranker = LGBMRanker(n_estimators=10, verbose=-1, n_jobs=1)
    ranker.fit(features, taken, group=[20] * (len(taken) // 20))
    holdout, scores = features.head(50), ranker.predict(features)
    bundle = save_bundle(
        tmp_path, name="rank", model=to_onnx(ranker, features), holdout=holdout,
        expected=scores[:50], reference=build_reference(features, scores),
        metrics={"ndcg": 0.5}, training={},
    )  # fmt: skip
    assert load_bundle(bundle.path).selfcheck().passes
    with TestClient(create_app(bundle.path)) as client:
        records = json.loads(holdout.to_json(orient="records"))
        answer = client.post("/predict/batch", json={"rows": records}).json()
        assert client.get("/ready").json()["passes"] is True
    assert answer["predictions"] == pytest.approx(scores[:50], abs=1e-5)
