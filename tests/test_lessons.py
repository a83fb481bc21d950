import json
import os
import re
import signal
import subprocess
import sys
import time

import nbformat
import pytest

from qa_course import execution, lessons

PROJECT = '[project]\nname = "x"\n[project.urls]\nRepository = "https://github.com/owner/course"\n'
LESSON = """\
# %% [markdown] lang="es"
# # Lección
#
# Objetivos: sumar.

# %% [markdown] lang="en"
# # Lesson
#
# Objectives: to add.

# %%
import sys

from qa_course import report

total = 1 + 1
print("noise", file=sys.stderr)
print(LANGUAGE, PROFILE)

# %% [markdown] lang="es"
# Ahora tú.

# %% [markdown] lang="en"
# Your turn.

# %% tags=["exercise"]
answer = ...

# %% tags=["solution"]
answer = total

# %%
report.record(OUTPUT, LANGUAGE, total=total, spanish=LANGUAGE == "es")
"""
BROKEN = LESSON.replace("total = 1 + 1", "total = 1 + 1\nif LANGUAGE == 'en':\n    raise KeyError('<b>lost</b>')")


@pytest.fixture
def root(tmp_path):
    """A small repository with one lesson."""
    folder = tmp_path / "repository"
    (folder / "notebooks" / "lessons").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    add(folder, "01_adding", LESSON)
    return folder


def add(root, stem, text):
    path = root / "notebooks" / "lessons" / f"{stem}.py"
    path.write_text(text, encoding="utf-8")
    return path


def read(root, stem, language):
    return nbformat.read(lessons.notebook_path(root, stem, language), 4)


# Building


def test_build_keeps_one_language_and_inserts_its_cells_in_order(root):
    notebook = lessons.build(lessons.sources(root)[0], "es", "owner/course")
    nbformat.validate(notebook)
    starts = [cell.source.splitlines()[0] for cell in notebook.cells]
    assert starts[0].startswith("[![Abrir en Colab]")
    assert starts[1:5] == ["# Lección", "import subprocess", 'LANGUAGE = "es"', "import sys"]
    assert starts[5:] == ["Ahora tú.", "answer = ...", "answer = total", starts[-1]]
    assert notebook.cells[3].source == 'LANGUAGE = "es"\nPROFILE = "auto"\nOUTPUT = ""'
    assert notebook.cells[3].metadata == {"tags": ["parameters"]}
    assert notebook.metadata == lessons.METADATA
    solution = next(cell for cell in notebook.cells if "solution" in cell.metadata.get("tags", []))
    assert solution.metadata.jupyter.source_hidden is True and solution.metadata.cellView == "form"


def test_code_is_equal_in_both_editions_but_for_the_language(root):
    editions = [lessons.build(lessons.sources(root)[0], lang, "owner/course") for lang in ("es", "en")]
    code = [[cell.source for cell in nb.cells if cell.cell_type == "code"] for nb in editions]
    assert code[0] == [source.replace('LANGUAGE = "en"', 'LANGUAGE = "es"') for source in code[1]]
    assert [cell.id for cell in editions[0].cells] == [cell.id for cell in editions[1].cells]


def test_the_notebook_is_the_same_every_time(root):
    first, second = (lessons.build(lessons.sources(root)[0], "en", "owner/course") for _ in range(2))
    assert first == second
    assert len({cell.id for cell in first.cells}) == len(first.cells)
    other = lessons.build(add(root, "02_other", LESSON), "en", "owner/course")
    assert not {cell.id for cell in first.cells} & {cell.id for cell in other.cells}


def test_badge_opens_its_own_notebook_and_links_the_other(root):
    lessons.build_all(root)
    for language, other in (("es", "en"), ("en", "es")):
        badge = read(root, "01_adding", language).cells[0].source
        addresses = re.findall(r"\]\((.*?)\)", badge)
        prefix = "https://colab.research.google.com/github/owner/course/blob/main/"
        assert (root / addresses[1].removeprefix(prefix)).samefile(lessons.notebook_path(root, "01_adding", language))
        assert addresses[1].startswith(prefix)
        here = lessons.notebook_path(root, "01_adding", language).parent
        assert (here / addresses[2]).samefile(lessons.notebook_path(root, "01_adding", other))


