"""What a user gets from the built wheel, without the source checkout."""

import os
import subprocess
import sys
import zipfile

import pytest

from mlsd_kit.content import FOLDERS, _files, content_root

ROOT = content_root()


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel's content in a folder of its own, as pip would unpack it."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(out / "site")
    return out / "site"


@pytest.fixture
def mlsd(installed, tmp_path):
    def call(*args, cwd=tmp_path):
        return subprocess.run(
            [sys.executable, "-m", "mlsd_kit", *args],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(installed)},
            capture_output=True,
            text=True,
            check=False,
        )

    return call


def test_cases_and_notebooks_travel_in_the_wheel(installed):
    packaged = installed / "mlsd_kit" / "content"
    for path in _files(ROOT):
        assert (packaged / path.relative_to(ROOT)).read_bytes() == path.read_bytes()
    assert {path.name for path in packaged.iterdir()} == set(FOLDERS)


def test_init_copies_to_an_own_folder_and_an_upgrade_leaves_it(mlsd, tmp_path):
    own = tmp_path / "mine"
    assert "0 as they were" in mlsd("init", str(own)).stdout
    book = own / "case_studies" / "ctr_prediction" / "walkthrough.ipynb"
    book.write_text("my own work")
    again = mlsd("init", str(own))
    assert again.stdout.startswith(f"{own}: 0 files added")
    assert "kept yours: case_studies/ctr_prediction/walkthrough.ipynb" in again.stdout
    assert book.read_text() == "my own work"


def test_a_case_is_found_and_a_new_one_made_outside_the_package(mlsd, tmp_path):
    assert "ctr_prediction" in mlsd("list").stdout
    assert mlsd("new", "churn").returncode == 0
    assert (tmp_path / "case_studies" / "churn" / "case.yaml").is_file()
    assert "churn" in mlsd("list").stdout


def test_a_run_from_the_wheel_stays_in_the_current_folder(mlsd, installed, tmp_path):
    assert mlsd("new", "churn").returncode == 0
    done = mlsd("run", "churn")
    assert done.returncode == 0, done.stderr
    (run,) = (tmp_path / "runs" / "churn").iterdir()
    assert (run / "page.html").is_file()
    assert not list(installed.rglob("runs"))
