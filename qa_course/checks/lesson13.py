"""The exercises of lesson 13: a corpus of one's own."""

import math
import random

from qa_course.checks.verdict import NotAttempted, check, given

PLACES = {  # a text; what stands there once, at its head, nowhere, twice, and a word that another one holds
    "es": (
        "Hay doscientos libros que se prestan dos días; los demás, un mes. Dos días es la norma. Sala 215, regla 2.5: "
        "un 5 % más. Así que dos días.",
        ("un mes", "Hay doscientos", "una semana", "dos días", "dos"),
    ),
    "en": (
        "A tenth of the loans lasts ten days; the others, two days. Ten days is the rule. Room 215, rule 2.5: a 5 % "
        "fine. So, ten days.",
        ("two days", "A tenth", "a week", "ten days", "ten"),
    ),
}


@check
def answer_place(find_answer):
    """`find_answer(text, answer, occurrence)`: the start of an answer as whole words, or -1."""
    faults = {language: _place_fault(find_answer, language) for language in PLACES}
    found = next((fault for fault in faults.values() if fault), None)
    return found and {language: (fault or found)[language] for language, fault in faults.items()}


def _place_fault(find_answer, language):
    text, (once, head, nowhere, twice, word) = PLACES[language]
    cases = [
        (once, None, text.index(once), "plain"),
        ("2.5", None, text.index("2.5"), "pattern"),
        (head, None, 0, "plain"),
        (nowhere, None, -1, "absent"),
        (twice, 1, text.index(twice), "count"),
        (word, 1, text.index(twice), "word"),
        (twice, 2, text.rindex(twice), "count"),
        (twice, 3, -1, "fewer"),
        (twice, None, -1, "ambiguous"),
        (twice.capitalize(), None, text.index(twice.capitalize()), "case"),
        ("5 %", None, text.index("5 %"), "border"),
    ]
    hints = {
        "border": {
            "es": "`\\b` pide una letra o cifra al borde, y aquí el borde es «%»: usa `(?<!\\w)` y `(?!\\w)`",
            "en": "`\\b` wants a letter or digit at the edge, and here the edge is “%”: use `(?<!\\w)` and `(?!\\w)`",
        },
        "plain": {"es": "la respuesta está ahí una vez", "en": "the answer stands there once"},
        "pattern": {
            "es": "en una expresión regular, un punto vale por cualquier carácter: `re.escape`",
            "en": "in a regular expression a dot stands for any character: `re.escape`",
        },
        "absent": {"es": "eso no está en el texto: -1", "en": "that is not in the text: -1"},
        "fewer": {"es": "no está tantas veces: -1", "en": "it does not stand there that often: -1"},
        "word": {
            "es": "solo cuentan palabras enteras, y «doscientos» es otra",
            "en": 'only whole words count, and "tenth" is another one',
        },
        "count": {
            "es": "`occurrence` cuenta desde 1 y distingue mayúsculas",
            "en": "`occurrence` counts from 1, and case matters",
        },
        "ambiguous": {
            "es": "está dos veces y nadie dice cuál: -1",
            "en": "it stands there twice and nobody says which: -1",
        },
        "case": {
            "es": "con mayúscula está una sola vez",
            "en": "with a capital it stands there only once",
        },
    }
    for answer, occurrence, expected, why in cases:
        call = f"find_answer({text!r}, {answer!r}, {occurrence})"
        try:
            found = find_answer(text, answer, occurrence)
        except (IndexError, TypeError) as error:
            if isinstance(error, TypeError) and "NoneType" not in str(error):
                raise
            raised = f"{type(error).__name__}: {error}"
            none = {
                "es": "`occurrence` puede ser None: míralo antes de comparar o restar",
                "en": "`occurrence` may be None: see to that before you compare or subtract",
            }
            hint = none if isinstance(error, TypeError) and occurrence is None else hints[why]
            return {
                "es": f"{call} produce un error ({raised}), y se espera {expected}: {hint['es']}.",
                "en": f"{call} raises an error ({raised}), and {expected} is expected: {hint['en']}.",
            }
        if found is ...:
            raise NotAttempted
        if found != expected or isinstance(found, bool):
            hint = hints[why]
            if hasattr(found, "start"):
                hint = {"es": "es el hallazgo, y se pide su `start()`", "en": "that is the match: give its `start()`"}
            elif expected >= 0 and found == expected + len(answer):
                hint = {"es": "ahí acaba; se pide dónde empieza", "en": "it ends there; where does it begin?"}
            return {
                "es": f"{call} = {found!r}, y se espera {expected}: {hint['es']}.",
                "en": f"{call} = {found!r}, and {expected} is expected: {hint['en']}.",
            }
    return None


