"""The exercises of lesson 06: a first fine-tuning, on sentence pairs."""

from qa_course import scoring
from qa_course.checks.verdict import check, given


def _lists(value):
    """A table of whole numbers as lists, from lists, arrays or tensors; TypeError or ValueError where it is none."""
    return [[int(number) for number in row] for row in value]


@check
def pad_batch(function):
    """`function(rows, pad_id)` gives `(input_ids, attention_mask)`, padded on the right to the longest row."""
    for rows, pad_id in (
        ([[0, 5, 2], [0, 7, 8, 9, 2]], 1),
        ([[0, 4, 2], [0, 6, 2]], 1),
        ([[0, 1, 2], [0, 2]], 1),  # a real token that happens to have the number of the padding
        ([[0, 3, 3, 3, 2], [0, 2], [0, 9, 2]], 7),
        ([[0, 5, 2]], 1),
    ):
        longest = max(map(len, rows))
        ids = [row + [pad_id] * (longest - len(row)) for row in rows]
        mask = [[1] * len(row) + [0] * (longest - len(row)) for row in rows]
        given_rows = [list(row) for row in rows]
        call = f"pad_batch({rows}, {pad_id})"
        found = given(function(given_rows, pad_id))
        try:
            found_ids, found_mask = (_lists(given(part)) for part in found)
        except (TypeError, ValueError):
            return {
                "es": f"{call} no devolvió dos tablas de números: se espera (input_ids, attention_mask).",
                "en": f"{call} did not return two tables of numbers: (input_ids, attention_mask) is expected.",
            }
        if found_ids == ids and found_mask == mask:
            continue
        if found_ids != ids:
            hint = _ids_hint(found_ids, ids, rows, longest, pad_id)
            sizes = [len(row) for row in found_ids]
            long = max(sizes, default=0) > 3 * longest  # rows of a fixed length would fill the screen
            return {
                "es": f"{call} da {f'filas de {sizes} números' if long else f'input_ids = {found_ids}'}, "
                f"y se espera {ids}{hint['es']}.",
                "en": f"{call} gives {f'rows of {sizes} numbers' if long else f'input_ids = {found_ids}'}, "
                f"and {ids} is expected{hint['en']}.",
            }
        hint = {"es": "", "en": ""}
        if found_mask == [[1 - value for value in row] for row in mask]:
            hint = {"es": ": 1 es un token de verdad y 0, relleno", "en": ": 1 is a real token and 0 is padding"}
        elif found_mask == [[int(token != pad_id) for token in row] for row in ids]:
            hint = {
                "es": ": un token de verdad puede llevar el número del relleno; cuenta longitudes",
                "en": ": a real token may bear the number of the padding; count lengths",
            }
        return {
            "es": f"{call} da attention_mask = {found_mask}, y se espera {mask}{hint['es']}.",
            "en": f"{call} gives attention_mask = {found_mask}, and {mask} is expected{hint['en']}.",
        }
    return None


def _ids_hint(found, ids, rows, longest, pad_id):
    if found == [[pad_id] * (longest - len(row)) + row for row in rows]:
        return {"es": ": el relleno va a la derecha", "en": ": padding goes on the right"}
    if found == [row[: min(map(len, rows))] for row in rows]:
        return {
            "es": ": has cortado por la más corta, y no se pierde ningún token",
            "en": ": you cut to the shortest, and no token may get lost",
        }
    if [row[: len(wanted)] for row, wanted in zip(found, ids, strict=False)] == ids:
        return {
            "es": ": basta con la fila más larga *de este lote*",
            "en": ": the longest row *of this batch* is enough",
        }
    if found == rows:
        return {"es": ": faltan los rellenos", "en": ": the padding is missing"}
    if found == [row + [0] * (longest - len(row)) for row in rows]:
        return {"es": ": rellena con `pad_id`, no con 0", "en": ": fill with `pad_id`, not with 0"}
    return {"es": "", "en": ""}


@check
def accuracy_f1(function):
    """`function(tp, fp, fn, tn)` gives `(accuracy, F1)` as fractions; F1 is 0 where there is no true positive."""
    for tp, fp, fn, tn in ((9, 2, 4, 5), (50, 50, 0, 0), (3, 0, 7, 90), (0, 0, 10, 10), (0, 0, 0, 5), (1, 9, 0, 90)):
        accuracy, f1 = scoring.accuracy_f1(tp, fp, fn, tn)
        call = f"accuracy_f1(tp={tp}, fp={fp}, fn={fn}, tn={tn})"
        try:
            found = given(function(tp, fp, fn, tn))
        except ZeroDivisionError:
            return {
                "es": f"{call} divide por cero: sin aciertos positivos, F1 vale 0.",
                "en": f"{call} divides by zero: without true positives, F1 is 0.",
            }
        try:
            found = tuple(float(given(value)) for value in found)
            first, second = found
        except (TypeError, ValueError):
            return {
                "es": f"{call} debe devolver dos números, (exactitud, F1).",
                "en": f"{call} should return two numbers, (accuracy, F1).",
            }
        if abs(first - accuracy) < 1e-6 and abs(second - f1) < 1e-6:
            continue
        hint = _metric_hint(found, accuracy, f1, tp, fp, fn, tn)
        pair, wanted = f"({first:.3f}, {second:.3f})", f"({accuracy:.3f}, {f1:.3f})"
        return {
            "es": f"{call} da {pair} y debe dar {wanted}{hint['es']}.",
            "en": f"{call} gives {pair} and should give {wanted}{hint['en']}.",
        }
    return None


