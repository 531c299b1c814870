"""Sliding windows: known answers, and the same in batch as in a stream."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_kit.data import Window, WindowState, window_features

WINDOWS = (
    Window("n_1h", "card", 1),
    Window("sum_1h", "card", 1, "sum", "cents"),
    Window("shops_2h", "card", 2, "distinct", "shop"),
    Window("cards_at_shop_3h", "shop", 3, "distinct", "card"),
    Window("pair_5h", ("card", "shop"), 5),
)


def streamed(log: pd.DataFrame, windows=WINDOWS) -> pd.DataFrame:
    state = WindowState(windows)
    rows = []
    for event in log.to_dict("records"):
        rows.append(state.features(event))
        state.add(event)
    return pd.DataFrame(rows, index=log.index, columns=[w.name for w in windows], dtype=np.int64)


def log_of(*events: tuple[float, int, int, int]) -> pd.DataFrame:
    return pd.DataFrame(events, columns=["time_h", "card", "shop", "cents"])


@pytest.mark.parametrize("how", [lambda log: window_features(log, WINDOWS), streamed])
def test_known_answers(how):
    log = log_of((0, 1, 5, 10), (0, 1, 6, 20), (0.5, 1, 5, 30), (1, 1, 5, 40), (1, 2, 5, 50))
    found = how(log)
    assert found["n_1h"].tolist() == [0, 1, 2, 1, 0]  # at exactly one hour an event is out
    assert found["sum_1h"].tolist() == [0, 10, 30, 30, 0]
    assert found["shops_2h"].tolist() == [0, 1, 2, 2, 0]
    assert found["cards_at_shop_3h"].tolist() == [0, 0, 1, 1, 1]
    assert found["pair_5h"].tolist() == [0, 0, 1, 2, 0]


events = st.lists(
    st.tuples(
        st.sampled_from([0, 0.1, 0.25, 0.5, 1.0, 2.0]),  # hours to the event before
        st.integers(0, 3),
        st.integers(0, 3),
        st.integers(-5, 1000),
    ),
    max_size=60,
)


@settings(deadline=None, max_examples=200)
@given(events)
def test_batch_and_stream_agree(steps):
    log = log_of(*steps)
    log["time_h"] = log["time_h"].astype(float).cumsum()
    log = log.astype({"card": "int64", "shop": "int64", "cents": "int64"})
    pd.testing.assert_frame_equal(window_features(log, WINDOWS), streamed(log))


def test_a_large_log_against_a_direct_count():
    rng = np.random.default_rng(0)
    n = 400
    card, shop = rng.integers(0, 9, (2, n))
    log = pd.DataFrame({"time_h": np.sort(rng.uniform(0, 20, n)), "card": card, "shop": shop})
    log["cents"] = rng.integers(0, 99, n)
    found = window_features(log, WINDOWS)
    for row in range(n):
        now, card = log.loc[row, "time_h"], log.loc[row, "card"]
        past = log.iloc[:row]
        window = past[(past["card"] == card) & (past["time_h"] > now - 2)]
        assert found.loc[row, "shops_2h"] == window["shop"].nunique()


def test_an_event_changes_nothing_before_it():
    log = log_of((0, 1, 5, 10), (1, 1, 6, 20), (2, 1, 7, 30))
    whole, start = window_features(log, WINDOWS), window_features(log.iloc[:2], WINDOWS)
    pd.testing.assert_frame_equal(whole.iloc[:2], start)


def test_text_keys_and_an_index_of_its_own():
    log = pd.DataFrame({"time_h": [0.0, 0.1], "card": ["a", "a"]}, index=[8, 9])
    found = window_features(log, [Window("n", "card", 1)])
    assert found["n"].to_dict() == {8: 0, 9: 1}


def test_a_state_forgets_what_has_left_its_windows():
    state = WindowState([Window("n", "card", 1)])
    for hour in range(100):
        event = {"time_h": hour, "card": 1}
        assert state.features(event) == {"n": 0}
        state.add(event)
    assert state.entries == 1


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="not in order"):
        window_features(log_of((1, 1, 1, 1), (0, 1, 1, 1)), WINDOWS)
    state = WindowState(WINDOWS)
    state.add({"time_h": 2, "card": 1, "shop": 1, "cents": 1})
    with pytest.raises(ValueError, match="comes after"):
        state.features({"time_h": 1, "card": 1, "shop": 1})
    with pytest.raises(ValueError, match="integers"):
        state.add({"time_h": 2, "card": 1, "shop": 1, "cents": 1.5})
    with pytest.raises(ValueError, match="integers"):
        window_features(log_of((0, 1, 1, 1)).astype({"cents": float}), WINDOWS)
    with pytest.raises(ValueError, match="card is missing in row 0"):
        window_features(log_of((0, 1, 1, 1)).assign(card=None), WINDOWS)
    for wrong in ({"hours": 0}, {"kind": "mean"}, {"of": "cents"}, {"kind": "sum"}):
        with pytest.raises(ValueError, match="w: "):
            Window(**({"name": "w", "by": "card", "hours": 1} | wrong))
