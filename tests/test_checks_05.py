"""The checks of lesson 05: a stub is not attempted, a right answer passes, a typical mistake is named."""

import re
from collections import Counter

import numpy as np
import pytest

from qa_course import checks
from qa_course.scoring import normalise


def verdict(capsys, check, answer, language):
    check(answer, language=language)
    return capsys.readouterr().out


def best_span(start, end, max_answer_length):
    best, top = None, -np.inf
    for i in range(len(start)):
        for j in range(i, min(i + max_answer_length, len(end))):
            if start[i] + end[j] > top:
                best, top = (i, j), start[i] + end[j]
    return best


def argmax_span(start, end, max_answer_length):
    return start.argmax(), end.argmax()


def long_span(start, end, max_answer_length):
    return best_span(start, end, len(start))


def one_too_short(start, end, max_answer_length):
    return best_span(start, end, max(1, max_answer_length - 1))


def never_negative(start, end, max_answer_length):
    found = best_span(start, end, max_answer_length)
    return found if start[found[0]] + end[found[1]] > 0 else (0, 0)


def word_f1(prediction, gold):
    predicted, expected = normalise(prediction).split(), normalise(gold).split()
    if not predicted or not expected:
        return float(predicted == expected)
    shared = sum((Counter(predicted) & Counter(expected)).values())
    precision, recall = shared / len(predicted), shared / len(expected)
    return 2 * precision * recall / (precision + recall) if shared else 0.0


def set_f1(prediction, gold):
    predicted, expected = set(normalise(prediction).split()), set(normalise(gold).split())
    if not predicted or not expected:
        return float(predicted == expected)
    return 2 * len(predicted & expected) / (len(predicted) + len(expected))


def raw_f1(prediction, gold):
    predicted, expected = prediction.split(), gold.split()
    if not predicted or not expected:
        return float(predicted == expected)
    return 2 * sum((Counter(predicted) & Counter(expected)).values()) / (len(predicted) + len(expected))


def careless_f1(prediction, gold):
    predicted, expected = normalise(prediction).split(), normalise(gold).split()
    shared = sum((Counter(predicted) & Counter(expected)).values())
    precision, recall = shared / len(predicted), shared / len(expected)
    return 2 * precision * recall / (precision + recall)


def choose_threshold(odds, right, has_answer):
    candidates = np.append(odds, odds.min() - 1)
    return max(candidates, key=lambda each: np.where(odds > each, ~has_answer, right).mean())


def choose_on_a_grid(odds, right, has_answer):
    grid = np.linspace(odds.min() - 1, odds.max() + 1, 300)
    return grid[np.argmax([np.where(odds > each, ~has_answer, right).mean() for each in grid])]


def choose_inverted(odds, right, has_answer):
    candidates = np.append(odds, odds.max() + 1)
    return max(candidates, key=lambda each: np.where(odds < each, ~has_answer, right).mean())


def choose_among_odds(odds, right, has_answer):
    return max(odds, key=lambda each: np.where(odds > each, ~has_answer, right).mean())


RIGHT = [
    (checks.best_span, best_span),
    (checks.best_span, lambda *given: list(best_span(*given))),
    (checks.word_f1, word_f1),
    (checks.choose_threshold, choose_threshold),
    # Anything between two neighbouring odds decides alike.
    (checks.choose_threshold, lambda *given: choose_threshold(*given) + 0.0001),
]
WRONG = [
    (checks.best_span, argmax_span, r"termina antes de empezar", r"ends before it starts"),
    (checks.best_span, long_span, r"tokens y caben", r"tokens where \d are allowed"),
    (checks.best_span, one_too_short, r"suma -?\d+; el mejor", r"scores -?\d+; the best"),
    (checks.best_span, never_negative, r"start = \[-.*el mejor es", r"start = \[-.*the best is"),
    (checks.best_span, lambda *given: 3, r"dos índices", r"two token indices"),
    (checks.best_span, lambda start, end, most: (len(start), len(start)), r"fuera|sale", r"outside"),
    (checks.word_f1, set_f1, r"Counter", r"Counter"),
    (checks.word_f1, raw_f1, r"normalizado", r"normalised"),
    (checks.word_f1, careless_f1, r"divide por cero", r"divides by zero"),
    (checks.word_f1, lambda *given: 100 * word_f1(*given), r"no un porcentaje", r"not a percentage"),
    (checks.word_f1, lambda *given: "0.8", r"debe dar", r"should give"),
    (checks.word_f1, lambda *given: "eight", r"un número de 0 a 1", r"a number from 0 to 1"),
    (
        checks.word_f1,
        lambda prediction, gold: word_f1(prediction, gold) if prediction or gold else 0.0,
        r"callar es una respuesta",
        r"silence is an answer",
    ),
    (checks.choose_threshold, choose_inverted, r"invertido", r"turned round"),
    (checks.choose_threshold, choose_on_a_grid, r"una rejilla puede", r"a grid may have"),
    (checks.choose_threshold, choose_among_odds, r"callar siempre", r"Silence is always best"),
    (checks.choose_threshold, lambda *given: 0.0, r"tu umbral 0 da", r"your threshold 0 gives"),
    (checks.choose_threshold, lambda odds, *rest: odds, r"un solo número", r"a single number"),
]


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("check", [checks.best_span, checks.word_f1, checks.choose_threshold])
@pytest.mark.parametrize("stub", [..., lambda *given: ...])
def test_a_stub_is_not_attempted(capsys, check, stub, language):
    assert verdict(capsys, check, stub, language).startswith("○")


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_right_answers_pass(capsys, check, answer, language):
    assert verdict(capsys, check, answer, language).startswith("✓")


@pytest.mark.parametrize(("check", "answer", "spanish", "english"), WRONG)
def test_mistakes_are_named(capsys, check, answer, spanish, english):
    for language, message in (("es", spanish), ("en", english)):
        said = verdict(capsys, check, answer, language)
        assert said.startswith("✗")
        assert re.search(message, said), said


def longer_than_one(start, end, max_answer_length):
    """No span of a single token is tried: nothing comes back where there is no other."""
    best, top = None, -np.inf
    for i in range(len(start)):
        for j in range(i + 1, min(i + max_answer_length, len(end))):
            if start[i] + end[j] > top:
                best, top = (i, j), start[i] + end[j]
    return best


def none_for_silence(odds, right, has_answer):
    if not has_answer.any():
        return None
    return max((odds.min() - 1, *odds), key=lambda each: np.where(odds > each, ~has_answer, right).mean())


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("best_span", longer_than_one),
        ("word_f1", lambda prediction, gold: word_f1(prediction, gold) or None),
        ("choose_threshold", none_for_silence),
    ],
)
def test_nothing_returned_in_some_cases_is_a_fault(capsys, name, answer):
    for language, hint in (("es", "devolvió None"), ("en", "returned None")):
        said = verdict(capsys, getattr(checks, name), answer, language)
        assert said[0] == "✗" and hint in said, said
