"""The exercises of lesson 08: the fine-tuning clinic."""

from qa_course.checks.verdict import NotAttempted, check

_SYMPTOMS = {  # what to look at again, by what the patient really has
    "healthy": {
        "es": "mira quién aprende *y* responde",
        "en": "see who learns *and* answers",
    },
    "all_frozen": {
        "es": "compara su pérdida en las dos épocas hasta el último decimal y cuenta qué se entrena",
        "en": "compare its loss in both epochs to the last decimal, and count what trains",
    },
    "head_only": {
        "es": "mira cuántos parámetros se entrenan",
        "en": "see how many parameters train",
    },
    "int8": {
        "es": "compara lo que iba a entrenarse con lo que se ha movido",
        "en": "compare what was to train with what has moved",
    },
    "equality": {
        "es": "¿qué habrá aprendido quien baja tan deprisa y no acierta ninguna?",
        "en": "what has a model learned whose loss falls so fast and whose answers are all wrong?",
    },
    "truncation": {
        "es": "cuenta sus ventanas",
        "en": "count its windows",
    },
}


@check
def match_patients(answer, *, ward):
    """`answer`: `{letter: name of a bug}`; `ward`: `{letter: clinic.Case}`."""
    from qa_course import clinic

    truth = {letter: clinic.diagnosis(case) for letter, case in ward.items()}
    names = ", ".join(sorted(truth.values()))
    answer = dict(answer)
    if all(name in (..., None, "") for name in answer.values()):
        raise NotAttempted
    if answer.keys() != truth.keys():
        letters = ", ".join(truth)
        return {
            "es": f"Hace falta un diagnóstico por paciente: {letters}.",
            "en": f"Each patient needs a diagnosis: {letters}.",
        }
    if blank := ", ".join(letter for letter, name in answer.items() if name in (..., None, "")):
        return {
            "es": f"Falta el diagnóstico de {blank}.",
            "en": f"The diagnosis of {blank} is missing.",
        }
    if unknown := [name for name in answer.values() if name not in truth.values()]:
        return {
            "es": f"{unknown[0]!r} no está en la lista: {names}.",
            "en": f"{unknown[0]!r} is not on the list: {names}.",
        }
    wrong = [letter for letter in truth if answer[letter] != truth[letter]]
    if not wrong:
        return None
    letter, right = wrong[0], len(truth) - len(wrong)
    hint = {language: said if said.endswith("?") else f"{said}." for language, said in _SYMPTOMS[truth[letter]].items()}
    return {
        "es": f"Aciertas {right} de {len(truth)}. Vuelve a ver al paciente {letter}: {hint['es']}",
        "en": f"{right} of {len(truth)} are right. See patient {letter} again: {hint['en']}",
    }


CROSSED = {  # for the course's tokenizer "-20" is one token: the answer begins inside it
    "id": "pele",
    "question": "¿En qué año murió Pelé?",
    "context": "Pelé (1940-2022) ganó tres Mundiales.",
    "answers": {"text": ["2022"], "answer_start": [11]},
}


@check
def repaired_label(label, *, examples, tokenizer):
    """`label(offsets, start, end)` gives the tokens of a window that hold an answer, or (0, 0).

    `examples`: rows with `id, question, context, answers`; each is tried in windows of 96 tokens that share 32.
    """
    from qa_course import windows

    for row in (*examples, CROSSED):
        batch = {name: [value] for name, value in row.items()}
        made = windows.training_windows(batch, tokenizer, 96, 32)
        offsets = windows.evaluation_windows(batch, tokenizer, 96, 32)["offset_mapping"]
        start = row["answers"]["answer_start"][0]
        end = start + len(row["answers"]["text"][0])
        for number, window in enumerate(offsets):
            expected = made["start_positions"][number], made["end_positions"][number]
            try:
                found = label([offset and tuple(offset) for offset in window], start, end)
            except (TypeError, IndexError, ValueError) as error:
                if isinstance(error, TypeError) and "NoneType" not in str(error):
                    raise
                raised = f"{row['id']}: label(offsets, {start}, {end})", f"{type(error).__name__}: {error}"
                hint = _raised_hint(error, expected)
                return {
                    "es": f"{raised[0]} produce un error en la ventana {number} ({raised[1]}). {hint['es']}",
                    "en": f"{raised[0]} raises an error in window {number} ({raised[1]}). {hint['en']}",
                }
            if found is ...:
                raise NotAttempted
            try:
                first, last = found
                found = int(first), int(last)
            except (TypeError, ValueError):
                return {
                    "es": f"{row['id']}: label(offsets, {start}, {end}) devolvió {found!r} en la ventana {number}: se "
                    "esperan siempre dos posiciones, también (0, 0).",
                    "en": f"{row['id']}: label(offsets, {start}, {end}) returned {found!r} in window {number}: two "
                    "positions are always expected, be they (0, 0).",
                }
            if found != expected:
                hint = _label_hint(found, expected, window, start, end)
                where = f"{row['id']}: label(offsets, {start}, {end}) = {found}"
                return {
                    "es": f"{where} en la ventana {number}, y se espera {expected}. {hint['es']}",
                    "en": f"{where} in window {number}, where {expected} is expected. {hint['en']}",
                }
    return None


