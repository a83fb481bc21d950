import dataclasses
import json

import numpy as np
import pytest
from transformers import TrainerCallback

from qa_course import corpus, encoder, spans, training, windows

SMALL = training.Config(
    encoder="tiny", limit=16, epochs=2, batch_size=8, learning_rate=3e-3, precision="float32", threads=1, max_length=192
)


@pytest.fixture(scope="module")
def cache(new_cache):
    folder = new_cache()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QA_COURSE_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def run(cache):
    return training.fit(SMALL)


def weights(folder):
    from safetensors.numpy import load_file

    return load_file(folder / "model.safetensors")


def losses(run):
    return [entry["loss"] for entry in run.history if "loss" in entry]


class StopAt(TrainerCallback):
    def __init__(self, step):
        self.step = step

    def on_step_end(self, args, state, control, **kwargs):
        if state.global_step == self.step:
            raise KeyboardInterrupt


def test_a_run_leaves_its_model_its_figures_and_nothing_else(run):
    assert {path.name for path in run.folder.iterdir()} >= {
        "model.safetensors",
        "config.json",
        "tokenizer.json",
        "run.json",
    }
    assert not list(run.folder.glob("checkpoint-*")) and not list(run.folder.parent.glob("*.partial"))
    assert run.config == SMALL and run.windows >= 2 * SMALL.limit
    assert json.loads((run.folder / "config.json").read_text())["null_threshold"] == run.metrics["null_threshold"]
    for language in SMALL.languages:
        assert 0 <= run.metrics[f"exact_match_{language}"] <= run.metrics[f"f1_{language}"] <= 100
    assert [entry["step"] for entry in run.history if "eval_f1_en" in entry] == [12, 24, 26]
    assert run.seconds > 0 and run.trainable_parameters < run.parameters


def test_the_frozen_part_stays_as_it_was_and_the_rest_learns(run):
    before, after = weights(encoder.tiny()), weights(run.folder)
    changed = {name for name in after if name.startswith("bert.") and not np.array_equal(after[name], before[name[5:]])}
    assert changed and all(name.startswith("bert.encoder.") for name in changed)


def test_a_run_is_taken_from_the_cache(run, monkeypatch):
    monkeypatch.setattr(training, "_train", None)
    assert training.fit(SMALL) == run


def test_any_table_can_be_trained_on_and_measured(cache, monkeypatch):
    table = corpus.load("cuadernoqa", "train[:16]").filter(lambda row: len(row["answers"]["text"]) > 0)
    run = training.fit(SMALL, table=table)
    assert run.metrics == {} and run.windows >= len(table)
    assert json.loads((run.folder / "config.json").read_text())["null_threshold"] == 0
    assert training.fit(SMALL, table=table.select(range(8))).folder != run.folder
    tokenizer, model = encoder.load(run.folder)
    marks = training.question_f1(run.folder, table)
    scores = training.evaluate(model, tokenizer, table, rule="squad_v1")
    assert list(marks) == table["id"][:]
    assert 100 * np.mean(list(marks.values())) == pytest.approx(scores["f1"])
    found = training.cached_answers(run.folder, table).values()
    limit = np.median([each["null_score"] - each["score"] for each in found])
    expected = training.answer(model, tokenizer, table, null_threshold=limit)
    monkeypatch.setattr(training, "answer", None)
    assert training.question_f1(run.folder, table) == marks
    kept = training.cached_answers(run.folder, table, null_threshold=limit)
    assert {each["text"] == "" for each in kept.values()} == {True, False}
    for name, each in kept.items():
        assert each.items() <= expected[name].items()
    with pytest.raises(ValueError, match="not in the cache of runs"):
        training.cached_answers(cache / run.folder.name, table)


def test_logits_are_computed_once(run, cache, monkeypatch):
    table = corpus.load("cuadernoqa", "validation[:6]", "es")
    tokenizer, model = encoder.load(run.folder)
    sizes = {"tokenizer": tokenizer, "max_length": 64, "stride": 16}
    made = table.map(windows.evaluation_windows, batched=True, remove_columns=table.column_names, fn_kwargs=sizes)
    expected = spans.predict_logits(model, made, tokenizer)
    first = training.cached_logits(run.folder, made)
    monkeypatch.setattr(spans, "predict_logits", None)
    for found in (first, training.cached_logits(run.folder, made)):
        for side, right in zip(found, expected, strict=True):
            assert all(np.array_equal(each, row) for each, row in zip(side, right, strict=True))
    with pytest.raises(ValueError, match="not in the cache of runs"):
        training.cached_logits(cache / run.folder.name, made)


