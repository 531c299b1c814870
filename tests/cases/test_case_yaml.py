"""Every mistake in a case.yaml gives one line: where, what is wrong, what would be right."""

import textwrap

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.cases.load import load_spec
from mlsd_kit.documents import read
from mlsd_kit.errors import UserError

GOOD = textwrap.dedent(
    """\
    title: Churn
    summary: a small one
    prompt: Predict who leaves.
    goal:
      name: kept
      measure: customers kept per 1,000
      direction: maximise
    scale:
      requests: {value: 10, unit: requests/s}
      ads: {value: 3, unit: predictions/request}
    facts:
      - id: horizon
        ask: [how far ahead]
        answer: 30 days.
        items: [R9]
    estimates:
      - id: load
        question: How many predictions a second?
        formula: requests * ads
        unit: predictions/s
        within: 2
    rubric:
      data:
        - {id: split, level: junior, items: [D10], expects: Splits by time}
    parameters:
      n_rows: 1000
    """
)


def mistakes(tmp_path, text):
    path = tmp_path / "case.yaml"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        load_spec(path)
    return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]


def test_a_good_file_is_read(tmp_path):
    path = tmp_path / "case.yaml"
    path.write_text(GOOD)
    spec = load_spec(path)
    assert spec.facts[0].ask == ["how far ahead"]
    assert spec.estimates[0].value(spec.scale).magnitude == 30
    assert spec.parameters == {"n_rows": 1000}


MISTAKES = [
    (
        "title:",
        "titel:",
        "1: titel: unknown key; the nearest valid key is 'title'",
    ),
    (
        "  measure:",
        "  mesure:",
        "6: goal.mesure: unknown key; the nearest valid key is 'measure'",
    ),
    (
        "unit: requests/s",
        "units: requests/s",
        "9: scale.requests.units: unknown key; the nearest valid key is 'unit'",
    ),
    (
        "    answer:",
        "    anser:",
        "14: facts.0.anser: unknown key; the nearest valid key is 'answer'",
    ),
    (
        "summary: a small one\n",
        "",
        "1: summary: is missing; add 'summary: …'",
    ),
    (
        "summary: a small one",
        "summary: 3",
        "2: summary: expected text, got 3",
    ),
    (
        "summary: a small one",
        "summary: ''",
        "2: summary: expected text that is not empty, got ''",
    ),
    (
        "direction: maximise",
        "direction: up",
        "7: goal.direction: 'up' is not valid; expected 'maximise' or 'minimise'",
    ),
    (
        "value: 10",
        "value: many",
        "9: scale.requests.value: expected a number, got 'many'",
    ),
    (
        "ask: [how far ahead]",
        "ask: how far ahead",
        "13: facts.0.ask: expected a list ('- …'), got 'how far ahead'",
    ),
    (
        "ask: [how far ahead]",
        "ask: []",
        "13: facts.0.ask: expected a list with at least one entry, got []",
    ),
    (
        "items: [R9]",
        "items: [R99]",
        "15: facts.0.items.0: unknown framework item 'R99'; the nearest is 'R9'",
    ),
    (
        "requests * ads",
        "requests * adds",
        "19: estimates.0.formula: 'adds' is not under 'scale'; the nearest is 'ads'",
    ),
    (
        "level: junior",
        "level: expert",
        "24: rubric.data.0.level: 'expert' is not valid; expected 'junior', 'senior' or 'staff'",
    ),
    (
        "  data:",
        "  dat:",
        "23: rubric.dat: unknown key; expected 'requirements', 'data', 'model', "
        "'evaluation', 'deployment' or 'scaling'",
    ),
    (
        "n_rows: 1000",
        "n_rows: [1]",
        "26: parameters.n_rows: expected a number, text or true/false, got [1]",
    ),
    (
        "prompt:",
        "title:",
        "3: key 'title' again; it is on line 1",
    ),
    (
        "title: Churn",
        "title: [Churn",
        "2: not valid YAML: expected ',' or ']', but got ':'",
    ),
]


@pytest.mark.parametrize(("old", "new", "line"), MISTAKES)
def test_one_mistake_one_line(tmp_path, old, new, line):
    assert mistakes(tmp_path, GOOD.replace(old, new, 1)) == [line]


def test_a_unit_that_is_none_and_a_formula_that_does_not_give_its_unit(tmp_path):
    [line] = mistakes(tmp_path, GOOD.replace("unit: requests/s", "unit: wishes/s"))
    assert line.startswith("9: scale.requests.unit: not a known unit")
    assert "wishes" in line or "wish" in line
    [line] = mistakes(tmp_path, GOOD.replace("unit: predictions/s", "unit: GB"))
    assert line.startswith("19: estimates.0.formula: 'requests * ads' does not give GB")


@pytest.mark.parametrize(
    "formula", ["__import__('os')", "requests.real", "ads if ads else 1", "1 +"]
)
def test_a_formula_is_arithmetic_only(tmp_path, formula):
    [line] = mistakes(tmp_path, GOOD.replace("requests * ads", f'"{formula}"'))
    assert line.startswith("19: estimates.0.formula: ")


def test_several_mistakes_are_all_told_in_order(tmp_path):
    text = GOOD.replace("title:", "titel:").replace("level: junior", "level: x")
    assert [line.split(":")[0] for line in mistakes(tmp_path, text)] == ["1", "24"]


@pytest.mark.parametrize("content", [b"", b"- 1", b"just text", b"\xff\xfe", b"a: &a [*a]"])
def test_what_is_not_a_case_at_all_gives_lines_not_tracebacks(tmp_path, content):
    path = tmp_path / "case.yaml"
    path.write_bytes(content)
    with pytest.raises(UserError):
        load_spec(path)


_KEYS = st.text(alphabet="abcdef", min_size=1, max_size=5)
_DATA = st.recursive(
    st.integers() | _KEYS | st.booleans(),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(_KEYS, inner, min_size=1, max_size=3)
    ),
    max_leaves=12,
)


@given(data=st.dictionaries(_KEYS, _DATA, min_size=1, max_size=4))
def test_reading_keeps_the_data_and_knows_each_key_s_line(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("yaml") / "any.yaml"
    path.write_text(yaml.safe_dump(data, default_flow_style=False))
    document = read(path)
    assert document.data == data
    lines = path.read_text().splitlines()
    for key in data:
        assert lines[document.line((key,)) - 1].lstrip("'\"").startswith(key)
