"""The router over HTTP: routes, fallbacks, configuration, shadow, rollout, and kill -9."""

import itertools
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pandas as pd
import psutil
import pytest

from mlsd_kit.deployment.release import (
    Canary,
    Fault,
    FaultyServer,
    Rollout,
    RouterConfig,
    RouterServer,
    ask_bodies,
    assign,
    compare_shadow,
    send_asks,
    standard_guards,
    units_by_arm,
)
from mlsd_kit.deployment.release.config import read_config
from mlsd_kit.deployment.release.decisions import DECISIONS
from mlsd_kit.deployment.server import json_columns
from mlsd_kit.errors import UserError

NOWHERE = "http://127.0.0.1:9"
NUMBERS = itertools.count()
LATE = Fault(delay_s=5.0)


@pytest.fixture(scope="module")
def fleet(bundle):
    with FaultyServer(bundle) as champion, FaultyServer(bundle) as challenger:
        yield {"champion": champion, "challenger": challenger}


@pytest.fixture
def models(fleet):
    for server in fleet.values():
        server.set_fault(Fault())
    return {name: server.url for name, server in fleet.items()} | {"down": NOWHERE}


@pytest.fixture(scope="module")
def running(fleet, tmp_path_factory):
    models = {name: server.url for name, server in fleet.items()}
    config = RouterConfig(models=models, champion="champion")
    with RouterServer(tmp_path_factory.mktemp("router"), config) as server:
        yield server


@pytest.fixture
def router(running, models):
    """The router with only a champion; a test changes what it needs."""
    plain = {"rules": [], "split": None, "shadow": None, "standby": None, "deadline_s": 10.0}
    running.configure(running.config.but(models=models, champion="champion", **plain))
    return running


@pytest.fixture(scope="module")
def sent_rows(bundle, fresh):
    lists = json_columns(fresh[0].iloc[:120], bundle.manifest.inputs)
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


@pytest.fixture
def asks(sent_rows):
    return ask_bodies(sent_rows, (f"u{k % 90}" for k in range(len(sent_rows))), f"{next(NUMBERS)}-")


def halves(share=0.5, first="challenger"):
    return {
        "first": {"model": first, "share": share},
        "second": {"model": "champion", "share": 1 - share},
    }


def test_a_segment_goes_by_its_rule_and_all_else_to_the_champion(router, asks, sent_rows, models):
    rule = {"feature": "city", "values": ["Oslo"], "model": "challenger"}
    router.configure(router.config.but(rules=[rule], split={"salt": "x", "arms": halves(1.0)}))
    got = send_asks(router.url, asks)
    log = router.decisions().loc[got.index]
    oslo = [row["city"] == "Oslo" for row in sent_rows]
    assert (log["arm"] == "rule").tolist() == oslo
    assert (log.loc[oslo, "propensity"] == 1).all()
    assert log.loc[oslo, "salt"].isna().all()  # not part of the experiment
    assert (got["status"] == 200).all()


def test_a_split_is_the_hash_and_is_logged_with_its_propensity(router, asks):
    router.configure(router.config.but(split={"salt": "x", "arms": halves(0.2)}))
    got = send_asks(router.url, asks)
    assert set(got["status"]) == {200}
    log = router.decisions().loc[got.index]
    arms = units_by_arm(log, "x")
    assert {u: assign(u, "x", {"first": 0.2, "second": 0.8}) for u in arms.index} == dict(arms)
    assert set(arms) == {"first", "second"}
    assert log["propensity"].tolist() == [0.2 if arm == "first" else 0.8 for arm in log["arm"]]
    assert log["version"].nunique() == 1


@pytest.mark.parametrize(
    ("fault", "outcome"), [(LATE, "too_late"), (Fault(error_share=1.0), "failed")]
)
def test_the_champion_answers_for_a_model_that_fails_or_is_late(
    router, fleet, asks, fault, outcome
):
    arms = halves(1.0)
    router.configure(router.config.but(split={"salt": "x", "arms": arms}, deadline_s=1.0))
    fleet["challenger"].set_fault(fault)
    got = send_asks(router.url, asks[:8], connections=8)
    log = router.decisions().loc[got.index]
    assert (got["status"] == 200).all()
    assert (got["model"] == "champion").all()
    assert (log["intended"] == "challenger").all()
    assert (log["outcome"] == outcome).all()


