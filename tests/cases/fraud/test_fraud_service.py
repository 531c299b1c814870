"""The fraud case: its service and its store, over HTTP."""

import pandas as pd
import pytest

from mlsd_kit.cases import load_case
from mlsd_kit.deployment import AppServer, build_reference, save_bundle, to_onnx

CASE = load_case("fraud_detection")
W = CASE.world()


@pytest.fixture(scope="module")
def bundle(payments, detector, tmp_path_factory):
    X = payments.X.tail(100).reset_index(drop=True)
    line = (detector.line.slope_, detector.line.intercept_)
    return save_bundle(
        tmp_path_factory.mktemp("bundle"),
        name="fraud",
        model=to_onnx(detector.model, payments.X.head(500), log_odds_line=line),
        holdout=X,
        expected=detector.score(X),
        reference=build_reference(X, detector.score(X), categorical=["category"]),
        metrics={},
        training={},
    )


def test_the_service_agrees_with_the_batch_and_answers_when_the_store_does_not(
    payments, detector, bundle, tmp_path
):
    last = payments.days(W.DAYS - 1, W.DAYS)
    payments.days(W.DAYS - 9, W.DAYS - 1).frame[W.KEYS].to_parquet(tmp_path / "week.parquet")
    bodies = W.requests(last.frame.head(15))
    store = AppServer(
        CASE.folder / "store.py", "create_app", {"history": str(tmp_path / "week.parquet")}
    ).start()
    settings = {"bundle": str(bundle.path), "store": store.url, "deadline_ms": 10_000.0}
    with AppServer(CASE.folder / "service.py", "create_app", settings) as service:
        answers = [service.post("/decide", body) for body in bodies]
        p = detector.score(last.X.head(15))
        assert [a["p"] for a in answers] == pytest.approx(p.tolist(), abs=1e-5)
        expected = W.money.decide(p, last.amount[:15], 0.02).tolist()
        assert [a["decision"] for a in answers] == expected
        assert service.post("/selfcheck")["passes"]
        assert service.get("/counts")["in_time"] == 15

        by_rule = W.rules.by_rule(W.request_columns(last.frame.head(15))).tolist()
        service.post("/deadline", {"ms": 20})
        store.post("/slow", {"ms": 60_000})
        late = [service.post("/decide", body) for body in bodies[:5]]
        assert [a["decision"] for a in late] == by_rule[:5]
        assert {a["reason"] for a in late} == {"by rule: feature store too_late"}

        store.stop()
        gone = [service.post("/decide", body) for body in bodies]
        assert [a["decision"] for a in gone] == by_rule
        assert {a["p"] for a in gone} == {None}
        counts = service.get("/counts")
        assert (counts["too_late"], counts["failed"]) == (5, 15)
        assert 'outcome="failed"} 15' in service.get("/metrics")


def test_the_store_takes_late_events_at_the_latest_time(tmp_path):
    event = {"card_id": 1, "device_id": 2, "merchant_id": 3, "amount_cents": 500}
    pd.DataFrame([event | {"time_h": 10.0}]).to_parquet(tmp_path / "week.parquet")
    with AppServer(
        CASE.folder / "store.py", "create_app", {"history": str(tmp_path / "week.parquet")}
    ) as store:
        assert store.post("/observe", event | {"time_h": 10.5})["card_n_1h"] == 1
        assert store.post("/observe", event | {"time_h": 10.4})["card_n_1h"] == 2
        assert store.post("/observe", event | {"time_h": 12.0})["card_n_1h"] == 0
        assert store.get("/entries")["entries"] > 0
