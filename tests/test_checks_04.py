import itertools
import math

import pytest
from transformers import AutoTokenizer

from qa_course import checks, corpus, encoder, windows
from qa_course.checks.lesson04 import _window_walk

LANGUAGES = ("es", "en")


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(encoder.folder("smoke"))


@pytest.fixture(scope="module")
def examples():
    return list(corpus.load("cuadernoqa", split="validation"))


@pytest.fixture
def said(capsys):
    """What a check prints in each language, without a language's marks being mixed up."""

    def run(name, *answers):
        lines = []
        for language in LANGUAGES:
            getattr(checks, name)(*answers, language=language)
            lines.append(capsys.readouterr().out.strip())
        return lines

    return run


def verdict(lines):
    (sign,) = {line[0] for line in lines}
    assert all(line.count("\n") == 0 for line in lines) and lines[0] != lines[1]
    return sign


def char_span(offsets, sequence_ids, start, end):
    touching = [
        position
        for position, ((a, b), sequence) in enumerate(zip(offsets, sequence_ids, strict=True))
        if sequence == 1 and a < end and b > start
    ]
    return (touching[0], touching[-1]) if touching else None


def window_count(context_tokens, question_tokens, max_length, stride):
    room = max_length - question_tokens - 4
    return max(1, math.ceil((context_tokens - stride) / (room - stride)))


# char_span


def test_char_span_not_attempted(said, examples, tokenizer):
    assert verdict(said("char_span", lambda *_: ..., examples, tokenizer)) == "○"
    assert verdict(said("char_span", ..., examples, tokenizer)) == "○"


@pytest.mark.parametrize("kind", [tuple, list])
def test_char_span_right(said, examples, tokenizer, kind):
    def find(*window):
        span = char_span(*window)
        return span and kind(span)

    assert verdict(said("char_span", find, examples, tokenizer)) == "✓"


def by_equality(offsets, sequence_ids, start, end):
    passage = [o if s == 1 else (None, None) for o, s in zip(offsets, sequence_ids, strict=True)]
    starts, ends = [a for a, _ in passage], [b for _, b in passage]
    return (starts.index(start), ends.index(end)) if start in starts and end in ends else None


def any_sequence(offsets, sequence_ids, start, end):
    return char_span(offsets, [1] * len(offsets), start, end)


def one_too_far(offsets, sequence_ids, start, end):
    return char_span(offsets, sequence_ids, start, end + 2)


def end_excluded(offsets, sequence_ids, start, end):
    span = char_span(offsets, sequence_ids, start, end)
    return span and (span[0], span[1] + 1)


def first_only(offsets, sequence_ids, start, end):
    span = char_span(offsets, sequence_ids, start, end)
    return span and span[0]


def all_of_them(offsets, sequence_ids, start, end):
    pairs = enumerate(zip(offsets, sequence_ids, strict=True))
    return [t for t, ((a, b), sequence) in pairs if sequence == 1 and a < end and b > start]


def never_none(offsets, sequence_ids, start, end):
    return char_span(offsets, sequence_ids, start, end) or (0, 0)


def begins_inside(offsets, sequence_ids, start, end):
    touching = [t for t, (o, s) in enumerate(zip(offsets, sequence_ids, strict=True)) if s == 1 and start <= o[0] < end]
    return (touching[0], touching[-1]) if touching else None


@pytest.mark.parametrize(
    ("find", "spanish", "english"),
    [
        (by_equality, "ninguno empiece o acabe justo en el borde", "begin or end exactly at the edge"),
        (any_sequence, "devuelve None|no es del pasaje", "return None|not in the passage"),
        (one_too_far, "Te pasas por el final", "too far at the end"),
        (end_excluded, "Te pasas por el final|no es del pasaje", "too far at the end|not in the passage"),
        (first_only, "una pareja de números", "a pair of numbers"),
        (all_of_them, "una pareja de números", "a pair of numbers"),
        (never_none, "devuelve None", "return None"),
        (begins_inside, "ninguno empiece|Un token toca", "none may begin|A token touches"),
    ],
)
def test_char_span_wrong(said, examples, tokenizer, find, spanish, english):
    lines = said("char_span", find, examples, tokenizer)
    assert verdict(lines) == "✗"
    for line, hints in zip(lines, (spanish, english), strict=True):
        assert any(hint in line for hint in hints.split("|")), line
        assert "char_span(offsets, sequence_ids, " in line
        assert line[2:].split(": ")[0] in {row["id"] for row in examples}


def test_char_span_that_raises_is_told_so(said, examples, tokenizer):
    lines = said("char_span", lambda *_: 1 / 0, examples, tokenizer)
    assert verdict(lines) == "✗" and all("ZeroDivisionError" in line for line in lines)


# cls_windows


@pytest.fixture(scope="module")
def puzzle(examples):
    return next(row for row in examples if row["id"] == "chapultepec-castle-2-4@es")


@pytest.fixture(scope="module")
def cls(puzzle, tokenizer):
    """The windows without the whole answer, from the characters they hold; and how many windows there are."""
    made = windows.evaluation_windows({k: [v] for k, v in puzzle.items()}, tokenizer, 96, 32)
    held = [[offset for offset in row if offset] for row in made["offset_mapping"]]
    start = puzzle["answers"]["answer_start"][0]
    end = start + len(puzzle["answers"]["text"][0])
    return [n for n, row in enumerate(held) if start < row[0][0] or end > row[-1][1]], held, (start, end)


