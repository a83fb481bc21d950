"""The checks of lesson 06: a stub is not attempted, a right answer passes, a typical mistake is named."""

import numpy as np
import pytest
import torch

from qa_course import checks


def verdict(capsys, check, answer, language):
    check(answer, language=language)
    return capsys.readouterr().out


def pad(rows, pad_id):
    longest = max(map(len, rows))
    ids = [row + [pad_id] * (longest - len(row)) for row in rows]
    return ids, [[1] * len(row) + [0] * (longest - len(row)) for row in rows]


def metrics(tp, fp, fn, tn):
    return (tp + tn) / (tp + fp + fn + tn), 2 * tp / max(1, 2 * tp + fp + fn)


def threshold(similarities, labels):
    candidates = [*similarities, similarities.max() + 1]
    return max(candidates, key=lambda each: np.mean((similarities >= each) == labels))


RIGHT = [(checks.pad_batch, pad), (checks.accuracy_f1, metrics), (checks.similarity_threshold, threshold)]


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("check", [check for check, _ in RIGHT])
@pytest.mark.parametrize("stub", [..., None, lambda *arguments: ..., lambda *arguments: None])
def test_a_stub_is_not_attempted(capsys, check, stub, language):
    assert verdict(capsys, check, stub, language)[0] == "○"


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_right_answers_pass(capsys, check, answer, language):
    assert verdict(capsys, check, answer, language)[0] == "✓"


def test_other_ways_to_be_right_pass(capsys):
    assert verdict(capsys, checks.pad_batch, lambda *a: [torch.tensor(part) for part in pad(*a)], "en")[0] == "✓"
    assert verdict(capsys, checks.pad_batch, lambda *a: np.array(pad(*a)), "en")[0] == "✓"

    def harmonic(tp, fp, fn, tn):
        precision, recall = tp / max(1, tp + fp), tp / max(1, tp + fn)
        return (tp + tn) / (tp + fp + fn + tn), 2 * precision * recall / max(1e-12, precision + recall)

    assert verdict(capsys, checks.accuracy_f1, harmonic, "en")[0] == "✓"


def test_the_rows_given_may_be_changed_in_place(capsys):
    def in_place(rows, pad_id):
        ids, mask = pad(rows, pad_id)
        for row in rows:
            row += [pad_id] * (max(map(len, rows)) - len(row))
        return ids, mask

    assert verdict(capsys, checks.pad_batch, in_place, "en")[0] == "✓"


def pad_in_front(rows, pad_id):
    longest = max(map(len, rows))
    return [[pad_id] * (longest - len(row)) + row for row in rows], pad(rows, pad_id)[1]


def cut(rows, pad_id):
    shortest = min(map(len, rows))
    return [row[:shortest] for row in rows], [[1] * shortest for _ in rows]


def pad_fixed(rows, pad_id):
    return [row + [pad_id] * (8 - len(row)) for row in rows], [[1] * len(row) + [0] * (8 - len(row)) for row in rows]


def pad_with_zero(rows, pad_id):
    return pad(rows, 0)


def unpadded(rows, pad_id):
    return rows, [[1] * len(row) for row in rows]


def reversed_mask(rows, pad_id):
    ids, mask = pad(rows, pad_id)
    return ids, [[1 - value for value in row] for row in mask]


def mask_by_id(rows, pad_id):
    ids, _ = pad(rows, pad_id)
    return ids, [[int(token != pad_id) for token in row] for row in ids]


def only_ids(rows, pad_id):
    return 7


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (pad_in_front, "va a la derecha", "goes on the right"),
        (cut, "has cortado", "you cut"),
        (pad_fixed, "de este lote", "of this batch"),
        (pad_with_zero, "no con 0", "not with 0"),
        (unpadded, "faltan los rellenos", "the padding is missing"),
        (reversed_mask, "0, relleno", "0 is padding"),
        (mask_by_id, "cuenta longitudes", "count lengths"),
        (only_ids, "dos tablas", "two tables"),
        (lambda rows, pad_id: (rows[0], 3), "dos tablas", "two tables"),
        (lambda rows: rows, "TypeError", "TypeError"),
    ],
)
def test_a_wrong_rectangle_is_explained(capsys, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.pad_batch, answer, language)
        assert said[0] == "✗" and hint in said


