"""Any file, however broken, loads or gives one clear line for each mistake."""

import re
import string

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mlsd_kit.design import Design, DesignError, load_designs
from mlsd_kit.design.linting.rules.example import example as clean_design
from mlsd_kit.errors import UserError
from tests.design.strategies import design_data, designs

SMALL = """\
title: Small
requirement: {rate: 100 requests/s, latency: 50 ms, guards: [complaints]}
components:
  app: &app {kind: client, concurrency: unlimited}
  cache: {kind: cache, hit_rate: 80 %, lives: 5 min}
  ranker: {kind: ranker, service: {mean: 4 ms, shape: gamma, cv: 0.5}, replicas: 2}
flows:
  request:
    candidates: 100
    steps:
      - {call: cache, on_miss: [{call: ranker, timeout: 30 ms}]}
      - parallel: [[{call: ranker, name: again, keeps: 5}], [{send: app}]]
waivers: {timeout_missing: a test}
"""
LINES = SMALL.splitlines()
WORDS = re.findall(r"\w+", SMALL)


def fuzzed(files):
    return settings(max_examples=files, suppress_health_check=list(HealthCheck))


def loads_or_says_why(text):
    """Load text; whatever is wrong is told in lines that name the file, without a traceback."""
    try:
        design = Design.from_yaml(text, "file.yaml")
    except UserError as error:
        told = str(error).splitlines()
        assert told
        assert len(told) == len(set(told))
        for line in told:
            assert re.match(r"file\.yaml(:\d+)?: \S", line), line
            assert len(line) < 1000, line
            assert "Traceback" not in line
            assert "pydantic" not in line
            assert "_" * 2 not in line or "__" in text, line
    else:
        assert Design.from_yaml(design.to_yaml()) == design


def scalars():
    """What a YAML value may be, in YAML's own words."""
    odd = [
        "null", "true", "1", "-1", "0", "1e400", ".nan", ".inf", "-.inf", "1_000", "0x1F", "12:30",
        "2026-01-01", "2026-13-45", "2026-01-01T00:00:00Z", "!!binary aGk=", "!!set {a, b}", "[]",
        "!!python/object:os.system x", "{}", "''", "'5 %'", "'20 furlongs'", "'- 3 ms'", "'1 b'",
        "'1e999 s'", "'nan s'", "'-inf s'", "!!int '12'", "!!float 'x'", "<<", "&a [*a]", "*app",
        "*none", "'\\0'", '"\\ud800"', '"\\x00"', "!local x", "? a", "|", ">", "@", "`", "%", "~",
        "99999999999999999999", "'1 requests/s/s'", "'5'", "'$/h'", "{<<: *app}", "{1: 2}",
        "{[a]: b}", "{null: null}", "[[[[[[]]]]]]", "unlimited", "all", "lognormal", "ranker",
    ]  # fmt: skip
    return st.sampled_from(odd) | st.text(string.printable, max_size=12)


@st.composite
def mutated(draw):
    """The small design with some of its text replaced, doubled, cut or moved."""
    text = SMALL
    for _ in range(draw(st.integers(1, 4))):
        how = draw(st.sampled_from(["word", "value", "drop", "double", "indent", "insert", "cut"]))
        rows = text.splitlines() or [""]
        at = draw(st.integers(0, len(rows) - 1))
        if how == "word":
            new = draw(st.sampled_from(WORDS) | scalars())
            text = text.replace(draw(st.sampled_from(WORDS)), new, draw(st.integers(1, 2)))
        elif how == "value":
            found = list(re.finditer(r": ([^\s,{}\[\]]+)", text))
            if found:
                place = found[draw(st.integers(0, len(found) - 1))]
                text = f"{text[: place.start(1)]}{draw(scalars())}{text[place.end(1) :]}"
        elif how == "insert":
            place = draw(st.integers(0, len(text)))
            text = text[:place] + draw(st.text(max_size=3)) + text[place:]
        elif how == "cut":
            text = text[: draw(st.integers(0, len(text)))]
        else:
            row = rows[at]
            new = {"drop": [], "double": [row, row], "indent": [" " * at + row]}[how]
            text = "\n".join([*rows[:at], *new, *rows[at + 1 :]])
    return text


