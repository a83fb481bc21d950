"""Six tests of a fine-tuning for extractive question answering, to be made in the minute before it starts."""

import contextlib
import copy
import math

from qa_course import scoring

SIGNS = {True: "✓", False: "✗"}
_NAMES = {
    "es": {
        "trainable": "Parámetros",
        "weights": "Pesos",
        "coverage": "Cobertura",
        "decoding": "Etiquetas",
        "first_loss": "Pérdida inicial",
        "overfit": "Un lote",
    },
    "en": {
        "trainable": "Parameters",
        "weights": "Weights",
        "coverage": "Coverage",
        "decoding": "Labels",
        "first_loss": "First loss",
        "overfit": "One batch",
    },
}


def training_sanity(
    model, tokenizer, windows, examples, *, steps=40, learning_rate=1e-3, batch_size=4, show=print, language="en"
):
    """Test a model and its training windows before the training; print a verdict a line, and never raise.

    Call it where `Trainer.train()` would be called: weights loaded, layers frozen, nothing trained. All it needs is
    of `transformers`: it works on any project, and leaves the model and torch's random numbers as they were.

    Args:
        model: an `AutoModelForQuestionAnswering`, its parameters frozen or not as they will be.
        tokenizer: its tokenizer.
        windows: a list or table of training windows: `input_ids`, `attention_mask`, `start_positions`,
            `end_positions`, and `token_type_ids` where the model takes them; with `example_id`, owners are not guessed.
        examples: the questions that they were made from: rows with `id, question, answers`.
        steps, learning_rate, batch_size: of the attempt to learn one batch by heart, on a copy of the model.
        show: what is called with each line.

    Returns `{test: passed}`:
        trainable: some parameters of the head train, and some of the body.
        weights: no matrix that trains holds so few different numbers that it must have been rounded to 8 bits.
        coverage: at least 95 % of the answerable questions have a window whose label is not [CLS].
        decoding: at least 95 % of those labels, decoded, are the smallest span of tokens that holds the gold.
        first_loss: start and end losses of untrained weights lie within 1 of ln(length), the loss of a guess.
        overfit: within `steps` steps on one batch, its loss falls below a tenth of what it was.
    """
    import torch

    passed = {}
    owned = []
    tests = {
        "trainable": lambda: _trainable(model),
        "weights": lambda: _weights(model),
        "coverage": lambda: _coverage(owned, examples, tokenizer),
        "decoding": lambda: _decoding(owned, tokenizer),
        "first_loss": lambda: _first_loss(model, tokenizer, rows),
        "overfit": lambda: _overfit(model, tokenizer, _batch(rows, tokenizer, batch_size), steps, learning_rate),
    }
    rows = windows
    with contextlib.suppress(Exception):  # what is wrong with the windows is told by the tests that read them
        rows = windows.to_list() if hasattr(windows, "to_list") else [dict(row) for row in windows]
        owned += _owners(rows, examples, tokenizer)
    was_training = getattr(model, "training", False)
    for name, test in tests.items():
        try:
            with torch.random.fork_rng(devices=[]):
                passed[name], said = test()
        except Exception as error:
            passed[name], said = False, dict.fromkeys(_NAMES, f"{type(error).__name__}: {error}")
        with contextlib.suppress(Exception):
            model.train(was_training)
        show(f"{SIGNS[passed[name]]} {_NAMES[language][name]}: {said[language]}")
    return passed


def _count(number, language):
    return f"{number:,}".replace(",", " " if language == "es" else ",")


def _trainable(model):
    base = getattr(model, "base_model_prefix", "") + "."
    head = [(name, p) for name, p in model.named_parameters() if not name.startswith(base)]
    body = [(name, p) for name, p in model.named_parameters() if name.startswith(base)]
    counts = {part: sum(p.numel() for _, p in each if p.requires_grad) for part, each in (("h", head), ("b", body))}
    where = sorted({name.split(".")[0] for name, _ in head}) or ["–"]
    told = {code: (_count(counts["b"], code), _count(counts["h"], code), ", ".join(where)) for code in _NAMES}
    es = "se entrenan {} del cuerpo y {} de la cabeza ({})".format(*told["es"])
    en = "{} of the body train and {} of the head ({})".format(*told["en"])
    if not counts["h"] and not counts["b"]:
        es, en = es + ": nada puede aprender", en + ": nothing can learn"
    elif not counts["h"]:
        es, en = es + ": la cabeza está congelada", en + ": the head is frozen"
    elif not counts["b"]:
        es, en = es + ": el cuerpo está congelado", en + ": the body is frozen"
    return bool(counts["h"] and counts["b"]), {"es": es + ".", "en": en + "."}


