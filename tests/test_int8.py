import pytest
import torch
from transformers import BertConfig, BertForQuestionAnswering

from qa_course import int8


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    made = BertForQuestionAnswering(BertConfig(vocab_size=50, **sizes)).eval()
    for matrix in int8.matrices(made).values():
        matrix.data[0] *= 20  # so that rows need steps of their own
    return made


def logits(model, ids):
    with torch.inference_mode():
        return model(input_ids=ids).start_logits


def test_a_row_errs_by_half_its_own_step_at_most():
    weight = torch.randn(5, 40) * torch.tensor([[4.0], [1.0], [0.1], [0.001], [0.0]])
    integers, steps = int8.quantise(weight)
    assert integers.dtype == torch.int8 and steps.shape == (5, 1)
    assert torch.equal(integers.abs().amax(1)[:4], torch.full((4,), 127, dtype=torch.int8)) and not integers[4].any()
    assert ((integers * steps - weight).abs() <= 0.501 * steps).all()
    _, shared = int8.quantise(weight, by_row=False)
    assert shared.shape == (5, 1) and len(shared.unique()) == 1


def test_the_head_and_vectors_stay(model):
    before = {name: each.clone() for name, each in model.state_dict().items()}
    names = set(int8.matrices(model))
    assert not [name for name in names if "qa_outputs" in name or "bias" in name or "LayerNorm" in name]
    after = int8.rounded(model).state_dict()
    assert {name for name in before if not torch.equal(before[name], after[name])} <= names
    assert all(torch.equal(each, model.state_dict()[name]) for name, each in before.items())  # the model itself too


def test_by_rows_is_nearer_than_one_step_and_the_layers_agree(model):
    ids = torch.randint(5, 50, (3, 20), generator=torch.Generator().manual_seed(1))
    whole = logits(model, ids)
    spread = whole.abs().max()
    near = {
        name: (logits(each, ids) - whole).abs().max() / spread
        for name, each in {
            "rows": int8.rounded(model),
            "one": int8.rounded(model, False),
            "integer": int8.integer(model),
        }.items()
    }
    assert near["rows"] < near["one"] and near["rows"] < 0.05 and near["integer"] < 0.1


def test_with_a_step_a_token_the_neighbours_do_not_matter(model):
    ids = torch.randint(5, 50, (3, 20), generator=torch.Generator().manual_seed(1))
    made = int8.integer(model)
    assert torch.allclose(logits(made, ids)[:1], logits(made, ids[:1]), atol=1e-5)


def test_products_are_exact_with_and_without_the_kernel(monkeypatch):
    draw = torch.Generator().manual_seed(2)
    left, right = (torch.randint(-127, 128, size, generator=draw, dtype=torch.int8) for size in ((9, 1536), (1536, 7)))
    expected = left.long() @ right.long()
    assert torch.equal(int8.product(left, right).long(), expected)
    monkeypatch.setattr(torch, "_int_mm", None, raising=False)
    monkeypatch.delattr(torch, "_int_mm")
    assert torch.equal(int8.product(left, right).long(), expected)


def test_what_is_saved_comes_back_at_a_quarter_of_the_size(model, tmp_path):
    int8.save(model, tmp_path / "int8.safetensors")
    other = BertForQuestionAnswering(model.config).eval()
    int8.load(other, tmp_path / "int8.safetensors")
    expected = int8.rounded(model).state_dict()
    assert all(torch.equal(each, expected[name]) for name, each in other.state_dict().items())
    assert (tmp_path / "int8.safetensors").stat().st_size < 2 * sum(each.numel() for each in model.parameters())
