"""The exercises of lesson 03: exploring the corpus."""

import json
from numbers import Integral

from qa_course.checks.verdict import check, given

EACH = 2  # damaged rows of each kind


def damaged_copy(examples, seed=0):
    """The rows of a table with answers, as dicts, a few of them damaged in one of six ways (`_damage`).

    `examples` has at least some forty rows. The same seed damages the same rows.
    """
    return _damage(examples, seed)[0]


def _damage(examples, seed):
    """The damaged rows, and `{kind: numbers of the rows}`."""
    import random

    rows = [{**row, "answers": {key: list(value) for key, value in row["answers"].items()}} for row in examples]
    order = random.Random(seed).sample(range(1, len(rows)), len(rows) - 1)
    faults = {}

    def spoil(kind, suits, change):
        for number in [number for number in order if suits(rows[number])][:EACH]:
            order.remove(number)
            change(rows[number])
            faults.setdefault(kind, []).append(number)

    def recode(row):
        row["context"] = row["context"].encode("utf-8").decode("latin-1")

    def late_letters(row):
        golds = row["answers"]
        copy = dict(row)
        recode(copy)
        return bool(golds["text"]) and _gold(copy) != golds["text"][0]

    spoil("recoded", late_letters, recode)
    spoil("lost", lambda row: _start(row) > 0, lambda row: row["answers"].update(answer_start=[0]))
    spoil("shifted", lambda row: _start(row) >= 0, lambda row: row["answers"].update(answer_start=[_start(row) + 1]))
    spoil("missing", lambda row: True, lambda row: row.update(question=None))
    spoil("spaces", lambda row: True, lambda row: row.update(question=f" {row['question']}  "))
    spoil("repeated", lambda row: True, lambda row: row.update(id=rows[0]["id"]))
    return rows, faults


def _start(row):
    return row["answers"]["answer_start"][0] if row["answers"]["text"] else -1


def _gold(row):
    """What stands where the first answer should."""
    start = _start(row)
    return row["context"][start : start + len(row["answers"]["text"][0])]


_KINDS = {
    "recoded": {
        "es": "en el contexto hay letras mal codificadas (`Ã³`) y la respuesta ya no está en su sitio",
        "en": "letters of the context are wrongly encoded (`Ã³`), and the answer is no longer in its place",
    },
    "lost": {
        "es": "se perdió la posición (`answer_start` vale 0) y ahí no está la respuesta",
        "en": "the position was lost (`answer_start` is 0), and the answer is not there",
    },
    "shifted": {
        "es": "`answer_start` se ha corrido: lo que hay ahí no es la respuesta",
        "en": "`answer_start` has shifted: what stands there is not the answer",
    },
    "missing": {"es": "la pregunta falta (es nula)", "en": "the question is missing (it is null)"},
    "spaces": {
        "es": "la pregunta lleva espacios al principio o al final",
        "en": "the question begins or ends with spaces",
    },
    "repeated": {"es": "su `id` ya salió antes", "en": "its `id` occurred before"},
}


@check
def damaged_rows(find, *, examples):
    """A function `find(frame)`: the numbers of the damaged rows of a copy that `damaged_copy` made."""
    import pandas as pd

    found = _numbers(find(pd.DataFrame(list(examples))))
    if found is None:
        return {
            "es": "Se piden números de fila, no verdadero o falso ni una tabla: `frame.index[máscara]`.",
            "en": "Row numbers are wanted, not True and False and not a table: `frame.index[mask]`.",
        }
    if found:
        return {
            "es": f"En el original, que está sano, tu función señala la fila {min(found)}. ¿Cuentas como fallo "
            "una lista de respuestas vacía? Es una pregunta sin respuesta.",
            "en": f"In the sound original, your function points at row {min(found)}. Do you count an empty list "
            "of answers as a fault? It is an unanswerable question.",
        }
    for seed in (0, 1):  # the copy that the lesson shows, and another one
        rows, faults = _damage(examples, seed)
        found = _numbers(find(pd.DataFrame(rows)))
        for kind, numbers in faults.items():
            if missed := len(set(numbers) - found):
                return {
                    "es": f"Se te escapan filas ({missed}) de un tipo: {_KINDS[kind]['es']}.",
                    "en": f"Rows of one kind escape you ({missed}): {_KINDS[kind]['en']}.",
                }
        wrong = found - {number for numbers in faults.values() for number in numbers} - {0}
        if wrong:
            return {
                "es": f"La fila {min(wrong)} está sana y tu función la señala.",
                "en": f"Row {min(wrong)} is sound, and your function points at it.",
            }
    return None


def _numbers(found):
    """The row numbers as a set, or None where they are something else: a mask, or a table (its columns' names)."""
    numbers = list(given(found))
    if all(isinstance(number, Integral) and not isinstance(number, bool) for number in numbers):
        return {int(number) for number in numbers}
    return None


