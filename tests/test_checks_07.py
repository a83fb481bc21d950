"""The checks of lesson 07: a stub is not attempted, a right answer passes, a typical mistake is named."""

import pytest
import torch
from transformers import BertConfig, BertForQuestionAnswering

from qa_course import checks, training

LENGTHS = [30, 5, 28, 7, 9, 26, 6, 29]
MODEL = BertForQuestionAnswering(
    BertConfig(vocab_size=50, hidden_size=8, num_hidden_layers=3, num_attention_heads=2, intermediate_size=16)
)
HISTORY = [
    {"epoch": 0.5, "loss": 3.0},
    {"epoch": 1.0, "eval_f1_en": 40.0, "eval_f1_es": 20.0},
    {"epoch": 2.0, "eval_f1_en": 45.0, "eval_f1_es": 44.0},
    {"epoch": 3.0, "eval_f1_en": 50.0, "eval_f1_es": 30.0},
]


def schedule(step, steps, warmup, highest):
    if step < warmup:
        return highest * step / warmup
    return highest * max(0, steps - step) / max(1, steps - warmup)


def no_warmup(step, steps, warmup, highest):
    return highest * (steps - step) / steps


def constant(step, steps, warmup, highest):
    return highest * min(1, step / warmup) if warmup else highest


def from_start(step, steps, warmup, highest):
    """Decays as if from step 0: there is a jump where the warm-up ends."""
    return highest * step / warmup if step < warmup else highest * (steps - step) / steps


def one_ahead(step, steps, warmup, highest):
    return schedule(step + 1, steps, warmup, highest)


def divides_by_zero(step, steps, warmup, highest):
    return min(highest * step / warmup, highest * (steps - step) / max(1, steps - warmup))


def divides_by_the_fall(step, steps, warmup, highest):
    return highest * step / warmup if step < warmup else highest * (steps - step) / (steps - warmup)


def stub(step, steps, warmup, highest):
    return ...


def verdict(capsys, check, answer, language, **known):
    check(answer, language=language, **known)
    return capsys.readouterr().out


def padding(answer, capsys, language):
    known = {"lengths": LENGTHS, "size": 2, "beaten": list(range(8))}
    return verdict(capsys, checks.less_padding, answer, language, **known)


def trainable(answer, capsys, language, layers=2):
    return verdict(capsys, checks.trainable_parameters, answer, language, model=MODEL, layers=layers)


def frozen(layers, embeddings=True):
    MODEL.requires_grad_(True)
    left = training.freeze(MODEL, layers, embeddings)
    MODEL.requires_grad_(True)
    return left


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("answer", [..., None])
def test_a_stub_is_not_attempted(capsys, language, answer):
    assert padding(answer, capsys, language)[0] == "○"
    assert trainable(answer, capsys, language)[0] == "○"
    assert verdict(capsys, checks.best_epoch, answer, language, history=HISTORY)[0] == "○"
    assert verdict(capsys, checks.linear_schedule, answer, language)[0] == "○"
    assert verdict(capsys, checks.linear_schedule, stub, language)[0] == "○"


@pytest.mark.parametrize("language", ["es", "en"])
def test_right_answers_pass(capsys, language):
    order = sorted(range(8), key=LENGTHS.__getitem__)
    assert padding(order, capsys, language)[0] == "✓"
    assert padding(torch.tensor(order), capsys, language)[0] == "✓"
    for layers in range(4):
        assert trainable(frozen(layers), capsys, language, layers)[0] == "✓"
    for answer in (2, 2.0):
        assert verdict(capsys, checks.best_epoch, answer, language, history=HISTORY)[0] == "✓"
    assert verdict(capsys, checks.linear_schedule, schedule, language)[0] == "✓"


def test_of_two_best_epochs_either_is_right(capsys):
    history = [*HISTORY, {"epoch": 4.0, "eval_f1_en": 44.0, "eval_f1_es": 45.0}]
    for answer in (2, 4):
        assert verdict(capsys, checks.best_epoch, answer, "en", history=history)[0] == "✓"