@pytest.mark.slow
@fuzzed(4000)
@given(mutated())
@example("")
@example("a: &a {b: *a}")
@example("{" * 5000)
@example("a: " + "[" * 3000 + "]" * 3000)
@example("a:\n" + "".join(" " * n + "- \n" for n in range(600)))
@example("&a [&b [*b, *b], *b]")
@example("? [a, list]\n: as key\n")
@example("{{a: b}: c}")
@example(SMALL.replace("ranker", "<b>"))
def test_mutated_text(text):
    loads_or_says_why(text)


KEYS = sorted(
    {
        *WORDS,
        "call",
        "send",
        "parallel",
        "on_miss",
        "flows",
        "kind",
        "every",
        "",
        "__class__",
        "a.b",
    }
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["5 ms", "80 %", "$1/h", "1 day", "ranker", "request", "unlimited"])
    | st.dates()
    | st.binary(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.integers() | st.none(), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.slow
@fuzzed(2500)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6))
def test_any_mapping(data):
    loads_or_says_why(yaml.safe_dump(data, allow_unicode=True))


@st.composite
def grafted(draw):
    """The small design with some of its parts replaced by anything."""
    data = yaml.safe_load(SMALL)
    for _ in range(draw(st.integers(1, 3))):
        here = data
        while True:
            keys = list(here) if isinstance(here, dict) else list(range(len(here)))
            key = draw(st.sampled_from(keys))
            if isinstance(here[key], dict | list) and here[key] and draw(st.integers(0, 3)):
                here = here[key]
                continue
            here[key] = draw(VALUES)
            break
        if not data:
            break
    return data


@pytest.mark.slow
@fuzzed(2500)
@given(grafted())
def test_a_design_with_parts_of_the_wrong_type(data):
    loads_or_says_why(yaml.safe_dump(data, allow_unicode=True))


@st.composite
def case_files(draw):
    """A file with a reference and flawed designs, with paths and values that fit or do not."""
    paths = st.sampled_from(
        [
            "components.ranker.replicas", "components.ranker.service.mean", "requirement.latency",
            "flows.request.again.keeps", "flows.request.ranker.timeout", "flows.request.steps",
            "components.cache", "components.new", "flows.request", "title", "waivers.saturated",
            "flows.request.parallel.keeps", "components.ranker.replicas.more", "", ".", "a..b",
            "flows.request.again", "flows.nothing.x", "components.ranker.service.mean.deep",
            "flows.request.steps.0.call", "flows.request.cache.on_miss", "waivers",
        ]
    )  # fmt: skip
    one = st.fixed_dictionaries(
        {
            "title": st.just("Worse"),
            "story": st.just("On purpose."),
            "change": st.dictionaries(paths | st.text(max_size=5), VALUES, max_size=3),
            "flaws": st.lists(st.sampled_from(["saturated", "no such", "timeout_missing"])),
        }
    )
    names = st.sampled_from(["slow", "wide", "not a name", "1"])
    return {"reference": yaml.safe_load(SMALL), "flawed": draw(st.dictionaries(names, one))}


