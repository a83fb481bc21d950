import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_course import scoring

CASES = [  # text, under the SQuAD rules, under MLQA in English, under MLQA in Spanish
    ("The Eiffel Tower!", "eiffel tower", "eiffel tower", "the eiffel tower"),
    ("  La   Paz ", "la paz", "la paz", "paz"),
    ("el año 1968", "el año 1968", "el año 1968", "año 1968"),
    ("«¿Un sí?»", "«¿un sí»", "un sí", "sí"),
    ("Unas 13.500 personas", "unas 13500 personas", "unas 13500 personas", "13500 personas"),
    ("anything", "anything", "anything", "anything"),
    ("1968–72", "1968–72", "196872", "196872"),
    ("A", "", "", "a"),
    ("lasaña, las Vegas", "lasaña las vegas", "lasaña las vegas", "lasaña vegas"),
    ("50 %", "50", "50", "50"),
    ("$5", "5", "5", "5"),
    ("5 €", "5 €", "5 €", "5 €"),
]


@pytest.mark.parametrize(("text", "squad", "english", "spanish"), CASES)
def test_normalise(text, squad, english, spanish):
    for language in ("en", "es"):
        assert scoring.normalise(text, language, "squad_v1") == squad
        assert scoring.normalise(text, language, "squad_v2") == squad
    assert scoring.normalise(text, "en", "mlqa") == english
    assert scoring.normalise(text, "es", "mlqa") == spanish


@given(st.text(), st.sampled_from(["en", "es"]), st.sampled_from(scoring.RULES))
def test_a_text_matches_itself_and_keeps_no_stray_space(text, language, rule):
    normal = scoring.normalise(text, language, rule)
    assert normal == " ".join(normal.split())
    assert scoring.exact_match(text, text, language, rule) == 1
    assert scoring.f1(text, text, language, rule) == float(bool(normal) or rule == "squad_v2")


@given(st.text(alphabet="ab c"), st.text(alphabet="ab c"))
def test_f1_is_symmetric_and_at_least_exact_match(one, other):
    value = scoring.f1(one, other)
    assert value == scoring.f1(other, one)
    assert scoring.exact_match(one, other) <= value <= 1


def test_f1_by_hand():
    # one of two words is right, and it is one of three: precision 1/2, recall 1/3
    assert scoring.f1("monte Everest", "cima del Everest", "es", "mlqa") == pytest.approx(
        2 * (1 / 2) * (1 / 3) / (5 / 6)
    )
    assert scoring.f1("no no", "no", "en") == pytest.approx(2 / 3)
    assert scoring.f1("", "Quito") == 0


REFERENCES = {
    "id": ["a", "b", "c"],
    "answers": [
        {"text": ["La Paz", "la ciudad de La Paz"], "answer_start": [0, 0]},
        {"text": [], "answer_start": []},
        {"text": ["1545"], "answer_start": [9]},
    ],
}


def test_score_by_rule():
    found = scoring.score({"a": "ciudad de La Paz", "b": "", "c": "en 1545"}, REFERENCES, "es", "squad_v2")
    f1_a, f1_c = 2 * 4 / 9, 2 / 3
    assert found["n"] == 3
    assert found["exact_match"] == pytest.approx(100 / 3)
    assert found["f1"] == pytest.approx(100 * (f1_a + 1 + f1_c) / 3)
    assert (found["answerable_n"], found["unanswerable_n"]) == (2, 1)
    assert found["answerable_f1"] == pytest.approx(50 * (f1_a + f1_c))
    assert (found["answerable_exact_match"], found["unanswerable_f1"]) == (0, 100)
    old = scoring.score({"a": "La Paz", "c": "1545"}, REFERENCES, "es", "squad_v1")
    assert old == {"exact_match": 100.0, "f1": 100.0, "n": 2}
    assert scoring.score({"a": "Paz", "c": "el 1545"}, REFERENCES, "es", "mlqa")["exact_match"] == 100.0


def test_the_best_threshold_separates_the_nulls():
    texts = {"a": "La Paz", "b": "Sucre", "c": "1545"}
    found = scoring.score(texts, REFERENCES, null_odds={"a": -4.0, "b": 3.0, "c": 1.0})
    assert found["f1"] == pytest.approx(200 / 3)
    assert (found["best_f1"], found["best_f1_threshold"]) == (100.0, 1.0)
    assert (found["best_exact_match"], found["best_exact_match_threshold"]) == (100.0, 1.0)


