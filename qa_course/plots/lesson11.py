"""The figures of lesson 11: serving and scaling."""

import numpy as np

from qa_course.plots.style import DARK, LIGHT, MIDDLE, new_axes, new_panels


def question_path(language="es"):
    """A diagram of the path of one question, from two texts to one answer; what is done and what it makes."""
    title, steps = {
        "es": (
            "El camino de una pregunta",
            (
                ("tokenizar", "ventanas"),
                ("ordenar y\nrellenar", "lotes"),
                ("modelo", "dos logits\npor token"),
                ("softmax y\nbúsqueda", "tramos con\nprobabilidad"),
                ("reunir", "respuesta"),
            ),
        ),
        "en": (
            "The path of one question",
            (
                ("tokenise", "windows"),
                ("sort and\npad", "batches"),
                ("model", "two logits\na token"),
                ("softmax and\nsearch", "spans with a\nprobability"),
                ("bring\ntogether", "answer"),
            ),
        ),
    }[language]
    first = {"es": "pregunta\ny pasaje", "en": "question\nand passage"}[language]
    axes = _canvas(title, (10.5, 2.1))
    made = [first, *(result for _, result in steps)]
    for place, name in enumerate(made):
        _box(axes, 2 * place, 0, name, 1.15, color=LIGHT if 0 < place < len(made) - 1 else "white")
    for place, (action, _) in enumerate(steps):
        _arrow(axes, (2 * place + 0.6, 0), (2 * place + 1.4, 0))
        axes.text(2 * place + 1, 0.42, action, ha="center", va="bottom", fontsize=9, style="italic")
    axes.set(xlim=(-0.75, 2 * len(steps) + 0.75), ylim=(-0.6, 1.05))


def batch_speeds(sizes, speeds, language="es"):
    """Questions a second against batch size, as ratios to one question at a time.

    Args:
        sizes: n batch sizes, ascending.
        speeds: `{"given": [...], "sorted": [...]}`, n ratios each.
    """
    title, x, y, names, one = {
        "es": (
            "Velocidad según el tamaño del lote",
            "ventanas por lote",
            "velocidad (1 = de una en una)",
            {"given": "en el orden dado", "sorted": "ordenadas por longitud"},
            "de una en una",
        ),
        "en": (
            "Speed against batch size",
            "windows in a batch",
            "speed (1 = one by one)",
            {"given": "in the given order", "sorted": "sorted by length"},
            "one by one",
        ),
    }[language]
    _, axes = new_axes(title, x, y)
    for name, color, style in (("sorted", DARK, "-o"), ("given", MIDDLE, "--s")):
        axes.plot(sizes, speeds[name], style, color=color, label=names[name])
    axes.axhline(1, color="black", linestyle=":", linewidth=1, label=one)
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.set_ylim(0, 1.15 * max(1, *speeds["given"], *speeds["sorted"]))
    axes.legend(fontsize=9, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))


def long_documents(words, windows, times, same, language="es"):
    """Windows and time of a question against the length of its document, and how many answers stay the same.

    Args:
        words: the mean length of n documents.
        windows: the mean number of windows a question.
        times: time a question, 1 for the shortest document.
        same: percent of answers that are those of the passage alone.
    """
    left_title, right_title, x, count, time, kept, fitted = {
        "es": (
            "Lo que cuesta",
            "Lo que queda",
            "palabras del documento",
            "ventanas",
            "tiempo (1 = el pasaje solo)",
            "la misma respuesta (%)",
            "recta por el origen y el último punto",
        ),
        "en": (
            "What it costs",
            "What is left",
            "words in the document",
            "windows",
            "time (1 = the passage alone)",
            "the same answer (%)",
            "line through the origin and the last point",
        ),
    }[language]
    _, (left, right) = new_panels(1, 2, size=(9.5, 3.4))
    left.plot(words, windows, "-o", color=DARK, label=count)
    left.plot(words, times, "--s", color=MIDDLE, label=time)
    left.plot([0, words[-1]], [0, windows[-1]], ":", color="black", linewidth=1, label=fitted)
    left.set_ylim(0, None)
    left.legend(fontsize=8, frameon=False, loc="upper left")
    right.plot(words, same, "-o", color=DARK)
    for place, value in zip(words, same, strict=True):
        right.annotate(f"{value:.0f}", (place, value), (0, -14), textcoords="offset points", ha="center", fontsize=9)
    right.set_ylim(0, 108)
    right.set_ylabel(kept)
    for axes, title in ((left, left_title), (right, right_title)):
        axes.set_title(title, loc="left", fontsize=11)
        axes.set_xlabel(x)
        axes.set_xlim(0, 1.05 * words[-1])
        axes.spines[["top", "right"]].set_visible(False)