def test_neighbours_are_linked(root):
    add(root, "02_more", LESSON.replace("# # Lección", "# # 2 · Más").replace("# # Lesson", "# # 2 · More"))
    add(root, "03_last", LESSON)
    lessons.build_all(root)
    colab = "https://colab.research.google.com/github/owner/course/blob/main/notebooks"
    first, middle, last = (read(root, stem, "es").cells[0].source for stem in ("01_adding", "02_more", "03_last"))
    assert middle.endswith(f"\n\n← [Lección]({colab}/es/01_adding.ipynb) · [Lección]({colab}/es/03_last.ipynb) →")
    assert first.endswith(f"\n\n[2 · Más]({colab}/es/02_more.ipynb) →")
    assert last.endswith(f"\n\n← [2 · Más]({colab}/es/02_more.ipynb)")
    assert f"← [2 · More]({colab}/en/02_more.ipynb)" in read(root, "03_last", "en").cells[0].source


def test_a_document_has_its_table_of_lessons(root):
    page = root / "LEEME.md"
    page.write_text("# Curso\n\n<!-- lessons -->\nold\n<!-- end of lessons -->\n\nMás.\n", encoding="utf-8")
    lessons.build_all(root)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Curso\n\n<!-- lessons -->\n| Lección | Leer | Colab |\n") and text.endswith(
        "-->\n\nMás.\n"
    )
    assert "| Lección | [ES](notebooks/es/01_adding.ipynb) · [EN](notebooks/en/01_adding.ipynb) | [![Colab ES](" in text
    assert lessons.differences(root) == []
    page.write_text(text.replace("[ES]", "[XX]"), encoding="utf-8")
    assert lessons.differences(root) == ["LEEME.md: its table of lessons is out of date"]


def test_a_handout_has_no_solutions(root, tmp_path):
    text = """
# %% [markdown] lang="es"
# Compara: basta con sumar.

# %% [markdown] lang="en"
# Compare: it is enough to add.

# %% tags=["solution"]"""
    add(root, "01_adding", LESSON.replace('\n# %% tags=["solution"]', text))
    paths = lessons.handout(root, tmp_path / "handout")
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        "handout/es/01_adding.ipynb",
        "handout/en/01_adding.ipynb",
    ]
    for path in paths:
        made = nbformat.read(path, 4)
        assert not any("solution" in cell.metadata.get("tags", []) for cell in made.cells)
        source = "\n".join(cell.source for cell in made.cells)
        assert "answer = ..." in source and "answer = total" not in source
        assert "Compar" not in source and ("Ahora tú." in source or "Your turn." in source)


def test_set_up_cell_does_nothing_here_and_pins_torch_in_colab(root, monkeypatch):
    code = lessons.build(lessons.sources(root)[0], "es", "owner/course").cells[2].source
    calls = []
    monkeypatch.setattr("subprocess.run", lambda command, check: calls.append(command))
    monkeypatch.setattr("importlib.metadata.version", lambda name: f"9.{name}+cu1")
    exec(code, {})
    assert calls == []
    monkeypatch.setitem(__import__("sys").modules, "google.colab", object())
    exec(code, {})
    assert calls[0][1:4] == ["-m", "pip", "install"]
    assert calls[0][-2:] == ["qa-course @ git+https://github.com/owner/course", "torch==9.torch+cu1"]


ES, EN = '# %% [markdown] lang="es"\n# # Uno\n\n', '# %% [markdown] lang="en"\n# # One\n\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ES + EN + ES + "# %%\nx = 1\n", r"cell 3 \('# Uno'\): no twin"),
        (ES + EN + ES, r"cell 3 \('# Uno'\): no twin"),
        (ES + EN + EN, "cell 3 .*no twin"),
        (EN + ES, "cell 1 .*no twin"),
        (ES + EN + ES + "# %%\nx = 1\n\n" + EN, "cell 3 .*no twin"),
        (ES + EN + ES.replace("es", "fr") + EN, "cell 3 .*'fr'"),
        (ES + EN + "# %% [markdown]\n# texto\n", "cell 3 .*needs lang=.*None"),
        (ES + EN + '# %% lang="es"\nx = 1\n', "cell 3 .*only text has a language"),
        (ES + EN + "# %% [raw]\n# x\n", "cell 3 .*code or text"),
        (ES + EN + "# %%\n# why this\nx = 1\n", "cell 3 .*no prose comments: # why this"),
        (ES + EN + "# %%\nx = 1  # one\n", "cell 3 .*no prose comments: # one"),
        (ES + EN + "# %%\n" + "x = 1\n" * 26, "cell 3 .*26 lines of code, at most 25"),
        (ES + EN + "# %%\nx = (1\n", "cell 3 .*not Python"),
        ("# %%\nx = 1\n\n" + ES + EN, "cell 1 .*starts with its title"),
        ((ES + EN).replace("# # ", "# "), "cell 1 .*starts with its title"),
        ("", "03_bad.py"),
    ],
)
def test_a_bad_source_is_refused_by_file_and_cell(root, text, message):
    path = add(root, "03_bad", text)
    for language in lessons.LANGUAGES:
        with pytest.raises(ValueError, match=message) as error:
            lessons.build(path, language, "owner/course")
        assert str(error.value).startswith("03_bad.py: ")


