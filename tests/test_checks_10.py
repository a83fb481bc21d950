"""The checks of lesson 10: a stub is not attempted, a right answer passes, a typical mistake is named."""

import itertools

import numpy as np
import pytest

from qa_course import checks

CHANGES = [{"variant": name, "change": change} for name, change in (("plain", -6.04), ("typos", -48.0))]
SILENCES = [{"variant": "no answer", "silent": 43.0}, {"variant": "off topic", "silent": 82.6}]
KNOWN = {"changes": CHANGES, "silences": SILENCES}
FUNCTIONS = ("effect_size", "permutation_p", "kilowatt_hours")


def effect_size(x, y):
    return (np.mean(x) - np.mean(y)) / np.std([*x, *y], ddof=1)


def splits(x, y):
    both = [*x, *y]
    return [2 * sum(chosen) - sum(both) for chosen in itertools.combinations(both, len(x))]


def permutation_p(x, y):
    return np.mean([gap >= sum(x) - sum(y) for gap in splits(x, y)])


def kilowatt_hours(seconds, watts):
    return seconds / 3600 * watts / 1000


RIGHT = dict(zip(FUNCTIONS, (effect_size, permutation_p, kilowatt_hours), strict=True))


def verdict(capsys, name, *answers, language, **known):
    getattr(checks, name)(*answers, language=language, **known)
    return capsys.readouterr().out


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_stub_is_not_attempted(capsys, language):
    for name in FUNCTIONS:
        for stub in (..., lambda *arguments: ...):
            assert verdict(capsys, name, stub, language=language)[0] == "○"
    assert verdict(capsys, "card_figures", ..., ..., ..., language=language, **KNOWN)[0] == "○"


@pytest.mark.parametrize("language", ["es", "en"])
def test_right_answers_pass(capsys, language):
    for name, function in RIGHT.items():
        assert verdict(capsys, name, function, language=language)[0] == "✓"
    for answered in (17.4, 17.36):
        assert verdict(capsys, "card_figures", "typos", 48.0, answered, language=language, **KNOWN)[0] == "✓"


MISTAKES = [
    ("effect_size", lambda x, y: (x.mean() - y.mean()) / np.concatenate([x, y]).std(), "ddof=1", "ddof=1"),
    ("effect_size", lambda x, y: effect_size(y, x), "al revés", "turned round"),
    ("effect_size", lambda x, y: x.mean() - y.mean(), "falta dividir", "not divided"),
    ("effect_size", lambda x, y: (x.mean() - y.mean()) / x.std(ddof=1), "listas juntas", "lists together"),
    ("effect_size", lambda x, y: effect_size(x, y) / np.std([*x, *y], ddof=1), "varianza", "variance"),
    ("effect_size", lambda x, y: x - y, "un solo número", "single number"),
    ("effect_size", lambda x, y: 9.0, "debe dar", "should give"),
    ("permutation_p", lambda x, y: np.mean([g > sum(x) - sum(y) for g in splits(x, y)]), "empates", "ties"),
    ("permutation_p", lambda x, y: np.mean([g <= sum(x) - sum(y) for g in splits(x, y)]), "al revés", "other way"),
    ("permutation_p", lambda x, y: np.sum([g >= sum(x) - sum(y) for g in splits(x, y)]), "dividir", "divide"),
    ("permutation_p", lambda x, y: np.mean([abs(g) >= abs(sum(x) - sum(y)) for g in splits(x, y)]), "colas", "sided"),
    ("kilowatt_hours", lambda seconds, watts: seconds * watts, "julios", "joules"),
    ("kilowatt_hours", lambda seconds, watts: seconds * watts / 3600, "vatios-hora", "watt-hours"),
    ("kilowatt_hours", lambda seconds, watts: seconds * watts / 1000, "kilojulios", "kilojoules"),
    ("kilowatt_hours", lambda seconds, watts: seconds * watts / 60 / 1000, "minutos", "minutes"),
    ("kilowatt_hours", lambda seconds, watts: "much", "un solo número", "single number"),
    ("kilowatt_hours", lambda seconds, watts: 1 / 0, "ZeroDivisionError", "ZeroDivisionError"),
]


@pytest.mark.parametrize(("name", "function", "es", "en"), MISTAKES)
def test_a_wrong_function_is_explained(capsys, name, function, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, name, function, language=language)
        assert said[0] == "✗" and hint.lower() in said.lower()


@pytest.mark.parametrize(
    ("answers", "es", "en"),
    [
        (("accents", 1, 1), "No hay ninguna", "There is no"),
        (("plain", 6.04, 17.4), "no es la peor", "not the worst"),
        (("typos", -48.0, 17.4), "en positivo", "positive"),
        (("typos", 20, 17.4), "no se pierden", "does not lose"),
        (("typos", 48, 82.6), "se pide lo que contesta", "give the answers"),
        (("typos", 48, 50), "no es lo que", "is not the share"),
        (("typos", "many", 50), "ValueError", "ValueError"),
    ],
)
def test_wrong_card_figures_are_explained(capsys, answers, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, "card_figures", *answers, language=language, **KNOWN)
        assert said[0] == "✗" and hint.lower() in said.lower()
