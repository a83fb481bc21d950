"""Questions of one's own, and the example of lesson 13."""

import csv
import json
import re

import pytest

from qa_course import corpus, sheets

TEXT = "It opens at nine. A tenth of it is lent for three days, the rest for thirty; films for three days too."
SECTIONS = [{"section": "01", "title": "Loans", "text": TEXT}]
LANGUAGES = ("en", "es")


def question(answer, section="01", occurrence="", text="What?"):
    return {"section": section, "question": text, "answer": answer, "occurrence": occurrence}


def university(name, language):
    path = corpus.folder("university") / f"{name}.{language}.csv"
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_an_answer_is_found_as_whole_words():
    assert sheets.answer_start(TEXT, "nine") == 12
    assert TEXT[sheets.answer_start(TEXT, "thirty") :].startswith("thirty;")
    first, second = (sheets.answer_start(TEXT, "three days", which) for which in (1, 2))
    assert first < second and TEXT[second:] == "three days too."


@pytest.mark.parametrize(
    ("answer", "occurrence", "said"),
    [
        ("ten", None, "does not stand in the text.*'ten' at 20"),
        ("Three Days", None, "copy it letter by letter; 'three days'"),
        ("a week", None, "copy it letter by letter$"),
        ("three days", None, r"stands there 2 times, at \[\d+, \d+\]: say which"),
        ("three days", 3, "no occurrence 3 .*stands there 2 times"),
        ("nine", 0, "no occurrence 0"),
    ],
)
def test_an_answer_that_cannot_be_placed_is_explained(answer, occurrence, said):
    with pytest.raises(ValueError, match=said):
        sheets.answer_start(TEXT, answer, occurrence)


def test_rows_are_what_corpus_loads(tmp_path):
    asked = [question("nine "), question(""), question("three days", occurrence="2")]
    made = sheets.rows(SECTIONS, asked, "en")
    path = tmp_path / "own.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in made), encoding="utf-8")
    table = corpus.load(path)
    assert table["id"][:] == ["01-1@en", "01-2@en", "01-3@en"] and set(table["title"]) == {"Loans"}
    assert [each["text"] for each in table["answers"]] == [["nine"], [], ["three days"]]


def test_the_column_occurrence_may_be_left_out():
    (row,) = sheets.rows(SECTIONS, [{"section": "01", "question": "What?", "answer": "nine"}], "en")
    assert row["answers"] == [{"text": "nine", "answer_start": 12}]


def test_every_fault_is_named_by_the_row_of_the_spreadsheet():
    asked = [question("ten"), question("nine"), question("nine", section="02"), question("nine", occurrence="first")]
    with pytest.raises(corpus.CorpusError) as error:
        sheets.rows(SECTIONS, asked, "en")
    lines = str(error.value).splitlines()
    assert [re.search(r"row (\d+)", line)[1] for line in lines] == ["2", "4", "5"]
    assert "no section '02'" in lines[1]


def test_the_example_is_as_its_data_sheet_says():
    sheet = (corpus.folder("university") / "README.md").read_text(encoding="utf-8")
    for language in LANGUAGES:
        sections, questions = university("sections", language), university("questions", language)
        made = sheets.rows(sections, questions, language)
        answered = sum(bool(row["answers"]) for row in made)
        assert (len(sections), len(made), answered, len(made) - answered) == (14, 107, 86, 21)
        assert all(90 <= len(each["text"].split()) <= 150 for each in sections)
        assert all(str(number) in sheet for number in (14, 107, 86, 21))
        assert len({row["question"] for row in made}) == len(made)
        for row in made:
            assert row["question"].endswith("?") and ("¿" in row["question"]) == (language == "es")
            for gold in row["answers"]:
                assert not re.search(rf"(?<!\w){re.escape(gold['text'])}(?!\w)", row["question"], re.IGNORECASE)


def test_the_example_is_parallel():
    made = [sheets.rows(university("sections", each), university("questions", each), each) for each in LANGUAGES]
    for english, spanish in zip(*made, strict=True):
        assert english["id"].removesuffix("@en") == spanish["id"].removesuffix("@es")
        assert bool(english["answers"]) == bool(spanish["answers"])
        digits = [re.findall(r"\d+", gold["text"]) for row in (english, spanish) for gold in row["answers"]]
        assert not digits or digits[0] == digits[1]


def test_a_section_twice_and_an_occurrence_that_is_no_number_are_faults():
    sections = [{"section": "01", "title": "A", "text": "Lima."}, {"section": "01", "title": "B", "text": "Lima."}]
    asked = [{"section": "01", "question": "Where?", "answer": "Lima", "occurrence": "1.0"}]
    with pytest.raises(corpus.CorpusError) as caught:
        sheets.rows(sections, asked, "en")
    twice, number = str(caught.value).splitlines()
    assert twice == "sections (en): '01' stands there twice"
    assert number == "questions (en), row 2: occurrence is '1.0': write a whole number, or nothing"
