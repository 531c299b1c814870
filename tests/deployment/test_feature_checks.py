"""The pytest helpers for features and parity: silent on right code, and exact about wrong code."""

import numpy as np
import pandas as pd
import pytest

from mlsd_kit.deployment import FAULTS, inject_fault
from mlsd_kit.deployment.skew import explain_skew
from mlsd_kit.deployment.testing import (
    assert_known,
    assert_missing_handled,
    assert_one_hot,
    assert_parity,
    assert_row_by_row,
    assert_scaled,
)

DEVICES = {"phone": "device_phone", "web": "device_web"}
RNG = np.random.default_rng(0)
RAW = pd.DataFrame(
    {
        "age": RNG.normal(40, 10, 200),
        "hour": RNG.integers(0, 24, 200).astype(float),
        "price": RNG.lognormal(3, 1, 200),
        "device": RNG.choice(list(DEVICES), 200),
    }
)
MEDIAN, MEAN, DEVIATION = RAW["age"].median(), RAW["age"].mean(), RAW["age"].std(ddof=0)
LOW, HIGH = RAW["price"].min(), RAW["price"].max()


def right(rows):
    age = rows["age"].fillna(MEDIAN)
    price = rows["price"].fillna(LOW)
    return pd.DataFrame(
        {
            "age": (age - MEAN) / DEVIATION,
            "price": (price - LOW) / (HIGH - LOW),
            **{name: (rows["device"] == value).astype(float) for value, name in DEVICES.items()},
        }
    )


def but(**changes):
    """The right features with some of them computed otherwise."""
    return lambda rows: right(rows).assign(**{k: f(rows) for k, f in changes.items()})


def said(check, *arguments, **named):
    with pytest.raises(AssertionError) as caught:
        check(*arguments, **named)
    return str(caught.value)


def test_right_features_pass_every_check():
    known = pd.DataFrame({"age": [0.0], "device_web": [1.0]})
    rows = pd.DataFrame({"age": [MEAN], "hour": [1.0], "price": [LOW], "device": ["web"]})
    assert_known(right, rows, known)
    assert_row_by_row(right, RAW)
    assert_scaled(right, RAW, ["age"])
    assert_scaled(right, RAW, ["price"], to=(0, 1), by="range")
    assert_one_hot(right, RAW, "device", DEVICES)
    assert_missing_handled(
        right, RAW, ["age", "price", "device"], {"age": (MEDIAN - MEAN) / DEVIATION, "price": 0.0}
    )


def test_a_known_row_with_another_feature_is_named():
    known = right(RAW.head(3)).round(9)
    wrong = but(price=lambda rows: rows["price"])
    message = said(assert_known, wrong, RAW.head(3), known)
    assert message.startswith("3 features are not the known ones:\n  row 0, price: ")
    assert "no feature 'cost'; there are age, price" in said(
        assert_known, right, RAW.head(1), pd.DataFrame({"cost": [1.0]})
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            but(age=lambda rows: rows["age"]),
            "age is not scaled: its mean over the training rows is",
        ),
        (but(age=lambda rows: (rows["age"] - MEAN) / 7), "its deviation over the training rows"),
        (
            but(
                age=lambda rows: (rows["age"] - rows["age"].mean()) / (rows["age"].std(ddof=0) or 1)
            ),
            "something is learned of the rows at hand",
        ),
    ],
)
def test_a_scale_that_is_wrong_or_of_the_rows_at_hand_is_caught(wrong, message):
    assert message in said(assert_scaled, wrong, RAW, ["age"])


def test_an_unknown_way_of_scaling_is_a_mistake():
    with pytest.raises(ValueError, match="'mean and deviation' or 'range'"):
        assert_scaled(right, RAW, ["age"], by="rank")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            lambda rows: pd.get_dummies(rows[["device"]], columns=["device"]).astype(float),
            "device = 'phone'",
        ),
        (
            but(device_phone=lambda rows: (rows["device"] != "web").astype(float)),
            "'a value that training has never seen': device_phone is 1, not 0",
        ),
        (
            but(device_web=lambda rows: rows["device"].map({"phone": 0.0, "web": 2.0})),
            "device = 'web': device_web is 2, not 1",
        ),
    ],
)
def test_a_wrong_one_hot_is_caught(wrong, message):
    rows = RAW.head(1) if "phone'" in message else RAW
    if rows is not RAW:
        rows = rows.assign(device="web")
    assert message in said(assert_one_hot, wrong, rows, "device", DEVICES)


