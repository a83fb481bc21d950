"""What the figures of all lessons share: titles, axes and units in the reader's language, readable in greyscale."""

DARK, MIDDLE, LIGHT = "#20435c", "#d9822b", "#b9c6cf"  # three steps that differ in brightness too
HATCHES = ("", "//", "..", "xx")


def new_axes(title, x="", y="", size=(7, 3.2), **options):
    """A figure with one labelled pair of axes."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=size, layout="constrained", **options)
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes
