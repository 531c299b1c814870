import hashlib
import json
import math
import re
import warnings

import numpy as np
import pytest
from lightgbm import LGBMRanker
from prometheus_client.parser import text_string_to_metric_families

from mlsd_kit.deployment import (
    build_reference,
    create_app,
    load_bundle,
    save_bundle,
    to_onnx,
)
from mlsd_kit.deployment.bundle import content_version
from mlsd_kit.deployment.limits import Limits
from mlsd_kit.errors import UserError

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "Using `httpx`")
    from fastapi.testclient import TestClient

ROW = {"shop": 3, "city": "Oslo", "hour": 14, "price": None}
LISTS = {key: [value, value] for key, value in ROW.items()}


def samples(text):
    """The samples of Prometheus' text format: name and labels → value, by its own parser."""
    families = text_string_to_metric_families(text)
    return {
        (one.name, *(value for _, value in sorted(one.labels.items()))): one.value
        for family in families
        for one in family.samples
    }


@pytest.fixture(scope="module")
def client(bundle):
    with TestClient(create_app(bundle.path, limits=Limits(rows=5))) as client:
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
        ("/predict", {**ROW, "shop": 3.5}, "feature 'shop', row 0: 3.5 is not an integer"),
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
        (b"[" * 50_000, "the body is not JSON"),
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
    document = client.get("/openapi.json").json()
    paths = document["paths"]
    content = paths["/predict"]["post"]["requestBody"]["content"]["application/json"]
    assert content["schema"] == {"$ref": "#/components/schemas/Row"}
    row = document["components"]["schemas"]["Row"]
    assert row["required"] == ["shop", "city", "hour", "price"]
    assert row["properties"]["city"] == {"type": "string"}


def test_the_page_of_the_documentation_loads_nothing(client):
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert not re.search(r"(?:src|href)=.?(?:https?:)?//", page.text)
    for path in client.get("/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in page.text


def test_metrics_count_every_request(bundle):
    with TestClient(create_app(bundle.path)) as client:
        for _ in range(3):
            client.post("/predict", json=ROW)
        client.post("/predict", json=[])
        client.get("/nowhere")
        found = samples(client.get("/metrics").text)
    assert found["requests_total", "/predict", "200"] == 3
    assert found["requests_total", "/predict", "422"] == 1
    assert found["requests_total", "other", "404"] == 1
    assert found["request_seconds_count", "/predict"] == 4
    assert found["request_seconds_bucket", "+Inf", "/predict"] == 4
    assert found["request_seconds_sum", "/predict"] > 0
    assert found["run_rows_sum",] == 3
    assert found["requests_in_flight",] == 1  # the one that reads the metrics


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
        refused = client.post("/predict", json=ROW)
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "1"
        assert "not ready: bundle" in refused.json()["detail"]
        found = samples(client.get("/metrics").text)
        assert found["refusals_total", "not_ready"] == 1


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
        assert client.post("/predict/batch", json={"rows": [ROW]}).status_code == 503


def test_a_broken_bundle_is_not_served(tmp_path):
    with pytest.raises(UserError, match="no model bundle"):
        create_app(tmp_path)


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{}", {"content-type": "text/plain"}, 415),
        (b"{}", {"content-type": "application/json; charset=utf-8"}, 422),
        (b" " * 70_000, {}, 413),
        (iter([b" " * 40_000, b" " * 40_000]), {}, 413),  # chunked: no length is said
    ],
)
def test_a_body_is_refused_by_its_type_and_its_size(client, content, headers, status):
    response = client.post("/predict", content=content, headers=headers)
    assert response.status_code == status
    assert set(response.json()) == {"detail"}


def test_an_error_of_the_model_is_500_without_its_traceback(bundle, caplog):
    app = create_app(bundle.path)

    def broken(rows):
        raise RuntimeError("a secret")

    with TestClient(app) as client:
        app.state.service.predictor.scores_of_rows = broken
        response = client.post("/predict", json=ROW, headers={"x-request-id": "abc-1"})
    assert response.status_code == 500
    assert response.json() == {"detail": "internal error; request abc-1"}
    logged = next(one for one in caplog.records if one.message == "request failed")
    assert logged.request == "abc-1"
    assert "a secret" in str(logged.exc_info[1])


def test_a_model_that_gives_no_number_is_422(bundle):
    app = create_app(bundle.path)
    with TestClient(app) as client:
        app.state.service.predictor.scores_of_rows = lambda rows: [math.nan]
        assert client.post("/predict", json=ROW).status_code == 422
        app.state.service.predictor.scores = lambda columns: [0.5, math.inf]
        batch = client.post("/predict/batch", json={"rows": [ROW, ROW]})
    assert batch.json() == {"detail": "the model gives no number for row 1"}


@pytest.mark.parametrize("given", ["bad id", "x" * 65, "a\tb"])
def test_an_id_that_could_break_a_log_is_replaced(client, given):
    answer = client.get("/health", headers={"x-request-id": given})
    assert answer.headers["x-request-id"] not in ("", given)
    again = client.get("/health", headers={"x-request-id": "order-7.1"})
    assert again.headers["x-request-id"] == "order-7.1"


def test_a_whole_number_may_be_written_as_a_float(client):
    as_float, as_int = ({**ROW, "shop": shop} for shop in (3.0, 3))
    assert (
        client.post("/predict", json=as_float).json() == client.post("/predict", json=as_int).json()
    )
    least = client.post("/predict", json={**ROW, "shop": -(2**63)})
    assert least.status_code == 200
    for beyond in (1e300, 2.0**63):
        assert "does not fit" in client.post("/predict", json={**ROW, "shop": beyond}).text


def test_half_a_surrogate_pair_is_no_text(client):
    single = client.post("/predict", content=json.dumps({**ROW, "city": "\ud800"}))
    assert single.status_code == 422
    assert "feature 'city', row 0: a half of a surrogate pair" in single.json()["detail"]


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
