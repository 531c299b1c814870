"""A model that learns from the stream: its state, snapshots through kills, the gate, going back."""

import io
import multiprocessing
import os
import pickle
import signal
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from mlsd_kit.deployment.online import (
    LossGate,
    OnlineLogistic,
    SnapshotStore,
    learn_stream,
    retrained_predictions,
    row_losses,
)
from mlsd_kit.errors import UserError


def make_stream(n, seed=0):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {
            "price": rng.lognormal(size=n).astype("float32"),
            "age": rng.normal(40, 10, n).astype("float32"),
            "city": rng.choice(["Oslo", "Bonn", "Lima"], n),
        }
    )
    rows.loc[rng.random(n) < 0.05, "age"] = np.nan
    logit = -1 + 0.1 * (rows["age"].fillna(40) - 40) + (rows["city"] == "Oslo")
    return rows, (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(int).to_numpy()


X, Y = make_stream(6000)


def new_model(rate=0.02):
    return OnlineLogistic(X[:1000], ["price", "age"], ["city"], rate=rate)


def test_it_learns_and_its_progressive_loss_is_that_of_unseen_rows():
    model = new_model()
    streamed = learn_stream(model, X, Y, batch=100)
    assert streamed.alarm is None
    assert len(streamed.batches) == 60
    assert streamed.batches["loss"][0] == pytest.approx(np.log(2))
    assert streamed.batches["loss"][40:].mean() < log_loss(Y, np.full(len(Y), Y.mean())) - 0.05
    by_hand, fresh = [], new_model()
    for begin in range(0, 600, 100):
        by_hand.append(fresh.predict(X[begin : begin + 100]))
        fresh.learn(X[begin : begin + 100], Y[begin : begin + 100])
    np.testing.assert_array_equal(streamed.p[:600], np.concatenate(by_hand))


def test_the_losses_are_those_of_scikit_learn():
    p = np.array([0.2, 0.9, 0.5, 1.0])
    assert row_losses([0, 1, 1, 1], p).mean() == pytest.approx(log_loss([0, 1, 1, 1], p), abs=1e-5)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=8))
def test_what_is_learned_does_not_depend_on_the_batches(sizes):
    whole, parts = new_model(), new_model()
    cuts = np.minimum(np.cumsum(sizes), 600)
    rows = int(cuts[-1])
    whole.learn(X[:rows], Y[:rows])
    for begin, end in zip([0, *cuts[:-1]], cuts, strict=True):
        if end > begin:
            parts.learn(X[begin:end], Y[begin:end])
    assert parts.data_version == whole.data_version
    np.testing.assert_array_equal(parts.predict(X[:50]), whole.predict(X[:50]))


def test_the_data_version_knows_every_value_and_the_order():
    changed = X[:100].copy()
    changed.loc[70, "price"] += 0.001
    town = X[:100].assign(city=X["city"][:100].where(X.index[:100] != 3, "Rome"))
    flipped = np.where(np.arange(100) == 5, 1 - Y[:100], Y[:100])
    versions = set()
    for rows, labels in (
        (X[:100], Y[:100]), (changed, Y[:100]), (town, Y[:100]), (X[:100], flipped),
        (X[:100][::-1], Y[:100][::-1]), (X[:99], Y[:99]),
    ):  # fmt: skip
        model = new_model()
        model.learn(rows, labels)
        versions.add(model.data_version)
    assert len(versions) == 6


def test_a_stored_model_goes_on_exactly_as_if_it_had_never_been_stored(tmp_path):
    store, model = SnapshotStore(tmp_path), new_model()
    model.learn(X[:500], Y[:500])
    snapshot = store.save(model, 500)
    back = store.load(snapshot)
    for one in (model, back):
        one.learn(X[500:900], Y[500:900])
    np.testing.assert_array_equal(back.predict(X), model.predict(X))
    assert back.data_version == model.data_version
    assert store.save(back, 900) == store.save(model, 900)


def test_words_and_gaps_that_were_never_seen_are_no_error():
    model = new_model()
    model.learn(X[:500], Y[:500])
    odd = pd.DataFrame({"price": [np.nan, 1e9], "age": [np.nan, -1e9], "city": ["Rome", ""]})
    assert np.isfinite(model.predict(odd.astype({"price": "float32", "age": "float32"}))).all()
    with pytest.raises(UserError, match="misses feature 'city'"):
        model.predict(X[["price", "age"]])


