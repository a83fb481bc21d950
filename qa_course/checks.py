"""Checks of the exercises: each says not attempted, right, or what is wrong, in the reader's language; none raises.

A judge is a function that takes the student's answers. It returns None where they are right, the fault as
`{"es": ..., "en": ...}` where they are not, and raises `NotAttempted` where there is nothing yet to judge.
"""

import functools

SIGNS = {"not attempted": "○", "right": "✓", "wrong": "✗"}
WORDS = {
    "not attempted": {"es": "Sin intentar todavía.", "en": "Not attempted yet."},
    "right": {"es": "¡Correcto!", "en": "Right!"},
    "raised": {"es": "Tu código produjo un error", "en": "Your code raised an error"},
}


class NotAttempted(Exception):
    """The exercise still holds its stub."""


def given(value):
    """The value, unless it is the stub's `...` or None: then `NotAttempted`."""
    if value is ... or value is None:
        raise NotAttempted
    return value


def check(judge):
    """Make a judge into a check: `check(*answers, language=)` prints the verdict and never raises."""

    @functools.wraps(judge)
    def run(*answers, language="en", **known):
        try:
            for answer in answers:
                given(answer)
            fault = judge(*answers, **known)
        except NotAttempted:
            said = f"{SIGNS['not attempted']} {WORDS['not attempted'][language]}"
        except Exception as error:
            said = f"{SIGNS['wrong']} {WORDS['raised'][language]}: {type(error).__name__}: {error}"
        else:
            right = f"{SIGNS['right']} {WORDS['right'][language]}"
            said = right if fault is None else f"{SIGNS['wrong']} {fault[language]}"
        print(said)

    return run


# --- lesson 05: from logits to answers ---


@check
def best_span(search):
    """`search(start, end, max_answer_length)` gives `(first, last)` of the valid span of highest score."""
    import numpy as np

    random = np.random.default_rng(5)
    for case in range(60):
        length, most = int(random.integers(1, 10)), int(random.integers(1, 6))
        # Whole numbers read well in a message. Some cases are all negative: a search that starts at 0 fails.
        start, end = random.integers(-9, 10, (2, length)) - 20 * (case % 4 == 3)
        spans = [(i, j) for i in range(length) for j in range(i, min(i + most, length))]
        best = max(spans, key=lambda span: start[span[0]] + end[span[1]])
        top = start[best[0]] + end[best[1]]
        where = f"start = {start.tolist()}, end = {end.tolist()}, max_answer_length = {most}"
        try:
            i, j = (int(index) for index in given(search(start.astype(float), end.astype(float), most)))
        except (TypeError, ValueError):
            return {
                "es": f"Con {where} la función no devolvió dos índices de token: se espera (i, j).",
                "en": f"With {where} the function did not return two token indices: (i, j) is expected.",
            }
        if (i, j) in spans and start[i] + end[j] == top:
            continue
        if not (0 <= i < length and 0 <= j < length):
            fault = {"es": "sale de la ventana", "en": "lies outside the window"}
        elif j < i:
            fault = {"es": "termina antes de empezar", "en": "ends before it starts"}
        elif j - i >= most:
            count = j - i + 1
            fault = {
                "es": f"tiene {count} tokens y caben {most}",
                "en": f"has {count} tokens where {most} are allowed",
            }
        else:
            fault = {"es": f"suma {start[i] + end[j]}", "en": f"scores {start[i] + end[j]}"}
        return {
            "es": f"Con {where} tu tramo ({i}, {j}) {fault['es']}; el mejor es {best}, que suma {top}.",
            "en": f"With {where} your span ({i}, {j}) {fault['en']}; the best is {best}, which scores {top}.",
        }
    return None