def _metric_hint(found, accuracy, f1, tp, fp, fn, tn):
    def near(value, *others):
        return any(abs(value - other) < 1e-6 for other in others)

    precision, recall = tp / max(1, tp + fp), tp / max(1, tp + fn)
    if near(found[0], f1) and near(found[1], accuracy):
        return {"es": ": primero la exactitud, después F1", "en": ": accuracy comes first, then F1"}
    if near(found[0], 100 * accuracy) or near(found[1], 100 * f1):
        return {"es": ": devuelve fracciones, no porcentajes", "en": ": return fractions, not percentages"}
    if near(found[0], round(accuracy, 2)) and near(found[1], round(f1, 2)):
        return {"es": ": no redondees", "en": ": do not round"}
    if tn and near(found[0], tp / max(1, tp + fp + fn + tn)):
        return {"es": ": los verdaderos negativos también son aciertos", "en": ": true negatives are right too"}
    if near(found[0], accuracy) and near(found[1], (precision + recall) / 2):
        return {
            "es": ": F1 es la media armónica de precisión y cobertura, no la aritmética",
            "en": ": F1 is the harmonic mean of precision and recall, not the arithmetic one",
        }
    if near(found[0], accuracy) and near(found[1], precision, recall):
        return {
            "es": ": eso es la precisión o la cobertura; F1 necesita las dos",
            "en": ": that is precision or recall; F1 needs both",
        }
    if near(found[0], accuracy) and near(found[1], 2 * tn / max(1, 2 * tn + fp + fn)):
        return {"es": ": es el F1 de la clase 1, no de la 0", "en": ": it is the F1 of class 1, not of class 0"}
    return {"es": "", "en": ""}


@check
def similarity_threshold(function):
    """`function(similarities, labels)` gives a threshold of highest accuracy: 1 is said at or above it."""
    import numpy as np

    random = np.random.default_rng(6)
    for case in range(40):
        count = int(random.integers(4, 12))
        similarities = random.choice(np.arange(60, 100), count, replace=False) / 100
        if case % 2:  # neighbours so close that a grid of thresholds steps over them
            similarities[1::2] = (similarities[: count // 2 * 2 : 2] - 0.0005).round(4)
        labels = (similarities + random.normal(0, 0.15, count) > 0.8).astype(int)
        if case % 8 == 1:
            labels[:] = 0
        if case % 8 == 2:
            labels[:] = 1

        def reached(said, labels=labels):
            return float(np.mean(said == labels))

        best = scoring.accuracy_threshold(similarities, labels)
        top = reached(similarities >= best)
        found = function(similarities.copy(), labels.copy())
        try:
            threshold = float(found if case else given(found))
        except (TypeError, ValueError):
            return {
                "es": f"La función devolvió {found!r}: se espera siempre un solo número, el umbral, también si lo "
                "mejor es decir siempre «no».",
                "en": f"The function returned {found!r}: a single number, the threshold, is always expected, even "
                'where it is best to say "no" throughout.',
            }
        value = reached(similarities >= threshold)
        if value >= top - 1e-9:
            continue
        hint = {
            "es": " Prueba cada similitud como umbral: entre dos vecinas una rejilla puede no tener ningún punto.",
            "en": " Try each similarity as the threshold: between two neighbours a grid may have no point.",
        }
        if not labels.any():
            hint = {
                "es": " Aquí conviene decir siempre «no»: hace falta un candidato por encima de todos.",
                "en": ' Saying "no" throughout is best here: one candidate must lie above them all.',
            }
        elif reached(similarities > threshold) >= top - 1e-9:
            hint = {
                "es": " El propio umbral ya cuenta como «sí» (>=).",
                "en": ' The threshold itself already counts as "yes" (>=).',
            }
        elif abs(threshold - similarities.mean()) < 1e-6:
            hint = {
                "es": " La media no mira las etiquetas: prueba cada similitud como umbral.",
                "en": " The mean does not look at the labels: try each similarity as the threshold.",
            }
        elif reached(similarities <= threshold) >= max(reached(similarities <= each) for each in similarities):
            hint = {
                "es": " ¿Has invertido la regla? Se dice «sí» a partir del umbral.",
                "en": ' Is the rule turned round? "Yes" is said from the threshold up.',
            }
        table = f"similarities = {similarities.tolist()}, labels = {labels.tolist()}"
        yours, better = f"{value:.2f}", f"{top:.2f}"
        spanish = f"tu umbral {threshold:g} da una exactitud de {yours} y {best:g}, una de {better}."
        english = f"your threshold {threshold:g} gives an accuracy of {yours} and {best:g} gives {better}."
        return {
            "es": f"Con {table}, {spanish}{hint['es']}",
            "en": f"With {table}, {english}{hint['en']}",
        }
    return None
