import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from qa_course import checks

PAIRS = {
    "A": ("El Papa visita Lima.", "El papá visita Lima."),
    "B": ("Llegó el barón.", "Llegó el varón."),
    "C": ("Hablo con Ana.", "Habló con Ana."),
    "D": ("¡Ha llegado el rey!", "¿Ha llegado el rey?"),
}
ATTEMPTED = {"es": "○ Sin intentar todavía.", "en": "○ Not attempted yet."}
RIGHT = {"es": "✓ ¡Correcto!", "en": "✓ Right!"}


@pytest.fixture(params=["es", "en"])
def verdict(request, capsys):
    """The printed verdict of a check in each language, and the language."""

    def say(check, *answers, **known):
        assert check(*answers, language=request.param, **known) is None
        return capsys.readouterr().out.strip()

    say.language = request.param
    return say


@pytest.fixture(scope="module")
def letters():
    """A tokenizer of single letters between `<s>` and `</s>`; other characters are unknown."""
    vocabulary = {piece: i for i, piece in enumerate(["[UNK]", "<s>", "</s>", *"abcdefghijklmnopqrstuvwxyz"])}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split("", "isolated")]
    )
    made.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    return made


def fertility(tokenizer, text):
    return len(tokenizer.encode(text, add_special_tokens=False).ids) / len(text.split())


def overlapping(offsets, start, end):
    return [i for i, (first, last) in enumerate(offsets) if first < end and last > start]


# Tokens per word


@pytest.mark.parametrize("stub", [lambda tokenizer, text: ..., ...])
def test_tokens_per_word_not_attempted(verdict, letters, stub):
    assert verdict(checks.tokens_per_word, stub, tokenizer=letters) == ATTEMPTED[verdict.language]


def test_a_function_that_returns_nothing_is_told_so(verdict, letters):
    said = verdict(checks.tokens_per_word, lambda tokenizer, text: None, tokenizer=letters)
    hint = {"es": "¿O falta un `return`?", "en": "Or is a `return` missing?"}[verdict.language]
    assert said == f"{ATTEMPTED[verdict.language]} {hint}"


