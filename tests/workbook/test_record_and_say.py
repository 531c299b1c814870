import json
import subprocess
import sys

import numpy as np
import pytest
from IPython.utils.capture import capture_output

from mlsd_kit.errors import UserError
from mlsd_kit.units import Q
from mlsd_kit.workbook import record, say
from mlsd_kit.workbook.recording import MIME


@pytest.fixture
def kept(monkeypatch):
    """What `record` hands to the notebook."""
    shown = []
    module = sys.modules["mlsd_kit.workbook.recording"]
    monkeypatch.setattr(module, "display", lambda data, raw: shown.append(data))

    def keep(*args):
        record(*args)
        return shown[-1]

    return keep


@pytest.mark.parametrize(
    ("value", "unit", "payload", "text"),
    [
        (np.float64(0.123456789), "", 0.123457, "loss = 0.123"),
        (np.int64(1234567), "rows", 1234567, "loss = 1,230,000 rows"),
        (True, "", True, "loss = True"),
        ("trees", "", "trees", "loss = trees"),
        (Q(150, "ms"), "", 150.0, "loss = 150 ms"),
    ],
)
def test_single_values_are_kept_as_plain_json(kept, value, unit, payload, text):
    data = kept("loss", value, unit)
    assert data[MIME]["value"] == payload
    assert json.loads(json.dumps(data[MIME])) == data[MIME]
    assert data["text/plain"] == text


@pytest.mark.parametrize("value", [float("nan"), np.inf])
def test_a_number_that_is_none_is_refused(value):
    with pytest.raises(ValueError, match="not a finite number"):
        record("loss", value)


def test_more_than_a_value_is_refused():
    with pytest.raises(TypeError, match="single number or text, not list"):
        record("loss", [1, 2])


def test_outside_a_notebook_a_record_is_printed():
    with capture_output() as captured:
        record("loss", 0.5)
    assert captured.outputs or "loss" in captured.stdout


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("{n} rows", {"n": 12345}, "12,300 rows"),
        ("{x:.1%} off", {"x": 0.0312}, "3.1% off"),
        ("in {t}", {"t": Q(0.15, "s")}, "in 150 ms"),
        ("it {ok:|holds|fails}", {"ok": True}, "it holds"),
        ("it {ok:|holds|fails}", {"ok": False}, "it fails"),
        ("two\n    lines", {}, "two lines"),
    ],
)
def test_a_sentence_follows_its_numbers(template, values, text):
    assert say(template, **values).data == text


@pytest.mark.parametrize(
    ("template", "values", "message"),
    [
        ("{loss}", {}, "no value for {loss}"),
        ("{}", {}, "give each value a name"),
        ("fine", {"loss": 1}, "loss is given and not used"),
        ("{x:|only}", {"x": 1}, "needs two choices"),
        ("{x:d}", {"x": 1.5}, "does not fit 1.5"),
    ],
)
def test_a_sentence_that_does_not_fit_its_values_is_an_error(template, values, message):
    with pytest.raises(UserError, match=message.replace("{", r"\{").replace("}", r"\}")):
        say(template, **values)


def test_the_command_line_starts_without_the_heavy_libraries():
    heavy = ("pandas", "sklearn", "papermill")
    code = f"import sys, mlsd_kit.cli; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
