"""From the source of a lesson to its two notebooks, and from the notebooks to figures that are checked.

A source, `notebooks/lessons/NN_slug.py`, is in jupytext's percent format. A text cell stands there twice,
`lang="es"` and then `lang="en"`; code stands once. `build` keeps one language, so the editions cannot drift.
"""

import contextlib
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import tokenize
import tomllib
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import jupytext
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from qa_course import profiles, report

LANGUAGES = ("es", "en")
LONGEST_CELL = 25  # lines
PRAGMA = re.compile(r"#\s*(noqa|type:|fmt:|ruff:)")

BADGE = "[![{0}](https://colab.research.google.com/assets/colab-badge.svg)]({1})"
OPEN = {"es": "Abrir en Colab", "en": "Open in Colab"}
OTHER = {"es": "[Read this lesson in English](../en/{})", "en": "[Leer esta lección en español](../es/{})"}
SET_UP = """\
import subprocess
import sys
from importlib.metadata import version

if "google.colab" in sys.modules:
    package = "qa-course @ git+https://github.com/{}"
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, package, f"torch=={{version('torch')}}"], check=True)"""
PARAMETERS = 'LANGUAGE = "{}"\nPROFILE = "auto"\nOUTPUT = ""'
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
PAGE = """\
<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 15px sans-serif; margin: 2em }} table {{ border-collapse: collapse }}
th, td {{ border: 1px solid #999; padding: 0.3em 0.6em; text-align: left; vertical-align: top }}</style>
<h1>{title}</h1>
{table}
</html>
"""


# Sources and notebooks


def sources(root, names=None):
    """The lessons' sources in order; `names` picks some by number, `"05"`, or by the start of the name.

    Raises ValueError for a name without a lesson.
    """
    found = sorted(Path(root, "notebooks", "lessons").glob("[0-9][0-9]_*.py"))
    for name in names or ():
        if not any(path.stem.startswith(name) for path in found):
            raise ValueError(f"no lesson {name!r}: there are {', '.join(path.stem for path in found) or 'none'}")
    return [path for path in found if not names or path.stem.startswith(tuple(names))]


def notebook_path(root, stem, language):
    """Where the committed notebook of a lesson lies."""
    return Path(root, "notebooks", language, f"{stem}.ipynb")


def build(source, language, repository):
    """The notebook of one lesson in one language, without outputs.

    A badge, the lesson's first text, the set-up cell, the parameters, the rest. `repository`: `"owner/name"`.
    Raises ValueError, naming file and cell, where the source breaks a rule of the course.
    """
    source = Path(source)
    title, *rest = _edition(source, language)
    name = f"{source.stem}.ipynb"
    address = f"https://colab.research.google.com/github/{repository}/blob/main/notebooks/{language}/{name}"
    cells = [
        new_markdown_cell(f"{BADGE.format(OPEN[language], address)} · {OTHER[language].format(name)}"),
        title,
        new_code_cell(SET_UP.format(repository)),
        new_code_cell(PARAMETERS.format(language), metadata={"tags": ["parameters"]}),
        *rest,
    ]
    for position, cell in enumerate(cells):
        cell.id = hashlib.sha256(f"{source.stem}:{position}".encode()).hexdigest()[:8]
    return new_notebook(cells=cells, metadata=METADATA)


def build_all(root):
    """Write the notebooks of all lessons, keeping the outputs of unchanged cells. Returns the paths."""
    paths = []
    for path, built in _built(root):
        write(path, keep_outputs(built, nbformat.read(path, 4)) if path.exists() else built)
        paths.append(path)
    return paths


def differences(root):
    """How committed notebooks differ from what the builder makes, outputs apart: a sentence a notebook."""
    found, paths = [], set()
    for path, built in _built(root):
        name = path.relative_to(root).as_posix()
        paths.add(path)
        if not path.exists():
            found.append(f"{name} is missing")
            continue
        committed = nbformat.read(path, 4)
        pairs = zip(_bare(committed), _bare(built), strict=False)
        changed = [number for number, (cell, expected) in enumerate(pairs, 1) if cell != expected]
        if changed:
            found.append(f"{name}: cell {changed[0]} differs from the lesson's source")
        elif len(committed.cells) != len(built.cells):
            found.append(f"{name} has {len(committed.cells)} cells, the builder makes {len(built.cells)}")
        elif {**committed, "cells": []} != {**built, "cells": []}:
            found.append(f"{name}: the notebook's metadata differ")
    for path in sorted(Path(root, "notebooks").glob("[a-z][a-z]/*.ipynb")):
        if path not in paths:
            found.append(f"{path.relative_to(root).as_posix()} has no source")
    return found


