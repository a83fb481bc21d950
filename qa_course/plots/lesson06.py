"""The figures of lesson 06: a first fine-tuning, on sentence pairs."""

from qa_course.plots.style import DARK, LIGHT, MIDDLE, new_axes, new_panels

_PROBES = {  # the kinds of pairs, each with the right answer
    "es": {
        "translation": "traducción (sí)",
        "other question": "otra pregunta (no)",
        "paraphrase en": "paráfrasis en inglés (sí)",
        "paraphrase es": "paráfrasis en español (sí)",
        "roles reversed": "papeles cambiados (no)",
        "negation": "negación (no)",
        "number": "otro número (no)",
        "question word": "otra interrogativa (no)",
        "word order": "palabras barajadas",
    },
    "en": {
        "translation": "translation (yes)",
        "other question": "other question (no)",
        "paraphrase en": "English paraphrase (yes)",
        "paraphrase es": "Spanish paraphrase (yes)",
        "roles reversed": "roles reversed (no)",
        "negation": "negation (no)",
        "number": "other number (no)",
        "question word": "other question word (no)",
        "word order": "words shuffled",
    },
}


def pair_lengths(lengths, max_length, language="es"):
    """A histogram of tokens a pair, with a line at the fixed length that they would be padded to."""
    words = {
        "es": ("Los pares son cortos", "tokens del par", "pares", f"longitud fija: {max_length}"),
        "en": ("The pairs are short", "tokens of the pair", "pairs", f"fixed length: {max_length}"),
    }[language]
    _, axes = new_axes(*words[:3], size=(7, 2.8))
    edges = range(min(lengths), max(lengths) + 2)
    axes.hist(lengths, bins=edges, color=DARK, edgecolor="white", linewidth=0.5)
    axes.axvline(max_length, color=MIDDLE, linestyle="--", label=words[3])
    axes.set_xlim(0, 1.05 * max_length)
    axes.legend(frameon=False, loc="upper center")


