"""The exercises of lesson 12: the comparison of languages."""

import numpy as np

from qa_course import uncertainty
from qa_course.checks.verdict import check, given


@check
def article_interval(interval):
    """`interval(marks, articles)` gives the ends of a 95 % interval, from samples that draw whole articles."""
    rng = np.random.default_rng(5)
    articles = np.repeat([f"article-{number:02d}" for number in range(40)], 16)
    level = np.repeat(rng.uniform(20, 100, 40), 16)
    marks = np.where(rng.uniform(0, 100, len(articles)) < level, 100.0, 0.0)
    order = rng.permutation(len(articles))
    marks, articles = marks[order], articles[order]
    found = given(interval(marks.copy(), articles.copy()))
    try:
        low, high = (float(end) for end in found)
    except (TypeError, ValueError):
        return {
            "es": f"Devuelve dos números, `(low, high)`, y no {found!r}.",
            "en": f"Return two numbers, `(low, high)`, and not {found!r}.",
        }
    left, mean, right = uncertainty.interval(marks, articles)
    alone_left, _, alone_right = uncertainty.interval(marks, np.arange(len(marks)))
    ratio, alone = (high - low) / (right - left), (alone_right - alone_left) / (right - left)
    said = f"interval(...) = ({low:.1f}, {high:.1f})"
    expected = f"({left:.1f}, {right:.1f})"
    if low > high:
        return {
            "es": f"{said}: primero el extremo bajo y luego el alto.",
            "en": f"{said}: the low end comes first, then the high one.",
        }
    if not low <= mean <= high:
        return {
            "es": f"{said} no contiene la media, {mean:.1f}: cada sorteo da una *media* de notas.",
            "en": f"{said} does not hold the mean, {mean:.1f}: each draw gives a *mean* of marks.",
        }
    if abs(ratio - 1) <= 0.12:
        return None
    if ratio < 0.05:
        return {
            "es": f"{said} casi no tiene anchura: ¿sorteas con reemplazo? Sin él, cada muestra son los "
            "mismos artículos.",
            "en": f"{said} has hardly any width: do you draw with replacement? Without it, each sample is the same "
            "articles.",
        }
    if abs(ratio - alone) <= 0.12 * alone:
        return {
            "es": f"{said} es demasiado estrecho: así sale si sorteas *preguntas* sueltas. Sortea artículos enteros.",
            "en": f"{said} is too narrow: it comes out so if you draw single *questions*. Draw whole articles.",
        }
    if abs(ratio - 0.84) <= 0.06:
        return {
            "es": f"{said} se parece a un intervalo del 90 %, y se espera algo cercano a {expected}: para el 95 % se "
            "deja un 2,5 % a cada lado.",
            "en": f"{said} looks like a 90 % interval, where about {expected} is expected: for 95 %, leave 2.5 % on "
            "either side.",
        }
    if ratio > 2:
        return {
            "es": f"{said} es demasiado ancho, se espera algo cercano a {expected}: los percentiles son de las medias "
            "de los sorteos, no de las notas ni de los artículos.",
            "en": f"{said} is too wide, about {expected} is expected: the percentiles are those of the draws' means, "
            "not of marks or articles.",
        }
    return {
        "es": f"{said}, y se espera algo cercano a {expected}: percentiles 2,5 y 97,5 de mil medias.",
        "en": f"{said}, where about {expected} is expected: percentiles 2.5 and 97.5 of a thousand means.",
    }


PAIRS = ((9, 1), (1, 9), (12, 5), (3, 2), (5, 5), (1, 0), (40, 20), (0, 0))


