"""Notebooks are thin: prose, a call, a table, a figure. Logic lives in the package."""

import re

import nbformat
import pytest
from conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
TEMPLATES = sorted((ROOT / "notebooks" / "templates").glob("*.ipynb"))
CHECK = "# NBVAL_CHECK_OUTPUT"


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.name)
def cells(request):
    return nbformat.read(request.param, as_version=4).cells


def code(cells):
    return [cell for cell in cells if cell.cell_type == "code"]


def test_the_first_code_cell_holds_the_parameters(cells):
    assert code(cells)[0].metadata.get("tags") == ["parameters"]


def test_a_check_cell_holds_its_output(cells):
    for cell in code(cells):
        if cell.source.startswith(CHECK):
            assert cell.outputs, cell.source


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_output(path):
    assert not any(cell.outputs for cell in code(nbformat.read(path, as_version=4).cells))


def test_no_logic_in_a_notebook(cells):
    for cell in code(cells):
        if not cell.source.startswith(CHECK):
            assert not re.search(r"^\s*(def|class|for|while|if|try)\b", cell.source, re.MULTILINE), (
                cell.source
            )


def test_every_study_notebook_says_what_it_checks():
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        assert sum(cell.source.startswith(CHECK) for cell in code(cells)) == 1, path.name
        assert cells[0].cell_type == "markdown"
