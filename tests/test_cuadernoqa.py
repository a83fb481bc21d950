"""The content of the course's own corpora: what the data sheet promises."""

import json
import re
import runpy
import unicodedata
from collections import Counter

import numpy as np
import pytest

from qa_course import corpus, encoder, scoring

# The first of these words in a question says what it asks for.
KINDS = {
    "en": {
        "why": r"why",
        "number": r"how (?:many|much|long|old|far|tall|high|deep|often|fast|big|large|wide|heavy)",
        "person": r"who|whom|whose",
        "time": r"when|(?:what|which) (?:year|date|day|month|century|decade)",
        "place": r"where",
        "how": r"how",
        "thing": r"what|which",
    },
    "es": {
        "why": r"(?:por|para) qué",
        "number": r"cuánt[oa]s?",
        "person": r"quién(?:es)?",
        "time": r"cuándo|qué (?:año|fecha|día|mes|siglo|década)",
        "place": r"(?:a|de)?dónde",
        "how": r"cómo",
        "thing": r"qué|cuál(?:es)?",
    },
}


def kind(question, language):
    patterns = "|".join(f"(?P<{name}>{pattern})" for name, pattern in KINDS[language].items())
    found = re.search(rf"\b(?:{patterns})\b", question.lower())
    return found and found.lastgroup


def numbers(text):
    """The numbers of a text in digits, in one notation for both languages; decades and centuries are left out."""
    text = re.sub(r"\b\d{4}s\b|década de \d{4}|\b\d+(st|nd|rd|th) centur\w+", "", text)
    text = re.sub(r"\b(\d+)\.(\d) billion", r"\1\g<2>00 million", text)
    text = re.sub(r"\b(\d+) billion", r"\g<1>000 million", text)
    plain = re.sub(r"(?<=\d)[.,](?=\d{3}\b)", "", text)
    return Counter(number.replace(",", ".") for number in re.findall(r"\d+(?:[.,]\d+)?", plain))


def words(text):
    plain = unicodedata.normalize("NFD", text.lower())
    return re.findall(r"\w+", "".join(char for char in plain if not unicodedata.combining(char)))


def stems(text):
    """The beginnings of a text's longer words, in which the forms of one word are mostly alike."""
    return {word[:5] for word in words(text) if len(word) > 3}


def sentence(context, position):
    """The sentence of a passage that stands at a position."""
    begin = max((end.end() for end in re.finditer(r"[.!?] ", context[:position])), default=0)
    return context[begin : position + re.search(r"[.!?] |$", context[position:]).start()]


def most_alike(texts, size):
    """The highest Jaccard similarity of any two texts, as sets of runs of `size` words, and the two."""
    from scipy.sparse import csr_array

    index, rows, columns = {}, [], []
    for row, text in enumerate(texts):
        each = words(text)
        runs = {tuple(each[i : i + size]) for i in range(max(1, len(each) - size + 1))}
        rows += [row] * len(runs)
        columns += [index.setdefault(run, len(index)) for run in runs]
    table = csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(texts), len(index)))
    shared = (table @ table.T).tocoo()
    sizes = table.sum(axis=1)
    pairs = shared.row < shared.col
    first, second, both = shared.row[pairs], shared.col[pairs], shared.data[pairs]
    if not len(both):
        return 0.0, ()
    alike = both / (sizes[first] + sizes[second] - both)
    best = alike.argmax()
    return alike[best], (texts[first[best]], texts[second[best]])


def test_the_measures_see_what_they_should():
    assert kind("By whom was it built, and why?", "en") == "person"
    assert kind("¿Para qué servía?", "es") == "why" and kind("¿En qué año murió?", "es") == "time"
    assert numbers("In 1968, 45,000 of 2.5 million") == numbers("En 1968, 45.000 de 2,5 millones")
    assert numbers("86 billion or 1.5 billion") == numbers("86.000 millones o 1500 millones")
    assert numbers("the 1950s and the 19th century") == Counter()
    alike, pair = most_alike(["¿Cuándo nació Juan?", "¿Dónde está Lima?", "¿Cuando nacio Juan?"], 2)
    assert alike == 1 and len(pair) == 2
    assert most_alike(["one two three", "four five six"], 1) == (0.0, ())


@pytest.fixture(scope="module")
def files():
    """`{(split, language): articles}`, as they stand in the files."""
    folder = corpus.folder("cuadernoqa")
    return {
        (split, language): json.loads((folder / f"{split}.{language}.json").read_text(encoding="utf-8"))["data"]
        for split in corpus.SPLITS
        for language in corpus.LANGUAGES
    }


