"""`autograd.functional` against PyTorch's: single tensors and tuples, again differentiable or not."""

import numpy as np
import pytest

import tinygrad_edu as tg

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch
VECTOR, MATRIX, NUMBER = np.array([0.5, -1.0, 2.0]), np.arange(6.0).reshape(2, 3) / 3 - 0.5, np.array(0.75)
ONE = np.array([1.5])

# the function, what it is called with, and the vector that the derivatives are multiplied by
CASES = {
    "jacobian": [
        (lambda t: lambda x: x**3, (VECTOR,)),
        (lambda t: lambda x: (x.sum(), x[:2] * x[1:]), (VECTOR,)),
        (lambda t: lambda x, y: y @ x.exp(), ((VECTOR, MATRIX),)),
        (lambda t: lambda x, y: (x * 2, y.sum(0) * x), ((VECTOR, MATRIX),)),
        (lambda t: lambda x: t.ones(2, dtype=t.float64), (VECTOR,)),
        (lambda t: lambda x: x.sum(), ((VECTOR,),)),
    ],
    "hessian": [
        (lambda t: lambda x: (x**3).sum(), (VECTOR,)),
        (lambda t: lambda x: (x**3).sum().reshape(1, 1), (MATRIX,)),
        (lambda t: lambda x, y: (y @ x).exp().sum(), ((VECTOR, MATRIX),)),
        (lambda t: lambda x, y: x.sum(), ((VECTOR, NUMBER),)),
    ],
    "vjp": [
        (lambda t: lambda x: x**3, (VECTOR, VECTOR + 1)),
        (lambda t: lambda x: x.prod(), (VECTOR,)),
        (lambda t: lambda x: x.prod().reshape(1), (VECTOR,)),
        (lambda t: lambda x, y: (y @ x, x.sum()), ((VECTOR, MATRIX), (VECTOR[:2], NUMBER))),
    ],
    "jvp": [
        (lambda t: lambda x: x**3, (VECTOR, VECTOR + 1)),
        (lambda t: lambda x: (x.sin(), x**2), (NUMBER,)),
        (lambda t: lambda x, y: y @ x.exp(), ((VECTOR, MATRIX), (VECTOR, MATRIX + 1))),
    ],
    "hvp": [
        (lambda t: lambda x: (x**3).sum(), (VECTOR, VECTOR + 1)),
        (lambda t: lambda x: (x**4).sum(), (ONE,)),
        (lambda t: lambda x, y: (y @ x).exp().sum(), ((VECTOR, MATRIX), (VECTOR, MATRIX + 1))),
    ],
    "vhp": [(lambda t: lambda x: (x.sin() * x[0]).sum(), (VECTOR, VECTOR + 1))],
}
PAIRS = [(name, case) for name, cases in CASES.items() for case in cases]


def build(library, x, requires_grad=False):
    if isinstance(x, tuple):
        return tuple(build(library, part, requires_grad) for part in x)
    return library.tensor(x, requires_grad=requires_grad)


def same(mine, other):
    if isinstance(other, tuple):
        assert isinstance(mine, tuple)
        assert len(mine) == len(other)
        for x, y in zip(mine, other, strict=True):
            same(x, y)
    else:
        assert tuple(mine.shape) == tuple(other.shape)
        np.testing.assert_allclose(mine.detach().numpy(), other.detach().numpy(), rtol=1e-12, atol=1e-12)


def flat(x):
    return [leaf for part in x for leaf in flat(part)] if isinstance(x, tuple) else [x]


@pytest.mark.parametrize(("name", "case"), PAIRS, ids=[name for name, _ in PAIRS])
def test_values(name, case):
    function, arguments = case
    for tracked in (False, True):
        results = [
            getattr(t.autograd.functional, name)(
                function(t), build(t, arguments[0], tracked), *(build(t, x) for x in arguments[1:])
            )
            for t in (tg, torch)
        ]
        same(*results)
        assert not any(x.requires_grad for x in flat(results[0]))


@pytest.mark.parametrize(("name", "case"), PAIRS, ids=[name for name, _ in PAIRS])
def test_differentiated_again(name, case):
    function, arguments = case
    found = []
    for t in (tg, torch):
        inputs = build(t, arguments[0], True)
        result = getattr(t.autograd.functional, name)(
            function(t), inputs, *(build(t, x) for x in arguments[1:]), create_graph=True
        )
        total = sum((x**2).sum() for x in flat(result))
        if total.requires_grad:
            found.append(tuple(t.autograd.grad(total, flat(inputs), allow_unused=True, materialize_grads=True)))
    same(*found or ((), ()))


REFUSALS = {
    "v for several outputs": (lambda t, f: f.vjp(lambda x: x**2, t.ones(2)), RuntimeError),
    "v for several inputs": (lambda t, f: f.jvp(lambda x: x**2, t.ones(2)), RuntimeError),
    "v of another product": (lambda t, f: f.vhp(lambda x: (x**2).sum(), t.ones(2)), RuntimeError),
    "a list": (lambda t, f: f.jacobian(lambda x: x**2, [1.0]), TypeError),
    "no single number": (lambda t, f: f.hessian(lambda x: x**2, t.ones(2)), RuntimeError),
    "no single number to multiply": (lambda t, f: f.hvp(lambda x: x**2, t.ones(2), t.ones(2)), RuntimeError),
    "another shape": (lambda t, f: f.vjp(lambda x: x**2, t.ones(2), t.ones(3)), (RuntimeError, ValueError)),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(name):
    call, error = REFUSALS[name]
    for t in (tg, torch):
        with pytest.raises(error):
            call(t, t.autograd.functional)


def test_options_that_are_not_supported():
    functional = tg.autograd.functional
    with pytest.raises(ValueError, match="strict=True is not supported"):
        functional.jvp(lambda x: x, tg.ones(1), strict=True)
    with pytest.raises(ValueError, match="expected strategy"):
        functional.jacobian(lambda x: x, tg.ones(1), strategy="forward-mode")
    with pytest.raises(ValueError, match="expected the strategy"):
        functional.hessian(lambda x: x, tg.ones(1), outer_jacobian_strategy="forward-mode")
