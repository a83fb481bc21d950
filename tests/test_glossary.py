"""The Spanish of the course keeps to one word for one thing, and to tú.

The tables below are the course's glossary, as far as a program can look for it.
"""

import ast
import re

import jupytext
import pytest
from conftest import ROOT

from qa_course import lessons, report

INSTEAD = {  # a form that the course does not use, and what it says instead
    r"tokenizers?": "tokenizador",
    r"fichas?": "token",
    r"fine-?tun\w+|fine tun+ing|entrenamiento fino|afin(ar|ad\w+|amiento)": "ajuste fino, ajustar",
    r"pre-entrenad\w+": "preentrenado",
    r"transformador\w*": "Transformer",
    r"contestación de preguntas": "respuesta a preguntas",
    r"zancadas?|stride": "solapamiento",
    r"mape(o|os|ar|ad\w+)": "correspondencia",
    r"acolchad\w+": "relleno",
    r"batch\w*": "lote",
    r"imposibles? de contestar": "sin respuesta",
    r"teste(o|os|ar|ad\w+)": "prueba, probar",
    r"cuantificación|cuantificad[oa]s?": "cuantización",
    r"incrusta(ción|ciones|d[oa]s?)": "embedding",
    r"overfitting|sobreentrenamiento": "sobreajuste",
    r"datasets?": "conjunto de datos, corpus",
    r"librerías?": "biblioteca",
    r"usted(es)?|vosotr[oa]s|vuestr[oa]s?|fíjese|asegúrese|ejecútel[oa]|compruébel[oa]|tenga en cuenta": "tú",
}
IN_ITALICS = r"embeddings?|padding|checkpoints?|pipelines?|dropout|bootstrap|offsets?|slices|accuracy|widgets?"
EXCEPTIONS = set()  # pairs: where, form


def without_code(text):
    """Markdown without code, the targets of links and tags, and with single asterisks only."""
    bare = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)|<[^>]*>", " ", text, flags=re.DOTALL)
    return bare.replace("**", " ")


def spanish_texts():
    """Everything in Spanish that the course shows: where it stands, and the text."""
    for source in lessons.sources(ROOT):
        cells = jupytext.read(source, fmt="py:percent").cells
        yield source.name, "\n\n".join(cell.source for cell in cells if cell.metadata.get("lang") == "es")
    for path in sorted([*ROOT.glob("LEEME.md"), *ROOT.glob("CONTRIBUIR.md")]):
        yield path.name, path.read_text(encoding="utf-8")
    for path in sorted(ROOT.glob("qa_course/**/*.py")):
        if said := "\n".join(spanish_strings(ast.parse(path.read_text(encoding="utf-8")))):
            yield path.relative_to(ROOT).as_posix(), said
    yield "report.SPANISH", "\n".join(report.SPANISH.values())


def spanish_strings(tree):
    """The strings under a key "es", however deep, but for the keys of dicts there."""
    keys = {key for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys}
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "es":
                    inside = (each for each in ast.walk(value) if isinstance(each, ast.Constant) and each not in keys)
                    yield from (each.value for each in inside if isinstance(each.value, str))


TEXTS = dict(spanish_texts())
LESSONS = [where for where in TEXTS if re.match(r"\d\d_", where)]


@pytest.mark.parametrize("where", TEXTS)
def test_one_word_for_one_thing(where):
    bare = re.sub(r"\*[^*\n]+\*", " ", without_code(TEXTS[where]))  # an English term in italics is named, not used
    for form, instead in INSTEAD.items():
        for found in re.finditer(rf"\b({form})\b", bare, re.IGNORECASE):
            around = " ".join(bare[max(0, found.start() - 40) : found.end() + 40].split())
            assert (where, found[0]) in EXCEPTIONS, f"say «{instead}» and not «{found[0]}»: … {around} …"


@pytest.mark.parametrize("where", LESSONS)
def test_an_english_term_is_in_italics_at_first_use(where):
    bare, seen = without_code(TEXTS[where]), set()
    for found in re.finditer(rf"\b({IN_ITALICS})\b", bare, re.IGNORECASE):
        word = found[0].lower().removesuffix("s")
        if word not in seen:
            before, after = bare[: found.start()].rpartition("\n")[2], bare[found.end() :].partition("\n")[0]
            around = f"{before[-40:]}{found[0]}{after[:40]}"
            assert before.count("*") % 2 and "*" in after, f"«{found[0]}» is not in italics: … {around} …"
        seen.add(word)


@pytest.mark.parametrize(
    ("text", "form"),
    [("el Tokenizer lee", "Tokenizer"), ("una zancada de 32", "zancada"), ("como usted quiera", "usted")],
)
def test_a_form_is_found_where_it_is_prose(monkeypatch, text, form):
    monkeypatch.setitem(TEXTS, "x", text)
    with pytest.raises(AssertionError, match=f"and not «{form}»"):
        test_one_word_for_one_thing("x")
    for quoted in (f"`{text}`", f"*{text}*", f"[solapamiento]({text})"):
        monkeypatch.setitem(TEXTS, "x", quoted)
        test_one_word_for_one_thing("x")


def test_strings_are_found_under_es():
    code = 'x = {"es": ("uno", f"dos {y}", {"a": "tres"}), "en": "four"}'
    assert sorted(spanish_strings(ast.parse(code))) == ["dos ", "tres", "uno"]
