import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.errors import UserError
from mlsd_kit.requirements import (
    CapacitySheet,
    Q,
    UnitError,
    bandwidth,
    bytes_per_day,
    mean_rate,
    predictions_per_second,
    rows_per_day,
    storage,
)


def test_the_figures_of_a_click_log():
    mean = mean_rate("4000 impressions/s", 2)
    assert predictions_per_second("4000 requests/s", "250 predictions/request").magnitude == 1e6
    assert rows_per_day(mean, "impressions/day").magnitude == 2000 * 86_400
    growth = bytes_per_day(mean, "500 bytes/impression")
    assert growth.magnitude == pytest.approx(2000 * 86_400 * 500 / 1e9)
    kept = storage(growth, "90 days", replication=3)
    assert kept.to("bytes").magnitude == pytest.approx(2000 * 86_400 * 500 * 90 * 3)


def test_bandwidth_counts_bits():
    assert bandwidth("1 request/s", "1 byte/request").to("bit/s").magnitude == pytest.approx(8)


def test_decimal_and_binary_prefixes_differ():
    assert Q("1 GB").to("bytes").magnitude == 10**9
    assert Q("1 GiB").to("bytes").magnitude == pytest.approx(2**30)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: predictions_per_second("4000 requests/s", "250 ads/request"),
        lambda: bytes_per_day("2000 rows/s", "500 bytes/event"),
        lambda: storage("90 days", "90 days"),
        lambda: bandwidth("4 s", "25 kB/request"),
        lambda: rows_per_day("4000 rows"),
    ],
)
def test_units_that_do_not_go_together_are_refused_in_one_line(wrong):
    with pytest.raises(UnitError) as caught:
        wrong()
    assert "\n" not in str(caught.value)
    assert "cannot be given in" in str(caught.value)


def test_wrong_factors():
    with pytest.raises(ValueError, match="copies"):
        storage("1 GB/day", "1 day", replication=0)
    with pytest.raises(ValueError, match="peak"):
        mean_rate("1 row/s", 0.5)


@pytest.fixture
def sheet():
    sheet = CapacitySheet()
    sheet.line("requests", "4000 requests/s", because="peak, from the prompt")
    sheet.line("candidates", "250 predictions/request")
    return sheet


def test_sheet_derives_and_shows_each_step(sheet):
    sheet.derive("predictions", "requests * candidates", unit="predictions/s")
    sheet.line("one_replica", "30000 predictions/s/replica", because="measured")
    replicas = sheet.derive("replicas", "ceil(predictions / one_replica)", because="whole machines")
    assert replicas.to("replicas").magnitude == math.ceil(1e6 / 3e4)
    table = sheet.table()
    assert list(table.index) == [
        "requests", "candidates", "predictions", "one_replica", "replicas",
    ]  # fmt: skip
    assert table.loc["requests", "how"] == "given"
    assert table.loc["requests", "because"] == "peak, from the prompt"
    assert table.loc["replicas", "how"].startswith("ceil(predictions ÷ one_replica) = ceil(1")
    assert table.loc["replicas", "result"] == "34 replicas"
    assert sheet["replicas"] is replicas


def test_sheet_refuses_units_that_do_not_go_together_and_names_both(sheet):
    sheet.line("row", "500 bytes/row")
    with pytest.raises(UnitError, match=r"requests/s and predictions/request: different kinds"):
        sheet.derive("nonsense", "requests + candidates")
    with pytest.raises(UnitError, match=r"requests/s cannot be given in ms"):
        sheet.derive("nonsense", "requests * 1", unit="ms")
    assert "nonsense" not in sheet.lines


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("requests * candidate", "did you mean 'candidates'"),
        ("requests *", "is not arithmetic"),
        ("__import__('os')", "may only use"),
        ("requests.magnitude", "may only use"),
        ("requests / 0", "divides by zero"),
        ("requests if 1 else 2", "may only use"),
    ],
)
def test_sheet_refuses_other_formulas_in_one_line(sheet, formula, said):
    with pytest.raises(UserError, match=said) as caught:
        sheet.derive("x", formula)
    assert "\n" not in str(caught.value)


def test_sheet_names(sheet):
    with pytest.raises(UserError, match="already"):
        sheet.line("requests", "1 s")
    with pytest.raises(UserError, match="not a name"):
        sheet.line("two words", "1 s")


@given(st.floats(0.1, 1e4), st.floats(0.1, 1e4), st.floats(0.1, 1e4))
def test_formulas_agree_with_python(a, b, c):
    sheet = CapacitySheet()
    for name, value in zip("abc", (a, b, c), strict=True):
        sheet.line(name, value)
    result = sheet.derive("d", "(a - b) ** 2 / c + 3 * -a")
    assert result.magnitude == pytest.approx((a - b) ** 2 / c + 3 * -a)


def click_log():
    sheet = CapacitySheet()
    sheet.line("requests", "4000 requests/s")
    sheet.line("row", "500 bytes/request")
    sheet.line("kept", "90 days")
    sheet.derive("log", "requests * row / 2", "GB/day")
    sheet.derive("disk", "log * kept", "TB")
    return sheet


def test_the_steps_show_the_conversion_that_the_formula_hides():
    steps = click_log().steps("log")
    assert steps[0] == "log = requests × row ÷ 2"
    assert steps[2] == "= 4,000 requests/s × 500 B/request ÷ 2 × 86,400 s/day"
    assert steps[-1] == "= 86.4 GB/day"
    assert len(click_log().steps("disk")) == 3
    assert click_log().steps("kept") == ["kept = 90 days (given)"]


@given(st.floats(1e-3, 1e9))
def test_a_changed_figure_changes_what_follows_from_it_alone(rate):
    sheet = click_log()
    other = sheet.changed(requests=Q(rate, "requests/s"))
    assert other["log"].magnitude == pytest.approx(rate * 250 * 86_400 / 1e9)
    assert other["disk"].magnitude == pytest.approx(other["log"].magnitude * 90 / 1000)
    assert other["kept"] == sheet["kept"]
    assert sheet["requests"].magnitude == 4000


def test_only_a_figure_can_be_changed():
    with pytest.raises(UserError, match="'log' is derived"):
        click_log().changed(log="1 GB/day")
    with pytest.raises(UserError, match="no line 'request'; did you mean 'requests'"):
        click_log().changed(request="1 request/s")
    with pytest.raises(UnitError):
        click_log().changed(row="500 bytes/event")
