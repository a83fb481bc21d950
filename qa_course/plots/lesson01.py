"""The figures of lesson 01: inside a tokenizer."""

from qa_course.plots.style import DARK, LIGHT, MIDDLE, new_axes

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


def _decimal(value, places, language):
    return f"{value:.{places}f}".replace(".", "," if language == "es" else ".")


def token_boxes(text, tokens, offsets, language="es"):
    """A text, character by character over a ruler, and each token as a box below the characters it covers.

    `offsets` is a list of (start, end), end excluded; tokens of width 0 (special ones) are left out, and a token
    that shares a character with the one before it stands a row lower.
    """
    words = {
        "es": ("Cada token cubre caracteres del texto", "posición en el texto (caracteres)"),
        "en": ("Each token covers characters of the text", "position in the text (characters)"),
    }
    _, axes = new_axes(*words[language], size=(max(4, 0.27 * len(text)), 2.1))
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
    _, axes = new_axes(*words[language])
    for (name, values), colour, line, marker in zip(ratios.items(), (DARK, MIDDLE), ("-", "--"), "os", strict=True):
        axes.plot(sizes, values, line, color=colour, marker=marker, label=names[name])
    axes.set_xscale("log")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(lambda value, _: _decimal(value, 1, language))
    axes.legend(frameon=False)


def token_ratios(ratios, language="es"):
    """Bars of tokens per word, `{tokenizer: {"en": number, "es": number}}`, a group a tokenizer."""
    words = {
        "es": ("Los mismos pasajes, dos lenguas", "tokenizador", "tokens por palabra"),
        "en": ("The same passages, two languages", "tokenizer", "tokens per word"),
    }
    names = {"es": {"es": "español", "en": "inglés"}, "en": {"es": "Spanish", "en": "English"}}[language]
    _, axes = new_axes(*words[language])
    for shift, name, colour, hatch in ((-0.2, "en", DARK, ""), (0.2, "es", LIGHT, "//")):
        places = [group + shift for group in range(len(ratios))]
        heights = [ratio[name] for ratio in ratios.values()]
        bars = axes.bar(places, heights, 0.38, color=colour, hatch=hatch, edgecolor=DARK, label=names[name])
        axes.bar_label(bars, [_decimal(height, 2, language) for height in heights], fontsize=8, padding=2)
    axes.set_xticks(range(len(ratios)), list(ratios))
    axes.set_ylim(top=1.25 * max(max(ratio.values()) for ratio in ratios.values()))
    axes.yaxis.set_major_formatter(lambda value, _: _decimal(value, 1, language))
    axes.legend(frameon=False, ncols=2, loc="upper right")


def passage_tokens(english, spanish, language="es"):
    """One point a passage: its tokens in English against those in Spanish, and the line of equality."""
    words = {
        "es": ("Un punto por pasaje", "tokens en inglés", "tokens en español", "igual"),
        "en": ("One point per passage", "tokens in English", "tokens in Spanish", "equal"),
    }[language]
    _, axes = new_axes(*words[:3], size=(4.6, 4.2))
    ends = [0.9 * min(*english, *spanish), 1.05 * max(*english, *spanish)]
    axes.plot(ends, ends, "--", color=MIDDLE, label=words[3])
    axes.scatter(english, spanish, s=18, color=DARK)
    axes.set(xlim=ends, ylim=ends, aspect="equal")
    axes.legend(frameon=False)


def vocabulary_scripts(pieces, kept, language="es"):
    """Bars of thousands of pieces by script, those in `kept` (indices) apart from the others; rarer scripts as one."""
    import unicodedata
    from collections import Counter

    words = {
        "es": ("Las piezas del vocabulario, según su escritura", "miles de piezas", ("se quedan", "se van")),
        "en": ("The pieces of the vocabulary by script", "thousands of pieces", ("kept", "dropped")),
    }[language]
    counts, kept = (Counter(), Counter()), set(kept)
    for index, piece in enumerate(pieces):
        letter = next(filter(str.isalpha, piece), "")
        script = unicodedata.name(letter, "").partition(" ")[0] if letter else ""
        counts[index not in kept][script if script in _SCRIPTS else "other"] += 1
    order = sorted(_SCRIPTS, key=lambda script: (script != "other", counts[0][script] + counts[1][script]))
    labels = [_SCRIPTS[script][language] for script in order]
    _, axes = new_axes(words[0], words[1], size=(7, 3.4))
    left = [0] * len(order)
    for part, label, colour, hatch in zip(counts, words[2], (DARK, LIGHT), ("", "//"), strict=True):
        widths = [part[script] / 1000 for script in order]
        axes.barh(labels, widths, left=left, color=colour, hatch=hatch, edgecolor=DARK, label=label)
        left = widths
    axes.set_xlim(right=1.03 * max((counts[0] + counts[1]).values()) / 1000)
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
    _, axes = new_axes(words[0], words[1], size=(7, 2.6))
    labels = [names[name] for name in paid]
    filled = [(total - real) / 1000 for total in paid.values()]
    axes.barh(labels, [real / 1000] * len(paid), color=DARK, edgecolor=DARK, label=parts[0])
    left = [real / 1000] * len(paid)
    bars = axes.barh(labels, filled, left=left, color=LIGHT, hatch="//", edgecolor=DARK, label=parts[1])
    shares = [f"{_decimal(100 * (total - real) / total, 1, language)} %" for total in paid.values()]
    axes.bar_label(bars, shares, padding=4, fontsize=9)
    axes.set_xlim(right=1.15 * max(paid.values()) / 1000)
    axes.invert_yaxis()
    axes.legend(frameon=False, loc="lower right")
