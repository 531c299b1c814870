"""The curve of a service under load: its figures, its knee, its drawing."""

import numpy as np
import pandas as pd
import pytest

from mlsd_kit.deployment.loadtest import LoadResult
from mlsd_kit.deployment.saturation import (
    capacity,
    curve_row,
    knee,
    load_curve,
    plot_load_curves,
)

CURVE = pd.DataFrame(
    {
        "p99_ms": [2.0, 3.0, 9.0, 4.0, 30.0],
        "refused": [0, 0, 0, 0, 0.4],
        "answered": [1, 2, 3, 4, 4],
    },
    index=pd.Index([100.0, 200, 300, 400, 500], name="offered"),
)


def test_the_figures_of_a_load_by_hand():
    # 4 requests in 2 s: two answered in 100 and 300 ms, one refused in 10 ms, one lost
    spans = np.array([[0.0, 0.1], [0.5, 0.8], [1.0, 1.01]])
    result = LoadResult(
        2, 2.0, 2.0, 2, np.array([0.1, 0.3]), np.array([0.01]), lost=1, spans_s=spans
    )  # fmt: skip
    row = curve_row(result)
    assert row["answered"] == 1
    assert row["refused"] == 0.25
    assert row["lost"] == 1
    assert row["mean_ms"] == pytest.approx(200)
    assert row["refusal_ms"] == pytest.approx(10)
    assert row["little"] == pytest.approx(0.41 / 2)
    assert row["in_flight"] == pytest.approx(0.41 / 2, abs=0.002)


@pytest.mark.parametrize(("within", "rate"), [(1, 0), (3, 200), (5, 200), (10, 400), (100, 400)])
def test_the_knee_is_the_last_load_before_the_bound_is_missed(within, rate):
    assert knee(CURVE, within) == rate


def test_a_service_is_measured_up_to_its_saturation(server, fresh):
    bodies = server.row_bodies(fresh[0].iloc[:20])
    url = server.url + "/predict"
    most = capacity(url, bodies, seconds=0.3)
    curve = load_curve(url, bodies, [0.2 * most, 3 * most], seconds=0.5, seed=1)
    assert curve.index.tolist() == [0.2 * most, 3 * most]
    light, heavy = curve.iloc[0], curve.iloc[1]
    assert light["refused"] == light["lost"] == heavy["lost"] == 0
    assert heavy["refused"] > 0
    assert heavy["in_flight"] > light["in_flight"]
    assert np.allclose(curve["in_flight"], curve["little"], rtol=0.1, atol=0.3)


def test_the_plot_has_what_was_measured_and_what_was_said():
    left, right = plot_load_curves({"one": CURVE}, {"model": CURVE})
    assert left.get_yscale() == "log"
    names = [text.get_text() for text in right.get_legend().get_texts()]
    assert names == ["one", "model", "all that is offered"]
