"""The figures of lesson 09: answers that are generated."""

import numpy as np

from qa_course.microworld import KIND_NAMES
from qa_course.plots.style import DARK, HATCHES, LIGHT, MIDDLE, new_axes, new_panels

ORIGINS = {
    "es": {
        "right": "correcta",
        "other person": "la del otro protagonista",
        "other attribute": "otro atributo",
        "passage": "otras palabras del pasaje",
        "made up": "no está en el pasaje",
    },
    "en": {
        "right": "right",
        "other person": "that of the other protagonist",
        "other attribute": "another attribute",
        "passage": "other words of the passage",
        "made up": "not in the passage",
    },
}


def architectures(language="es"):
    """Two ways from a question and a passage to an answer: an encoder with a span head, an encoder with a decoder."""
    words = {
        "es": {
            "titles": ("Extraer: dos logits por token", "Generar: un token tras otro"),
            "input": "pregunta y pasaje",
            "encoder": "codificador",
            "head": "cabeza de tramos",
            "decoder": "decodificador",
            "span": "inicio y fin →\ntrozo del pasaje",
            "next": "token siguiente,\nde todo el vocabulario",
            "so far": "lo escrito hasta ahora",
            "cross": "atención\ncruzada",
            "again": "se repite",
        },
        "en": {
            "titles": ("Extract: two logits a token", "Generate: one token after another"),
            "input": "question and passage",
            "encoder": "encoder",
            "head": "span head",
            "decoder": "decoder",
            "span": "start and end →\npiece of the passage",
            "next": "next token, of the\nwhole vocabulary",
            "so far": "what is written so far",
            "cross": "cross-\nattention",
            "again": "repeated",
        },
    }[language]
    _, (left, right) = new_panels(1, 2, size=(9, 3.6), width_ratios=(1, 2))

    def box(axes, x, y, text, colour="white", ink="black"):
        frame = {"boxstyle": "round,pad=0.5", "facecolor": colour, "edgecolor": DARK}
        axes.text(x, y, text, ha="center", va="center", color=ink, fontsize=9, bbox=frame)

    def arrow(axes, start, end, style="-", bend=0.0):
        look = {"arrowstyle": "->", "color": DARK, "linestyle": style, "connectionstyle": f"arc3,rad={bend}"}
        axes.annotate("", end, start, arrowprops=look)

    for axes, title in zip((left, right), words["titles"], strict=True):
        axes.set_title(title, loc="left", fontsize=11)
        axes.set_axis_off()
        axes.set_ylim(0, 4)
    left.set_xlim(0, 2)
    right.set_xlim(0, 4)
    for axes in (left, right):
        box(axes, 1, 0.5, words["input"])
        box(axes, 1, 1.6, words["encoder"], DARK, "white")
        arrow(axes, (1, 0.75), (1, 1.32))
    box(left, 1, 2.5, words["head"], LIGHT)
    box(left, 1, 3.5, words["span"])
    arrow(left, (1, 1.88), (1, 2.22))
    arrow(left, (1, 2.78), (1, 3.15))
    box(right, 3, 0.5, words["so far"])
    box(right, 3, 1.6, words["decoder"], MIDDLE)
    box(right, 3, 3.1, words["next"])
    arrow(right, (1.45, 1.6), (2.45, 1.6))
    right.text(1.95, 1.72, words["cross"], ha="center", va="bottom", fontsize=8)
    arrow(right, (3, 0.75), (3, 1.32))
    arrow(right, (3, 1.88), (3, 2.72))
    arrow(right, (3.62, 3.0), (3.62, 0.6), "--", -0.25)
    right.text(3.93, 1.95, words["again"], ha="center", va="center", rotation=270, fontsize=8)


def masked_losses(curves, language="es"):
    """The loss that two trainings report and the one that counts, by step.

    `curves`: `{"masked" or "unmasked": {"reported": [...], "answer": [...]}}`, nats, one number a step.
    """
    words = {
        "es": ("La pérdida que se anuncia", "La pérdida en los tokens de la respuesta", "paso", "pérdida (nats)"),
        "en": ("The loss that is reported", "The loss on the tokens of the answer", "step", "loss (nats)"),
    }[language]
    names = {
        "es": {"masked": "relleno con −100", "unmasked": "relleno como etiqueta"},
        "en": {"masked": "padding with −100", "unmasked": "padding as a label"},
    }[language]
    figure, axes = new_panels(1, 2, size=(8, 3.2), sharey=True)
    looks = {"masked": {"color": DARK}, "unmasked": {"color": MIDDLE, "linestyle": "--"}}
    for panel, title, what in zip(axes, words, ("reported", "answer"), strict=False):
        panel.set_title(title, loc="left", fontsize=11)
        panel.set_xlabel(words[2])
        panel.spines[["top", "right"]].set_visible(False)
        for name, curve in curves.items():
            label = names[name] if what == "reported" else None
            panel.plot(range(1, len(curve[what]) + 1), curve[what], linewidth=2, label=label, **looks[name])
    axes[0].set_ylabel(words[3])
    axes[0].set_ylim(0)
    figure.legend(frameon=False, ncols=2, loc="outside lower center")