def test_what_cannot_be_scored_is_named():
    with pytest.raises(ValueError, match="2 questions have no prediction, the first is 'b'"):
        scoring.score({"a": "La Paz"}, REFERENCES)
    with pytest.raises(ValueError, match="no rule 'squad'"):
        scoring.score({"a": "", "b": "", "c": ""}, REFERENCES, rule="squad")
    with pytest.raises(ValueError, match="no question to count"):
        scoring.score({}, {"id": ["b"], "answers": [{"text": [], "answer_start": []}]}, rule="squad_v1")


def test_the_metric_of_evaluate_loads_offline_and_agrees():
    texts = {"a": "Paz", "b": "x", "c": "1545"}
    predictions = [{"id": name, "prediction_text": text} for name, text in texts.items()]
    references = [dict(zip(REFERENCES, row, strict=True)) for row in zip(*REFERENCES.values(), strict=True)]
    metric = scoring.metric()
    for rule in scoring.RULES:
        found = metric.compute(predictions=predictions, references=references, language="es", rule=rule)
        assert json.dumps(found) == json.dumps(scoring.score(texts, REFERENCES, "es", rule))


def test_accuracy_and_f1_by_hand():
    assert scoring.accuracy_f1(9, 2, 4, 5) == (14 / 20, 18 / 24)
    assert scoring.accuracy_f1(0, 3, 0, 7) == (0.7, 0)


def test_the_threshold_of_highest_accuracy():
    import numpy as np

    similarities, labels = np.array([0.9, 0.7, 0.8, 0.6]), np.array([1, 0, 1, 0])
    assert scoring.accuracy_threshold(similarities, labels) == 0.8
    assert scoring.accuracy_threshold(similarities, 0 * labels) > 0.9


def test_the_threshold_of_a_wanted_precision_answers_as_many_as_it_can():
    odds, right = [3.0, -1.0, 1.0, 1.0, -2.0, 2.0], [0, 1, 1, 0, 0, 1]
    for wanted, threshold in ((0.6, 2.0), (0.5, 3.0), (0.61, -3.0), (1, -3.0)):
        assert scoring.precision_threshold(odds, right, wanted) == threshold
    assert scoring.precision_threshold([0.5, 0.5], [1, 0], 0.8) == -0.5  # equal odds are not told apart


# By question, by article, by kind


def test_marks_by_question_are_those_of_the_whole():
    predictions = {"a": "monte Everest", "b": "", "c": "x"}
    marks = scoring.by_question(predictions, REFERENCES)
    whole = scoring.score(predictions, REFERENCES)
    assert list(marks) == REFERENCES["id"]
    assert 100 * sum(exact for exact, _ in marks.values()) / 3 == pytest.approx(whole["exact_match"])
    assert 100 * sum(overlap for _, overlap in marks.values()) / 3 == pytest.approx(whole["f1"])


CONTEXT = "Lima fue fundada en 1535. ¿La fundó Francisco Pizarro? Sí, el 18 de enero."


@pytest.mark.parametrize(
    ("text", "gold", "kind"),
    [
        ("", None, "right"),
        ("1535", None, "spoke"),
        ("", "1535", "silent"),
        ("1535.", "1535", "right"),
        ("en 1535", "1535", "edges"),
        ("Lima", "1535", "same sentence"),
        ("Pizarro", "1535", "other sentence"),
        ("18 de enero", "Pizarro", "other sentence"),
        ("La", "Pizarro", "same sentence"),
    ],
)
def test_a_verdict_names_what_is_wrong(text, gold, kind):
    start = CONTEXT.index(text)
    answer = {"text": text, "start": start, "end": start + len(text)} if text else {"text": "", "start": None}
    golds = {"text": [gold], "answer_start": [CONTEXT.index(gold)]} if gold else {"text": [], "answer_start": []}
    assert scoring.verdict(answer, {"context": CONTEXT, "answers": golds}) == kind
    assert kind in scoring.VERDICTS


def test_the_same_words_at_another_place_are_right():
    example = {"context": "Ana y Ana.", "answers": {"text": ["Ana"], "answer_start": [0]}}
    assert scoring.verdict({"text": "Ana", "start": 6, "end": 9}, example) == "right"


def test_an_abbreviation_before_a_small_letter_ends_no_sentence():
    assert scoring._sentence("Vivió hacia el 300 a. C. y murió allí. Dejó dos libros.", 32) == scoring._sentence(
        "Vivió hacia el 300 a. C. y murió allí. Dejó dos libros.", 28
    )
    assert scoring._sentence("Uno. Dos.", 0) == 0 and scoring._sentence("Uno. Dos.", 5) == 1
