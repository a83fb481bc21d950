import json

import pytest

from qa_course import corpus

ROW = {"id": "q-17", "title": "Bolivia", "context": "La Paz está en Bolivia.", "question": "¿Dónde está La Paz?"}
GOLD = {"text": ["Bolivia"], "answer_start": [15]}


def squad(*entries, context=ROW["context"]):
    return {
        "version": "v2.0",
        "data": [{"title": "Bolivia", "paragraphs": [{"context": context, "qas": list(entries)}]}],
    }


def entry(answers=({"text": "Bolivia", "answer_start": 15},), **more):
    return {"id": "q-17", "question": ROW["question"], "answers": list(answers)} | more


def saved(folder, document, name="train.es.json"):
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


def test_every_format_gives_the_same_table(tmp_path):
    import pandas as pd

    row = ROW | {"answers": GOLD}
    frame = pd.DataFrame([ROW | {"answers": json.dumps(GOLD)}])
    paths = [
        saved(tmp_path, squad(entry())),
        saved(tmp_path, [row], "rows.json"),
        saved(tmp_path, json.dumps(row) + "\n\n", "rows.jsonl"),
        tmp_path / "rows.csv",
        tmp_path / "python.csv",
        tmp_path / "rows.parquet",
    ]
    frame.to_csv(paths[3], index=False)
    python = "{'text': array(['Bolivia'],\n dtype=object), 'answer_start': array([15])}"
    pd.DataFrame([ROW | {"answers": python}]).to_csv(paths[4], index=False)
    pd.DataFrame([row]).to_parquet(paths[5])
    for path in paths:
        table = corpus.load(path)
        assert table.column_names == list(corpus.COLUMNS), path
        assert table[0] == row, path


def test_a_folder_of_datasets_is_loaded_like_a_set_of_the_hub(tmp_path):
    saved(tmp_path, json.dumps(ROW | {"answers": GOLD}), "train.jsonl")
    saved(tmp_path, json.dumps(ROW | {"id": "q-18", "answers": GOLD}), "test.jsonl")
    assert corpus.load(str(tmp_path), "test")["id"] == ["q-18"]
    assert corpus.load(str(tmp_path))["id"] == ["q-17", "q-18"]


def test_golds_without_text_are_dropped_and_counted(tmp_path):
    empty = {"text": "", "answer_start": -1}
    path = saved(tmp_path, squad(entry([empty, {"text": "Bolivia", "answer_start": 15}, empty])))
    with pytest.warns(UserWarning, match="2 golds with empty text dropped"):
        table = corpus.load(path)
    assert table[0]["answers"] == GOLD
    assert table.info.description == "2 golds with empty text dropped"


FAULTS = {
    "off by one": (
        squad(entry([{"text": "Bolivia", "answer_start": 14}])),
        "answer_start 14 gives ' Bolivi', expected 'Bolivia' (it first stands at 15)",
    ),
    "negative": (squad(entry([{"text": "Bolivia", "answer_start": -8}])), "answer_start -8 gives ''"),
    "past the end": (squad(entry([{"text": "Bolivia", "answer_start": 99}])), "answer_start 99 gives ''"),
    "absent": (squad(entry([{"text": "Perú", "answer_start": 0}])), "expected 'Perú'"),
    "text as number": (squad(entry([{"text": 5, "answer_start": 0}])), "a text and a whole number"),
    "start as text": (squad(entry([{"text": "La", "answer_start": "0"}])), "a text and a whole number"),
    "no question": (squad(entry(question=" ")), "'question' must be a text that is not empty"),
    "id as number": (squad(entry(id=5)), "'id' must be a text"),
    "no context": (squad(entry(), context=None), "'context' must be a text"),
    "answers as text": (squad(entry() | {"answers": "import os"}), "cannot read 'answers'"),
    "contradiction": (squad(entry(is_impossible=True)), "is_impossible is true"),
    "twice": (squad(entry(), entry()), "this id occurs twice"),
    "decomposed": (squad(entry([{"text": "esta\u0301", "answer_start": 7}])), "answer_start 7 gives 'está '"),
    "no object": (squad("what?"), "article 1"),
    "no paragraphs": ({"data": [{"title": "x"}]}, "article 1: expected an object with a list 'paragraphs'"),
    "no data": ({"rows": []}, "neither SQuAD"),
    "empty": (squad(), "no question in it"),
    "broken": ('{"data": [', "line 1, column 11: no JSON"),
}


