"""Tokens in colour: as static HTML for a page, and as a text box that recolours them while one types."""

from html import escape

LONGEST = 300  # tokens drawn for one tokenizer; a whole book pasted into the box must not stall the page
COLOURS = ("#cfe0ea", "#f7e3c4", "#b5cbb0", "#f0d3dd")  # neighbours differ in brightness too
LINE = "color: #111; line-height: 1.5; ruby-position: under"
BOX = "display: inline-block; margin: 2px 0; padding: 0 3px; border: 1px {} #555; border-radius: 3px; "
BOX += "background: {}; white-space: pre"
TEXT = {
    "es": {"tokens": "{} tokens", "more": "… y {} más", "write": "Escribe:"},
    "en": {"tokens": "{} tokens", "more": "… and {} more", "write": "Type here:"},
}


def encode(tokenizer, text):
    """Tokens, ids and whether special (1, 0): three lists. A tokenizer of `tokenizers` or `transformers`."""
    backend = getattr(tokenizer, "backend_tokenizer", tokenizer)
    encoding = backend.encode(text)
    tokens = [backend.id_to_token(each) for each in encoding.ids]  # `encoding.tokens` hides what is unknown
    return tokens, encoding.ids, encoding.special_tokens_mask


def token_html(tokens, ids=None, special=None):
    """One line of HTML: a coloured box a token, its id below it, a dashed box for a special token.

    `ids` and `special` (0 or 1) are as long as `tokens`; without `ids` no number is shown. All is escaped.
    A page that strips styles, as GitHub does, still shows the tokens apart, each with its id.
    """
    boxes = []
    for position, token in enumerate(tokens):
        marked = bool(special and special[position])
        style = BOX.format(*(("dashed", "#fff") if marked else ("solid", COLOURS[position % len(COLOURS)])))
        inside = escape(token)
        if ids is not None:
            below = f"<rp>(</rp><rt>{escape(str(ids[position]))}</rt><rp>)</rp>"
            inside = f"<ruby>{inside}{below}</ruby>"
        boxes.append(f'<span style="{style}">{inside}</span>')
    return f'<span style="{LINE}">{" ".join(boxes)}</span>'


def comparison_html(tokenizers, text, language="es"):
    """HTML of one text cut by tokenizers, `{name: tokenizer}`: name, number of tokens, coloured tokens."""
    words, lines = TEXT[language], []
    for name, tokenizer in tokenizers.items():
        parts = encode(tokenizer, text)
        count = len(parts[0])
        more = f" {words['more'].format(count - LONGEST)}" if count > LONGEST else ""
        boxes = token_html(*(part[:LONGEST] for part in parts))
        head = f"<b>{escape(name)}</b> · {words['tokens'].format(count)}"
        lines.append(f'<div style="margin: 6px 0">{head}<br>{boxes}{more}</div>')
    return "\n".join(lines)


def show_tokens(tokenizers, text, language="es"):
    """Show how tokenizers, `{name: tokenizer}`, cut a text: coloured in a notebook, plain elsewhere."""
    from IPython.display import display

    display(_static(tokenizers, text, language), raw=True)


def type_tokens(tokenizers, text, language="es"):
    """Show a text box and how tokenizers, `{name: tokenizer}`, cut what one types in it.

    Where no widget lives (GitHub, a notebook that papermill ran) the page shows the tokens of `text`.
    """
    from IPython.display import display

    live = typing_box(tokenizers, text, language)._repr_mimebundle_()
    display(live | _static(tokenizers, text, language), raw=True)


def typing_box(tokenizers, text, language="es"):
    """The widget of `type_tokens`: an `ipywidgets.VBox` of the text box and the tokens in colour below it."""
    import ipywidgets

    layout = ipywidgets.Layout(width="95%", height="70px")
    box = ipywidgets.Textarea(text, description=TEXT[language]["write"], layout=layout, continuous_update=True)
    view = ipywidgets.HTML(comparison_html(tokenizers, text, language))

    def recolour(change):
        view.value = comparison_html(tokenizers, change["new"], language)

    box.observe(recolour, "value")
    return ipywidgets.VBox([box, view])


def _static(tokenizers, text, language):
    lines = [f"{name}: {' | '.join(encode(tokenizer, text)[0])}" for name, tokenizer in tokenizers.items()]
    return {"text/html": comparison_html(tokenizers, text, language), "text/plain": "\n".join(lines)}
