"""A rehearsal of Colab: an empty folder, a wheel of the course, a stand-in for google.colab and one notebook alone."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import nbformat
import pytest

from qa_course import execution, lessons

ROOT = Path(__file__).resolve().parent.parent.parent
STEMS = [path.stem for path in lessons.sources(ROOT)]


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """The Python of a fresh environment, as Colab's: the libraries are there, the course is not.

    The libraries are those of this environment, by a path in the new one; what is installed editable, as the course,
    does not come along.
    """
    folder = tmp_path_factory.mktemp("colab")
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.strip())
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (site / "google" / "colab").mkdir(parents=True)
    (site / "google" / "colab" / "__init__.py").touch()
    (site / "sitecustomize.py").write_text("import google.colab")
    wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT]
    subprocess.run(wheel, check=True)
    (path,) = folder.glob("qa_course-*.whl")
    command = [python, "-c", "import torch, google.colab, qa_course.corpus"]
    without = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert "No module named 'qa_course" in without.stderr, without.stderr
    return python, path


@pytest.mark.parametrize("stem", STEMS)
def test_a_notebook_alone_runs_to_its_end(machine, tmp_path, stem):
    python, wheel = machine
    notebook = nbformat.read(lessons.notebook_path(ROOT, stem, "es"), 4)
    # The set-up cell asks pip for the course's repository, which here is the wheel.
    setup = next(cell for cell in notebook.cells if "google.colab" in cell.source)
    address = f"git+https://github.com/{lessons.repository(ROOT)}"
    assert address in setup.source
    setup.source = setup.source.replace(address, wheel.as_uri())
    nbformat.write(notebook, tmp_path / "lección.ipynb")
    kernel = tmp_path / "share" / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(
        f'{{"argv": ["{python}", "-m", "ipykernel_launcher", "-f", "{{connection_file}}"], '
        '"display_name": "Python 3", "language": "python"}'
    )
    variables = execution.environment("smoke") | {"JUPYTER_PATH": str(tmp_path / "share" / "jupyter")}
    variables.pop("PYTHONPATH", None)
    command = [sys.executable, "-m", "papermill", "lección.ipynb", "hecha.ipynb", "-k", "python3", "--no-progress-bar"]
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    made = nbformat.read(tmp_path / "hecha.ipynb", 4)
    codes = [cell for cell in made.cells if cell.cell_type == "code" and cell.source]
    assert codes and all(cell.execution_count for cell in codes)
    assert {path.name for path in tmp_path.iterdir()} >= {"lección.ipynb", "hecha.ipynb"}