def _raised_hint(error, expected):
    if isinstance(error, TypeError):
        return {
            "es": "Fuera del pasaje `offsets` tiene None, que no lleva posiciones: sáltalo.",
            "en": "Outside the passage `offsets` holds None, which has no positions: skip it.",
        }
    if expected == (0, 0):
        return {
            "es": "Esa ventana no contiene la respuesta entera: la etiqueta es (0, 0).",
            "en": "That window does not hold the whole answer: its label is (0, 0).",
        }
    return {
        "es": f"Se espera {expected}: un token es de la respuesta si empieza antes de `end` y acaba tras `start`.",
        "en": f"{expected} is expected: a token is of the answer if it begins before `end` and ends after `start`.",
    }


def _label_hint(found, expected, offsets, start, end):
    if expected == (0, 0):
        return {
            "es": "Esa ventana no contiene la respuesta entera: la etiqueta es (0, 0).",
            "en": "That window does not hold the whole answer: its label is (0, 0).",
        }
    if found == (0, 0):
        first, last = offsets[expected[0]], offsets[expected[1]]
        if first[0] != start or last[1] != end:
            return {
                "es": f"La respuesta está en la ventana, pero sus tokens, de {tuple(first)} a {tuple(last)}, no "
                "empiezan y acaban justo con ella: busca los que la tocan, no posiciones iguales.",
                "en": f"The answer is in the window, but its tokens, from {tuple(first)} to {tuple(last)}, do not "
                "begin and end just where it does: look for those that touch it, not for equal positions.",
            }
        return {
            "es": f"La respuesta está en la ventana. Su último token ocupa los caracteres {tuple(last)} y `end` es "
            f"{end}: ¿es `end` el último carácter o el siguiente?",
            "en": f"The answer is in the window. Its last token takes up the characters {tuple(last)}, and `end` is "
            f"{end}: is `end` the last character or the one after it?",
        }
    if found[0] == expected[0] and found[1] == expected[1] + 1:
        return {
            "es": "Sobra un token al final: el carácter `end` ya no es de la respuesta.",
            "en": "There is one token too many at the end: the character `end` is no longer part of the answer.",
        }
    return {
        "es": "Un token es de la respuesta si empieza antes de `end` y acaba después de `start`.",
        "en": "A token belongs to the answer if it begins before `end` and ends after `start`.",
    }


@check
def first_bug(answer, *, case):
    """The name of the fault of `case` that `training_sanity` meets first."""
    from qa_course import clinic

    bugs = clinic.diagnosis(case).split(" + ")
    answer = str(answer)
    if answer == bugs[0]:
        return None
    if answer in bugs:
        return {
            "es": f"{answer!r} también está, pero antes hay otro ✗: las líneas se leen de arriba abajo.",
            "en": f"{answer!r} is there too, but another ✗ comes before it: the lines are read from the top.",
        }
    if answer not in clinic.BUGS:
        names = ", ".join(name for name in clinic.BUGS if name != "healthy")
        return {
            "es": f"{answer!r} no está en la lista: {names}.",
            "en": f"{answer!r} is not on the list: {names}.",
        }
    return {
        "es": f"No es {answer!r}: lee qué parte del modelo se queda sin parámetros que entrenar.",
        "en": f"It is not {answer!r}: read which part of the model is left with no parameters to train.",
    }