@check
def word_f1(function):
    """`function(prediction, gold)` gives the F1 of SQuAD v2 over the words of two texts."""
    import random

    from qa_course import scoring

    draw = random.Random(5)
    words = ("río", "bravo", "de", "nueva", "lima", "25")

    def text():
        return " ".join(draw.choices(words, k=draw.randint(1, 5)))

    pairs = [("25 de mayo", "25 mayo"), ("de lima de", "de lima"), ("lima", "bravo"), ("", "")]
    pairs += [("lima", ""), ("", "lima"), ("The River", "river"), ("Lima!", "lima")]
    pairs += [(text(), text()) for _ in range(60)]
    for prediction, gold in pairs:
        right = scoring.f1(prediction, gold)
        call = f"f1({prediction!r}, {gold!r})"
        try:
            value = given(function(prediction, gold))
        except ZeroDivisionError:
            return {
                "es": f"{call} divide por cero: decide antes qué vale cuando no hay palabras comunes.",
                "en": f"{call} divides by zero: decide first what it is worth where no word is shared.",
            }
        try:
            agrees = abs(float(value) - right) < 1e-6
        except (TypeError, ValueError):
            return {
                "es": f"{call} devolvió {value!r}: se espera un número de 0 a 1.",
                "en": f"{call} returned {value!r}: a number from 0 to 1 is expected.",
            }
        if agrees:
            continue
        bare = scoring.normalise(prediction), scoring.normalise(gold)
        hint = {"es": "", "en": ""}
        if right and abs(float(value) - 100 * right) < 1e-3:
            hint = {
                "es": " Devuelve una fracción, no un porcentaje.",
                "en": " Return a fraction, not a percentage.",
            }
        elif not any(bare):
            hint = {
                "es": " Dos textos vacíos coinciden: en SQuAD v2, callar es una respuesta.",
                "en": " Two empty texts agree: in SQuAD v2, silence is an answer.",
            }
        elif bare != (prediction, gold):
            hint = {"es": " ¿Has normalizado los dos textos?", "en": " Have you normalised both texts?"}
        elif any(len(set(side.split())) < len(side.split()) for side in bare):
            hint = {
                "es": " Hay palabras repetidas: cuéntalas (Counter), un conjunto las pierde.",
                "en": " Some words are repeated: count them (Counter), a set loses them.",
            }
        return {
            "es": f"{call} debe dar {right:.3f} y da {float(value):.3f}.{hint['es']}",
            "en": f"{call} should give {right:.3f} and gives {float(value):.3f}.{hint['en']}",
        }
    return None


@check
def choose_threshold(function):
    """`function(odds, right, has_answer)` gives a threshold of highest F1: null is the answer above it."""
    import numpy as np

    random = np.random.default_rng(5)
    for case in range(40):
        count = int(random.integers(4, 12))
        odds = np.sort(random.normal(0, 4, count).round(1))[::-1]
        has_answer = random.random(count) < 0.7
        if case % 8 == 1:  # silence pays for every question
            has_answer[:] = False
        if case % 8 == 2:  # and for none
            has_answer[:] = True
        right = np.where(has_answer, random.choice([0.0, 0.5, 1.0], count), 0.0)
        if case % 8 == 2:
            right[:] = 1.0
        order = random.permutation(count)
        odds, has_answer, right = odds[order], has_answer[order], right[order]

        def reached(silent, right=right, has_answer=has_answer):
            return float(np.where(silent, ~has_answer, right).mean())

        top, best = max((reached(odds > each), float(each)) for each in (*odds, odds.min() - 1))
        try:
            threshold = float(given(function(odds.copy(), right.copy(), has_answer.copy())))
        except (TypeError, ValueError):
            return {
                "es": "La función debe devolver un solo número, el umbral.",
                "en": "The function should return a single number, the threshold.",
            }
        value = reached(odds > threshold)
        if value >= top - 1e-9:
            continue
        hint = {"es": "", "en": ""}
        if reached(odds < threshold) >= top - 1e-9:
            hint = {
                "es": " ¿Has invertido la regla? Se calla cuando odds supera el umbral.",
                "en": " Is the rule turned round? Silence is chosen where odds exceed the threshold.",
            }
        elif best == odds.min() - 1:
            hint = {
                "es": " Aquí conviene callar siempre: hace falta un candidato menor que todos los odds.",
                "en": " Silence is always best here: one candidate must be lower than all odds.",
            }
        lists = {"odds": odds.tolist(), "right": right.tolist(), "has_answer": has_answer.tolist()}
        table = ", ".join(f"{name} = {values}" for name, values in lists.items())
        yours, better = f"{100 * value:.1f}", f"{100 * top:.1f}"
        spanish = f"tu umbral {threshold:g} da un F1 de {yours} y {best:g}, uno de {better}."
        english = f"your threshold {threshold:g} gives F1 {yours} and {best:g} gives {better}."
        return {
            "es": f"Con {table}, {spanish}{hint['es']}",
            "en": f"With {table}, {english}{hint['en']}",
        }
    return None


