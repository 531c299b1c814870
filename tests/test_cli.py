"""The command line as a user meets it: real processes, real exit codes."""

import re
import subprocess
import sys

import pytest

from mlsd_kit.content import content_root, init


@pytest.fixture
def mlsd(tmp_path, monkeypatch):
    """Run `mlsd` in an empty folder; gives the finished process."""
    monkeypatch.chdir(tmp_path)

    def run(*args):
        command = [sys.executable, "-m", "mlsd_kit", *map(str, args)]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)

    return run


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["run", "ctr_prediction", "-p", "sede", "3"], "no such parameter; did you mean 'seed'?"),
        (["run", "ctr_prediction", "-p", "n_rows", "many"], "n_rows: expected int, got 'many'"),
        (["run", "ctr_prediction", "-p", "dataset", "avazu"], "one of simulated, open_bandit"),
        (["run", "ctr_prediction", "-p", "dataset", "criteo", "-p", "data_path", "gone.txt"],
         "there is no file gone.txt"),
        (["run", "ctr_prediction", "-p", "dataset", "criteo", "-p", "data_path", __file__],
         f"{__file__}:1: expected 40 tab-separated fields"),
        (["run", "ctr_predicton"], "no case 'ctr_predicton'; did you mean 'ctr_prediction'?"),
        (["show", "nothing_like_it"], "no case 'nothing_like_it'; there are: "),
        (["run", "none.ipynb"], "none.ipynb: there is no such notebook"),
        (["results", "--output", "none"], "no runs yet; make one with: mlsd run ctr_prediction"),
        (["new", "Not A Name"], "'Not A Name' cannot name a case"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_and_exit_code_2(mlsd, tmp_path, args, message):
    done = mlsd(*args)
    assert done.returncode == 2
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith("mlsd: ")
    assert message in line
    assert list(tmp_path.iterdir()) == []


def test_a_case_with_a_wrong_key_is_told_with_its_line(mlsd, tmp_path):
    init(tmp_path)
    path = tmp_path / "case_studies" / "ctr_prediction" / "case.yaml"
    path.write_text(path.read_text().replace("title:", "titel:", 1))
    done = mlsd("show", "ctr_prediction")
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.endswith("case.yaml:1: titel: unknown key; the nearest valid key is 'title'")
    listed = mlsd("list")
    assert listed.returncode == 0
    assert "(has mistakes)" in listed.stdout


def test_list_show_and_coverage(mlsd):
    assert "ctr_prediction" in mlsd("list").stdout
    shown = mlsd("show", "ctr_prediction").stdout
    assert "4,000 requests/s" in shown
    assert "1 to 2 % of impressions are clicked" not in shown  # a fact: it has to be asked for
    covered = mlsd("coverage", "--case", "ctr_prediction").stdout
    assert re.search(r"\d+ of 60 items are shown by a cell", covered)


def _commands():
    """The commands in CONTRIBUTING's steps to add a case, in order."""
    text = (content_root() / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split("## Add a case")[1].split("\n## ")[0]
    assert len(re.findall(r"^\d+\. ", section, re.MULTILINE)) <= 8
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


@pytest.mark.slow
def test_a_case_made_by_the_steps_of_contributing_is_listed_run_and_validated(tmp_path):
    folder = tmp_path / "mine"
    init(folder)
    commands = _commands()
    assert len(commands) >= 6
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for command in commands:
        words = command.split()
        module = {"mlsd": ["mlsd_kit"], "pytest": ["pytest"], "jupyter": ["jupyter"]}[words[0]]
        done = subprocess.run(
            [sys.executable, "-m", *module, *words[1:]],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert {path: path.read_bytes() for path in before} == before
    listed = subprocess.run(
        [sys.executable, "-m", "mlsd_kit", "list"], cwd=folder, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert "customer_churn" in listed.stdout
