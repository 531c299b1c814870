from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.errors import UserError
from mlsd_kit.requirements import (
    Q,
    UnitError,
    Workload,
    cost_of_prediction,
    decide_serving,
    predictions_per_day,
)

LISTS = Workload(
    freshness="1 day", latency="50 ms", requests="10000 requests/s",
    per_request="150 predictions/request", scoring="5 ms", entities="5e7 users",
    per_entity="150 predictions/user", batch_cost="1e-9 dollars/prediction",
    online_cost="4e-9 dollars/prediction", active=0.25,
)  # fmt: skip


def test_the_predictions_of_a_day():
    batch, online = predictions_per_day(LISTS)
    assert batch.magnitude == 5e7 * 150
    assert online.magnitude == pytest.approx(1e4 * 86_400 * 150)
    twice = predictions_per_day(replace(LISTS, period="12 hours"))[0]
    assert twice.magnitude == pytest.approx(2 * batch.magnitude)


def test_both_possible_the_cheaper_is_chosen():
    decided = decide_serving(LISTS)
    assert decided.choice == "batch"
    assert decided.ruled_out == []
    assert decided.batch_cost.magnitude == pytest.approx(7.5)
    assert "75% of the batch's are for nobody" in decided.reasons.loc["predictions", "because"]
    dear = replace(LISTS, batch_cost="1e-6 dollars/prediction")
    assert decide_serving(dear).choice == "online"


@pytest.mark.parametrize(
    ("change", "choice", "out", "criterion"),
    [
        ({"freshness": "1 min"}, "online", ["batch"], "freshness"),
        ({"known_before": False}, "online", ["batch"], "inputs"),
        ({"scoring": "51 ms"}, "batch", ["online"], "latency"),
        ({"scoring": "1 s", "freshness": "1 s"}, "hybrid", ["batch", "online"], "latency"),
    ],
)
def test_what_the_requirements_rule_out(change, choice, out, criterion):
    decided = decide_serving(replace(LISTS, **change))
    assert (decided.choice, decided.ruled_out) == (choice, out)
    assert decided.reasons.loc[criterion, "rules out"] in out


@given(st.floats(1e-12, 1e-3), st.floats(1e-12, 1e-3))
def test_cost_decides_only_among_what_is_possible(batch, online):
    figures = {
        "batch_cost": Q(batch, "dollars/prediction"),
        "online_cost": Q(online, "dollars/prediction"),
    }
    decided = decide_serving(replace(LISTS, **figures))
    cheaper = "batch" if decided.batch_cost <= decided.online_cost else "online"
    assert decided.choice == cheaper
    assert decide_serving(replace(LISTS, freshness="1 s", **figures)).choice == "online"


@given(st.floats(1, 1e9), st.floats(1e-3, 1e3), st.floats(0.01, 1))
def test_a_core_hour_buys_its_predictions(rate, price, busy):
    each = cost_of_prediction(Q(rate, "predictions/s"), Q(price, "dollars/hour"), busy)
    assert (each.magnitude * rate * 3600 * busy) == pytest.approx(price)


def test_wrong_figures_are_refused_in_one_line():
    with pytest.raises(UserError, match="busy"):
        cost_of_prediction("1 predictions/s", "1 dollars/hour", 0)
    with pytest.raises(UnitError, match="entities × predictions"):
        decide_serving(replace(LISTS, per_entity="150 predictions/item"))
    with pytest.raises(UnitError, match="freshness"):
        decide_serving(replace(LISTS, freshness="5 GB"))