@check
def three_sets(three_sets):
    """`three_sets(ids, test, validation, seed)`: the set of each question, whole sections drawn."""
    names = [f"{number:02d}" for number in range(1, 13)]
    ids = [f"{name}-{n}@{each}" for each in ("en", "es") for name in names for n in range(1, 4 + int(name) % 3)]
    random.Random(0).shuffle(ids)
    draws = []
    for seed in range(6):
        found = list(given(three_sets(list(ids), 3, 2, seed)))
        if fault := _sets_fault(found, ids):
            return fault
        draws.append(found)
    if draws[0] != list(three_sets(list(ids), 3, 2, 0)):
        return {
            "es": "Con la misma semilla, dos llamadas dan repartos distintos: usa `random.Random(seed)`.",
            "en": "With the same seed, two calls draw differently: use `random.Random(seed)`.",
        }
    if all(draw == draws[0] for draw in draws):
        return {
            "es": "Todas las semillas dan el mismo reparto: hay que sortear las secciones.",
            "en": "All seeds give the same sets: the sections must be drawn.",
        }
    return None


def _sets_fault(found, ids):
    if len(found) != len(ids):
        return {
            "es": f"Hay {len(ids)} preguntas y tu lista tiene {len(found)} elementos: uno por pregunta, en su orden.",
            "en": f"There are {len(ids)} questions and your list holds {len(found)}: one a question, in order.",
        }
    wanted = {"train": 7, "validation": 2, "test": 3}
    if strange := [each for each in found if each not in wanted]:
        return {
            "es": f"{strange[0]!r} no es ninguno de los tres conjuntos: train, validation, test.",
            "en": f"{strange[0]!r} is none of the three sets: train, validation, test.",
        }
    sets, sides = {}, {}
    for name, each in zip(ids, found, strict=True):
        section, language = name.rsplit("-", 1)[0], name[-2:]
        sets.setdefault(section, set()).add(each)
        sides.setdefault((section, language), set()).add(each)
    torn = [section for section in sorted(sets) if len(sets[section]) > 1]
    if torn:
        by_language = all(len(each) == 1 for each in sides.values())
        es = (
            "sus dos lenguas se separaron, y son la misma sección"
            if by_language
            else "se sortean secciones enteras, no preguntas"
        )
        en = (
            "its two languages were parted, and they are one section"
            if by_language
            else "whole sections are drawn, not questions"
        )
        kinds = ", ".join(sorted(sets[torn[0]]))
        return {
            "es": f"La sección {torn[0]} está en varios conjuntos ({kinds}): {es}.",
            "en": f"Section {torn[0]} is in several sets ({kinds}): {en}.",
        }
    for kind, number in wanted.items():
        if (many := sum(each == {kind} for each in sets.values())) != number:
            return {
                "es": f"De 12 secciones, con test=3 y validation=2, en {kind} van {number}, y hay {many}.",
                "en": f"Of 12 sections, with test=3 and validation=2, {number} go into {kind}, and there are {many}.",
            }
    return None


@check
def questions_needed(questions_needed):
    """`questions_needed(rate, margin)`: the fewest questions whose 95 % interval reaches no further than `margin`."""
    for rate, margin in ((0.5, 0.05), (0.6, 0.05), (0.7, 0.1), (0.8, 0.03)):
        exact = 1.96**2 * rate * (1 - rate) / margin**2
        found = given(questions_needed(rate, margin))
        if found == math.ceil(exact):
            continue
        hints = {
            "round": {
                "es": "con una pregunta menos el margen no se alcanza: redondea hacia arriba",
                "en": "with one question fewer the margin is not reached: round up",
            },
            "width": {
                "es": "`margin` es lo que el intervalo se aleja hacia cada lado, no su anchura",
                "en": "`margin` is how far the interval reaches to either side, not its width",
            },
            "normal": {
                "es": "falta el 1,96, que hace del error típico un intervalo del 95 %",
                "en": "1.96 is missing, which makes a 95 % interval of the standard error",
            },
            "root": {
                "es": "para despejar *n* hay que elevar al cuadrado los dos lados",
                "en": "to solve for *n*, square both sides",
            },
            "other": {
                "es": "despeja *n* en margin = 1,96 · √(rate · (1 − rate) / n)",
                "en": "solve margin = 1.96 · √(rate · (1 − rate) / n) for *n*",
            },
        }
        slips = {
            "round": exact,
            "width": 4 * exact,
            "normal": exact / 1.96**2,
            "root": 1.96 * math.sqrt(rate * (1 - rate)) / margin,
        }
        near = [name for name, value in slips.items() if abs(float(found) - value) <= 1]
        hint = hints[near[0] if near else "other"]
        call = f"questions_needed({rate}, {margin}) = {found!r}"
        return {
            "es": f"{call}, y se espera {math.ceil(exact)}: {hint['es']}.",
            "en": f"{call}, and {math.ceil(exact)} is expected: {hint['en']}.",
        }
    return None
