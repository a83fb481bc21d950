"""The figures of lesson 10: bias and limits."""

from qa_course.plots.style import DARK, HATCHES, LIGHT, MIDDLE, new_axes, new_panels


def word_associations(words, values, names, language="es"):
    """The association of each target word with the first attribute rather than the second, a bar a word.

    Args:
        words: n words of the first target group, then n of the second.
        values: 2n differences of mean cosines.
        names: `(first target, second target, first attribute, second attribute)`, in the reader's language.
    """
    title, x = {
        "es": ("{2} frente a {3}", "cercanía a {2} menos cercanía a {3} (milésimas de coseno)"),
        "en": ("{2} against {3}", "closeness to {2} minus closeness to {3} (thousandths of a cosine)"),
    }[language]
    half = len(words) // 2
    _, axes = new_axes(title.format(*names).capitalize(), x.format(*names), size=(7.5, 4.2))
    order = sorted(range(len(words)), key=lambda index: values[index])
    for target, colour, hatch in ((0, DARK, HATCHES[0]), (1, LIGHT, HATCHES[1])):
        places = [place for place, index in enumerate(order) if (index >= half) == target]
        lengths = [1000 * values[order[place]] for place in places]
        style = {"color": colour, "edgecolor": "black", "hatch": hatch, "linewidth": 0.5}
        axes.barh(places, lengths, label=names[target], **style)
    axes.legend(frameon=False, loc="lower right")
    axes.set_yticks(range(len(words)), [words[index] for index in order], fontsize=8)
    axes.axvline(0, color="black", linewidth=0.8)


def effect_sizes(rows, names, language="es"):
    """Effect sizes of association tests with what moves them: the carrier sentence and the choice of words.

    Args:
        rows: dicts of `test`, `language`, `d`, `low`, `high` (an interval over words), `carriers` (a d each).
        names: `{test: name}` in the reader's language.
    """
    words = {
        "es": ("Tamaño del efecto, con sus dos vaivenes", "d (desviaciones típicas)"),
        "en": ("Effect sizes and the two things that move them", "d (standard deviations)"),
    }[language]
    parts = {
        "es": ("todas las frases", "cada frase", "95 % al remuestrear palabras"),
        "en": ("all carriers", "each carrier", "95% over resampled words"),
    }[language]
    figure, axes = new_axes(words[0], words[1], size=(8, 4.2))
    for place, row in enumerate(reversed(rows)):
        label = parts if place == 0 else (None, None, None)
        axes.plot([row["low"], row["high"]], [place, place], color=LIGHT, linewidth=6, label=label[2], zorder=1)
        dots = {"color": MIDDLE, "marker": "|", "s": 90, "zorder": 2}
        axes.scatter(row["carriers"], [place] * len(row["carriers"]), label=label[1], **dots)
        axes.scatter([row["d"]], [place], color=DARK, s=45, label=label[0], zorder=3)
    ticks = [f"{names[row['test']]} · {row['language']}" for row in reversed(rows)]
    axes.set_yticks(range(len(rows)), ticks, fontsize=9)
    axes.axvline(0, color="black", linewidth=0.8, linestyle=":")
    figure.legend(frameon=False, ncols=3, loc="outside lower center")


def noun_leanings(groups, names, language="es"):
    """Where nouns lean between masculine and feminine words for people, a row a group.

    Args:
        groups: `{group: [(noun, leaning), ...]}`; a leaning is a difference of mean cosines, feminine positive.
        names: `{group: name}` in the reader's language.
    """
    title = {"es": "¿Hacia qué palabras se inclina cada sustantivo?", "en": "Which words does each noun lean towards?"}
    x = {
        "es": "← hombre, padre…   (milésimas de coseno)   mujer, madre… →",
        "en": "← man, father…   (thousandths of a cosine)   woman, mother… →",
    }
    mean = {"es": "media del grupo", "en": "mean of the group"}[language]
    _, axes = new_axes(title[language], x[language], size=(8, 4.6))
    for place, nouns in enumerate(reversed(groups.values())):
        values = [1000 * value for _, value in nouns]
        axes.scatter(values, [place] * len(values), color=LIGHT, edgecolor=DARK, s=38, zorder=2)
        middle = sum(values) / len(values)
        axes.plot([middle], [place], "D", color=MIDDLE, markeredgecolor="black", label=mean if not place else None)
        extremes = {min(nouns, key=lambda noun: noun[1]): "right", max(nouns, key=lambda noun: noun[1]): "left"}
        for (noun, value), side in extremes.items():
            shift = -6 if side == "right" else 6
            axes.annotate(noun, (1000 * value, place), (shift, 5), textcoords="offset points", ha=side, fontsize=8)
    axes.set_yticks(range(len(groups)), [names[group] for group in reversed(groups)], fontsize=9)
    axes.axvline(0, color="black", linewidth=0.8, linestyle=":")
    axes.margins(x=0.16, y=0.12)
    axes.legend(frameon=False, loc="upper right", bbox_to_anchor=(1, 1.1), fontsize=8)


