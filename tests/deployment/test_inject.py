import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.deployment import FAULTS, inject_fault
from mlsd_kit.errors import UserError


def frame():
    return pd.DataFrame(
        {
            "id": np.arange(2**60, 2**60 + 6),
            "age": np.float32([1, 2, 3, 4, np.nan, 6]),
            "city": ["a", "b", "c", "d", "e", "f"],
        }
    )


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("column", ["id", "age", "city"])
def test_the_frame_stays_well_formed_and_the_given_one_unchanged(fault, column):
    if fault == "unit" and column != "age":
        return
    given_frame = frame()
    spoilt = inject_fault(given_frame, column, fault, amount=2)
    pd.testing.assert_frame_equal(given_frame, frame())
    assert (spoilt.dtypes == given_frame.dtypes).all()
    others = [name for name in spoilt if name != column]
    pd.testing.assert_frame_equal(spoilt[others], given_frame[others])
    assert not spoilt[column].equals(given_frame[column])


def test_each_fault_does_what_its_name_says():
    assert inject_fault(frame(), "city", "default")["city"].tolist() == [""] * 6
    assert inject_fault(frame(), "id", "default")["id"].tolist() == [0] * 6
    ages = inject_fault(frame(), "age", "unit", amount=60)["age"]
    assert ages.dropna().tolist() == [60, 120, 180, 240, 360]
    stale = inject_fault(frame(), "city", "stale", amount=2)["city"]
    assert stale.tolist() == ["a", "a", "a", "b", "c", "d"]
    mixed = inject_fault(frame(), "city", "shuffled")["city"]
    assert sorted(mixed) == sorted(frame()["city"])


@given(share=st.floats(0, 1), seed=st.integers(0, 99))
def test_only_the_share_is_spoilt_and_the_seed_decides_which(share, seed):
    column = pd.DataFrame({"x": np.ones(2000)})
    hit = inject_fault(column, "x", "default", share=share, seed=seed)["x"] == 0
    assert hit.mean() == pytest.approx(share, abs=0.06)
    again = inject_fault(column, "x", "default", share=share, seed=seed)["x"] == 0
    assert hit.equals(again)


def test_wrong_names_are_one_clear_line():
    with pytest.raises(UserError, match="no column 'agee'; did you mean 'age'"):
        inject_fault(frame(), "agee", "unit")
    with pytest.raises(UserError, match="no fault 'stail'; did you mean 'stale'"):
        inject_fault(frame(), "age", "stail")
    with pytest.raises(UserError, match="text has no unit"):
        inject_fault(frame(), "city", "unit")
