import math

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.errors import UserError
from mlsd_kit.requirements import (
    LatencyBudget,
    OverBudget,
    UnitError,
    fan_out_tail,
    plot_latency_budget,
    tail_of_sum,
)

mpl.use("agg")


def _budget(total="150 ms"):
    return (
        LatencyBudget(total)
        .spend("network", "30 ms", owner="edge")
        .spend("user features", "15 ms", owner="features")
        .spend("ad features", "20 ms", alongside="user features")
        .spend("ranking", "0.06 s", owner="model")
    )


def test_sequence_adds_and_parallel_takes_the_slowest():
    budget = _budget()
    assert budget.spent == pytest.approx(30 + 20 + 60)
    assert budget.left == pytest.approx(40)
    assert not budget.is_over
    assert budget.check() is budget


def test_table_shows_start_share_and_the_critical_path():
    table = _budget().table()
    assert table["start_ms"].to_list() == pytest.approx([0, 30, 30, 50])
    assert table["critical"].to_list() == [True, False, True, True]
    assert table.loc["ranking", "share"] == pytest.approx(60 / 150)
    assert table.loc["ranking", "left_ms"] == pytest.approx(40)
    assert LatencyBudget("1 s").table().empty


def test_a_budget_is_not_changed_by_spending():
    budget = LatencyBudget("150 ms")
    budget.spend("network", "30 ms")
    assert budget.spent == 0


def test_over_budget_names_the_excess_and_the_largest_stage():
    budget = _budget("100 ms")
    assert budget.is_over
    with pytest.raises(OverBudget, match=r"over budget by 10 ms: 110 ms .* 'ranking' \(60 ms\)"):
        budget.check()


def test_exactly_on_budget_is_not_over():
    budget = LatencyBudget("0.3 ms").spend("a", "0.1 ms").spend("b", "0.2 ms")
    assert not budget.is_over


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda b: b.spend("cache", "30 MB"), "cannot be given in ms"),
        (lambda b: b.spend("cache", "-3 ms"), "cannot take"),
        (lambda b: b.spend("ranking", "3 ms"), "already"),
        (lambda b: b.spend("cache", "3 ms", alongside="network"), "it can alongside: ranking"),
        (lambda b: LatencyBudget("0 ms"), "more than 0 ms"),
    ],
)
def test_wrong_stages_are_refused_in_one_line(wrong, said):
    with pytest.raises(UserError, match=said) as caught:
        wrong(_budget())
    assert "\n" not in str(caught.value)


def test_a_budget_in_bytes_is_a_unit_error():
    with pytest.raises(UnitError):
        LatencyBudget("150 MB")


@given(st.lists(st.floats(0, 1e4), max_size=6))
def test_stages_in_sequence_sum(durations):
    budget = LatencyBudget("1 s")
    for i, duration in enumerate(durations):
        budget = budget.spend(f"s{i}", f"{duration!r} ms")
    assert budget.spent == pytest.approx(sum(durations))
    assert budget.spent + budget.left == pytest.approx(1000)


@pytest.mark.parametrize("total", ["150 ms", "90 ms"])
def test_plot_has_no_overlapping_labels(total):
    ax = plot_latency_budget(_budget(total))
    figure = ax.figure
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert len(boxes) == 4
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(ax.get_window_extent().x1 >= box.x1 for box in boxes)
    assert "ms" in ax.get_xlabel()


def test_tail_of_one_stage_is_its_own():
    tail = tail_of_sum({"only": (10, 30)})
    assert tail.sum_of_quantiles == pytest.approx(30)
    assert tail.guaranteed == pytest.approx(30)
    assert tail.independent == pytest.approx(30, rel=0.02)


def test_independent_stages_have_a_shorter_tail_than_the_sum_of_p99s():
    stages = {f"s{i}": (10, 30) for i in range(5)}
    tail = tail_of_sum(stages)
    rng = np.random.default_rng(123)
    sigma = math.log(3) / 2.3263478740408408
    total = rng.lognormal(math.log(10), sigma, (300_000, 5)).sum(axis=1)
    assert tail.independent == pytest.approx(np.quantile(total, 0.99), rel=0.01)
    assert tail.independent < 0.75 * tail.sum_of_quantiles
    assert tail.sum_of_quantiles == pytest.approx(150)
    assert tail.guaranteed > tail.sum_of_quantiles
    assert list(tail.table().columns) == ["p99 of the total", "how"]


def test_stages_that_are_slow_one_at_a_time_exceed_the_sum_but_not_the_bound():
    tail = tail_of_sum({"a": (10, 30), "b": (10, 30)})
    sigma = math.log(3) / 2.3263478740408408
    u = np.random.default_rng(5).uniform(size=400_000)
    from scipy.special import ndtri

    swapped = np.where(u > 0.98, 1.98 - u, u)
    total = sum(np.exp(math.log(10) + sigma * ndtri(p)) for p in (u, swapped))
    worst = np.quantile(total, 0.99)
    assert worst <= tail.guaranteed * 1.01


def test_tail_of_sum_is_seeded_and_checks_its_input():
    stages = {"a": (10, 30), "b": (5, 9)}
    assert tail_of_sum(stages, seed=1) == tail_of_sum(stages, seed=1)
    assert tail_of_sum(stages, seed=1) != tail_of_sum(stages, seed=2)
    with pytest.raises(ValueError, match="median 30"):
        tail_of_sum({"a": (30, 10)})
    with pytest.raises(ValueError, match="at least one"):
        tail_of_sum({})


def test_fan_out_of_dean_and_barroso():
    assert fan_out_tail(0.01, 100) == pytest.approx(0.634, abs=5e-4)
    assert fan_out_tail(0.0001, 2000) == pytest.approx(0.18, abs=5e-3)
    assert fan_out_tail(1, 3) == 1
    with pytest.raises(ValueError, match="share"):
        fan_out_tail(1.2, 3)
