"""The figures of lesson 13: a corpus of one's own."""

import numpy as np

from qa_course.plots.style import DARK, HATCHES, LIGHT, MIDDLE, new_axes, new_panels


def own_sections(tokens, counts, window, language="es"):
    """How long each section is with its longest question, and how many of its questions have an answer.

    Args:
        tokens: `{"en" | "es": {section: tokens of its longest pair}}`.
        counts: `{section: (questions with an answer, questions without)}`, in one language.
        window: the tokens of a window.
    """
    titles, x, ys, room, names, kinds = {
        "es": (
            ("¿Cabe cada sección en una ventana?", "¿Cuántas preguntas tiene?"),
            "sección",
            ("tokens, con su pregunta más larga", "preguntas por idioma"),
            "una ventana",
            {"en": "inglés", "es": "español"},
            ("con respuesta", "sin respuesta"),
        ),
        "en": (
            ("Does each section fit into a window?", "How many questions does it have?"),
            "section",
            ("tokens, with its longest question", "questions in each language"),
            "a window",
            {"en": "English", "es": "Spanish"},
            ("with an answer", "without an answer"),
        ),
    }[language]
    figure, (left, right) = new_panels(1, 2, size=(10, 3.8))
    width = 0.8 / len(tokens)
    for side, (code, sizes) in enumerate(tokens.items()):
        places = np.arange(len(sizes)) + (side - (len(tokens) - 1) / 2) * width
        look = {"color": (DARK, LIGHT)[side], "hatch": HATCHES[side], "edgecolor": DARK, "label": names.get(code, code)}
        left.bar(places, list(sizes.values()), width, **look)
    left.axhline(window, color="black", linestyle=":", label=room)
    left.set_ylim(0, 1.25 * window)
    left.legend(frameon=False, ncols=3, loc="upper center", fontsize=9)
    bottom = np.zeros(len(counts))
    for part, (color, hatch) in enumerate(((DARK, ""), (MIDDLE, "//"))):
        heights = np.array([pair[part] for pair in counts.values()])
        right.bar(range(len(counts)), heights, 0.7, bottom=bottom, color=color, hatch=hatch, label=kinds[part])
        bottom += heights
    right.set_ylim(0, 1.3 * bottom.max())
    right.legend(frameon=False, ncols=2, loc="upper center", fontsize=9)
    every = next(iter(tokens.values()))
    for axes, title, y in zip((left, right), titles, ys, strict=True):
        axes.set_title(title, loc="left", fontsize=11)
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        axes.set_xticks(range(len(every)), list(every), fontsize=8, rotation=90 if len(every) > 20 else 0)
        axes.spines[["top", "right"]].set_visible(False)


def margins(exams, language="es"):
    """How far a 95 % interval of a rate reaches to either side, against the number of questions.

    `exams` is `{"own" | "CuadernoQA": (rate of right answers, 0 to 1, questions, measured reach in points)}`: a curve
    for independent questions, and on it or off it what drawing sections or articles gave.
    """
    title, x, y, curve, names = {
        "es": (
            "Cuántas preguntas hacen falta para medir",
            "preguntas de prueba (escala logarítmica)",
            "margen a cada lado (puntos)",
            "independientes, {:.0f} % de aciertos",
            {"own": "lo propio, por secciones", "CuadernoQA": "CuadernoQA, por artículos"},
        ),
        "en": (
            "How many questions it takes to measure",
            "test questions (logarithmic scale)",
            "margin to either side (points)",
            "independent, {:.0f} % right",
            {"own": "one's own, by section", "CuadernoQA": "CuadernoQA, by article"},
        ),
    }[language]
    _, axes = new_axes(title, x, y, size=(8, 3.6))
    sizes = np.geomspace(10, 3000, 100)
    looks = ((MIDDLE, "-", "s"), (DARK, "--", "o"))
    for (name, (rate, number, reach)), (color, line, mark) in zip(exams.items(), looks, strict=True):
        heights = 196 * np.sqrt(rate * (1 - rate) / sizes)
        axes.plot(sizes, heights, color=color, linestyle=line, label=curve.format(100 * rate))
        style = {"color": color, "markeredgecolor": "black", "markersize": 9, "linestyle": ""}
        axes.plot(number, reach, mark, label=names[name], **style)
    axes.set_xscale("log")
    ticks = [10, 30, 100, 300, 1000, 3000]
    axes.set_xticks(ticks, [f"{tick}" for tick in ticks])
    axes.minorticks_off()
    axes.set_ylim(0, None)
    axes.grid(axis="y", color="#dddddd")
    axes.legend(frameon=False, fontsize=9)


def learned_and_kept(marks, language="es"):
    """F1 of each model with its interval, a panel an exam.

    `marks` is `{"own" | "CuadernoQA": {model's name: (low, mean, high)}}`, in points.
    """
    titles, x = {
        "es": (
            {"own": "Lo que se gana: prueba propia", "CuadernoQA": "Lo que se conserva: CuadernoQA"},
            "F1 (puntos), con su intervalo del 95 %",
        ),
        "en": (
            {"own": "What is gained: one's own test", "CuadernoQA": "What is kept: CuadernoQA"},
            "F1 (points), with its 95 % interval",
        ),
    }[language]
    figure, panels = new_panels(1, len(marks), size=(10, 3.2), sharey=True)
    for axes, (exam, models) in zip(np.atleast_1d(panels), marks.items(), strict=True):
        for place, (low, mean, high) in enumerate(models.values()):
            style = {"color": DARK, "capsize": 5, "markersize": 9, "fmt": "o" if place < 2 else "s"}
            axes.errorbar(mean, place, xerr=[[mean - low], [high - mean]], **style)
            text = f"{mean:.1f}".replace(".", "," if language == "es" else ".")
            offset = {"xytext": (0, 8), "textcoords": "offset points", "ha": "center", "fontsize": 9}
            box = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"}
            axes.annotate(text, (mean, place), **offset, bbox=box)
        first = next(iter(models.values()))[1]
        axes.axvline(first, color="grey", linestyle=":")
        axes.set_title(titles.get(exam, exam), loc="left", fontsize=11)
        axes.set_xlabel(x)
        axes.set_yticks(range(len(models)), list(models), fontsize=10)
        axes.set_ylim(len(models) - 0.5, -0.7)
        axes.spines[["top", "right"]].set_visible(False)
