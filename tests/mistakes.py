"""The mistakes people make most. `test_mistakes.py` makes each of them; the documentation shows them all.

What is done stands in a lambda, or in the body of a function without arguments: the documentation shows that text.
"""

import numpy as np

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


def parameters_used_up():
    parameters = tg.nn.Linear(3, 2).parameters()
    tg.optim.SGD(parameters, lr=0.1)
    tg.optim.Adam(parameters)


def model_without_super():
    class Model(tg.nn.Module):
        def __init__(self):
            self.layer = tg.nn.Linear(3, 2)

    Model()


def model_without_forward():
    class Model(tg.nn.Module):
        pass

    Model()(W)


def forward_without_return():
    class Model(tg.nn.Module):
        def forward(self, x):
            x.relu()

    F.mse_loss(Model()(W), tg.zeros(3, 2))


def batch_of(*items):
    return next(iter(tg.utils.data.DataLoader(list(items), batch_size=len(items))))


def array_gets_a_tensor():
    array = np.zeros((3, 2))
    array += W


def backward_on_what_was_not_recorded():
    with tg.no_grad():
        loss = W.sum()
    loss.backward()


def backward_inside_no_grad():
    with tg.no_grad():
        W.sum().backward()


def tensor_instead_of_a_parameter():
    layer = tg.nn.Linear(1, 1)
    layer.weight = tg.ones(1, 1)


