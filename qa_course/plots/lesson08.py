"""The figures of lesson 08: the fine-tuning clinic."""

import numpy as np

from qa_course.plots.style import DARK, HATCHES, LIGHT, MIDDLE, new_axes, new_panels


def patient_losses(losses, guess, epochs, language="es"):
    """The loss of every step of each patient, in small multiples on common axes.

    Args:
        losses: `{patient: [loss a step, nats]}`.
        guess: the loss of a blind guess, drawn as a dotted line.
        epochs: how many epochs the steps make; vertical lines part them.
    """
    words = {
        "es": ("Pérdida de entrenamiento de cada paciente", "paso", "pérdida (nats)"),
        "en": ("Training loss of each patient", "step", "loss (nats)"),
    }[language]
    names = {
        "es": ("cada paso", "media móvil", "elegir al azar"),
        "en": ("each step", "moving mean", "blind guess"),
    }[language]
    rows = -(-len(losses) // 3)
    size = (8.5, 0.6 + 1.9 * rows)
    figure, axes = new_panels(rows, 3, size=size, sharex=True, sharey=True, squeeze=False)
    figure.suptitle(words[0], x=0.01, ha="left", fontsize=11)
    for panel in axes.flat[len(losses) :]:
        panel.set_visible(False)
    for panel, (name, curve) in zip(axes.flat, losses.items(), strict=False):
        width = max(1, len(curve) // 12)
        mean = [np.mean(curve[max(0, step - width + 1) : step + 1]) for step in range(len(curve))]
        panel.plot(range(1, len(curve) + 1), curve, color=LIGHT, label=names[0])
        panel.plot(range(1, len(curve) + 1), mean, color=DARK, linewidth=2, label=names[1])
        panel.axhline(guess, color=MIDDLE, linestyle=":", label=names[2])
        for epoch in range(1, epochs):
            panel.axvline(epoch * len(curve) / epochs + 0.5, color="grey", linewidth=0.6)
        panel.set_title(name, loc="left", fontsize=10, weight="bold")
        panel.spines[["top", "right"]].set_visible(False)
        panel.set_ylim(0, 1.2 * guess)
        panel.xaxis.get_major_locator().set_params(integer=True, nbins=5)
    for panel in axes[-1]:
        panel.set_xlabel(words[1])
    for row in axes:
        row[0].set_ylabel(words[2])
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, ncols=3, loc="outside lower center")


def bug_scores(scores, language="es"):
    """F1 and EM of every row, highest F1 on top, as horizontal bars.

    `scores`: `{name: (F1, EM)}`, percent.
    """
    words = {
        "es": ("Lo que cuesta cada error", "puntos", "coincidencia exacta (EM)"),
        "en": ("What each bug costs", "points", "exact match (EM)"),
    }[language]
    ordered = sorted(scores.items(), key=lambda item: item[1])
    figure, axes = new_axes(words[0], words[1], size=(7.5, 0.9 + 0.42 * len(ordered)))
    places = np.arange(len(ordered))
    for shift, column, colour, label in ((0.2, 0, DARK, "F1"), (-0.2, 1, LIGHT, words[2])):
        values = [pair[column] for _, pair in ordered]
        bars = axes.barh(places + shift, values, 0.38, color=colour, label=label)
        axes.bar_label(bars, fmt=_comma if language == "es" else "%.1f", padding=3, fontsize=8)
    axes.set_yticks(places, [name for name, _ in ordered])
    axes.set_xlim(0, 100)
    figure.legend(frameon=False, ncols=2, loc="outside lower center")


def _comma(value):
    return f"{value:.1f}".replace(".", ",")


def grid_steps(sizes, language="es"):
    """For each matrix that trains, half a step of its int8 grid against the largest step of the optimiser.

    `sizes`: `{name: half a step}`, and under the key None the optimiser's.
    """
    words = {
        "es": ("¿Alcanza un paso del optimizador?", "tamaño (escala logarítmica)", "matrices"),
        "en": ("Does a step of the optimiser reach far enough?", "size (logarithmic scale)", "matrices"),
    }[language]
    names = {
        "es": ("medio paso de la rejilla de int8", "mayor tasa de aprendizaje"),
        "en": ("half a step of the int8 grid", "highest learning rate"),
    }[language]
    limit = sizes[None]
    halves = [size for name, size in sizes.items() if name is not None]
    figure, axes = new_axes(*words, size=(7.5, 2.8))
    edges = np.geomspace(min([limit, *halves]) / 2, max([limit, *halves]) * 2, 24)
    axes.hist(halves, bins=edges, color=LIGHT, edgecolor=DARK, hatch=HATCHES[1], label=names[0])
    axes.axvline(limit, color=MIDDLE, linewidth=2.5, label=names[1])
    axes.set_xscale("log")
    axes.yaxis.get_major_locator().set_params(integer=True)
    figure.legend(frameon=False, ncols=2, loc="outside lower center")
