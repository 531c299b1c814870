"""Protocols, trials and their record."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from mlsd_kit.errors import UserError
from mlsd_kit.evaluation import Protocol, RunLog, Trial, auc_difference, run_trial


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=1200), "b": rng.normal(size=1200)})
    y = (rng.random(1200) < 1 / (1 + np.exp(1 - X["a"] - 0.5 * X["b"]))).astype(int)
    return X, y.to_numpy(), np.linspace(0, 100, 1200)


PROTOCOL = Protocol(60.0, 75.0, (0, 1), ("AUC", "log loss"), "AUC")
ONE, BOTH = Trial("logistic", ("a",), {"C": 1.0}), Trial("logistic", ("a", "b"), {"C": 1.0})


def logistic(features, seed, **settings):
    return LogisticRegression(**settings)


BUILDERS = {"logistic": logistic}


def test_the_parts_are_disjoint_and_whole():
    time = np.linspace(0, 100, 1001)
    parts = [PROTOCOL.train(time), PROTOCOL.choose(time), PROTOCOL.test(time)]
    assert (np.sum(parts, axis=0) == 1).all()
    assert time[parts[0]].max() < 60 <= time[parts[1]].min()
    assert time[parts[1]].max() < 75 <= time[parts[2]].min()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"test_from_h": 50.0}, "test_from_h: 50.0 is before"),
        ({"seeds": ()}, "seeds: at least one"),
        ({"metrics": ("AUC", "F7")}, "'F7' is none of"),
        ({"primary": "log loss", "metrics": ("AUC",)}, "not among the metrics"),
    ],
)
def test_a_protocol_that_cannot_be_is_one_line(change, says):
    with pytest.raises(UserError, match=says):
        dataclasses.replace(PROTOCOL, **change)


@pytest.mark.parametrize(
    "change", [{"test_from_h": 80.0}, {"seeds": (1,)}, {"margin": 0.1}, {"primary": "log loss"}]
)
def test_another_protocol_has_another_id(change):
    assert dataclasses.replace(PROTOCOL, **change).id != PROTOCOL.id
    assert dataclasses.replace(PROTOCOL).id == PROTOCOL.id


def test_a_run_is_what_scikit_learn_gives(data):
    X, y, time = data
    run = run_trial(BOTH, PROTOCOL, BUILDERS, X, y, time)[0]
    model = LogisticRegression(C=1.0).fit(X[time < 60], y[time < 60])
    p = model.predict_proba(X[time >= 75])[:, 1]
    assert run.p == pytest.approx(p)
    assert run.p_choose == pytest.approx(model.predict_proba(X[(time >= 60) & (time < 75)])[:, 1])
    assert run.metrics["AUC"] == pytest.approx(roc_auc_score(y[time >= 75], p))
    assert run.metrics["log loss"] == pytest.approx(log_loss(y[time >= 75], p))


def test_the_same_object_gives_the_same_run_and_another_another(data):
    first, second = (run_trial(ONE, PROTOCOL, BUILDERS, *data)[0] for _ in range(2))
    assert first.id == second.id
    assert np.array_equal(first.p, second.p)
    other = run_trial(ONE.but(settings={"C": 0.1}), PROTOCOL, BUILDERS, *data)
    assert len({first.id, *(run.id for run in other)}) == 3


def test_the_train_share_takes_the_latest_rows(data):
    seen = []

    class Recorder(LogisticRegression):
        def fit(self, X, y):
            seen.append(X.index)
            return super().fit(X, y)

    run_trial(ONE.but(train_share=0.25), PROTOCOL, {"logistic": lambda **_: Recorder()}, *data)
    whole = np.flatnonzero(PROTOCOL.train(data[2]))
    assert seen[0].tolist() == whole[-round(len(whole) / 4) :].tolist()


def test_a_trial_goes_to_plain_values_and_back():
    assert Trial.from_config(BOTH.config()) == BOTH
    assert BOTH.difference(ONE) == {"features": (["a", "b"], ["a"])}
    assert ONE.difference(ONE) == {}


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda d: run_trial(ONE.but(model="deep"), PROTOCOL, BUILDERS, *d), "'deep' is none of"),
        (lambda d: run_trial(ONE.but(features=("c",)), PROTOCOL, BUILDERS, *d), "'c' is no column"),
        (lambda d: Trial.from_config({"modle": "x"}), "'modle' is none of"),
        (lambda d: ONE.but(train_share=0.0), "train_share: 0.0 is above 0"),
    ],
)
def test_a_trial_that_cannot_be_is_one_line(data, call, says):
    with pytest.raises(UserError, match=says):
        call(data)


def test_runs_are_listed_filtered_and_compared(data, tmp_path):
    log = RunLog(tmp_path / "runs")
    one, both = (run_trial(trial, PROTOCOL, BUILDERS, *data) for trial in (ONE, BOTH))
    log.add([*one, *both])
    log.add(both)
    table = log.table()
    assert len(table) == 4
    assert table.loc[both[0].id, "AUC"] == pytest.approx(both[0].metrics["AUC"])
    assert set(log.table(features=2).index) == {run.id for run in both}
    y = data[1][PROTOCOL.test(data[2])]
    decision, differs = RunLog(tmp_path / "runs").compare(both[0].id, one[0].id, PROTOCOL, y)
    assert decision.difference == auc_difference(y, both[0].p, one[0].p)
    assert decision.verdict == "better"
    assert set(differs) == {"features"}


def test_a_metric_other_than_auc_is_compared_by_bootstrap(data):
    protocol = dataclasses.replace(PROTOCOL, primary="log loss")
    one, both = (run_trial(trial, protocol, BUILDERS, *data)[0] for trial in (ONE, BOTH))
    found = protocol.decide(data[1][protocol.test(data[2])], both.p, one.p)
    gap = both.metrics["log loss"] - one.metrics["log loss"]
    assert found.difference.estimate == pytest.approx(gap)
    assert found.verdict == "better"


def test_runs_of_two_protocols_are_not_compared(data, tmp_path):
    log, later = RunLog(tmp_path), dataclasses.replace(PROTOCOL, test_from_h=80.0)
    here = run_trial(ONE, PROTOCOL, BUILDERS, *data)[0]
    there = run_trial(ONE, later, BUILDERS, *data)[0]
    log.add([here, there])
    with pytest.raises(UserError, match="the two cannot be compared"):
        log.compare(there.id, here.id, PROTOCOL, data[1][PROTOCOL.test(data[2])])


def test_a_run_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(UserError, match="0 runs have an id that begins with 'abc'"):
        RunLog(tmp_path).run("abc")
    assert RunLog(tmp_path).table(model="logistic").empty


def test_an_unknown_column_is_one_line(data, tmp_path):
    log = RunLog(tmp_path)
    log.add(run_trial(ONE, PROTOCOL, BUILDERS, *data))
    with pytest.raises(UserError, match="'modle' is none of model"):
        log.table(modle="logistic")