@pytest.mark.parametrize(
    ("wrong", "filled", "message"),
    [
        (but(age=lambda rows: (rows["age"] - MEAN) / DEVIATION), None, "makes the feature age NaN"),
        (
            but(age=lambda rows: rows["age"].fillna(rows["age"].mean()) - rows["age"].mean()),
            None,
            "changes age of others",
        ),
        (but(age=lambda rows: rows["age"].fillna(0.0)), {"age": MEDIAN}, "a missing age becomes 0"),
        (lambda rows: right(rows.dropna()), None, "200 rows give the features of 199"),
    ],
)
def test_missing_values_handled_wrongly_are_caught(wrong, filled, message):
    assert message in said(assert_missing_handled, wrong, RAW, ["age"], filled)


def test_features_have_to_be_a_frame():
    assert "as a frame, not ndarray" in said(assert_row_by_row, lambda r: r.to_numpy(), RAW)


def test_code_that_makes_other_features_of_a_single_row_is_caught():
    message = said(assert_row_by_row, lambda r: pd.get_dummies(r["device"]), RAW)
    assert "row 0 alone has other features" in message


def score(rows):
    """Features and a prediction, as both paths give them."""
    made = rows[["age", "hour", "price"]]
    p = 1 / (1 + np.exp(-(made["age"] / 40 + np.sin(made["hour"]) + made["price"] / 50)))
    return made.assign(device=rows["device"], prediction=p)


def test_the_same_path_twice_is_at_parity_in_float32_too():
    assert_parity(score, score, RAW)
    assert_parity(score, lambda r: score(r.astype({"price": np.float32})), RAW, 1e-5)
    assert_parity(
        lambda r: score(r)["prediction"], lambda r: score(r)["prediction"].to_numpy(), RAW
    )


def clock(rows, hours):
    return rows.assign(hour=(rows["hour"] + hours) % 24)


SKEWS = {
    "unit": ("price", lambda r: inject_fault(r, "price", "unit"), "1000 times the value"),
    "default": ("age", lambda r: inject_fault(r, "age", "default"), "always 0.0: a default?"),
    "text default": ("device", lambda r: inject_fault(r, "device", "default"), "always empty"),
    "stale": ("price", lambda r: inject_fault(r, "price", "stale", amount=7), "of 7 rows before"),
    "shuffled": ("age", lambda r: inject_fault(r, "age", "shuffled"), "values of other rows"),
    "timezone": ("hour", lambda r: clock(r, 2), "+2 h around the clock: another time zone?"),
    "offset": ("price", lambda r: r.assign(price=r["price"] + 3), "+3 throughout"),
    "lost": ("age", lambda r: r.assign(age=np.nan), "missing online"),
    "some": (
        "price",
        lambda r: inject_fault(r, "price", "unit", amount=0.01, share=0.03),
        "0.01 times the value",
    ),
}


def test_every_fault_that_can_be_injected_is_tried():
    assert set(FAULTS) <= set(SKEWS)


@pytest.mark.parametrize("name", SKEWS)
def test_a_skew_planted_in_the_online_path_is_caught_and_named(name):
    feature, fault, looks = SKEWS[name]
    message = said(assert_parity, score, lambda rows: score(fault(rows)), RAW)
    lines = message.splitlines()
    assert lines[0] == "offline and online differ by more than 1e-05:"
    assert any(line.strip().startswith(f"{feature} differs in") for line in lines)
    assert looks in message
    if feature != "device":
        assert lines[1].strip().startswith("prediction differs in")
        worst = (score(RAW)["prediction"] - score(fault(RAW))["prediction"]).abs()
        row = worst.idxmax() if worst.notna().all() else 0
        assert f"row {row}: " in lines[1]


def test_predictions_alone_name_the_worst_rows():
    def online(rows):
        return score(rows)["prediction"].to_numpy() + 0.1 * (rows.index == 17)

    message = said(assert_parity, lambda r: score(r)["prediction"], online, RAW)
    assert "prediction differs in 1 of 200 rows; the worst, offline / online: row 17: " in message


@pytest.mark.parametrize(
    ("online", "message"),
    [
        (lambda r: score(r).drop(columns="age"), "only offline has the feature 'age'"),
        (lambda r: score(r).assign(cost=1), "only online has the feature 'cost'"),
        (lambda r: score(r).head(3), "online gives 3 rows for 200"),
        (lambda r: score(r)[["age", "hour"]].to_numpy(), "should have shape"),
    ],
)
def test_paths_of_another_shape_are_told(online, message):
    assert message in said(assert_parity, score, online, RAW)


def test_a_difference_of_no_known_kind_is_not_explained():
    a = pd.Series(RNG.random(50))
    assert explain_skew(a, a**2 + 1, np.ones(50, dtype=bool)) == ""


def test_the_served_model_is_at_parity_with_the_trained_one(server, fresh, offline):
    assert_parity(offline, server.predict, fresh[0].head(400))
    fault = inject_fault(fresh[0].head(400), "price", "unit")
    with pytest.raises(AssertionError, match="prediction differs in"):
        assert_parity(offline, lambda _: server.predict(fault), fresh[0].head(400))
