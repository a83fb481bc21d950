"""The exercises of lesson 04: windows and labels."""

from qa_course.checks.verdict import NotAttempted, check, given


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
            call = f"{row['id']}: char_span(offsets, sequence_ids, {start}, {end})"
            place = {"es": f"{wanted!r} en la ventana {window}", "en": f"{wanted!r} in window {window}"}
            try:
                found = find(list(encoding.offsets), list(encoding.sequence_ids), start, end)
            except (ValueError, IndexError) as error:
                raised = f"{type(error).__name__}: {error}"
                hint = _span_hint(None if expected else (), expected, encoding, start, end)
                return {
                    "es": f"{call}, {place['es']}, produce un error ({raised}) y se espera {expected}. {hint['es']}",
                    "en": f"{call}, {place['en']}, raises an error ({raised}) where {expected} is expected. "
                    f"{hint['en']}",
                }
            if found is ...:
                raise NotAttempted
            found = tuple(found) if isinstance(found, (list, tuple)) else found
            if found == expected:
                continue
            hint = _span_hint(found, expected, encoding, start, end)
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
    if found is not None and not pair:
        return {
            "es": "Devuelve una pareja de números, el primer token y el último, o None.",
            "en": "Return a pair of numbers, the first token and the last, or None.",
        }
    if found is None:
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
        "rounding": {
            "es": "No hay ventanas a medias: redondea hacia arriba.",
            "en": "There are no half windows: round up.",
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
        "rounding": lambda c, q, room, s: max(1, (c - s) // (room - s)),
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
        slip = "rounding" if isinstance(found, float) and found % 1 else slip
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