def test_cls_windows_not_attempted_and_right(said, puzzle, cls, tokenizer):
    assert verdict(said("cls_windows", ..., puzzle, tokenizer, 96, 32)) == "○"
    for answer in (cls[0], tuple(reversed(cls[0])), set(cls[0])):
        assert verdict(said("cls_windows", answer, puzzle, tokenizer, 96, 32)) == "✓"


def test_cls_windows_of_an_unanswerable_question_are_all(said, examples, tokenizer):
    row = next(row for row in examples if not row["answers"]["text"])
    count = len(windows.tokenize([row["question"]], [row["context"]], tokenizer, 96, 32)["input_ids"])
    assert verdict(said("cls_windows", list(range(count)), row, tokenizer, 96, 32)) == "✓"
    assert verdict(said("cls_windows", [], row, tokenizer, 96, 32)) == "✗"


def test_cls_windows_wrong(said, puzzle, cls, tokenizer):
    right, held, (start, end) = cls
    absent = [n for n in right if held[n][-1][1] <= start or held[n][0][0] >= end]
    assert set(absent) < set(right)  # the puzzle has windows that cut the answer
    missing = min(set(right) - set(absent))
    everything = list(range(len(held)))
    extra = min(set(everything) - set(right))
    cases = [
        (absent, f"Falta la ventana {missing}", f"Window {missing} is missing"),
        (everything, f"Sobra la ventana {extra}", f"Window {extra} does not belong"),
        ([], "Falta la ventana", "is missing"),
        ([*right, len(held)], f"No hay ventana {len(held)}", f"There is no window {len(held)}"),
        ([-1], "No hay ventana -1", "There is no window -1"),
        (3, "Escribe una lista", "Write a list"),
        ("0, 2", "Escribe una lista", "Write a list"),
        ([True, "1"], "Escribe una lista", "Write a list"),
    ]
    for answer, spanish, english in cases:
        lines = said("cls_windows", answer, puzzle, tokenizer, 96, 32)
        assert verdict(lines) == "✗"
        assert spanish in lines[0] and english in lines[1], lines


# window_count


def test_window_count_not_attempted_and_right(said, tokenizer):
    assert verdict(said("window_count", lambda *_: ..., tokenizer)) == "○"
    assert verdict(said("window_count", window_count, tokenizer)) == "✓"


@pytest.mark.parametrize(
    ("count", "spanish", "english"),
    [
        (lambda c, q, m, s: window_count(c, q - 4, m, s), "tokens especiales", "special tokens"),
        (lambda c, q, m, s: window_count(c, 0, m, s), "tokens de la pregunta", "tokens of the question"),
        (lambda c, q, m, s: max(1, math.ceil((c - s) / (m - q - 4))), "primera ventana", "first window"),
        (lambda c, q, m, s: math.ceil(c / (m - q - 4 - s)), "primera ventana", "first window"),
        (lambda c, q, m, s: math.ceil((c - s) / (m - q - 4 - s)), "cabe de sobra", "room to spare"),
        (lambda c, q, m, s: 1 + (c - 1) // max(1, m - q - 4), "primera ventana", "first window"),
        (lambda c, q, m, s: max(1, (c - s) // (m - q - 4 - s)), "redondea hacia arriba", "round up"),
        (lambda c, q, m, s: (c - s) / (m - q - 4 - s), "redondea hacia arriba", "round up"),
        (lambda c, q, m, s: "2", "da 2 y", "gives 2,"),
    ],
)
def test_window_count_wrong(said, tokenizer, count, spanish, english):
    lines = said("window_count", count, tokenizer)
    assert verdict(lines) == "✗"
    assert spanish in lines[0] and english in lines[1], lines


def test_window_count_takes_the_stride_for_a_step(said, tokenizer):
    def count(context, question, max_length, stride):
        room = max_length - question - 4
        return max(1, math.ceil((context - room) / stride) + 1)

    lines = said("window_count", count, tokenizer)
    assert verdict(lines) == "✗" and "El solapamiento es" in lines[0] and "The stride is" in lines[1]


def test_the_judge_counts_as_the_tokenizer_does(tokenizer):
    for context, question, max_length, stride in itertools.product(
        (1, 40, 87, 120, 121, 300), (3, 9), (48, 96), (0, 16, 30)
    ):
        texts = [" ".join(["de"] * size) for size in (question, context)]
        made = windows.tokenize([texts[0]], [texts[1]], tokenizer, max_length, stride)
        assert sum(s == 0 for s in made.encodings[0].sequence_ids) == question
        assert len(made["input_ids"]) == window_count(context, question, max_length, stride)
        room = max_length - question - 4
        assert len(made["input_ids"]) == _window_walk(context, room, stride)


def equal_or_error(offsets, sequence_ids, start, end):
    return [first for first, _ in offsets].index(start), [last for _, last in offsets].index(end)


def ends_or_error(offsets, sequence_ids, start, end):
    sides = zip(offsets, sequence_ids, strict=True)
    touching = [i for i, ((a, b), s) in enumerate(sides) if s == 1 and a < end and b > start]
    return touching[0], touching[-1]


@pytest.mark.parametrize(("find", "error"), [(equal_or_error, "ValueError"), (ends_or_error, "IndexError")])
def test_an_error_of_char_span_is_placed(said, examples, tokenizer, find, error):
    lines = said("char_span", find, examples, tokenizer)
    assert verdict(lines) == "✗" and all(error in line and "char_span(offsets" in line for line in lines)
    assert "devuelve None" in lines[0] and "return None" in lines[1], lines
