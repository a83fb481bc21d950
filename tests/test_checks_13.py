"""The checks of lesson 13: a stub is not attempted, a right answer passes, a typical mistake is named."""

import math
import random
import re

import pytest

from qa_course import checks

LANGUAGES = ("es", "en")


def verdict(capsys, check, answer, language):
    check(answer, language=language)
    return capsys.readouterr().out


def stub(*arguments):
    return ...


def find_answer(text, answer, occurrence):
    found = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(answer)}(?!\w)", text)]
    if occurrence is None:
        return found[0] if len(found) == 1 else -1
    return found[occurrence - 1] if occurrence <= len(found) else -1


def three_sets(ids, test, validation, seed):
    sections = [name.rsplit("-", 1)[0] for name in ids]
    drawn = sorted(set(sections))
    random.Random(seed).shuffle(drawn)
    parts = {name: "test" if place < test else "validation" for place, name in enumerate(drawn[: test + validation])}
    return [parts.get(name, "train") for name in sections]


def questions_needed(rate, margin):
    return math.ceil(1.96**2 * rate * (1 - rate) / margin**2)


RIGHT = {"answer_place": find_answer, "three_sets": three_sets, "questions_needed": questions_needed}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", RIGHT)
def test_a_stub_is_not_attempted_and_a_right_answer_passes(capsys, name, language):
    for answer in (..., None, stub):
        assert verdict(capsys, getattr(checks, name), answer, language)[0] == "○"
    assert verdict(capsys, getattr(checks, name), RIGHT[name], language)[0] == "✓"


@pytest.mark.parametrize("name", RIGHT)
def test_nothing_raises(capsys, name):
    for answer in (3, "x", lambda *_: 1 / 0, lambda *_: object(), lambda *_: [], lambda *_: None):
        assert verdict(capsys, getattr(checks, name), answer, "es")[0] in "✗○"


def plain_find(text, answer, occurrence):
    return text.find(answer)


def unescaped(text, answer, occurrence):
    found = [match.start() for match in re.finditer(rf"(?<!\w){answer}(?!\w)", text)]
    if occurrence is None:
        return found[0] if len(found) == 1 else -1
    return found[occurrence - 1] if occurrence <= len(found) else -1


def word_borders(text, answer, occurrence):
    found = [match.start() for match in re.finditer(rf"\b{re.escape(answer)}\b", text)]
    if occurrence is None:
        return found[0] if len(found) == 1 else -1
    return found[occurrence - 1] if occurrence <= len(found) else -1


def parts_of_words(text, answer, occurrence):
    found = [match.start() for match in re.finditer(re.escape(answer), text)]
    if occurrence is None:
        return found[0] if len(found) == 1 else -1
    return found[occurrence - 1] if occurrence <= len(found) else -1


def takes_the_first(text, answer, occurrence):
    return find_answer(text, answer, occurrence or 1)


def from_zero(text, answer, occurrence):
    return find_answer(text, answer, None if occurrence is None else occurrence + 1)


def any_case(text, answer, occurrence):
    return find_answer(text.lower(), answer.lower(), occurrence)


def none_where_absent(text, answer, occurrence):
    found = find_answer(text, answer, occurrence)
    return None if found < 0 else found


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (plain_find, "palabras enteras", "whole words"),
        (parts_of_words, "palabras enteras", "whole words"),
        (unescaped, "re.escape", "re.escape"),
        (word_borders, "el borde es «%»", "the edge is “%”"),
        (takes_the_first, "nadie dice cuál", "nobody says which"),
        (from_zero, "cuenta desde 1", "counts from 1"),
        (any_case, "distingue mayúsculas", "case matters"),
        (none_where_absent, "no está en el texto: -1", "not in the text: -1"),
    ],
)
def test_a_misplaced_answer_is_explained(capsys, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.answer_place, answer, language)
        assert said[0] == "✗" and hint in said, said


def by_row(ids, test, validation, seed):
    return random.Random(seed).choices(["train", "validation", "test"], k=len(ids))


def by_language(ids, test, validation, seed):
    groups = [name.rsplit("-", 1)[0] + name[-2:] for name in ids]
    drawn = sorted(set(groups))
    random.Random(seed).shuffle(drawn)
    return ["test" if drawn.index(name) < test else "train" for name in groups]


def unseeded(ids, test, validation, seed):
    return three_sets(ids, test, validation, random.random())


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (by_row, "secciones enteras, no preguntas", "not questions"),
        (by_language, "sus dos lenguas se separaron", "two languages were parted"),
        (unseeded, "misma semilla", "same seed"),
        (lambda ids, test, validation, seed: three_sets(ids, test, validation, 0), "Todas las semillas", "All seeds"),
        (lambda ids, test, validation, seed: three_sets(ids, test, 0, seed), "en train van 7, y hay 9", "there are 9"),
        (lambda ids, test, validation, seed: ["dev"] * len(ids), "'dev' no es ninguno", "'dev' is none"),
        (lambda ids, test, validation, seed: ["train", "test"], "uno por pregunta", "one a question"),
    ],
)
def test_a_wrong_split_is_explained(capsys, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.three_sets, answer, language)
        assert said[0] == "✗" and hint in said, said


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (lambda rate, margin: int(1.96**2 * rate * (1 - rate) / margin**2), "hacia arriba", "round up"),
        (lambda rate, margin: questions_needed(rate, margin / 2), "no su anchura", "not its width"),
        (lambda rate, margin: math.ceil(rate * (1 - rate) / margin**2), "falta el 1,96", "1.96 is missing"),
        (lambda rate, margin: 1.96 * math.sqrt(rate * (1 - rate)) / margin, "al cuadrado", "square both sides"),
        (lambda rate, margin: 7, "despeja", "solve"),
    ],
)
def test_a_wrong_number_of_questions_is_explained(capsys, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.questions_needed, answer, language)
        assert said[0] == "✗" and hint in said, said


def places(text, answer):
    return [found.start() for found in re.finditer(rf"(?<!\w){re.escape(answer)}(?!\w)", text)]


def past_the_last(text, answer, occurrence):
    found = places(text, answer)
    return (found[0] if len(found) == 1 else -1) if occurrence is None else found[occurrence - 1]


def none_compared(text, answer, occurrence):
    return places(text, answer)[0] if occurrence > 0 else -1


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (past_the_last, "no está tantas veces: -1", "not stand there that often: -1"),
        (none_compared, "`occurrence` puede ser None", "`occurrence` may be None"),
        (lambda text, answer, occurrence: re.search(re.escape(answer), text), "su `start()`", "its `start()`"),
        (lambda text, answer, occurrence: text.find(answer) + len(answer), "dónde empieza", "where does it begin"),
    ],
)
def test_a_slip_in_finding_the_place_is_named(capsys, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.answer_place, answer, language)
        assert said[0] == "✗" and hint in said, said