def keep_outputs(built, earlier):
    """`built` with the outputs that `earlier` holds for cells of the same id and source, made fit to commit.

    Errors, stderr (progress bars) and widgets without a static view are dropped.
    """
    old = {cell.id: cell for cell in earlier.cells if cell.cell_type == "code"}
    codes = [cell for cell in built.cells if cell.cell_type == "code"]
    for count, cell in enumerate(codes, 1):
        if cell.id in old and old[cell.id].source == cell.source and old[cell.id].execution_count:
            cell.execution_count = count
            cell.outputs = _joined(output for output in map(_committable, old[cell.id].outputs) if output)
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
    return built


def write(path, notebook):
    """Write a notebook, checked against the format, whole or not at all."""
    nbformat.validate(notebook)
    report.write_whole(path, nbformat.writes(notebook) + "\n")


def _built(root):
    address = repository(root)
    for source in sources(root):
        for language in LANGUAGES:
            yield notebook_path(root, source.stem, language), build(source, language, address)


def _bare(notebook):
    return [{**cell, "outputs": [], "execution_count": None} for cell in notebook.cells]


def _joined(outputs):
    """Outputs with what one cell printed in one piece, however the kernel happened to send it."""
    joined = []
    for output in outputs:
        if joined and output.output_type == joined[-1].output_type == "stream":
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _committable(output):
    """An output as it is committed, or None."""
    if output.output_type == "error" or output.get("name") == "stderr":
        return None
    if output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None):
        return output if output.data.keys() - {"text/plain"} else None  # the text is the widget's repr
    return output


def _edition(source, language):
    """The cells of one language, after the whole source has been checked."""
    cells = jupytext.read(source, fmt="py:percent").cells
    languages = [None, *(cell.metadata.get("lang") for cell in cells), None]
    for number, cell in enumerate(cells, 1):
        first = cell.source.partition("\n")[0]
        where = f"{source.name}: cell {number} ({first[:40]!r})"
        before, lang, after = languages[number - 1 : number + 2]
        if cell.cell_type != "markdown":
            _check_code(cell, where)
        elif lang not in LANGUAGES:
            raise ValueError(f'{where}: a text cell needs lang="es" or lang="en", not {lang!r}')
        elif (lang == "es" and after != "en") or (lang == "en" and before != "es"):
            raise ValueError(f'{where}: no twin: after each text in lang="es" comes the same in lang="en"')
        if number <= 2 and not (lang and first.startswith("# ")):
            raise ValueError(f'{where}: a lesson starts with its title, "# ...", in both languages')
    kept = [_plain(cell) for cell in cells if cell.metadata.get("lang", language) == language]
    if not kept:
        raise ValueError(f"{source.name}: no cells")
    return kept


def _check_code(cell, where):
    lines = cell.source.splitlines()
    if cell.cell_type != "code" or "lang" in cell.metadata:
        raise ValueError(f"{where}: only text has a language; a cell is code or text")
    if len(lines) > LONGEST_CELL:
        raise ValueError(f"{where}: {len(lines)} lines of code, at most {LONGEST_CELL} fit in a cell")
    code = "\n".join("" if line.startswith(("%", "!")) else line for line in lines)
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    except (tokenize.TokenError, SyntaxError) as error:
        raise ValueError(f"{where}: not Python: {error}") from error
    for token in tokens:
        if token.type == tokenize.COMMENT and not PRAGMA.match(token.string):
            raise ValueError(f"{where}: code cells hold no prose comments: {token.string}")


def _plain(cell):
    tags = cell.metadata.get("tags", [])
    metadata = {"tags": tags} if tags else {}
    if cell.cell_type == "markdown":
        return new_markdown_cell(cell.source, metadata=metadata)
    if "solution" in tags:
        metadata |= {"jupyter": {"source_hidden": True}, "cellView": "form"}
    return new_code_cell(cell.source, metadata=metadata)


# The repository's address

ADDRESSED = ("*.md", "*.toml", "*.cff", "*.yml", ".github/**/*.yml", "data/**/*.md", "notebooks/lessons/*.py")


