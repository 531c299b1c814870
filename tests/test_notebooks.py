"""What every committed notebook has to keep to."""

import subprocess
import sys

import nbformat
import pytest

from mlsd_kit.cases import discover, load_case
from mlsd_kit.content import content_root
from mlsd_kit.coverage import cell_items, coverage, find_notebooks
from mlsd_kit.framework import ITEMS, STAGE_NAMES
from mlsd_kit.overview import renew
from mlsd_kit.workbook.engine import cell_stages
from mlsd_kit.workbook.parameters import read_parameters

ROOT = content_root()
NOTEBOOKS = sorted([*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("case_studies/*/*.ipynb")])
CASES = sorted(ROOT.glob("case_studies/*/walkthrough.ipynb"))


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: str(path.relative_to(ROOT)))
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def test_there_are_notebooks():
    assert NOTEBOOKS
    assert CASES


def test_outputs_are_committed_with_counts(notebook):
    assert all(cell.execution_count for cell in code_cells(notebook))


def test_at_least_two_thirds_of_the_code_cells_are_compared(notebook):
    cells = code_cells(notebook)
    exempt = [c for c in cells if "nbval-ignore-output" in c.metadata.get("tags", [])]
    assert len(exempt) <= len(cells) / 3


def test_no_cell_exempts_itself_in_another_way(notebook):
    allowed = {"nbval-ignore-output"}
    for cell in notebook.cells:
        tags = {tag for tag in cell.metadata.get("tags", []) if tag.startswith("nbval")}
        assert tags <= allowed
        assert "NBVAL" not in cell.source.upper().replace("NBVAL-IGNORE", "")


def test_no_output_is_an_error_or_a_warning(notebook):
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text


def test_cells_are_short_and_the_kernel_is_python3(notebook):
    assert notebook.metadata.kernelspec.name == "python3"
    assert max(len(cell.source.splitlines()) for cell in code_cells(notebook)) <= 16


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_item_tags_are_items_of_the_framework(path):
    assert {id for ids in cell_items(path).values() for id in ids} <= set(ITEMS)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.parent.name)
def test_a_walkthrough_has_all_six_stages_and_typed_parameters(path):
    notebook = nbformat.read(path, as_version=4)
    assert [s for s in dict.fromkeys(cell_stages(notebook)) if s != "start"] == list(STAGE_NAMES)
    parameters = read_parameters(notebook)
    assert "seed" in parameters
    assert {"n_rows", "n_users"} & set(parameters), "a walkthrough's size is a parameter"
    assert all(p.help and p.type in {"int", "float", "str", "bool"} for p in parameters.values())


def test_coverage_counts_cells_and_cases():
    covers = coverage(find_notebooks(), [load_case(slug) for slug in discover()])
    assert covers["S5"].cells["ctr_prediction/walkthrough"]
    assert "ctr_prediction" in covers["E9"].cases


def test_the_readme_s_tables_are_up_to_date():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert renew(text, ROOT) == text


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_plain_papermill_shows_the_parameters(path):
    command = [sys.executable, "-m", "papermill", "--help-notebook", str(path)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    for parameter in read_parameters(nbformat.read(path, as_version=4)).values():
        assert f"{parameter.name}: {parameter.type} " in shown
