import pytest

from mlsd_kit.errors import UserError
from mlsd_kit.workbook.parameters import check_parameters, read_notebook, read_parameters

CELL = """\
seed: int = 1  # seeds everything
rate: float = 0.5  # a share
model: str = "trees"  # one of: trees, linear (what is deployed)
fast: bool = False  # skip the slow part
"""


@pytest.fixture
def declared(make_notebook):
    return read_parameters(read_notebook(make_notebook((CELL, "parameters"))))


def test_the_cell_is_read_with_types_defaults_and_help(declared):
    assert [(p.name, p.type, p.default) for p in declared.values()] == [
        ("seed", "int", 1),
        ("rate", "float", 0.5),
        ("model", "str", "trees"),
        ("fast", "bool", False),
    ]
    assert declared["seed"].help == "seeds everything"
    assert declared["model"].choices == ["trees", "linear"]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("seed", "3", 3),
        ("seed", "1_000_000", 1_000_000),
        ("seed", "1e6", 1_000_000),
        ("seed", "9007199254740993", 9007199254740993),
        ("rate", "2", 2.0),
        ("model", "linear", "linear"),
        ("fast", "true", True),
        ("fast", "False", False),
    ],
)
def test_text_becomes_the_declared_type(declared, name, text, value):
    [(_, found)] = check_parameters(declared, {name: text}).items()
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("seed", "many", "seed: expected int, got 'many'"),
        ("seed", "1.5", "seed: expected int, got '1.5'"),
        ("seed", True, "seed: expected int, got True"),
        ("rate", "half", "rate: expected float, got 'half'"),
        ("fast", "maybe", "fast: expected bool, got 'maybe'"),
        ("model", "forest", "model: expected one of trees, linear, got 'forest'"),
        ("sede", "3", "sede: the notebook has no such parameter; did you mean 'seed'?"),
    ],
)
def test_what_does_not_fit_is_one_line(declared, name, text, message):
    with pytest.raises(UserError) as caught:
        check_parameters(declared, {name: text})
    assert str(caught.value) == message


def test_every_mistake_is_told(declared):
    with pytest.raises(UserError) as caught:
        check_parameters(declared, {"sede": "3", "rate": "half"})
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": 3}', "\x00"])
def test_what_is_no_notebook_is_one_line(tmp_path, content):
    path = tmp_path / "broken.ipynb"
    path.write_text(content)
    with pytest.raises(UserError, match=r"broken\.ipynb: not a readable notebook") as caught:
        read_notebook(path)
    assert "\n" not in str(caught.value)


def test_a_missing_notebook_is_named(tmp_path):
    with pytest.raises(UserError, match="there is no such notebook"):
        read_notebook(tmp_path / "none.ipynb")
