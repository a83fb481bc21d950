"""The figures of lesson 12: the comparison of languages."""

import numpy as np

from qa_course.plots.style import DARK, HATCHES, LIGHT, MIDDLE, new_axes, new_panels

_LANGUAGES = {"es": {"es": "español", "en": "inglés"}, "en": {"es": "Spanish", "en": "English"}}
_MODELS = {
    "es": {"en": "solo inglés", "es": "solo español", "en+es": "las dos lenguas"},
    "en": {"en": "English only", "es": "Spanish only", "en+es": "both languages"},
}
_MARKS = {"en": ("o", DARK), "es": ("s", MIDDLE)}  # by the language asked in
_CELLS = {"es": "entrenado con → preguntado en", "en": "trained on → asked in"}


def score_matrix(scores, language="es"):
    """Heat maps of EM and F1, a row a model and a column a language asked in, each figure over its interval.

    Cells in which a model is asked in a language that it was trained on have a thick frame.

    Args:
        scores: `{"exact_match" | "f1": {(model, language asked in): (low, mean, high)}}`, in points.
    """
    import matplotlib.pyplot as plt

    title, x, y, names, note = {
        "es": (
            "¿En qué lengua responde mejor cada modelo?",
            "se le pregunta en",
            "se entrenó con",
            {"exact_match": "Coincidencia exacta (EM), puntos", "f1": "F1, puntos"},
            "Entre corchetes, el intervalo del 95 %; con marco, el modelo juega en casa: se entrenó con esa lengua",
        ),
        "en": (
            "Which language does each model answer better in?",
            "asked in",
            "trained on",
            {"exact_match": "Exact match (EM), points", "f1": "F1, points"},
            "In brackets, the 95% interval; framed, the model plays at home: it was trained on that language",
        ),
    }[language]
    figure, panels = new_panels(1, len(scores), size=(9.5, 4.2))
    figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    means = [mean for cells in scores.values() for _, mean, _ in cells.values()]
    pale, deep = max(0, min(means) - 15), max(means)
    for axes, (name, cells) in zip(panels, scores.items(), strict=True):
        models, asked = (list(dict.fromkeys(key[side] for key in cells)) for side in (0, 1))
        grid = np.array([[cells[model, each][1] for each in asked] for model in models])
        axes.imshow(grid, cmap="Blues", vmin=pale, vmax=2 * deep - pale + 1, aspect="auto")  # black on it stays legible
        for row, model in enumerate(models):
            for column, each in enumerate(asked):
                low, mean, high = cells[model, each]
                ends = f"[{_number(low, language)} – {_number(high, language)}]"
                centre = {"ha": "center", "va": "center"}
                axes.text(column, row - 0.1, _number(mean, language), fontsize=19, weight="bold", **centre)
                axes.text(column, row + 0.24, ends, fontsize=9.5, **centre)
                if each in model.split("+"):
                    box = plt.Rectangle((column - 0.46, row - 0.45), 0.92, 0.9, fill=False, edgecolor=MIDDLE, lw=3)
                    axes.add_patch(box)
        axes.set_title(names[name], loc="left", fontsize=11)
        axes.set_xticks(range(len(asked)), [_LANGUAGES[language][each] for each in asked], fontsize=11)
        axes.set_yticks(range(len(models)), [_MODELS[language].get(model, model) for model in models], fontsize=11)
        axes.set_xlabel(x)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.label_outer()
    panels[0].set_ylabel(y)
    figure.supxlabel(note, fontsize=9)


def differences(rows, language="es"):
    """Differences of F1 with their intervals, a line each; hollow where the interval holds 0.

    `rows` is `[((model, asked in), (model, asked in), (low, mean, high))]`, the second taken from the first.
    """
    title, x = {
        "es": (
            "¿Qué diferencias son algo más que azar?",
            "diferencia de F1 (puntos), con su intervalo del 95 %\npunto relleno: el intervalo deja fuera el 0",
        ),
        "en": (
            "Which differences are more than chance?",
            "difference of F1 (points), with its 95% interval\nfilled dot: the interval leaves out 0",
        ),
    }[language]
    _, axes = new_axes(title, x, size=(8.5, 1.5 + 0.5 * len(rows)))
    for place, (_, _, (low, mean, high)) in enumerate(rows):
        sure = low > 0 or high < 0
        style = {"color": DARK, "capsize": 5, "markersize": 9, "markerfacecolor": DARK if sure else "white"}
        axes.errorbar(mean, place, xerr=[[mean - low], [high - mean]], fmt="o", **style)
        offset = {"xytext": (0, 8), "textcoords": "offset points", "ha": "center", "fontsize": 9}
        axes.annotate(f"{_number(mean, language, '+')}", (mean, place), **offset)
    axes.axvline(0, color="black", linestyle=":")
    names = [" − ".join(f"({cell_name(*cell, language)})" for cell in row[:2]) for row in rows]
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_yticks(range(len(rows)), names, fontsize=10)
    axes.set_ylim(len(rows) - 0.5, -0.6)


