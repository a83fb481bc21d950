"""The checks of lesson 11: a stub is not attempted, a right answer passes, a typical mistake is named."""

import numpy as np
import pytest
import torch

from qa_course import checks


def batches(lengths, budget, way=False):
    made, batch = [], []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=way):
        longest = max(lengths[each] for each in (*batch, index))
        if batch and (len(batch) + 1) * longest > budget:
            made.append(batch)
            batch = []
        batch.append(index)
    return [*made, batch]


def unsorted(lengths, budget):
    made, batch = [], []
    for index in range(len(lengths)):
        longest = max(lengths[each] for each in (*batch, index))
        if batch and (len(batch) + 1) * longest > budget:
            made.append(batch)
            batch = []
        batch.append(index)
    return [*made, batch]


def without_padding(lengths, budget):
    made, batch = [], []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if sum(lengths[each] for each in (*batch, index)) > budget:
            made.append(batch)
            batch = []
        batch.append(index)
    return [*made, batch]


def threshold(odds, right, wanted):
    candidates = [each for each in odds if right[odds <= each].mean() >= wanted]
    return max(candidates, default=odds.min() - 1)


def on_a_grid(odds, right, wanted):
    grid = np.linspace(odds.min() - 1, odds.max() + 1, 200)
    return max(each for each in grid if each < odds.min() or right[odds <= each].mean() >= wanted)


def first_failure(odds, right, wanted):
    best = odds.min() - 1
    for each in np.sort(odds):
        if right[odds <= each].mean() < wanted:
            break
        best = each
    return best


def never_silent(odds, right, wanted):
    return max(threshold(odds, right, wanted), odds.min())


def turned_round(odds, right, wanted):
    candidates = [each for each in odds if right[odds >= each].mean() >= wanted]
    return min(candidates, default=odds.max())


def one_by_one(odds, right, wanted):
    """Counts questions and not thresholds: ties are split."""
    order = np.argsort(odds)
    precision = np.cumsum(right[order]) / np.arange(1, len(odds) + 1)
    good = np.flatnonzero(precision >= wanted)
    return odds[order][good[-1]] if len(good) else odds.min() - 1


def rows(weight):
    steps = weight.abs().amax(1, keepdim=True).clamp_min(1e-12) / 127
    return (weight / steps).round().to(torch.int8), steps


def one_step(weight):
    steps = (weight.abs().max() / 127).expand(len(weight), 1)
    return (weight / steps).round().to(torch.int8), steps


def one_number(weight):
    step = weight.abs().max() / 127
    return (weight / step).round().to(torch.int8), step


def cut(weight):
    steps = weight.abs().amax(1, keepdim=True).clamp_min(1e-12) / 127
    return (weight / steps).to(torch.int8), steps


def by_zero(weight):
    steps = weight.abs().amax(1, keepdim=True) / 127
    return (weight / steps).round().nan_to_num(1).to(torch.int8), steps * torch.tensor([[1.0]] * 5 + [[torch.nan]])


def wraps(weight):
    steps = weight.abs().amax(1, keepdim=True).clamp_min(1e-12) / 255
    return (weight / steps).round().to(torch.int32).to(torch.int8), steps


def floats(weight):
    numbers, steps = rows(weight)
    return numbers.float(), steps


def small_steps(weight):
    steps = weight.std(1, keepdim=True).clamp_min(1e-12) / 127
    return (weight / steps).round().clamp(-127, 127).to(torch.int8), steps


def stub(*arguments):
    return ...


EXERCISES = {"token_batches": batches, "precision_threshold": threshold, "quantised_rows": rows}


def verdict(capsys, name, answer, language):
    getattr(checks, name)(answer, language=language)
    return capsys.readouterr().out


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("name", EXERCISES)
def test_a_stub_is_not_attempted_and_a_right_answer_passes(capsys, name, language):
    for answer in (..., None, stub):
        assert verdict(capsys, name, answer, language)[0] == "○"
    assert verdict(capsys, name, EXERCISES[name], language)[0] == "✓"


def test_other_right_answers_pass(capsys):
    def longest_first(lengths, budget):
        return batches(lengths, budget, way=True)

    def between(odds, right, wanted):
        return threshold(odds, right, wanted) + 1e-9

    assert verdict(capsys, "token_batches", longest_first, "en")[0] == "✓"
    assert verdict(capsys, "precision_threshold", between, "en")[0] == "✓"


@pytest.mark.parametrize(
    ("name", "answer", "es", "en"),
    [
        ("token_batches", unsorted, "ordena por longitud", "sort by length"),
        ("token_batches", without_padding, "también el relleno", "the padding too"),
        ("token_batches", lambda n, b: [[each] for each in range(len(n))], "lotes y bastan", "are enough"),
        ("token_batches", lambda n, b: batches(n, b)[:-1], "el último lote", "the last batch"),
        ("token_batches", lambda n, b: [[n[i] for i in x] for x in batches(n, b)], "no sus longitudes", "not their"),
        ("token_batches", lambda n, b: [[0, *batch] for batch in batches(n, b)], "en un solo lote", "in one batch"),
        ("token_batches", lambda n, b: [[], *batches(n, b)], "lote vacío", "empty batch"),
        ("token_batches", lambda n, b: list(range(len(n))), "lista de listas", "list of lists"),
        ("precision_threshold", first_failure, "sube y baja", "goes up and down"),
        ("precision_threshold", on_a_grid, "propios odds", "odds themselves"),
        ("precision_threshold", never_silent, "callar siempre", "silent throughout"),
        ("precision_threshold", lambda o, r, w: o.min() - 1, "se puede llegar", "are possible"),
        ("precision_threshold", turned_round, "invertido la regla", "turned round"),
        ("precision_threshold", one_by_one, "todas o ninguna", "all or none"),
        ("precision_threshold", lambda o, r, w: o, "un solo número", "a single number"),
        ("quantised_rows", one_step, "comparten el mismo paso", "share one step"),
        ("quantised_rows", one_number, "uno por fila", "one a row"),
        ("quantised_rows", cut, "redondea antes", "round first"),
        ("quantised_rows", by_zero, "no es finito", "not finite"),
        ("quantised_rows", wraps, "cambiaron de signo", "changed their sign"),
        ("quantised_rows", floats, "se espera int8", "is expected"),
        ("quantised_rows", small_steps, "mayor magnitud", "largest magnitude"),
        ("quantised_rows", lambda weight: rows(weight)[0], "dos tensores", "two tensors"),
        ("quantised_rows", lambda weight: weight / 0 / 0, "dos tensores", "two tensors"),
        ("quantised_rows", lambda weight: 1 / 0, "ZeroDivisionError", "ZeroDivisionError"),
    ],
)
def test_a_typical_mistake_is_named(capsys, name, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, name, answer, language)
        assert said[0] == "✗" and hint in said, said


def step_or_none(odds, right, wanted):
    reached = [each for each in odds if right[odds <= each].mean() >= wanted]
    return max(reached, default=None)


@pytest.mark.parametrize(
    ("check", "answer", "es", "en"),
    [
        (checks.precision_threshold, step_or_none, "devolvió None", "returned None"),
        (checks.quantised_rows, lambda weight: weight.abs().max(1, keepdim=True) / 127, "usa `amax`", "use `amax`"),
        (checks.quantised_rows, lambda weight: weight / weight.abs().amax(1), "`keepdim=True`", "`keepdim=True`"),
    ],
)
def test_a_slip_of_students_is_named(capsys, check, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        check(answer, language=language)
        said = capsys.readouterr().out
        assert said[0] == "✗" and hint in said, said
