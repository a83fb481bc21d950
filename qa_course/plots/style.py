"""What the figures of all lessons share: titles, axes and units in the reader's language, readable in greyscale."""

DARK, MIDDLE, LIGHT = "#20435c", "#d9822b", "#b9c6cf"  # three steps that differ in brightness too
HATCHES = ("", "//", "..", "xx")


def new_axes(title, x="", y="", size=(7, 3.2), **options):
    """A figure with one labelled pair of axes."""
    figure, axes = new_panels(size=size, **options)
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def new_panels(rows=1, columns=1, size=(7, 3.2), **options):
    """A figure and its axes, as `plt.subplots` gives them, which carries `alt_text` into the notebook.

    It stands there as the metadata "alt" of the picture. nbconvert's template "classic" reads it; JupyterLab 4.6 and
    the template "lab" do not yet.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(rows, columns, figsize=size, layout="constrained", **options)
    # IPython asks for a bundle before it draws: no data, so that it draws as ever, and what goes with the drawing.
    figure._repr_mimebundle_ = lambda **_: ({}, {"image/png": {"alt": alt_text(figure)}})
    return figure, axes


def alt_text(figure):
    """The words of a figure in one line: its titles, each with the labels of its axes."""
    parts = [figure.get_suptitle()]
    for axes in figure.axes:
        title = " ".join(filter(None, map(axes.get_title, ("left", "center", "right"))))
        labels = ", ".join(filter(None, (axes.get_xlabel(), axes.get_ylabel())))
        parts.append(f"{title} ({labels})" if title and labels else title or labels)
    return "; ".join(dict.fromkeys(" ".join(part.split()) for part in parts if part))