def cell_name(model, asked, language="es"):
    """A cell of the matrix in short: who was trained on what → the language asked in."""
    names = _LANGUAGES[language] | {"en+es": {"es": "las dos", "en": "both"}[language]}
    return f"{names.get(model, model)} → {names[asked]}"


def silence(shares, language="es"):
    """How often each model is silent in each language, where it should be and where it should not.

    `shares` is `{(model, asked in): (percent of the answerable, percent of the unanswerable)}`.
    """
    words = {
        "es": ("¿Cuándo calla cada modelo?", "preguntas de cada clase en las que calla (%)"),
        "en": ("When is each model silent?", "questions of each kind on which it is silent (%)"),
    }[language]
    names = {
        "es": ("había respuesta (calla de más)", "no la había (bien callado)"),
        "en": ("there was an answer (wrongly silent)", "there was none (rightly silent)"),
    }[language]
    figure, axes = new_axes(*words, _CELLS[language], size=(8.5, 0.9 + 0.6 * len(shares)))
    places = np.arange(len(shares))
    for side, (shift, color, hatch) in enumerate(((-0.2, MIDDLE, HATCHES[1]), (0.2, LIGHT, HATCHES[0]))):
        values = [pair[side] for pair in shares.values()]
        style = {"color": color, "hatch": hatch, "edgecolor": DARK, "label": names[side]}
        bars = axes.barh(places + shift, values, 0.38, **style)
        axes.bar_label(bars, [f"{value:.0f}" for value in values], padding=3, fontsize=9)
    axes.set_yticks(places, [cell_name(*cell, language) for cell in shares], fontsize=10)
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    figure.legend(frameon=False, ncols=2, loc="outside lower center")


def verdicts(counts, language="es"):
    """Shares of each verdict (`scoring.VERDICTS`), a stacked bar for each model and language asked in.

    `counts` is `{(model, asked in): {verdict: questions}}`.
    """
    title, x, names = {
        "es": (
            "De qué están hechas las notas",
            "preguntas (%)",
            {
                "right": "acierta",
                "edges": "bordes",
                "same sentence": "misma frase",
                "other sentence": "otra frase",
                "silent": "calla de más",
                "spoke": "habla de más",
            },
        ),
        "en": (
            "What the marks are made of",
            "questions (%)",
            {
                "right": "right",
                "edges": "edges",
                "same sentence": "same sentence",
                "other sentence": "other sentence",
                "silent": "wrongly silent",
                "spoke": "wrongly spoke",
            },
        ),
    }[language]
    looks = [(DARK, ""), ("#7fa3bd", ""), ("#f2c48d", "//"), (MIDDLE, ".."), ("#e8e8e8", ""), ("#8c8c8c", "xx")]
    figure, axes = new_axes(title, x, _CELLS[language], size=(9, 1.4 + 0.48 * len(counts)))
    places, left = np.arange(len(counts)), np.zeros(len(counts))
    totals = np.array([sum(each.values()) for each in counts.values()])
    for (kind, name), (color, hatch) in zip(names.items(), looks, strict=True):
        widths = 100 * np.array([each.get(kind, 0) for each in counts.values()]) / totals
        style = {"color": color, "hatch": hatch, "edgecolor": DARK if hatch else "white", "label": name}
        axes.barh(places, widths, 0.72, left=left, **style)
        for place, width in enumerate(widths):
            if width >= 3:
                box = {"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none"} if hatch else None
                ink = {"color": "white" if kind == "right" else "black", "fontsize": 9, "bbox": box}
                axes.text(left[place] + width / 2, place, f"{width:.0f}", ha="center", va="center", **ink)
        left += widths
    axes.set_yticks(places, [cell_name(*cell, language) for cell in counts], fontsize=10)
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    figure.legend(frameon=False, ncols=6, loc="outside lower center", fontsize=9, columnspacing=1.2, handlelength=1.3)


