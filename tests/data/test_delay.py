import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.data import (
    corrected_rate,
    delay_distribution,
    label_at,
    plot_share_seen,
    positive_weights,
    share_seen,
)

mpl.use("agg")


@pytest.fixture(scope="module")
def world():
    """Simulated: 200,000 events over 72 h, 20 % clicked, exponential delays of mean 12 h."""
    rng = np.random.default_rng(0)
    event = rng.uniform(0, 72, 200_000)
    delay = np.where(rng.random(200_000) < 0.2, rng.exponential(12, 200_000), np.nan)
    return event, delay


def test_a_label_is_known_when_the_click_has_come():
    event, delay = [0, 0, 2, 2], [5, 6.5, 4, np.nan]
    assert label_at(event, delay, 6).tolist() == [1, 0, 1, 0]
    assert label_at(event, delay, 7).tolist() == [1, 1, 1, 0]


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 100)), min_size=1), st.floats(10, 200))
def test_labels_never_go_back(events, cutoff):
    event, delay = np.array(events).T
    first, later = label_at(event, delay, cutoff), label_at(event, delay, cutoff + 5)
    assert (first <= later).all()


def test_label_mistakes():
    with pytest.raises(ValueError, match="1 events are after the cut-off at 6 h"):
        label_at([0, 7], [1, 1], 6)
    with pytest.raises(ValueError, match="negative"):
        label_at([0], [-1], 6)
    with pytest.raises(ValueError, match="event times"):
        label_at([0, 1], [1], 6)


def test_share_seen_of_an_exponential_delay(world):
    _, delay = world
    shares = share_seen(delay, [6, 12, 48])
    expected = 1 - np.exp(-np.array([6, 12, 48]) / 12)
    np.testing.assert_allclose(shares, expected, atol=0.01)
    with pytest.raises(ValueError, match="no clicks"):
        share_seen([np.nan])


def test_the_delay_distribution_has_not_the_bias_of_the_known_delays(world):
    event, delay = world
    cutoff = 72.0
    distribution = delay_distribution(event, delay, cutoff)
    hours = np.array([1, 6, 12, 24, 48])
    truth = (1 - np.exp(-hours / 12)) / (1 - np.exp(-72 / 12))
    np.testing.assert_allclose(distribution(hours), truth, atol=0.015)
    known = delay[event + delay <= cutoff]
    naive = np.searchsorted(np.sort(known), hours, side="right") / known.size
    assert naive[1] - truth[1] > 0.03
    assert distribution(0) == 0
    assert distribution(1e6) == 1
    assert distribution.longest_h == pytest.approx(72, abs=0.01)


def test_without_truncation_it_is_the_empirical_distribution():
    delay = np.array([1.0, 2.0, 2.0, 5.0, np.nan])
    distribution = delay_distribution(np.zeros(5), delay, cutoff_h=1000)
    np.testing.assert_allclose(distribution([0.5, 1, 2, 4, 5]), [0, 0.25, 0.75, 0.75, 1])


def test_a_worked_example_of_right_truncation():
    event, delay, cutoff = np.array([0.0, 0, 8]), np.array([1.0, 4, 1]), 10.0
    distribution = delay_distribution(event, delay, cutoff)
    np.testing.assert_allclose(distribution([1, 4]), [0.5, 1])


def test_the_corrected_rate_is_that_of_the_end(world):
    event, delay = world
    recent = event > 48
    labels = label_at(event[recent], delay[recent], 72)
    distribution = delay_distribution(event, delay, 72)
    naive = labels.mean()
    assert naive < 0.14
    corrected = corrected_rate(labels, 72 - event[recent], distribution)
    assert corrected == pytest.approx(0.2 * (1 - np.exp(-6)), rel=0.02)


def test_weighted_clicks_stand_for_those_to_come(world):
    event, delay = world
    labels = label_at(event, delay, 72)
    weights = positive_weights(labels, 72 - event, delay_distribution(event, delay, 72), 200)
    assert (weights[labels == 0] == 1).all()
    assert weights.min() >= 1
    assert weights[labels == 1].sum() == pytest.approx(np.isfinite(delay).sum(), rel=0.02)


def test_nothing_known_yet():
    with pytest.raises(ValueError, match="no click is known"):
        delay_distribution([0.0], [np.nan], 5)
    distribution = delay_distribution([0.0], [2.0], 5)
    with pytest.raises(ValueError, match="old enough"):
        corrected_rate([0], [1.0], distribution)


def test_plot(world):
    ax = plot_share_seen(world[1])
    assert "(h)" in ax.get_xlabel()
    curve = ax.lines[0].get_ydata()
    assert (np.diff(curve) >= 0).all()
    assert curve[-1] == pytest.approx(100)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["1 h: 8 %", "24 h: 87 %"]
