from types import SimpleNamespace

import matplotlib
import nbconvert
import nbformat
import pytest
from bs4 import BeautifulSoup
from IPython.core.formatters import DisplayFormatter
from IPython.core.pylabtools import select_figure_formats

matplotlib.use("agg")

from qa_course.plots import style


@pytest.fixture
def drawn():
    """What a notebook gets of a figure, as IPython's inline backend asks for it: data and metadata."""
    display = DisplayFormatter()
    select_figure_formats(SimpleNamespace(display_formatter=display), {"png"})
    yield display.format
    matplotlib.pyplot.close("all")


def test_a_figure_carries_its_words_as_alternative_text(drawn):
    figure, _ = style.new_axes("Ventanas\ndel corpus", "solapamiento (tokens)", "ventanas")
    data, metadata = drawn(figure)
    assert data.keys() == {"text/plain", "image/png"}
    assert metadata == {"image/png": {"alt": "Ventanas del corpus (solapamiento (tokens), ventanas)"}}


def test_alternative_text_names_each_panel_once(drawn):
    figure, panels = style.new_panels(1, 3)
    figure.suptitle("Losses")
    for axes, title in zip(panels, ("A", "B", "B"), strict=True):
        axes.set_title(title, loc="left")
        axes.set_xlabel("step")
    figure.colorbar(panels[0].imshow([[0, 1]]), ax=panels[2], label="cosine")
    assert drawn(figure)[1]["image/png"]["alt"] == "Losses; A (step); B (step); cosine"


def test_an_exported_page_shows_it(drawn):
    figure, _ = style.new_axes('5 < 7 "tokens"')
    data, metadata = drawn(figure)
    output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("plot", outputs=[output])])
    page, _ = nbconvert.HTMLExporter(template_name="classic").from_notebook_node(notebook)
    assert BeautifulSoup(page, "html.parser").find("img")["alt"] == '5 < 7 "tokens"'
