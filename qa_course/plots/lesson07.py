"""The figures of lesson 07: fine-tuning."""

from qa_course.plots.style import DARK, LIGHT, MIDDLE, new_axes, new_panels


def learning_curves(history, language="es"):
    """Training loss and validation F1 by language against epochs, from what a Trainer logged.

    `history` is a list of dicts with `epoch` and `loss`, or `epoch` and `eval_f1_en`, `eval_f1_es`.
    """
    from matplotlib.ticker import MultipleLocator

    words = {
        "es": ("Pérdida de entrenamiento", "F1 en validación", "época", "pérdida (nats)", "F1 (puntos)"),
        "en": ("Training loss", "Validation F1", "epoch", "loss (nats)", "F1 (points)"),
    }[language]
    names = {"es": {"es": "español", "en": "inglés"}, "en": {"es": "Spanish", "en": "English"}}[language]
    mark = "," if language == "es" else "."
    _, (left, right) = new_panels(1, 2, size=(8, 3.2))
    for axes, title, label in ((left, words[0], words[3]), (right, words[1], words[4])):
        axes.set_title(title, loc="left", fontsize=11)
        axes.set_xlabel(words[2])
        axes.set_ylabel(label)
        axes.xaxis.set_major_locator(MultipleLocator(history[-1]["epoch"] / 4))  # evaluated at each quarter
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}".replace(".", mark))
        axes.spines[["top", "right"]].set_visible(False)
    points = [(entry["epoch"], entry["loss"]) for entry in history if "loss" in entry]
    left.plot(*zip(*points, strict=True), color=DARK)
    left.set_ylim(0, 1.1 * max(loss for _, loss in points))
    for code, colour, style in (("en", DARK, "-o"), ("es", MIDDLE, "--s")):
        scored = [(e["epoch"], e[f"eval_f1_{code}"]) for e in history if f"eval_f1_{code}" in e]
        if scored:
            right.plot(*zip(*scored, strict=True), style, color=colour, label=names[code])
    right.set_ylim(0, 100)
    right.legend(frameon=False, loc="lower right")
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
    figure, axes = new_axes(*words)
    after = {step: loss for step, loss in after.items() if step > checkpoint}
    axes.plot(list(whole), list(whole.values()), color=LIGHT, linewidth=7, label=names[0])
    axes.plot(list(before), list(before.values()), "o", color=DARK, markersize=7, label=names[1])
    squares = {"color": MIDDLE, "markersize": 4, "markeredgecolor": "black"}
    axes.plot(list(after), list(after.values()), "s", **squares, label=names[2])
    axes.axvline(checkpoint, color=DARK, linestyle=":", label=names[3])
    figure.legend(frameon=False, ncols=4, loc="outside lower center")
