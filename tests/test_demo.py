import json
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from qa_course import demo, spans
from qa_course.demo import asking, page, words

OWN = {"div", "p", "h2", "bdi", "strong", "mark", "table", "caption", "thead", "tbody", "tr", "th", "td"}
HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "</mark></div><h1>x</h1>",
    "&lt;b&gt; &amp; &#x3c;",
    '" onmouseover="alert(1)',
    "\u202egnp.exe\u202c \u2067אבג\u2069",
    "Z\u0351\u036b\u0343\u036aalgo\u0301",
    "👩‍🚀👨‍👩‍👧‍👦 🇵🇪",
    "{}{0}%s{text}",
    "x" * 3000,
]


class Page(HTMLParser):
    """What a browser makes of HTML: the names of its tags, and its text by the innermost `qa-text`, `mark` or cell."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.within = [], set(), {}
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.open.append("qa-text" if ("class", "qa-text") in attributes else tag)
        if self.open[-1] in ("td", "th", "caption", "mark", "bdi"):
            self.within.setdefault(self.open[-1], []).append("")

    def handle_endtag(self, tag):
        assert self.open.pop() in (tag, "qa-text")

    def handle_data(self, data):
        for each in {"qa-text", "mark", "td", "th", "caption", "bdi"} & set(self.open):
            self.within.setdefault(each, [""])[-1] += data


@pytest.fixture
def asked(embedded_tokenizer, monkeypatch):
    """`ask` with a model that is sure of the first place where the text holds `answer`, or of none."""

    def ask(text, answer=None, question="?", threshold=0.0):
        start = text.index(answer) if answer else None

        def predict(model, rows, tokenizer, batch_size):
            starts, ends = [], []
            for row in rows:
                tokens = [
                    number
                    for number, offset in enumerate(row["offset_mapping"])
                    if answer and offset and offset[0] < start + len(answer) and offset[1] > start
                ]
                pair = [[0.1 * (number % 3) for number in range(len(row["input_ids"]))] for _ in "se"]
                pair[0][0] = pair[1][0] = 1.0 if answer else 5.0
                if tokens and row["offset_mapping"][tokens[-1]][1] >= start + len(answer.rstrip("\u0301")):
                    pair[0][tokens[0]] = pair[1][tokens[-1]] = 4.0
                starts.append(pair[0])
                ends.append(pair[1])
            return starts, ends

        monkeypatch.setattr(spans, "predict_logits", predict)
        model = SimpleNamespace(config=SimpleNamespace(null_threshold=threshold))
        return demo.ask(embedded_tokenizer, model, text, question)

    return ask


@given(st.text(max_size=60), st.data())
def test_the_mark_is_at_its_place_and_the_text_is_whole(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown = Page(demo.marked_html(text, start, end))
    assert shown.tags == {"div", "mark"}
    assert shown.within.get("qa-text", [""]) == [text]
    assert shown.within["mark"] == [text[start:end]]


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_shown_as_text(asked, hostile, language):
    text = f"Lima {hostile} Cuzco {hostile}"
    found = asked(text, "Cuzco", question=hostile[:120])
    outcome, evidence = (Page(make(found, language)) for make in (demo.outcome_html, demo.evidence_html))
    assert outcome.tags | evidence.tags <= OWN
    assert outcome.within["bdi"] == [hostile[:120], "Cuzco"]
    assert evidence.within["mark"] == ["Cuzco"]
    assert text.startswith(evidence.within["qa-text"][0]) or len(text) > 2000


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("El an\u0303o de Jose\u0301 fue 1902.", "Jose\u0301"),  # the accents are characters of their own
        ("👩‍🚀 despegó 🚀 de Kourou 🇬🇫 en 2021", "Kourou"),
        ("ولدت فريدا في المكسيك عام 1907.", "1907"),
        ("\u202eabc\u202c Potosí \u2067אבג\u2069 plata", "plata"),
        ("ﬁn de ㎨ año ½ vaso", "vaso"),  # characters that become several
        ("a\0b\0 Lima", "Lima"),
        ("uno\r\ndos\ttres  cuatro", "cuatro"),
    ],
)
def test_the_answer_is_marked_where_it_stands(asked, text, answer):
    found = asked(text, answer)
    assert (found["text"], found["start"], found["end"]) == (
        answer,
        text.index(answer),
        text.index(answer) + len(answer),
    )
    shown = Page(demo.evidence_html(found))
    assert shown.within["mark"] == [answer]
    assert shown.within["qa-text"] == [text.replace("\0", "\N{REPLACEMENT CHARACTER}")]


def test_windows_cover_the_text_and_those_with_the_answer_say_so(asked, embedded_tokenizer):
    text = "La plata bajaba de la mina a lomo de llama. " * 90 + "El cerro está en Potosí."
    found = asked(text, "Potosí")
    cut = found["windows"]
    tokens = embedded_tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    assert len(cut) > 3 and cut[0]["tokens"][0] == 0 and cut[-1]["tokens"][1] == len(tokens)
    for before, after in zip(cut, cut[1:], strict=False):
        assert before["tokens"][1] - after["tokens"][0] == asking.STRIDE
    for window in cut:
        first, last = window["tokens"]
        assert window["characters"] == (tokens[first][0], tokens[last - 1][1])
    for language, yes, no in (("es", "sí", "no"), ("en", "yes", "no")):
        cells = Page(demo.evidence_html(found, language)).within["td"][-4 * len(cut) :]
        assert cells[3::4] == [no] * (len(cut) - 1) + [yes]
        assert cells[0] == "1" and cells[1] == f"0–{cut[0]['tokens'][1]}"


def test_the_runners_up_stand_where_the_table_says(asked):
    text = "Lima, Cuzco y Arequipa son ciudades del Perú."
    found = asked(text, "Cuzco")
    shown = Page(demo.evidence_html(found, "es"))
    rows = [shown.within["td"][i : i + 3] for i in range(0, 3 * (asking.SHOWN - 1), 3)]
    for answer, score, place in rows:
        first, last = map(int, place.split("–"))
        assert text[first:last] == answer != "Cuzco" and float(score.replace(",", ".")) <= found["score"]
    assert shown.within["caption"] == ["Del mejor al peor", words.TEXT["es"]["windows_caption"]]


@pytest.mark.parametrize(("language", "sentence"), [("es", "El texto no lo dice"), ("en", "The text does not say")])
def test_no_answer_says_by_how_much(asked, language, sentence):
    found = asked("Lima está en el Perú.", threshold=1.5)
    margin = found["null_score"] - found["n_best"][0]["score"] - 1.5
    assert margin > 0 and found["start"] is None
    assert sentence in demo.outcome_html(found, language)
    point = {"es": ",", "en": "."}[language]
    assert f"{margin:.2f}".replace(".", point) in demo.outcome_html(found, language)
    evidence = demo.evidence_html(found, language)
    assert "<mark>" not in evidence and f"1{point}50" in evidence and words.TEXT[language]["losers"] in evidence
    assert Page(evidence).within["td"][0] == found["n_best"][0]["text"]  # the best span lost too
    assert asked("Lima está en el Perú.", threshold=1e6)["text"]


@pytest.mark.parametrize(
    "text", ["palabra " * 25_000, "x" * 200_000, "ﷺ" * 20_000], ids=["words", "a word", "ligature"]
)
def test_of_a_very_long_text_a_part_is_read_and_the_page_says_so(asked, text):
    found = asked(text)
    assert len(found["windows"]) == asking.MOST_WINDOWS
    assert 0 < found["read"] < len(text) and found["read"] == found["windows"][-1]["characters"][1]
    for language in ("es", "en"):
        outcome, evidence = (make(found, language) for make in (demo.outcome_html, demo.evidence_html))
        assert words.TEXT[language]["cut"].format(found["read"], len(text)) in outcome
        assert len(evidence) < 20_000


def test_of_a_long_text_the_page_shows_the_neighbourhood_of_the_answer(asked):
    text = "a b c d " * 500 + "Potosí" + " e f g h" * 500
    shown = Page(html := demo.evidence_html(asked(text, "Potosí"), "en"))
    assert shown.within["qa-text"] == [text[3000:5006]] and shown.within["mark"] == ["Potosí"]
    assert "(3000 more characters before)" in html and "(3000 more characters after)" in html


@pytest.mark.parametrize("text", ["\u200b", "\0\0", "\ufeff \u200b"])
def test_a_text_without_tokens_gets_a_sentence(asked, text):
    found = asked(text)
    if not found["windows"]:
        assert "nada que se pueda leer" in demo.outcome_html(found, "es")
        assert demo.evidence_html(found, "es") == ""
    else:
        assert Page(demo.evidence_html(found, "es")).tags <= OWN


def test_half_a_character_is_replaced(asked):
    found = asked("Lima \ud83d Cuzco", "Cuzco")
    assert found["context"] == "Lima \ufffd Cuzco" and found["start"] == 7


@pytest.fixture
def box(monkeypatch):
    """The box in Spanish, with a model that notes what it is asked; its parts by name."""
    noted = []

    def ask(tokenizer, model, text, question):
        noted.append((text, question))
        if question == "boom":
            raise ValueError("a <b>reason</b>\nin two lines")
        n_best = [{"text": text[:4], "start": 0, "end": 4, "score": 2.0}]
        window = {"tokens": (0, 3), "characters": (0, len(text))}
        shown = {"context": text, "question": question, "threshold": 0.0, "read": len(text), "windows": [window]}
        return n_best[0] | {"null_score": 1.0, "n_best": n_best} | shown

    monkeypatch.setattr(page, "ask", ask)
    made = demo.answer_box(None, None, "es")
    names = ("head", "text", "question", "buttons", "outcome", "evidence")
    return SimpleNamespace(noted=noted, **dict(zip(names, made.children, strict=True)))


LONG = "Lima", "por qué " * 100, "demasiado larga: 800 caracteres; caben 500"


def enter(box):
    box.question._handle_custom_msg({"event": "submit"}, [])


def test_the_box_answers_by_button_and_by_enter(box):
    box.buttons.children[0].click()
    assert box.noted == [(box.text.value, box.question.value)] and "Respuesta: " in box.outcome.value
    box.question.value = "¿Dónde?"
    enter(box)
    assert box.noted[-1][1] == "¿Dónde?" and "<mark>" in box.evidence.value


def test_the_examples_fill_the_fields_and_ask(box):
    first, passage = box.question.value, box.text.value
    box.text.value = "otro"
    for button in box.buttons.children[:0:-1]:
        button.click()
        assert box.noted[-1] == (passage, box.question.value)
    assert box.question.value == first and box.noted[0][1] != first


def test_what_is_missing_is_said_and_the_model_is_not_asked(box):
    for text, question, sentence in (("  ", "¿Qué?", "Falta el texto"), ("Lima", "\n", "Falta la pregunta"), LONG):
        box.text.value, box.question.value = text, question
        enter(box)
        assert sentence in box.outcome.value and box.evidence.value == ""
    assert box.noted == []


def test_an_error_is_one_sentence_and_nothing_is_lost(box):
    box.text.value, box.question.value = "Lima", "boom"
    enter(box)
    assert "Motivo: ValueError: <bdi>a &lt;b&gt;reason&lt;/b&gt; in two lines</bdi>" in box.outcome.value
    assert (box.text.value, box.question.value, box.evidence.value) == ("Lima", "boom", "")


def test_a_question_that_fills_a_window_is_such_an_error(asked):
    with pytest.raises(ValueError, match="leaves no room"):
        asked("Lima", question="¿por qué? " * 200)


def test_without_a_model_the_page_says_so(monkeypatch):
    from qa_course import training

    def missing(profile):
        raise OSError("no weights <here>")

    shown = []
    monkeypatch.setattr(training, "course_model", missing)
    monkeypatch.setattr("IPython.display.display", shown.append)
    demo.show("en")
    assert "could not be loaded. Reason: OSError: <bdi>no weights &lt;here&gt;</bdi>" in shown[0].data


def test_the_demo_speaks_both_languages():
    es, en = words.TEXT["es"], words.TEXT["en"]
    assert es.keys() == en.keys() and all(es[key] != en[key] for key in es.keys() - {False})
    for key in es.keys() - {"other", "examples", "others_heads", "windows_heads"}:
        assert es[key].count("{") == en[key].count("{"), key


def test_the_two_notebooks_differ_in_their_language_only():
    made = []
    for language in ("es", "en"):
        notebook = json.loads((ROOT / "notebooks" / "demo" / f"{language}.ipynb").read_text(encoding="utf-8"))
        assert notebook["metadata"]["title"] == words.TEXT[language]["title"]
        assert notebook["metadata"]["lang"] == language
        (cell,) = notebook["cells"]
        assert cell["outputs"] == [] and cell["execution_count"] is None
        made.append("".join(cell["source"]).replace(f'"{language}"', "LANGUAGE"))
    assert made[0] == made[1] == "from qa_course import demo\n\ndemo.show(language=LANGUAGE)"