# --- lesson 04: windows and labels ---


@check
def char_span(find, examples, tokenizer):
    """`find(offsets, sequence_ids, start, end)` gives the first and the last token, as `windows.token_span`.

    `examples`: rows with `id, question, context, answers`; sixty golds and as many random pieces are tried.
    """
    import random

    from qa_course import windows

    draw = random.Random(4)
    answerable = [row for row in examples if row["answers"]["text"]]
    rows = draw.sample(answerable, min(60, len(answerable)))
    texts = [row["question"] for row in rows], [row["context"] for row in rows]
    encoded = windows.tokenize(*texts, tokenizer, 96, 32)
    seen = {}
    for encoding, sample in zip(encoded.encodings, encoded["overflow_to_sample_mapping"], strict=True):
        row, window = rows[sample], seen.get(sample, 0)
        seen[sample] = window + 1
        gold, piece = row["answers"]["answer_start"][0], draw.randrange(len(row["context"]))
        tried = (gold, gold + len(row["answers"]["text"][0])), (piece, piece + draw.randint(1, 20))
        for start, end in tried:
            wanted = row["context"][start:end]
            if wanted != wanted.strip() or not wanted:
                continue
            span = windows.token_span(encoding, start, end, 1)
            expected = span and span[:2]
            found = find(list(encoding.offsets), list(encoding.sequence_ids), start, end)
            if found is ...:
                raise NotAttempted
            found = tuple(found) if isinstance(found, (list, tuple)) else found
            if found == expected:
                continue
            hint = _span_hint(found, expected, encoding, start, end)
            call = f"{row['id']}: char_span(offsets, sequence_ids, {start}, {end})"
            place = {"es": f"{wanted!r} en la ventana {window}", "en": f"{wanted!r} in window {window}"}
            return {
                "es": f"{call}, {place['es']}, da {found} y se espera {expected}. {hint['es']}",
                "en": f"{call}, {place['en']}, gives {found} where {expected} is expected. {hint['en']}",
            }
    return None


def _span_hint(found, expected, encoding, start, end):
    """What a wrong token span looks like."""
    if expected is None:
        return {
            "es": "Ningún token del pasaje toca esos caracteres en esa ventana: devuelve None.",
            "en": "No token of the passage touches those characters in that window: return None.",
        }
    pair = isinstance(found, tuple) and len(found) == 2 and all(isinstance(token, int) for token in found)
    if not pair:
        return {
            "es": "Hay tokens que los tocan, aunque ninguno empiece o acabe justo en el borde.",
            "en": "Some tokens touch them, although none may begin or end exactly at the edge.",
        }
    if any(not 0 <= token < len(encoding) or encoding.sequence_ids[token] != 1 for token in found):
        return {
            "es": "Uno de esos tokens no es del pasaje: mira sequence_ids, que vale 1 en el pasaje.",
            "en": "One of those tokens is not in the passage: look at sequence_ids, which is 1 there.",
        }
    if found[1] == expected[1] + 1 and encoding.offsets[found[1]][0] >= end:
        return {
            "es": "Te pasas por el final: el carácter `end` ya no es de la respuesta.",
            "en": "You go too far at the end: the character `end` is no longer part of the answer.",
        }
    return {
        "es": "Un token toca la respuesta si empieza antes de `end` y acaba después de `start`.",
        "en": "A token touches the answer if it begins before `end` and ends after `start`.",
    }