@check
def mcnemar(p):
    """`p(one, other)` is the exact two-sided p of McNemar's test."""
    for one, other in PAIRS:
        expected = uncertainty.mcnemar(one, other)
        found = float(given(p(one, other)))
        if abs(found - expected) <= 1e-6:
            continue
        said = f"p({one}, {other}) = {found:.4g}"
        if abs(found - 100 * expected) <= 1e-4:
            return {
                "es": f"{said}, y se espera {expected:.4g}: una probabilidad, no un tanto por ciento.",
                "en": f"{said}, where {expected:.4g} is expected: a probability, not a percentage.",
            }
        if one == other:
            return {
                "es": f"{said}, y se espera 1: si los dos lados son iguales no hay nada que explicar. Una probabilidad "
                "no pasa de 1.",
                "en": f"{said}, where 1 is expected: with equal sides there is nothing to explain. A probability does "
                "not exceed 1.",
            }
        if abs(2 * found - expected) <= 1e-6:
            return {
                "es": f"{said}: has contado una sola cola; multiplica por 2.",
                "en": f"{said}: you have counted one tail only; multiply by 2.",
            }
        if abs(found - uncertainty.mcnemar(max(one, other), max(one, other))) <= 1e-6 or found > 1:
            return {
                "es": f"{said}, y se espera {expected:.4g}: la cola va de 0 a la *menor* de las dos cuentas.",
                "en": f"{said}, where {expected:.4g} is expected: the tail goes from 0 to the *smaller* count.",
            }
        return {
            "es": f"{said}, y se espera {expected:.4g}: suma comb(n, k) / 2**n desde k = 0 hasta la menor de las dos "
            "cuentas, incluida, y multiplica por 2.",
            "en": f"{said}, where {expected:.4g} is expected: add up comb(n, k) / 2**n from k = 0 to the smaller "
            "count, included, and multiply by 2.",
        }
    return None


ANSWERS = (  # answer, gold, what it is
    ((10, 14), (10, 14), "right"),
    ((10, 20), (10, 14), "edges"),
    ((12, 13), (10, 14), "edges"),
    ((8, 12), (10, 14), "edges"),
    ((5, 20), (10, 14), "edges"),
    ((30, 34), (10, 14), "elsewhere"),
    ((14, 18), (10, 14), "elsewhere"),
    ((6, 10), (10, 14), "elsewhere"),
    ((0, 4), (0, 4), "right"),
    (None, (10, 14), "silent"),
    ((10, 14), None, "spoke"),
    (None, None, "right"),
)


@check
def error_kind(kind):
    """`kind(answer, gold)`, both spans `(start, end)` or None, is one of five names."""
    for answer, gold, expected in ANSWERS:
        try:
            found = kind(answer, gold)
        except TypeError as error:
            if "NoneType" not in str(error):
                raise
            return {
                "es": f"kind({answer}, {gold}) produce un error ({error}): mira antes si hay None.",
                "en": f"kind({answer}, {gold}) raises an error ({error}): look for None first.",
            }
        if (answer, gold) == ANSWERS[0][:2]:
            given(found)
        if found == expected:
            continue
        said = f"kind({answer}, {gold}) = {found!r}"
        hint = _HINTS["no answer" if gold is None else "touch" if expected == "elsewhere" else expected]
        hint = _HINTS["nothing"] if found is None else hint
        return {
            "es": f"{said}, y se espera {expected!r}. {hint['es']}",
            "en": f"{said}, where {expected!r} is expected. {hint['en']}",
        }
    return None


_HINTS = {
    "nothing": {
        "es": "La función no devuelve nada en este caso: falta un `return`.",
        "en": "The function returns nothing in this case: a `return` is missing.",
    },
    "right": {"es": "Los dos tramos son iguales.", "en": "Both spans are equal."},
    "edges": {
        "es": "Los tramos comparten al menos un carácter, aunque no sean iguales.",
        "en": "The spans share at least one character, though they are not equal.",
    },
    "touch": {
        "es": "No comparten ningún carácter: `end` ya no es del tramo, así que tocarse no es compartir.",
        "en": "They share no character: `end` is no longer part of the span, so to touch is not to share.",
    },
    "silent": {"es": "Había respuesta y calló.", "en": "There was an answer, and it was silent."},
    "no answer": {
        "es": "Sin respuesta correcta, callar es acertar y hablar es fallar.",
        "en": "Where there is no gold answer, silence is right and speaking is wrong.",
    },
}