@pytest.mark.slow
@fuzzed(1000)
@given(data=case_files())
def test_a_case_file_with_any_changes(data, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "file.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    try:
        made = load_designs(path)
    except UserError as error:
        for line in str(error).splitlines():
            assert re.match(r".*file\.yaml(:\d+)?: \S", line), line
    else:
        assert set(made) == {"reference", *data["flawed"]}


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(designs(requests=False))
def test_a_written_design_reads_as_the_same(design):
    again = Design.from_yaml(design.to_yaml())
    assert again == design
    assert again.to_yaml() == design.to_yaml()
    assert Design.from_dict(design.to_dict()) == design
    assert len(design.diff(again)) == 0


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(designs(most=6), st.data())
def test_a_change_shows_as_exactly_that_difference(design, data):
    changes = data.draw(changes_of(design))
    changed = design.change(changes)
    flat = design.diff(changed)
    values = {path: plain(design, path) for path in changes}
    expected = {path for path in changes if plain(changed, path) != values[path]}
    assert set(flat.index) == expected
    assert set(changed.diff(design).index) == expected


def changes_of(design):
    """Changes of single values: of components, of the requirement, of steps."""
    parts = {
        f"components.{name}.{key}": value
        for name in design.components
        for key, value in {
            "replicas": st.integers(1, 9), "price": st.sampled_from(["$1/h", "$0.25/h", None]),
            "does": st.sampled_from(["more", None]), "service.mean": st.just("7 ms"),
        }.items()
        if key != "service.mean" or design.components[name].service.shape != "measured"
    }  # fmt: skip
    calls = {
        f"flows.{name}.{step.label}.{key}": value
        for name, flow in design.flows.items()
        for step in all_steps(flow.steps)
        if step.call
        for key, value in {
            "retries": st.integers(1, 5), "timeout": st.just("33 ms"), "jitter": st.booleans(),
            "fallback": st.sampled_from(["defaults", None]),
        }.items()
    }  # fmt: skip
    whole = {"requirement.latency": st.just("99 ms"), "title": st.just("Changed")}
    paths = {**parts, **calls, **whole}
    chosen = st.lists(st.sampled_from(sorted(paths)), min_size=1, max_size=4, unique=True)
    return chosen.flatmap(lambda names: st.fixed_dictionaries({n: paths[n] for n in names}))


def all_steps(steps):
    for step in steps:
        yield step
        for branch in step.parallel:
            yield from all_steps(branch)
        yield from all_steps(step.on_miss)


def plain(design, path):
    """The value at a path, as the design says it."""
    here = design.to_dict()
    first, *rest = path.split(".")
    here = here.get(first)
    if first == "flows":
        flow, label, key = rest
        found = [s for s in all_steps(design.flows[flow].steps) if s.label == label]
        said = found[0].model_dump(mode="json", exclude_unset=True)
        return said.get(key)
    for key in rest:
        here = here.get(key) if isinstance(here, dict) else None
    return here


def test_each_mistake_is_told_once_with_its_line():
    text = SMALL.replace("kind: cache", "kind: cash").replace("replicas: 2", "replicas: none")
    with pytest.raises(DesignError) as refused:
        Design.from_yaml(text, "file.yaml")
    assert [line.split(" ")[0] for line in str(refused.value).splitlines()] == [
        "file.yaml:5:",
        "file.yaml:6:",
    ]


@pytest.mark.parametrize("name", ["share", "steps", "parallel", "every"])
def test_a_step_whose_name_is_a_key_of_its_flow_is_refused(name):
    with pytest.raises(DesignError, match="a step cannot be called"):
        Design.from_yaml(SMALL.replace("name: again", f"name: {name}"))


@pytest.mark.parametrize("value", ["1e-300 s", "1e300 s", "-1 s", "0 s"])
def test_times_that_nobody_means_are_refused(value):
    with pytest.raises(DesignError, match=r"line|timeout"):
        Design.from_yaml(SMALL.replace("30 ms", value))


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(design_data(most=4))
def test_data_and_its_text_make_the_same_design(data):
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
    assert Design.from_yaml(text) == Design.from_dict(data)


def test_the_example_reads_back():
    assert Design.from_yaml(clean_design().to_yaml()) == clean_design()


def test_a_key_with_line_breaks_is_told_in_one_line(tmp_path):
    path = tmp_path / "file.yaml"
    path.write_text(yaml.safe_dump({"reference": {"a\n\x85b": 1}}), encoding="utf-8")
    with pytest.raises(UserError) as told:
        load_designs(path)
    assert all(line.startswith(str(path)) for line in str(told.value).splitlines())
    assert r"reference.a\n\x85b" in str(told.value)