@check
def cls_windows(answer, example, tokenizer, max_length, stride):
    """`answer`: the numbers, from 0, of the windows of one example that get the label [CLS]."""
    from qa_course import windows

    if not isinstance(answer, (list, tuple, set, range)) or not all(isinstance(n, int) for n in answer):
        return {
            "es": f"Escribe una lista de números de ventana, como [0, 2], y no {answer!r}.",
            "en": f"Write a list of window numbers, such as [0, 2], and not {answer!r}.",
        }
    batch = {name: [value] for name, value in example.items()}
    labels = windows.training_windows(batch, tokenizer, max_length, stride)
    held = windows.evaluation_windows(batch, tokenizer, max_length, stride)["offset_mapping"]
    pairs = zip(labels["input_ids"], labels["start_positions"], strict=True)
    cls = [row[start] == tokenizer.cls_token_id for row, start in pairs]
    if unknown := sorted(set(answer) - set(range(len(cls)))):
        return {
            "es": f"No hay ventana {unknown[0]}: se numeran de 0 a {len(cls) - 1}.",
            "en": f"There is no window {unknown[0]}: they are numbered from 0 to {len(cls) - 1}.",
        }
    wrong = next((window for window, label in enumerate(cls) if label != (window in answer)), None)
    if wrong is None:
        return None
    inside = [offset for offset in held[wrong] if offset]
    first, last = inside[0][0], inside[-1][1]
    if cls[wrong]:
        return {
            "es": f"Falta la ventana {wrong}: va del carácter {first} al {last}, no tiene la respuesta "
            "entera y por eso también lleva [CLS].",
            "en": f"Window {wrong} is missing: it goes from character {first} to {last}, does not hold the "
            "whole answer and so gets [CLS] too.",
        }
    return {
        "es": f"Sobra la ventana {wrong}: va del carácter {first} al {last} y tiene la respuesta entera.",
        "en": f"Window {wrong} does not belong there: it goes from character {first} to {last} and holds the "
        "whole answer.",
    }


