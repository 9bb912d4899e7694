"""Every operation, broken on purpose in every way and at every pullback: the checks must see it.

A broken operation is an `Op` around the right rule with one pullback spoiled. It is not registered.
"""

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.table import as_tensors, draw, every_sample
from tinygrad_edu.autograd import gradcheck, gradgradcheck
from tinygrad_edu.engine.broadcasting import unbroadcast
from tinygrad_edu.engine.op import OPS, Op


def spoiled(op, position, spoil):
    """Return `op` with its pullback at `position` replaced by `spoil(pullback)`."""

    def rule(*inputs, **params):
        y, pullbacks = op.rule(*inputs, **params)
        return y, [spoil(p) if i == position else p for i, p in enumerate(pullbacks)]

    rule.__name__ = op.name
    return Op(rule, formula=op.formula, derivative=op.derivative, linear=op.linear)


def factor(c):
    return lambda pullback: lambda g: pullback(g) * c


def transpose(shape):
    return lambda pullback: lambda g: np.swapaxes(unbroadcast(pullback(g), shape), -1, -2).reshape(shape)


def only_first(axis, output_shape):
    """Forget the sum over an axis of the output: let only its first index contribute."""
    mask = np.zeros(output_shape)
    mask[(slice(None),) * axis + (0,)] = 1
    return lambda pullback: lambda g: pullback(g * mask)


def mistakes(shape, output_shape):
    """Name the mistakes that can be made in the pullback to an input of `shape`."""
    yield "a factor of 1.00001", factor(1.00001)
    yield "zeros", factor(0.0)
    yield "the sign", factor(-1.0)
    if len(shape) > 1:
        yield "a transpose", transpose(shape)
    for axis, size in enumerate(output_shape):
        if size > 1:
            yield f"a missing sum over axis {axis}", only_first(axis, output_shape)
    n = np.prod(shape) / max(np.prod(output_shape), 1)
    if n > 1:
        yield "a missing 1/n", factor(n)


def requires_grad(x):
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def matters(op, sample, inputs, position, spoil):
    """Tell whether a mistake changes some element by 5e-6 of itself, and enough to be told from rounding."""
    y, pullbacks = op.rule(*inputs, **sample.params)
    g = np.random.default_rng(5).uniform(0.5, 1.5, np.shape(y))
    shape = np.shape(inputs[position])
    right, wrong = (unbroadcast(np.asarray(p(g)), shape) for p in (pullbacks[position], spoil(pullbacks[position])))
    return bool(np.any(np.abs(wrong - right) > 5e-6 * np.abs(right) + 1e-8))


def passes(check, op, sample, inputs, position):
    """Check an operation with respect to one of its inputs only, to save time."""
    tensors = [
        x if i == position else x.detach() if isinstance(x, tg.Tensor) else x for i, x in enumerate(as_tensors(inputs))
    ]
    return check(lambda *xs: op(*xs, **sample.params), tensors, raise_exception=False)


@pytest.mark.parametrize(**every_sample(only_differentiable=True))
def test_a_broken_first_derivative_is_caught(op, sample):
    inputs = draw(op, sample)
    output_shape = np.shape(op(*inputs, **sample.params))
    for position, x in enumerate(inputs):
        if requires_grad(x):
            for name, spoil in mistakes(x.shape, output_shape):
                if matters(op, sample, inputs, position, spoil):
                    caught = not passes(gradcheck, spoiled(op, position, spoil), sample, inputs, position)
                    assert caught, f"{name} in the gradient to input {position} of {op.name} passes"


def test_every_pullback_is_broken_somewhere():
    """The tests above skip samples where a mistake changes nothing; no operation may be skipped altogether."""
    untouched = set()
    for op in OPS.values():
        if op.differentiable:
            draws = [(sample, draw(op, sample)) for sample in op.samples]
            count = max(len(inputs) for _, inputs in draws)
            for position in range(count):
                cases = [(s, x) for s, x in draws if position < len(x) and requires_grad(x[position])]
                if cases and not any(matters(op, s, x, position, factor(1.00001)) for s, x in cases):
                    untouched.add(op.derivative[min(position, len(op.derivative) - 1)])
    assert untouched <= {"0"}, "flat functions, such as sign, have nothing to break"


def identity(a):
    return np.copy(a), (lambda g: g * 1.00001,)


hidden = Op(identity, formula="y = a", derivative=("g",))


@pytest.mark.parametrize(**every_sample(only_differentiable=True))
def test_a_broken_second_derivative_is_caught(op, sample):
    """The pullback gives the right gradient, but the derivative of that is off by 1.00001."""
    inputs = draw(op, sample)
    for position, x in enumerate(inputs):
        if requires_grad(x) and matters(op, sample, inputs, position, factor(1.00001)):
            broken = spoiled(op, position, lambda pullback: lambda g: hidden(pullback(g)))
            caught = not passes(gradgradcheck, broken, sample, inputs, position)
            assert caught, f"a wrong derivative of the gradient to input {position} of {op.name} passes"