def test_a_run_can_start_where_another_one_ended(run, cache):
    """Its folder is the encoder, head included."""
    further = dataclasses.replace(SMALL, encoder=str(run.folder), epochs=1, learning_rate=1e-9, weight_decay=0.0)
    before, after = (
        weights(run.folder),
        weights(training.fit(further, table=corpus.load("cuadernoqa", "train[:8]")).folder),
    )
    assert before.keys() == after.keys()
    for name, values in before.items():
        np.testing.assert_allclose(after[name], values, atol=1e-6)


def test_the_key_heeds_configuration_data_and_recipe(monkeypatch):
    tables = [corpus.load("cuadernoqa", "validation[:3]", language) for language in ("en", "es")]
    keys = {training._key(SMALL, tables[:1]), training._key(SMALL, tables[1:]), training._key(SMALL, tables)}
    keys.add(training._key(dataclasses.replace(SMALL, seed=1), tables))
    assert training._key(SMALL, tables) in keys
    monkeypatch.setattr(training, "RECIPE", training.RECIPE + 1)
    keys.add(training._key(SMALL, tables))
    assert len(keys) == 5


def test_an_interrupted_run_goes_on_and_ends_as_if_nothing_had_happened(run, cache):
    again = dataclasses.replace(SMALL, languages=("en", "es"))
    run.folder.rename(cache / "kept")
    try:
        with pytest.raises(KeyboardInterrupt):
            training.fit(again, callbacks=[StopAt(15)])
        (work,) = cache.glob("runs/*.partial")
        (whole,) = work.glob("checkpoint-*/" + training.FINISHED)
        assert whole.parent.name == "checkpoint-12"  # inside the first epoch
        torn = work / "checkpoint-99"  # a checkpoint that broke off while it was written
        torn.mkdir()
        (torn / "model.safetensors").write_bytes(b"")
        steps = []

        class Watch(TrainerCallback):
            def on_step_end(self, args, state, control, **kwargs):
                steps.append(state.global_step)

        resumed = training.fit(again, callbacks=[Watch()])
        assert steps[0] == 13
        assert losses(resumed) == losses(run)
        expected = weights(cache / "kept")
        assert all(np.array_equal(value, expected[name]) for name, value in weights(resumed.folder).items())
        assert resumed.metrics == run.metrics
    finally:
        if not run.folder.exists():
            (cache / "kept").rename(run.folder)


def test_freezing(cache):
    _, model = encoder.load("tiny")
    everything = sum(p.numel() for p in model.parameters())
    layer = sum(p.numel() for p in model.bert.encoder.layer[0].parameters())
    embeddings = sum(p.numel() for p in model.bert.embeddings.parameters())
    assert training.freeze(model, layers=0, embeddings=False) == everything
    assert training.freeze(model, layers=1, embeddings=True) == everything - layer - embeddings
    with pytest.raises(ValueError, match="cannot freeze 5 layers: the encoder has 2"):
        training.freeze(model, layers=5)


def test_null_is_taken_above_the_threshold_only_under_squad_v2():
    examples = {"id": ["a", "b"], "answers": [{"text": ["x"], "answer_start": [0]}, {"text": [], "answer_start": []}]}
    found = {"a": {"text": "x", "score": 2.0, "null_score": 1.0}, "b": {"text": "y", "score": 1.0, "null_score": 3.0}}
    assert training.score_answers(found, examples, null_threshold=0.0)["f1"] == 100
    strict = training.score_answers(found, examples, null_threshold=5.0)
    assert (strict["f1"], strict["best_f1"], strict["best_f1_threshold"]) == (50, 100, -1.0)
    assert training.score_answers(found, examples, rule="squad_v1", null_threshold=-9.0) == {
        "exact_match": 100,
        "f1": 100,
        "n": 1,
    }


