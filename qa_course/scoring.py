"""Exact match and F1, as the official scripts of SQuAD (v1.1, v2.0) and MLQA count them."""

import re
import string
import sys
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

RULES = ("squad_v1", "squad_v2", "mlqa")
ARTICLES = {"en": "a|an|the", "es": "un|una|unos|unas|el|la|los|las"}
VERDICTS = ("right", "edges", "same sentence", "other sentence", "silent", "spoke")  # of `verdict`


@cache
def _punctuation(rule):
    """A table for `str.translate` that drops punctuation: ASCII for SQuAD, every Unicode category P too for MLQA."""
    marks = set(string.punctuation)
    if rule == "mlqa":
        marks |= {c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c).startswith("P")}
    return str.maketrans("", "", "".join(marks))


def normalise(text, language="en", rule="squad_v2"):
    """A text as it is compared: lower case, without punctuation and articles, single spaces.

    Args:
        language: "en" or "es"; only `mlqa` heeds it. The SQuAD scripts know English articles alone, and XQuAD is
            reported with them in every language: numbers stay comparable with the literature.
        rule: "squad_v1" or "squad_v2" (Rajpurkar et al. 2016, 2018), or "mlqa" (Lewis et al. 2020, appendix).

    Raises ValueError for an unknown language or rule.
    """
    if rule not in RULES or language not in ARTICLES:
        raise ValueError(f"no rule {rule!r} for {language!r}: rules {RULES}, languages {tuple(ARTICLES)}")
    articles = ARTICLES[language if rule == "mlqa" else "en"]
    bare = text.lower().translate(_punctuation(rule))
    return " ".join(re.sub(rf"\b({articles})\b", " ", bare).split())


def exact_match(prediction, gold, language="en", rule="squad_v2"):
    """1 where both texts are equal once normalised, else 0."""
    return int(normalise(prediction, language, rule) == normalise(gold, language, rule))


def f1(prediction, gold, language="en", rule="squad_v2"):
    """The harmonic mean of precision and recall over the words of both texts, 0 to 1.

    Where both texts are empty it is 1 under `squad_v2`, for which empty is an answer, and 0 under the others.
    """
    predicted = normalise(prediction, language, rule).split()
    expected = normalise(gold, language, rule).split()
    if not predicted or not expected:
        return float(predicted == expected and rule == "squad_v2")
    shared = sum((Counter(predicted) & Counter(expected)).values())
    return 2 * shared / (len(predicted) + len(expected))


def by_question(predictions, references, language="en", rule="squad_v2"):
    """Exact match and F1 of each question that the rule counts, by its best gold: `{id: (0 or 1, 0 to 1)}`.

    Arguments and errors are those of `score`.
    """
    golds = _golds(references, language, rule)
    if missing := [name for name in golds if name not in predictions]:
        raise ValueError(f"{len(missing)} questions have no prediction, the first is {missing[0]!r}: predict them all")
    return {
        name: tuple(max(rate(predictions[name], each, language, rule) for each in texts) for rate in (exact_match, f1))
        for name, texts in golds.items()
    }


def _golds(references, language, rule):
    """`{id: texts}` of the questions that the rule counts, `[""]` where null is the answer."""
    golds = {}
    for name, answers in zip(references["id"], references["answers"], strict=True):
        if rule == "squad_v2":
            golds[name] = [text for text in answers["text"] if normalise(text, language, rule)] or [""]
        elif answers["text"]:
            golds[name] = list(answers["text"])
    if not golds:
        raise ValueError(f"no question to count under the rule {rule!r}: are all of them unanswerable?")
    return golds


def score(predictions, references, language="en", rule="squad_v2", null_odds=None):
    """Exact match and F1 over a data set, each question by its best gold.

    `squad_v2` counts every question, and the empty text is right where there is no answer. `squad_v1` and `mlqa` do not
    know null as an answer: they count the answerable questions only.

    Args:
        predictions: `{id: text}`.
        references: rows with `id` and `answers` (`{"text": [...], "answer_start": [...]}`).
        language, rule: as in `normalise`.
        null_odds: for `squad_v2`, `{id: null score minus best score}`; `predictions` must then be the best spans
            themselves. Adds the thresholds above which null should have been the answer.

    Returns a flat dict: `exact_match, f1` (percent), `n`; for `squad_v2` also `answerable_exact_match, answerable_f1,
    answerable_n, unanswerable_f1, unanswerable_n` (None where there are no such questions), and with `null_odds`
    `best_exact_match, best_exact_match_threshold, best_f1, best_f1_threshold`.
    Raises ValueError where a question has no prediction or nothing is left to count.
    """
    golds = _golds(references, language, rule)
    marks = by_question(predictions, references, language, rule)
    exact, overlap = ({name: pair[side] for name, pair in marks.items()} for side in (0, 1))
    result = {"exact_match": _percent(exact.values()), "f1": _percent(overlap.values()), "n": len(golds)}
    if rule == "squad_v2":
        answerable = [name for name in golds if golds[name] != [""]]
        unanswerable = [name for name in golds if golds[name] == [""]]
        result |= {
            "answerable_exact_match": _percent(exact[name] for name in answerable),
            "answerable_f1": _percent(overlap[name] for name in answerable),
            "answerable_n": len(answerable),
            "unanswerable_f1": _percent(overlap[name] for name in unanswerable),
            "unanswerable_n": len(unanswerable),
        }
        if null_odds is not None:
            for name, right in (("exact_match", exact), ("f1", overlap)):
                best, threshold = _best_threshold(right, null_odds, set(answerable), predictions)
                result |= {f"best_{name}": best, f"best_{name}_threshold": threshold}
    return result


