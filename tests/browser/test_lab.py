"""Lessons as one uses them in JupyterLab: a widget that is typed into, and a whole lesson by Run All Cells."""

import json
import re
import shutil

import nbformat
import pytest
from conftest import ROOT, free_port, picture

TYPED = "01_tokenizer_inspection"
WHOLE = "04_windows_and_labels"
SETTINGS = {  # JupyterLab asks about news at its start, and takes cells that are out of sight off the page
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}
ERROR = '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]'

BADGE = "https://colab.research.google.com/assets/colab-badge.svg"  # the one thing that a lesson has from elsewhere
CHANGED = "([view, before]) => view.innerHTML !== before"


@pytest.fixture(scope="module")
def lab(serving, tmp_path_factory):
    """The address of a JupyterLab with copies of two lessons, its token, and the folder with the copies."""
    folder, settings = tmp_path_factory.mktemp("lessons"), tmp_path_factory.mktemp("settings")
    for stem in (TYPED, WHOLE):
        shutil.copy(ROOT / "notebooks" / "es" / f"{stem}.ipynb", folder)
    for name, values in SETTINGS.items():
        path = settings / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")
    command = ["jupyterlab", "--no-browser", f"--port={free_port()}", "--IdentityProvider.token=course"]
    command += ["--ServerApp.allow_root=True", f"--ServerApp.root_dir={folder}"]
    address = serving(command, "smoke", JUPYTERLAB_SETTINGS_DIR=str(settings))
    return address.partition("/lab")[0], folder


def opened(page, lab, stem):
    """A lesson in JupyterLab, its kernel ready, without the outputs that it came with."""
    # In a workspace of its own, or JupyterLab would open the lesson before beside it.
    page.goto(f"{lab[0]}/lab/workspaces/{stem}/tree/{stem}.ipynb?token=course")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.get_by_text("Python 3 (ipykernel) | Idle").or_(page.get_by_text("Python 3 | Idle")).first.wait_for()
    choose(page, "Edit", "Clear Outputs of All Cells")
    page.wait_for_function("!document.querySelector('.jp-CodeCell .jp-OutputArea-output')")


def choose(page, menu, item):
    page.locator(".lm-MenuBar").get_by_text(menu, exact=True).click()
    page.locator(".lm-Menu").get_by_text(item, exact=True).click()


def run_all(page):
    """Run > Run All Cells, and wait until the last one has run or one has failed."""
    choose(page, "Run", "Run All Cells")
    last = page.locator(".jp-CodeCell").last.locator(".jp-InputPrompt", has_text=re.compile(r"\[\d+\]"))
    last.or_(page.locator(ERROR)).first.wait_for(state="attached")
    assert page.locator(ERROR).all_text_contents() == []


def test_the_widget_of_lesson_01_recolours_what_is_typed(new_page, lab):
    page = new_page(1300, 1000)
    opened(page, lab, TYPED)
    page.locator(".jp-CodeCell .cm-content", has_text="widgets.type_tokens").click()
    choose(page, "Run", "Run All Above Selected Cell")
    choose(page, "Run", "Run Selected Cell")
    box = page.get_by_role("textbox", name="Escribe:")
    view = page.locator(".jp-OutputArea-output .widget-vbox", has=box).locator(".widget-html")
    before = view.inner_html()
    assert page.locator(ERROR).all_text_contents() == []
    box.fill("El ñandú <script>alert(1)</script> corre")
    page.wait_for_function(CHANGED, arg=[view.element_handle(), before])
    assert view.locator("script").count() == 0 and "&lt;" in (before := view.inner_html())
    box.press("End")
    box.press_sequentially(" mucho")
    page.wait_for_function(CHANGED, arg=[view.element_handle(), before])
    box.scroll_into_view_if_needed()
    picture(page, "lesson-01-widget")
    assert set(page.noted) <= {BADGE}


def test_a_lesson_runs_by_run_all_cells(new_page, lab):
    page = new_page(1300, 1000)
    opened(page, lab, WHOLE)
    run_all(page)
    with page.expect_response(lambda reply: reply.request.method == "PUT" and "/api/contents/" in reply.url):
        choose(page, "File", "Save Notebook")
    cells = [cell for cell in nbformat.read(lab[1] / f"{WHOLE}.ipynb", 4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert {output.output_type for cell in cells for output in cell.outputs} >= {"display_data", "stream"}
    assert page.locator(".jp-OutputArea-output img").count() >= 1
    page.locator(".jp-OutputArea-output img").first.scroll_into_view_if_needed()
    picture(page, "lesson-04-figure")
    page.locator(".jp-CodeCell").last.scroll_into_view_if_needed()
    picture(page, "lesson-04-end")
