"""Every lesson in both languages, executed: under `smoke` in full, and some against their committed outputs."""

import json
import subprocess
import sys

import nbformat
import pytest
from conftest import ROOT

from qa_course import checks, execution, lessons, training

STEMS = [path.stem for path in lessons.sources(ROOT)]
RUNS = [(stem, language) for stem in STEMS for language in lessons.LANGUAGES]
WITHOUT_MODEL = ["01_tokenizer_inspection", "04_windows_and_labels"]  # their outputs are the same on every machine


@pytest.fixture(scope="module")
def executed(request, tmp_path_factory):
    """One run under `smoke` of the lessons asked for (`-k 04`): the folder and the summary by lesson and language."""
    folder = tmp_path_factory.mktemp("build")
    asked = [item.callspec.params["stem"] for item in request.session.items if "executed" in item.fixturenames]
    summary = execution.execute(
        ROOT, asked, profile="smoke", out=folder, cell_timeout=300, before=lambda: training.course_model("smoke")
    )
    return folder, {(row["lesson"], row["language"]): row for row in summary}


@pytest.mark.parametrize(("stem", "language"), RUNS)
def test_a_lesson_runs_under_smoke_with_its_figures_in_bounds(executed, stem, language):
    row = executed[1][stem, language]
    assert row["failed"] == [] and row["ok"]
    bounds = json.loads((ROOT / "notebooks" / "bounds" / "smoke.json").read_text(encoding="utf-8"))
    assert row["figures"].keys() == bounds[stem].keys()


@pytest.mark.parametrize(("stem", "language"), RUNS)
def test_stubs_are_not_attempted_and_solutions_are_right(executed, stem, language):
    notebook = nbformat.read(executed[0] / "executed" / "smoke" / language / f"{stem}.ipynb", 4)
    for tag, verdict in (("exercise", "not attempted"), ("solution", "right")):
        cells = [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]
        said = ["".join(o.get("text", "") for o in cell.outputs if o.get("name") == "stdout") for cell in cells]
        sentence = f"{checks.SIGNS[verdict]} {checks.WORDS[verdict][language]}"
        assert cells and all(sentence in text for text in said), said


@pytest.mark.parametrize("stem", STEMS)
def test_the_editions_of_a_lesson_record_the_same_figures(executed, stem):
    assert executed[1][stem, "es"]["figures"].keys() == executed[1][stem, "en"]["figures"].keys()


@pytest.mark.parametrize("language", lessons.LANGUAGES)
@pytest.mark.parametrize("stem", WITHOUT_MODEL)
def test_nbval_finds_the_committed_outputs(stem, language):
    path = lessons.notebook_path(ROOT, stem, language)
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider", str(path)]
    done = subprocess.run(command, env=execution.environment("offline"), capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout[-3000:]
