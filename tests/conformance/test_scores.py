"""`scoring` against the SQuAD metrics of transformers 5.2.0."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_course import corpus, scoring

WORDS = ("the", "a", "an", "The", "el", "niño", "café", "3.5", "U.S.", "—", "¿qué?", "anthem", "10 %", "'s", "", "\n")
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join))


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=10))
def test_any_two_strings(peer, pairs):
    pairs += [(one, one.upper()) for one, _ in pairs]
    for (gold, text), (exact, overlap) in zip(pairs, peer("strings", pairs=pairs), strict=True):
        assert scoring.exact_match(text, gold) == exact
        assert scoring.f1(text, gold) == pytest.approx(overlap, abs=1e-12)


def damaged(text, draw):
    """A prediction as models make them: right, cut short, too long, of other words, or empty."""
    words = text.split()
    return draw.choice(
        [text, text, " ".join(words[1:]), " ".join(words[:-1]), f"the {text}.", f"{text} of 1898", "Madrid", ""]
    )


@pytest.mark.parametrize("name", ["cuadernoqa en", "cuadernoqa es", "xquad.en", "xquad.es", "squad_es_v2"])
@pytest.mark.filterwarnings("ignore:.*golds with empty text dropped")
def test_whole_data_sets_thresholds_included(peer, request, name):
    if name.startswith("cuadernoqa"):
        examples = corpus.load("cuadernoqa", "test", name[-2:])
    else:
        examples = corpus.load(request.getfixturevalue("real_data") / f"{name}.json")
    draw = random.Random(0)
    golds = {row["id"]: row["answers"]["text"] for row in examples}
    # Of a question without an answer, one prediction in three is silent too, and nulls are mostly likelier.
    texts = {
        name: damaged(each[0], draw) if each else draw.choice(["", "1492", "la reina"]) for name, each in golds.items()
    }
    odds = {name: round(draw.gauss(-1 if each else 1, 2), 1) for name, each in golds.items()}
    ours = scoring.score(texts, examples, rule="squad_v2", null_odds=odds)
    theirs = peer("scores", golds=golds, predictions=texts, null_odds=odds)
    plain = peer("scores", golds=golds, predictions=texts)  # without odds, no prediction is silenced
    pairs = {"exact_match": "exact", "f1": "f1", "answerable_f1": "HasAns_f1", "answerable_exact_match": "HasAns_exact"}
    for name, other in (pairs | {"unanswerable_f1": "NoAns_f1"}).items():
        assert ours[name] == pytest.approx(plain.get(other), abs=1e-9) or ours[name] is plain.get(other) is None, name
    for name, other in {"best_exact_match": "best_exact", "best_f1": "best_f1"}.items():
        assert ours[name] == pytest.approx(theirs[other], abs=1e-9)
        assert ours[f"{name}_threshold"] == theirs[f"{other}_thresh"]
    # v1 knows neither silence nor questions without an answer.
    golds = {name: each for name, each in golds.items() if each}
    texts = {name: texts[name] or "Madrid" for name in golds}
    ours, theirs = scoring.score(texts, examples, rule="squad_v1"), peer("scores", golds=golds, predictions=texts)
    assert (ours["n"], ours["exact_match"], ours["f1"]) == pytest.approx(
        (theirs["total"], theirs["exact"], theirs["f1"]), abs=1e-9
    )


# The table: text, gold, language, rule, exact match, F1.
CASES = [
    ("La Habana", "Habana", "es", "mlqa", 1, 1.0),
    ("La Habana", "Habana", "es", "squad_v2", 0, 2 / 3),
    ("the Prado", "Prado", "es", "mlqa", 0, 2 / 3),
    ("the Prado", "Prado", "en", "mlqa", 1, 1.0),
    ("unos 500 kilómetros", "500 kilómetros", "es", "mlqa", 1, 1.0),
    ("unos 500 kilómetros", "500 kilómetros", "en", "mlqa", 0, 4 / 5),
    ("«El Quijote»", "Quijote", "es", "mlqa", 1, 1.0),
    ("«El Quijote»", "Quijote", "es", "squad_v1", 0, 0.0),
    ("¿Cuba?", "Cuba", "es", "mlqa", 1, 1.0),
    ("¿Cuba?", "Cuba", "es", "squad_v1", 0, 0.0),
    ("Cádiz", "Cadiz", "es", "mlqa", 0, 0.0),
    ("CÁDIZ", "Cádiz", "es", "mlqa", 1, 1.0),
    ("el cielo y la tierra", "cielo y tierra", "es", "mlqa", 1, 1.0),
    ("elefante", "fante", "es", "mlqa", 0, 0.0),
    ("0,2", "02", "es", "mlqa", 1, 1.0),
    ("0,2", "02", "es", "squad_v1", 1, 1.0),
    ("", "", "es", "mlqa", 1, 0.0),
    ("", "", "es", "squad_v2", 1, 1.0),
    ("", "Lima", "es", "squad_v2", 0, 0.0),
    ("el", "la", "es", "mlqa", 1, 0.0),
    ("a", "the", "en", "squad_v2", 1, 1.0),
    ("10–15", "1015", "en", "mlqa", 1, 1.0),
    ("10–15", "1015", "en", "squad_v1", 0, 0.0),
]


@pytest.mark.parametrize(("text", "gold", "language", "rule", "exact", "overlap"), CASES)
def test_the_rules_of_languages(text, gold, language, rule, exact, overlap):
    assert scoring.exact_match(text, gold, language, rule) == exact
    assert scoring.f1(text, gold, language, rule) == pytest.approx(overlap)
