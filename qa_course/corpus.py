"""Questions and passages: SQuAD JSON, JSON lines, CSV, Parquet, the Hub and the course's own corpora, all as one table.

Every source becomes a `datasets.Dataset` with the columns `id, title, context, question, answers`, validated: where a
gold answer does not stand where its `answer_start` says, nothing is loaded and every fault is named.
"""

import ast
import io
import json
import random
import re
import unicodedata
import warnings
from pathlib import Path

from qa_course import profiles

CORPORA = ("cuadernoqa", "cardiology")
LANGUAGES = ("en", "es")
SPLITS = ("train", "validation", "test")
COLUMNS = ("id", "title", "context", "question", "answers")
SHOWN = 20  # faults listed in an error; the rest are counted


class CorpusError(ValueError):
    """A source that cannot be loaded; the message names each fault by file, article or row, and id."""


def load(name_or_path, split=None, language=None):
    """Load questions as a validated table, one row a question.

    Args:
        name_or_path: "cuadernoqa", "cardiology", a file (`.json` in the SQuAD format v1 or v2 or as a list of rows,
            `.jsonl`, `.csv`, `.parquet`), or a dataset of the Hub or a folder that `datasets.load_dataset` reads.
        split: "train", "validation", "test" or a slice such as "train[:1000]"; None for all of them.
            A file has no splits.
        language: "en" or "es"; None for both, with the language added to the ids ("potosi-1-1@es"). A file has
            one language.

    Returns a `datasets.Dataset` with `id, title, context, question` (strings) and `answers`
    (`{"text": [str], "answer_start": [int]}`, empty lists where there is no answer). Golds with empty text are
    dropped; a warning and `dataset.info.description` say how many.
    Raises `CorpusError` (a ValueError) with every fault, FileNotFoundError where there is no such file.
    """
    if str(name_or_path) in CORPORA:
        return _load_own(str(name_or_path), split, language)
    path = Path(name_or_path)
    if path.suffix.lower() in READERS:
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such file")
        if split:
            raise CorpusError(f"{path.name}: a file has no splits such as {split!r}: leave the split out")
        return _table(READERS[path.suffix.lower()](path), path.name)
    if path.is_file():
        raise CorpusError(f"{path.name}: cannot tell the format: save it as one of {', '.join(READERS)}")
    return _table(_hub_rows(str(name_or_path), split, language), str(name_or_path))


def split(table, groups, share=0.8, seed=0):
    """Divide a table in two at random, rows of one group together.

    Args:
        table: a `datasets.Dataset` of n rows.
        groups: n labels; the ids for a split by row, the articles for a split by article.
        share: of the groups, what the first table gets.

    Returns two tables, their rows in the order of `table`. Raises ValueError where one of them would be empty.
    """
    groups = list(groups)
    if len(groups) != len(table):
        raise ValueError(f"{len(table)} rows but {len(groups)} groups: give one label a row")
    names = list(dict.fromkeys(groups))
    random.Random(seed).shuffle(names)
    chosen = set(names[: round(share * len(names))])
    sides = [[row for row, group in enumerate(groups) if (group in chosen) == side] for side in (True, False)]
    if not all(sides):
        raise ValueError(f"a share of {share} of {len(names)} groups leaves one side empty: choose another share")
    return tuple(table.select(side) for side in sides)


def folder(name):
    """The folder of one of the course's corpora, in a checkout or in an installed wheel."""
    here = Path(__file__).resolve().parent
    for root in (here / "data", here.parent / "data"):
        if (root / name).is_dir():
            return root / name
    raise FileNotFoundError(f"the course's corpus {name!r} is missing: reinstall the package qa-course")


def _load_own(name, split, language):
    import datasets

    if language not in (None, *LANGUAGES):
        raise CorpusError(f"{name} has no language {language!r}: choose one of {LANGUAGES}")
    wanted, part = re.fullmatch(r"([^[]*)(.*)", split or "", re.DOTALL).groups()
    known = [each for each in SPLITS if (folder(name) / f"{each}.en.json").exists()]
    if wanted and wanted not in known:
        raise CorpusError(f"{name} has no split {split!r}: choose one of {known}")
    tables = []
    for each in [language] if language else LANGUAGES:
        for path in [folder(name) / f"{stem}.{each}.json" for stem in ([wanted] if wanted else known)]:
            rows = _read_squad(path)
            if language is None:
                rows = ((where, row | {"id": f"{row['id']}@{each}"}) for where, row in rows)
            tables.append(_table(rows, path.name))
    table = datasets.concatenate_datasets(tables)
    return _slice(table, part) if part else table


