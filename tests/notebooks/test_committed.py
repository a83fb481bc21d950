"""The committed notebooks as a reader finds them: what the builder makes, complete, with outputs and without errors."""

import re
import symtable

import nbformat
import pytest
from conftest import ROOT

from qa_course import lessons

NOTEBOOKS = sorted((ROOT / "notebooks").glob("[a-z][a-z]/*.ipynb"))
NAMES = [f"{path.parent.name}/{path.stem}" for path in NOTEBOOKS]


@pytest.fixture(params=NOTEBOOKS, ids=NAMES)
def notebook(request):
    made = nbformat.read(request.param, 4)
    made.path = request.param
    return made


def text(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def prose(notebook):
    """The text cells without code, links' targets and markup."""
    bare = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)|<[^>]*>", " ", text(notebook), flags=re.DOTALL)
    return re.findall(r"[^\W\d_]+", bare)


def test_there_is_a_notebook_for_every_lesson_in_both_languages():
    stems = {path.stem for path in lessons.sources(ROOT)}
    assert stems and {path.stem for path in NOTEBOOKS} == stems
    assert len(NOTEBOOKS) == 2 * len(stems)


def test_committed_notebooks_are_what_the_builder_makes():
    assert lessons.differences(ROOT) == []


def test_the_solutions_shown_are_right(notebook):
    """Under `smoke` they are checked as they run; here, with the model that the outputs were made with."""
    for cell in notebook.cells:
        if "solution" in cell.metadata.get("tags", []):
            said = "".join(output.get("text", "") for output in cell.outputs)
            assert "✓" in said and "✗" not in said and "○" not in said, said


def test_a_badge_opens_its_own_notebook(notebook):
    own = f"/blob/main/notebooks/{notebook.path.parent.name}/{notebook.path.name})"
    assert f"github/{lessons.repository(ROOT)}{own}" in notebook.cells[0].source


def test_every_cell_was_run_without_error_and_figures_are_there(notebook):
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    assert [output for output in outputs if "image/png" in output.get("data", {})]
    assert notebook.path.stat().st_size < 1_500_000


def test_every_picture_has_alternative_text(notebook):
    """`plots.style.new_panels` gives it to every figure."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                assert output.metadata.get("image/png", {}).get("alt"), f"a figure of {cell.source!r} has none"


def test_a_lesson_is_complete(notebook):
    assert len(prose(notebook)) >= 700
    tags = [tag for cell in notebook.cells for tag in cell.metadata.get("tags", [])]
    assert tags.count("exercise") == tags.count("solution") >= 2
    assert "report.record(" in notebook.cells[-1].source


def test_what_follows_needs_no_solution(notebook):
    """So that a handout, which has no solutions, runs to its end."""
    solved = set()
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and cell.source:
            stored, used = global_names(symtable.symtable(cell.source, "cell", "exec"))
            if "solution" in cell.metadata.get("tags", []):
                solved |= stored
            else:
                assert not (used - stored) & solved, f"cell {number} uses {sorted(used & solved)} of a solution"
                solved -= stored


def global_names(table):
    """The global names that a piece of code stores, and those that it or its functions use."""
    top = table.get_type() == "module"
    stored = {each.get_name() for each in table.get_symbols() if top and each.is_assigned()}
    used = {each.get_name() for each in table.get_symbols() if each.is_referenced() and (top or each.is_global())}
    for inner in table.get_children():
        used |= global_names(inner)[1]
    return stored, used