def repository(root):
    """The course's address, `"owner/name"`, from `[project.urls] Repository` in pyproject.toml."""
    path = Path(root, "pyproject.toml")
    url = tomllib.loads(path.read_text(encoding="utf-8"))["project"].get("urls", {}).get("Repository", "")
    return _owner_name(url.removeprefix("https://github.com/"), f"{path.name}, [project.urls] Repository")


def rewrite_badges(root, address):
    """Move the course to `address`, `"owner/name"`: settings, documents, badges. Returns changed paths."""
    old = re.compile(rf"(?<=[/:]){re.escape(repository(root))}(?![\w-])")
    new = _owner_name(address, "the new address")
    changed = []
    for path in sorted({path for pattern in ADDRESSED for path in Path(root).glob(pattern)}):
        before = path.read_text(encoding="utf-8")
        after = old.sub(new, before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path)
    return changed + build_all(root)


def _owner_name(address, where):
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/(?!.*\.git$)[A-Za-z0-9._-]{1,100}", address):
        raise ValueError(f'{where}: {address!r} is not the "owner/name" of a GitHub repository')
    return address


# Execution


def execute(
    root,
    names=None,
    languages=LANGUAGES,
    profile="offline",
    *,
    jobs=2,
    cell_timeout=1800,
    out=None,
    write_back=False,
    before=None,
):
    """Run lessons with papermill, `jobs` at a time, and hold their figures to the bounds of the profile.

    `names` is as in `sources`; a cell may take `cell_timeout` seconds; `before()` is called first, alone. A
    failure stops its own lesson only. Executed notebooks, figures and the summary (JSON, HTML) go to the
    folder `out`, by default `build`. With `write_back`, the outputs of each lesson that succeeded go to its
    committed notebook. Bounds are in `notebooks/bounds/{profile}.json`; without that file none are checked.
    After an interruption, a call with the same lessons, sources and data runs those that are missing.

    Returns the summary, a dict a run: lesson, language, profile, seconds, ok, failed (sentences), figures.
    """
    root, out = Path(root).resolve(), Path(out or Path(root, "build")).resolve()
    address = repository(root)
    lessons = [
        (source.stem, language, build(source, language, address))
        for language in languages  # one language after the other: the second finds what the first one trained
        for source in sources(root, names)
    ]
    limits = root / "notebooks" / "bounds" / f"{profile}.json"
    bounds = json.loads(limits.read_text(encoding="utf-8")) if limits.exists() else None
    journal = out / f"unfinished-{profile}.jsonl"  # a line a lesson that went well, until all are through
    state = _state(root, lessons, bounds, write_back)
    summary = _finished(journal, state)
    if before:
        before()
    running, pool = set(), ThreadPoolExecutor(jobs)
    variables = environment(profile, jobs)

    def run(stem, language, notebook):
        start = time.monotonic()
        executed = out / "executed" / profile / language / f"{stem}.ipynb"
        results = out / "results" / profile / language / f"{stem}.json"
        options = {"LANGUAGE": language, "PROFILE": profile, "OUTPUT": results}
        said = _papermill(notebook, executed, options, cell_timeout, variables, running)
        if "Kernel didn't respond" in said:  # now and then two kernels that start together choose the same port
            said = _papermill(notebook, executed, options, cell_timeout, variables, running)
        figures = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
        where = f"{stem} ({language})"
        if failure := _failure(executed, said):
            failed = [f"{where}: {failure}"]
        elif not figures:
            failed = [f"{where}: no figures: a lesson ends with report.record(OUTPUT, ...)"]
        else:
            failed = [] if bounds is None else report.out_of_bounds(figures, bounds.get(stem, {}), where)
        if write_back and not failed:
            write(notebook_path(root, stem, language), keep_outputs(notebook, nbformat.read(executed, 4)))
        seconds = round(time.monotonic() - start, 1)
        row = {"lesson": stem, "language": language, "profile": profile, "seconds": seconds}
        return {**row, "ok": not failed, "failed": failed, "figures": figures}

    known = {(row["lesson"], row["language"]) for row in summary}
    if known:
        print(f"{len(known)} lessons were finished before the interruption")
    try:
        left = [lesson for lesson in lessons if lesson[:2] not in known]
        for future in as_completed([pool.submit(run, *lesson) for lesson in left]):
            row = future.result()
            if row["ok"]:
                with open(journal, "a", encoding="utf-8") as lines:
                    lines.write(json.dumps([state, row]) + "\n")
            summary = sorted([*summary, row], key=lambda row: (row["lesson"], row["language"]))
            _write_summary(out, summary)
            verdict = "ok" if row["ok"] else "FAILED"
            print(f"{row['lesson']:<28} {row['language']} {row['seconds']:8.1f} s  {verdict}", flush=True)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in list(running):
            process.terminate()
    journal.unlink(missing_ok=True)
    for row in summary:
        for sentence in row["failed"]:
            print(sentence, flush=True)
    return summary


