"""Result types of the operators against PyTorch's, for all pairs of types, of tensors, single numbers and Python's."""

import itertools
import operator
import warnings

import numpy as np
import pytest

import tinygrad_edu as tg

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch

TYPES = ["bool", "uint8", "int32", "int64", "float32", "float64"]
OPERATORS = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "lt", "eq"]
RANKS = [(), (3,)]


def operand(library, kind, shape):
    """Return a tensor of a type; a number of Python's is its own."""
    if kind not in TYPES:
        return kind
    array = np.full(shape, 2, kind)
    return torch.from_numpy(array) if library is torch else tg.from_numpy(array)


def result_type(library, name, left, right):
    """Return the name of the result's type; None where PyTorch raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = getattr(operator, name)(operand(library, *left), operand(library, *right))
    except (RuntimeError, TypeError):
        return None
    return str(result.dtype).removeprefix("torch.")


TENSORS = list(itertools.product(TYPES, RANKS))
NUMBERS = [(number, ()) for number in (True, 2, 2.5)]
PAIRS = [pair for pair in itertools.product(TENSORS + NUMBERS, repeat=2) if pair[0] in TENSORS or pair[1] in TENSORS]


@pytest.mark.parametrize("name", OPERATORS)
def test_operators(name):
    compared = 0
    for left, right in PAIRS:
        expected = result_type(torch, name, left, right)
        if expected is not None and (name, left[0]) != ("pow", "bool"):  # NumPy's bool ** int is int8
            assert result_type(tg, name, left, right) == expected, (left, right)
            compared += 1
    assert compared > 100


@pytest.mark.parametrize("name", ["add", "maximum", "where", "atan2", "hypot", "mul"])
def test_functions(name):
    """The functions follow the operators."""
    for left, right in PAIRS:
        if {left[0], right[0]} <= {"float32", "float64"}:
            types = []
            for library in (tg, torch):
                a, b = operand(library, *left), operand(library, *right)
                condition = (operand(library, "bool", (3,)),) if name == "where" else ()
                types.append(str(getattr(library, name)(*condition, a, b).dtype).removeprefix("torch."))
            assert types[0] == types[1], (left, right)


def test_gradients_come_back_in_the_type_of_their_inputs():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    scale = tg.tensor(3.0, dtype=tg.float64, requires_grad=True)
    (x * scale).sum().backward()
    assert (x.grad.dtype, scale.grad.dtype) == (tg.float32, tg.float64)
    assert scale.grad.item() == 3


def test_numpy_functions_follow_the_operators():
    x, scale = tg.tensor([1.0, 2.0]), tg.tensor(3.0, dtype=tg.float64)
    assert np.multiply(x, scale).dtype == (x * scale).dtype == np.float32
    assert np.multiply(x, tg.tensor([1, 2])).dtype == np.float32
