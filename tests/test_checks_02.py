"""The checks of lesson 02: a stub is not attempted, a right answer passes, a typical mistake is named."""

import numpy as np
import pytest
import torch

from qa_course import checks

ALONE = [torch.ones(2, 3), torch.ones(4, 3), torch.ones(3, 3), torch.ones(4, 3)]
RIGHT = torch.ones(4, 4, 3)
SPOILT = RIGHT + 0.1 * torch.tensor([1, 0, 1, 0])[:, None, None]  # the longest texts have no padding
RUNS = {"A": RIGHT + 1e-6, "B": SPOILT}


def pooling(hidden, mask):
    kept = mask[..., None]
    return (hidden * kept).sum(1) / kept.sum(1)


def softmax(logits):
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def verdict(capsys, check, *answers, language, **known):
    check(*answers, language=language, **known)
    return capsys.readouterr().out


def unmasked(capsys, letter, unharmed, language):
    return verdict(capsys, checks.unmasked_run, letter, unharmed, language=language, alone=ALONE, runs=RUNS)


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("answer", [..., None])
def test_a_stub_is_not_attempted(capsys, language, answer):
    assert verdict(capsys, checks.mean_pooling, lambda hidden, mask: answer, language=language)[0] == "○"
    assert verdict(capsys, checks.stable_softmax, lambda logits: answer, language=language)[0] == "○"
    assert unmasked(capsys, answer, answer, language)[0] == "○"
    assert unmasked(capsys, "B", answer, language)[0] == "○"


@pytest.mark.parametrize("language", ["es", "en"])
def test_right_answers_pass(capsys, language):
    assert verdict(capsys, checks.mean_pooling, pooling, language=language)[0] == "✓"
    for answer in (softmax, lambda logits: softmax(logits).tolist(), lambda z: torch.tensor(z).softmax(0)):
        assert verdict(capsys, checks.stable_softmax, answer, language=language)[0] == "✓"
    for unharmed in ([1, 3], (3, 1), {1, 3}, np.array([1, 3])):
        assert unmasked(capsys, "B", unharmed, language)[0] == "✓"


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (lambda hidden, mask: hidden.mean(1), "también la de los de relleno", "padding included"),
        (lambda hidden, mask: (hidden * mask[..., None]).mean(1), "entre todos los tokens", "divide by all tokens"),
        (lambda hidden, mask: (hidden * mask[..., None]).sum(1), "es la suma", "that is the sum"),
        (
            lambda hidden, mask: (hidden * mask[..., None]).sum(1) / mask.sum(),
            "los tokens de todo el lote",
            "the tokens of the whole batch",
        ),
        (lambda hidden, mask: hidden[:, 0], "el vector del primer token", "the first token's vector"),
        (lambda hidden, mask: hidden.mean(2), "un vector por texto", "a vector a text"),
        (lambda hidden, mask: hidden.amax(1), "cada texto por separado", "each text alone"),
        (lambda hidden, mask: hidden * mask, "al multiplicar", "to multiply"),
        (
            lambda hidden, mask: (hidden * mask[..., None]).sum(1) / mask.sum(1),
            "`mask.sum(dim=1, keepdim=True)`",
            "`mask.sum(dim=1, keepdim=True)`",
        ),
        (lambda hidden, mask: torch.zeros(2, 3).view(7), "RuntimeError", "RuntimeError"),
    ],
)
def test_a_wrong_mean_is_explained(capsys, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.mean_pooling, answer, language=language)
        assert said[0] == "✗" and hint in said


@pytest.mark.parametrize(
    ("letter", "unharmed", "es", "en"),
    [
        ("A", [1, 3], "sí llevaba máscara", "did have its mask"),
        ("C", [1, 3], "una de A, B", "one of A, B"),
        (1, [1, 3], "una de A, B", "one of A, B"),
        ("B", [0, 2], "son los que cambian", "those are the texts that change"),
        ("B", [2, 4], "se numeran desde 0", "numbered from 0"),
        ("B", [1], "no lleva relleno", "has no padding"),
        ("B", [], "no lleva relleno", "has no padding"),
        ("B", 1, "una lista de números", "a list of numbers"),
    ],
)
def test_a_wrong_suspect_is_explained(capsys, letter, unharmed, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = unmasked(capsys, letter, unharmed, language)
        assert said[0] == "✗" and hint.lower() in said.lower()


@pytest.mark.parametrize(
    ("answer", "es", "en"),
    [
        (lambda z: np.exp(z) / np.exp(z).sum(), "resta antes", "first subtract"),
        (lambda z: np.exp(z - z.min()) / np.exp(z - z.min()).sum(), "el logit mayor", "the largest logit"),
        (lambda z: np.exp(z - z.mean()) / np.exp(z - z.mean()).sum(), "el logit mayor", "the largest logit"),
        (lambda z: np.exp(z - z.max()), "no suman 1", "do not add up to 1"),
        (lambda z: (z - z.min() + 1) / (z - z.min() + 1).sum(), "no son exponenciales", "not shares of exp"),
        (lambda z: z - z.max(), "no es negativa", "no probability is negative"),
        (lambda z: np.exp(z - z.max()).sum(), "una probabilidad por logit", "one probability per logit"),
    ],
)
def test_a_wrong_softmax_is_explained(capsys, answer, es, en):
    for language, hint in (("es", es), ("en", en)):
        said = verdict(capsys, checks.stable_softmax, answer, language=language)
        assert said[0] == "✗" and hint in said