def test_snapshots_are_kept_at_their_positions_and_found_again(tmp_path):
    store = SnapshotStore(tmp_path)
    learn_stream(new_model(), X[:1000], Y[:1000], batch=100, position=5000, store=store, every=4)
    assert [s.position for s in store.list()] == [5000, 5400, 5800]
    assert store.before(5799).position == 5400
    assert store.before(5400).position == 5400
    with pytest.raises(UserError, match="no snapshot at or before row 4999"):
        store.before(4999)


def spoil_weight(path):
    with np.load(path) as file:
        arrays = dict(file)
    arrays["weights"] = arrays["weights"] + 1e-9
    np.savez(path, **arrays)


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-200])


def flip_byte(path):
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(body)


def other_position(path):
    path.rename(path.with_name(path.name.replace("000000000500", "000000000700")))


def not_an_archive(path):
    path.write_text("weights")


@pytest.mark.parametrize(
    "damage", [spoil_weight, cut_short, flip_byte, other_position, not_an_archive]
)
def test_a_damaged_snapshot_is_refused_in_one_line(tmp_path, damage):
    store = SnapshotStore(tmp_path)
    damage(store.save(new_model(), 500).path)
    with pytest.raises(UserError, match=r"snapshot|changed") as refused:
        store.list()
    assert "\n" not in str(refused.value)


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_a_pickle_in_a_snapshot_is_not_run(tmp_path):
    store = SnapshotStore(tmp_path / "store")
    snapshot = store.save(new_model(), 500)
    fired = tmp_path / "fired"
    with np.load(snapshot.path) as file:
        arrays = dict(file)
    arrays["weights"] = np.array([Bomb(fired)], dtype=object)
    np.savez(snapshot.path, **arrays)
    with pytest.raises(UserError, match="no snapshot"):
        store.load(snapshot)
    assert not fired.exists()
    pickle.loads(pickle.dumps(Bomb(fired)))
    assert fired.exists()


def test_a_state_that_is_no_models_is_refused():
    values, arrays = new_model().state()
    with pytest.raises(UserError, match="not the state"):
        OnlineLogistic.from_state(values, {**arrays, "weights": np.zeros((1, 3))})
    with pytest.raises(UserError, match="not the state"):
        OnlineLogistic.from_state({}, arrays)


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot keep snapshots"):
        SnapshotStore(tmp_path / "file" / "store")


forks = pytest.mark.skipif(sys.platform != "linux", reason="forks")
FORK = multiprocessing.get_context("fork") if sys.platform == "linux" else None


def large_model():
    return OnlineLogistic(X[:1000], ["price", "age"], ["city"], buckets=400_000)


def save_until_killed(folder, told):
    store, model = SnapshotStore(folder), large_model()
    for position in range(1000):
        told.send(position)
        store.save(model, position)


@forks
def test_kill_9_at_any_moment_leaves_the_last_or_the_new_snapshot(tmp_path):
    draw, interrupted = np.random.default_rng(0), 0
    for attempt in range(25):
        folder = tmp_path / str(attempt)
        hears, told = FORK.Pipe(duplex=False)
        learner = FORK.Process(target=save_until_killed, args=(folder, told))
        learner.start()
        begun = [hears.recv() for _ in range(1 + attempt % 3)][-1]
        learner.join(timeout=draw.uniform(0, 0.05))
        os.kill(learner.pid, signal.SIGKILL)
        learner.join()
        while hears.poll():
            begun = hears.recv()
        interrupted += any(folder.glob(".part-*"))
        found = SnapshotStore(folder).list()
        assert [s.position for s in found] in (list(range(begun)), list(range(begun + 1)))
        assert not any(folder.glob(".part-*"))
    assert interrupted > 0


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def save_and_die_at(folder, step):
    store, model = SnapshotStore(folder), new_model()
    store.save(model, 0)
    model.learn(X[:100], Y[:100])
    setattr(os, step, lambda *arguments: die())
    store.save(model, 100)


@forks
@pytest.mark.parametrize("step", ["fdopen", "fsync", "replace", "open"])
def test_a_kill_at_each_step_of_writing_leaves_a_whole_store(tmp_path, step):
    learner = FORK.Process(target=save_and_die_at, args=(tmp_path, step))
    learner.start()
    learner.join()
    assert learner.exitcode == -signal.SIGKILL
    store = SnapshotStore(tmp_path)
    assert [s.position for s in store.list()] in ([0], [0, 100])
    resumed = store.load(store.list()[-1])
    rest = slice(store.list()[-1].position, 300)
    resumed.learn(X[rest], Y[rest])
    whole = new_model()
    whole.learn(X[:300], Y[:300])
    np.testing.assert_array_equal(resumed.predict(X), whole.predict(X))