@pytest.fixture(scope="module", params=corpus.SPLITS)
def articles(files, request):
    """`{language: articles}` of one split."""
    return {language: files[request.param, language] for language in corpus.LANGUAGES}


def passages(articles):
    return [p for a in articles for p in a["paragraphs"]]


def questions(articles):
    return [q for p in passages(articles) for q in p["qas"]]


def gold(question):
    """The answer, or the span that tempts where there is none."""
    return (question["plausible_answers"] if question["is_impossible"] else question["answers"])[0]


def gives_away(question):
    """Whether the answer, or the span that tempts, stands in the question."""
    return f" {' '.join(words(gold(question)['text']))} " in f" {' '.join(words(question['question']))} "


def test_both_languages_have_the_same_questions_under_the_same_ids(articles):
    en, es = (questions(articles[language]) for language in ("en", "es"))
    assert [q["id"] for q in en] == [q["id"] for q in es]
    assert [q["is_impossible"] for q in en] == [q["is_impossible"] for q in es]
    assert [a["slug"] for a in articles["en"]] == [a["slug"] for a in articles["es"]]
    assert [len(p["qas"]) for p in passages(articles["en"])] == [len(p["qas"]) for p in passages(articles["es"])]


def test_passages_and_questions_have_the_shape_of_the_data_sheet(articles):
    for language, each in articles.items():
        for passage in passages(each):
            assert 90 <= len(passage["context"].split()) <= 180, passage["context"][:60]
            assert len(passage["qas"]) == 8 and sum(q["is_impossible"] for q in passage["qas"]) == 2
            for q in passage["qas"]:
                assert q["question"].endswith("?") and ("¿" in q["question"]) == (language == "es"), q["id"]
                assert 3 <= len(q["question"].split()) <= 40, q["id"]
                assert 1 <= len(gold(q)["text"].split()) <= 10, q["id"]


def test_a_gold_stands_where_it_says_as_whole_words(articles):
    for passage in (p for each in articles.values() for p in passages(each)):
        context = passage["context"]
        for q in passage["qas"]:
            start, end = gold(q)["answer_start"], gold(q)["answer_start"] + len(gold(q)["text"])
            assert context[start:end] == gold(q)["text"], q["id"]
            assert start == 0 or not context[start - 1].isalnum(), q["id"]
            assert end == len(context) or not context[end].isalnum(), q["id"]


def shares_named(articles):
    """Percent of a question's longer words that stand in the sentence of its answer, and of the span that tempts."""
    found = {False: [], True: []}
    for passage in passages(articles):
        for q in passage["qas"]:
            asked, said = stems(q["question"]), stems(sentence(passage["context"], gold(q)["answer_start"]))
            found[q["is_impossible"]].append(len(asked & said) / len(asked) if asked else 0)
    return [round(100 * np.mean(values)) for values in found.values() if values]


def test_questions_name_what_the_passage_names(files):
    """As in SQuAD, where people asked; and those without an answer nearly as much, so that wording betrays nothing."""
    shares = {
        language: shares_named([a for split in corpus.SPLITS for a in files[split, language]])
        for language in corpus.LANGUAGES
    }
    for answerable, unanswerable in shares.values():
        assert 45 < answerable < 75 and answerable - unanswerable < 15, shares
    (en, en_tempting), (es, es_tempting) = shares["en"], shares["es"]
    sheet = " ".join((corpus.folder("cuadernoqa") / "README.md").read_text(encoding="utf-8").split())
    assert f"{en} % in English and {es} % in Spanish stand" in sheet
    assert f"an unanswerable question {en_tempting} % and {es_tempting} %" in sheet
    assert f"el {en} % en inglés y el {es} % en español están" in sheet
    assert f"pregunta sin respuesta, el {en_tempting} % y el {es_tempting} %" in sheet


def test_xquad_names_as_much_as_the_data_sheet_says(real_data):
    shares = []
    for language in corpus.LANGUAGES:
        articles = json.loads((real_data / f"xquad.{language}.json").read_text(encoding="utf-8"))["data"]
        for q in questions(articles):
            q.setdefault("is_impossible", False)
        shares += shares_named(articles)
    en, es = shares
    sheet = (corpus.folder("cuadernoqa") / "README.md").read_text(encoding="utf-8")
    assert f"(XQuAD: {en} % and {es} %, measured in the same way)" in sheet
    assert f"(en XQuAD, medido igual, el {en} % y el {es} %)" in sheet


