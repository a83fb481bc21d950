"""The exercises of lesson 01: inside a tokenizer."""

from qa_course.checks.verdict import check, given


@check
def tokens_per_word(function, *, tokenizer):
    """A function of a `tokenizers.Tokenizer` and a text: tokens, the special ones apart, over words."""
    texts = ("La corbeta zarpó de La Coruña en 1803.", "Smallpox ravaged the Americas.", "la sal\ny   el sol")
    for text in texts:
        found = given(function(tokenizer, text))
        bare = len(tokenizer.encode(text, add_special_tokens=False).ids)
        words, whole = len(text.split()), len(tokenizer.encode(text).ids)
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            kind = type(found).__name__
            return {
                "es": f"La función debe devolver un número y ha devuelto {kind}.",
                "en": f"The function must return a number, and it returned {kind}.",
            }
        if abs(found - bare / words) < 1e-9:
            continue
        spaces = len(text.split(" "))
        hints = {
            whole / words: {
                "es": "Cuentas también los tokens especiales: usa add_special_tokens=False.",
                "en": "You count the special tokens as well: use add_special_tokens=False.",
            },
            words / bare: {
                "es": "Es la división al revés: has calculado palabras por token.",
                "en": "The division is upside down: this is words per token.",
            },
            bare // words: {
                "es": "Pierdes los decimales: divide con / y no con //.",
                "en": "You lose the decimals: divide with / and not with //.",
            },
            bare / len(text): {
                "es": "Has dividido por los caracteres: len(text) no cuenta palabras.",
                "en": "You divided by the characters: len(text) does not count words.",
            },
            bare / spaces: {
                "es": 'split(" ") falla con dos espacios o un salto de línea: usa split() sin argumento.',
                "en": 'split(" ") fails at two spaces or a line break: use split() without an argument.',
            },
        }
        call = {
            "es": f"Con {text!r} la función da {found:.4g}, y no es eso.",
            "en": f"For {text!r} the function gives {found:.4g}, which is not it.",
        }
        hint = next((hint for value, hint in hints.items() if abs(found - value) < 1e-9), None)
        return {name: f"{call[name]} {hint[name]}" if hint else call[name] for name in call}
    return None


@check
def overlapping_tokens(function):
    """A function of offsets, start, end: indices of the tokens that share a character with `[start, end)`."""
    offsets = [(0, 0), (0, 3), (3, 7), (8, 10), (10, 14), (14, 15), (0, 0)]
    for start in range(15):
        for end in range(start + 1, 16):
            found = given(function(list(offsets), start, end))
            expected = [i for i, (left, right) in enumerate(offsets) if left < end and right > start]
            try:
                indices = sorted(int(index) for index in found)
            except (TypeError, ValueError):
                return {
                    "es": f"La función debe devolver una lista de índices, y ha devuelto {found!r}.",
                    "en": f"The function must return a list of indices, and it returned {found!r}.",
                }
            if indices != expected:
                return _overlap_fault(offsets, start, end, indices, expected)
    return None


def _overlap_fault(offsets, start, end, indices, expected):
    extra = [index for index in indices if index not in expected]
    lost = [index for index in expected if index not in indices]
    call = {
        "es": f"Con offsets={offsets}, start={start}, end={end}, la función da {indices}.",
        "en": f"For offsets={offsets}, start={start}, end={end} the function gives {indices}.",
    }
    if not extra and not lost:
        hint = {
            "es": "Hay algún índice repetido: se piden todos los tokens, cada uno una vez, no el primero y el último.",
            "en": "Some index is repeated: all tokens are wanted, each once, not the first and the last.",
        }
    elif extra and not 0 <= extra[0] < len(offsets):
        hint = {"es": f"No hay ningún token {extra[0]}.", "en": f"There is no token {extra[0]}."}
    elif extra and offsets[extra[0]] == (0, 0):
        hint = {
            "es": f"Sobra el token {extra[0]}: es especial, ocupa (0, 0) y no cubre ningún carácter.",
            "en": f"Token {extra[0]} is one too many: it is special, at (0, 0), and covers no character.",
        }
    elif extra and (offsets[extra[0]][1] == start or offsets[extra[0]][0] == end):
        hint = {
            "es": f"Sobra el token {extra[0]}, {offsets[extra[0]]}: el final de un tramo no se incluye.",
            "en": f"Token {extra[0]}, {offsets[extra[0]]}, is one too many: ends are excluded.",
        }
    elif extra:
        hint = {
            "es": f"Sobra el token {extra[0]}, {offsets[extra[0]]}: no comparte ningún carácter con el tramo.",
            "en": f"Token {extra[0]}, {offsets[extra[0]]}, is one too many: it shares no character with the span.",
        }
    else:
        hint = {
            "es": f"Falta el token {lost[0]}, {offsets[lost[0]]}: basta con compartir un carácter.",
            "en": f"Token {lost[0]}, {offsets[lost[0]]}, is missing: one shared character is enough.",
        }
    return {name: f"{call[name]} {hint[name]}" for name in call}


@check
def same_without_accents(letters, *, pairs):
    """The letters of the pairs, `{letter: (text, text)}`, that BERT's lower-casing normaliser makes equal."""
    from tokenizers import normalizers

    clean = normalizers.BertNormalizer(lowercase=True).normalize_str
    said = {str(letter).strip().upper() for letter in letters}
    if isinstance(letters, str) and set(letters) & set(", "):
        return {
            "es": f"Escribe una lista de letras, como ['B', 'C'], y no un solo texto, {letters!r}.",
            "en": f"Write a list of letters, such as ['B', 'C'], and not a single text, {letters!r}.",
        }
    if unknown := sorted(said - pairs.keys()):
        names = ", ".join(pairs)
        return {
            "es": f"No hay ninguna pareja {unknown[0]!r}: responde con letras entre {names}.",
            "en": f"There is no pair {unknown[0]!r}: answer with letters among {names}.",
        }
    cleaned = {letter: tuple(map(clean, pair)) for letter, pair in pairs.items()}
    expected = {letter for letter, (one, other) in cleaned.items() if one == other}
    if extra := sorted(said - expected):
        one, other = cleaned[extra[0]]
        return {
            "es": f"La pareja {extra[0]} sobra: sus frases siguen siendo distintas, {one!r} y {other!r}.",
            "en": f"Pair {extra[0]} does not belong: its sentences still differ, {one!r} and {other!r}.",
        }
    if lost := expected - said:
        return {
            "es": f"Vas bien, pero faltan parejas ({len(lost)}): quita tú las mayúsculas y las tildes.",
            "en": f"So far so good, but {len(lost)} missing: write each without capitals and accents.",
        }
    return None
