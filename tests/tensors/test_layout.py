"""Whether memory is shared or copied, and the names for its order, as PyTorch's programs write them."""

import numpy as np
import pytest

import tinygrad_edu as tg


def tensor(library):
    return library.ones(2)


def tracked(library):
    return library.ones(2, requires_grad=True)


def array(library):
    return np.ones(2)


def numbers(library):
    return [1.0, 1.0]


OPTIONS = [
    {}, {"copy": True}, {"copy": False}, {"dtype": "float64"}, {"dtype": "float64", "copy": True},
    {"dtype": "float32", "copy": False}, {"requires_grad": True}, {"copy": True, "requires_grad": True},
]  # fmt: skip


def outcome(library, make, options):
    """Tell what asarray made: its type, its place in the graph, and whether it shares memory; or that it refused."""
    given = make(library)
    named = {key: getattr(library, value) if key == "dtype" else value for key, value in options.items()}
    try:
        made = library.asarray(given, **named)
    except ValueError:
        return "refused"
    numbers = made.detach().numpy()
    before = given if isinstance(given, np.ndarray | list) else given.detach().numpy()
    shared = isinstance(before, np.ndarray) and np.shares_memory(numbers, before)
    return numbers.dtype, made.requires_grad, made.is_leaf, shared, numbers.tolist()


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:torch.asarray")
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("make", [tensor, tracked, array, numbers])
def test_asarray_shares_and_copies_as_pytorch(make, options):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
    assert outcome(tg, make, options) == outcome(torch, make, options)


def test_orders_of_memory_are_understood():
    x = tg.randn(2, 3, 4, 4)
    for order in (tg.contiguous_format, tg.channels_last, tg.preserve_format):
        assert x.contiguous(memory_format=order) is x
        assert x.to(memory_format=order) is x
        assert isinstance(order, tg.memory_format)
    turned = x.transpose(0, 1)
    assert turned.contiguous(memory_format=tg.channels_last).is_contiguous()
    assert str(tg.channels_last) == "torch.channels_last"
    assert tg.nn.Conv2d(3, 2, 3).to(memory_format=tg.channels_last)(x).shape == (2, 2, 2, 2)
