"""The exercises of lesson 10: bias and limits."""

from qa_course.checks.verdict import check, given


@check
def effect_size(function):
    """`function(x, y)` gives the difference of the means over the sample deviation of both lists together."""
    import numpy as np

    random = np.random.default_rng(10)
    for case in range(20):
        x, y = random.normal(0.4, 2, (2, 3 + case % 4)).round(1)
        both = np.concatenate([x, y])
        gap = x.mean() - y.mean()
        right = gap / both.std(ddof=1)
        value, fault = _number(function, x, y)
        if fault:
            return fault
        if abs(value - right) < 1e-6:
            continue
        hints = [
            (gap / both.std(), "divides entre n, no entre n − 1: usa ddof=1.", "it divides by n: use ddof=1."),
            (-right, "el signo está al revés: primero x, después y.", "the sign is turned round: x first, then y."),
            (gap, "falta dividir entre la desviación típica.", "it is not divided by the standard deviation yet."),
            (gap / both.var(ddof=1), "divides entre la varianza.", "it divides by the variance."),
        ]  # fmt: skip
        apart = [gap / np.mean([x.std(ddof=d), y.std(ddof=d)]) for d in (0, 1)]
        apart += [gap / np.sqrt(np.mean([x.var(ddof=d), y.var(ddof=d)])) for d in (0, 1)]
        apart += [gap / side.std(ddof=d) for side in (x, y) for d in (0, 1)]
        together = "la desviación es la de las dos listas juntas.", "the deviation is that of both lists together."
        return _said("effect_size", (x, y), value, right, hints + [(each, *together) for each in apart])
    return None


@check
def permutation_p(function):
    """`function(x, y)` gives the share of equal splits whose difference is at least the observed one."""
    import itertools

    import numpy as np

    random = np.random.default_rng(10)
    for case in range(16):
        size = 3 - case % 2  # the first case tells the known mistakes apart
        x, y = random.integers(0, 6, (2, size)) + np.array([[2 * (case % 2)], [0]])  # small whole numbers: ties
        both = np.concatenate([x, y])
        sums = np.array([sum(both[list(chosen)]) for chosen in itertools.combinations(range(2 * size), size)])
        total, n = both.sum(), len(sums)
        gaps, seen = sums - (total - sums), x.sum() - y.sum()
        right = float((gaps >= seen).mean())
        value, fault = _number(function, x.astype(float), y.astype(float))
        if fault:
            return fault
        if abs(value - right) < 1e-9:
            continue
        hints = [
            ((gaps > seen).mean(), "cuenta también los empates (>=): el reparto observado es uno de ellos.",
             "count ties too (>=): the observed split is one."),
            ((gaps <= seen).mean(), "cuentas los repartos de diferencia menor: es al revés.",
             "you count the splits with a smaller difference: it is the other way round."),
            ((abs(gaps) >= abs(seen)).mean(), "eso es a dos colas: aquí no se toma el valor absoluto.",
             "that is two-sided: no absolute value here."),
            ((gaps >= seen).sum(), "falta dividir entre el número de repartos.", "divide by the number of splits."),
            (((gaps >= seen).sum() - 1) / (n - 1), "el reparto observado cuenta.", "the observed split counts."),
        ]  # fmt: skip
        return _said("permutation_p", (x, y), value, right, hints)
    return None


@check
def kilowatt_hours(function):
    """`function(seconds, watts)` gives an energy in kWh."""
    for seconds, watts in ((3600, 1000), (1800, 60), (7200, 15), (86400, 70.5), (90, 250)):
        right = seconds * watts / 3.6e6
        value, fault = _number(function, seconds, watts)
        if fault:
            return fault
        if abs(value - right) <= 1e-9 * right:
            continue
        hints = [
            (seconds * watts, "eso son julios.", "those are joules."),
            (seconds * watts / 1000, "eso son kilojulios: falta pasar los segundos a horas.",
             "those are kilojoules: the seconds are not hours yet."),
            (seconds * watts / 3600, "eso son vatios-hora: falta dividir entre 1000.",
             "those are watt-hours: divide by 1000 as well."),
            (seconds * watts / 6e4, "has dividido los segundos entre 60: eso son minutos.",
             "you divided the seconds by 60: those are minutes."),
            (seconds / 3600 / watts * 1000, "la potencia multiplica.", "power multiplies, it does not divide."),
        ]  # fmt: skip
        return _said("kilowatt_hours", (seconds, watts), value, right, hints)
    return None


@check
def card_figures(worst, lost, answered, changes=(), silences=()):
    """The alteration that costs most F1 in a language, how much, and the percent answered of off-topic questions.

    Args:
        changes: dicts of `variant, change`, those of one language.
        silences: dicts of `variant, silent`, those of the same language, with one `variant` "off topic".
    """
    largest = min(changes, key=lambda row: row["change"])
    names = [row["variant"] for row in changes]
    if worst not in names:
        return {
            "es": f"No hay ninguna alteración {worst!r}: elige una de {', '.join(names)}.",
            "en": f"There is no alteration {worst!r}: choose one of {', '.join(names)}.",
        }
    chosen = next(row for row in changes if row["variant"] == worst)
    if chosen["change"] > largest["change"]:
        return {
            "es": f"{worst!r} no es la peor: busca el cambio más negativo de tu lengua.",
            "en": f"{worst!r} is not the worst: look for the most negative change in your language.",
        }
    if abs(float(lost) + chosen["change"]) > 0.06:
        hint = {"es": "", "en": ""}
        if abs(float(lost) - chosen["change"]) <= 0.06:
            hint = {"es": " Lo perdido se escribe en positivo.", "en": " What is lost is written as a positive number."}
        return {
            "es": f"Con {worst!r} no se pierden {lost} puntos: lee su fila de la tabla.{hint['es']}",
            "en": f"{worst!r} does not lose {lost} points: read its row of the table.{hint['en']}",
        }
    silent = next(row["silent"] for row in silences if row["variant"] == "off topic")
    if abs(float(answered) - (100 - silent)) > 0.06:
        hint = {"es": "", "en": ""}
        if abs(float(answered) - silent) <= 0.06:
            hint = {
                "es": " Eso es lo que calla; se pide lo que contesta.",
                "en": " That is the silence; give the answers.",
            }
        return {
            "es": f"{answered} % no es lo que el modelo contesta de las preguntas de otro artículo.{hint['es']}",
            "en": f"{answered}% is not the share of another article's questions that the model answers.{hint['en']}",
        }
    return None


def _number(function, *arguments):
    """A function's value as a float and None, or None and the fault."""
    value = given(function(*arguments))
    try:
        return float(value), None
    except (TypeError, ValueError):
        return None, {
            "es": f"La función devolvió {value!r}: se espera un solo número.",
            "en": f"The function returned {value!r}: a single number is expected.",
        }


def _said(name, arguments, value, right, hints):
    """The fault of a wrong number, with the hint of the first known mistake that gives it."""
    shown = ", ".join(str(each.tolist()) if hasattr(each, "tolist") else str(each) for each in arguments)
    found = [pair for wrong, *pair in hints if abs(value - wrong) <= 1e-6 * max(1, abs(wrong))]
    spanish, english = (hint[:1].upper() + hint[1:] for hint in (found[0] if found else ("", "")))
    return {
        "es": f"{name}({shown}) debe dar {right:.6g} y da {value:.6g}. {spanish}".rstrip(),
        "en": f"{name}({shown}) should give {right:.6g} and gives {value:.6g}. {english}".rstrip(),
    }
