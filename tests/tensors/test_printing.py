"""How tensors print: every type, of every shape, as PyTorch's do."""

import numpy as np
import pytest

import tinygrad_edu as tg

VALUES = {
    "integer": (np.int64, [3, -10, 0], "tensor({})"),
    "byte": (np.uint8, [3, 200, 0], "tensor({}, dtype=uint8)"),
    "bool": (np.bool_, [True, False, True], "tensor({})"),
    "float": (np.float32, [1.5, -2.25, 0.0], "tensor({})"),
    "whole": (np.float32, [1.0, -2.0, 0.0], "tensor({})"),
    "half": (np.float16, [1.5, -2.0, 0.5], "tensor({}, dtype=float16)"),
    "double": (np.float64, [1.5, -2.0, 0.5], "tensor({}, dtype=float64)"),
    "special": (np.float32, [np.nan, np.inf, -np.inf], "tensor({})"),
    "mixed": (np.float32, [np.nan, 1.5, -np.inf], "tensor({})"),
}


@pytest.mark.parametrize("shape", [(), (1,), (3,), (3, 1), (0,), (0, 2)])
@pytest.mark.parametrize("kind", VALUES)
def test_nothing_fails_to_print(kind, shape):
    dtype, values, _ = VALUES[kind]
    array = np.resize(np.array(values, dtype), shape)
    text = repr(tg.from_numpy(array))
    assert text.startswith("tensor(")
    assert str(tg.from_numpy(array)) == f"{tg.from_numpy(array)}" == text
    numbers = text.removeprefix("tensor(").split("]")[0].split("d")[0].strip("[,) \n").split(",")
    if array.size:
        assert len([n for n in text if n == ","]) >= array.size - 1
    assert numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "tensor(5)"),
        (True, "tensor(True)"),
        (2.5, "tensor(2.5000)"),
        (2.0, "tensor(2.)"),
        (np.uint8(7), "tensor(7, dtype=uint8)"),
        (float("nan"), "tensor(nan)"),
        ([], "tensor([])"),
    ],
)
def test_single_numbers(value, text):
    assert repr(tg.tensor(value)) == text


def test_what_everybody_prints():
    t = tg.tensor([3, 1, 2])
    assert str((t == t).sum()) == "tensor(3)"
    assert str(t[0]) == str(t.max()) == "tensor(3)"
    assert f"{t.min()}" == "tensor(1)"
    assert f"{t.sum():d}" == "6"


@pytest.mark.torch
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (2, 1, 3)])
@pytest.mark.parametrize("kind", VALUES)
def test_as_in_pytorch(kind, shape):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
    dtype, values, _ = VALUES[kind]
    array = np.resize(np.array(values, dtype), shape)
    assert repr(tg.from_numpy(array)) == repr(torch.from_numpy(array)).replace("torch.", "")
