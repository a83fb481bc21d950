"""The exercises of lesson 09: answers that are generated."""

from qa_course.checks.verdict import check, given

IGNORED = -100


@check
def teacher_forcing(prepare):
    """A function `prepare(answers, pad, start)`: what the decoder reads and what it must write, for a batch.

    `answers` are lists of token ids, each with its end token. Both results are lists of lists of one length: the
    answers moved one place to the right behind `start` and filled up with `pad`, and the answers themselves, filled up
    with -100.
    """
    for answers, pad, start in (
        ([[14, 9, 1], [7, 1], [5, 6, 7, 8, 1]], 0, 0),
        ([[3, 4, 1], [5, 1]], 9, 2),
        ([[1], [6, 1]], 0, 0),
    ):
        found = given(prepare([list(answer) for answer in answers], pad, start))
        if not isinstance(found, tuple | list) or len(found) != 2:
            return {
                "es": "La función devuelve dos cosas: las entradas del decodificador y las etiquetas.",
                "en": "The function returns two things: the decoder's inputs and the labels.",
            }
        inputs, labels = ([[int(token) for token in row] for row in given(each)] for each in found)
        longest = max(map(len, answers))
        right_labels = [answer + [IGNORED] * (longest - len(answer)) for answer in answers]
        right_inputs = [[start, *answer[:-1]] + [pad] * (longest - len(answer)) for answer in answers]
        if labels != right_labels:
            return _labels_fault(answers, pad, labels, right_labels)
        # Behind the end of an answer nothing counts: the end token there is as good as padding (so does transformers).
        loose = [[start, *answer] + [pad] * longest for answer in answers]
        if inputs not in (right_inputs, [row[:longest] for row in loose]):
            return _inputs_fault(answers, pad, start, inputs, right_inputs)
    return None


def _labels_fault(answers, pad, found, expected):
    longest = max(map(len, answers))
    if found == [answer + [pad] * (longest - len(answer)) for answer in answers]:
        hint = {
            "es": "el relleno de las etiquetas es -100, para que no cuente en la pérdida",
            "en": "the padding of labels is -100, so that it does not count in the loss",
        }
    elif found == [[IGNORED if token == pad else token for token in row] for row in found] and any(
        len(row) != longest for row in found
    ):
        hint = {
            "es": "todas las filas miden lo que la respuesta más larga",
            "en": "all rows are as long as the longest answer",
        }
    elif found == [
        [IGNORED if token == answer[-1] else token for token in row]
        for row, answer in zip(expected, answers, strict=True)
    ]:
        hint = {
            "es": "el token final no se enmascara: sin él, el modelo no aprende a parar",
            "en": "the end token is not masked: without it the model does not learn to stop",
        }
    else:
        hint = {
            "es": "las etiquetas son las respuestas sin mover, con -100 detrás",
            "en": "the labels are the answers, not moved, with -100 behind them",
        }
    return {
        "es": f"Etiquetas {found}, y deberían ser {expected}: {hint['es']}.",
        "en": f"Labels {found}, and they should be {expected}: {hint['en']}.",
    }


def _inputs_fault(answers, pad, start, found, expected):
    longest = max(map(len, answers))
    padded = [answer + [pad] * (longest - len(answer)) for answer in answers]
    if any(IGNORED in row for row in found):
        hint = {
            "es": "-100 no es ningún token: en las entradas el relleno es `pad`",
            "en": "-100 is no token: in the inputs the padding is `pad`",
        }
    elif found == padded:
        hint = {
            "es": "faltó mover: cada posición lee el token anterior, no el que debe escribir",
            "en": "nothing was moved: each position reads the token before it, not the one it must write",
        }
    elif found == [row[1:] + [pad] for row in padded]:
        hint = {
            "es": "se mueve a la derecha, no a la izquierda: así el modelo lee el futuro",
            "en": "it moves to the right, not to the left: like this the model reads the future",
        }
    elif any(len(row) != longest for row in found):
        hint = {
            "es": "las entradas miden lo mismo que las etiquetas: al mover, el último token se cae",
            "en": "inputs are as long as labels: in moving, the last token drops out",
        }
    elif any(row[0] != start for row in found):
        hint = {
            "es": "la primera entrada es `start`, que puede ser otro token que `pad`",
            "en": "the first input is `start`, which may be another token than `pad`",
        }
    else:
        hint = {
            "es": "primero `start`, después la respuesta movida un lugar, después `pad`",
            "en": "first `start`, then the answer moved by one place, then `pad`",
        }
    return {
        "es": f"Entradas {found}, y deberían ser {expected}: {hint['es']}.",
        "en": f"Inputs {found}, and they should be {expected}: {hint['en']}.",
    }


