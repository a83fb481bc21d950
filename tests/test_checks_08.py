"""The checks of lesson 08 and the sanity tests: each fault trips its own test, and nothing raises."""

import copy

import pytest
import torch
from transformers import AutoTokenizer, BertConfig, BertForQuestionAnswering

from qa_course import checks, clinic, encoder, windows

WARD = clinic.ward("smoke")
RIGHT = {letter: clinic.diagnosis(case) for letter, case in WARD.items()}
EMERGENCY = clinic.emergency("smoke")


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(encoder.folder("smoke"))


@pytest.fixture(scope="module")
def many():
    return clinic.questions("train", 120)


@pytest.fixture(scope="module")
def examples(many):
    return many.select(range(12))


def verdict(capsys, check, answer, language, **known):
    check(answer, language=language, **known)
    return capsys.readouterr().out


# --- exercises ---


def label(offsets, start, end):
    touched = [token for token, each in enumerate(offsets) if each and each[0] < end and each[1] > start]
    if not touched:
        return 0, 0
    first, last = touched[0], touched[-1]
    return (first, last) if offsets[first][0] <= start and offsets[last][1] >= end else (0, 0)


def inclusive(offsets, start, end):
    """The lesson's own bug: the last character taken for the end."""
    return clinic.equality_label(offsets, {"answer_start": [start], "text": ["x" * (end - start)]})


def one_too_many(offsets, start, end):
    touched = [token for token, each in enumerate(offsets) if each and each[0] <= end and each[1] > start]
    first, last = (touched[0], touched[-1]) if touched else (0, 0)
    return (first, last) if last and offsets[first][0] <= start and offsets[last][1] >= end else (0, 0)


def half_answers(offsets, start, end):
    touched = [token for token, each in enumerate(offsets) if each and each[0] < end and each[1] > start]
    return (touched[0], touched[-1]) if touched else (0, 0)


def forgets(offsets, start, end):
    """Nothing is returned where the answer is not in the window."""
    found = half_answers(offsets, start, end)
    return found if found[1] else None


def at_any_rate(offsets, start, end):
    touched = [token for token, offset in enumerate(offsets) if offset and offset[0] < end and offset[1] > start]
    return touched[0], touched[-1]


def equal_ends(offsets, start, end):
    """The function of the lesson with its end mended: it still looks for equal positions."""
    starts = [token for token, offset in enumerate(offsets) if offset and offset[0] == start]
    ends = [token for token, offset in enumerate(offsets) if offset and offset[1] == end]
    return (starts[0], ends[0]) if starts and ends else (0, 0)


def raises(offsets, start, end):
    return offsets[0][0]


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_stub_is_not_attempted(capsys, language, examples, tokenizer):
    for stub in (..., None, dict.fromkeys("ABCDEF", ...)):
        assert verdict(capsys, checks.match_patients, stub, language, ward=WARD)[0] == "○"
    known = {"examples": examples, "tokenizer": tokenizer}
    for stub in (..., lambda offsets, start, end: ...):
        assert verdict(capsys, checks.repaired_label, stub, language, **known)[0] == "○"
    assert verdict(capsys, checks.first_bug, ..., language, case=EMERGENCY)[0] == "○"


@pytest.mark.parametrize("language", ["es", "en"])
def test_right_answers_pass(capsys, language, many, tokenizer):
    assert verdict(capsys, checks.match_patients, RIGHT, language, ward=WARD)[0] == "✓"
    known = {"examples": many, "tokenizer": tokenizer}
    assert verdict(capsys, checks.repaired_label, label, language, **known)[0] == "✓"
    assert verdict(capsys, checks.first_bug, "head_frozen", language, case=EMERGENCY)[0] == "✓"


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (RIGHT | {"A": "head_only"}, "Aciertas 5 de 6. Vuelve a ver al paciente A", "5 of 6 are right. See patient A"),
        (RIGHT | {"C": "healthy"}, "cuenta sus ventanas", "count its windows"),
        (RIGHT | {"B": "flu"}, "'flu' no está en la lista", "'flu' is not on the list"),
        (RIGHT | {"B": ..., "E": ...}, "Falta el diagnóstico de B, E.", "The diagnosis of B, E is missing."),
        ({"A": "int8"}, "un diagnóstico por paciente", "Each patient needs a diagnosis"),
        (5, "TypeError", "TypeError"),
    ],
)
def test_a_wrong_diagnosis_is_explained(capsys, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.match_patients, answer, language, ward=WARD)
        assert said[0] == "✗" and hint in said


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (inclusive, "el último carácter o el siguiente", "the last character or the one after it"),
        (one_too_many, "Sobra un token", "one token too many"),
        (half_answers, "no contiene la respuesta entera", "does not hold the whole answer"),
        (forgets, "devolvió None en la ventana", "returned None in window"),
        (lambda offsets, start, end: 7, "devolvió 7 en la ventana 0", "returned 7 in window 0"),
        (raises, "tiene None, que no lleva posiciones: sáltalo", "holds None, which has no positions: skip it"),
        (at_any_rate, "(IndexError: list index out of range)", "(IndexError: list index out of range)"),
        (lambda offsets, start, end: len(3), "TypeError", "TypeError"),
    ],
)
def test_a_wrong_label_is_explained(capsys, answer, es, en, tokenizer, many):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.repaired_label, answer, language, examples=many, tokenizer=tokenizer)
        assert said[0] == "✗" and hint in said