# name: (what is done, the kind of error, what its message says)
MISTAKES = {
    "matmul of shapes that do not fit": (
        lambda: tg.ones(2, 3) @ tg.ones(2, 3),
        ValueError,
        r"matmul.*got 3 and 2.*t\.mT.*\(2, 3\)",
    ),
    "an integer to a negative power": (
        lambda: tg.tensor([2, 3]) ** tg.tensor([-1, 2]),
        ValueError,
        r"pow.*exponents from 0 on.*a\.float\(\) \*\* b",
    ),
    "addition of shapes that do not broadcast": (
        lambda: tg.ones(2) + tg.ones(3),
        ValueError,
        r"add.*t.unsqueeze.*\(2,\).*\(3,\)",
    ),
    "a linear layer fed the wrong size": (
        lambda: tg.nn.Linear(4, 2)(tg.ones(5, 3)),
        ValueError,
        r"linear.*in_features=3.*flatten.*\(5, 3\)",
    ),
    "reshape to another size": (lambda: tg.ones(6).reshape(4, 2), ValueError, r"reshape.*size 6.*may be -1"),
    "a dimension that is not there": (
        lambda: tg.ones(2).sum(dim=1),
        IndexError,
        "sum.*axis 1 is not there in 1 dimensions",
    ),
    "an index out of range": (lambda: tg.ones(2)[2], IndexError, "getitem.*index 2.*size - 1"),
    "a float as an index": (lambda: tg.ones(2)[1.0], IndexError, "index.long"),
    "a float tensor as an index": (lambda: tg.ones(2)[tg.ones(1)], IndexError, "index.long"),
    "backward on many numbers": (lambda: (W * 2).backward(), RuntimeError, r"single number only.*sum\(\)"),
    "backward twice": (used_twice, RuntimeError, "retain_graph=True"),
    "backward on a detached result": (lambda: W.detach().sum().backward(), RuntimeError, "requires_grad=True"),
    "backward on a result of no_grad": (backward_on_what_was_not_recorded, RuntimeError, r"no_grad"),
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
    "joining tensors of different ranks": (lambda: tg.cat([W, tg.ones(2)]), ValueError, r"concatenate.*t\.unsqueeze"),
    "a GPU": (lambda: W.to("cuda"), ValueError, "CPU.*leave device out"),
    "grad of a number": (lambda: tg.autograd.grad(1.0, W), TypeError, "outputs, got float"),
    "grad with respect to nothing": (lambda: tg.autograd.grad(W.sum(), None), TypeError, "inputs, got NoneType"),
    "too many upstream gradients": (lambda: tg.autograd.grad(W.sum(), W, [W, W]), ValueError, "1 outputs, got 2"),
    "backward inside no_grad": (backward_inside_no_grad, RuntimeError, r"outside no_grad\(\)"),
    "parameters used a second time": (parameters_used_up, ValueError, "generator"),
    "an optimizer given the model": (lambda: tg.optim.SGD(tg.nn.ReLU(), lr=0.1), TypeError, r"model.parameters\(\)"),
    "an optimizer given named parameters": (
        lambda: tg.optim.SGD(tg.nn.Linear(1, 1).named_parameters(), lr=0.1),
        TypeError,
        r"got tuple.*model.parameters\(\)",
    ),
    "a learning rate in quotes": (lambda: tg.optim.SGD([W], lr="0.1"), TypeError, "number for lr, got '0.1'"),
    "one beta": (lambda: tg.optim.Adam([W], betas=0.9), ValueError, r"betas=\(0.9, 0.999\), got 0.9"),
    "a schedule given the model": (lambda: tg.optim.lr_scheduler.StepLR(tg.nn.ReLU(), 1), TypeError, "Optimizer"),
    "super().__init__() forgotten": (model_without_super, AttributeError, r"super\(\).__init__\(\) the first line"),
    "forward forgotten": (model_without_forward, NotImplementedError, "def forward"),
    "return forgotten": (forward_without_return, TypeError, "mse_loss.*got NoneType"),
    "a list of layers": (lambda: tg.nn.Sequential([tg.nn.ReLU()]), TypeError, r"Sequential\(\*layers\)"),
    "a layer fed what a forward forgot to return": (
        lambda: tg.nn.Linear(3, 2)(None),
        TypeError,
        "linear.*NoneType.*return",
    ),
    "images without an axis of channels": (
        lambda: tg.nn.Conv2d(1, 2, 3)(tg.ones(5, 8, 8)),
        ValueError,
        r"5 channels.*\(N, 1, H, W\).*x.unsqueeze\(1\)",
    ),
    "tensors to join, not in a list": (lambda: tg.cat(W, W), TypeError, r"write cat\(\[a, b\], dim=0\)"),
    "nothing to join": (lambda: tg.stack([]), ValueError, "stack: expected at least one"),
    "a condition that is no bool": (lambda: tg.where(W, W, W), TypeError, "condition != 0"),
    "a mask that is no bool": (lambda: W.masked_fill(W, 0.0), TypeError, "mask != 0"),
    "half a size": (lambda: tg.zeros(2.5), TypeError, "whole numbers"),
    "an index of another rank": (lambda: W.gather(0, tg.tensor([1])), IndexError, r"gather.*index.unsqueeze"),
    "a dimension to squeeze that is not there": (lambda: W.squeeze(5), IndexError, "squeeze.*from -2 to 1.*got 5"),
    "no parts": (lambda: W.chunk(0), ValueError, "chunk.*at least 1"),
    "a class where a layer is needed": (lambda: tg.nn.Sequential(tg.nn.ReLU), TypeError, r"write ReLU\(\)"),
    "a tensor where a parameter is needed": (
        tensor_instead_of_a_parameter,
        TypeError,
        "assign a Parameter",
    ),
    "a state of another model": (
        lambda: tg.nn.Linear(3, 2).load_state_dict({"weight": tg.ones(2, 2), "scale": tg.ones(1)}),
        ValueError,
        r"(?s)missing.*bias.*not in the module: scale.*weight has shape \(2, 2\)",
    ),
    "a model where its state is needed": (
        lambda: tg.nn.Linear(1, 1).load_state_dict(tg.nn.Linear(1, 1)),
        TypeError,
        r"state_dict\(\)",
    ),
    "a loader of a number": (lambda: tg.utils.data.DataLoader(5), TypeError, "__getitem__ and __len__"),
    "items of different shapes": (lambda: batch_of(tg.ones(2), tg.ones(3)), ValueError, "collate_fn"),
    "items of different kinds": (lambda: batch_of(tg.ones(2), 3), TypeError, "'Tensor', 'int'"),
    "items of different keys": (lambda: batch_of({"x": 1}, {"y": 1}), ValueError, r"item 1.*\['x'\]"),
    "tensors of different lengths": (
        lambda: tg.utils.data.TensorDataset(tg.ones(3), tg.ones(4)),
        ValueError,
        r"\(3,\), \(4,\)",
    ),
    "an image without channels": (lambda: tg.nn.Conv2d(1, 2, 3)(tg.ones(8, 8)), ValueError, r"\(C, H, W\).*\(8, 8\)"),
    "scores where probabilities are needed": (lambda: F.binary_cross_entropy(W * 2, W), ValueError, "with_logits"),
    "targets as integers one-hot": (
        lambda: F.cross_entropy(W, tg.ones(3, 2).long()),
        ValueError,
        r"indices of shape \(3,\)",
    ),
    "floats for an embedding": (lambda: tg.nn.Embedding(3, 2)(tg.ones(2)), TypeError, r"input.long\(\)"),
    "going through a single number": (lambda: list(tg.tensor(1.0)), TypeError, r"t.item\(\)"),
    "grad of an unused input": (lambda: tg.autograd.grad(W.sum(), tg.ones(1).requires_grad_()), RuntimeError, "unused"),
}