def test_pragmas_magics_and_hashes_in_strings_are_no_prose(root):
    code = '# %%\n# %matplotlib inline\nimport os  # noqa: F401\ntext = """\n# title\n"""\n' + "x = 1\n" * 20
    notebook = lessons.build(add(root, "04_fine", ES + EN + code), "es", "owner/course")
    assert notebook.cells[-1].source.startswith("%matplotlib inline\nimport os")


def test_sources_are_chosen_by_number_or_name(root):
    add(root, "02_other", LESSON)
    assert [path.stem for path in lessons.sources(root)] == ["01_adding", "02_other"]
    assert [path.stem for path in lessons.sources(root, ["02"])] == ["02_other"]
    assert [path.stem for path in lessons.sources(root, ["01_adding", "02"])] == ["01_adding", "02_other"]
    with pytest.raises(ValueError, match="no lesson '07': there are 01_adding, 02_other"):
        lessons.sources(root, ["07"])


# Outputs and differences


def ran(notebook):
    """The notebook as if it had been run, with all that must not be committed."""
    v4 = nbformat.v4
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = 40
            cell.metadata.execution = {"iopub.execute_input": "2026-11-21"}
            cell.outputs = [v4.new_output("stream", name="stdout", text=cell.source)]
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "Bar()"}
    notebook.cells[-1].outputs += [
        v4.new_output("stream", name="stderr", text="100%"),
        v4.new_output("error", ename="E", evalue="", traceback=[]),
        v4.new_output("display_data", data=view),
        v4.new_output("display_data", data={**view, "text/html": "<p>still</p>"}),
        v4.new_output("execute_result", data={"image/png": "aGk="}, execution_count=40),
    ]
    notebook.metadata.widgets = {"state": {}}
    return notebook


def test_outputs_stay_for_unchanged_cells_and_go_for_changed_ones(root):
    lessons.build_all(root)
    path = lessons.notebook_path(root, "01_adding", "es")
    nbformat.write(ran(read(root, "01_adding", "es")), path)
    add(root, "01_adding", LESSON.replace("answer = ...", "answer = 0").replace("Ahora tú", "Te toca"))
    lessons.build_all(root)
    cells = read(root, "01_adding", "es").cells
    kept = {cell.source: cell.outputs for cell in cells if cell.cell_type == "code"}
    assert kept.pop("answer = 0") == []
    assert all(outputs[0].text == source for source, outputs in kept.items())
    assert [cell.execution_count for cell in cells if cell.cell_type == "code"] == [1, 2, 3, None, 5, 6]


def test_what_must_not_be_committed_is_dropped(root):
    lessons.build_all(root)
    nbformat.write(ran(read(root, "01_adding", "en")), lessons.notebook_path(root, "01_adding", "en"))
    lessons.build_all(root)
    notebook = read(root, "01_adding", "en")
    stdout, still, figure = notebook.cells[-1].outputs
    assert stdout.name == "stdout"
    assert still.data == {"text/html": "<p>still</p>", "text/plain": "Bar()"}
    assert figure.data == {"image/png": "aGk="} and figure.execution_count == 6
    assert lessons.differences(root) == []


def test_differences_name_each_notebook_that_is_not_what_the_builder_makes(root):
    assert lessons.differences(root) == [f"notebooks/{lang}/01_adding.ipynb is missing" for lang in ("es", "en")]
    lessons.build_all(root)
    assert lessons.differences(root) == []
    nbformat.write(nbformat.v4.new_notebook(), root / "notebooks" / "en" / "09_gone.ipynb")
    notebook = read(root, "01_adding", "es")
    notebook.metadata.widgets = {}
    nbformat.write(notebook, lessons.notebook_path(root, "01_adding", "es"))
    notebook = read(root, "01_adding", "en")
    notebook.cells[4].metadata.tags = ["x"]
    nbformat.write(notebook, lessons.notebook_path(root, "01_adding", "en"))
    assert lessons.differences(root) == [
        "notebooks/es/01_adding.ipynb: the notebook's metadata differ",
        "notebooks/en/01_adding.ipynb: cell 5 differs from the lesson's source",
        "notebooks/en/09_gone.ipynb has no source",
    ]
    notebook.cells = notebook.cells[:4]
    nbformat.write(notebook, lessons.notebook_path(root, "01_adding", "en"))
    assert "has 4 cells, the builder makes 9" in lessons.differences(root)[1]


