"""The figures of lesson 02: inside the pipeline."""

from qa_course.plots.style import DARK, HATCHES, LIGHT, MIDDLE, new_axes, new_panels

_TOPICS = {
    "science": {"es": "ciencia", "en": "science"},
    "nature": {"es": "naturaleza", "en": "nature"},
    "arts": {"es": "arte", "en": "arts"},
    "society": {"es": "sociedad", "en": "society"},
    "places": {"es": "lugares", "en": "places"},
    "sport": {"es": "deporte", "en": "sport"},
}
_NAMES = {"es": {"es": "español", "en": "inglés"}, "en": {"es": "Spanish", "en": "English"}}
_WEIGHTS = {
    "pretrained": {"es": "preentrenado", "en": "pretrained"},
    "random": {"es": "pesos al azar", "en": "random weights"},
}


def stages(config, language="es"):
    """The way from ids to logits as boxes, each with the shape of what leaves it.

    `config` is a model's configuration; b is the number of texts of a batch, n that of tokens.
    """
    import matplotlib.pyplot as plt

    wide, layers, heads = config.hidden_size, config.num_hidden_layers, config.num_attention_heads
    title, names, ends = {
        "es": (
            "De los identificadores a los logits",
            (
                "identificadores\ny máscara",
                "embeddings",
                "{} capas,\n{} cabezas de {}",
                "estados\nocultos",
                "cabeza lineal",
            ),
            "logits",
        ),
        "en": (
            "From ids to logits",
            ("ids and\nmask", "embeddings", "{} layers,\n{} heads of {}", "hidden\nstates", "linear head"),
            "logits",
        ),
    }[language]
    shapes = ["(b, n)", f"(b, n, {wide})", f"(b, n, {wide})", f"(b, n, {wide})", "(b, n, 2)"]
    figure, axes = new_panels(size=(10, 2.3))
    axes.set_title(title, loc="left", fontsize=11)
    for place, (name, shape) in enumerate(zip(names, shapes, strict=True)):
        work = place in (1, 2, 4)  # what computes is filled, what is computed is white
        box = plt.Rectangle((2 * place, 0), 1.55, 1, facecolor=LIGHT if work else "white", edgecolor=DARK)
        axes.add_patch(box)
        text = name.format(layers, heads, wide // heads)
        axes.text(2 * place + 0.775, 0.5, text, ha="center", va="center", fontsize=10)
        axes.annotate("", (2 * place + 2, 0.5), (2 * place + 1.55, 0.5), arrowprops={"arrowstyle": "->"})
        axes.text(2 * place + 1.775, -0.3, shape, ha="center", va="center", fontsize=9, family="monospace")
    axes.text(10.05, 0.5, ends, ha="left", va="center", fontsize=10)
    axes.set(xlim=(-0.1, 10.9), ylim=(-0.55, 1.15))
    axes.set_axis_off()


def batch_attention(weights, tokens, language="es"):
    """Attention in one text of a batch, with its mask and without: who looks (rows) at whom (columns).

    `weights` is `{"with mask": (n, n), "without mask": (n, n)}`; `tokens` are n pieces, padding among them.
    """
    titles, x, y, bar = {
        "es": (("Con la máscara", "Sin la máscara"), "token mirado", "token que mira", "atención media"),
        "en": (("With the mask", "Without the mask"), "token looked at", "token that looks", "mean attention"),
    }[language]
    figure, panels = new_panels(1, 2, size=(10, 4.6), sharey=True)
    high = max(float(each.max()) for each in weights.values())
    for axes, each, title in zip(panels, weights.values(), titles, strict=True):
        image = axes.imshow(each, cmap="Greys", vmin=0, vmax=high)
        axes.set_title(title, loc="left", fontsize=11)
        axes.set_xticks(range(len(tokens)), tokens, rotation=90, fontsize=8)
        axes.set_yticks(range(len(tokens)), tokens, fontsize=8)
        axes.set_xlabel(x)
    panels[0].set_ylabel(y)
    figure.colorbar(image, ax=panels, label=bar, shrink=0.85)


def padding_drift(counts, lines, language="es"):
    """Cosine between the vector of a text alone and that of the padded text, against the padding.

    Args:
        counts: k numbers of padding tokens.
        lines: `{"both", "model", "none"}`, k cosines each: where the mask was used.
    """
    title, x, y, labels = {
        "es": (
            "El mismo texto, con cada vez más relleno",
            "tokens de relleno añadidos",
            "coseno con el vector sin relleno",
            {"both": "máscara en el modelo y en la media", "model": "solo en el modelo", "none": "sin máscara"},
        ),
        "en": (
            "The same text, with more and more padding",
            "padding tokens added",
            "cosine with the vector without padding",
            {"both": "mask in model and mean", "model": "in the model only", "none": "no mask"},
        ),
    }[language]
    _, axes = new_axes(title, x, y)
    looks = {"both": (DARK, "-", "o"), "model": (MIDDLE, "--", "s"), "none": ("black", ":", "^")}
    for name, values in lines.items():
        colour, line, marker = looks[name]
        axes.plot(counts, values, line, color=colour, marker=marker, markersize=5, label=labels[name])
    axes.set_xscale("symlog", base=2, linthresh=1)
    axes.set_xticks(counts, [str(count) for count in counts])
    axes.minorticks_off()
    axes.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))