def test_equal_positions_do_not_pass_whatever_the_rows(capsys, tokenizer):
    """The check brings a row of its own whose answer begins inside a token: "-20"."""
    for language, hint in (("es", "no posiciones iguales"), ("en", "not for equal positions")):
        assert hint in verdict(capsys, checks.repaired_label, equal_ends, language, examples=[], tokenizer=tokenizer)


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        ("equality", "antes hay otro ✗", "another ✗ comes before it"),
        ("measles", "no está en la lista", "not on the list"),
        ("int8", "qué parte del modelo", "which part of the model"),
    ],
)
def test_a_wrong_first_bug_is_explained(capsys, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.first_bug, answer, language, case=EMERGENCY)
        assert said[0] == "✗" and hint in said


# --- training_sanity ---


@pytest.fixture(scope="module")
def model(tokenizer):
    """Small, and yet able to learn four windows by heart."""
    torch.manual_seed(0)
    sizes = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 128}
    return BertForQuestionAnswering(BertConfig(vocab_size=len(tokenizer), pad_token_id=1, **sizes))


@pytest.fixture(scope="module")
def made(examples, tokenizer):
    return clinic.training_windows(examples, tokenizer, clinic.healthy("smoke"))


def sanity(model, tokenizer, made, examples, said=None, **options):
    said = [] if said is None else said
    options = {"learning_rate": 5e-3, "steps": 60, "language": "es", "show": said.append} | options
    passed = checks.training_sanity(model, tokenizer, made, examples, **options)
    assert [line[0] == "✓" for line in said] == list(passed.values())
    return passed


def failed(passed):
    return {name for name, well in passed.items() if not well}


def test_a_sound_training_passes_and_nothing_is_changed(model, tokenizer, made, examples):
    before, state = copy.deepcopy(model.state_dict()), torch.get_rng_state()
    model.train()
    assert failed(sanity(model, tokenizer, made, examples)) == set()
    assert model.training and torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None and parameter.requires_grad for parameter in model.parameters())


def test_each_language_has_its_own_lines(model, tokenizer, made, examples):
    lines = {"es": [], "en": []}
    for language, said in lines.items():
        sanity(model, tokenizer, made, examples, steps=1, language=language, said=said)
    assert len(lines["es"]) == len(lines["en"]) == 6
    assert all(es != en for es, en in zip(lines["es"], lines["en"], strict=True))


@pytest.mark.parametrize(
    ("frozen", "trips"),
    [
        (lambda name: True, {"trainable", "overfit"}),
        (lambda name: "qa" in name, {"trainable"}),
        (lambda name: "qa" not in name, {"trainable", "overfit"}),
    ],
)
def test_freezing_trips_its_tests(model, tokenizer, made, examples, frozen, trips):
    sick = copy.deepcopy(model)
    for name, parameter in sick.named_parameters():
        parameter.requires_grad_(not frozen(name))
    assert failed(sanity(sick, tokenizer, made, examples)) - {"overfit"} == trips - {"overfit"}
    if "overfit" in trips:
        assert "overfit" in failed(sanity(sick, tokenizer, made, examples))


def test_rounded_and_packed_weights_are_found(model, tokenizer, made, examples):
    sick = copy.deepcopy(model)
    clinic.to_grid(sick.named_parameters(), clinic.int8_scales(sick))
    assert "weights" in failed(sanity(sick, tokenizer, made, examples, steps=1))
    quantize = getattr(getattr(torch.ao, "quantization", None), "quantize_dynamic", None)
    if quantize:
        with pytest.warns(Warning):
            packed = quantize(copy.deepcopy(model), {torch.nn.Linear}, dtype=torch.qint8)
            assert failed(sanity(packed, tokenizer, made, examples, steps=1)) >= {"trainable", "weights", "overfit"}


def test_labels_at_cls_trip_coverage_and_wrong_spans_trip_decoding(model, tokenizer, made, examples):
    silent = [window | {"start_positions": 0, "end_positions": 0} for window in made]
    assert failed(sanity(model, tokenizer, silent, examples, steps=1)) >= {"coverage", "decoding"}
    late = [window | {"end_positions": window["end_positions"] + (window["end_positions"] > 0)} for window in made]
    passed = sanity(model, tokenizer, late, examples, steps=1)
    assert passed["coverage"] and not passed["decoding"]


def test_a_label_outside_or_a_bad_start_trips_the_first_loss(model, tokenizer, made, examples):
    outside = [window | {"start_positions": 900, "end_positions": 900} for window in made]
    assert failed(sanity(model, tokenizer, outside, examples, steps=1)) >= {"coverage", "first_loss", "overfit"}
    wild = copy.deepcopy(model)
    torch.nn.init.normal_(wild.qa_outputs.weight, std=30)
    assert "first_loss" in failed(sanity(wild, tokenizer, made, examples, steps=1))


@pytest.mark.parametrize("nonsense", [None, [], [{}], [{"input_ids": [0]}], 3])
def test_nothing_raises(model, tokenizer, examples, nonsense):
    passed = sanity(model, tokenizer, nonsense, examples, steps=1)
    assert not passed["coverage"] and not passed["overfit"]
    assert not any(sanity(None, None, nonsense, None, steps=1).values())


def test_it_is_of_use_with_other_tokenizers(bert_tokenizer, byte_tokenizer, examples):
    for tokenizer in (bert_tokenizer, byte_tokenizer):
        made = examples.map(
            windows.training_windows,
            batched=True,
            remove_columns=examples.column_names,
            fn_kwargs={"tokenizer": tokenizer, "max_length": 200, "stride": 40},
        )
        config = BertConfig(vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2)
        passed = sanity(BertForQuestionAnswering(config), tokenizer, made, examples, steps=1)
        assert passed["coverage"] and passed["decoding"] and passed["first_loss"]
