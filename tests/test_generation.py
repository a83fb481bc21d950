"""What makes text of questions and answers of text, and the small T5 that learns from it."""

import json

import pytest
import torch

from qa_course import generation, microworld

TINY = generation.Config(
    width=16, layers=1, decoder_layers=1, heads=2, vocabulary=300, epochs=2, batch_size=16, threads=1
)


@pytest.fixture(scope="module")
def world():
    return {split: microworld.questions(split, 400) for split in microworld.SPLITS}


@pytest.fixture(scope="module")
def tokenizer(world):
    return generation.train_tokenizer(list(world["train"]["context"]), 300)


@pytest.fixture(scope="module")
def folder(world, new_cache):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QA_COURSE_CACHE", str(new_cache()))
        yield generation.fit(TINY, world["train"], world["validation"].select(range(40)), world["train"]["context"])


# --- text to text ---


def test_a_tokenizer_gives_texts_back_and_closes_them(world, tokenizer):
    for text in [*world["train"]["context"][:50], "12/3/1919", "sí"]:
        ids = tokenizer(text)["input_ids"]
        assert ids[-1] == tokenizer.eos_token_id == 1 and tokenizer.unk_token_id not in ids
        assert tokenizer.decode(ids, skip_special_tokens=True).strip() == text
    assert tokenizer.tokenize("1919")[-4:] == ["1", "9", "1", "9"]
    assert "token_type_ids" not in tokenizer("Lima")


def test_features_and_batches(world, tokenizer):
    made = generation.features(world["train"][:8], tokenizer)
    rows = [dict(zip(made, values, strict=True)) for values in zip(*made.values(), strict=True)]
    for row, answers in zip(rows, world["train"][:8]["answers"], strict=True):
        assert tokenizer.decode(row["labels"], skip_special_tokens=True).strip() == answers["text"][0]
    batch = generation.collator(tokenizer)(rows)
    padded = batch["labels"] == generation.IGNORED
    assert padded.any() and not (batch["labels"] == 0).any()
    counted = generation.collator(tokenizer, ignored=0)(rows)["labels"]
    assert (counted[padded] == 0).all() and (counted[~padded] == batch["labels"][~padded]).all()
    silent = generation.features({"question": ["?"], "context": ["."], "answers": [{"text": []}]}, tokenizer)
    assert silent["labels"] == [[1]]


def test_generation_does_not_depend_on_the_batch(world, tokenizer):
    model = generation.new_model(tokenizer, TINY)
    few = world["test"].select(range(9))
    alone, together = (generation.generate(model, tokenizer, few, batch_size=size) for size in (1, 9))
    assert alone == together and alone.keys() == set(few["id"])


def test_cuadernoqa_comes_in_both_languages_with_ids_of_its_own():
    table = generation.cuadernoqa("test", "offline")
    assert len(table) == len(set(table["id"])) == 320
    assert list(table["language"]).count("es") == 160
    assert all(name.endswith(f"@{each}") for name, each in zip(table["id"], table["language"], strict=True))
    assert len(generation.cuadernoqa("train", "smoke")) == 48


# --- training ---


def test_a_step_trains(world, tokenizer):
    model = generation.new_model(tokenizer, TINY)
    made = generation.features(world["train"][:8], tokenizer)
    rows = [dict(zip(made, values, strict=True)) for values in zip(*made.values(), strict=True)]
    batch = generation.collator(tokenizer)(rows)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = [generation.training_step(model, batch, optimizer) for _ in range(5)]
    assert losses[-1] < losses[0]
    assert all(not p.grad.any() for p in model.parameters() if p.grad is not None)


def test_a_run_is_kept_and_its_best_epoch_loads(world, folder):
    log = generation.history(folder)["log"]
    tested = [entry for entry in log if "eval_loss" in entry]
    assert [entry["epoch"] for entry in tested] == [1, 2]
    assert {"eval_exact_match_en", "eval_exact_match_es"} <= tested[0].keys()
    assert not list(folder.glob("checkpoint-*")) and not list(folder.glob("*.bin"))
    again = generation.fit(TINY, world["train"], world["validation"].select(range(40)), world["train"]["context"])
    assert again == folder
    tokenizer, model = generation.load(folder)
    assert not model.training and len(tokenizer) <= 300
    json.dumps(generation.history(folder))


def test_a_run_goes_on_from_another(world, folder):
    from dataclasses import replace

    config = replace(TINY, start=folder.name, epochs=1, learning_rate=0.0)
    other = generation.fit(config, world["train"].select(range(32)), world["validation"].select(range(8)))
    before, after = (generation.load(each)[1].state_dict() for each in (folder, other))
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_exact_match_by_language(tokenizer):
    table = {
        "answers": [{"text": ["Lima"]}, {"text": []}, {"text": ["Oslo"]}],
        "language": ["en", "en", "es"],
    }
    rows = [tokenizer(text)["input_ids"] for text in ("Lima", "", "Lima")]
    longest = max(map(len, rows))
    ids = torch.tensor([row + [-100] * (longest - len(row)) for row in rows]).numpy()
    assert generation.exact_by_language(ids, table, tokenizer) == {"exact_match_en": 100.0, "exact_match_es": 0.0}
