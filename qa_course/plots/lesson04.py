"""The figures of lesson 04: windows and labels."""

from qa_course.plots.style import DARK, LIGHT, MIDDLE, new_axes, new_panels


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
    _, axes = new_axes(title, x, size=(0.24 * len(text) + 1.6, 2.3))
    style = {"edgecolor": "black", "linewidth": 0.8}
    fills = {"facecolor": MIDDLE, "alpha": 0.55}, {"facecolor": DARK}, {"facecolor": LIGHT}
    axes.add_patch(plt.Rectangle((start, 1.1), end - start, 0.8, **fills[0], **style))
    for place, character in enumerate(text):
        axes.text(place + 0.5, 1.5, character, ha="center", va="center", family="monospace", fontsize=11)
    for first, last in offsets:
        touches = first < end and last > start
        axes.add_patch(plt.Rectangle((first, 0.15), last - first, 0.7, **fills[1 if touches else 2], **style))
        written = {"ha": "center", "va": "center", "color": "white" if touches else "black", "fontsize": 9}
        axes.text((first + last) / 2, 0.5, text[first:last], **written)
    for edge in (start, end):
        axes.plot([edge, edge], [0, 2], color="black", linestyle=":", linewidth=1.5)
        axes.plot([edge, edge], [0.2, 0.8], color="white", linestyle=":", linewidth=1.5)  # black is lost on DARK
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
    _, axes = new_axes(title, x, y, size=(8, 0.42 * len(ranges) + 1.5))
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
    """Windows of a set of questions and answers that no window holds whole, against the stride, a line a `max_length`.

    Args:
        strides: n numbers of tokens, ascending.
        made: `{max_length: n numbers of windows}`.
        lost: `{max_length: n numbers of answers}`.
    """
    titles, x, legend = {
        "es": (("Ventanas del conjunto", "Respuestas perdidas"), "solapamiento (tokens)", "max_length"),
        "en": (("Windows of the set", "Lost answers"), "stride (tokens)", "max_length"),
    }[language]
    units = {"es": ("ventanas", "respuestas"), "en": ("windows", "answers")}[language]
    figure, panels = new_panels(1, 2, size=(9, 3.4))
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