def test_profiles(monkeypatch):
    from qa_course import profiles

    monkeypatch.delenv("QA_COURSE_PROFILE", raising=False)
    assert profiles.resolve("smoke") == "smoke"
    monkeypatch.setattr(profiles, "has_cuda", lambda: True)
    monkeypatch.setattr(profiles, "hub_answers", lambda: True)
    assert profiles.resolve() == "gpu"
    monkeypatch.setattr(profiles, "hub_answers", lambda: False)
    assert profiles.resolve() == "offline"
    monkeypatch.setenv("QA_COURSE_PROFILE", "smoke")
    assert profiles.resolve("gpu") == "smoke"
    with pytest.raises(ValueError, match="unknown profile 'colab'"):
        monkeypatch.setenv("QA_COURSE_PROFILE", "colab")
        profiles.resolve()


def test_cells_that_need_the_hub_step_aside_in_one_line(monkeypatch, capsys):
    from qa_course import profiles

    monkeypatch.delenv("QA_COURSE_PROFILE", raising=False)
    assert profiles.hub_ready("gpu") and capsys.readouterr().out == ""
    assert not profiles.hub_ready("offline", "es")
    assert not profiles.hub_ready("smoke", "en")
    said = capsys.readouterr().out.splitlines()
    assert said == ["Esto necesita el Hub: perfil gpu.", "This needs the Hub: profile gpu."]


def test_the_cache_folder(monkeypatch, tmp_path):
    from qa_course import profiles

    monkeypatch.setenv("QA_COURSE_CACHE", str(tmp_path / "año nuevo"))
    assert profiles.cache_folder().is_dir()
    (tmp_path / "file").touch()
    monkeypatch.setenv("QA_COURSE_CACHE", str(tmp_path / "file" / "below"))
    with pytest.raises(OSError, match="set QA_COURSE_CACHE"):
        profiles.cache_folder()


def test_the_threshold_is_that_of_the_saved_model(cache):
    """Trained under autocast, but saved, measured and used in the model's own precision."""
    run = training.fit(dataclasses.replace(SMALL, precision="bf16", seed=7))
    tokenizer, model = encoder.load(run.folder)
    tables = {language: corpus.load("cuadernoqa", "validation[:16]", language) for language in SMALL.languages}
    assert training.validate(model, tokenizer, tables, max_length=192) == pytest.approx(run.metrics, abs=1e-5)
    assert not list(run.folder.glob("*.bin"))


def test_where_nothing_beats_silence_the_threshold_silences(cache):
    tokenizer, model = encoder.load(training.fit(SMALL).folder)
    tables = {"en": corpus.load("cuadernoqa", "validation", "en").filter(lambda row: not row["answers"]["text"])}
    metrics = training.validate(model, tokenizer, tables)
    assert metrics["f1_en"] == 100
    scores = training.evaluate(model, tokenizer, tables["en"], null_threshold=metrics["null_threshold"])
    assert scores["f1"] == 100
    found = training.answer(model, tokenizer, tables["en"], n_best=1)
    assert training.best_threshold(found, tables["en"]) == metrics["null_threshold"]


def test_nothing_is_pushed_without_a_name_a_token_and_the_hub(monkeypatch, capsys):
    from qa_course import profiles

    monkeypatch.setenv("HF_TOKEN", "hf_x")
    monkeypatch.setattr(profiles, "hub_answers", lambda: True)
    assert profiles.may_push("me/model") and capsys.readouterr().out == ""
    assert not profiles.may_push("", "es")
    monkeypatch.setattr(profiles, "hub_answers", lambda: False)
    assert not profiles.may_push("me/model", "en")
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("No se sube nada") and said[1].startswith("Nothing is pushed") and len(said) == 2


def test_drive_is_asked_for_in_colab_alone(monkeypatch, capsys):
    import sys
    from types import ModuleType

    from qa_course import profiles

    assert profiles.drive_folder("model", "es") is None and profiles.drive_folder("", "en") is None
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("No se copia nada") and said[1].startswith("Nothing is copied") and len(said) == 2
    mounted = []
    drive = ModuleType("google.colab.drive")
    drive.mount = mounted.append
    colab = ModuleType("google.colab")
    colab.drive = drive
    for name, module in (("google", ModuleType("google")), ("google.colab", colab), ("google.colab.drive", drive)):
        monkeypatch.setitem(sys.modules, name, module)
    assert profiles.drive_folder("", "en") is None and not mounted
    capsys.readouterr()
    assert profiles.drive_folder("model", "en").as_posix() == "/content/drive/MyDrive/model"
    assert mounted == ["/content/drive"] and capsys.readouterr().out == ""


def test_the_processor_has_a_name_or_none():
    from qa_course import profiles

    assert profiles.processor() == profiles.processor().strip()