@check
def window_count(count, tokenizer):
    """`count(context_tokens, question_tokens, max_length, stride)` gives the number of windows."""
    import itertools

    special = tokenizer.num_special_tokens_to_add(pair=True)
    slips = {
        "special": {
            "es": f"¿Has restado los {special} tokens especiales?",
            "en": f"Have you subtracted the {special} special tokens?",
        },
        "question": {
            "es": "¿Has restado los tokens de la pregunta, que cada ventana repite?",
            "en": "Have you subtracted the tokens of the question, which every window repeats?",
        },
        "stride": {
            "es": "El solapamiento es lo que se repite: ¿cuántos tokens nuevos trae cada ventana?",
            "en": "The stride is what is repeated: how many new tokens does each window bring?",
        },
        "short": {
            "es": "Un pasaje que cabe de sobra también necesita una ventana.",
            "en": "A passage that fits with room to spare needs a window too.",
        },
        "other": {
            "es": "Cuenta cuántos tokens del pasaje caben en la primera ventana y cuántos nuevos trae cada "
            "una de las siguientes.",
            "en": "Count how many tokens of the passage the first window takes, and how many new ones each "
            "of the next brings.",
        },
    }
    slipped = {  # windows by context, question, room and stride, where one thing is forgotten
        "special": lambda c, q, room, s: _window_walk(c, room + special, s),
        "question": lambda c, q, room, s: _window_walk(c, room + q, s),
        "stride": lambda c, q, room, s: _window_walk(c, room, room - s),
        "short": lambda c, q, room, s: -((s - c) // (room - s)),
    }
    # A stride of 0 comes last: who takes the stride for a step divides by it, and should hear why that is wrong.
    axes = (16, 32, 48, 0), (96, 128, 384), (5, 12, 27), range(1, 700, 13)
    grid = [case[::-1] for case in itertools.product(*axes)]

    def follows(slip):
        cases = ((c, q, m, s) for c, q, m, s in grid if s)
        return all(count(c, q, m, s) == slip(c, q, m - q - special, s) for c, q, m, s in cases)

    for case in grid:
        context, question, max_length, stride = case
        expected = _window_walk(context, max_length - question - special, stride)
        if (found := given(count(*case))) == expected:
            continue
        slip = next((name for name in slipped if follows(slipped[name])), "other")
        return {
            "es": f"Con {case} tu función da {found} y el resultado es {expected}. {slips[slip]['es']}",
            "en": f"With {case} your function gives {found}, and the result is {expected}. {slips[slip]['en']}",
        }
    return None


def _window_walk(context, room, stride):
    """How many windows of `room` context tokens, `stride` of them shared, reach the last token."""
    count, end = 1, room
    while end < context:
        count, end = count + 1, end + room - stride
    return count


# --- lesson 01: inside a tokenizer ---


@check
def tokens_per_word(function, *, tokenizer):
    """A function of a `tokenizers.Tokenizer` and a text: tokens, the special ones apart, over words."""
    texts = ("La corbeta zarpó de La Coruña en 1803.", "Smallpox ravaged the Americas.", "la sal\ny   el sol")
    for text in texts:
        found = given(function(tokenizer, text))
        bare = len(tokenizer.encode(text, add_special_tokens=False).ids)
        words, whole = len(text.split()), len(tokenizer.encode(text).ids)
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            kind = type(found).__name__
            return {
                "es": f"La función debe devolver un número y ha devuelto {kind}.",
                "en": f"The function must return a number, and it returned {kind}.",
            }
        if abs(found - bare / words) < 1e-9:
            continue
        spaces = len(text.split(" "))
        hints = {
            whole / words: {
                "es": "Cuentas también los tokens especiales: usa add_special_tokens=False.",
                "en": "You count the special tokens as well: use add_special_tokens=False.",
            },
            words / bare: {
                "es": "Es la división al revés: has calculado palabras por token.",
                "en": "The division is upside down: this is words per token.",
            },
            bare // words: {
                "es": "Pierdes los decimales: divide con / y no con //.",
                "en": "You lose the decimals: divide with / and not with //.",
            },
            bare / len(text): {
                "es": "Has dividido por los caracteres: len(text) no cuenta palabras.",
                "en": "You divided by the characters: len(text) does not count words.",
            },
            bare / spaces: {
                "es": 'split(" ") falla con dos espacios o un salto de línea: usa split() sin argumento.',
                "en": 'split(" ") fails at two spaces or a line break: use split() without an argument.',
            },
        }
        call = {
            "es": f"Con {text!r} la función da {found:.4g}, y no es eso.",
            "en": f"For {text!r} the function gives {found:.4g}, which is not it.",
        }
        hint = next((hint for value, hint in hints.items() if abs(found - value) < 1e-9), None)
        return {name: f"{call[name]} {hint[name]}" if hint else call[name] for name in call}
    return None


@check
def overlapping_tokens(function):
    """A function of offsets, start, end: indices of the tokens that share a character with `[start, end)`."""
    offsets = [(0, 0), (0, 3), (3, 7), (8, 10), (10, 14), (14, 15), (0, 0)]
    for start in range(15):
        for end in range(start + 1, 16):
            found = given(function(list(offsets), start, end))
            expected = [i for i, (left, right) in enumerate(offsets) if left < end and right > start]
            try:
                indices = sorted(int(index) for index in found)
            except (TypeError, ValueError):
                return {
                    "es": f"La función debe devolver una lista de índices, y ha devuelto {found!r}.",
                    "en": f"The function must return a list of indices, and it returned {found!r}.",
                }
            if indices != expected:
                return _overlap_fault(offsets, start, end, indices, expected)
    return None


