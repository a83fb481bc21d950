"""Figures of the lessons: titles, axes and units in the reader's language, readable in greyscale."""

DARK, MIDDLE, LIGHT = "#20435c", "#d9822b", "#b9c6cf"  # three steps that differ in brightness too
HATCHES = ("", "//", "..", "xx")


def _axes(title, x="", y="", size=(7, 3.2), **options):
    """A figure with one labelled pair of axes."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=size, layout="constrained", **options)
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


# --- lesson 05: from logits to answers ---


def window_logits(tokens, start, end, inside, language="en", names=3):
    """Start and end logits of one window, a bar a token; the `names` highest of each are named.

    Args:
        tokens: n pieces of text.
        start, end: n logits each.
        inside: n booleans, whether the token belongs to the context.
    """
    import matplotlib.pyplot as plt
    import numpy as np

    text = {
        "es": ("Logits de inicio", "Logits de fin", "token (posición en la ventana)", "logit"),
        "en": ("Start logits", "End logits", "token (position in the window)", "logit"),
    }[language]
    groups = {"es": ("contexto", "pregunta y especiales"), "en": ("context", "question and special tokens")}
    figure, panels = plt.subplots(2, 1, figsize=(9, 5), sharex=True, layout="constrained")
    inside, places = np.asarray(inside, dtype=bool), np.arange(len(tokens))
    for axes, logits, title in zip(panels, (start, end), text, strict=False):
        logits = np.asarray(logits)
        for mask, color, hatch, label in zip(
            (inside, ~inside), (DARK, MIDDLE), ("", "////"), groups[language], strict=True
        ):
            axes.bar(places[mask], logits[mask], width=0.9, color=color, hatch=hatch, label=label, zorder=2)
        for place in np.argsort(-logits)[:names]:
            name, where = f"{place}: {tokens[place].strip('▁') or '▁'}", (place, max(logits[place], 0))
            side = "right" if place > 0.85 * len(tokens) else "left"
            axes.annotate(name, where, (0, 3), textcoords="offset points", fontsize=8, ha=side)
        axes.margins(x=0.01, y=0.15)
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
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 5.2), layout="constrained")
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
    _, axes = _axes(title, x, y)
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
    _, axes = _axes(title, x, "F1 (%)")
    styles = ((DARK, "-", 2.2), (MIDDLE, "--", 1.5), ("black", ":", 1.5))
    names = ("f1", "answerable_f1", "unanswerable_f1")
    for name, label, (color, line, width) in zip(names, labels, styles, strict=True):
        axes.plot(thresholds, curves[name], color=color, linestyle=line, linewidth=width, label=label)
    if chosen is not None:
        axes.axvline(chosen, color="grey", linewidth=1, label=mark)
    axes.set_ylim(-3, 103)
    axes.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))


# --- lesson 04: windows and labels ---


def tokens_over_text(text, offsets, start, end, language="en"):
    """A short text, a character a column, and its tokens as boxes; the answer and what touches it are marked.

    Args:
        text: some sixty characters at most.
        offsets: n pairs, the characters `[first, last)` of each token.
        start, end: the answer's characters `[start, end)`.
    """
    import matplotlib.pyplot as plt

    title, x, rows, labels = {
        "es": (
            "Los tokens que tocan la respuesta",
            "carácter del texto",
            ("texto", "tokens"),
            ("carácter de la respuesta", "token que la toca", "otro token"),
        ),
        "en": (
            "The tokens that touch the answer",
            "character of the text",
            ("text", "tokens"),
            ("character of the answer", "token that touches it", "other token"),
        ),
    }[language]
    _, axes = _axes(title, x, size=(0.24 * len(text) + 1.6, 2.3))
    style = {"edgecolor": "black", "linewidth": 0.8}
    fills = {"facecolor": MIDDLE, "hatch": "//"}, {"facecolor": DARK}, {"facecolor": LIGHT}
    axes.add_patch(plt.Rectangle((start, 1.1), end - start, 0.8, **fills[0], **style, alpha=0.55))
    for place, character in enumerate(text):
        axes.text(place + 0.5, 1.5, character, ha="center", va="center", family="monospace", fontsize=11)
    for first, last in offsets:
        touches = first < end and last > start
        axes.add_patch(plt.Rectangle((first, 0.15), last - first, 0.7, **fills[1 if touches else 2], **style))
        written = {"ha": "center", "va": "center", "color": "white" if touches else "black", "fontsize": 9}
        axes.text((first + last) / 2, 0.5, text[first:last], **written)
    for edge in (start, end):
        axes.plot([edge, edge], [0, 2], color="black", linestyle=":", linewidth=1.5)
    axes.set(xlim=(0, len(text)), ylim=(0, 2))
    axes.set_xticks(range(0, len(text), 5))
    axes.set_yticks([1.5, 0.5], rows)
    patches = [plt.Rectangle((0, 0), 1, 1, **fill, **style) for fill in fills]
    place = {"loc": "upper left", "bbox_to_anchor": (0, -0.35), "ncols": 3}
    axes.legend(patches, labels, fontsize=8, frameon=False, **place)


def passage_windows(ranges, answer, language="en"):
    """The overlapping windows of one passage as bars over its characters, by what they hold of the answer.

    Args:
        ranges: for each window the characters `(first, last)` of the passage that it holds.
        answer: the answer's characters `(start, end)`.
    """
    import matplotlib.pyplot as plt

    title, x, y, labels = {
        "es": (
            "Ventanas de un pasaje y su respuesta",
            "carácter del pasaje",
            "ventana",
            ("tiene la respuesta entera", "la corta: [CLS]", "no la tiene: [CLS]"),
        ),
        "en": (
            "The windows of a passage and its answer",
            "character of the passage",
            "window",
            ("holds the whole answer", "cuts it: [CLS]", "does not hold it: [CLS]"),
        ),
    }[language]
    _, axes = _axes(title, x, y, size=(8, 0.42 * len(ranges) + 1.5))
    start, end = answer
    border = {"edgecolor": "black", "linewidth": 0.6}
    fills = {"facecolor": DARK}, {"facecolor": MIDDLE, "hatch": "///"}, {"facecolor": LIGHT}
    for window, (first, last) in enumerate(ranges):
        kind = 0 if first <= start and last >= end else 1 if first < end and last > start else 2
        axes.barh(window, last - first, 0.62, first, **fills[kind], **border)
    axes.axvspan(start, end, facecolor="0.92", zorder=0)
    axes.axvspan(start, end, facecolor="none", edgecolor="black", linestyle="--", linewidth=1.2, zorder=3)
    axes.set_yticks(range(len(ranges)))
    axes.invert_yaxis()
    axes.margins(x=0.01)
    patches = [plt.Rectangle((0, 0), 1, 1, **fill, **border) for fill in fills]
    axes.legend(patches, labels, fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))


def windows_by_stride(strides, made, lost, language="en"):
    """Windows of a corpus and answers that no window holds whole, against the stride, a line a `max_length`.

    Args:
        strides: n numbers of tokens, ascending.
        made: `{max_length: n numbers of windows}`.
        lost: `{max_length: n numbers of answers}`.
    """
    import matplotlib.pyplot as plt

    titles, x, legend = {
        "es": (("Ventanas del corpus", "Respuestas perdidas"), "solapamiento (tokens)", "max_length"),
        "en": (("Windows of the corpus", "Lost answers"), "stride (tokens)", "max_length"),
    }[language]
    units = {"es": ("ventanas", "respuestas"), "en": ("windows", "answers")}[language]
    figure, panels = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    styles = ((DARK, "-", "o"), (MIDDLE, "--", "s"), ("black", ":", "^"), ("grey", "-.", "D"))
    for axes, values, title, unit in zip(panels, (made, lost), titles, units, strict=True):
        for (size, line), (color, dashes, marker) in zip(values.items(), styles, strict=False):
            axes.plot(strides, line, color=color, linestyle=dashes, marker=marker, markersize=5, label=size)
        axes.set_title(title, loc="left", fontsize=11)
        axes.set_xlabel(x)
        axes.set_ylabel(unit)
        axes.set_xticks(strides)
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
    panels[1].legend(title=legend, fontsize=8, title_fontsize=8, frameon=False)


# --- lesson 01: inside a tokenizer ---

_SCRIPTS = {
    "LATIN": {"es": "latina", "en": "Latin"},
    "CYRILLIC": {"es": "cirílica", "en": "Cyrillic"},
    "CJK": {"es": "china", "en": "Chinese"},
    "ARABIC": {"es": "árabe", "en": "Arabic"},
    "DEVANAGARI": {"es": "devanagari", "en": "Devanagari"},
    "HANGUL": {"es": "coreana", "en": "Korean"},
    "GREEK": {"es": "griega", "en": "Greek"},
    "HEBREW": {"es": "hebrea", "en": "Hebrew"},
    "": {"es": "sin letras", "en": "no letters"},
    "other": {"es": "las demás", "en": "all others"},
}


def token_boxes(text, tokens, offsets, language="es"):
    """A text, character by character over a ruler, and each token as a box below the characters it covers.

    `offsets` is a list of (start, end), end excluded; tokens of width 0 (special ones) are left out, and a token
    that shares a character with the one before it stands a row lower.
    """
    words = {
        "es": ("Cada token cubre caracteres del texto", "posición en el texto (caracteres)"),
        "en": ("Each token covers characters of the text", "position in the text (characters)"),
    }
    _, axes = _axes(*words[language], size=(max(4, 0.27 * len(text)), 2.1))
    for position, char in enumerate(text):
        axes.text(position + 0.5, 1.5, char, ha="center", va="center", family="monospace", fontsize=13)
    wide = [(token, start, end) for token, (start, end) in zip(tokens, offsets, strict=True) if end > start]
    bottom, last = 0, 0
    for number, (token, start, end) in enumerate(wide):
        row, last = (-1 if start < last else 0), end
        bottom = min(bottom, row)
        style = {"facecolor": LIGHT if number % 2 else "white", "edgecolor": DARK}
        axes.broken_barh([(start + 0.05, end - start - 0.1)], (row + 0.1, 0.8), **style)
        size = min(10, 17 * (end - start) / len(token))
        axes.text((start + end) / 2, row + 0.5, token, ha="center", va="center", fontsize=size)
    axes.set(xlim=(0, len(text)), ylim=(bottom, 2), xticks=range(0, len(text) + 1, 2), yticks=[])
    axes.spines["left"].set_visible(False)


def vocabulary_curve(sizes, ratios, language="es"):
    """Tokens per word, `{"en": n numbers, "es": n numbers}`, against n sizes of the vocabulary."""
    words = {
        "es": ("Más vocabulario, secuencias más cortas", "piezas del vocabulario", "tokens por palabra"),
        "en": ("A larger vocabulary, shorter sequences", "pieces in the vocabulary", "tokens per word"),
    }
    names = {"es": {"es": "español", "en": "inglés"}, "en": {"es": "Spanish", "en": "English"}}[language]
    _, axes = _axes(*words[language])
    for (name, values), colour, line, marker in zip(ratios.items(), (DARK, MIDDLE), ("-", "--"), "os", strict=True):
        axes.plot(sizes, values, line, color=colour, marker=marker, label=names[name])
    axes.set_xscale("log")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)


def token_ratios(ratios, language="es"):
    """Bars of tokens per word, `{tokenizer: {"en": number, "es": number}}`, a group a tokenizer."""
    words = {
        "es": ("Los mismos pasajes, dos lenguas", "tokenizador", "tokens por palabra"),
        "en": ("The same passages, two languages", "tokenizer", "tokens per word"),
    }
    names = {"es": {"es": "español", "en": "inglés"}, "en": {"es": "Spanish", "en": "English"}}[language]
    _, axes = _axes(*words[language])
    for shift, name, colour, hatch in ((-0.2, "en", DARK, ""), (0.2, "es", LIGHT, "//")):
        places = [group + shift for group in range(len(ratios))]
        heights = [ratio[name] for ratio in ratios.values()]
        bars = axes.bar(places, heights, 0.38, color=colour, hatch=hatch, edgecolor=DARK, label=names[name])
        axes.bar_label(bars, fmt="%.2f", fontsize=8, padding=2)
    axes.set_xticks(range(len(ratios)), list(ratios))
    axes.set_ylim(top=1.25 * max(max(ratio.values()) for ratio in ratios.values()))
    axes.legend(frameon=False, ncols=2, loc="upper right")


def passage_tokens(english, spanish, language="es"):
    """One point a passage: its tokens in English against those in Spanish, and the line of equality."""
    words = {
        "es": ("Un punto por pasaje", "tokens en inglés", "tokens en español", "igual"),
        "en": ("One point per passage", "tokens in English", "tokens in Spanish", "equal"),
    }[language]
    _, axes = _axes(*words[:3], size=(4.6, 4.2))
    ends = [0.9 * min(*english, *spanish), 1.05 * max(*english, *spanish)]
    axes.plot(ends, ends, "--", color=MIDDLE, label=words[3])
    axes.scatter(english, spanish, s=18, color=DARK)
    axes.set(xlim=ends, ylim=ends, aspect="equal")
    axes.legend(frameon=False)


def vocabulary_scripts(pieces, kept, language="es"):
    """Bars of pieces by script, those in `kept` (indices) apart from the others; rarer scripts as one."""
    import unicodedata
    from collections import Counter

    words = {
        "es": ("Las piezas del vocabulario, según su escritura", "piezas", ("se quedan", "se van")),
        "en": ("The pieces of the vocabulary by script", "pieces", ("kept", "dropped")),
    }[language]
    counts, kept = (Counter(), Counter()), set(kept)
    for index, piece in enumerate(pieces):
        letter = next(filter(str.isalpha, piece), "")
        script = unicodedata.name(letter, "").partition(" ")[0] if letter else ""
        counts[index not in kept][script if script in _SCRIPTS else "other"] += 1
    order = sorted(_SCRIPTS, key=lambda script: counts[0][script] + counts[1][script])
    labels = [_SCRIPTS[script][language] for script in order]
    _, axes = _axes(words[0], words[1], size=(7, 3.4))
    left = [0] * len(order)
    for part, label, colour, hatch in zip(counts, words[2], (DARK, LIGHT), ("", "//"), strict=True):
        widths = [part[script] for script in order]
        axes.barh(labels, widths, left=left, color=colour, hatch=hatch, edgecolor=DARK, label=label)
        left = widths
    axes.legend(frameon=False, loc="lower right")


def padding_bill(real, paid, max_length, language="es"):
    """Bars of the tokens of an epoch, real ones and padding apart.

    `real` is the number of real tokens; `paid`, `{"max_length", "random", "grouped": tokens}`, of all.
    """
    words = {
        "es": ("Tokens de una época, según cómo se formen los lotes", "miles de tokens"),
        "en": ("Tokens of an epoch, by how batches are made", "thousands of tokens"),
    }[language]
    parts = {"es": ("de verdad", "relleno"), "en": ("real", "padding")}[language]
    names = {
        "es": {"max_length": f"todo hasta {max_length}", "random": "al azar", "grouped": "por longitud"},
        "en": {"max_length": f"all to {max_length}", "random": "random", "grouped": "by length"},
    }[language]
    _, axes = _axes(words[0], words[1], size=(7, 2.6))
    labels = [names[name] for name in paid]
    filled = [(total - real) / 1000 for total in paid.values()]
    axes.barh(labels, [real / 1000] * len(paid), color=DARK, edgecolor=DARK, label=parts[0])
    left = [real / 1000] * len(paid)
    bars = axes.barh(labels, filled, left=left, color=LIGHT, hatch="//", edgecolor=DARK, label=parts[1])
    shares = [f"{100 * (total - real) / total:.1f} %" for total in paid.values()]
    axes.bar_label(bars, shares, padding=4, fontsize=9)
    axes.set_xlim(right=1.15 * max(paid.values()) / 1000)
    axes.invert_yaxis()
    axes.legend(frameon=False, loc="lower right")


def learning_curves(history, language="es"):
    """Training loss and validation F1 by language against epochs, from what a Trainer logged.

    `history` is a list of dicts with `epoch` and `loss`, or `epoch` and `eval_f1_en`, `eval_f1_es`.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    words = {
        "es": ("Pérdida de entrenamiento", "F1 en validación", "época", "pérdida (nats)", "F1 (puntos)"),
        "en": ("Training loss", "Validation F1", "epoch", "loss (nats)", "F1 (points)"),
    }[language]
    names = {"es": {"es": "español", "en": "inglés"}, "en": {"es": "Spanish", "en": "English"}}[language]
    _, (left, right) = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    for axes, title, label in ((left, words[0], words[3]), (right, words[1], words[4])):
        axes.set_title(title, loc="left", fontsize=11)
        axes.set_xlabel(words[2])
        axes.set_ylabel(label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.spines[["top", "right"]].set_visible(False)
    points = [(entry["epoch"], entry["loss"]) for entry in history if "loss" in entry]
    left.plot(*zip(*points, strict=True), color=DARK)
    left.set_ylim(0, 1.1 * max(loss for _, loss in points))
    for code, colour, style in (("en", DARK, "-o"), ("es", MIDDLE, "--s")):
        scored = [(e["epoch"], e[f"eval_f1_{code}"]) for e in history if f"eval_f1_{code}" in e]
        if scored:
            right.plot(*zip(*scored, strict=True), style, color=colour, label=names[code])
    right.set_ylim(0, 100)
    right.legend(frameon=False)
    for axes in (left, right):
        axes.set_xlim(0, 1.03 * history[-1]["epoch"])


def resumed_run(whole, before, after, checkpoint, language="es"):
    """Loss by step of a run without a break, of one that broke off, and of its continuation.

    `whole`, `before`, `after` are `{step: loss}`; of `after`, the steps past `checkpoint` are shown.
    """
    words = {
        "es": ("El mismo entrenamiento, con corte y sin él", "paso", "pérdida (nats)"),
        "en": ("The same training run, with a break and without", "step", "loss (nats)"),
    }[language]
    names = {
        "es": ("sin cortes", "hasta el corte", "retomado", f"punto de control {checkpoint}"),
        "en": ("without a break", "up to the break", "resumed", f"checkpoint {checkpoint}"),
    }[language]
    figure, axes = _axes(*words)
    after = {step: loss for step, loss in after.items() if step > checkpoint}
    axes.plot(list(whole), list(whole.values()), color=LIGHT, linewidth=7, label=names[0])
    axes.plot(list(before), list(before.values()), "o", color=DARK, markersize=7, label=names[1])
    squares = {"color": MIDDLE, "markersize": 4, "markeredgecolor": "black"}
    axes.plot(list(after), list(after.values()), "s", **squares, label=names[2])
    axes.axvline(checkpoint, color=DARK, linestyle=":", label=names[3])
    figure.legend(frameon=False, ncols=4, loc="outside lower center")