def altered_questions(changes, silences, names, language="es"):
    """What altered questions cost, and how often the model is silent where it should be, with 95% intervals.

    Args:
        changes: dicts of `variant`, `language`, `change`, `low`, `high`: points of F1 against the clean question.
        silences: dicts of `variant`, `language`, `silent`, `low`, `high`: percent.
        names: `{variant: name}` in the reader's language.
    """
    words = {
        "es": ("Preguntas con respuesta", "cambio de F1 (puntos)", "Preguntas sin respuesta", "calla (%)"),
        "en": ("Questions with an answer", "change in F1 (points)", "Questions without an answer", "silent (%)"),
    }[language]
    codes = {"es": {"es": "español", "en": "inglés"}, "en": {"es": "Spanish", "en": "English"}}[language]
    figure, panels = new_panels(1, 2, size=(9.5, 3.6), width_ratios=(1.3, 1))
    for axes, rows, value in ((panels[0], changes, "change"), (panels[1], silences, "silent")):
        kinds = list(dict.fromkeys(row["variant"] for row in rows))[::-1]
        for code, colour, marker, shift in (("es", DARK, "o", 0.13), ("en", MIDDLE, "s", -0.13)):
            own = [row for row in rows if row["language"] == code]
            places = [kinds.index(row["variant"]) + shift for row in own]
            sides = [(row[value] - row["low"], row["high"] - row[value]) for row in own]
            reach = [[max(0, side) for side in ends] for ends in zip(*sides, strict=True)]  # 0 may come out as -1e-15
            style = {"fmt": marker, "color": colour, "markeredgecolor": "black", "capsize": 3, "label": codes[code]}
            axes.errorbar([row[value] for row in own], places, xerr=reach, **style)
        axes.set_yticks(range(len(kinds)), [names[kind] for kind in kinds], fontsize=9)
        axes.set_ylim(-0.6, len(kinds) - 0.4)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].axvline(0, color="black", linewidth=0.8, linestyle=":")
    panels[1].set_xlim(0, 103)
    for axes, title, label in ((panels[0], words[0], words[1]), (panels[1], words[2], words[3])):
        axes.set_title(title, loc="left", fontsize=11)
        axes.set_xlabel(label)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, ncols=2, loc="outside lower center")


def energies(rows, language="es"):
    """Energies on a logarithmic axis, each a bar from its low to its high estimate.

    Args:
        rows: dicts of `what` (a name in the reader's language), `low`, `high` (kWh).
    """
    words = {"es": ("Energía, en escala logarítmica", "kWh"), "en": ("Energy, on a logarithmic scale", "kWh")}[language]
    _, axes = new_axes(*words, size=(8, 2.6))
    for place, row in enumerate(reversed(rows)):
        low, high = row["low"], max(row["high"], 1.12 * row["low"])  # a single figure is a thin line
        axes.barh(place, high - low, left=low, color=DARK, height=0.5)
        ends = [low, row["high"]] if row["high"] > low else [low]
        spread = "–".join(f"{end:.2g}" if end < 100 else f"{end:.0f}" for end in ends)
        text = spread.replace(".", ",") if language == "es" else spread
        axes.annotate(text, (high, place), (5, 0), textcoords="offset points", va="center", fontsize=9)
    axes.set_yticks(range(len(rows)), [row["what"] for row in reversed(rows)])
    axes.set_xscale("log")
    axes.set_xlim(min(row["low"] for row in rows) / 4, max(row["high"] for row in rows) * 30)
