"""The figures of lesson 05: from logits to answers."""

from qa_course.plots.style import DARK, LIGHT, MIDDLE, new_axes, new_panels


def window_logits(tokens, start, end, inside, language="en", names=3):
    """Start and end logits of one window, a bar a token; the `names` highest of each are named.

    Args:
        tokens: n pieces of text.
        start, end: n logits each.
        inside: n booleans, whether the token belongs to the context.
    """
    import numpy as np

    text = {
        "es": ("Logits de inicio", "Logits de fin", "token (posición en la ventana)", "logit"),
        "en": ("Start logits", "End logits", "token (position in the window)", "logit"),
    }[language]
    groups = {"es": ("contexto", "pregunta y especiales"), "en": ("context", "question and special tokens")}
    figure, panels = new_panels(2, 1, size=(9, 5), sharex=True)
    inside, places = np.asarray(inside, dtype=bool), np.arange(len(tokens))
    for axes, logits, title in zip(panels, (start, end), text, strict=False):
        logits = np.asarray(logits)
        for mask, color, hatch, label in zip(
            (inside, ~inside), (DARK, MIDDLE), ("", "////"), groups[language], strict=True
        ):
            axes.bar(places[mask], logits[mask], width=0.9, color=color, hatch=hatch, label=label, zorder=2)
        before, row = -len(tokens), 0
        for place in sorted(np.argsort(-logits, kind="stable")[:names]):
            name, where = f"{place}: {tokens[place].strip('▁') or '▁'}", (place, max(logits[place], 0))
            row = row + 1 if place - before < 0.12 * len(tokens) else 0  # names of neighbours stand one above the other
            side = "right" if place > 0.85 * len(tokens) else "left"
            axes.annotate(name, where, (0, 3 + 11 * row), textcoords="offset points", fontsize=8, ha=side)
            before = place
        axes.margins(x=0.01, y=0.25)
        axes.set_title(title, loc="left", fontsize=11)
        axes.set_ylabel(text[3])
        axes.axhline(0, color="black", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].legend(fontsize=8, frameon=False, loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    panels[1].set_xlabel(text[2])


def span_scores(scores, valid, tokens, best, language="en", around=16):
    """Scores of the spans of one window as a map, start against end: the whole and the best span's corner.

    Args:
        scores: an array (n, n), row = start token, column = end token.
        valid: booleans (n, n); the other spans stay blank.
        tokens: n pieces of text.
        best: `(start, end)`, the span to frame.
        around: tokens on either side of the best span's middle in the corner.
    """
    import matplotlib.pyplot as plt
    import numpy as np

    title, corner, x, y, bar = {
        "es": ("Toda la ventana", "El mejor tramo, de cerca", "token final", "token inicial", "suma de logits"),
        "en": ("The whole window", "Around the best span", "end token", "start token", "sum of logits"),
    }[language]
    figure, (left, right) = new_panels(1, 2, size=(11, 5.2))
    shown = np.ma.masked_where(~np.asarray(valid, dtype=bool), scores)
    middle = sum(best) // 2
    first, last = max(0, middle - around), min(len(tokens), middle + around + 1)
    for axes, name in ((left, title), (right, corner)):
        axes.set_facecolor("white")
        image = axes.imshow(shown, cmap="cividis", interpolation="nearest")
        axes.set_title(name, loc="left", fontsize=11)
        axes.set_xlabel(x)
        axes.set_ylabel(y)
    side, line = last - first, {"fill": False, "edgecolor": "black"}
    left.add_patch(plt.Rectangle((first - 0.5, first - 0.5), side, side, linestyle=":", **line))
    right.add_patch(plt.Rectangle((best[1] - 0.5, best[0] - 0.5), 1, 1, linewidth=2, **line))
    right.set(xlim=(first - 0.5, last - 0.5), ylim=(last - 0.5, first - 0.5))
    names = [tokens[place].strip("▁") or "▁" for place in range(first, last)]
    right.set_xticks(range(first, last), names, rotation=90, fontsize=7)
    right.set_yticks(range(first, last), names, fontsize=7)
    figure.colorbar(image, ax=right, label=bar, shrink=0.8)


def window_scores(nulls, bests, language="en"):
    """Null score and best span's score in each window of one question, with the extremes of the null score."""
    import numpy as np

    title, x, y, labels = {
        "es": (
            "Una pregunta, varias ventanas",
            "ventana",
            "puntuación (logits)",
            ("mejor tramo", "nula", "mínimo de la nula", "máximo de la nula"),
        ),
        "en": (
            "One question, several windows",
            "window",
            "score (logits)",
            ("best span", "null", "minimum of null", "maximum of null"),
        ),
    }[language]
    _, axes = new_axes(title, x, y)
    places = np.arange(len(nulls))
    for shift, values, color, hatch, label in (
        (-0.19, bests, DARK, "", labels[0]),
        (0.19, nulls, LIGHT, "//", labels[1]),
    ):
        looks = {"color": color, "hatch": hatch, "edgecolor": "black"}
        bars = axes.bar(places + shift, values, 0.36, label=label, **looks)
        axes.bar_label(bars, fmt="%.1f", fontsize=8, padding=2)
    axes.axhline(min(nulls), color="black", linestyle="--", linewidth=1, label=labels[2])
    axes.axhline(max(nulls), color="black", linestyle=":", linewidth=1.5, label=labels[3])
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set_xticks(places, [str(place + 1) for place in places])
    axes.margins(y=0.15)
    axes.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))


def f1_by_threshold(thresholds, curves, chosen=None, language="en"):
    """F1 against the null threshold.

    Args:
        thresholds: n numbers, ascending.
        curves: `{"f1": ..., "answerable_f1": ..., "unanswerable_f1": ...}`, n percentages each.
        chosen: a threshold to mark, or None.
    """
    title, x, labels, mark = {
        "es": (
            "F1 según el umbral",
            "umbral (puntuación nula menos la del mejor tramo)",
            ("todas las preguntas", "con respuesta", "sin respuesta"),
            "umbral elegido",
        ),
        "en": (
            "F1 against the threshold",
            "threshold (null score minus the best span's)",
            ("all questions", "answerable", "unanswerable"),
            "chosen threshold",
        ),
    }[language]
    _, axes = new_axes(title, x, "F1 (%)")
    styles = ((DARK, "-", 2.2), (MIDDLE, "--", 1.5), ("black", ":", 1.5))
    names = ("f1", "answerable_f1", "unanswerable_f1")
    for name, label, (color, line, width) in zip(names, labels, styles, strict=True):
        axes.plot(thresholds, curves[name], color=color, linestyle=line, linewidth=width, label=label)
    if chosen is not None:
        axes.axvline(chosen, color="grey", linewidth=1, label=mark)
    axes.set_ylim(-3, 103)
    axes.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
