import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_kit.scaling import plot_replicas, replica_figures, replicas_needed


@settings(max_examples=60, deadline=None)
@given(
    rate=st.floats(10, 20_000),
    service=st.floats(0.0005, 0.01),
    concurrency=st.integers(1, 4),
    balancing=st.sampled_from(["random", "shared"]),
)
def test_the_plan_meets_the_objective_and_one_fewer_does_not(rate, service, concurrency, balancing):
    slo = 0.05
    plan = replicas_needed(
        rate, service, latency_slo=slo, concurrency=concurrency, balancing=balancing
    )

    def p99(replicas):
        figures = replica_figures(
            rate, service, replicas, concurrency=concurrency, balancing=balancing
        )
        return figures["p99_ms"]

    assert p99(plan.replicas) <= slo * 1000
    if plan.replicas > 1:
        assert p99(plan.replicas - 1) > slo * 1000


def test_one_queue_never_needs_more_than_a_queue_for_each():
    random = replicas_needed(4000, 0.002, latency_slo=0.01)
    shared = replicas_needed(4000, 0.002, latency_slo=0.01, balancing="shared")
    assert shared.replicas < random.replicas


def test_random_balancing_is_so_many_single_queues():
    figures = replica_figures(100.0, 0.005, 1)
    split = replica_figures(800.0, 0.005, 8)
    assert split["p99_ms"] == pytest.approx(figures["p99_ms"])


def test_headroom_and_cost_are_in_the_plan():
    plain = replicas_needed(1000, 0.004, latency_slo=0.05, price_per_hour=0.5)
    roomy = replicas_needed(1000, 0.004, latency_slo=0.05, headroom=0.5, price_per_hour=0.5)
    assert roomy.replicas == pytest.approx(1.5 * plain.replicas, abs=1)
    assert roomy.cost_per_hour == 0.5 * roomy.replicas
    table = roomy.table()
    assert table.loc[roomy.replicas, "meets_with_headroom"]
    assert not table.loc[table.index < roomy.replicas, "meets_with_headroom"].any()
    assert table["p99_ms"].is_monotonic_decreasing


def test_what_no_replicas_can_do_is_said():
    with pytest.raises(ValueError, match=r"service alone takes 0\.0461"):
        replicas_needed(10, 0.01, latency_slo=0.04)
    with pytest.raises(ValueError, match="positive"):
        replica_figures(0, 0.1, 1)
    with pytest.raises(ValueError, match="random' or 'shared"):
        replica_figures(1, 0.1, 1, balancing="round")


def test_the_plot_shows_both_ways_and_the_objective():
    plan = replicas_needed(4000, 0.002, latency_slo=0.02)
    ax = plot_replicas(plan, 4000, 0.002)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == [
        "queue per replica",
        "one queue",
        "objective",
        f"plan: {plan.replicas} replicas",
    ]
    assert "ms" in ax.get_ylabel()