def test_building_twice_changes_no_file(root):
    before = {path: path.read_bytes() for path in lessons.build_all(root)}
    assert {path: path.read_bytes() for path in lessons.build_all(root)} == before
    assert len(before) == 2


# The repository's address


def test_rewrite_badges_moves_every_use_and_comes_back(root):
    readme = (
        "[Colab](https://colab.research.google.com/github/owner/course/blob/main/notebooks/es/01_adding.ipynb)\n"
        "git clone git@github.com:owner/course.git, https://github.com/owner/course-two, coowner/course\n"
    )
    (root / "README.md").write_text(readme, encoding="utf-8")
    (root / "CITATION.cff").write_text("repository-code: https://github.com/owner/course\n", encoding="utf-8")
    lessons.build_all(root)
    nbformat.write(ran(read(root, "01_adding", "es")), lessons.notebook_path(root, "01_adding", "es"))
    lessons.build_all(root)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    lessons.rewrite_badges(root, "Some-One/new.course_1")
    assert lessons.repository(root) == "Some-One/new.course_1"
    assert (root / "README.md").read_text(encoding="utf-8") == readme.replace(
        "/owner/course/", "/Some-One/new.course_1/"
    ).replace(":owner/course.", ":Some-One/new.course_1.")
    moved = read(root, "01_adding", "es")
    assert "/Some-One/new.course_1/blob/" in moved.cells[0].source
    assert "github.com/Some-One/new.course_1" in moved.cells[2].source
    assert moved.cells[-1].outputs and lessons.differences(root) == []
    lessons.rewrite_badges(root, "owner/course")
    after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert [path.name for path in before if after[path] != before[path]] == ["01_adding.ipynb"]
    assert read(root, "01_adding", "es").cells[2].outputs == []  # its source had changed for a while


@pytest.mark.parametrize(
    "address", ["", "owner", "owner/", "/name", "a/b/c", "a b/c", "a/b.git", "a/b\n", "-a/b", "https://x/y"]
)
def test_a_bad_address_changes_nothing(root, address):
    with pytest.raises(ValueError, match='"owner/name"'):
        lessons.rewrite_badges(root, address)
    assert (root / "pyproject.toml").read_text(encoding="utf-8") == PROJECT