@check
def read_answers(read):
    """A function `read(cell)`: the dict of answers in a cell of a CSV, written as JSON or as Python prints it."""
    cases = (
        {"text": ["La Paz"], "answer_start": [120]},
        {"text": ["Bernardo O'Higgins", "«O'Higgins»"], "answer_start": [7, 31]},
        {"text": [], "answer_start": []},
    )
    for answers in cases:
        for form, write in (("JSON", json.dumps), ("str(dict)", str)):
            cell = write(answers)
            try:
                found = given(read(cell))
            except (ValueError, SyntaxError) as error:
                return {
                    "es": f"No lee una celda escrita con {form}: {cell} ({type(error).__name__}).",
                    "en": f"It does not read a cell written with {form}: {cell} ({type(error).__name__}).",
                }
            if found != answers:
                return {
                    "es": f"De la celda {cell} sale {found!r}.",
                    "en": f"From the cell {cell} comes {found!r}.",
                }
    for cell in ("{'text': ['x'], 'answer_start': [int('3')]}", "[].copy()"):  # harmless, but code
        try:
            found = read(cell)
        except Exception:
            continue
        return {
            "es": f"La celda {cell} contiene código y tu función no protesta: devuelve {found!r}. Si lo ejecuta, "
            "ejecutará también el de un desconocido; si no, esconde el fallo. Deja que salga un ValueError.",
            "en": f"The cell {cell} holds code, and your function does not object: it returns {found!r}. If it "
            "runs the code, it will run a stranger's too; if not, it hides the fault. Let a ValueError out.",
        }
    return None


@check
def split_by_article(split, *, frame):
    """A function `split(frame, share, seed)`: two frames, the articles of which (`id` without numbers) differ."""

    def articles(part):
        return set(part["id"].str.rsplit("-", n=2).str[0])

    for share in (0.8, 0.5):
        parts = given(split(frame, share, 1))
        if not isinstance(parts, (tuple, list)) or len(parts) != 2 or not all(hasattr(p, "columns") for p in parts):
            return {
                "es": "Devuelve dos tablas de pandas: `return train, test`.",
                "en": "Return two pandas tables: `return train, test`.",
            }
        train, test = parts
        kept = sorted([*train.index, *test.index]) == sorted(frame.index)
        if not kept and sorted([*train["id"], *test["id"]]) == sorted(frame["id"]):
            return {
                "es": "Están todas las filas, pero con otro número: conserva el índice de `frame` (sin `reset_index`).",
                "en": "All rows are there, but under other numbers: keep the index of `frame` (no `reset_index`).",
            }
        if not kept:
            return {
                "es": f"Entran {len(frame)} filas y salen {len(train)} y {len(test)}: cada fila va a un lado, y a "
                "uno solo.",
                "en": f"{len(frame)} rows go in, {len(train)} and {len(test)} come out: each row goes to one side, "
                "and to one only.",
            }
        if both := sorted(articles(train) & articles(test)):
            titles = frame.loc[frame["id"].str.startswith(f"{both[0]}-"), "title"].unique()
            if set(train["title"]) & set(test["title"]):
                return {
                    "es": f"Hay {len(both)} artículos en los dos lados; el primero, {both[0]}. Sortea artículos, "
                    "no filas.",
                    "en": f"{len(both)} articles are on both sides, the first is {both[0]}. Draw articles, not rows.",
                }
            return {
                "es": f"Ningún título está en los dos lados, pero {' / '.join(titles)} son el mismo artículo en "
                f"dos lenguas ({both[0]}). Agrupa por el artículo, que está en el `id`.",
                "en": f"No title is on both sides, yet {' / '.join(titles)} are one article in two languages "
                f"({both[0]}). Group by the article, which is in the `id`.",
            }
        found, room = len(articles(train)) / len(articles(frame)), 1.5 / len(articles(frame))
        if abs(found - share) > room:
            return {
                "es": f"Pediste al primer lado un {share:.0%} de los artículos y tiene un {found:.0%}.",
                "en": f"The first side should have {share:.0%} of the articles and has {found:.0%}.",
            }
    again, other = articles(split(frame, 0.5, 1)[0]), articles(split(frame, 0.5, 2)[0])
    if again != articles(train):
        return {
            "es": "Con la misma semilla, dos llamadas dan divisiones distintas: usa `seed` en el sorteo.",
            "en": "With the same seed, two calls give different splits: use `seed` for the draw.",
        }
    if other == again:
        return {
            "es": "Con otra semilla sale la misma división: baraja los artículos según `seed`.",
            "en": "Another seed gives the same split: shuffle the articles by `seed`.",
        }
    return None
