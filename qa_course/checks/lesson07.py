"""The exercises of lesson 07: fine-tuning."""

from qa_course.checks.verdict import check, given


@check
def linear_schedule(learning_rate):
    """A function `learning_rate(step, steps, warmup, highest)`: linear warm-up, then linear decay to 0."""
    import torch
    from transformers import get_linear_schedule_with_warmup

    for steps, warmup, highest in ((20, 5, 1e-3), (208, 21, 1.5e-4), (10, 0, 1.0), (7, 7, 2.0)):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=highest)
        factor = get_linear_schedule_with_warmup(optimizer, warmup, steps).lr_lambdas[0]
        for step in range(steps + 1):
            call = f"learning_rate({step}, {steps}, {warmup}, {highest:g})"
            try:
                value = learning_rate(step, steps, warmup, highest)
                if value is None and (step, steps) != (0, 20):
                    return {
                        "es": f"{call} no devuelve nada: ¿hay un paso que ningún `if` recoge, o falta un `return`?",
                        "en": f"{call} returns nothing: is there a step that no `if` catches, or a `return` missing?",
                    }
                found = float(given(value))
            except ZeroDivisionError:
                rise = warmup == 0
                spanish = "sin calentamiento no hay subida" if rise else "todo es calentamiento, y en `steps` vale 0"
                english = "without warm-up nothing rises" if rise else "all is warm-up, and at `steps` it is 0"
                return {
                    "es": f"{call} divide por cero: {spanish}.",
                    "en": f"{call} divides by zero: {english}.",
                }
            expected = highest * factor(step)
            if abs(found - expected) > 1e-6 * highest:
                return _schedule_fault(step, steps, warmup, highest, found, expected)
    return None


def _schedule_fault(step, steps, warmup, highest, found, expected):
    call = f"learning_rate({step}, {steps}, {warmup}, {highest:g}) = {found:.4g}"
    if step < warmup:
        hint = {
            "es": f"en el calentamiento sube desde 0 en el paso 0 hasta {highest:g} en el {warmup}",
            "en": f"in the warm-up it rises from 0 at step 0 to {highest:g} at step {warmup}",
        }
    elif step == warmup == 0:
        hint = {
            "es": "sin calentamiento empieza en `highest`",
            "en": "without warm-up it starts at `highest`",
        }
    elif step == warmup:
        hint = {
            "es": "al acabar el calentamiento vale `highest`",
            "en": "it is `highest` where the warm-up ends",
        }
    else:
        hint = {
            "es": f"de {highest:g} en el paso {warmup} baja en línea recta hasta 0 en el {steps}",
            "en": f"from {highest:g} at step {warmup} it falls in a straight line to 0 at step {steps}",
        }
    return {
        "es": f"{call}, y debería ser {expected:.4g}: {hint['es']}.",
        "en": f"{call}, and it should be {expected:.4g}: {hint['en']}.",
    }


@check
def less_padding(order, *, lengths, size, beaten):
    """An order of the windows whose batches of `size` hold less padding than those of the order `beaten`."""

    def share(order):
        batches = [[lengths[i] for i in order[first : first + size]] for first in range(0, len(order), size)]
        paid = sum(len(batch) * max(batch) for batch in batches)
        return 100 * (paid - sum(lengths)) / paid

    try:
        order = [int(index) for index in order]
    except (TypeError, ValueError):
        return {
            "es": "Se espera una sola lista de índices, sin partir en lotes: el programa la parte de `size` en `size`.",
            "en": "A single list of indices is expected, not cut into batches: the program cuts it, `size` at a time.",
        }
    if len(order) != len(lengths):
        return {
            "es": f"Tu lista tiene {len(order)} índices y hay {len(lengths)} ventanas: cada una va una vez.",
            "en": f"Your list has {len(order)} indices and there are {len(lengths)} windows: each goes once.",
        }
    if sorted(order) != list(range(len(lengths))):
        return {
            "es": f"Han de ser los índices de 0 a {len(lengths) - 1}, cada uno una vez (no las longitudes).",
            "en": f"They must be the indices from 0 to {len(lengths) - 1}, each once (not the lengths).",
        }
    if (found := share(order)) >= (limit := share(beaten)):
        return {
            "es": f"Tus lotes llevan un {found:.2f} % de relleno y hay que bajar del {limit:.2f} %: "
            "un lote rellena poco si sus ventanas miden casi lo mismo.",
            "en": f"Your batches hold {found:.2f} % of padding, and the mark to beat is {limit:.2f} %: "
            "a batch needs little padding if its windows are of nearly one length.",
        }
    return None