@check
def training_step(step):
    """A function `step(model, batch, optimizer)`: one step of training; returns the loss as a number."""
    import torch

    class Line(torch.nn.Module):
        """A stand-in for a model of transformers: takes a batch by name, returns something with a loss."""

        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
            self.calls = 0

        def forward(self, x, labels):
            from types import SimpleNamespace

            self.calls += 1
            return SimpleNamespace(loss=((x @ self.weight - labels) ** 2).mean(), logits=x @ self.weight)

    batch = {"x": torch.tensor([[1.0, 2.0], [3.0, -1.0]]), "labels": torch.tensor([1.0, 0.0])}

    def weights(wanted):
        model = Line()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        seen = []
        for _ in range(3):
            wanted(model, batch, optimizer)
            seen.append(model.weight.detach().clone())
        return torch.stack(seen)

    def reference(model, batch, optimizer, clear=True, forward_only=False):
        loss = model(**batch).loss
        if not forward_only:
            loss.backward()
            optimizer.step()
            if clear:
                optimizer.zero_grad()
        return loss.item()

    model = Line()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    try:
        returned = step(model, batch, optimizer)
    except (TypeError, AttributeError, RuntimeError) as error:
        if hint := _step_hint(error):
            return {
                "es": f"Tu código produjo un error ({type(error).__name__}): {hint['es']}.",
                "en": f"Your code raised an error ({type(error).__name__}): {hint['en']}.",
            }
        raise
    if returned is None and model.calls:
        return {
            "es": "Llamas al modelo, pero la función no devuelve nada: falta `return loss.item()`.",
            "en": "You call the model, but the function returns nothing: `return loss.item()` is missing.",
        }
    given(returned)
    expected = reference(Line(), batch, None, forward_only=True)
    if not model.calls:
        return {
            "es": "No has llamado al modelo: `model(**batch)` devuelve la pérdida en `.loss`.",
            "en": "You did not call the model: `model(**batch)` gives the loss in `.loss`.",
        }
    if isinstance(returned, torch.Tensor) and returned.requires_grad:
        return {
            "es": "Devuelve un número, `loss.item()`: el tensor arrastra todo el grafo y la memoria se llena.",
            "en": "Return a number, `loss.item()`: the tensor drags the whole graph along, and memory fills up.",
        }
    found, right = weights(step), weights(reference)
    if torch.equal(found[0], Line().weight.detach()):
        if model.weight.grad is None or not model.weight.grad.any():
            hint = {
                "es": "falta `loss.backward()` u `optimizer.step()`, o los gradientes se borran antes de este",
                "en": "`loss.backward()` or `optimizer.step()` is missing, or gradients are cleared before it",
            }
        else:
            hint = {
                "es": "hay gradientes, pero falta `optimizer.step()`",
                "en": "there are gradients, but no `optimizer.step()`",
            }
        return {"es": f"Los pesos no se mueven: {hint['es']}.", "en": f"The weights do not move: {hint['en']}."}
    if torch.allclose(found, weights(lambda *each: reference(*each, clear=False))):
        return {
            "es": "Los gradientes de cada paso se suman a los anteriores: falta `optimizer.zero_grad()`.",
            "en": "The gradients of each step are added to those before: `optimizer.zero_grad()` is missing.",
        }
    if not torch.allclose(found, right):
        return {
            "es": "Los pesos no acaban donde deben: pérdida, `backward`, `step` y `zero_grad`, una vez cada uno.",
            "en": "The weights do not end where they should: loss, `backward`, `step` and `zero_grad`, once each.",
        }
    if abs(float(returned) - expected) > 1e-5:
        return {
            "es": f"El paso es correcto, pero devuelve {float(returned):.3f} y la pérdida del lote era {expected:.3f}.",
            "en": f"The step is right, but it returns {float(returned):.3f}; the loss of the batch was {expected:.3f}.",
        }
    return None