def padding_costs(real, paid, seconds, language="es"):
    """Left, the tokens of an epoch, real ones and padding; right, the seconds of the same pairs, measured.

    `real` counts the real tokens; `paid` is `{"fixed", "random", "grouped": tokens}`, of all; `seconds` has the
    same keys, each with the seconds of every round.
    """
    titles = {
        "es": ("Tokens de una época", "Tiempo de los mismos pares", "miles de tokens", "segundos"),
        "en": ("Tokens of an epoch", "Time of the same pairs", "thousands of tokens", "seconds"),
    }[language]
    labels = {
        "es": ("de verdad", "relleno", "mediana", "una ronda"),
        "en": ("real", "padding", "median", "one round"),
    }[language]
    names = {
        "es": {"fixed": "longitud fija", "random": "por lote", "grouped": "por lote y\nagrupados"},
        "en": {"fixed": "fixed length", "random": "by batch", "grouped": "by batch,\ngrouped"},
    }[language]
    figure, (left, right) = new_panels(1, 2, size=(8, 3), sharey=True)
    rows = [names[name] for name in paid]
    left.barh(rows, [real / 1000] * len(paid), color=DARK, edgecolor=DARK, label=labels[0])
    filled = [(total - real) / 1000 for total in paid.values()]
    style = {"color": LIGHT, "hatch": "//", "edgecolor": DARK}
    bars = left.barh(rows, filled, left=[real / 1000] * len(paid), label=labels[1], **style)
    left.bar_label(bars, [f"{100 * (total - real) / total:.0f} %" for total in paid.values()], padding=4, fontsize=9)
    left.set_xlim(right=1.15 * max(paid.values()) / 1000)
    medians = [sorted(seconds[name])[len(seconds[name]) // 2] for name in paid]
    right.barh(rows, medians, color=LIGHT, edgecolor=DARK, label=labels[2])
    for row, name in zip(rows, paid, strict=True):
        dots = {"color": MIDDLE, "markeredgecolor": "black", "label": labels[3] if row == rows[0] else None}
        right.plot(seconds[name], [row] * len(seconds[name]), "o", **dots)
    right.set_xlim(left=0)
    for axes, title, label in ((left, titles[0], titles[2]), (right, titles[1], titles[3])):
        axes.set_title(title, loc="left", fontsize=11)
        axes.set_xlabel(label)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
    left.invert_yaxis()


def similarity_histogram(similarities, labels, threshold=None, language="es"):
    """Cosine similarities of n pairs, those of label 1 and of label 0 apart, and a threshold."""
    import numpy as np

    words = {
        "es": ("Similitud de los dos embeddings", "similitud del coseno", "pares"),
        "en": ("Similarity of the two embeddings", "cosine similarity", "pairs"),
    }[language]
    names = {"es": ("distinta (0)", "misma (1)", "umbral"), "en": ("different (0)", "same (1)", "threshold")}[language]
    _, axes = new_axes(*words, size=(7, 2.8))
    similarities, labels = np.asarray(similarities), np.asarray(labels)
    edges = np.linspace(similarities.min(), similarities.max(), 40)
    axes.hist(similarities[labels == 0], edges, color=LIGHT, hatch="//", edgecolor=DARK, label=names[0])
    axes.hist(similarities[labels == 1], edges, color=DARK, alpha=0.75, label=names[1])
    if threshold is not None:
        axes.axvline(threshold, color=MIDDLE, linestyle="--", label=names[2])
    axes.legend(frameon=False, loc="upper left")


def pair_curves(history, baseline, language="es"):
    """Losses, and validation accuracy and F1, against epochs; `baseline` is an accuracy (0 to 1) to beat.

    `history` is what a Trainer logged: dicts with `epoch` and `loss`, or `epoch, eval_loss, eval_accuracy, eval_f1`.
    """
    words = {
        "es": ("Pérdida", "Validación", "época", "pérdida (nats)", "fracción"),
        "en": ("Loss", "Validation", "epoch", "loss (nats)", "fraction"),
    }[language]
    names = {
        "es": ("entrenamiento", "validación", "exactitud", "F1", "exactitud del coseno"),
        "en": ("training", "validation", "accuracy", "F1", "accuracy of the cosine"),
    }[language]
    _, (left, right) = new_panels(1, 2, size=(8, 3.2))
    loss = [(entry["epoch"], entry["loss"]) for entry in history if "loss" in entry]
    left.plot(*zip(*loss, strict=True), color=LIGHT, linewidth=2.5, label=names[0])
    for axes, key, style, colour, name in (
        (left, "eval_loss", "-o", DARK, names[1]),
        (right, "eval_accuracy", "-o", DARK, names[2]),
        (right, "eval_f1", "--s", MIDDLE, names[3]),
    ):
        points = [(entry["epoch"], entry[key]) for entry in history if key in entry]
        axes.plot(*zip(*points, strict=True), style, color=colour, label=name)
    right.axhline(baseline, color="black", linestyle=":", label=names[4])
    left.set_ylim(bottom=0)
    right.set_ylim(0, 1.03)
    for axes, title, label in ((left, words[0], words[3]), (right, words[1], words[4])):
        axes.set_title(title, loc="left", fontsize=11)
        axes.set_xlabel(words[2])
        axes.set_ylabel(label)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, loc="upper right" if axes is left else "lower right")


def confusion_matrices(matrices, language="es"):
    """One square table a model: rows the true label, columns what it said, in pairs and percent of the row.

    `matrices` is `{"cosine" or "fine-tuned": 2 rows of 2 counts}`, label 1 first.
    """
    words = {"es": ("respuesta", "verdad"), "en": ("said", "true")}[language]
    titles = {
        "es": {"cosine": "Coseno y umbral", "fine-tuned": "Modelo ajustado"},
        "en": {"cosine": "Cosine and threshold", "fine-tuned": "Fine-tuned model"},
    }[language]
    names = {"es": ("misma", "distinta"), "en": ("same", "different")}[language]
    _, places = new_panels(1, len(matrices), size=(3.6 * len(matrices), 3.2), squeeze=False)
    for axes, (model, counts) in zip(places[0], matrices.items(), strict=True):
        shares = [[100 * count / max(1, sum(row)) for count in row] for row in counts]
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=100)
        for i, row in enumerate(counts):
            for j, count in enumerate(row):
                colour = "white" if shares[i][j] > 55 else "black"
                text = f"{count}\n({shares[i][j]:.1f} %)"
                axes.text(j, i, text, ha="center", va="center", color=colour, fontsize=12)
        axes.set_xticks((0, 1), names)
        axes.set_yticks((0, 1), names, rotation=90, va="center")
        axes.set_xlabel(words[0])
        axes.set_ylabel(words[1])
        axes.set_title(titles[model], loc="left", fontsize=11)


def probe_rates(rates, language="es"):
    """Percent of the pairs of each kind that two judges call the same question.

    `rates` is `{kind: (cosine, fine-tuned)}`, percent; beside each kind stands what would be right.
    """
    words = {
        "es": ("¿La misma pregunta?", "pares a los que dice «misma» (%)"),
        "en": ("The same question?", 'pairs called "same" (%)'),
    }[language]
    judges = {"es": ("coseno", "modelo ajustado"), "en": ("cosine", "fine-tuned model")}[language]
    names = _PROBES[language]
    figure, axes = new_axes(*words, size=(7.5, 0.5 * len(rates) + 1.3))
    for judge, shift, colour, hatch in ((0, -0.2, LIGHT, "//"), (1, 0.2, DARK, "")):
        places = [row + shift for row in range(len(rates))]
        widths = [rate[judge] for rate in rates.values()]
        bars = axes.barh(places, widths, 0.38, color=colour, hatch=hatch, edgecolor=DARK, label=judges[judge])
        axes.bar_label(bars, fmt="%.3g", padding=3, fontsize=8)
    axes.set_yticks(range(len(rates)), [names[kind] for kind in rates])
    axes.set_xlim(0, 108)
    axes.invert_yaxis()
    figure.legend(frameon=False, ncols=2, loc="outside lower center")