@check
def trainable_parameters(answer, *, model, layers):
    """How many parameters of a model train with the embeddings and its lowest `layers` frozen."""
    import re

    def count(wanted):
        return sum(parameter.numel() for name, parameter in model.named_parameters() if wanted(name))

    def embedding(name):
        return ".embeddings." in name

    def frozen_layer(name):
        found = re.search(r"\.layer\.(\d+)\.", name)
        return bool(found) and int(found[1]) < layers

    expected = count(lambda name: not embedding(name) and not frozen_layer(name))
    if int(answer) == expected:
        return None
    hints = {
        count(lambda name: True): {
            "es": "esos son todos los parámetros del modelo, congelados o no",
            "en": "those are all parameters of the model, frozen or not",
        },
        count(lambda name: embedding(name) or frozen_layer(name)): {
            "es": "esos son los congelados, y se preguntan los que se entrenan",
            "en": "those are the frozen ones, and the question is which train",
        },
        count(lambda name: not frozen_layer(name)): {
            "es": "los *embeddings* también se congelan",
            "en": "the embeddings are frozen too",
        },
        count(lambda name: not embedding(name)): {
            "es": "solo has descontado los *embeddings*: faltan las capas congeladas",
            "en": "you took away the embeddings only: the frozen layers are still in",
        },
        count(lambda name: bool(re.search(r"\.layer\.\d+\.", name)) and not frozen_layer(name)): {
            "es": "falta la cabeza, que se entrena siempre",
            "en": "the head is missing, and it always trains",
        },
        sum(not embedding(name) and not frozen_layer(name) for name, _ in model.named_parameters()): {
            "es": "esos son los tensores: suma los números que tiene cada uno, `numel()`",
            "en": "those are the tensors: add up the numbers that each holds, `numel()`",
        },
    }
    other = {
        "es": f"se congelan los *embeddings* y las {layers} capas de abajo; quedan las demás y la cabeza",
        "en": f"the embeddings and the {layers} lowest layers are frozen; the others and the head are left",
    }
    hint = hints.get(int(answer), other)
    return {
        "es": f"No son {int(answer)}: {hint['es']}.",
        "en": f"It is not {int(answer)}: {hint['en']}.",
    }


@check
def best_epoch(answer, *, history):
    """The epoch after which the validation F1, mean of both languages, was highest; of ties, any."""
    means = {
        round(entry["epoch"], 2): (entry["eval_f1_en"] + entry["eval_f1_es"]) / 2
        for entry in history
        if "eval_f1_en" in entry and "eval_f1_es" in entry
    }
    try:
        answer = round(float(answer), 2)
    except (TypeError, ValueError):
        return {
            "es": f"Se espera un solo número, la época, y hay {answer!r}.",
            "en": f"A single number is expected, the epoch, and there is {answer!r}.",
        }
    if answer not in means:
        epochs = ", ".join(f"{epoch:g}" for epoch in means)
        return {
            "es": f"No hay evaluación de la época {answer:g}: las hay tras las épocas {epochs}.",
            "en": f"There is no evaluation of epoch {answer:g}: there is one after each of {epochs}.",
        }
    if means[answer] < max(means.values()):
        return {
            "es": f"Tras la época {answer:g} la media es {means[answer]:.1f} y otra la supera. "
            "¿Has hecho la media de las dos lenguas?",
            "en": f"After epoch {answer:g} the mean is {means[answer]:.1f}, and another beats it. "
            "Did you take the mean of both languages?",
        }
    return None
