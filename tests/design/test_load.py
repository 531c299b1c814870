"""A design by load: closed forms and simulations tell the same story."""

import matplotlib.pyplot as plt
import pytest

from mlsd_kit.design import Design, by_load, highest_rate, plot_by_load


@pytest.fixture(scope="module")
def design():
    return Design.from_dict(
        {
            "title": "One queue",
            "requirement": {"rate": "100 requests/s", "latency": "50 ms", "percentile": 95},
            "components": {"ranker": {"kind": "ranker", "service": "5 ms"}},
            "flows": {"request": {"steps": [{"call": "ranker"}]}},
        }
    )


@pytest.fixture(scope="module")
def found(design):
    return by_load(design, times=(1.0, 1.5), requests=30_000, seed=2)


def test_the_curve_is_the_closed_form_and_the_points_lie_on_it(found):
    curve, points = found
    assert curve.index[[0, -1]].tolist() == pytest.approx([10, 220])
    assert points.index.tolist() == [100, 150]
    assert curve.loc[100, "p95"] == pytest.approx(0.02996, rel=0.01)  # −ln 0.05 / (200 − 100)
    assert points.loc[100, "p95"] == pytest.approx(curve.loc[100, "p95"], rel=0.1)
    assert (points["low"] < points["p95"]).all()


def test_the_knee_is_the_last_rate_within_the_requirement(design, found):
    # M/M/1: p95 = −ln 0.05 / (200 − rate) is 50 ms at 140 requests/s
    assert highest_rate(design, found[0]) == pytest.approx(140, abs=1)
    strict = design.change({"requirement.latency": "1 ms"})
    assert highest_rate(strict, found[0]) == 0


def test_the_plot_names_its_axes(design, found):
    above, below = plot_by_load(design, *found, "pages")
    assert above.get_ylabel() == "latency (ms)"
    assert below.get_xlabel() == "pages/s"
    plt.close("all")
