"""A trained model in int8: its matrices on a grid of 255 steps, on disk and in the products of matrices.

The grids are symmetric: a number is an integer from -127 to 127 times a step, the largest magnitude over 127. Vectors
(biases, layer norms) and the head, which is small and decides, stay as they are.
"""

import copy

import torch

HEAD = "qa_outputs"


def quantise(weight, by_row=True):
    """The integers and the steps of a matrix (n, m): an int8 tensor (n, m) and float32 steps (n, 1).

    `by_row` gives each row, an output of the layer, a step of its own; else all rows share one.
    """
    largest = weight.abs().amax(1, keepdim=True) if by_row else weight.abs().max().expand(len(weight), 1)
    steps = largest.float().clamp_min(1e-12) / 127
    return (weight / steps).round().to(torch.int8), steps


def matrices(model):
    """The parameters that go to int8, `{name: matrix}`: embeddings and linear layers, the head excepted."""
    return {name: each for name, each in model.named_parameters() if each.dim() == 2 and not name.startswith(HEAD)}


def rounded(model, by_row=True):
    """A copy of a model with its matrices as int8 gives them back; it computes in float32, as before."""
    made = copy.deepcopy(model)
    for matrix in matrices(made).values():
        integers, steps = quantise(matrix.data, by_row)
        matrix.data = integers * steps
    return made


def integer(model, by_token=True):
    """A copy of a model, for inference on a CPU, whose linear layers multiply integers; its weights go by rows.

    What enters a layer is put on a grid too: `by_token`, one step for each token, else one for the whole batch, so that
    the answers to a question depend on its neighbours.
    """
    made = rounded(model)
    for name, layer in list(made.named_modules()):
        if isinstance(layer, torch.nn.Linear) and not name.startswith(HEAD):
            made.set_submodule(name, Int8Linear(layer, by_token))
    return made


class Int8Linear(torch.nn.Module):
    """A linear layer that multiplies in int8, adds up in int32 and scales at the end (Dettmers et al. 2022)."""

    def __init__(self, layer, by_token=True):
        super().__init__()
        integers, steps = quantise(layer.weight.data)
        self.register_buffer("integers", integers.t())
        self.register_buffer("steps", steps.t().contiguous())
        self.bias, self.by_token = layer.bias, by_token

    def forward(self, states):
        rows = states.reshape(-1, states.shape[-1]).float()
        integers, steps = quantise(rows, self.by_token)
        products = product(integers, self.integers).float() * steps * self.steps
        return (products if self.bias is None else products + self.bias).reshape(*states.shape[:-1], -1)


def product(left, right):
    """The product (n, k) of int8 matrices (n, m) and (m, k), in int32: by torch's own kernel where it has one."""
    try:
        return torch._int_mm(left, right)
    except (AttributeError, RuntimeError, NotImplementedError):  # another version, device or size
        return (left.double() @ right.double()).to(torch.int32)


def save(model, path):
    """Write a model's weights: matrices as int8 with the steps of their rows, the rest as it is (safetensors)."""
    from safetensors.torch import save_file

    tensors = {name: each.contiguous() for name, each in model.state_dict().items()}
    for name, matrix in matrices(model).items():
        tensors[name], tensors[f"{name}.steps"] = quantise(matrix.data)
    save_file(tensors, path)


def load(model, path):
    """Put the weights that `save` wrote into a model of the same sizes, in place; the model computes in float32."""
    from safetensors.torch import load_file

    tensors = load_file(path)
    steps = {name: tensors.pop(name) for name in list(tensors) if name.endswith(".steps")}
    for name, each in steps.items():
        matrix = name.removesuffix(".steps")
        tensors[matrix] = tensors[matrix] * each
    model.load_state_dict(tensors)