def test_tokens_per_word_right(verdict, letters):
    assert verdict(checks.tokens_per_word, fertility, tokenizer=letters) == RIGHT[verdict.language]


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda t, text: len(t.encode(text).ids) / len(text.split()), "add_special_tokens=False"),
        (lambda t, text: 1 / fertility(t, text), ("palabras por token", "words per token")),
        (lambda t, text: int(fertility(t, text)), ("decimales", "decimals")),
        (lambda t, text: fertility(t, text) * len(text.split()) / len(text), "len(text)"),
        (lambda t, text: fertility(t, text) * len(text.split()) / len(text.split(" ")), 'split(" ")'),
        (lambda t, text: t.encode(text).tokens, ("ha devuelto list", "it returned list")),
        (lambda t, text: True, ("ha devuelto bool", "it returned bool")),
        (lambda t, text: 99.5, "99.5"),
        (lambda t, text: float("nan"), "nan"),
        (lambda t, text: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_tokens_per_word_wrong(verdict, letters, wrong, hint):
    said = verdict(checks.tokens_per_word, wrong, tokenizer=letters)
    spanish, english = (hint, hint) if isinstance(hint, str) else hint
    assert said.startswith("✗") and (spanish if verdict.language == "es" else english) in said


# Tokens that overlap a span


@pytest.mark.parametrize("stub", [lambda offsets, start, end: ..., ...])
def test_overlapping_tokens_not_attempted(verdict, stub):
    assert verdict(checks.overlapping_tokens, stub) == ATTEMPTED[verdict.language]


@pytest.mark.parametrize("kind", [list, tuple, set, reversed])
def test_overlapping_tokens_right_whatever_the_container(verdict, kind):
    answer = verdict(checks.overlapping_tokens, lambda *given: kind(overlapping(*given)))
    assert answer == RIGHT[verdict.language]


def touching(offsets, start, end):
    return [i for i, (a, b) in enumerate(offsets) if b > 0 and a <= end and b >= start]


def with_specials(offsets, start, end):
    return [i for i, (a, b) in enumerate(offsets) if a < end and b >= start and (b > start or b == a)]


def inside(offsets, start, end):
    return [i for i, (a, b) in enumerate(offsets) if start <= a < b <= end]


def equal(offsets, start, end):
    return [i for i, offset in enumerate(offsets) if offset == (start, end)]


@pytest.mark.parametrize(
    ("wrong", "spanish", "english"),
    [
        (touching, "no se incluye", "ends are excluded"),
        (with_specials, "es especial", "it is special"),
        (lambda o, s, e: [i for i, (a, b) in enumerate(o) if b > a], "no comparte", "shares no character"),
        (inside, "compartir un carácter", "one shared character"),
        (equal, "compartir un carácter", "one shared character"),
        (lambda o, s, e: [o[i] for i in overlapping(o, s, e)], "lista de índices", "list of indices"),
        (lambda o, s, e: 3, "lista de índices", "list of indices"),
        (lambda o, s, e: [len(o), *overlapping(o, s, e)], "ningún token 7", "no token 7"),
        (lambda o, s, e: overlapping(o, s, e) * 2, "repetido", "repeated"),
        (lambda o, s, e: o[99], "IndexError", "IndexError"),
    ],
)
def test_overlapping_tokens_wrong(verdict, wrong, spanish, english):
    said = verdict(checks.overlapping_tokens, wrong)
    assert said.startswith("✗") and (spanish if verdict.language == "es" else english) in said


# Pairs without accents


@pytest.mark.parametrize("stub", [..., None])
def test_same_without_accents_not_attempted(verdict, stub):
    assert verdict(checks.same_without_accents, stub, pairs=PAIRS) == ATTEMPTED[verdict.language]


@pytest.mark.parametrize("answer", [["A", "C"], {"C", "A"}, "ac", (" A", "c ")])
def test_same_without_accents_right(verdict, answer):
    assert verdict(checks.same_without_accents, answer, pairs=PAIRS) == RIGHT[verdict.language]


@pytest.mark.parametrize(
    ("wrong", "spanish", "english"),
    [
        (["A", "B", "C"], "La pareja B sobra", "Pair B does not belong"),
        (["D"], "'¿ha llegado el rey?'", "'¿ha llegado el rey?'"),
        (["A"], "faltan parejas (1)", "1 missing"),
        ([], "faltan parejas (2)", "2 missing"),
        (["A", "Z"], "ninguna pareja 'Z'", "no pair 'Z'"),
        (7, "TypeError", "TypeError"),
    ],
)
def test_same_without_accents_wrong(verdict, wrong, spanish, english):
    said = verdict(checks.same_without_accents, wrong, pairs=PAIRS)
    assert said.startswith("✗") and (spanish if verdict.language == "es" else english) in said


def test_same_without_accents_recomputes_its_answer(verdict):
    pairs = {"X": ("año", "ano"), "Y": ("ø", "o")}
    assert verdict(checks.same_without_accents, ["X"], pairs=pairs) == RIGHT[verdict.language]


def test_letters_in_a_single_text_are_no_list(verdict):
    said = verdict(checks.same_without_accents, "A, C", pairs=PAIRS)
    assert said[0] == "✗" and {"es": "una lista de letras", "en": "a list of letters"}[verdict.language] in said


def test_the_first_and_the_last_are_not_all_tokens(verdict):
    def ends(offsets, start, end):
        touched = [i for i, (left, right) in enumerate(offsets) if left < end and right > start]
        return touched[0], touched[-1]

    said = verdict(checks.overlapping_tokens, ends)
    assert (
        said[0] == "✗"
        and {"es": "no el primero y el último", "en": "not the first and the last"}[verdict.language] in said
    )