def _overlap_fault(offsets, start, end, indices, expected):
    extra = [index for index in indices if index not in expected]
    lost = [index for index in expected if index not in indices]
    call = {
        "es": f"Con offsets={offsets}, start={start}, end={end}, la función da {indices}.",
        "en": f"For offsets={offsets}, start={start}, end={end} the function gives {indices}.",
    }
    if not extra and not lost:
        hint = {"es": "Hay algún índice repetido.", "en": "Some index is repeated."}
    elif extra and not 0 <= extra[0] < len(offsets):
        hint = {"es": f"No hay ningún token {extra[0]}.", "en": f"There is no token {extra[0]}."}
    elif extra and offsets[extra[0]] == (0, 0):
        hint = {
            "es": f"Sobra el token {extra[0]}: es especial, ocupa (0, 0) y no cubre ningún carácter.",
            "en": f"Token {extra[0]} is one too many: it is special, at (0, 0), and covers no character.",
        }
    elif extra:
        hint = {
            "es": f"Sobra el token {extra[0]}, {offsets[extra[0]]}: el final de un tramo no se incluye.",
            "en": f"Token {extra[0]}, {offsets[extra[0]]}, is one too many: ends are excluded.",
        }
    else:
        hint = {
            "es": f"Falta el token {lost[0]}, {offsets[lost[0]]}: basta con compartir un carácter.",
            "en": f"Token {lost[0]}, {offsets[lost[0]]}, is missing: one shared character is enough.",
        }
    return {name: f"{call[name]} {hint[name]}" for name in call}


@check
def same_without_accents(letters, *, pairs):
    """The letters of the pairs, `{letter: (text, text)}`, that BERT's lower-casing normaliser makes equal."""
    from tokenizers import normalizers

    clean = normalizers.BertNormalizer(lowercase=True).normalize_str
    said = {str(letter).strip().upper() for letter in letters}
    if unknown := sorted(said - pairs.keys()):
        names = ", ".join(pairs)
        return {
            "es": f"No hay ninguna pareja {unknown[0]!r}: responde con letras entre {names}.",
            "en": f"There is no pair {unknown[0]!r}: answer with letters among {names}.",
        }
    cleaned = {letter: tuple(map(clean, pair)) for letter, pair in pairs.items()}
    expected = {letter for letter, (one, other) in cleaned.items() if one == other}
    if extra := sorted(said - expected):
        one, other = cleaned[extra[0]]
        return {
            "es": f"La pareja {extra[0]} sobra: sus frases siguen siendo distintas, {one!r} y {other!r}.",
            "en": f"Pair {extra[0]} does not belong: its sentences still differ, {one!r} and {other!r}.",
        }
    if lost := expected - said:
        return {
            "es": f"Vas bien, pero faltan parejas ({len(lost)}): quita tú las mayúsculas y las tildes.",
            "en": f"So far so good, but {len(lost)} missing: write each without capitals and accents.",
        }
    return None


@check
def linear_schedule(learning_rate):
    """A function `learning_rate(step, steps, warmup, highest)`: linear warm-up, then linear decay to 0."""
    import torch
    from transformers import get_linear_schedule_with_warmup

    for steps, warmup, highest in ((20, 5, 1e-3), (208, 21, 1.5e-4), (10, 0, 1.0), (7, 7, 2.0)):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=highest)
        factor = get_linear_schedule_with_warmup(optimizer, warmup, steps).lr_lambdas[0]
        for step in range(steps + 1):
            found = float(given(learning_rate(step, steps, warmup, highest)))
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

    order = [int(index) for index in order]
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
    answer = round(float(answer), 2)
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
