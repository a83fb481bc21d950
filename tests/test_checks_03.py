"""The checks of lesson 03: a stub is not attempted, a right answer passes, a typical mistake is named."""

import ast
import json

import pandas as pd
import pytest

from qa_course import checks, corpus
from qa_course.checks.lesson03 import _damage

EXAMPLES = corpus.load("cuadernoqa", "train[:48]", "en")


@pytest.fixture(scope="module")
def frame():
    tables = [pd.DataFrame(list(corpus.load("cuadernoqa", "train[:384]", each))) for each in ("en", "es")]
    return pd.concat(tables, ignore_index=True)


def verdict(capsys, check, answer, language, **known):
    check(answer, language=language, **known)
    return capsys.readouterr().out


def stands(row):
    golds = zip(row["answers"]["text"], row["answers"]["answer_start"], strict=True)
    return all(row["context"][start : start + len(text)] == text for text, start in golds)


def find(frame, without=()):
    faults = {
        "stands": ~frame.apply(stands, axis=1),
        "null": frame["question"].isna(),
        "spaces": frame["question"].str.strip().ne(frame["question"]) & frame["question"].notna(),
        "repeated": frame["id"].duplicated(),
    }
    wrong = pd.DataFrame({name: mask for name, mask in faults.items() if name not in without}).any(axis=1)
    return frame.index[wrong]


def test_a_copy_is_damaged_in_six_ways_and_only_there():
    for language in ("en", "es"):
        table = corpus.load("cuadernoqa", "train[:48]", language)
        rows, faults = _damage(table, 0)
        assert rows == checks.damaged_copy(table) != checks.damaged_copy(table, seed=1)
        assert [len(numbers) for numbers in faults.values()] == [2] * 6
        touched = sorted(number for numbers in faults.values() for number in numbers)
        assert touched == [number for number, row in enumerate(table) if row != rows[number]]
        assert list(find(pd.DataFrame(rows))) == touched and len(set(touched)) == 12


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("answer", [..., None, lambda *given: ..., lambda *given: None])
def test_a_stub_is_not_attempted(capsys, language, answer, frame):
    assert verdict(capsys, checks.damaged_rows, answer, language, examples=EXAMPLES)[0] == "○"
    assert verdict(capsys, checks.read_answers, answer, language)[0] == "○"
    assert verdict(capsys, checks.split_by_article, answer, language, frame=frame)[0] == "○"


@pytest.mark.parametrize("language", ["es", "en"])
def test_right_damaged_rows_pass(capsys, language):
    for answer in (
        find,
        lambda frame: find(frame).tolist(),
        lambda frame: {0, *find(frame)} if find(frame).size else [],
    ):
        assert verdict(capsys, checks.damaged_rows, answer, language, examples=EXAMPLES)[0] == "✓"


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (lambda frame: find(frame, ["stands"]), "mal codificadas", "wrongly encoded"),
        (lambda frame: find(frame, ["null"]), "es nula", "it is null"),
        (lambda frame: find(frame, ["spaces"]), "espacios", "spaces"),
        (lambda frame: find(frame, ["repeated"]), "ya salió", "occurred before"),
        (lambda frame: frame.index, "sano", "sound original"),
        (lambda frame: frame.index[[not row["text"] for row in frame["answers"]]], "sin respuesta", "unanswerable"),
        (lambda frame: frame.index if find(frame).size else [], "está sana", "is sound"),
        (lambda frame: frame["question"].isna(), "no verdadero o falso", "not True and False"),
        (lambda frame: frame[frame["question"].isna()], "ni una tabla", "not a table"),
        (lambda frame: [*find(frame), True], "no verdadero o falso", "not True and False"),
        (lambda frame: frame["nothing"], "KeyError", "KeyError"),
        (lambda frame: [], "Se te escapan", "escape you"),
    ],
)
def test_wrong_damaged_rows_are_explained(capsys, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.damaged_rows, answer, language, examples=EXAMPLES)
        assert said[0] == "✗" and hint in said


def read(cell):
    try:
        return json.loads(cell)
    except ValueError:
        return ast.literal_eval(cell)


def forgiving(cell):
    try:
        return read(cell)
    except Exception:
        return {"text": [], "answer_start": []}


def evaluating(cell):
    return eval(cell)  # noqa: S307 the very mistake that the check must name


@pytest.mark.parametrize("language", ["es", "en"])
def test_right_answers_are_read(capsys, language):
    for answer in (read, ast.literal_eval):
        assert verdict(capsys, checks.read_answers, answer, language)[0] == "✓"


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (json.loads, "escrita con str(dict)", "written with str(dict)"),
        (lambda cell: json.loads(cell.replace("'", '"')), "O'Higgins", "O'Higgins"),
        (forgiving, "esconde el fallo", "hides the fault"),
        (evaluating, "contiene código", "holds code"),
        (lambda cell: {"text": []}, "sale", "comes"),
    ],
)
def test_wrong_readers_are_explained(capsys, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.read_answers, answer, language)
        assert said[0] == "✗" and hint in said


def article(frame):
    return frame["id"].str.rsplit("-", n=2).str[0]


def split(frame, share, seed, by=article):
    names = by(frame).drop_duplicates().sample(frac=1, random_state=seed)
    chosen = by(frame).isin(names[: round(share * len(names))])
    return frame[chosen], frame[~chosen]


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_right_split_passes(capsys, language, frame):
    for answer in (split, lambda *given: list(split(*given))):
        assert verdict(capsys, checks.split_by_article, answer, language, frame=frame)[0] == "✓"


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (lambda frame, share, seed: split(frame, share, seed, lambda f: f["id"]), "no filas", "not rows"),
        (lambda frame, share, seed: split(frame, share, seed, lambda f: f["title"]), "dos lenguas", "two languages"),
        (lambda frame, share, seed: split(frame, 1 - share / 2, seed), "Pediste", "should have"),
        (lambda frame, share, seed: split(frame, share, 5), "otra semilla", "Another seed"),
        (lambda frame, share, seed: split(frame, share, None), "misma semilla", "the same seed"),
        (lambda frame, share, seed: split(frame[:99], share, seed), "a uno solo", "to one only"),
        (
            lambda frame, share, seed: [part.reset_index(drop=True) for part in split(frame, share, seed)],
            "conserva el índice",
            "keep the index",
        ),
        (lambda frame, share, seed: split(frame, share, seed)[0], "Devuelve dos", "Return two"),
    ],
)
def test_a_wrong_split_is_explained(capsys, answer, es, en, frame):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.split_by_article, answer, language, frame=frame)
        assert said[0] == "✗" and hint in said
