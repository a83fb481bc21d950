"""A micro-world: generated passages about people who do not exist, with questions and answers in both languages."""

import random
from collections import Counter

from qa_course import corpus, profiles, scoring

SPLITS = {"train": tuple(range(2, 10)), "validation": (0,), "test": (1,)}  # which tenths of the combinations
SPAN_KINDS = ("place", "year", "job", "instrument")  # their answers stand in the passage
OTHER_KINDS = ("date", "count", "speaks")  # theirs do not
KINDS = SPAN_KINDS + OTHER_KINDS
VALUES = (*SPAN_KINDS, "month", "name")  # what an answer may be confused with
WORDS = {  # English and Spanish, where they differ
    "name": """
        Ada Aisha Akira Alba Alma Amir Ana Anton Bella Bruno Carla Carlo Celia Chen Clara Dario Diana Diego
        Elena Elsa Emilio Emma Eva Fabio Fatima Felix Flora Gael Greta Hana Hugo Ingrid Irene Ivan Jonas
        Julia Karim Kenji Laila Lara Leo Lina Lola Luca Luis Maia Malik Marco Maria Marta Mateo Mei Mia Mila
        Mina Nadia Nico Nina Noa Noel Nora Olga Omar Oscar Pablo Paula Pedro Petra Raquel Ravi Rita Rosa
        Ruth Sara Saul Simon Sofia Tania Teo Vera Victor Yara Zoe""",
    "place": """
        Austin Bari Bilbao Bonn Boston Bristol Cali Caracas Catania Chicago Cuenca Dakar Dallas Darwin
        Denver Granada Graz Houston Kampala Kobe Lagos Leeds Leipzig Lima Lusaka Lyon Madrid Managua Manila
        Montevideo Murcia Nairobi Osaka Oslo Oxford Parma Perth Pisa Quito Riga Rosario Salta Siena Sucre
        Toledo Toronto Turku Verona Vigo Zug""",
    "year": " ".join(map(str, range(1900, 2000))),
    "job": """
        analyst/analista archivist/archivista artist/artista astronaut/astronauta athlete/atleta chef
        clerk/oficinista dentist/dentista detective economist/economista electrician/electricista
        florist/florista guide/guía gymnast/gimnasta interpreter/intérprete journalist/periodista judge/juez
        linguist/lingüista merchant/comerciante novelist/novelista oculist/oculista pilot/piloto poet/poeta
        psychiatrist/psiquiatra singer/cantante stylist/estilista""",
    "instrument": """
        accordion/acordeón banjo bassoon/fagot bugle/clarín cello/violonchelo clarinet/clarinete drum/tambor
        fife/pífano gong harp/arpa lute/laúd oboe organ/órgano piano piccolo/flautín saxophone/saxofón sitar
        trombone/trombón ukulele/ukelele violin/violín""",
    "tongue": """
        Arabic/árabe Basque/euskera Bengali/bengalí Catalan/catalán Danish/danés Dutch/neerlandés
        French/francés Greek/griego Guarani/guaraní Korean/coreano Polish/polaco Quechua/quechua
        Russian/ruso Swahili/suajili Thai/tailandés Turkish/turco""",
    "month": """
        January/enero February/febrero March/marzo April/abril May/mayo June/junio July/julio August/agosto
        September/septiembre October/octubre November/noviembre December/diciembre""",
    "count": "one/una two/dos three/tres four/cuatro",
    "speaks": "no yes/sí",
}
WORLD = {  # WORLD[language][what]: a list, in the same order in both languages
    language: {what: [word.split("/")[side] for word in words.split()] for what, words in WORDS.items()}
    for language, side in (("en", 0), ("es", -1))
}
KIND_NAMES = {
    "en": {
        "place": "place",
        "year": "year",
        "job": "job",
        "instrument": "instrument",
        "date": "date in figures",
        "count": "how many languages",
        "speaks": "yes or no",
    },
    "es": {
        "place": "lugar",
        "year": "año",
        "job": "oficio",
        "instrument": "instrumento",
        "date": "fecha en cifras",
        "count": "cuántas lenguas",
        "speaks": "sí o no",
    },
}
CLAUSES = {  # what may be told of a person, each under the kinds of question that it answers
    "en": {
        ("place",): "was born in {place}",
        ("job",): "worked as {a_job}",
        ("instrument",): "played the {instrument}",
        ("count", "speaks"): "spoke {all}",
        ("year", "date"): "died on {day} {month} {year}",
    },
    "es": {
        ("place",): "nació en {place}",
        ("job",): "trabajó de {a_job}",
        ("instrument",): "tocó el {instrument}",
        ("count", "speaks"): "habló {all}",
        ("year", "date"): "murió el {day} de {month} de {year}",
    },
}
ASKED = {
    "en": {
        "place": "Where was {name} born?",
        "year": "In which year did {name} die?",
        "job": "What was {name}'s job?",
        "instrument": "What did {name} play?",
        "date": "Write the date of {name}'s death in figures.",
        "count": "How many languages did {name} speak?",
        "speaks": "Did {name} speak {tongue}?",
    },
    "es": {
        "place": "¿Dónde nació {name}?",
        "year": "¿En qué año murió {name}?",
        "job": "¿De qué trabajó {name}?",
        "instrument": "¿Qué tocó {name}?",
        "date": "Escribe en cifras la fecha en que murió {name}.",
        "count": "¿Cuántas lenguas habló {name}?",
        "speaks": "¿Habló {name} {tongue}?",
    },
}
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
        told = draw.sample(list(CLAUSES[language]), draw.randint(*facts))
        context = " ".join(_sentence(person, told, language, draw) for person in people)
        possible = [kind for clause in told for kind in clause if kind in kinds]
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
                    "question": ASKED[language][kind].format(name=asked["name"], tongue=tongue),
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
    middle = [kinds for kinds in told if kinds not in (("place",), ("year", "date"))]
    draw.shuffle(middle)
    order = [kinds for kinds in told if kinds == ("place",)] + middle
    order += [kinds for kinds in told if kinds == ("year", "date")]
    clauses = [CLAUSES[language][kinds].format(**person) for kinds in order]
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