def test_rewordings_keep_what_the_corpus_promises(files):
    """Put in place of the questions, each is a question, gives no answer away, and they name what the sheet says."""
    rewordings = json.loads((corpus.folder("cuadernoqa").parent / "rewordings.json").read_text(encoding="utf-8"))
    shares = {}
    for language, texts in rewordings.items():
        every = [a for split in corpus.SPLITS for a in files[split, language]]
        assert texts.keys() <= {q["id"] for q in questions(every)}
        reworded = [
            {**p, "qas": [{**q, "question": texts.get(q["id"], q["question"])} for q in p["qas"]]}
            for p in passages(every)
        ]
        shares[language] = shares_named([{"paragraphs": reworded}])
        before = {q["id"]: q["question"] for q in questions(every)}
        asked = questions([{"paragraphs": reworded}])
        assert len({q["question"] for q in asked}) == len(asked)
        for q in asked:
            text = q["question"]
            assert (text != before[q["id"]]) == (q["id"] in texts), q["id"]
            assert text.endswith("?") and ("¿" in text) == (language == "es") and 3 <= len(text.split()) <= 40, q["id"]
            assert not {char for char in text if not encoder.in_alphabet(char)}, q["id"]
            assert kind(text, language) and not gives_away(q), q["id"]
    sheet = " ".join((corpus.folder("cuadernoqa") / "README.md").read_text(encoding="utf-8").split())
    answerable, unanswerable = shares["en"]
    assert f"asks {len(rewordings['en']):,} of the" in sheet and f"Spanish twins ({len(rewordings['es'])})" in sheet
    assert f"longer words {answerable} % stand" in sheet
    assert f"of those without an answer {unanswerable} % in the sentence that tempts" in sheet


def test_drafts_can_be_added(files):
    """Those that wait in `data/drafts` have no fault, and none stands in the corpus already."""
    folder = corpus.folder("cuadernoqa").parent
    tool = runpy.run_path(str(folder / "add_articles.py"))
    drafts = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((folder / "drafts").glob("*.json"))]
    assert drafts and not [fault for draft in drafts for fault in tool["faults"](draft)]
    slugs = {draft["slug"] for draft in drafts}
    assert len(slugs) == len(drafts) and not slugs & {a["slug"] for articles in files.values() for a in articles}
    for language in corpus.LANGUAGES:
        for passage in passages([tool["article"](draft, language) for draft in drafts]):
            assert not {char for char in passage["context"] if not encoder.in_alphabet(char)}
            assert all(kind(q["question"], language) for q in passage["qas"]), passage["qas"][0]["id"]


def test_no_question_gives_its_answer_away(articles):
    for q in (q for each in articles.values() for q in questions(each)):
        assert not gives_away(q), q["id"]


def test_every_character_is_in_the_alphabet_of_the_encoder(articles):
    for passage in (p for each in articles.values() for p in passages(each)):
        for text in (passage["context"], *(q["question"] for q in passage["qas"])):
            assert text == unicodedata.normalize("NFC", text)
            assert not {char for char in text if not encoder.in_alphabet(char)}, text[:60]


def test_both_languages_give_the_same_numbers(articles):
    for en, es in zip(passages(articles["en"]), passages(articles["es"]), strict=True):
        assert numbers(en["context"]) == numbers(es["context"]), en["qas"][0]["id"]
        for one, other in zip(en["qas"], es["qas"], strict=True):
            assert numbers(gold(one)["text"]) == numbers(gold(other)["text"]), one["id"]


def test_both_languages_ask_for_the_same_kind_of_answer(files):
    pairs = Counter()
    for split in corpus.SPLITS:
        for en, es in zip(questions(files[split, "en"]), questions(files[split, "es"]), strict=True):
            pairs[kind(en["question"], "en"), kind(es["question"], "es")] += 1
    # "How old" is "qué edad", "by what means" is "cómo": a language chooses its own words, though seldom.
    plain = sum(count for (one, other), count in pairs.items() if one == other)
    assert plain / pairs.total() > 0.85
    # These never answer each other.
    for one, other in (("person", "time"), ("person", "number"), ("place", "number"), ("why", "number")):
        assert not pairs[one, other] and not pairs[other, one], (one, other)


