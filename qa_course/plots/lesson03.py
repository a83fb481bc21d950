"""The figures of lesson 03: exploring the corpus."""

from qa_course.plots.style import DARK, HATCHES, LIGHT, MIDDLE, new_axes, new_panels

_LANGUAGES = {"es": {"es": "español", "en": "inglés"}, "en": {"es": "Spanish", "en": "English"}}
_STYLES = {"en": {"color": DARK, "hatch": ""}, "es": {"color": LIGHT, "hatch": "//"}}  # by the language counted


def length_histograms(lengths, language="es"):
    """Histograms of lengths in words, a panel a kind of text, English and Spanish in outline.

    `lengths` is `{"context" | "question" | "answer": {"en": numbers, "es": numbers}}`.
    """
    import numpy as np

    titles, x, y = {
        "es": ({"context": "Pasajes", "question": "Preguntas", "answer": "Respuestas"}, "palabras", "por ciento"),
        "en": ({"context": "Passages", "question": "Questions", "answer": "Answers"}, "words", "percent"),
    }[language]
    _, panels = new_panels(1, len(lengths), size=(9, 3))
    for axes, (name, counted) in zip(panels, lengths.items(), strict=True):
        low, high = min(map(min, counted.values())), max(map(max, counted.values()))
        step = 5 if high > 60 else 1
        edges = np.arange(low, high + step + 1, step) - 0.5
        for code, color, line in (("en", DARK, "-"), ("es", MIDDLE, "--")):
            values = np.asarray(counted[code])
            weights = np.full(len(values), 100 / len(values))
            style = {"histtype": "step", "color": color, "linestyle": line, "linewidth": 1.6}
            axes.hist(values, edges, weights=weights, label=_LANGUAGES[language][code], **style)
        axes.set_title(titles[name], loc="left", fontsize=11)
        axes.set_xlabel(x)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel(y)
    panels[-1].legend(frameon=False)


def question_kinds(shares, language="es"):
    """Bars of what is asked, `{"en": {kind: percent}, "es": {kind: percent}}`, one pair a kind."""
    title, x, names = {
        "es": (
            "Qué se pregunta",
            "por ciento de las preguntas",
            {
                "thing": "cosa (qué, cuál)",
                "time": "tiempo (cuándo, qué año)",
                "person": "persona (quién)",
                "number": "número (cuánto)",
                "reason": "razón (por qué)",
                "place": "lugar (dónde)",
                "manner": "modo (cómo)",
                "other": "otras",
            },
        ),
        "en": (
            "What is asked",
            "percent of the questions",
            {
                "thing": "thing (what, which)",
                "time": "time (when, what year)",
                "person": "person (who)",
                "number": "number (how many)",
                "reason": "reason (why)",
                "place": "place (where)",
                "manner": "manner (how)",
                "other": "other",
            },
        ),
    }[language]
    names = {kind: name for kind, name in names.items() if any(kind in counted for counted in shares.values())}
    _, axes = new_axes(title, x, size=(7, 3.6))
    for shift, code in ((-0.2, "en"), (0.2, "es")):
        places = [place + shift for place in range(len(names))]
        widths = [shares[code].get(name, 0) for name in names]
        axes.barh(places, widths, 0.38, edgecolor=DARK, label=_LANGUAGES[language][code], **_STYLES[code])
    axes.set_yticks(range(len(names)), list(names.values()))
    axes.invert_yaxis()
    axes.legend(frameon=False, loc="lower right")


def answer_positions(places, language="es"):
    """Where answers begin, `{"en": numbers, "es": numbers}` from 0 (first character) to 1, in tenths of the passage."""
    import numpy as np

    words = {
        "es": (
            "Dónde empieza la respuesta",
            "décima parte del pasaje",
            "por ciento de las respuestas",
            "reparto igual",
        ),
        "en": ("Where the answer begins", "tenth of the passage", "percent of the answers", "equal shares"),
    }[language]
    _, axes = new_axes(*words[:3])
    for shift, code in ((-0.2, "en"), (0.2, "es")):
        counts, _ = np.histogram(places[code], 10, (0, 1))
        heights = 100 * counts / counts.sum()
        style = _STYLES[code] | {"edgecolor": DARK, "label": _LANGUAGES[language][code]}
        axes.bar(np.arange(1, 11) + shift, heights, 0.38, **style)
    axes.axhline(10, color="black", linestyle=":", label=words[3])
    axes.set_xticks(range(1, 11))
    axes.set(yticks=range(0, 16, 5), ylim=(0, 17))
    axes.legend(frameon=False, ncols=3, loc="upper center")