def _step_hint(error):
    """What an error in a step comes of, or None."""
    said = str(error)
    if "forward()" in said:
        return {
            "es": "el lote es un diccionario, y el modelo lo admite con dos asteriscos, `model(**batch)`",
            "en": "the batch is a dict, and the model takes it with two asterisks, `model(**batch)`",
        }
    if "SimpleNamespace" in said:
        return {
            "es": "lo que devuelve el modelo no es la pérdida: está en su atributo `.loss`",
            "en": "what the model returns is not the loss: that is its attribute `.loss`",
        }
    if "does not require grad" in said:
        return {
            "es": "la pérdida se calculó sin gradientes: aquí no va `no_grad` ni `inference_mode`",
            "en": "the loss was computed without gradients: `no_grad` and `inference_mode` do not belong here",
        }
    return None


@check
def made_up(share):
    """A function `share(answers, contexts)`: of the answers that say something, the percentage not in their passage."""
    cases = (
        (["Lima", "1919", "a poet", "Lagos"], ["Ana lived in Lima."] * 4, 75.0),
        (["Lima", "", "Lagos", ""], ["Ana lived in Lima."] * 4, 50.0),
        (["lima!", "THE Lima"], ["Ana lived in Lima."] * 2, 0.0),
        (["pian", "im"], ["Ana lived in Lima, with a piano."] * 2, 100.0),
        (["lived in Lima"], ["Ana lived in Lima."], 0.0),
        (["Lima lived"], ["Ana lived in Lima."], 100.0),
        (["", ""], ["Ana lived in Lima."] * 2, 0.0),
    )
    hints = (
        {"es": "se cuentan las que no están, en tanto por ciento", "en": "those that are not there count, in percent"},
        {
            "es": "una respuesta vacía no afirma nada: no cuenta ni arriba ni abajo",
            "en": "an empty answer claims nothing: it counts neither above nor below",
        },
        {
            "es": "compara los textos normalizados: mayúsculas, puntuación y artículos no importan",
            "en": "compare normalised texts: case, punctuation and articles do not matter",
        },
        {
            "es": "palabras enteras: «im» no está en «Lima» (rodea ambos textos de espacios)",
            "en": "whole words: “im” is not in “Lima” (put spaces around both texts)",
        },
        {"es": "una respuesta puede tener varias palabras", "en": "an answer may have several words"},
        {"es": "sus palabras están, pero no así, seguidas", "en": "its words are there, but not so, side by side"},
        {"es": "si todas callan, el porcentaje es 0", "en": "where all are silent, the percentage is 0"},
    )
    for (answers, contexts, expected), hint in zip(cases, hints, strict=True):
        try:
            value = share(list(answers), list(contexts))
        except ZeroDivisionError:
            return {
                "es": f"{answers} en {contexts[0]!r} divide por cero: {hint['es']}.",
                "en": f"{answers} in {contexts[0]!r} divides by zero: {hint['en']}.",
            }
        try:
            found = float(value if answers != cases[0][0] else given(value))
        except (TypeError, ValueError):
            return {
                "es": f"{answers} en {contexts[0]!r} da {value!r}: se espera un solo número, de 0 a 100.",
                "en": f"{answers} in {contexts[0]!r} gives {value!r}: a single number is expected, from 0 to 100.",
            }
        if abs(found - expected) > 0.1:
            if abs(found * 100 - expected) < 0.1:
                hint = {"es": "en tanto por ciento, de 0 a 100", "en": "in percent, 0 to 100"}
            elif answers == cases[0][0] and abs(100 - found - expected) < 0.1:
                hint = {"es": "esas son las que sí están", "en": "those are the ones that are there"}
            return {
                "es": f"{answers} en {contexts[0]!r} da {found:.4g}, y debería ser {expected:.4g}: {hint['es']}.",
                "en": f"{answers} in {contexts[0]!r} gives {found:.4g}, expected {expected:.4g}: {hint['en']}.",
            }
    return None
