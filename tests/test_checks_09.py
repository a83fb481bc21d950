"""The checks of lesson 09: a stub is not attempted, a right answer passes, a typical mistake is named."""

import pytest
import torch

from qa_course import checks, scoring

I = -100  # noqa: E741


def verdict(capsys, check, answer, language):
    check(answer, language=language)
    return capsys.readouterr().out


def stub(*arguments):
    return ...


def prepare(answers, pad, start):
    longest = max(map(len, answers))
    labels = [answer + [I] * (longest - len(answer)) for answer in answers]
    inputs = [[start, *answer[:-1]] + [pad] * (longest - len(answer)) for answer in answers]
    return inputs, labels


def as_transformers_does(answers, pad, start):
    """Moves the padded labels, so that the end token stays in the inputs of the shorter answers."""
    _, labels = prepare(answers, pad, start)
    return [[start, *(pad if token == I else token for token in row[:-1])] for row in labels], labels


def padding_counts(answers, pad, start):
    inputs, labels = prepare(answers, pad, start)
    return inputs, [[pad if token == I else token for token in row] for row in labels]


def no_end(answers, pad, start):
    inputs, labels = prepare(answers, pad, start)
    return inputs, [
        [I if token == answer[-1] else token for token in row] for row, answer in zip(labels, answers, strict=True)
    ]


def ragged(answers, pad, start):
    return [[start, *answer[:-1]] for answer in answers], answers


def inputs_with_ignored(answers, pad, start):
    _, labels = prepare(answers, pad, start)
    return [[start, *row[:-1]] for row in labels], labels


def not_moved(answers, pad, start):
    _, labels = prepare(answers, pad, start)
    return [[pad if token == I else token for token in row] for row in labels], labels


def moved_left(answers, pad, start):
    inputs, labels = not_moved(answers, pad, start)
    return [row[1:] + [pad] for row in inputs], labels


def one_longer(answers, pad, start):
    inputs, labels = not_moved(answers, pad, start)
    return [[start, *row] for row in inputs], labels


def starts_with_pad(answers, pad, start):
    return prepare(answers, pad, pad)


def step(model, batch, optimizer):
    loss = model(**batch).loss
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def clears_first(model, batch, optimizer):
    optimizer.zero_grad()
    loss = model(**batch).loss
    loss.backward()
    optimizer.step()
    return loss.detach()


def never_clears(model, batch, optimizer):
    loss = model(**batch).loss
    loss.backward()
    optimizer.step()
    return loss.item()


def no_backward(model, batch, optimizer):
    loss = model(**batch).loss
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def clears_between(model, batch, optimizer):
    loss = model(**batch).loss
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


def no_step(model, batch, optimizer):
    loss = model(**batch).loss
    loss.backward()
    return loss.item()


def no_model(model, batch, optimizer):
    return 0.0


def keeps_graph(model, batch, optimizer):
    loss = model(**batch).loss
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss


def no_return(model, batch, optimizer):
    step(model, batch, optimizer)


def two_steps(model, batch, optimizer):
    step(model, batch, optimizer)
    return step(model, batch, optimizer)


def loss_afterwards(model, batch, optimizer):
    step(model, batch, optimizer)
    return model(**batch).loss.item()


def share(answers, contexts):
    said = [(text, context) for text, context in zip(answers, contexts, strict=True) if text]
    absent = [f" {scoring.normalise(t)} " not in f" {scoring.normalise(c)} " for t, c in said]
    return 100 * sum(absent) / max(1, len(absent))


def fraction(answers, contexts):
    return share(answers, contexts) / 100


def present(answers, contexts):
    return 100 - share(answers, contexts)


def counts_silence(answers, contexts):
    absent = [scoring.normalise(t) not in scoring.normalise(c) for t, c in zip(answers, contexts, strict=True)]
    return 100 * sum(absent) / len(absent)


def not_normalised(answers, contexts):
    said = [text not in context for text, context in zip(answers, contexts, strict=True) if text]
    return 100 * sum(said) / len(said) if said else 0.0


def pieces_of_words(answers, contexts):
    pairs = [(t, c) for t, c in zip(answers, contexts, strict=True) if t]
    absent = [scoring.normalise(text) not in scoring.normalise(context) for text, context in pairs]
    return 100 * sum(absent) / len(absent) if absent else 0.0


def bag_of_words(answers, contexts):
    pairs = [(t, c) for t, c in zip(answers, contexts, strict=True) if t]
    absent = [not {*scoring.normalise(t).split()} <= {*scoring.normalise(c).split()} for t, c in pairs]
    return 100 * sum(absent) / max(1, len(absent))


