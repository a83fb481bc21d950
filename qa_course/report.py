"""What a lesson leaves behind: its figures, recorded as JSON and held to bounds, and small tables."""

import json
import math
import os
from html import escape
from pathlib import Path

_TEXT = {
    "es": {"figure": "Cifra", "value": "Valor", True: "sí", False: "no"},
    "en": {"figure": "Figure", "value": "Value", True: "yes", False: "no"},
}
_ALIGNED = {"<": "left", ">": "right"}

# Spanish headings of the lessons' tables, sorted by their key; one that is missing there is shown as it is.
SPANISH = json.loads(Path(__file__).with_name("headings.es.json").read_text(encoding="utf-8"))


def record(output, /, language="es", **figures):
    """Record the figures of a lesson and show them as a table.

    `figures` are finite numbers or booleans, numpy and torch scalars too; anything else raises ValueError.
    They are written to the path `output` as one flat JSON object; `output=""` writes nothing.
    """
    plain = {name: _scalar(value) for name, value in figures.items()}
    for name, value in plain.items():
        if not isinstance(value, (bool, int, float)) or not math.isfinite(value):
            raise ValueError(f"figure {name} is {value!r}: record finite numbers and booleans only")
    if output:
        write_whole(output, json.dumps(plain, indent=1) + "\n")
    rows = [{"figure": name, "value": value} for name, value in plain.items()]
    table(rows, {key: _text(language)[key] for key in ("figure", "value")}, language)


def out_of_bounds(figures, bounds, lesson):
    """The ways in which the figures of a lesson break its bounds, a sentence each.

    `bounds` is `{figure: [low, high]}`, both ends included; None leaves an end open. A figure without a bound
    and a bound without a figure count too.
    """
    found = []
    for name in sorted(figures.keys() | bounds.keys()):
        if name not in bounds:
            found.append(f"{lesson}: figure {name} = {figures[name]} has no bound")
            continue
        low, high = bounds[name]
        if name not in figures:
            found.append(f"{lesson}: figure {name}, bound [{low}, {high}], was not recorded")
        elif not (-math.inf if low is None else low) <= figures[name] <= (math.inf if high is None else high):
            found.append(f"{lesson}: figure {name} = {figures[name]} is outside [{low}, {high}]")
    return found


def table(rows, columns=None, language="es", decimals=None):
    """Show rows as a table: HTML in a notebook, aligned text elsewhere.

    `rows` is a list of dicts or a pandas DataFrame, without its index. `columns` chooses and orders the
    keys: a list, or a dict from key to heading; without a dict, headings are the keys in the reader's language.
    A key that a row lacks shows as a dash. With `decimals`, every float has so many.
    """
    from IPython.display import display

    arguments = rows, columns, language, decimals
    display({"text/html": html_table(*arguments), "text/plain": text_table(*arguments)}, raw=True)


def word(key, language="es"):
    """A table's key in the reader's language, as a heading; a key without a translation as it is."""
    return SPANISH.get(key, key) if language == "es" else key


def html_table(rows, columns=None, language="es", decimals=None):
    """The same table as an HTML string, every cell escaped."""
    headings, body = _cells(rows, columns, language, decimals)
    sides = [side for _, side in body[0]] if body else ["<"] * len(headings)

    def cell(tag, text, side):
        return f'<{tag} style="text-align: {_ALIGNED[side]}">{escape(text)}</{tag}>'

    head = "".join(cell("th", *each) for each in zip(headings, sides, strict=True))
    lines = ["".join(cell("td", *each) for each in row) for row in body]
    inner = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{inner}\n</tbody>\n</table>"


def text_table(rows, columns=None, language="es", decimals=None):
    """The same table as plain text, columns aligned."""
    headings, body = _cells(rows, columns, language, decimals)
    lines = [[(heading, "<") for heading in headings], *body]
    widths = [max(len(text) for text, _ in column) for column in zip(*lines, strict=True)]
    padded = [[f"{text:{side}{width}}" for (text, side), width in zip(row, widths, strict=True)] for row in lines]
    return "\n".join("  ".join(row).rstrip() for row in padded)


def write_whole(path, text):
    """Write `text` to `path`, making its folders; a reader never sees half of it."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _cells(rows, columns, language, decimals):
    """Headings, and for each row its (text, side) pairs."""
    if hasattr(rows, "to_dict"):
        columns = list(rows.columns) if columns is None else columns
        rows = rows.to_dict("records")
    if columns is None:
        columns = list(dict.fromkeys(key for row in rows for key in row))
    headings = columns.values() if isinstance(columns, dict) else [word(key, language) for key in columns]
    return list(map(str, headings)), [[_cell(row.get(key), language, decimals) for key in columns] for row in rows]


def _cell(value, language, decimals):
    """A value as text, and the side it is aligned to, "<" or ">"."""
    value = _scalar(value)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–", ">"
    if isinstance(value, bool):
        return _text(language)[value], "<"
    if isinstance(value, float) and decimals is not None:
        return f"{value:.{decimals}f}", ">"
    if isinstance(value, float):
        short = value == 0 or 0.01 <= abs(value) < 1e6
        return f"{value:.3f}".rstrip("0").rstrip(".") if short else f"{value:.3g}", ">"
    return str(value), ">" if isinstance(value, int) else "<"


def _scalar(value):
    """A numpy or torch scalar as the plain Python value; anything else as it is."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value


def _text(language):
    if language not in _TEXT:
        raise ValueError(f'language is {language!r}: choose "es" or "en"')
    return _TEXT[language]