def places_named(counts, total, language="es"):
    """Bars of how many of `total` articles name a place, `{place: articles}`, most first."""
    words = {
        "es": ("Países y continentes que se nombran", f"artículos (de {total})"),
        "en": ("Countries and continents that are named", f"articles (of {total})"),
    }[language]
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    _, axes = new_axes(*words, size=(7, 0.22 * len(ranked) + 1))
    bars = axes.barh([name for name, _ in ranked], [count for _, count in ranked], color=LIGHT, edgecolor=DARK)
    axes.bar_label(bars, padding=3, fontsize=8)
    axes.invert_yaxis()


def split_marks(marks, language="es"):
    """F1 of two models on two exams, with intervals, as bars.

    `marks` is `{("article" | "row", "own" | "unseen"): (low, mean, high)}`, in points.
    """
    title, y, exams, models = {
        "es": (
            "La nota que da cada división",
            "F1 (puntos)",
            {"own": "su propia prueba", "unseen": "artículos que ninguno vio"},
            {"article": "dividido por artículo", "row": "dividido por fila"},
        ),
        "en": (
            "The mark that each split gives",
            "F1 (points)",
            {"own": "its own test", "unseen": "articles that neither saw"},
            {"article": "split by article", "row": "split by row"},
        ),
    }[language]
    _, axes = new_axes(title, "", y, size=(7, 3.4))
    styles = {"article": (-0.2, LIGHT, HATCHES[0]), "row": (0.2, MIDDLE, HATCHES[1])}
    for model, (shift, color, hatch) in styles.items():
        for group, exam in enumerate(exams):
            low, mean, high = marks[model, exam]
            style = {"color": color, "hatch": hatch, "edgecolor": DARK, "ecolor": "black", "capsize": 5}
            label = models[model] if group == 0 else None
            axes.bar(group + shift, mean, 0.38, yerr=[[mean - low], [high - mean]], label=label, **style)
            _write(axes, group + shift, mean)
    axes.set_xticks(range(len(exams)), list(exams.values()))
    axes.set_ylim(0, min(100, 1.3 * max(high for _, _, high in marks.values()) + 1))
    axes.legend(frameon=False, ncols=2, loc="upper center")


def leak_marks(marks, language="es"):
    """F1 of the model split by row, by what training held of a question, with intervals, as bars.

    `marks` is `{"twin" | "passage" | "unseen": (low, mean, high)}`, in points.
    """
    title, y, names = {
        "es": (
            "El modelo dividido por filas, según lo que ya había visto",
            "F1 (puntos)",
            {
                "twin": "la pregunta,\nen la otra lengua",
                "passage": "solo otras preguntas\ndel pasaje",
                "unseen": "nada",
            },
        ),
        "en": (
            "The model split by row, by what it had already seen",
            "F1 (points)",
            {
                "twin": "the question,\nin the other language",
                "passage": "only other questions\non the passage",
                "unseen": "nothing",
            },
        ),
    }[language]
    _, axes = new_axes(title, "", y, size=(7, 3.2))
    fills = {"twin": (MIDDLE, HATCHES[1]), "passage": (LIGHT, HATCHES[2]), "unseen": (LIGHT, HATCHES[0])}
    for place, (name, (color, hatch)) in enumerate(fills.items()):
        low, mean, high = marks[name]
        style = {"color": color, "hatch": hatch, "edgecolor": DARK, "ecolor": "black", "capsize": 5}
        axes.bar(place, mean, 0.6, yerr=[[mean - low], [high - mean]], **style)
        _write(axes, place, mean)
    axes.set_xticks(range(len(names)), list(names.values()))
    axes.set_ylim(bottom=0)


def _write(axes, place, mean):
    """The figure of a bar, at its foot, where no interval crosses it."""
    style = {"ha": "center", "fontsize": 10, "bbox": {"color": "white", "pad": 1.5}}
    axes.text(place, 0.05, f"{mean:.1f}", transform=axes.get_xaxis_transform(), **style)