def one_word(answers, contexts):
    pairs = [(t, c) for t, c in zip(answers, contexts, strict=True) if t]
    absent = [scoring.normalise(text) not in scoring.normalise(context).split() for text, context in pairs]
    return 100 * sum(absent) / max(1, len(absent))


def without_gradients(model, batch, optimizer):
    with torch.no_grad():
        loss = model(**batch).loss
    loss.backward()


def divides_by_zero(answers, contexts):
    said = [(text, context) for text, context in zip(answers, contexts, strict=True) if text]
    return share(answers, contexts) * len(said) / len(said)


CHECKS = {"teacher_forcing": prepare, "training_step": step, "made_up": share}


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("answer", [..., None, stub])
def test_a_stub_is_not_attempted(capsys, name, answer, language):
    assert verdict(capsys, getattr(checks, name), answer, language)[0] == "○"


@pytest.mark.parametrize("language", ["es", "en"])
def test_right_answers_pass(capsys, language):
    for name, answer in [*CHECKS.items(), ("teacher_forcing", as_transformers_does), ("training_step", clears_first)]:
        assert verdict(capsys, getattr(checks, name), answer, language)[0] == "✓", name


@pytest.mark.parametrize(
    ("name", "answer", "es", "en"),
    [
        ("teacher_forcing", padding_counts, "para que no cuente", "does not count"),
        ("teacher_forcing", no_end, "no aprende a parar", "does not learn to stop"),
        ("teacher_forcing", ragged, "la respuesta más larga", "the longest answer"),
        ("teacher_forcing", inputs_with_ignored, "-100 no es ningún token", "-100 is no token"),
        ("teacher_forcing", not_moved, "faltó mover", "nothing was moved"),
        ("teacher_forcing", moved_left, "lee el futuro", "reads the future"),
        ("teacher_forcing", one_longer, "el último token se cae", "the last token drops out"),
        ("teacher_forcing", starts_with_pad, "la primera entrada es `start`", "the first input is `start`"),
        ("teacher_forcing", lambda *given: [[1]], "devuelve dos cosas", "returns two things"),
        ("training_step", never_clears, "`optimizer.zero_grad()`", "`optimizer.zero_grad()`"),
        ("training_step", no_backward, "`loss.backward()`", "`loss.backward()`"),
        ("training_step", clears_between, "se borran antes", "are cleared before"),
        ("training_step", no_step, "falta `optimizer.step()`", "no `optimizer.step()`"),
        ("training_step", no_model, "No has llamado al modelo", "did not call the model"),
        ("training_step", keeps_graph, "`loss.item()`", "`loss.item()`"),
        ("training_step", no_return, "no devuelve nada", "returns nothing"),
        ("training_step", two_steps, "una vez cada uno", "once each"),
        ("training_step", loss_afterwards, "la pérdida del lote era", "the loss of the batch was"),
        ("made_up", fraction, "de 0 a 100", "0 to 100"),
        ("made_up", present, "las que sí están", "the ones that are there"),
        ("made_up", counts_silence, "no afirma nada", "claims nothing"),
        ("made_up", not_normalised, "textos normalizados", "normalised texts"),
        ("made_up", pieces_of_words, "palabras enteras", "whole words"),
        ("made_up", bag_of_words, "seguidas", "side by side"),
        ("made_up", one_word, "varias palabras", "several words"),
        ("made_up", divides_by_zero, "divide por cero: si todas callan", "divides by zero: where all are silent"),
        ("made_up", lambda answers, contexts: [True], "un solo número", "a single number"),
        ("training_step", lambda model, batch, optimizer: model(batch), "`model(**batch)`", "`model(**batch)`"),
        ("training_step", lambda model, batch, optimizer: model(**batch).backward(), "`.loss`", "`.loss`"),
        ("training_step", without_gradients, "sin gradientes", "without gradients"),
    ],
)
def test_a_typical_mistake_is_named(capsys, name, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, getattr(checks, name), answer, language)
        assert said[0] == "✗" and hint in said


def test_the_right_labels_are_those_of_transformers():
    """What the exercise calls right is what `T5ForConditionalGeneration` makes of the labels."""
    from qa_course import generation

    tokenizer = generation.train_tokenizer(["Lima Oslo 1919"], 40)
    model = generation.new_model(tokenizer, generation.Config(width=16, layers=1, decoder_layers=1, heads=2))
    answers = [[4, 5, 1], [6, 1]]
    inputs, labels = as_transformers_does(answers, 0, 0)
    assert model.prepare_decoder_input_ids_from_labels(torch.tensor(labels)).tolist() == inputs