def generation_curves(log, language="es"):
    """Losses, and the exact match of generated answers by language, against epochs; the best epoch is marked.

    `log`: a list of dicts with `epoch` and `loss`, or `epoch`, `eval_loss`, `eval_exact_match_en`, `_es`.
    """
    words = {
        "es": ("Pérdida", "EM en validación", "época", "pérdida (nats)", "EM (%)"),
        "en": ("Loss", "Validation EM", "epoch", "loss (nats)", "EM (%)"),
    }[language]
    names = {
        "es": ("entrenamiento", "validación", "menor pérdida en validación", "español", "inglés"),
        "en": ("training", "validation", "lowest validation loss", "Spanish", "English"),
    }[language]
    figure, axes = new_panels(1, 2, size=(8.5, 3.4))
    left, right = axes
    trained = [(entry["epoch"], entry["loss"]) for entry in log if "loss" in entry]
    tested = [entry for entry in log if "eval_loss" in entry]
    epochs = [entry["epoch"] for entry in tested]
    left.plot(*zip(*trained, strict=True), color=LIGHT, label=names[0])
    left.plot(epochs, [entry["eval_loss"] for entry in tested], "-o", color=DARK, label=names[1])
    for code, name, look in (("es", names[3], "--s"), ("en", names[4], "-o")):
        right.plot(epochs, [entry[f"eval_exact_match_{code}"] for entry in tested], look, label=name, color=DARK)
    right.lines[0].set_color(MIDDLE)
    right.set_ylim(0, 100)
    best = min(tested, key=lambda entry: entry["eval_loss"])["epoch"]
    for panel, title, label in ((left, words[0], words[3]), (right, words[1], words[4])):
        line = panel.axvline(best, color="grey", linestyle=":")
        panel.set_title(title, loc="left", fontsize=11)
        panel.set_xlabel(words[2])
        panel.set_ylabel(label)
        panel.set_xlim(0)
        panel.spines[["top", "right"]].set_visible(False)
        panel.xaxis.get_major_locator().set_params(integer=True)
    left.set_ylim(0)
    left.legend(frameon=False)
    right.legend(frameon=False, loc="upper left")
    figure.legend([line], [names[2]], frameon=False, loc="outside lower center")


def exact_by_kind(scores, protagonists=1, language="es"):
    """Exact match of several models by kind of question, as groups of bars.

    Args:
        scores: `{name of a model: {kind: percent}}`, at most four models.
        protagonists: 1 or 2 in a passage, for the title.
    """
    words = {
        "es": (f"Quién acierta qué: {('un protagonista', 'dos protagonistas')[protagonists - 1]}", "", "EM (%)"),
        "en": (f"Who gets what right: {('one protagonist', 'two protagonists')[protagonists - 1]}", "", "EM (%)"),
    }[language]
    kinds = list(next(iter(scores.values())))
    figure, axes = new_axes(*words, size=(8.5, 3.4))
    places, width = np.arange(len(kinds)), 0.8 / len(scores)
    for index, ((name, marks), colour) in enumerate(zip(scores.items(), (DARK, LIGHT, MIDDLE, "white"), strict=False)):
        shift = (index - (len(scores) - 1) / 2) * width
        label = {("es", "extractive"): "extractivo"}.get((language, name), name)
        look = {"color": colour, "edgecolor": "black", "hatch": HATCHES[index], "label": label}
        bars = axes.bar(places + shift, [marks[kind] for kind in kinds], width, **look)
        axes.bar_label(bars, fmt="%.0f", padding=2, fontsize=8)
    axes.set_xticks(places, [KIND_NAMES[language][kind].replace(" ", "\n", 1) for kind in kinds])
    axes.set_ylim(0, 108)
    figure.legend(frameon=False, ncols=len(scores), loc="outside lower center")


def answer_origins(shares, language="es"):
    """Where the answers to each kind of question come from, as bars that add up to 100 %.

    `shares`: `{kind of question: {origin: percent}}`.
    """
    words = {
        "es": ("Dos protagonistas: de dónde salen las respuestas", "respuestas (%)"),
        "en": ("Two protagonists: where the answers come from", "answers (%)"),
    }[language]
    figure, axes = new_axes(*words, size=(8.5, 1.4 + 0.45 * len(shares)))
    names, left = list(shares), np.zeros(len(shares))
    looks = zip(
        ORIGINS[language].items(), (DARK, MIDDLE, LIGHT, "white", "white"), ("", "//", "", "", "xx"), strict=True
    )
    for (origin, label), colour, hatch in looks:
        widths = np.array([shares[name].get(origin, 0.0) for name in names])
        bars = axes.barh(names, widths, left=left, color=colour, edgecolor="black", hatch=hatch, label=label)
        ink = "white" if origin == "right" else "black"
        box = {"facecolor": colour, "edgecolor": "none", "pad": 1}
        texts = [f"{width:.0f}" if width >= 6 else "" for width in widths]
        for text in axes.bar_label(bars, texts, label_type="center", color=ink, fontsize=9):
            if text.get_text():
                text.set_bbox(box)
        left = left + widths
    axes.set_yticks(range(len(names)), [KIND_NAMES[language].get(name, name) for name in names])
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    figure.legend(frameon=False, ncols=3, loc="outside lower center", fontsize=9)
