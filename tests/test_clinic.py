"""The clinic: each switch does what its name says, and the healthy case is what the course teaches."""

import ast
import inspect

import numpy as np
import pytest
import torch
from conftest import ROOT
from transformers import AutoTokenizer

from qa_course import clinic, encoder, spans, windows

HEALTHY = clinic.healthy("smoke")


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(encoder.folder("smoke"))


@pytest.fixture(scope="module")
def train():
    return clinic.questions("train", 12)


def case(*names):
    return clinic.sick(*names, profile="smoke")


def test_every_bug_is_one_switch_and_is_diagnosed():
    for name, turned in clinic.BUGS.items():
        assert len(turned) == (name != "healthy")
        assert clinic.diagnosis(case(name)) == name
    assert clinic.diagnosis(clinic.emergency("smoke")) == "head_frozen + equality"
    assert len(set(map(clinic.diagnosis, clinic.ward("smoke").values()))) == 6


def test_questions_are_answerable_in_both_languages_and_always_the_same():
    table = clinic.questions("validation", 20)
    assert all(answers["text"] for answers in table["answers"])
    assert {name[-3:] for name in table["id"]} == {"@en", "@es"}
    assert table["id"][:] == clinic.questions("validation", 20)["id"][:]


def test_healthy_labels_are_those_of_the_course(train, tokenizer):
    made = clinic.training_windows(train, tokenizer, HEALTHY)
    taught = windows.training_windows(train[:], tokenizer, HEALTHY.max_length, HEALTHY.stride)
    assert [window["start_positions"] for window in made] == taught["start_positions"]
    assert [window["end_positions"] for window in made] == taught["end_positions"]


def test_broken_labels_are_broken(train, tokenizer):
    healthy, equality = (clinic.training_windows(train, tokenizer, case(name)) for name in ("healthy", "equality"))
    assert len(healthy) == len(equality)
    marked = [sum(window["start_positions"] > 0 for window in made) for made in (healthy, equality)]
    assert marked[1] < marked[0] / 2
    assert len(clinic.training_windows(train, tokenizer, case("truncation"))) == len(train)


def test_a_lost_start_becomes_the_first_occurrence(train, tokenizer):
    context = "In 1872 there were 2 ships, and 2 sank."
    row = train[0] | {
        "context": context,
        "question": "How many sank?",
        "answers": {"text": ["2"], "answer_start": [32]},
    }
    (found,) = clinic.training_windows([row], tokenizer, case("lost_start"))
    (right,) = clinic.training_windows([row], tokenizer, HEALTHY)
    assert found["start_positions"] < right["start_positions"]


def test_unknown_labels_and_decodings_are_named(train, tokenizer):
    with pytest.raises(ValueError, match="choose one of"):
        clinic.training_windows(train, tokenizer, clinic.replace(HEALTHY, labels="guess"))
    with pytest.raises(ValueError, match="choose one of"):
        clinic.answers(train, [], [], [], "guess")


@pytest.mark.parametrize(
    ("name", "head", "body"),
    [("healthy", 2, True), ("all_frozen", 0, False), ("head_only", 2, False), ("head_frozen", 0, True)],
)
def test_each_freezing_leaves_what_it_says(train, name, head, body):
    _, model, _ = clinic.prepare(case(name), train)
    free = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    assert sum(name.startswith("qa_outputs") for name in free) == head
    assert any(name.startswith("bert.encoder") for name in free) == body


def test_the_round_trip_keeps_to_the_grid():
    torch.manual_seed(0)
    tensor = torch.randn(50, 40)
    scale = tensor.abs().max() / 127
    once = clinic.round_trip(tensor, scale)
    assert torch.allclose(clinic.round_trip(once, scale), once)
    assert torch.unique(once).numel() <= 255
    assert (once - tensor).abs().max() <= scale / 2 + 1e-6
    assert torch.equal(clinic.round_trip(once + 0.49 * scale, scale), once.clamp(max=127 * scale))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache of its own, that shares the encoders."""
    folder = tmp_path_factory.mktemp("cache")
    for made in (encoder.embedded(), encoder.tiny()):
        (folder / made.name).symlink_to(made, target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QA_COURSE_CACHE", str(folder))
        yield folder


def test_a_frozen_run_moves_nothing_and_a_healthy_one_does(cache):
    frozen, healthy = clinic.run(case("all_frozen", "int8")), clinic.run(HEALTHY)
    assert frozen.trainable == frozen.moved == 0
    assert frozen.epoch_losses[0] == pytest.approx(frozen.epoch_losses[1], abs=1e-5)
    assert healthy.moved > 0.9 and len(healthy.losses) == HEALTHY.epochs * -(-healthy.windows // HEALTHY.batch_size)


def test_a_second_run_comes_from_the_cache_and_equals_the_first(cache):
    first = clinic.run(HEALTHY)
    folders = set((cache / "runs").iterdir())
    again = clinic.run(HEALTHY)
    assert set((cache / "runs").iterdir()) == folders and again.losses == first.losses
    assert all(np.array_equal(a, b) for a, b in zip(first.starts, again.starts, strict=True))


def test_the_decodings_read_the_same_logits(tokenizer):
    context = "Ada wrote notes. Charles built engines in London."
    words = context.split()
    places = [context.index(word) for word in words]
    offsets = [None] + [(place, place + len(word)) for place, word in zip(places, words, strict=True)]
    made = {
        "example_id": ["q", "q"],
        "offset_mapping": [offsets[:4], [None] + offsets[4:]],
        "attention_mask": [[1] * 4, [1] * 6],
    }
    starts = [np.array([0, 9, 0, 0.0]), np.array([0, 1, 0, 0, 0, 0.0])]
    ends = [np.array([0, 9, 0, 0.0]), np.array([0, 0, 0, 0, 0, 1.0])]
    examples = {"id": ["q"], "context": [context]}
    read = {each: clinic.answers(examples, made, starts, ends, each)["q"] for each in clinic.DECODINGS}
    assert read == {"search": "Ada", "argmax": "Ada", "longest": "Charles built engines in London."}
    starts[0][0] = ends[0][3] = 20
    assert clinic.answers(examples, made, starts, ends, "argmax")["q"] == ""
    assert spans.best_answers(examples, made, starts, ends)["q"]["text"] != ""


def test_the_lesson_shows_the_labels_that_its_patient_learned():
    """The cell that holds `equality_label` to be read is, its docstring apart, the function that ran."""
    source = (ROOT / "notebooks" / "lessons" / "08_fine_tuning_clinic.py").read_text(encoding="utf-8")
    shown = next(node for node in ast.parse(source).body if getattr(node, "name", "") == "equality_label")
    (ran,) = ast.parse(inspect.getsource(clinic.equality_label)).body
    assert [ast.dump(line) for line in shown.body] == [ast.dump(line) for line in ran.body[1:]]