def coverage_precision(curves, chosen, language="es"):
    """Precision of the answers given against the share of questions that get one, as the threshold moves.

    Args:
        curves: `{"validation": (coverage, precision), "test": (coverage, precision)}`, n percentages each.
        chosen: `{wanted precision: (coverage, precision)}`, percentages on the test set, points to mark.
    """
    title, x, y, names, line, point = {
        "es": (
            "Contestar más o acertar más",
            "cobertura (% de preguntas que reciben respuesta)",
            "precisión (% de respuestas exactas)",
            {"validation": "validación", "test": "prueba"},
            "lo pedido: {} %",
            "en prueba, con el umbral de {} %",
        ),
        "en": (
            "To answer more or to be right more often",
            "coverage (% of questions that get an answer)",
            "precision (% of exact answers)",
            {"validation": "validation", "test": "test"},
            "wanted: {}%",
            "on test, with the threshold of {}%",
        ),
    }[language]
    _, axes = new_axes(title, x, y, (8.5, 3.6))
    for name, color, style in (("validation", MIDDLE, "--"), ("test", DARK, "-")):
        axes.plot(*curves[name], style, color=color, label=names[name], linewidth=1.8)
    for (wanted, place), marker, dots in zip(chosen.items(), "sD^o", (":", "-.", "--", "-"), strict=False):
        axes.axhline(wanted, color="black", linestyle=dots, linewidth=0.8, label=line.format(f"{wanted:g}"))
        shape = {"color": "white", "markeredgecolor": "black", "markersize": 8, "zorder": 3}
        axes.plot(*place, marker, linestyle="", label=point.format(f"{wanted:g}"), **shape)
    axes.set(xlim=(0, 102), ylim=(0, 104))
    axes.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))


def row_ranges(ranges, language="es"):
    """The largest magnitude of each row of a weight matrix, in order, and that of the whole matrix."""
    title, x, y, names = {
        "es": (
            "Cada fila tiene su propio alcance",
            "filas de la matriz, ordenadas",
            "mayor magnitud",
            ("de la fila", "de la matriz entera"),
        ),
        "en": (
            "Each row has a range of its own",
            "rows of the matrix, in order",
            "largest magnitude",
            ("of the row", "of the whole matrix"),
        ),
    }[language]
    _, axes = new_axes(title, x, y)
    ordered = np.sort(np.asarray(ranges))
    axes.fill_between(np.arange(len(ordered)), ordered, color=LIGHT)
    axes.plot(ordered, color=DARK, linewidth=2, label=names[0])
    axes.axhline(ordered[-1], color=MIDDLE, linestyle="--", label=names[1])
    axes.set(xlim=(0, len(ordered) - 1), ylim=(0, 1.12 * ordered[-1]))
    axes.legend(fontsize=9, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))


def all_reduce(language="es"):
    """A diagram of one training step in two processes: what each one has, and what they exchange."""
    title, batch, halves, model, gradient, mean, step = {
        "es": (
            "Un paso en dos procesos",
            "lote de\n8 ventanas",
            "4 ventanas",
            "modelo\n(copia entera)",
            "gradiente\npropio",
            "all-reduce:\nmedia de los\ndos gradientes",
            "el mismo paso\nde AdamW",
        ),
        "en": (
            "One step in two processes",
            "a batch of\n8 windows",
            "4 windows",
            "model\n(whole copy)",
            "gradient\nof its own",
            "all-reduce:\nmean of the\ntwo gradients",
            "the same step\nof AdamW",
        ),
    }[language]
    process = {"es": "proceso {}", "en": "process {}"}[language]
    axes = _canvas(title, (10.5, 2.9))
    _box(axes, 0, 0, batch, 1.6, "white")
    _box(axes, 8.4, 0, mean, 1.6, MIDDLE, 2.4)
    for number, height in enumerate((0.75, -0.75)):
        axes.text(2.45, height + 0.5, process.format(number), fontsize=9, style="italic", ha="center")
        for place, name in ((2.45, halves), (4.4, model), (6.4, gradient), (10.5, step)):
            _box(axes, place, height, name, 1.3, LIGHT if place > 3 else "white")
        for start, end in ((3.15, 3.7), (5.1, 5.7)):
            _arrow(axes, (start, height), (end, height))
        _arrow(axes, (0.85, 0.2 * height), (1.75, height))
        _arrow(axes, (7.1, height), (7.55, height))
        _arrow(axes, (9.25, height), (9.8, height))
    axes.set(xlim=(-0.9, 11.3), ylim=(-1.35, 1.45))


def _canvas(title, size):
    _, axes = new_axes(title, size=size)
    axes.set_axis_off()
    return axes


def _box(axes, x, y, text, width, color, height=0.7):
    from matplotlib.patches import FancyBboxPatch

    corner = (x - width / 2, y - height / 2)
    style = {"boxstyle": "round,pad=0.03", "facecolor": color, "edgecolor": "black", "linewidth": 1}
    axes.add_patch(FancyBboxPatch(corner, width, height, **style))
    axes.text(x, y, text, ha="center", va="center", fontsize=9)


def _arrow(axes, start, end):
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": "black", "shrinkA": 0, "shrinkB": 0})