def test_half_an_epoch_is_an_epoch_of_its_own(capsys):
    history = [*HISTORY, {"epoch": 3.5, "eval_f1_en": 99.0, "eval_f1_es": 99.0}]
    assert verdict(capsys, checks.best_epoch, 3.5, "en", history=history)[0] == "✓"
    for answer in (2, 3, 4):
        assert verdict(capsys, checks.best_epoch, answer, "en", history=history)[0] == "✗"


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (no_warmup, "sube desde 0", "rises from 0"),
        (one_ahead, "sube desde 0", "rises from 0"),
        (constant, "baja en línea recta", "falls in a straight line"),
        (from_start, "al acabar el calentamiento", "where the warm-up ends"),
        (divides_by_zero, "sin calentamiento no hay subida", "without warm-up nothing rises"),
        (divides_by_the_fall, "todo es calentamiento", "all is warm-up"),
    ],
)
def test_a_wrong_schedule_is_explained(capsys, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.linear_schedule, answer, language)
        assert said[0] == "✗" and hint in said


def test_a_schedule_that_ignores_zero_warmup_is_named(capsys):
    def late(step, steps, warmup, highest):
        return highest * step / max(1, warmup) if step <= warmup else schedule(step, steps, warmup, highest)

    assert "sin calentamiento" in verdict(capsys, checks.linear_schedule, late, "es")
    assert "without warm-up" in verdict(capsys, checks.linear_schedule, late, "en")


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (list(range(8)), "y hay que bajar", "the mark to beat"),
        ([0, 1, 2], "3 índices y hay 8", "3 indices and there are 8"),
        (sorted(LENGTHS), "no las longitudes", "not the lengths"),
        ([0] * 8, "cada uno una vez", "each once"),
    ],
)
def test_a_wrong_order_is_explained(capsys, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = padding(answer, capsys, language)
        assert said[0] == "✗" and hint in said


def total():
    return sum(parameter.numel() for parameter in MODEL.parameters())


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (total, "todos los parámetros", "all parameters"),
        (lambda: total() - frozen(2), "los congelados", "the frozen ones"),
        (lambda: frozen(2, embeddings=False), "también se congelan", "are frozen too"),
        (lambda: frozen(0), "faltan las capas", "frozen layers are still in"),
        (lambda: frozen(2) - 18, "falta la cabeza", "the head is missing"),
        (lambda: 16 + 2, "numel()", "numel()"),
        (lambda: 12345, "2 capas de abajo", "2 lowest layers"),
    ],
)
def test_a_wrong_count_is_explained(capsys, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = trainable(answer(), capsys, language)
        assert said[0] == "✗" and hint in said


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (3, "otra la supera", "another beats it"),
        (5, "tras las épocas 1, 2, 3", "each of 1, 2, 3"),
        (0.5, "No hay evaluación", "There is no evaluation"),
        (HISTORY[2], "un solo número", "A single number"),
    ],
)
def test_a_wrong_epoch_is_explained(capsys, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.best_epoch, answer, language, history=HISTORY)
        assert said[0] == "✗" and hint in said


def gap_between(step, steps, warmup, highest):
    if step < warmup:
        return highest * step / warmup
    if step > warmup:
        return highest * (steps - step) / (steps - warmup)
    return None


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_step_without_a_rate_is_named(capsys, language):
    said = verdict(capsys, checks.linear_schedule, gap_between, language)
    assert said[0] == "✗" and "learning_rate(5, 20, 5, 0.001)" in said
    assert {"es": "no devuelve nada", "en": "returns nothing"}[language] in said


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("answer", [[[0, 1], [2, 3]], 7])
def test_batches_are_no_order(capsys, language, answer):
    said = padding(answer, capsys, language)
    assert said[0] == "✗" and {"es": "una sola lista de índices", "en": "A single list of indices"}[language] in said
