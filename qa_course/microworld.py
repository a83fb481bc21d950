"""A micro-world: generated passages about people who do not exist, with questions and answers in both languages."""

import json
import random
from collections import Counter
from pathlib import Path

from qa_course import corpus, profiles, scoring

SPLITS = {"train": tuple(range(2, 10)), "validation": (0,), "test": (1,)}  # which tenths of the combinations
SPAN_KINDS = ("place", "year", "job", "instrument")  # their answers stand in the passage
OTHER_KINDS = ("date", "count", "speaks")  # theirs do not
KINDS = SPAN_KINDS + OTHER_KINDS
VALUES = (*SPAN_KINDS, "month", "name")  # what an answer may be confused with
TEXTS = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
WORDS = TEXTS["words"] | {"year": " ".join(map(str, range(1900, 2000)))}  # English and Spanish, where they differ
WORLD = {  # WORLD[language][what]: a list, in the same order in both languages
    language: {what: [word.split("/")[side] for word in words.split()] for what, words in WORDS.items()}
    for language, side in (("en", 0), ("es", -1))
}
KIND_NAMES = {language: {kind: named[language] for kind, named in TEXTS["kinds"].items()} for language in WORLD}
AND = {"en": " and ", "es": " y "}


def questions(split, count, protagonists=1, facts=(1, 5), kinds=KINDS, seed=0):
    """Short passages about people who do not exist, with questions, in both languages.

    What is new in "validation" and "test" is the combination: each name, place, year, job and instrument is known from
    "train", but no name comes with a value that it has there.

    Args:
        split: "train", "validation" or "test".
        count: questions; up to three in a row share a passage.
        protagonists: people in a passage, each in a sentence.
        facts: the fewest and the most that are told of each, 1 to 5.
        kinds: what is asked, of `KINDS`.

    Returns a `datasets.Dataset` with the columns of `corpus.load` (of answers that do not stand in the passage
    `answer_start` is -1) and `language, kind, name, facts`; `others`: the right answers had it been asked of the
    others; `values`: what else the passage tells. Raises ValueError for an unknown split or kind.
    """
    import datasets

    if split not in SPLITS or not set(kinds) <= set(KINDS):
        raise ValueError(f"split {split!r}, kinds {kinds}: choose of {tuple(SPLITS)} and of {KINDS}")
    draw, rows = random.Random(f"{split} {seed}"), []
    while len(rows) < count:
        language = draw.choice(corpus.LANGUAGES)
        numbers = draw.sample(range(len(WORLD[language]["name"])), protagonists)
        people = [_person(number, split, language, draw) for number in numbers]
        told = draw.sample(TEXTS["clauses"], draw.randint(*facts))
        context = " ".join(_sentence(person, told, language, draw) for person in people)
        possible = [kind for clause in told for kind in clause["kinds"] if kind in kinds]
        for kind in draw.sample(possible, min(3, len(possible))):
            asked, *others = draw.sample(people, protagonists)
            tongue = _tongue(asked, language, draw)
            answer = _answer(asked, kind, tongue, language)
            start = context.find(answer) if kind in SPAN_KINDS else -1
            rows.append(
                {
                    "id": f"{split}-{seed}-{len(rows)}",
                    "title": "",
                    "context": context,
                    "question": TEXTS["questions"][kind][language].format(name=asked["name"], tongue=tongue),
                    "answers": {"text": [answer], "answer_start": [start]},
                    "language": language,
                    "kind": kind,
                    "name": asked["name"],
                    "facts": len(told),
                    "others": [_answer(other, kind, tongue, language) for other in others],
                    "values": [person[what] for person in people for what in VALUES if person[what] in context],
                }
            )
    return datasets.Dataset.from_list(rows[:count])


def sizes(profile="auto"):
    """How many questions of the micro-world a profile has, by split."""
    if profiles.resolve(profile) == "smoke":
        return {"train": 300, "validation": 40, "test": 120}
    return {"train": 16_000, "validation": 400, "test": 1400}


def origin(prediction, row):
    """Where an answer comes from: "right", "other person", "other attribute", "passage" or "made up".

    `row`: a row of `questions`. "passage" are words of it that are none of its values.
    """
    said, right, *others = (scoring.normalise(text) for text in (prediction, row["answers"]["text"][0], *row["others"]))
    if said == right:
        return "right"
    if said in others:
        return "other person"
    if said in map(scoring.normalise, row["values"]):
        return "other attribute"
    return "passage" if scoring.stands_in(prediction, row["context"]) else "made up"


def by_kind(found, examples):
    """Exact match (percent) by kind of question, in the order of `KINDS`.

    Args:
        found: `{id: text}`.
        examples: a table of `questions`.
    """
    marks = {}
    for name, kind, answers in zip(examples["id"], examples["kind"], examples["answers"], strict=True):
        marks.setdefault(kind, []).append(scoring.exact_match(found[name], answers["text"][0]))
    return {kind: 100 * sum(marks[kind]) / len(marks[kind]) for kind in KINDS if kind in marks}


def origins(found, examples, kinds=SPAN_KINDS):
    """Where the answers to each kind of question come from, percent: `{kind: {origin: share}}`."""
    counts = {kind: Counter() for kind in kinds}
    for row in examples:
        if row["kind"] in counts:
            counts[row["kind"]][origin(found[row["id"]], row)] += 1
    return {kind: {name: 100 * n / each.total() for name, n in each.items()} for kind, each in counts.items() if each}


def _person(number, split, language, draw):
    """What is told of the person with the name of that number."""
    world = WORLD[language]

    def pick(what):
        return draw.choice([word for place, word in enumerate(world[what]) if (number + place) % 10 in SPLITS[split]])

    person = {what: pick(what) for what in SPAN_KINDS} | {"name": world["name"][number]}
    person |= {"day": draw.randint(1, 28), "month": draw.choice(world["month"])}
    person["tongues"] = draw.sample(world["tongue"], draw.randint(1, 4))
    article = {"en": "an " if person["job"][0] in "aeiou" else "a ", "es": ""}[language]
    return person | {"all": _list(person["tongues"], language), "a_job": article + person["job"]}


def _sentence(person, told, language, draw):
    """What is told of a person: birth first, death last, the rest in any order."""
    first = [clause for clause in told if "place" in clause["kinds"]]
    last = [clause for clause in told if "year" in clause["kinds"]]
    middle = [clause for clause in told if clause not in first + last]
    draw.shuffle(middle)
    clauses = [clause[language].format(**person) for clause in first + middle + last]
    return f"{person['name']} {_list(clauses, language)}."


def _list(words, language):
    *first, last = words
    return AND[language].join([", ".join(first), last] if first else [last])


def _tongue(person, language, draw):
    """A language that the person speaks, or one that not, with equal chances."""
    spoken = draw.random() < 0.5
    return draw.choice([each for each in WORLD[language]["tongue"] if (each in person["tongues"]) == spoken])


def _answer(person, kind, tongue, language):
    world = WORLD[language]
    if kind == "date":
        return f"{person['day']}/{world['month'].index(person['month']) + 1}/{person['year']}"
    if kind == "count":
        return world["count"][len(person["tongues"]) - 1]
    if kind == "speaks":
        return world["speaks"][tongue in person["tongues"]]
    return person[kind]