def raw_f1(tp, fp, fn, tn):
    precision, recall = tp / (tp + fp), tp / (tp + fn)
    return (tp + tn) / (tp + fp + fn + tn), 2 * precision * recall / (precision + recall)


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (raw_f1, "divide por cero", "divides by zero"),
        (lambda **n: metrics(**n)[::-1], "primero la exactitud", "accuracy comes first"),
        (lambda **n: [100 * each for each in metrics(**n)], "no porcentajes", "not percentages"),
        (
            lambda tp, fp, fn, tn: (tp / (tp + fp + fn + tn), metrics(tp, fp, fn, tn)[1]),
            "los verdaderos negativos",
            "true negatives",
        ),
        (
            lambda tp, fp, fn, tn: (
                metrics(tp, fp, fn, tn)[0],
                (tp / max(1, tp + fp) + tp / max(1, tp + fn)) / 2,
            ),
            "no la aritmética",
            "not the arithmetic",
        ),
        (
            lambda tp, fp, fn, tn: (metrics(tp, fp, fn, tn)[0], tp / max(1, tp + fp)),
            "necesita las dos",
            "needs both",
        ),
        (
            lambda tp, fp, fn, tn: (metrics(tp, fp, fn, tn)[0], metrics(tn, fp, fn, tp)[1]),
            "no de la 0",
            "not of class 0",
        ),
        (lambda **n: 0.5, "dos números", "two numbers"),
        (lambda **n: (0.25, 0.25), "debe dar", "should give"),
    ],
)
def test_wrong_figures_are_explained(capsys, answer, es, en):
    def called(tp, fp, fn, tn):
        return answer(tp=tp, fp=fp, fn=fn, tn=tn)

    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.accuracy_f1, called, language)
        assert said[0] == "✗" and hint in said


def upside_down(similarities, labels):
    return max([*similarities, 0.0], key=lambda each: np.mean((similarities <= each) == labels))


def without_no(similarities, labels):
    return max(similarities, key=lambda each: np.mean((similarities >= each) == labels))


def on_a_grid(similarities, labels):
    return max(np.linspace(0, 1.01, 101), key=lambda each: np.mean((similarities >= each) == labels))


def strict(similarities, labels):
    return max([0.0, *similarities], key=lambda each: np.mean((similarities > each) == labels))


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (upside_down, "invertido", "turned round"),
        (without_no, "por encima de todos", "lie above them all"),
        (strict, "ya cuenta", "already counts"),
        (on_a_grid, "una rejilla puede", "a grid may have"),
        (lambda similarities, labels: similarities.mean(), "no mira las etiquetas", "does not look at the labels"),
        (lambda similarities, labels: 0.5, "una exactitud de", "an accuracy of"),
        (lambda similarities, labels: similarities >= 0.8, "un solo número", "a single number"),
    ],
)
def test_a_wrong_threshold_is_explained(capsys, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.similarity_threshold, answer, language)
        assert said[0] == "✗" and hint in said


def rounded(tp, fp, fn, tn):
    return tuple(round(value, 2) for value in metrics(tp, fp, fn, tn))


def none_for_no(similarities, labels):
    found = threshold(similarities, labels)
    return found if found <= similarities.max() else None


def fixed_length(rows, pad_id):
    ids, mask = pad(rows, pad_id)
    return [[*row, *[pad_id] * (128 - len(row))] for row in ids], mask


@pytest.mark.parametrize(
    ("check", "answer", "es", "en"),
    [
        (checks.accuracy_f1, rounded, "no redondees", "do not round"),
        (checks.similarity_threshold, none_for_no, "devolvió None", "returned None"),
        (checks.pad_batch, fixed_length, "filas de [128, 128] números", "rows of [128, 128] numbers"),
    ],
)
def test_a_slip_of_students_is_named(capsys, check, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, check, answer, language)
        assert said[0] == "✗" and hint in said and len(said) < 300, said
