"""Which type comes of two, against PyTorch's answers."""

import itertools

import pytest

import tinygrad_edu as tg

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch
TYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")
NUMBERS = (True, 3, 2.5)


def name(dtype):
    return str(dtype).removeprefix("torch.")


@pytest.mark.parametrize(("one", "two"), [*itertools.product(TYPES, TYPES)])
def test_types(one, two):
    for function in ("promote_types", "can_cast"):
        answers = (getattr(library, function)(getattr(library, one), getattr(library, two)) for library in (tg, torch))
        mine, other = answers
        assert name(mine) == name(other)


@pytest.mark.parametrize("one", TYPES)
def test_results(one):
    """Vectors, single numbers and Python's, each beside each."""

    def operands(library, dtype):
        return [library.ones(2, dtype=getattr(library, dtype)), library.tensor(1, dtype=getattr(library, dtype))]

    for two in TYPES:
        pairs = (itertools.product(operands(library, one), operands(library, two)) for library in (tg, torch))
        for mine, other in zip(*pairs, strict=True):
            assert name(tg.result_type(*mine)) == name(torch.result_type(*other))
    for number in NUMBERS:
        for mine, other in zip(operands(tg, one), operands(torch, one), strict=True):
            assert name(tg.result_type(mine, number)) == name(torch.result_type(other, number))
            assert name(tg.result_type(number, mine)) == name(torch.result_type(number, other))


def test_results_of_numbers():
    for pair in itertools.product(NUMBERS, NUMBERS):
        assert name(tg.result_type(*pair)) == name(torch.result_type(*pair))
    with pytest.raises(TypeError, match="expected tensors or numbers, got str"):
        tg.result_type("a", 1)