def marks_by_group(panels, language="es"):
    """F1 with its interval by group of questions, a panel a grouping, English and Spanish side by side.

    `panels` is `{"kind" | "length": {group: {"en" | "es": (low, mean, high, questions)}}}`, in points.
    """
    title, titles, y = {
        "es": (
            "F1 del modelo bilingüe, con su intervalo del 95 %",
            {"kind": "Por lo que se pregunta", "length": "Por número de palabras de la respuesta"},
            "F1 (puntos)",
        ),
        "en": (
            "F1 of the bilingual model, with its 95% interval",
            {"kind": "By what is asked", "length": "By the number of words of the answer"},
            "F1 (points)",
        ),
    }[language]
    kinds = {
        "es": {"thing": "cosa", "time": "tiempo", "person": "persona", "number": "número"}
        | {"reason": "razón", "place": "lugar", "manner": "modo", "other": "otras"},
        "en": {},
    }[language]
    sizes = [max(2.5, len(groups)) for groups in panels.values()]
    options = {"sharey": True, "width_ratios": sizes}
    figure, drawn = new_panels(1, len(panels), size=(10, 4), **options)
    figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    for axes, (name, groups) in zip(drawn, panels.items(), strict=True):
        for place, marks in enumerate(groups.values()):
            for shift, code in ((-0.13, "en"), (0.13, "es")):
                if code in marks:
                    low, mean, high, _ = marks[code]
                    style = dict(zip(("fmt", "color"), _MARKS[code], strict=True)) | {"capsize": 4, "markersize": 7}
                    ends = [[mean - low], [high - mean]]
                    axes.errorbar(place + shift, mean, ends, label=_LANGUAGES[language][code], **style)
        counts = [max(each[3] for each in marks.values()) for marks in groups.values()]
        labels = [f"{kinds.get(group, group)}\nn = {n}" for group, n in zip(groups, counts, strict=True)]
        axes.set_xticks(range(len(groups)), labels, fontsize=9)
        axes.set_xlim(-0.5, len(groups) - 0.5)
        axes.set_title(titles[name], loc="left", fontsize=11)
        axes.grid(axis="y", color="#e3e3e3")
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    drawn[0].set_ylabel(y)
    handles, labels = drawn[0].get_legend_handles_labels()
    named = dict(zip(labels, handles, strict=True))
    figure.legend(named.values(), named, frameon=False, ncols=2, loc="outside lower center")


def both_right(counts, language="es"):
    """The four fates of a question asked in both languages, as a heat map.

    `counts` is `{(right in English, right in Spanish): questions}`.
    """
    import matplotlib.pyplot as plt

    title, x, y, words = {
        "es": ("La misma pregunta en las dos lenguas", "en español", "en inglés", ("acierta", "falla")),
        "en": ("The same question in both languages", "in Spanish", "in English", ("right", "wrong")),
    }[language]
    _, axes = new_axes(title, x, y, size=(5, 3.4))
    order = (True, False)
    grid = np.array([[counts.get((english, spanish), 0) for spanish in order] for english in order])
    axes.imshow(grid, cmap="Blues", vmin=0, vmax=2 * grid.max(), aspect="auto")  # black on it stays legible
    for row, column in np.ndindex(grid.shape):
        share = f"{100 * grid[row, column] / grid.sum():.0f}" + {"es": "\N{NO-BREAK SPACE}%", "en": "%"}[language]
        centre = {"ha": "center", "va": "center"}
        axes.text(column, row - 0.08, str(grid[row, column]), fontsize=18, weight="bold", **centre)
        axes.text(column, row + 0.25, share, fontsize=10, **centre)
        if row != column:
            corner = (column - 0.47, row - 0.46)
            axes.add_patch(plt.Rectangle(corner, 0.94, 0.92, fill=False, edgecolor=MIDDLE, linewidth=2.5))
    axes.set_xticks((0, 1), words)
    axes.set_yticks((0, 1), words)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def exam_sizes(intervals, language="es"):
    """Shares of right answers with their intervals: what a small exam can tell and a large one can.

    `intervals` is `{(exam, language asked in): (low, share, high, questions)}`, in percent.
    """
    title, x = {
        "es": ("Lo que prueban diez preguntas", "aciertos del modelo bilingüe (%), con su intervalo del 95 %"),
        "en": ("What ten questions prove", "right answers of the bilingual model (%), with its 95% interval"),
    }[language]
    exams = {"es": {"cardiology": "cardiología"}, "en": {}}[language]
    questions = {"es": "preguntas", "en": "questions"}[language]
    _, axes = new_axes(title, x, size=(8.5, 1.1 + 0.5 * len(intervals)))
    for place, ((_, asked), (low, share, high, _)) in enumerate(intervals.items()):
        mark, color = _MARKS[asked]
        style = {"fmt": mark, "color": color, "capsize": 5, "markersize": 9}
        axes.errorbar(share, place, xerr=[[share - low], [high - share]], **style)
    names = [
        f"{exams.get(exam, exam)}, {_LANGUAGES[language][asked]} ({n} {questions})"
        for (exam, asked), (*_, n) in intervals.items()
    ]
    axes.set_yticks(range(len(names)), names, fontsize=10)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0, 100)


def _number(value, language, sign=""):
    text = f"{value:{sign}.1f}".replace("-", "−")
    return text.replace(".", ",") if language == "es" else text