def test_the_gate_is_the_published_sum():
    usual = [1.0, 3.0] * 10
    gate = LossGate(usual, slack=0.5, bound=2.0)
    spread = np.std(usual, ddof=1)
    losses, sums, total = [2.0, 5.0, 2.0, 6.0, 6.0], [], 0.0
    for value in losses:
        total = max(0.0, total + (value - 2.0) / spread - 0.5)
        sums.append(total)
    alarms = [gate.observe(value) for value in losses]
    assert gate.sums == pytest.approx(sums)
    assert alarms == [s > 2.0 for s in sums]
    assert gate.began == 1
    with pytest.raises(ValueError, match="at least 10"):
        LossGate([1.0] * 20)


def test_the_gate_is_silent_on_usual_losses_and_finds_a_shift():
    rng = np.random.default_rng(0)
    usual = rng.normal(0.4, 0.05, 100)
    false = 0
    for _ in range(200):
        gate = LossGate(usual)
        false += any(gate.observe(v) for v in rng.normal(0.4, 0.05, 100))
    assert false <= 2
    gate = LossGate(usual)
    stream = np.concatenate([rng.normal(0.4, 0.05, 40), rng.normal(0.55, 0.05, 20)])
    alarms = np.flatnonzero([gate.observe(v) for v in stream])
    assert 40 < alarms[0] < 50
    assert 38 <= gate.began <= 41


@pytest.fixture
def attacked(tmp_path):
    """A stream with a poisoned stretch, learned behind a gate until it closes."""
    start, stop = 3200, 4400
    stretch = (np.arange(len(Y)) >= start) & (np.arange(len(Y)) < stop)
    wrong = stretch & (np.random.default_rng(1).random(len(Y)) < 0.25)
    labels = np.where(wrong, 1 - Y, Y)
    store, model = SnapshotStore(tmp_path), new_model()
    clean = learn_stream(model, X[:2000], Y[:2000], batch=100)
    gate = LossGate(clean.batches["loss"][10:])
    streamed = learn_stream(
        model, X[2000:], labels[2000:], batch=100, position=2000, store=store, every=3, gate=gate
    )
    return store, streamed, labels, start, stop


def test_the_gate_stops_the_learning_of_poison(attacked):
    store, streamed, _, start, stop = attacked
    assert start < streamed.alarm < stop
    assert abs(streamed.began - start) <= 200
    assert np.isnan(streamed.p[streamed.alarm - 2000 + 100 :]).all()
    assert store.list()[-1].position <= streamed.alarm


def test_going_back_and_replaying_without_the_poison_gives_the_model_that_never_saw_it(attacked):
    store, _, labels, start, stop = attacked
    poisoned = store.load(store.list()[-1])
    snapshot = store.before(start)
    back, rows = store.load(snapshot), np.arange(len(Y))
    keep = (rows < start) | (rows >= stop)
    again = keep & (rows >= snapshot.position)
    learn_stream(back, X[again], labels[again], batch=100)
    never = new_model()
    learn_stream(never, X[keep], Y[keep], batch=170)
    assert back.data_version == never.data_version
    for ours, theirs in zip(back.state()[1].values(), never.state()[1].values(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert poisoned.data_version != never.data_version


def test_a_model_that_is_trained_anew_never_sees_the_rows_that_it_predicts():
    hours = np.arange(100) * 1.0
    seen = []

    def fit(past):
        seen.append(past)
        return lambda rows: np.full(len(rows), past.stop)

    p, times = retrained_predictions(fit, X[:100], hours, first=40, every_h=24)
    assert times == 3
    assert [past.stop for past in seen] == [40, 64, 88]
    assert p.tolist() == [40] * 24 + [64] * 24 + [88] * 12
    with pytest.raises(ValueError, match="begins at row"):
        retrained_predictions(fit, X[:100], hours, first=0, every_h=24)


def test_a_stream_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="labels of shape"):
        learn_stream(new_model(), X, Y[:5])


def test_a_snapshot_is_an_archive_that_numpy_reads_without_pickle(tmp_path):
    snapshot = SnapshotStore(tmp_path).save(new_model(), 7)
    with np.load(io.BytesIO(snapshot.path.read_bytes()), allow_pickle=False) as file:
        assert {"weights", "intercept", "mean", "spread", "steps", "manifest"} == set(file.files)