def test_when_nobody_answers_it_says_who_was_asked(router, asks):
    config = router.config.but(champion="down", standby="challenger")
    router.configure(config)
    assert router.post("/predict", asks[0])["model"] == "challenger"
    router.configure(config.but(standby=None))
    with pytest.raises(UserError, match=r"no model answered: down \(failed\)"):
        router.post("/predict", asks[1])
    assert pd.isna(router.decisions().loc[asks[1]["request"], "model"])


def test_a_request_that_the_champion_refuses_is_the_callers_and_is_no_decision(router, asks):
    router.configure(router.config.but(split={"salt": "x", "arms": halves(1.0)}))
    wrong = {"unit": "u", "features": {"shop": 1}, "request": "refused"}
    with pytest.raises(UserError, match="feature 'city' is missing"):
        router.post("/predict", wrong)
    router.post("/predict", asks[0])
    assert "refused" not in router.decisions().index


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"[1]", 422),
        (b'{"unit": "u", "features": {"shop": NaN}}', 422),
        (b'{"unit": "u", "features": {}}' + b" " * 2**20, 422),
        (b"\xff", 422),
    ],
)
def test_a_bad_request_is_one_line(router, body, status):
    answer = httpx.post(f"{router.url}/predict", content=body)
    assert answer.status_code == status
    assert "\n" not in answer.json()["detail"]


def test_a_bad_configuration_is_refused_and_the_old_one_stays(router, asks):
    config = router.config
    answer = httpx.put(f"{router.url}/config", json={**config.model_dump(), "champion": "c"})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("champion: there is no model 'c'")
    assert httpx.put(f"{router.url}/config", content=b"{").status_code == 422
    assert router.config == config
    assert router.post("/predict", asks[0])["model"] == "champion"


def test_of_two_changes_from_the_same_version_one_is_refused(router):
    config = router.config
    router.configure(config.but(deadline_s=1.0))
    with pytest.raises(UserError, match=f"version {config.version + 1} is in force"):
        router.configure(config.but(deadline_s=2.0))
    assert router.config.deadline_s == 1.0
    assert read_config(router.folder) == router.config


def test_changes_under_load_lose_no_request_and_each_is_answered_by_its_version(router, asks):
    versions = {router.config.version: "champion"}
    done = threading.Event()

    def change():
        while not done.is_set():
            config = router.config
            other = "challenger" if config.champion == "champion" else "champion"
            versions[config.version + 1] = other
            router.configure(config.but(champion=other, deadline_s=10 - config.version % 2))

    with ThreadPoolExecutor() as pool:
        changing = pool.submit(change)
        got = send_asks(router.url, asks * 2, connections=4)
        done.set()
        changing.result()
    assert (got["status"] == 200).all()
    log = router.decisions().loc[got.index.unique()]
    assert log["config"].nunique() > 1
    assert (log["model"] == log["config"].map(versions)).all()


def test_a_shadow_is_compared_and_its_faults_are_not_the_callers(router, fleet, asks):
    router.configure(router.config.but(shadow={"model": "challenger", "queue": 1000}))
    fleet["challenger"].set_fault(Fault(log_odds=1.0, error_share=0.3))
    got = send_asks(router.url, asks)
    counts = router.drain_shadow()
    report = compare_shadow(got.assign(model_ms=got["ms"]), router.shadows(), 0.01, 0.5)
    assert (got["status"] == 200).all()
    assert counts["answered"] + counts["failed"] == len(asks)
    assert report.unanswered == counts["failed"] > 0
    assert len(report.rows) == counts["answered"]
    assert (report.rows["difference"] > 0).all()
    assert (report.rows["flip"] >= 0).all()
    assert report.rows["flip"].sum() > 0