def _weights(model):
    import torch

    large = [(name, p) for name, p in model.named_parameters() if p.requires_grad and p.dim() == 2 and p.numel() > 4096]
    rounded = [name for name, p in large if not p.is_floating_point() or torch.unique(p.detach()).numel() <= 256]
    packed = [type(module).__name__ for module in model.modules() if "quantized" in type(module).__module__]
    if packed:
        return False, {
            "es": f"{len(packed)} capas {packed[0]} llevan los pesos empaquetados en 8 bits, y no se pueden entrenar.",
            "en": f"{len(packed)} layers {packed[0]} hold their weights packed in 8 bits, and cannot train.",
        }
    if rounded:
        return False, {
            "es": f"{len(rounded)} de {len(large)} matrices, como {rounded[0]}, tienen como mucho 256 valores "
            "distintos: están redondeadas a 8 bits.",
            "en": f"{len(rounded)} of {len(large)} matrices, as {rounded[0]}, hold 256 different values at most: "
            "they are rounded to 8 bits.",
        }
    return True, {
        "es": f"{len(large)} matrices grandes se entrenan, sin redondear.",
        "en": f"{len(large)} large matrices train, unrounded.",
    }


# --- labels ---


def _segments(ids, tokenizer):
    """The texts of a window as lists of ids, without special tokens; the question first."""
    special, found = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}, [[]]
    for token in ids:
        if token in special:
            found.append([])
        else:
            found[-1].append(token)
    found = [part for part in found if part]
    return found if tokenizer.padding_side == "right" else found[::-1]


def _owners(rows, examples, tokenizer):
    """`(window, its examples)` for each window; several where questions are the same word for word."""
    if rows and "example_id" in rows[0]:
        known = {row["id"]: [row] for row in examples}
        return [(window, known.get(window["example_id"], [])) for window in rows]
    known = {}
    for row in examples:
        ids = tokenizer(row["question"].strip(), add_special_tokens=False)["input_ids"]
        known.setdefault(tuple(ids), []).append(row)
    return [(window, known.get(tuple(_segments(window["input_ids"], tokenizer)[0]), [])) for window in rows]


def _labelled(window, tokenizer):
    """Whether the label of a window names a token of a text: not [CLS], no other special one, none outside."""
    start, ids = window["start_positions"], window["input_ids"]
    return 0 <= start < len(ids) and ids[start] not in set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}


def _coverage(owned, examples, tokenizer):
    answerable = {row["id"] for row in examples if any(text.strip() for text in row["answers"]["text"])}
    covered = {row["id"] for window, rows in owned if _labelled(window, tokenizer) for row in rows} & answerable
    if not answerable:
        return False, {"es": "ninguna pregunta tiene respuesta.", "en": "no question has an answer."}
    share = len(covered) / len(answerable)
    numbers = f"{len(covered)}/{len(answerable)} ({100 * share:.0f} %)"
    return share >= 0.95, {
        "es": f"preguntas con respuesta que la tienen señalada en alguna ventana: {numbers}.",
        "en": f"answerable questions with their answer labelled in some window: {numbers}.",
    }


