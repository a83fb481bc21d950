import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_course import report


@pytest.fixture
def shown(monkeypatch):
    """What a cell displays, in order."""
    outputs = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: outputs.append(data))
    return outputs


def test_record_writes_plain_numbers_and_makes_the_folder(tmp_path, shown):
    path = tmp_path / "results" / "es" / "01_x.json"
    report.record(path, "en", em=np.float32(0.5), rows=np.int64(7), same=np.bool_(True), seconds=1.25)
    assert json.loads(path.read_text()) == {"em": 0.5, "rows": 7, "same": True, "seconds": 1.25}
    assert [item.name for item in path.parent.iterdir()] == ["01_x.json"]  # no draft left
    assert len(shown) == 1


def test_record_without_an_output_only_shows(tmp_path, shown, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report.record("", "es", seguro=True, em=66.5)
    assert list(tmp_path.iterdir()) == []
    assert shown[0]["text/plain"] == "Cifra   Valor\nseguro  sí\nem       66.5"
    assert ">Valor</th>" in shown[0]["text/html"]


def test_a_figure_may_be_called_output(tmp_path, shown):
    report.record(tmp_path / "x.json", "en", output=3)
    assert json.loads((tmp_path / "x.json").read_text()) == {"output": 3}


@pytest.mark.parametrize("value", [math.nan, math.inf, "0.5", None, [1], np.arange(2), 1j])
def test_record_refuses_what_is_not_a_finite_number(tmp_path, shown, value):
    with pytest.raises(ValueError, match="figure em is"):
        report.record(tmp_path / "x.json", "en", em=value)
    assert list(tmp_path.iterdir()) == [] and shown == []


def test_record_names_an_unknown_language(shown):
    with pytest.raises(ValueError, match="'fr'"):
        report.record("", "fr", em=1)


def test_out_of_bounds_names_lesson_figure_and_bound():
    bounds = {"em": [40, 60], "rows": [None, 10], "f1": [50, None], "lost": [0, 1]}
    figures = {"em": 39.9, "rows": 11, "f1": 50, "extra": 1}
    assert report.out_of_bounds(figures, bounds, "05_x (es)") == [
        "05_x (es): figure em = 39.9 is outside [40, 60]",
        "05_x (es): figure extra = 1 has no bound",
        "05_x (es): figure lost, bound [0, 1], was not recorded",
        "05_x (es): figure rows = 11 is outside [None, 10]",
    ]


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(0, 1e9))
def test_bounds_include_their_ends(low, width):
    high = low + width
    assert report.out_of_bounds({"x": low, "y": high}, {"x": [low, high], "y": [low, high]}, "l") == []
    beyond = math.nextafter(high, math.inf)
    assert len(report.out_of_bounds({"x": beyond}, {"x": [low, high]}, "l")) == 1


def test_the_spanish_headings_are_sorted_and_none_stands_twice():
    path = Path(report.__file__).with_name("headings.es.json")
    keys = [key for key, _ in json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=list)]
    assert keys == sorted(set(keys))


def test_table_escapes_cells_and_headings():
    page = report.html_table([{"q": "<script>alert(1)</script> & co", "n": 2}], {"q": "<i>Q</i>", "n": "N"})
    assert "<script>" not in page and "<i>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in page and "&lt;i&gt;Q&lt;/i&gt;" in page


def test_table_takes_a_data_frame_and_chooses_columns():
    frame = pd.DataFrame({"q": ["a", "bb"], "n": [1, 20], "f": [0.12345, math.nan]})
    assert report.text_table(frame) == "q   n   f\na    1  0.123\nbb  20      –"
    assert report.text_table(frame, ["n"]) == "n\n 1\n20"
    assert report.text_table(frame, {"f": "F1"}) == "F1\n0.123\n    –"


def test_a_table_may_give_every_float_so_many_decimals():
    rows = [{"q": "a", "n": 1, "f": 72.0}, {"q": "b", "n": 2, "f": -0.36}]
    assert report.text_table(rows, decimals=1) == "q  n  f\na  1  72.0\nb  2  -0.4"
    assert ">72.0</td>" in report.html_table(rows, decimals=1)


def test_table_shows_a_missing_key_as_a_dash_and_no_rows_as_headings():
    assert report.text_table([{"a": 1}, {"b": True}], language="en") == "a  b\n1    –\n–  yes"
    assert report.text_table([], ["a", "b"]) == "a  b"
    assert ">a</th>" in report.html_table([], ["a"])


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (53.0, "53"), (66.5271, "66.527"), (1e-5, "1e-05"), (1_000_000, "1000000"), (-2.5, "-2.5")],
)
def test_numbers_are_short(value, text):
    assert report.text_table([{"x": value}]).splitlines()[1].strip() == text


CELLS = st.text(alphabet="añ<>&\"'\n ", max_size=5) | st.floats() | st.integers() | st.booleans() | st.none()


@given(st.lists(st.fixed_dictionaries({}, optional={"a": CELLS, "b": CELLS}), max_size=4))
def test_tables_take_any_plain_cell_and_are_deterministic(rows):
    page = report.html_table(rows, ["a", "b"])
    assert page == report.html_table(rows, ["a", "b"])
    assert page.count("<tr>") == len(rows) + 1 and page.count("<td") == 2 * len(rows)
    assert page.count("<") == page.count(">")


def test_write_whole_replaces_and_leaves_no_draft(tmp_path):
    path = tmp_path / "a" / "x.txt"
    report.write_whole(path, "uno")
    report.write_whole(path, "dós")
    assert path.read_text(encoding="utf-8") == "dós"
    assert list(path.parent.iterdir()) == [path]


def test_headings_are_in_the_readers_language():
    rows = [{"questions": 3, "F1": 1.5}]
    assert report.text_table(rows, language="es").split() == ["preguntas", "F1", "3", "1.5"]
    assert report.text_table(rows, language="en").split() == ["questions", "F1", "3", "1.5"]
    assert report.text_table(rows, {"questions": "n"}, language="es").split() == ["n", "3"]