def test_what_does_not_fit_in_the_shadows_queue_is_dropped_and_counted(router, fleet, asks):
    shadow = {"model": "challenger", "queue": 3, "deadline_s": 20.0}
    router.configure(router.config.but(shadow=shadow))
    fleet["challenger"].set_fault(LATE)
    got = send_asks(router.url, asks[:20])
    assert (got["model"] == "champion").all()
    metrics = router.get("/metrics")
    assert 'router_shadow_copies{outcome="dropped"} 16.0' in metrics  # 1 under way, 3 wait
    assert "router_shadow_waiting 3.0" in metrics


def test_a_part_of_the_traffic_can_be_mirrored(router, asks):
    router.configure(router.config.but(shadow={"model": "challenger", "share": 0.25}))
    send_asks(router.url, asks)
    assert 12 <= router.drain_shadow()["answered"] <= 50


def test_a_good_canary_is_promoted_and_the_old_champion_stands_by(router, sent_rows):
    canary = Canary(standard_guards(slow=20.0), stages=(0.1, 0.5), per_stage=15)
    rollout, sent = Rollout(router, "challenger", "good", canary), 0
    while rollout.step() == "running":
        asks = ask_bodies(sent_rows, range(sent, sent + len(sent_rows)), f"good-{sent}-")
        assert (send_asks(router.url, asks)["status"] == 200).all()
        sent += len(sent_rows)
    assert canary.state == "promoted"
    config = router.config
    assert (config.champion, config.standby, config.split) == ("challenger", "champion", None)
    assert rollout.step() == "promoted"
    assert router.config == config


def test_a_canary_that_is_killed_is_rolled_back_and_every_caller_answered(
    router, sent_rows, bundle
):
    with FaultyServer(bundle) as victim:
        router.configure(router.config.but(models=router.config.models | {"new": victim.url}))
        rollout = Rollout(router, "new", "killed", Canary(stages=(0.2, 0.5), per_stage=100))
        rollout.step()
        first = send_asks(router.url, ask_bodies(sent_rows[:50], range(50), "before-"))
        psutil.Process(victim.pids[0]).kill()
        sent, got = 50, [first]
        while rollout.step() == "running":
            asks = ask_bodies(sent_rows[:100], range(sent, sent + 100), f"after-{sent}-")
            got.append(send_asks(router.url, asks))
            sent += 100
    assert all((answers["status"] == 200).all() for answers in got)
    assert "new" in set(first["model"])
    assert rollout.canary.state == "rolled back"
    assert rollout.canary.reason.startswith("errors at the 20 % stage: ")
    assert router.config.split is None
    assert router.config.champion == "champion"
    again = Rollout(router, "new", "killed", Canary(stages=(0.2, 0.5), per_stage=100))
    assert again.step() == "rolled back"  # one made anew reads the log from the start
    assert again.canary.requests == rollout.canary.requests


def test_a_killed_router_leaves_whole_lines_and_goes_on_where_it_was(models, asks, tmp_path):
    router = RouterServer(tmp_path, RouterConfig(models=models, champion="champion"))
    router.start()
    try:
        router.configure(router.config.but(split={"salt": "kill", "arms": halves()}))
        process, done = psutil.Process(router.pids[0]), threading.Event()
        with ThreadPoolExecutor() as pool:
            pool.submit(kill_after, process, tmp_path / DECISIONS, 60, done)
            got = send_asks(router.url, asks, connections=4)
            done.set()
    finally:
        router.stop()
    answered = got.index[got["status"] == 200]
    assert 0 < len(answered) < len(asks)
    content = (tmp_path / DECISIONS).read_bytes()
    logged = {json.loads(line)["request"] for line in content.splitlines(keepends=True)}
    assert content.endswith(b"\n")
    assert set(answered) <= logged
    again = RouterServer(tmp_path)
    with again:
        assert again.config.version == 2
        later = send_asks(again.url, ask_bodies([asks[0]["features"]], ["u1"], "later-"))
        assert (later["status"] == 200).all()
        assert later["arm"].iloc[0] == assign("u1", "kill", {"first": 0.5, "second": 0.5})
        assert len(again.decisions()) == len(logged) + 1


def kill_after(process, log, lines, done):
    """Kill the process once its log has so many lines."""
    with open(log, "rb") as file:
        count = 0
        while count < lines and not done.is_set():
            count += len(file.readlines())
    process.kill()