def _decoding(owned, tokenizer):
    def plain(ids):
        return "".join(scoring.normalise(tokenizer.decode(ids), rule="squad_v1").split())

    right, wrong = 0, None
    labelled = [(window, rows) for window, rows in owned if _labelled(window, tokenizer) and rows]
    for window, rows in labelled:
        start, end = window["start_positions"], window["end_positions"]
        ids = list(window["input_ids"])[start : end + 1]
        golds = [text for row in rows for text in row["answers"]["text"] if text.strip()]
        pieces = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in golds]
        wanted = [plain(each) or text for each, text in zip(pieces, golds, strict=True)]
        if any(_smallest(each, ids, plain) for each in wanted):
            right += 1
        elif wrong is None:
            wrong = (tokenizer.decode(ids), golds[0] if golds else "–")
    if not labelled:
        return False, {
            "es": "ninguna señala una respuesta: todas valen [CLS].",
            "en": "none marks an answer: all are [CLS].",
        }
    share = right / len(labelled)
    es = en = f"{right}/{len(labelled)} ({100 * share:.0f} %)"
    es, en = f"etiquetas que, leídas, dan la respuesta: {es}", f"labels that read as the answer: {en}"
    if wrong:
        es += f"; una dice {wrong[0]!r} y se espera {wrong[1]!r}"
        en += f"; one reads {wrong[0]!r} where {wrong[1]!r} is expected"
    return share >= 0.95, {"es": es + ".", "en": en + "."}


def _smallest(wanted, ids, plain):
    """Whether tokens hold a text, and would not without their first or without their last."""
    if not ids or wanted not in plain(ids):
        return False
    return plain(ids) == wanted or not any(wanted in plain(part) for part in (ids[1:], ids[:-1]))


# --- losses ---


def _batch(rows, tokenizer, size):
    """The first windows that mark an answer, or else the first of all, as a padded batch."""
    from qa_course.windows import collate

    keys = ("input_ids", "attention_mask", "token_type_ids", "start_positions", "end_positions")
    chosen = [row for row in rows if _labelled(row, tokenizer)][:size] or rows[:size]
    return collate([{key: row[key] for key in keys if key in row} for row in chosen], tokenizer)


def _losses(output, batch):
    """Start and end loss of a batch, nats."""
    from torch.nn.functional import cross_entropy

    mask = batch["attention_mask"] == 0
    pairs = (output.start_logits, batch["start_positions"]), (output.end_logits, batch["end_positions"])
    return [cross_entropy(logits.float().masked_fill(mask, -1e9), labels) for logits, labels in pairs]


def _first_loss(model, tokenizer, rows):
    import torch

    batch = _batch(rows, tokenizer, 8)
    device = next(model.parameters()).device
    guess = float(batch["attention_mask"].sum(1).double().log().mean())
    batch = {name: tensor.to(device) for name, tensor in batch.items()}
    with torch.inference_mode():
        start, end = (float(loss) for loss in _losses(model.eval()(**batch), batch))
    near = all(math.isfinite(loss) and abs(loss - guess) < 1 for loss in (start, end))
    numbers = (f"{start:.2f}", f"{end:.2f}", f"{guess:.2f}")
    commas = [number.replace(".", ",") for number in numbers]
    return near, {
        "es": "inicio {}, fin {}; quien elige al azar tiene ln(longitud) = {}.".format(*commas),
        "en": "start {}, end {}; a blind guess has ln(length) = {}.".format(*numbers),
    }


def _overfit(model, tokenizer, batch, steps, learning_rate):
    import torch

    twin = copy.deepcopy(model).eval()  # without dropout, the same batch gives the same loss
    free = [p for p in twin.parameters() if p.requires_grad]
    if not free:
        return False, {"es": "no hay nada que entrenar.", "en": "there is nothing to train."}
    device = free[0].device
    batch = {name: tensor.to(device) for name, tensor in batch.items()}
    optimizer = torch.optim.AdamW(free, lr=learning_rate, weight_decay=0.0)
    first = last = None
    for step in range(steps + 1):
        last = sum(_losses(twin(**batch), batch)) / 2
        first = last.item() if first is None else first
        if last.item() < first / 10 or step == steps or not math.isfinite(last.item()):
            break
        optimizer.zero_grad()
        last.backward()
        optimizer.step()
    last = last.item()
    learned = last < first / 10
    falls = f"{first:.2f} → {last:.2f}"
    return learned, {
        "es": f"{falls.replace('.', ',')} en {step} pasos" + ("." if learned else ": no se lo aprende."),
        "en": f"{falls} in {step} steps" + ("." if learned else ": it does not learn it."),
    }