def test_question_words_are_in_balance(files):
    sheet = (corpus.folder("cuadernoqa") / "README.md").read_text(encoding="utf-8")
    for language in corpus.LANGUAGES:
        found = Counter(kind(q["question"], language) for s in corpus.SPLITS for q in questions(files[s, language]))
        share = {name: count / found.total() for name, count in found.items()}
        assert set(share) == set(KINDS[language])  # each occurs, and every question has one
        order = ("thing", "time", "person", "number", "why", "place", "how")
        row = " | ".join(f"{100 * share[name]:.1f}" for name in order)
        assert row in sheet and row.replace(".", ",") in sheet, row
        assert share["thing"] < 0.55, share
        least = {"person": 0.08, "time": 0.08, "number": 0.08, "place": 0.04, "why": 0.03, "how": 0.02}
        assert not {name for name, floor in least.items() if share[name] < floor}, share


def test_every_text_is_in_its_language(files):
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(corpus.LANGUAGES))
    doubtful = []
    for (_, language), each in files.items():
        for passage in passages(each):
            assert identifier.classify(passage["context"])[0] == language, passage["context"][:60]
            texts = [q["question"] for q in passage["qas"]]
            doubtful += [text for text in texts if identifier.classify(text)[0] != language]
    # A short question with a long foreign name deceives the identifier now and then.
    assert len(doubtful) <= 0.005 * sum(len(questions(each)) for each in files.values()), doubtful


@pytest.mark.parametrize("language", corpus.LANGUAGES)
def test_nothing_is_there_twice_or_nearly(files, language):
    each = [a for split in corpus.SPLITS for a in files[split, language]]
    slugs = [a["slug"] for a in each]
    assert len(slugs) == len(set(slugs))
    alike, pair = most_alike([p["context"] for p in passages(each)], 5)
    assert alike < 0.05, pair
    alike, pair = most_alike([q["question"] for q in questions(each)], 2)
    assert alike < 0.85, pair  # an unanswerable question may be the twin of an answerable one, but for a name


def test_the_data_sheet_gives_the_counts(files):
    sheet = (corpus.folder("cuadernoqa") / "README.md").read_text(encoding="utf-8")
    for split in corpus.SPLITS:
        each = files[split, "en"]
        asked = questions(each)
        unanswerable = sum(q["is_impossible"] for q in asked)
        counts = (len(each), len(passages(each)), len(asked), len(asked) - unanswerable, unanswerable)
        row = "| " + " | ".join(f"{count:,}" for count in counts) + " |"
        assert row in sheet and row.replace(",", ".") in sheet, (split, row)


@pytest.mark.parametrize("language", corpus.LANGUAGES)
def test_the_folder_loads_with_datasets_one_row_an_article(files, language, tmp_path):
    import datasets

    loaded = datasets.load_dataset(str(corpus.folder("cuadernoqa")), language, cache_dir=str(tmp_path))
    assert set(loaded) == set(corpus.SPLITS)
    for split in corpus.SPLITS:
        assert loaded[split]["slug"] == [a["slug"] for a in files[split, language]]


@pytest.mark.parametrize("language", corpus.LANGUAGES)
def test_the_second_reading_agrees_as_the_data_sheet_says(files, language):
    """By the MLQA rule; two silences agree, a silence and an answer do not."""
    folder = corpus.folder("cuadernoqa")
    read = json.loads((folder / f"second_reading.{language}.json").read_text(encoding="utf-8"))["answers"]
    keys = {
        q["id"]: "" if q["is_impossible"] else gold(q)["text"]
        for split in corpus.SPLITS
        for q in questions(files[split, language])
    }
    assert read.keys() == keys.keys()
    measures = {"em": scoring.exact_match, "f1": scoring.f1}
    agreed = {
        name: [
            float(measure(read[q], key, language, "mlqa")) if read[q] and key else float(read[q] == key)
            for q, key in keys.items()
        ]
        for name, measure in measures.items()
    }
    silent = [not read[q] for q, key in keys.items() if not key]
    figures = [f"{100 * np.mean(values):.1f}" for values in (*agreed.values(), silent)]
    sheet = (folder / "README.md").read_text(encoding="utf-8")
    name = {"en": "English", "es": "español"}[language]
    row = next(line for line in sheet.splitlines() if line.startswith(f"| {name} |"))
    assert row.replace(",", ".").strip("| ").split(" | ")[4:] == figures


def test_the_cardiology_set():
    en, es = (corpus.load("cardiology", language=language) for language in ("en", "es"))
    assert en["id"] == es["id"] and len(en) == 10
    for one, other in zip(en["answers"], es["answers"], strict=True):
        assert bool(one["text"]) == bool(other["text"])
    assert sum(bool(answers["text"]) for answers in en["answers"]) == 7