def test_a_project_without_an_address_says_where_to_put_it(root):
    (root / "pyproject.toml").write_text('[project]\nname = "x"\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"pyproject.toml, \[project.urls\] Repository"):
        lessons.repository(root)


# Execution


def test_lessons_run_fail_by_name_and_are_written_back(root, capsys):
    add(root, "02_broken", BROKEN)
    lessons.build_all(root)
    bounds = {
        "01_adding": {"total": [2, 2], "spanish": [1, 1]},
        "02_broken": {"total": [2, 2], "spanish": [1, 1]},
    }
    (root / "notebooks" / "bounds").mkdir()
    (root / "notebooks" / "bounds" / "smoke.json").write_text(json.dumps(bounds))
    called = []
    summary = execution.execute(root, profile="smoke", write_back=True, before=lambda: called.append(1))
    assert called == [1]

    runs = {(row["lesson"], row["language"]): row for row in summary}
    assert {key: row["ok"] for key, row in runs.items()} == {
        ("01_adding", "es"): True,
        ("01_adding", "en"): False,
        ("02_broken", "es"): True,
        ("02_broken", "en"): False,
    }
    assert runs["01_adding", "en"]["failed"] == [
        "01_adding (en): figure spanish = False is outside [1, 1]",
    ]
    assert runs["02_broken", "en"]["failed"] == [
        "02_broken (en): cell 5 ('import sys'): KeyError: '<b>lost</b>'",
    ]
    printed = capsys.readouterr().out
    assert len(re.findall(r"^0\d_\w+ +e[sn] +\d+\.\d s  (ok|FAILED)$", printed, re.M)) == 4
    assert all(sentence in printed for row in summary for sentence in row["failed"])

    assert json.loads((root / "build" / "summary.json").read_text(encoding="utf-8")) == summary
    page = (root / "build" / "summary.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;lost&lt;/b&gt;" in page and "<b>" not in page and "2 of 4 ok" in page

    assert lessons.differences(root) == []
    written = read(root, "01_adding", "es")
    codes = [cell for cell in written.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in codes] == [1, 2, 3, 4, 5, 6]
    assert codes[2].outputs == [nbformat.v4.new_output("stream", name="stdout", text="es smoke\n")]
    assert set(codes[-1].outputs[0].data) == {"text/html", "text/plain"}
    assert "papermill" not in json.dumps(written)
    for stem in ("01_adding", "02_broken"):
        assert not any(cell.get("outputs") for cell in read(root, stem, "en").cells)  # failed: not written


def test_a_lesson_without_bounds_is_told_where_to_start(root, capsys):
    (root / "notebooks" / "bounds").mkdir()
    (root / "notebooks" / "bounds" / "smoke.json").write_text("{}")
    (row,) = execution.execute(root, languages=["es"], profile="smoke")
    (sentence,) = row["failed"]
    assert sentence.startswith("01_adding (es): no bounds in smoke.json")
    entry = json.loads(f"{{{sentence.partition('widen: ')[2]}}}")
    assert entry == {"01_adding": {"total": [2, 2], "spanish": [1, 1]}}


def test_a_run_that_was_killed_goes_on_with_what_is_missing(root, tmp_path, capsys):
    flag = tmp_path / "flag"
    wait = f"import pathlib, time\nwhile not pathlib.Path({str(flag)!r}).exists():\n    time.sleep(0.1)"
    add(root, "02_waiting", LESSON.replace("total = 1 + 1", f"total = 1 + 1\n{wait}"))
    lessons.build_all(root)
    code = f"from qa_course import execution; execution.execute({str(root)!r}, profile='smoke', jobs=1)"
    journal = root / "build" / "unfinished-smoke.jsonl"
    with subprocess.Popen([sys.executable, "-c", code], start_new_session=True) as process:
        deadline = time.monotonic() + 100
        while not journal.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGKILL)
    with open(journal, "a", encoding="utf-8") as lines:
        lines.write('["half a li')
    flag.touch()
    finished = root / "build" / "executed" / "smoke" / "es" / "01_adding.ipynb"
    before = finished.stat().st_mtime_ns
    summary = execution.execute(root, profile="smoke")
    assert "1 lessons were finished before the interruption" in capsys.readouterr().out
    assert finished.stat().st_mtime_ns == before and len(summary) == 4 and all(row["ok"] for row in summary)
    assert json.loads((root / "build" / "summary.json").read_text(encoding="utf-8")) == summary
    assert not journal.exists()  # a run that came to its end is run again in full


def test_a_kernel_that_never_answered_is_started_once_more(root, monkeypatch):
    lessons.build_all(root)
    tried = []

    def silent(notebook, executed, *rest):
        tried.append(executed.parent.name)
        return "RuntimeError: Kernel didn't respond in 60 seconds"

    monkeypatch.setattr(execution, "_papermill", silent)
    summary = execution.execute(root, profile="smoke", jobs=1)
    assert sorted(tried) == ["en", "en", "es", "es"]
    assert all("Kernel didn't respond" in row["failed"][0] for row in summary)


def test_a_lesson_that_broke_before_is_not_taken_for_a_result(root, monkeypatch):
    stale = root / "build" / "results" / "smoke" / "es" / "01_adding.json"
    stale.parent.mkdir(parents=True)
    stale.write_text('{"total": 2}')
    monkeypatch.setattr("sys.executable", "/bin/false")
    (row,) = execution.execute(root, languages=["es"], profile="smoke")
    assert row["failed"] == ["01_adding (es): papermill stopped"] and row["figures"] == {}


def test_the_environment_is_quiet_offline_and_shares_the_cores(monkeypatch):
    monkeypatch.setattr("qa_course.profiles.cores", lambda: 4)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    two, alone = execution.environment("offline", 2), execution.environment("gpu", 1)
    assert two["HF_HUB_OFFLINE"] == two["TQDM_DISABLE"] == "1" and "MPLBACKEND" not in two
    assert two["OMP_NUM_THREADS"] == "2" and two["QA_COURSE_PROFILE"] == "offline"
    assert alone["OMP_NUM_THREADS"] == "3" and "HF_HUB_OFFLINE" not in alone


def test_what_a_cell_printed_is_kept_in_one_piece():
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    pieces = [new_output("stream", name="stdout", text=text) for text in ("✓", " Right!\n")]
    earlier = new_notebook(cells=[new_code_cell("x", id="a", outputs=pieces, execution_count=1)])
    built = new_notebook(cells=[new_code_cell("x", id="a")])
    (output,) = lessons.keep_outputs(built, earlier).cells[0].outputs
    assert output.text == "✓ Right!\n"