def _slice(table, part):
    bounds = re.fullmatch(r"\[(-?\d*):(-?\d*)\]", part)
    if not bounds:
        raise CorpusError(f"cannot read the slice {part!r}: write it as [first:last]")
    first, last = (int(bound) if bound else None for bound in bounds.groups())
    return table.select(range(len(table))[first:last])


def read_text(path):
    """The text of a file in UTF-8, line ends as they are; raises `CorpusError` where it is another encoding."""
    try:
        text = path.read_bytes().decode("utf-8-sig")  # line ends stay as they are: answers are found by counting
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path.name}: byte {error.start} is not UTF-8: save the file as UTF-8") from error
    if "\0" in text:
        raise CorpusError(f"{path.name}: character {text.index(chr(0))} is NUL: save the file as UTF-8, as plain text")
    return text


def _parse(text, place):
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise CorpusError(f"{place}line {error.lineno}, column {error.colno}: no JSON ({error.msg})") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets a thousand deep
        raise CorpusError(f"{place}JSON that cannot be read ({error})") from error


def _read_squad(path):
    """Yields `(place, row)` of a JSON file: SQuAD's articles, or a plain list of rows."""
    document = _parse(read_text(path), f"{path.name}: ")
    if isinstance(document, list):
        yield from ((f"row {number}", row) for number, row in enumerate(document, 1))
        return
    if not isinstance(document, dict) or not isinstance(document.get("data"), list):
        raise CorpusError(f'{path.name}: neither SQuAD ({{"data": [articles]}}) nor a list of rows')
    for number, article in enumerate(document["data"], 1):
        place = f"article {number}"
        for p, paragraph in enumerate(_items(article, "paragraphs", path, place), 1):
            for entry in _items(paragraph, "qas", path, f"{place}, paragraph {p}"):
                row = {"title": article.get("title", ""), "context": paragraph.get("context")}
                yield place, row | (entry if isinstance(entry, dict) else {"id": None})


def _items(mapping, key, path, place):
    if not isinstance(mapping, dict) or not isinstance(mapping.get(key), list):
        raise CorpusError(f"{path.name}: {place}: expected an object with a list {key!r}")
    return mapping[key]


def _read_lines(path):
    for number, line in enumerate(read_text(path).split("\n"), 1):  # splitlines would split at U+2028 too
        if line.strip():
            yield f"line {number}", _parse(line, f"{path.name}: row in line {number}: ")


def _read_csv(path):
    import pandas as pd

    try:
        frame = pd.read_csv(io.StringIO(read_text(path), newline=""), dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise CorpusError(f"{path.name}: no CSV with a header ({error})") from error
    if missing := [name for name in COLUMNS if name != "title" and name not in frame]:
        raise CorpusError(
            f"{path.name}: row 1: the header lacks {missing} (it is {list(frame)}): "
            f"name the columns {', '.join(COLUMNS)} and part them by commas"
        )
    return ((f"row {number}", row) for number, row in enumerate(frame.to_dict("records"), 1))


def _read_parquet(path):
    import pyarrow

    try:
        rows = pyarrow.parquet.read_table(path).to_pylist()
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path.name}: no Parquet ({error})") from error
    return ((f"row {number}", row) for number, row in enumerate(rows, 1))


READERS = {".json": _read_squad, ".jsonl": _read_lines, ".csv": _read_csv, ".parquet": _read_parquet}


def _hub_rows(name, split, language):
    import datasets

    folder = Path(name).is_dir()
    try:
        with profiles.hub(needed=not folder) as answers:
            configurations = datasets.get_dataset_config_names(name)
            fitting = [c for c in configurations if language and re.fullmatch(rf"(.*\.)?{language}", c)]
            configuration = fitting[0] if fitting else None
            loaded = datasets.load_dataset(name, configuration, split=split)
    except Exception as error:  # the libraries behind the Hub raise many kinds; the remedy is the same
        state = "" if folder or answers else ". The Hub does not answer"
        raise CorpusError(
            f"cannot load {name!r}: no file and no course corpus of that name, and the Hub or folder gave "
            f"{type(error).__name__}: {error}{state}. Check the name and the connection, or give a file"
        ) from error
    tables = list(loaded.values()) if isinstance(loaded, dict) else [loaded]
    rows = (row for table in tables for row in table)
    return ((f"row {number}", row) for number, row in enumerate(rows, 1))


