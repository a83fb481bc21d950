"""The exercises of lesson 05: from logits to answers."""

from qa_course.checks.verdict import check, given


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
        found = search(start.astype(float), end.astype(float), most)
        try:
            i, j = (int(index) for index in (found if case else given(found)))
        except (TypeError, ValueError):
            return {
                "es": f"Con {where} la función devolvió {found!r} y no dos índices de token: se espera {best}.",
                "en": f"With {where} the function returned {found!r} and not two token indices: {best} is expected.",
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
            value = function(prediction, gold)
            value = value if (prediction, gold) != pairs[0] else given(value)
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
        if case % 2:  # neighbours so close that a grid of thresholds steps over them
            odds[1::2] = (odds[: count // 2 * 2 : 2] - 0.0005).round(4)
        order = random.permutation(count)
        odds, has_answer, right = odds[order], has_answer[order], right[order]

        def reached(silent, right=right, has_answer=has_answer):
            return float(np.where(silent, ~has_answer, right).mean())

        top, best = max((reached(odds > each), float(each)) for each in (*odds, odds.min() - 1))
        found = function(odds.copy(), right.copy(), has_answer.copy())
        try:
            threshold = float(found if case else given(found))
        except (TypeError, ValueError):
            return {
                "es": f"La función devolvió {found!r}: se espera siempre un solo número, el umbral.",
                "en": f"The function returned {found!r}: a single number, the threshold, is always expected.",
            }
        value = reached(odds > threshold)
        if value >= top - 1e-9:
            continue
        hint = {
            "es": " Prueba los propios odds: entre dos vecinos una rejilla puede no tener ningún punto.",
            "en": " Try the odds themselves: between two neighbours a grid may have no point.",
        }
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
