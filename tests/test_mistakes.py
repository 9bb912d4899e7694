"""The mistakes people make most: each gets an error that says what was expected, what came, and what to write."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.nn import functional as F

W = tg.ones(3, 2, requires_grad=True)


def used_twice():
    loss = (W * W).sum()
    loss.backward()
    loss.backward()


def changed_in_place():
    h = W * 2
    loss = (h * h).sum()
    h += 1
    loss.backward()


def optimizer_given_a_result():
    model = tg.nn.Linear(3, 2)
    tg.optim.SGD(model.parameters(), lr=0.1).add_param_group({"params": [model.weight * 2]})


def array_gets_a_tensor():
    array = np.zeros((3, 2))
    array += W


# name: (what is done, the kind of error, what its message says)
MISTAKES = {
    "matmul of shapes that do not fit": (lambda: tg.ones(2, 3) @ tg.ones(2, 3), ValueError, r"matmul.*\(2, 3\)"),
    "addition of shapes that do not broadcast": (lambda: tg.ones(2) + tg.ones(3), ValueError, r"add.*\(2,\).*\(3,\)"),
    "a linear layer fed the wrong size": (lambda: tg.nn.Linear(4, 2)(tg.ones(5, 3)), ValueError, r"linear.*\(5, 3\)"),
    "reshape to another size": (lambda: tg.ones(6).reshape(4, 2), ValueError, r"reshape.*size 6"),
    "a dimension that is not there": (lambda: tg.ones(2).sum(dim=1), IndexError, "sum.*axis 1"),
    "an index out of range": (lambda: tg.ones(2)[2], IndexError, "getitem.*index 2"),
    "a float as an index": (lambda: tg.ones(2)[1.0], IndexError, "index.long"),
    "a float tensor as an index": (lambda: tg.ones(2)[tg.ones(1)], IndexError, "index.long"),
    "backward on many numbers": (lambda: (W * 2).backward(), RuntimeError, r"single number only.*sum\(\)"),
    "backward twice": (used_twice, RuntimeError, "retain_graph=True"),
    "backward on a detached result": (lambda: W.detach().sum().backward(), RuntimeError, "requires_grad=True"),
    "backward on a result of no_grad": (lambda: tg.no_grad(W.sum)().backward(), RuntimeError, r"no_grad"),
    "backward on data": (lambda: tg.ones(1).backward(), RuntimeError, "requires_grad=True"),
    "a value changed that backward needs": (changed_in_place, RuntimeError, "add_.*x = x \\+ 1"),
    "a weight changed while recording": (lambda: W.add_(1), RuntimeError, "no_grad"),
    "integers that should have a gradient": (lambda: tg.tensor([1], requires_grad=True), TypeError, r"float\(\)"),
    "numpy() of a tracked tensor": (lambda: W.numpy(), RuntimeError, "detach"),
    "np.asarray of a tracked tensor": (lambda: np.asarray(W), RuntimeError, "detach"),
    "an array that takes a tensor in place": (array_gets_a_tensor, TypeError, r"a = a \+ t"),
    "a NumPy function that has no operation": (lambda: np.fft.fft(W), TypeError, "fft.*detach"),
    "a list of tracked tensors": (lambda: tg.tensor([W[0, 0], W[0, 1]]), TypeError, "stack"),
    "rows of uneven length": (lambda: tg.tensor([[1], [2, 3]]), ValueError, "uneven"),
    "text where numbers are needed": (lambda: tg.tensor(["a"]), TypeError, "expected numbers"),
    "complex numbers": (lambda: tg.tensor([1j]), TypeError, "complex"),
    "a tensor in an if": (lambda: bool(W > 0), ValueError, r"t.any\(\), t.all\(\)"),
    "item of many": (lambda: W.item(), ValueError, "tolist"),
    "targets of the wrong type": (lambda: F.cross_entropy(W, tg.ones(3)), TypeError, r"target.long\(\)"),
    "a class that does not exist": (lambda: F.cross_entropy(W, tg.tensor([0, 1, 2])), IndexError, "0 to 1"),
    "targets of the wrong shape": (lambda: F.cross_entropy(W, tg.tensor([0])), ValueError, r"\(3,\)"),
    "a loss of two shapes": (lambda: F.mse_loss(W, tg.ones(3)), ValueError, r"\(3, 2\).*\(3,\)"),
    "an optimizer without parameters": (lambda: tg.optim.SGD([], lr=0.1), ValueError, "parameters"),
    "an optimizer given a result": (optimizer_given_a_result, ValueError, "leaves"),
    "a negative learning rate": (lambda: tg.optim.SGD([W], lr=-1), ValueError, "lr"),
    "a dropout of 2": (lambda: tg.nn.Dropout(2.0), ValueError, "between 0 and 1"),
    "joining tensors of different ranks": (lambda: tg.cat([W, tg.ones(2)]), ValueError, "concatenate"),
    "a GPU": (lambda: W.to("cuda"), ValueError, "CPU"),
    "a misspelled attribute": (lambda: setattr(W, "requires_gard", True), AttributeError, "requires_gard"),
    "grad of an unused input": (lambda: tg.autograd.grad(W.sum(), tg.ones(1).requires_grad_()), RuntimeError, "unused"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name):
    do, kind, message = MISTAKES[name]
    with pytest.raises(kind, match=message) as caught:
        do()
    assert len(str(caught.value)) > 25, "an explanation takes a sentence"
