import shutil

import pytest

from mlsd_kit.cases import Case, discover, load_case
from mlsd_kit.content import content_root, init, workspace
from mlsd_kit.coverage import cell_items
from mlsd_kit.errors import UserError


@pytest.fixture
def learner(tmp_path, monkeypatch):
    """A learner's folder made by init, with the current directory in it."""
    folder = tmp_path / "mine"
    init(folder)
    monkeypatch.chdir(folder)
    return folder


def test_the_package_s_cases_are_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert workspace() == content_root()
    assert "ctr_prediction" in discover()


def test_the_learner_s_copy_comes_first_also_from_a_folder_below(learner, monkeypatch):
    monkeypatch.chdir(learner / "case_studies" / "ctr_prediction")
    assert workspace() == learner
    assert load_case("ctr_prediction").folder == learner / "case_studies" / "ctr_prediction"


def test_a_new_folder_is_a_new_case(learner):
    cases = learner / "case_studies"
    shutil.copytree(cases / "ctr_prediction", cases / "another")
    assert load_case("another").slug == "another"
    assert set(discover()) >= {"another", "ctr_prediction"}


def test_init_again_adds_what_is_missing_and_keeps_what_was_changed(learner):
    changed = learner / "case_studies" / "ctr_prediction" / "case.yaml"
    changed.write_text("mine")
    missing = learner / "case_studies" / "ctr_prediction" / "world.py"
    missing.unlink()
    result = init(learner)
    assert changed.read_text() == "mine"
    assert missing.is_file()
    assert [path.name for path in result.kept] == ["case.yaml"]
    assert [path.name for path in result.added] == ["world.py"]


def test_init_refuses_a_file_and_the_package_s_own_folder(tmp_path):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(UserError, match="is a file"):
        init(file)
    with pytest.raises(UserError, match="name another folder"):
        init(content_root())
    with pytest.raises(UserError, match="part of the package"):
        init(content_root() / "case_studies" / "copy")


def test_a_misspelt_case_names_the_nearest():
    with pytest.raises(
        UserError, match=r"no case 'ctr_predicton'; did you mean 'ctr_prediction'\?"
    ):
        load_case("ctr_predicton")


def test_worlds_of_two_folders_with_one_name_are_apart(learner):
    mine = load_case("ctr_prediction")
    world = mine.folder / "world.py"
    world.write_text("from .beside import ANSWER\n")
    (mine.folder / "beside.py").write_text("ANSWER = 42\n")
    theirs = Case.from_folder(content_root() / "case_studies" / "ctr_prediction")
    assert mine.world().ANSWER == 42
    assert not hasattr(theirs.world(), "ANSWER")


def test_a_notebook_that_is_none_gives_one_line(tmp_path):
    path = tmp_path / "broken.ipynb"
    path.write_text("{")
    with pytest.raises(UserError, match=r"broken\.ipynb: not a readable notebook"):
        cell_items(path)