@pytest.mark.parametrize(("document", "message"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_named_with_file_and_place(tmp_path, document, message):
    with pytest.raises(corpus.CorpusError) as caught:
        corpus.load(saved(tmp_path, document))
    assert str(caught.value).startswith("train.es.json: ")
    assert message in str(caught.value)


def test_all_faults_are_listed_with_their_ids(tmp_path):
    wrong = [entry([{"text": "Bolivia", "answer_start": 1}], id=f"q-{n}") for n in range(25)]
    with pytest.raises(corpus.CorpusError) as caught:
        corpus.load(saved(tmp_path, squad(*wrong)))
    lines = str(caught.value).splitlines()
    assert len(lines) == 21 and lines[-1] == "... and 5 more"
    assert all(f"article 1, question 'q-{n}'" in line for n, line in enumerate(lines[:20]))


def test_other_encodings_and_missing_files(tmp_path):
    path = tmp_path / "latin.json"
    path.write_bytes(json.dumps(squad(entry()), ensure_ascii=False).encode("latin-1"))
    with pytest.raises(corpus.CorpusError, match="not UTF-8"):
        corpus.load(path)
    path.write_bytes(json.dumps(squad(entry())).encode("utf-8-sig"))
    assert len(corpus.load(path)) == 1
    with pytest.raises(FileNotFoundError, match="no such file"):
        corpus.load(tmp_path / "nothing.json")
    with pytest.raises(corpus.CorpusError, match="cannot load 'no/such-set'.*Check the name"):
        corpus.load("no/such-set")


def test_no_code_of_a_file_is_run(tmp_path):
    import pandas as pd

    marker = tmp_path / "ran"
    code = f"__import__('pathlib').Path({str(marker)!r}).touch()"
    pd.DataFrame([ROW | {"answers": code}]).to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(corpus.CorpusError, match="cannot read 'answers'"):
        corpus.load(tmp_path / "rows.csv")
    assert not marker.exists()


def test_the_course_corpus_by_split_and_language():
    both = corpus.load("cuadernoqa", "validation")
    parts = {language: corpus.load("cuadernoqa", "validation", language) for language in corpus.LANGUAGES}
    assert len(both) == len(parts["en"]) + len(parts["es"]) and len(set(both["id"])) == len(both)
    assert {name.partition("@")[0] for name in both["id"]} == set(parts["en"]["id"]) == set(parts["es"]["id"])
    assert corpus.load("cuadernoqa", "train[3:5]", "es")["id"] == corpus.load("cuadernoqa", "train", "es")["id"][3:5]
    everything = corpus.load("cuadernoqa", language="en")
    assert len(everything) == sum(len(corpus.load("cuadernoqa", split, "en")) for split in corpus.SPLITS)
    for wrong in ({"split": "dev"}, {"language": "fr"}):
        with pytest.raises(corpus.CorpusError, match="choose one of"):
            corpus.load("cuadernoqa", **wrong)


def test_real_data_loads_whole(real_data):
    assert len(corpus.load(real_data / "xquad.en.json")) == len(corpus.load(real_data / "xquad.es.json")) == 612
    with pytest.warns(UserWarning, match="1324 golds with empty text dropped"):
        table = corpus.load(real_data / "squad_es_v2.json")
    raw = json.loads((real_data / "squad_es_v2.json").read_text(encoding="utf-8"))["data"]
    assert len(table) == sum(len(p["qas"]) for article in raw for p in article["paragraphs"])


def test_a_split_keeps_groups_together():
    table = corpus.load("cuadernoqa", "train[:96]", "en")
    titles = table["title"][:]
    train, test = corpus.split(table, titles, share=0.5, seed=1)
    assert len(train) + len(test) == 96 and len(set(train["title"])) == len(set(titles)) / 2
    assert not set(train["title"]) & set(test["title"])
    assert [row for row in table if row["title"] in set(train["title"])] == list(train)
    rows, rest = corpus.split(table, table["id"], share=0.75, seed=1)
    assert (len(rows), len(rest)) == (72, 24) and set(rows["title"]) & set(rest["title"])
    assert list(corpus.split(table, table["id"], 0.75, seed=1)[0]) == list(rows)
    assert list(corpus.split(table, table["id"], 0.75, seed=2)[0]) != list(rows)
    with pytest.raises(ValueError, match="leaves one side empty"):
        corpus.split(table, titles, share=1)
    with pytest.raises(ValueError, match="96 rows but 2 groups"):
        corpus.split(table, ["a", "b"])
