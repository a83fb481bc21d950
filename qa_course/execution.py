"""Lessons run with papermill, in both languages, and their figures held to the bounds of a profile."""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import nbformat

from qa_course import profiles, report
from qa_course.lessons import LANGUAGES, build, keep_outputs, notebook_path, repository, sources, write

PAGE = """\
<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 15px sans-serif; margin: 2em }} table {{ border-collapse: collapse }}
th, td {{ border: 1px solid #999; padding: 0.3em 0.6em; text-align: left; vertical-align: top }}</style>
<h1>{title}</h1>
{table}
</html>
"""


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
        elif bounds is not None and stem not in bounds:
            entry = json.dumps({stem: {name: [+value, +value] for name, value in figures.items()}})[1:-1]
            failed = [f"{where}: no bounds in {limits.name}; an entry to start from, and to widen: {entry}"]
        else:
            failed = [] if bounds is None else report.out_of_bounds(figures, bounds[stem], where)
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
    patterns = ("qa_course/**/*.py", "qa_course/**/*.json", "data/**/*.json", "data/**/*.csv")
    for path in sorted(path for pattern in patterns for path in root.glob(pattern)):
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

    def written(value):
        return f"{value:.4g}" if isinstance(value, float) else value

    rows = [
        {
            **row,
            "ok": "ok" if row["ok"] else "FAILED",
            "failed": "; ".join(row["failed"]),
            "figures": ", ".join(f"{name} = {written(value)}" for name, value in row["figures"].items()),
        }
        for row in summary
    ]
    title = f"Lessons: {sum(row['ok'] for row in summary)} of {len(summary)} ok"
    page = PAGE.format(title=title, table=report.html_table(rows, language="en"))
    report.write_whole(out / "summary.html", page)