def _percent(values):
    values = list(values)
    return 100 * sum(values) / len(values) if values else None


def _best_threshold(right, null_odds, answerable, predictions):
    """The best score (percent) that a threshold on the null odds can reach, and that threshold.

    Starts with null for every question and gives answers to one more at a time, the least likely null first
    (the official SQuAD v2.0 script).
    """
    reached = best = len(right) - len(answerable)
    threshold = 0.0
    for name in sorted(right, key=null_odds.__getitem__):
        if name in answerable:
            reached += right[name]
        elif predictions[name]:
            reached -= 1
        if reached > best:
            best, threshold = reached, null_odds[name]
    return 100 * best / len(right), threshold


def verdict(answer, example):
    """What is right or wrong with an answer, one of `VERDICTS`.

    `right` is an exact match, or rightly silent; `edges` shares characters with a gold; `same sentence` and
    `other sentence` do not, and tell where it was taken from; `silent` should have answered, and `spoke` should not.

    Args:
        answer: `text`, `start`, `end`, as `spans.best_answers` gives them.
        example: a row with `context` and `answers`.
    """
    golds = list(zip(example["answers"]["text"], example["answers"]["answer_start"], strict=True))
    if not golds:
        return "spoke" if answer["text"] else "right"
    if not answer["text"]:
        return "silent"
    if any(exact_match(answer["text"], text) for text, _ in golds):
        return "right"
    if any(start < answer["end"] and answer["start"] < start + len(text) for text, start in golds):
        return "edges"
    context = example["context"]
    same = any(_sentence(context, start) == _sentence(context, answer["start"]) for _, start in golds)
    return "same sentence" if same else "other sentence"


def _sentence(context, place):
    """The number of the sentence at a character, by a crude rule: one ends at . ! ? before no small letter."""
    ends = (found.end() for found in re.finditer(r"""[.!?…]["'»”)]*\s+""", context))
    return sum(end <= place and not context[end : end + 1].islower() for end in ends)


def accuracy_f1(tp, fp, fn, tn):
    """Accuracy and F1 (fractions) of a two-class confusion: true and false positives, false and true negatives.

    F1 is the harmonic mean of precision and recall of the positive class, 0 where there is no true positive.
    """
    return (tp + tn) / (tp + fp + fn + tn), 2 * tp / max(1, 2 * tp + fp + fn)


def accuracy_threshold(similarities, labels):
    """The threshold of highest accuracy, where 1 is said of what is equal to it or above.

    Args:
        similarities, labels: arrays of n numbers, and of n labels 0 or 1.
    """
    candidates = [*similarities, similarities.max() + 1]
    return float(max(candidates, key=lambda each: ((similarities >= each) == labels).mean()))


def precision_threshold(odds, right, wanted):
    """The null threshold that gives most questions an answer while the answers given are precise enough.

    Args:
        odds: n numbers, null score minus the best span's; a question is answered where they are the threshold or less.
        right: n numbers, 0 to 1, what each answer is worth if it is given: 0 where there is none.
        wanted: the least mean of `right` over the answered questions, 0 to 1.

    Returns one of the `odds`, or, where no threshold reaches `wanted`, a number below all of them: silence.
    """
    import numpy as np

    odds, right = np.asarray(odds, dtype=float), np.asarray(right, dtype=float)
    order = np.argsort(odds)
    precision = np.cumsum(right[order]) / np.arange(1, len(odds) + 1)
    last = np.append(np.diff(odds[order]) > 0, True)  # equal odds are answered all or none
    good = np.flatnonzero(last & (precision >= wanted))
    return float(odds[order][good[-1]]) if len(good) else float(odds.min()) - 1


def metric():
    """The same scores as a module of the `evaluate` library, loaded from this package without the network.

    `metric().compute(predictions=[{"id", "prediction_text"}], references=[{"id", "answers"}], language=, rule=)`.
    """
    import evaluate

    return evaluate.load(str(Path(__file__).parent / "qa_score"))


def stands_in(answer, context):
    """Whether an answer stands in a passage, word for word: both normalised as SQuAD does."""
    return f" {normalise(answer)} " in f" {normalise(context)} "


def made_up(found, examples):
    """The percentage of answers that do not stand in their passage, of those that are not empty.

    Args:
        found: `{id: text}`.
        examples: the table of questions.
    """
    said = [(found[name], context) for name, context in zip(examples["id"], examples["context"], strict=True)]
    absent = [not stands_in(text, context) for text, context in said if text]
    return 100 * sum(absent) / max(1, len(absent))
