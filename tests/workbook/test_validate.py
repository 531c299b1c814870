import os
import subprocess
import sys

import nbformat
import pytest

from mlsd_kit.workbook import renew_outputs


@pytest.fixture
def pair(make_notebook, tmp_path, monkeypatch):
    """A notebook whose outputs are true, and one with a wrong one."""
    monkeypatch.setenv("MLSD_WARM_IDLE_S", "0")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    good = make_notebook(("x = 6 * 7\nx",), ("import os; os.getcwd() != '/'",), name="good")
    renew_outputs(good)
    notebook = nbformat.read(good, as_version=4)
    notebook.cells[0].outputs[0]["data"]["text/plain"] = "43"
    wrong = tmp_path / "wrong.ipynb"
    nbformat.write(notebook, wrong)
    return good, wrong


def validate(*notebooks):
    return run("mlsd_kit", "validate", "--output", "runs", *notebooks)


def run(*command):
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        capture_output=True, text=True, check=False, env={**os.environ},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_validate_has_the_verdict_of_plain_nbval(pair):
    good, wrong = pair
    code, said = validate(good)
    assert code == 0, said
    assert "2 passed" in said
    code, said = validate("-j", "2", "--force", good, wrong)
    assert code == 1
    assert "1 failed, 3 passed" in said
    assert "cold" not in said
    plain, told = run("pytest", "--nbval", "-q", "-p", "no:cacheprovider", good, wrong)
    assert plain == 1
    assert "1 failed, 3 passed" in told


def test_what_passed_is_compared_again_only_when_something_changed(pair):
    good, wrong = pair
    assert validate(good, wrong)[0] == 1
    code, said = validate(good, wrong)
    assert code == 1
    assert "1 of 2 notebooks passed before" in said
    assert "1 failed, 1 passed" in said
    code, said = validate(good)
    assert (code, said.strip()) == (0, "1 of 1 notebooks passed before and have not changed")
    code, said = validate("--force", good)
    assert "2 passed" in said
    notebook = nbformat.read(good, as_version=4)
    notebook.cells[0].outputs[0]["data"]["text/plain"] = "41"
    nbformat.write(notebook, good)
    assert validate(good)[0] == 1


def test_a_file_beside_the_notebook_is_an_input(make_notebook, tmp_path, monkeypatch):
    monkeypatch.setenv("MLSD_WARM_IDLE_S", "0")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "beside.py").write_text("x = 42")
    notebook = make_notebook(("import beside\nbeside.x",))
    renew_outputs(notebook)
    assert validate(notebook)[0] == 0
    (tmp_path / "beside.py").write_text("x = 43")
    assert validate(notebook)[0] == 1
