"""The checks of lesson 12: a stub is not attempted, a right answer passes, a typical mistake is named."""

from math import comb

import numpy as np
import pytest

from qa_course import checks, uncertainty


def drawn_means(marks, articles, replace=True):
    names = np.unique(articles)
    by_article = {name: marks[articles == name] for name in names}
    rng = np.random.default_rng(0)
    drawn = (rng.choice(names, len(names), replace=replace) for _ in range(1000))
    return [np.concatenate([by_article[name] for name in sample]).mean() for sample in drawn]


def interval(marks, articles):
    low, high = np.percentile(drawn_means(marks, articles), [2.5, 97.5])
    return low, high


def by_question(marks, articles):
    return interval(marks, np.arange(len(marks)))


def without_replacement(marks, articles):
    return tuple(np.percentile(drawn_means(marks, articles, replace=False), [2.5, 97.5]))


def ninety(marks, articles):
    return tuple(np.percentile(drawn_means(marks, articles), [5, 95]))


def of_articles(marks, articles):
    return tuple(np.percentile([marks[articles == name].mean() for name in np.unique(articles)], [2.5, 97.5]))


def reversed_ends(marks, articles):
    return interval(marks, articles)[::-1]


def of_sums(marks, articles):
    low, high = interval(marks, articles)
    return low * len(marks), high * len(marks)


def half(marks, articles):
    low, high = interval(marks, articles)
    return (low + high) / 2 - (high - low) * 0.35, (low + high) / 2 + (high - low) * 0.35


def p(one, other):
    n = one + other
    return min(1, 2 * sum(comb(n, k) for k in range(min(one, other) + 1)) / 2**n)


def one_tail(one, other):
    return p(one, other) / 2 if one != other else 1


def above_one(one, other):
    n = one + other
    return 2 * sum(comb(n, k) for k in range(min(one, other) + 1)) / 2**n


def larger_tail(one, other):
    n = one + other
    return min(1, 2 * sum(comb(n, k) for k in range(max(one, other) + 1)) / 2**n)


def last_left_out(one, other):
    n = one + other
    return min(1, 2 * sum(comb(n, k) for k in range(min(one, other))) / 2**n) if one != other else 1


def kind(answer, gold):
    if answer == gold:
        return "right"
    if gold is None:
        return "spoke"
    if answer is None:
        return "silent"
    return "edges" if answer[0] < gold[1] and gold[0] < answer[1] else "elsewhere"


def touching(answer, gold):
    if answer is None or gold is None or answer == gold:
        return kind(answer, gold)
    return "edges" if answer[0] <= gold[1] and gold[0] <= answer[1] else "elsewhere"


def only_inside(answer, gold):
    found = kind(answer, gold)
    return "elsewhere" if found == "edges" and not (answer[0] >= gold[0] and answer[1] <= gold[1]) else found


def never_right_in_silence(answer, gold):
    return "silent" if answer is None else kind(answer, gold)


def one_end_inside(answer, gold):
    """Edges only where an end of the answer lies in the gold: one that covers it all is taken for another place."""
    if answer is None or gold is None or answer == gold:
        return kind(answer, gold)
    return "edges" if gold[0] <= answer[0] < gold[1] or gold[0] < answer[1] <= gold[1] else "elsewhere"


def crashes(answer, gold):
    return "right" if answer[0] == gold[0] else "edges"


def verdict(capsys, check, answer, language):
    check(answer, language=language)
    return capsys.readouterr().out


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_stub_is_not_attempted(capsys, language):
    for check in (checks.article_interval, checks.mcnemar, checks.error_kind):
        assert verdict(capsys, check, lambda *_: ..., language)[0] == "○"
        assert verdict(capsys, check, ..., language)[0] == "○"


@pytest.mark.parametrize("language", ["es", "en"])
def test_right_answers_pass(capsys, language):
    assert verdict(capsys, checks.article_interval, interval, language)[0] == "✓"
    assert verdict(capsys, checks.mcnemar, p, language)[0] == "✓"
    assert verdict(capsys, checks.mcnemar, uncertainty.mcnemar, language)[0] == "✓"
    assert verdict(capsys, checks.error_kind, kind, language)[0] == "✓"


@pytest.mark.parametrize("seed", range(5))
def test_chance_does_not_fail_a_right_interval(capsys, seed):
    def other_draws(marks, articles):
        low, _, high = uncertainty.interval(marks, articles, seed=seed)
        return low, high

    assert verdict(capsys, checks.article_interval, other_draws, "en")[0] == "✓"


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (by_question, "preguntas* sueltas", "single *questions"),
        (without_replacement, "con reemplazo", "with replacement"),
        (ninety, "90 %", "90 %"),
        (of_articles, "demasiado ancho", "too wide"),
        (reversed_ends, "primero el extremo bajo", "the low end comes first"),
        (of_sums, "no contiene la media", "does not hold the mean"),
        (half, "percentiles 2,5 y 97,5", "percentiles 2.5 and 97.5"),
        (lambda marks, articles: 3, "dos números", "two numbers"),
        (lambda marks, articles: (1, 2, 3), "dos números", "two numbers"),
    ],
)
def test_a_wrong_interval_is_explained(capsys, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.article_interval, answer, language)
        assert said[0] == "✗" and hint in said


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (one_tail, "una sola cola", "one tail only"),
        (above_one, "no pasa de 1", "does not exceed 1"),
        (larger_tail, "la *menor*", "the *smaller*"),
        (last_left_out, "incluida", "included"),
        (lambda one, other: one / other, "la *menor*", "the *smaller*"),
        (lambda one, other: comb(one), "TypeError", "TypeError"),
    ],
)
def test_a_wrong_p_is_explained(capsys, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.mcnemar, answer, language)
        assert said[0] == "✗" and hint in said


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (touching, "tocarse no es compartir", "to touch is not to share"),
        (one_end_inside, "al menos un carácter", "at least one character"),
        (only_inside, "al menos un carácter", "at least one character"),
        (never_right_in_silence, "callar es acertar", "silence is right"),
        (crashes, "tramos comparten", "spans share"),
        (lambda answer, gold: "edges", "son iguales", "are equal"),
        (lambda answer, gold: answer[0], "son iguales", "are equal"),
    ],
)
def test_a_wrong_kind_is_explained(capsys, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.error_kind, answer, language)
        assert said[0] == "✗" and hint in said


def forgets_none(answer, gold):
    return "right" if answer == gold else "edges" if answer[0] < gold[1] and gold[0] < answer[1] else "elsewhere"


@pytest.mark.parametrize(
    ("check", "answer", "es", "en"),
    [
        (checks.error_kind, forgets_none, "mira antes si hay None", "look for None first"),
        (checks.error_kind, lambda *pair: "right" if pair[0] == pair[1] else None, "falta un `return`", "is missing"),
        (checks.mcnemar, lambda one, other: 100 * p(one, other), "no un tanto por ciento", "not a percentage"),
    ],
)
def test_a_slip_of_students_is_named(capsys, check, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, check, answer, language)
        assert said[0] == "✗" and hint in said, said