def _table(rows, source):
    """Validate `(place, row)` pairs and make the table; raises `CorpusError` with every fault."""
    import datasets

    faults, seen, dropped, columns = [], set(), 0, {name: [] for name in COLUMNS}
    for place, row in rows:
        where = f"{source}: {place}"
        try:
            clean, empty = _validated(row)
        except ValueError as error:
            name = row.get("id") if isinstance(row, dict) else None
            faults.append(f"{where}{f', question {name!r}' if name is not None else ''}: {error}")
            continue
        if clean["id"] in seen:
            faults.append(f"{where}, question {clean['id']!r}: this id occurs twice")
        seen.add(clean["id"])
        dropped += empty
        for name in COLUMNS:
            columns[name].append(clean[name])
    if faults:
        more = f"\n... and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise CorpusError("\n".join(faults[:SHOWN]) + more)
    if not seen:
        raise CorpusError(f"{source}: no question in it")
    text, whole = datasets.Value("string"), datasets.Value("int64")
    features = dict.fromkeys(COLUMNS[:4], text)
    features["answers"] = {"text": datasets.List(text), "answer_start": datasets.List(whole)}
    table = datasets.Dataset.from_dict(columns, features=datasets.Features(features))
    if dropped:
        table.info.description = f"{dropped} golds with empty text dropped"
        warnings.warn(f"{source}: {table.info.description}", stacklevel=3)
    return table


def _validated(row):
    """A clean row and how many golds without text it lost; raises ValueError with the fault."""
    if not isinstance(row, dict):
        raise ValueError(f"expected an object, found {type(row).__name__}")
    for name in ("id", "context", "question"):
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise ValueError(f"{name!r} must be a text that is not empty, found {row.get(name)!r}")
    title = row["title"] if isinstance(row.get("title"), str) else ""
    for name, text in (row | {"title": title}).items():
        if name in COLUMNS[:4] and (lone := re.search("[\ud800-\udfff]", text)):
            raise ValueError(f"{name!r} has half of a character, {lone[0]!r}, at {lone.start()}: write it whole")
    texts, starts = _golds(row.get("answers"))
    impossible = row.get("is_impossible")
    if impossible in (True, "true", "True") and any(texts):
        raise ValueError("is_impossible is true, yet there are answers: remove one of the two")
    if impossible in (False, "false", "False") and not any(texts):
        raise ValueError("is_impossible is false, yet there is no answer: write one, or make it true")
    answers = {"text": [], "answer_start": []}
    for text, start in zip(texts, starts, strict=True):
        if not isinstance(text, str) or isinstance(start, bool) or not isinstance(start, int):
            raise ValueError(f"an answer is a text and a whole number, found {text!r} and {start!r}")
        if not text.strip():
            continue
        there = row["context"][start : start + len(text)] if start >= 0 else ""
        if there != text:
            raise ValueError(f"answer_start {start} gives {there!r}, expected {text!r}{_hint(text, row['context'])}")
        answers["text"].append(text)
        answers["answer_start"].append(start)
    clean = {name: row[name] for name in ("id", "context", "question")} | {"title": title, "answers": answers}
    return clean, len(texts) - len(answers["text"])


def _hint(text, context):
    """Why an answer may not stand where it should."""
    if (found := context.find(text)) >= 0:
        return f" (it first stands at {found})"
    for form in ("NFC", "NFKC"):
        if unicodedata.normalize(form, text) in unicodedata.normalize(form, context):
            return f" (context and answer write the same letters differently: normalise both with {form})"
    return ""


def _golds(answers):
    """Texts and starts from SQuAD's list of golds, the Hub's dict of lists, or either of them as text (from a CSV)."""
    if isinstance(answers, str):
        answers = _parsed(answers)
    if isinstance(answers, list) and all(isinstance(gold, dict) for gold in answers):
        return [gold.get("text") for gold in answers], [gold.get("answer_start") for gold in answers]
    if isinstance(answers, dict):
        texts, starts = answers.get("text"), answers.get("answer_start")
        if isinstance(texts, list) and isinstance(starts, list) and len(texts) == len(starts):
            return texts, starts
    raise ValueError(f"'answers' must be a list of {{text, answer_start}} or a dict of two lists, found {answers!r}")


def _parsed(text):
    """A dict or list written as JSON, or as Python prints it; a literal only, never code."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(re.sub(r"(?s)array\((\[.*?\])(?:,\s*dtype=\w+)?\)", r"\1", text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise ValueError(f"cannot read 'answers' from {text[:80]!r}: write it as JSON") from None
