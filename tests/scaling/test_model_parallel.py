"""A model split over processes is the same model: outputs, gradients, memory, bytes."""

import numpy as np
import pytest

from mlsd_kit.errors import UserError
from mlsd_kit.scaling.parallel import Crew, Tower, bubble_share, train_tower, workers_needed

BATCH, IDS = 16, 3


@pytest.fixture(scope="module")
def crew():
    with Crew(2) as started:
        yield started


@pytest.fixture(scope="module")
def batch():
    random = np.random.default_rng(5)
    ids = random.integers(0, 100, (BATCH, IDS))
    return ids, random.normal(size=(BATCH, 6)), random.integers(0, 2, BATCH)


def by_hand(parameters, ids, items, y):
    """Outputs, loss and gradients of the unsplit model, derived with pencil and paper."""
    p = {name: value.astype(float) for name, value in parameters.items()}
    x = p["table"][ids].mean(axis=1)
    before = x @ p["w1"] + p["b1"]
    hidden = np.maximum(before, 0)
    outputs = hidden @ p["w2"] + p["b2"]
    logits = (outputs * items).sum(axis=1)
    loss = np.mean(np.logaddexp(0, logits) - y * logits)
    d_out = ((1 / (1 + np.exp(-logits)) - y) / len(y))[:, None] * items
    d_before = (d_out @ p["w2"].T) * (before > 0)
    d_table = np.zeros_like(p["table"])
    np.add.at(d_table, ids, np.repeat((d_before @ p["w1"].T)[:, None] / IDS, IDS, axis=1))
    gradients = {
        "table": d_table,
        "w1": x.T @ d_before,
        "b1": d_before.sum(axis=0),
        "w2": hidden.T @ d_out,
        "b2": d_out.sum(axis=0),
    }
    return outputs, loss, gradients


@pytest.mark.parametrize("cut", ["rows", "columns"])
def test_split_over_two_processes_it_has_the_outputs_and_gradients_of_the_unsplit_model(
    crew, batch, cut
):
    tower = Tower(rows=100, width=8, hidden=12, outputs=6, cut=cut)
    # Without a learning rate the parameters after training are those at the start.
    still = train_tower(crew, tower, *batch, learning_rate=0.0, steps=2)
    outputs, loss, gradients = by_hand(still.parameters, *batch)
    np.testing.assert_allclose(still.outputs, outputs, rtol=1e-4, atol=1e-6)
    assert still.losses[0] == pytest.approx(loss, rel=1e-5)
    assert set(still.gradients) == set(gradients)
    for name, expected in gradients.items():
        assert still.gradients[name].shape == tower.shapes()[name]
        np.testing.assert_allclose(still.gradients[name], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("cut", ["rows", "columns"])
def test_training_runs_the_same_course_on_one_process_and_on_two(crew, batch, cut):
    tower = Tower(rows=100, width=8, hidden=12, outputs=6, cut=cut)
    one, two = (train_tower(crew, tower, *batch, workers=n, steps=6) for n in (1, 2))
    np.testing.assert_allclose(two.losses, one.losses, rtol=1e-4)
    assert two.losses[-1] < two.losses[0]
    for name in tower.shapes():
        np.testing.assert_allclose(two.parameters[name], one.parameters[name], rtol=1e-3, atol=1e-4)
    # The biases of the last layer are on both; all else is divided.
    assert one.worker_bytes == tower.worker_bytes(1)
    assert two.worker_bytes == tower.worker_bytes(2)
    assert two.worker_bytes < 0.52 * one.worker_bytes


@pytest.mark.parametrize("cut", ["rows", "columns"])
def test_the_bytes_on_the_wire_are_those_of_the_formula(crew, cut):
    random = np.random.default_rng(1)
    tower = Tower(rows=200, width=64, hidden=32, outputs=16, cut=cut)
    ids = random.integers(0, 200, (512, IDS))
    items, y = random.normal(size=(512, 16)), random.integers(0, 2, 512)
    run = train_tower(crew, tower, ids, items, y)
    # Headers of messages and a scalar come on top of the payload.
    assert 1.0 <= run.bytes_sent / tower.step_bytes(512, 2) < 1.03
    alone = train_tower(crew, tower, ids, items, y, workers=1)
    assert alone.bytes_sent == tower.step_bytes(512, 1) == 0


def test_a_budget_that_one_process_does_not_keep_is_enough_for_two(crew):
    random = np.random.default_rng(1)
    tower = Tower(rows=400_000, width=32, hidden=32, outputs=6)
    ids = random.integers(0, tower.rows, (BATCH, IDS))
    batch = ids, random.normal(size=(BATCH, 6)), random.integers(0, 2, BATCH)
    budget = 200_000_000
    with pytest.raises(UserError, match=r"^train_tower: worker 0 .*Out of memory") as refused:
        train_tower(crew, tower, *batch, workers=1, steps=2, budget_bytes=budget)
    assert "\n" not in str(refused.value)
    split = train_tower(crew, tower, *batch, workers=2, steps=2, budget_bytes=budget)
    assert split.worker_bytes < budget < 2 * tower.worker_bytes(1)


def test_workers_needed_counts_every_copy():
    # 100 million ids × 64 numbers: 25.6 GB once, 76.8 GB with gradient and state.
    assert workers_needed(64e8, 16e9, copies=1) == 2
    assert workers_needed(64e8, 16e9) == 5
    assert workers_needed(1, 1e9) == 1
    with pytest.raises(ValueError, match="positive"):
        workers_needed(0, 1e9)


def test_bytes_of_a_step_do_not_grow_much_with_workers():
    tower = Tower(rows=1000, width=64, hidden=128, outputs=32)
    two, many = tower.step_bytes(100, 2), tower.step_bytes(100, 1000)
    assert two < many < 2 * two
    assert tower.step_bytes(100, 1) == 0


def test_the_bubble_shrinks_with_micro_batches():
    assert bubble_share(1, 8) == 0
    assert bubble_share(4, 4) == pytest.approx(3 / 7)
    with pytest.raises(ValueError, match="at least one"):
        bubble_share(0, 4)


def test_what_does_not_fit_is_refused_before_a_process_works(crew, batch):
    ids, items, y = batch
    tower = Tower(rows=100, width=8, hidden=12, outputs=6)
    with pytest.raises(ValueError, match="items of shape"):
        train_tower(crew, tower, ids, items[:, :2], y)
    with pytest.raises(ValueError, match="between 0 and 99"):
        train_tower(crew, tower, ids + 100, items, y)
    with pytest.raises(ValueError, match="over 2 workers"):
        train_tower(crew, Tower(101, 8, 12, 6), ids, items, y)
    with pytest.raises(ValueError, match="2 steps"):
        train_tower(crew, tower, ids, items, y, steps=1)
