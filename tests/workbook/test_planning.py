import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.errors import UserError
from mlsd_kit.workbook.planning import plan, read_rows, read_sweep

names = st.sampled_from(["a", "b", "c", "d"])
values = st.lists(st.integers(0, 9), min_size=1, max_size=4)


@given(st.dictionaries(names, values, max_size=3), st.lists(st.sampled_from("xyz"), max_size=3))
def test_the_grid_has_every_combination_of_every_target(sweeps, targets):
    jobs = plan(targets, {"e": 1}, sweeps)
    size = 1
    for options in sweeps.values():
        size *= len(options)
    assert len(jobs) == size * len(targets)
    for job in jobs:
        assert job.parameters["e"] == 1
        assert all(job.parameters[name] in options for name, options in sweeps.items())
        assert job.varied == tuple(sweeps)


def test_rows_and_a_grid_multiply_and_the_label_says_what_varies():
    jobs = plan(["cases/x.ipynb"], sweeps={"seed": ["1", "2"]}, rows=[{"n": 5}, {"n": 6, "m": 0}])
    assert [job.label for job in jobs] == [
        "x n=5 seed=1", "x n=5 seed=2", "x n=6 m=0 seed=1", "x n=6 m=0 seed=2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fixed", "sweeps", "rows"),
    [({"a": 1}, {"a": [1]}, []), ({"a": 1}, {}, [{"a": 2}]), ({}, {"a": [1]}, [{"a": 2}])],
)
def test_a_parameter_that_is_set_twice_is_refused(fixed, sweeps, rows):
    with pytest.raises(UserError, match=r"^a: set both .* keep one"):
        plan(["x"], fixed, sweeps, rows)


def test_rows_come_from_yaml_and_csv(tmp_path):
    path = tmp_path / "runs.yaml"
    path.write_text("- {seed: 1, model: lightgbm}\n- {seed: 2}\n")
    assert read_rows(path) == [{"seed": 1, "model": "lightgbm"}, {"seed": 2}]
    path = tmp_path / "runs.csv"
    path.write_text("seed,model\n1,lightgbm\n2,\n")
    assert read_rows(path) == [{"seed": "1", "model": "lightgbm"}, {"seed": "2"}]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("gone.yaml", None, "cannot be read"),
        ("a.yaml", "seed: 1", "has to be a list of runs"),
        ("a.yaml", "[1, 2]", "has to be a list of runs"),
        ("a.yaml", "- {a: [", "not YAML"),
        ("a.csv", "seed,model\n1\n", "more or fewer values"),
        ("a.csv", "seed\n1,2\n", "more or fewer values"),
        ("a.csv", "", "has to be a list of runs"),
    ],
)
def test_a_file_that_is_wrong_is_told_in_one_line(tmp_path, name, text, said):
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(UserError, match=said) as caught:
        read_rows(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("text", ["seed", "=1", "seed=", "seed=1,,2"])
def test_a_sweep_that_is_wrong_is_told(text):
    with pytest.raises(UserError, match="such as seed=1,2,3"):
        read_sweep(text)
