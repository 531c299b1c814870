import matplotlib
import pytest

from mlsd_kit.errors import UserError
from mlsd_kit.requirements import Backend, plot_backend

matplotlib.use("Agg")
OWNERS = dict.fromkeys(["app", "backend", "store", "model", "log", "training"], "product")


@pytest.fixture
def backend():
    made = Backend({**OWNERS, "model": "ML"})
    made = made.call("app", "backend").call("backend", "store", per_call=3)
    made = made.call("backend", "model", carries="20 kB").call("store", "model", per_call=0.5)
    made = made.call("backend", "log", waits=False, per_call=0.1)
    made = made.call("log", "training", waits=False, per_call=0)
    return made.call("training", "model", waits=False, per_call=0)


def test_rates_multiply_along_the_calls_and_add_where_they_meet(backend):
    rates = {name: rate.magnitude for name, rate in backend.rates("100 requests/s").items()}
    assert rates == {
        "app": 100, "backend": 100, "store": 300, "model": 100 + 150, "log": 10, "training": 0,
    }  # fmt: skip


def test_bandwidth_is_bits(backend):
    table = backend.table("100 requests/s")
    assert table.loc["backend → model", "bandwidth"] == "16 Mbit/s"
    assert table.loc["app → backend", "bandwidth"] == ""
    assert table.loc["backend → model", "owner"] == "ML"


def test_only_what_is_waited_for_is_felt(backend):
    assert backend.waited_for() == ["app", "backend", "store", "model"]


def test_a_backend_is_not_changed_by_a_call(backend):
    before = len(backend.calls)
    backend.call("app", "log", waits=False)
    assert len(backend.calls) == before


def test_mistakes_are_told_in_one_line(backend):
    with pytest.raises(UserError, match="no service 'cache'"):
        backend.call("app", "cache")
    with pytest.raises(UserError, match="wait for each other"):
        backend.call("model", "app")
    with pytest.raises(UserError, match="wait for each other"):
        backend.call("app", "app")
    with pytest.raises(UserError, match="at least one service"):
        Backend({})


def test_the_drawing_has_a_box_for_each_service_and_an_arrow_for_each_call(backend):
    ax = plot_backend(backend, "100 requests/s")
    boxes = [text.get_text() for text in ax.texts if text.get_text()]
    assert sorted(box.split("\n")[0] for box in boxes) == sorted(OWNERS)
    assert "store\n300 requests/s" in boxes
    places = {text.get_position() for text in ax.texts if text.get_text()}
    assert len(places) == len(OWNERS)
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None) is not None]
    assert len(arrows) == len(backend.calls)
    dashed = [text for text in arrows if text.arrow_patch.get_linestyle() == "--"]
    assert len(dashed) == 3
