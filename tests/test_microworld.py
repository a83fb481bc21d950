"""The micro-world: spans where they should stand, new combinations in the test, where an answer comes from."""

import pytest

from qa_course import corpus, microworld, scoring


@pytest.fixture(scope="module")
def world():
    return {split: microworld.questions(split, 400) for split in microworld.SPLITS}


def test_the_world_is_always_the_same_and_in_both_languages(world):
    assert microworld.questions("test", 400)[:] == world["test"][:]
    assert microworld.questions("test", 400, seed=1)[:] != world["test"][:]
    assert set(world["test"]["language"]) == set(corpus.LANGUAGES)
    assert set(world["test"]["kind"]) == set(microworld.KINDS)
    assert len(set(world["test"]["id"])) == 400
    assert {row["facts"] for row in world["test"]} == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("protagonists", [1, 2])
def test_spans_stand_where_they_should_and_the_others_nowhere(protagonists):
    for row in microworld.questions("train", 400, protagonists):
        (answer,), (start,) = row["answers"]["text"], row["answers"]["answer_start"]
        assert row["name"] in row["question"] and row["name"] in row["context"]
        assert len(row["others"]) == protagonists - 1
        if row["kind"] in microworld.SPAN_KINDS:
            assert row["context"][start : start + len(answer)] == answer
            assert answer in row["values"]
        else:
            assert start == -1 and answer not in row["context"].split()
        assert microworld.origin(answer, row) == "right"


def test_no_name_meets_a_value_that_it_met_in_training(world):
    def known(table):
        return {(row["name"], row["answers"]["text"][0]) for row in table if row["kind"] in microworld.SPAN_KINDS}

    whole = microworld.questions("train", 20_000)
    train, test = known(whole), known(microworld.questions("test", 2000))
    assert len(test) > 200 and not train & test and not known(world["validation"]) & (train | test)
    assert {name for name, _ in test} <= {name for name, _ in train}
    assert {value for _, value in test} <= {value for _, value in train}


def test_yes_and_no_are_balanced_and_dates_are_right():
    yes = [row["answers"]["text"][0] for row in microworld.questions("train", 2000, kinds=("speaks",))]
    assert set(yes) == {"yes", "no", "sí"}
    assert 0.45 < yes.count("no") / 2000 < 0.55
    row = microworld.questions("train", 1, kinds=("date",), facts=(5, 5))[0]
    day, month, year = row["answers"]["text"][0].split("/")
    name = microworld.WORLD[row["language"]]["month"][int(month) - 1]
    assert all(each in row["context"] for each in (f" {day} ", name, year))


def test_an_unknown_split_or_kind_is_named():
    for wrong in ({"split": "dev"}, {"split": "train", "kinds": ("age",)}):
        with pytest.raises(ValueError, match=r"dev|age"):
            microworld.questions(**wrong, count=1)


def test_the_origin_of_an_answer():
    row = {
        "context": "Ana was born in Lima and worked as a poet. Leo was born in Oslo and worked as a judge.",
        "answers": {"text": ["Lima"], "answer_start": [16]},
        "others": ["Oslo"],
        "values": ["Lima", "poet", "Ana", "Oslo", "judge", "Leo"],
    }
    said = {"lima": "right", "Oslo": "other person", "judge": "other attribute", "born in": "passage"}
    for answer, origin in (said | {"Quito": "made up", "im": "made up", "": "made up"}).items():
        assert microworld.origin(answer, row) == origin


def test_scores_by_kind(world):
    found = {row["id"]: row["answers"]["text"][0] for row in world["test"]}
    assert set(microworld.by_kind(found, world["test"]).values()) == {100.0}
    assert all(each == {"right": 100.0} for each in microworld.origins(found, world["test"]).values())
    assert scoring.made_up(dict.fromkeys(found, ""), world["test"]) == 0
    assert scoring.made_up(dict.fromkeys(found, "Atlantis"), world["test"]) == 100
