import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from qa_course import widgets

PIECES = ("[UNK]", "<s>", "hola", "mundo", "<b>", '"&')


@pytest.fixture
def tokenizer():
    """Words between spaces, `<s>` before them."""
    made = Tokenizer(models.WordLevel({piece: i for i, piece in enumerate(PIECES)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return made


@pytest.fixture
def shown(monkeypatch):
    """What a cell displays, in order."""
    outputs = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: outputs.append(data))
    return outputs


def tags(html):
    """The names of the tags in HTML, opening ones only."""
    return set(re.findall(r"<(\w+)", html))


def test_encode_shows_the_piece_of_an_unknown_word_and_marks_special_tokens(tokenizer):
    assert widgets.encode(tokenizer, "hola Marte") == (["<s>", "hola", "[UNK]"], [1, 2, 0], [1, 0, 0])


def test_encode_takes_a_tokenizer_of_transformers(tokenizer):
    from transformers import PreTrainedTokenizerFast

    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", bos_token="<s>")
    assert widgets.encode(wrapped, "hola mundo") == widgets.encode(tokenizer, "hola mundo")


def test_token_html_escapes_tokens_and_ids():
    html = widgets.token_html(["<script>", '" onclick="x'], ["<i>", "&"])
    assert tags(html) == {"span", "ruby", "rp", "rt"}
    assert "&lt;script&gt;" in html and "&lt;i&gt;" in html and "&amp;" in html
    assert '" onclick' not in html


@given(st.lists(st.text(min_size=1), max_size=6))
def test_token_html_holds_no_tag_but_its_own(tokens):
    html = widgets.token_html(tokens)
    assert html.count("<") == 2 * html.count("<span style=") == 2 * (len(tokens) + 1)


def test_neighbours_differ_in_colour_and_special_tokens_are_dashed():
    boxes = widgets.token_html(["a", "b", "c"], special=[1, 0, 0]).split("</span> ")  # a space apart
    assert ["dashed" in box for box in boxes] == [True, False, False]
    colours = [re.search(r"background: (#\w+)", box).group(1) for box in boxes]
    assert len(set(colours)) == 3


def test_without_styles_tokens_stay_apart():
    html = widgets.token_html(["a", "b"], [7, 8])
    assert re.sub(r"<[^>]*>", "", html) == "a(7) b(8)"


def test_comparison_names_and_counts_each_tokenizer(tokenizer):
    html = widgets.comparison_html({"<one>": tokenizer, "two": tokenizer}, "hola <b>", language="es")
    assert html.count("3 tokens") == 2
    assert "&lt;one&gt;" in html and "&lt;b&gt;" in html and "<b>hola" not in html


def test_a_long_text_is_cut_short_and_says_so(tokenizer):
    text = " ".join(["hola"] * (widgets.LONGEST + 9))
    for language, words in (("es", "… y 10 más"), ("en", "… and 10 more")):
        html = widgets.comparison_html({"x": tokenizer}, text, language)
        assert html.count("<ruby") == widgets.LONGEST
        assert words in html and f"{widgets.LONGEST + 10} tokens" in html


def test_an_empty_text_shows_its_special_token_only(tokenizer):
    assert widgets.comparison_html({"x": tokenizer}, "").count("<ruby") == 1


def test_show_tokens_displays_html_and_plain_text(tokenizer, shown):
    widgets.show_tokens({"x": tokenizer}, "hola <b>", language="en")
    assert shown == [
        {
            "text/html": widgets.comparison_html({"x": tokenizer}, "hola <b>", "en"),
            "text/plain": "x: <s> | hola | <b>",
        }
    ]


def test_type_tokens_shows_a_widget_with_a_static_view_that_never_varies(tokenizer, shown):
    for _ in range(2):
        assert widgets.type_tokens({"x": tokenizer}, "hola", language="es") is None
    views = [output.pop("application/vnd.jupyter.widget-view+json") for output in shown]
    assert views[0]["model_id"] != views[1]["model_id"]
    assert shown[0] == shown[1] and shown[0]["text/plain"] == "x: <s> | hola"
    assert shown[0]["text/html"] == widgets.comparison_html({"x": tokenizer}, "hola", "es")


@pytest.mark.parametrize(("language", "label"), [("es", "Escribe:"), ("en", "Type here:")])
def test_the_box_recolours_as_one_types(tokenizer, language, label):
    box, view = widgets.typing_box({"x": tokenizer}, "hola", language).children
    assert (box.value, box.description, box.continuous_update) == ("hola", label, True)
    assert view.value == widgets.comparison_html({"x": tokenizer}, "hola", language)
    box.value = "<script>alert(1)</script> mundo"
    assert view.value == widgets.comparison_html({"x": tokenizer}, box.value, language)
    assert "<script" not in view.value and "mundo" in view.value