def attention_heads(weights, tokens, layer, language="es"):
    """The attention of the heads of one layer, a small map a head.

    `weights` are (heads, n, n); `tokens` n pieces of text; `layer` is its number, from 1, for the title.
    """
    title, head, x, y, bar = {
        "es": ("Las cabezas de la capa {}", "cabeza {}", "token mirado", "token que mira", "atención"),
        "en": ("The heads of layer {}", "head {}", "token looked at", "token that looks", "attention"),
    }[language]
    columns = min(6, len(weights))
    rows = -(-len(weights) // columns)
    size = (1.9 * columns + 0.8, 2 * rows + 0.8)
    figure, panels = new_panels(rows, columns, size=size, sharex=True, sharey=True)
    for number, (axes, each) in enumerate(zip(panels.flat, weights, strict=False), 1):
        image = axes.imshow(each, cmap="Greys", vmin=0, vmax=float(weights.max()))
        axes.set_title(head.format(number), loc="left", fontsize=8)
        axes.set_xticks(range(len(tokens)), tokens, rotation=90, fontsize=7)
        axes.set_yticks(range(len(tokens)), tokens, fontsize=7)
    figure.colorbar(image, ax=panels, label=bar, shrink=0.7)
    figure.suptitle(title.format(layer), fontsize=11)
    figure.supxlabel(x, fontsize=9)
    figure.supylabel(y, fontsize=9)


def sense_by_layer(same, other, word, language="es"):
    """Mean cosine between the vectors of one word in two sentences, by layer, in one sense and across senses.

    `same` and `other` hold a number a layer, from the embeddings (0) on.
    """
    title, x, y, labels = {
        "es": (
            "Los vectores de «{}», capa a capa",
            "capa (0: embeddings)",
            "coseno",
            ("mismo sentido", "otro sentido"),
        ),
        "en": ("The vectors of “{}”, layer by layer", "layer (0: embeddings)", "cosine", ("same sense", "other sense")),
    }[language]
    _, axes = new_axes(title.format(word), x, y)
    axes.plot(range(len(same)), same, "-o", color=DARK, label=labels[0])
    axes.plot(range(len(other)), other, "--s", color=MIDDLE, label=labels[1])
    axes.set_xticks(range(len(same)))
    axes.legend(frameon=False, fontsize=9)


def similarity_maps(maps, language="es"):
    """Cosines of k Spanish sentences (rows) with k English ones (columns), a panel a model, translations framed.

    `maps` is `{"pretrained": (k, k), "random": (k, k)}`; each panel has a colour scale of its own.
    """
    import matplotlib.pyplot as plt

    x, y, bar = {
        "es": ("frase en inglés (número)", "frase en español (número)", "coseno"),
        "en": ("English sentence (number)", "Spanish sentence (number)", "cosine"),
    }[language]
    figure, panels = new_panels(1, len(maps), size=(5.4 * len(maps), 4.6))
    for axes, (name, values) in zip(panels, maps.items(), strict=True):
        image = axes.imshow(values, cmap="Greys")
        ticks = range(len(values))
        axes.set_xticks(ticks, [str(place + 1) for place in ticks])
        axes.set_yticks(ticks, [str(place + 1) for place in ticks])
        low, high = float(values.min()), float(values.max())
        digits = 2 if high - low > 0.1 else 3
        for row in ticks:
            axes.add_patch(plt.Rectangle((row - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=MIDDLE, linewidth=2))
            for column in ticks:
                value = float(values[row][column])
                colour = "white" if value > (low + high) / 2 else "black"
                axes.text(column, row, f"{value:.{digits}f}", ha="center", va="center", fontsize=8, color=colour)
        axes.set(xlabel=x, ylabel=y)
        axes.set_title(_WEIGHTS[name][language], loc="left", fontsize=11)
        figure.colorbar(image, ax=axes, label=bar, shrink=0.8)


def label_probabilities(topics, probabilities, language="es"):
    """Probabilities of k topics, a group of bars a topic and a bar a temperature.

    `probabilities` is `{temperature: k numbers}`.
    """
    title, x, y, label = {
        "es": ("Los mismos cosenos, tres temperaturas", "tema", "probabilidad", "temperatura {}"),
        "en": ("The same cosines, three temperatures", "topic", "probability", "temperature {}"),
    }[language]
    _, axes = new_axes(title, x, y)
    width = 0.8 / len(probabilities)
    looks = zip(probabilities.items(), (LIGHT, MIDDLE, DARK), HATCHES[1:] + HATCHES[:1], strict=False)
    for number, ((temperature, values), colour, hatch) in enumerate(looks):
        places = [place + (number - (len(probabilities) - 1) / 2) * width for place in range(len(topics))]
        name = label.format(f"{temperature:g}".replace(".", "," if language == "es" else "."))
        axes.bar(places, values, width, color=colour, hatch=hatch, edgecolor="black", label=name)
    axes.set_xticks(range(len(topics)), [_TOPICS[topic][language] for topic in topics])
    axes.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))


def topic_confusions(topics, counts, language="es"):
    """Right topic (rows) against the topic chosen (columns), a panel a language of the texts.

    `counts` is `{"es": (k, k), "en": (k, k)}`, whole numbers.
    """
    title, x, y = {
        "es": ("Textos en {}", "tema elegido", "tema correcto"),
        "en": ("Texts in {}", "topic chosen", "right topic"),
    }[language]
    figure, panels = new_panels(1, len(counts), size=(10, 4.6), sharey=True)
    names = [_TOPICS[topic][language] for topic in topics]
    for axes, (each, values) in zip(panels, counts.items(), strict=True):
        axes.imshow(values, cmap="Greys")
        middle = values.max() / 2
        for row, line in enumerate(values):
            for column, value in enumerate(line):
                colour = "white" if value > middle else "black"
                axes.text(column, row, int(value), ha="center", va="center", color=colour)
        axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
        axes.set_yticks(range(len(names)), names)
        axes.set_xlabel(x)
        axes.set_title(title.format(_NAMES[language][each]), loc="left", fontsize=11)
    panels[0].set_ylabel(y)