def _state(root, lessons, *more):
    """A digest of all that a run of these lessons depends on in the checkout."""
    digest = hashlib.sha256(json.dumps([lessons, more], sort_keys=True).encode())
    for path in sorted([*root.glob("qa_course/**/*.py"), *root.glob("data/**/*.json")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _finished(journal, state):
    """What an interrupted run in the same state had finished: rows of its summary."""
    rows = []
    for line in journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []:
        with contextlib.suppress(ValueError):  # a line that broke off
            found, row = json.loads(line)
            rows += [row] if found == state else []
    return rows


def environment(profile, jobs=1):
    """The environment a lesson runs in: its profile, this very kernel, quiet, offline, its share of cores."""
    kernels = os.pathsep.join([str(Path(sys.prefix, "share", "jupyter")), os.environ.get("JUPYTER_PATH", "")])
    quiet = ("TQDM_DISABLE", "HF_HUB_DISABLE_PROGRESS_BARS", "HF_DATASETS_DISABLE_PROGRESS_BARS")
    variables = os.environ | dict.fromkeys(quiet, "1")
    variables |= {"QA_COURSE_PROFILE": profile, "JUPYTER_PATH": kernels}
    variables.pop("MPLBACKEND", None)  # the kernel's own backend puts figures into the notebook
    if profile != "gpu":
        variables["HF_HUB_OFFLINE"] = "1"
    if jobs > 1:
        threads = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
        variables |= dict.fromkeys(threads, str(max(1, profiles.cores() // jobs)))
    return variables


def _papermill(notebook, executed, options, cell_timeout, variables, running):
    """Execute a notebook in a process of its own; "" where all went well, else what papermill said last."""
    for path in (executed, options["OUTPUT"]):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        given, work = Path(folder, executed.name), Path(folder, "work")
        work.mkdir()  # a neutral place, so that a lesson finds nothing by accident
        write(given, notebook)
        command = [sys.executable, "-m", "papermill", given, executed, "--no-progress-bar", "-k", "python3"]
        command += ["--cwd", work, "--execution-timeout", str(cell_timeout)]
        for name, value in options.items():
            command += ["-r", name, value]
        own = variables | {"IPYTHONDIR": str(Path(folder, "ipython"))}  # kernels race on the history file
        pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True, "errors": "replace"}
        process = subprocess.Popen(command, env=own, **pipes)
        running.add(process)
        _, errors = process.communicate()
        running.discard(process)
    return (errors.strip() or "papermill stopped").splitlines()[-1] if process.returncode else ""


def _failure(executed, said):
    """Which cell failed, and how: from the executed notebook, else from what papermill said; "" for none."""
    cells = nbformat.read(executed, 4).cells if executed.exists() else []
    added = {"injected-parameters", "papermill-error-cell-tag"}
    cells = [cell for cell in cells if not added & set(cell.metadata.get("tags", []))]
    place = ""
    for number, cell in enumerate(cells, 1):
        if cell.metadata.get("papermill", {}).get("exception") is not None:  # the cell was started
            place = f"cell {number} ({cell.source.splitlines()[0]!r}): "
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                # papermill interrupts a cell that reaches its limit, and nobody else does
                late = "the cell took too long" if output.ename == "KeyboardInterrupt" else output.evalue
                return f"{place}{output.ename}: {late}"
    return said and place + said


def _write_summary(out, summary):
    report.write_whole(out / "summary.json", json.dumps(summary, indent=1, ensure_ascii=False) + "\n")
    rows = [
        {
            **row,
            "ok": "ok" if row["ok"] else "FAILED",
            "failed": "; ".join(row["failed"]),
            "figures": ", ".join(f"{name} = {value}" for name, value in row["figures"].items()),
        }
        for row in summary
    ]
    title = f"Lessons: {sum(row['ok'] for row in summary)} of {len(summary)} ok"
    page = PAGE.format(title=title, table=report.html_table(rows, language="en"))
    report.write_whole(out / "summary.html", page)
