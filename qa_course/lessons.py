"""From the source of a lesson to its two notebooks, their handouts, and the tables of contents.

A source, `notebooks/lessons/NN_slug.py`, is in jupytext's percent format. A text cell stands there twice,
`lang="es"` and then `lang="en"`; code stands once. `build` keeps one language, so the editions cannot drift.
"""

import hashlib
import io
import re
import tokenize
import tomllib
from pathlib import Path

import jupytext
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from qa_course import report

LANGUAGES = ("es", "en")
LONGEST_CELL = 25  # lines
PRAGMA = re.compile(r"#\s*(noqa|type:|fmt:|ruff:)")

COLAB = "https://colab.research.google.com/github/{}/blob/main/notebooks/{}/{}.ipynb"
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
CONTENTS = {  # a document with a table of the lessons, between two marks, in one language
    "README.md": ("en", "| Lesson | Read | Colab |\n| --- | --- | --- |"),
    "LEEME.md": ("es", "| Lección | Leer | Colab |\n| --- | --- | --- |"),
}
MARKS = "<!-- lessons -->\n", "<!-- end of lessons -->"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


# Sources and notebooks


def checkout():
    """The root of the checkout that this package is installed from; OSError where it is a wheel."""
    root = Path(__file__).resolve().parent.parent
    if not (root / "notebooks" / "lessons").is_dir():
        raise OSError("this command needs a checkout of the course, installed with `pip install -e .`")
    return root


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


def title(source, language):
    """The title of a lesson, as "5 · From logits to answers"; ValueError where it has none."""
    text = Path(source).read_text(encoding="utf-8")
    if not (found := re.search(rf'^# %% \[markdown\] lang="{language}"\n# # (.*)$', text, re.MULTILINE)):
        raise ValueError(f'{Path(source).name}: no title, "# # ..." under lang="{language}"')
    return found[1]


def build(source, language, repository):
    """The notebook of one lesson in one language, without outputs.

    A badge and the ways to its neighbours, the lesson's first text, the set-up cell, the parameters, the rest.
    `repository`: `"owner/name"`. Raises ValueError, naming file and cell, where the source breaks a rule of the course.
    """
    source = Path(source)
    first, *rest = _edition(source, language)
    badge = BADGE.format(OPEN[language], COLAB.format(repository, language, source.stem))
    other = OTHER[language].format(f"{source.stem}.ipynb")
    cells = [
        new_markdown_cell(f"{badge} · {other}{_neighbours(source, language, repository)}"),
        first,
        new_code_cell(SET_UP.format(repository)),
        new_code_cell(PARAMETERS.format(language), metadata={"tags": ["parameters"]}),
        *rest,
    ]
    for position, cell in enumerate(cells):
        cell.id = hashlib.sha256(f"{source.stem}:{position}".encode()).hexdigest()[:8]
    return new_notebook(cells=cells, metadata=METADATA)


def _neighbours(source, language, repository):
    """Links to the lessons before and after, on a line of their own."""
    every = [path for path in sorted(source.parent.glob("[0-9][0-9]_*.py")) if path != source]
    before = [path for path in every if path < source][-1:]
    after = [path for path in every if path > source][:1]
    links = [f"← [{title(path, language)}]({COLAB.format(repository, language, path.stem)})" for path in before]
    links += [f"[{title(path, language)}]({COLAB.format(repository, language, path.stem)}) →" for path in after]
    return "\n\n" + " · ".join(links) if links else ""


def build_all(root):
    """Write the notebooks of all lessons, keeping the outputs of unchanged cells, and the tables of contents.

    Returns the paths of the notebooks.
    """
    paths = []
    for path, built in _built(root):
        write(path, keep_outputs(built, nbformat.read(path, 4)) if path.exists() else built)
        paths.append(path)
    for path, text in _contents(root):
        report.write_whole(path, text)
    return paths


def handout(root, out):
    """Write the student editions to `out/{language}/`: without solutions and their texts. Returns the paths."""
    paths = []
    for path, built in _built(root):
        tags = [set(cell.metadata.get("tags", [])) for cell in built.cells]
        solved = {number for number, each in enumerate(tags) if "solution" in each}
        # Between an exercise and its solution stands the text that goes with the solution.
        solved |= {number - 1 for number in solved if "exercise" in tags[number - 2]}
        built.cells = [cell for number, cell in enumerate(built.cells) if number not in solved]
        paths.append(Path(out, path.parent.name, path.name))
        write(paths[-1], built)
    return paths


def _contents(root):
    """Each document with a table of contents, and its text with the table as it should be."""
    address = repository(root)
    for name, (language, heading) in CONTENTS.items():
        path = Path(root, name)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if not all(mark in text for mark in MARKS):
            continue
        order = [language, *(each for each in LANGUAGES if each != language)]
        lines = [heading]
        for source in sources(root):
            read = " · ".join(f"[{each.upper()}](notebooks/{each}/{source.stem}.ipynb)" for each in order)
            badges = (BADGE.format(f"Colab {each.upper()}", COLAB.format(address, each, source.stem)) for each in order)
            lines.append(f"| {title(source, language)} | {read} | {' '.join(badges)} |")
        before, after = text.partition(MARKS[0])[0], text.partition(MARKS[1])[2]
        yield path, before + MARKS[0] + "\n".join(lines) + "\n" + MARKS[1] + after


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
    for path, text in _contents(root):
        if path.read_text(encoding="utf-8") != text:
            found.append(f"{path.name}: its table of lessons is out of date")
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
