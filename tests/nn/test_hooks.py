"""Module hooks: they see and replace what passes, in order, and can be taken away."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn


@pytest.fixture
def layer():
    layer = nn.Linear(2, 1, bias=False, dtype=tg.float64)
    with tg.no_grad():
        layer.weight.copy_(tg.tensor([[2.0, 3.0]]))
    return layer


def x():
    return tg.tensor([[1.0, 10.0]], dtype=tg.float64, requires_grad=True)


def test_forward_hooks_see_and_replace(layer):
    seen = []
    layer.register_forward_pre_hook(lambda module, args: seen.append(args[0].tolist()))
    layer.register_forward_pre_hook(lambda module, args: args[0] * 2)
    layer.register_forward_hook(lambda module, args, output: seen.append((args[0].tolist(), output.item())))
    layer.register_forward_hook(lambda module, args, output: output + 1)
    assert layer(x()).item() == 2 * 32 + 1
    assert seen == [[[1.0, 10.0]], ([[2.0, 20.0]], 64.0)]


def test_a_handle_takes_its_hook_away(layer):
    handle = layer.register_forward_hook(lambda module, args, output: output * 0)
    assert layer(x()).item() == 0
    handle.remove()
    assert layer(x()).item() == 32


def test_a_backward_hook_sees_the_border_of_its_module(layer):
    seen = []
    layer.register_full_backward_hook(lambda module, gi, go: seen.append((gi[0].tolist(), go[0].tolist())))
    t = x()
    (layer(t) * 5 + t.sum() * 100).sum().backward()  # the other use of t is not the module's
    assert seen == [([[10.0, 15.0]], [[5.0]])]
    assert t.grad.tolist() == [[110.0, 115.0]]
    assert layer.weight.grad.tolist() == [[5.0, 50.0]]


def test_a_backward_hook_replaces(layer):
    layer.register_full_backward_hook(lambda module, gi, go: (gi[0] * 10,))
    t = x()
    layer(t).sum().backward()
    assert t.grad.tolist() == [[20.0, 30.0]]


def test_a_backward_hook_of_a_first_layer(layer):
    seen = []
    layer.register_full_backward_hook(lambda module, gi, go: seen.append((gi, go[0].item())))
    layer(x().detach()).sum().backward()
    assert seen == [((None,), 1.0)]


def test_several_arguments():
    seen = []
    loss = nn.MSELoss(reduction="sum")
    loss.register_full_backward_hook(lambda module, gi, go: seen.append([g.tolist() for g in gi]))
    a, b = tg.tensor([1.0], requires_grad=True), tg.tensor([3.0], requires_grad=True)
    loss(a, b).backward()
    assert seen == [[[-4.0], [4.0]]]
    loss.register_full_backward_hook(lambda module, gi, go: gi)
    with pytest.raises(ValueError, match="only the gradient of a single argument"):
        loss(a, b).backward()


def test_an_output_that_is_no_tensor_is_refused():
    module = nn.GRU(2, 3)
    module.register_full_backward_hook(lambda module, gi, go: None)
    with pytest.raises(TypeError, match="GRU returns a tuple"):
        module(tg.ones(1, 2))


@pytest.mark.torch
def test_as_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")

    def run(library):
        seen = []
        layer = library.nn.Linear(3, 2, dtype=library.float64)
        layer.load_state_dict(
            {
                "weight": library.tensor(np.arange(6.0).reshape(2, 3)),
                "bias": library.tensor(np.ones(2)),
            }
        )
        layer.register_forward_pre_hook(lambda m, args: seen.append(args[0].tolist()))
        layer.register_forward_hook(lambda m, args, out: out * 2)
        layer.register_full_backward_hook(lambda m, gi, go: seen.append([gi[0].tolist(), go[0].tolist()]))
        t = library.tensor(np.ones((1, 3)), requires_grad=True)
        (layer(t) ** 2).sum().backward()
        return seen, t.grad.tolist(), layer.weight.grad.tolist()

    assert run(tg) == run(torch)
