"""Every operation, on every one of its samples: what a trace writes down holds for other data, forward and back."""

from types import MappingProxyType

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.table import draw, every_sample, upstream
from tinygrad_edu.program.interpreter import run
from tinygrad_edu.program.simplify import simplified
from tinygrad_edu.program.tracing.running import trace

FLOATS = (np.float64, np.float32)


def there_and_back(op, params):
    """Return a function of arrays: the value of an operation, and the gradients of its inputs that are floats."""

    def function(*inputs):
        *inputs, g = inputs
        smooth = "f" if op.differentiable else ""
        tensors = [
            tg.from_numpy(x).requires_grad_(x.dtype.kind == smooth) if isinstance(x, np.ndarray) else x for x in inputs
        ]
        value = op(*tensors, **params)
        wanted = [x for x in tensors if isinstance(x, tg.Tensor) and x.requires_grad]
        if not value.requires_grad:
            return [value.detach().numpy()]
        value.backward(tg.from_numpy(g))
        return [value.detach().numpy(), *(None if x.grad is None else x.grad.numpy() for x in wanted)]

    return function


def arrays_of(op, sample, seed, dtype):
    """Draw inputs and an upstream gradient; whole numbers and truth values are others for another seed, too."""
    inputs = draw(op, sample, seed, dtype)
    inputs = [np.flip(x).copy() if seed and isinstance(x, np.ndarray) and x.dtype.kind != "f" else x for x in inputs]
    shape = np.shape(op.rule(*inputs, **sample.params)[0])
    return [*inputs, upstream(shape, seed).astype(dtype)]


def twice(op, params):
    """Return a function of arrays: what the gradients of an operation, taken times g, depend on."""

    def function(*inputs):
        *inputs, g = inputs
        tensors = [
            tg.from_numpy(x).requires_grad_(x.dtype.kind == "f") if isinstance(x, np.ndarray) else x for x in inputs
        ]
        wanted = [x for x in tensors if isinstance(x, tg.Tensor) and x.requires_grad]
        first = tg.autograd.grad(op(*tensors, **params), wanted, tg.from_numpy(g), create_graph=True, allow_unused=True)
        total = sum((x * x).sum() for x in first if x is not None)
        if not getattr(total, "requires_grad", False):
            return [x.detach().numpy() for x in first if x is not None]
        second = tg.autograd.grad(total, wanted, allow_unused=True)
        return [None if x is None else x.numpy() for x in second]

    return function


def check(function, first, other):
    """Trace a function on the first inputs, and run what was written down, simplified or not, on others."""
    traced = trace(function, tuple(first), {})
    expected = function(*other)
    given = [x for x in other if isinstance(x, np.ndarray)]
    for program in (traced.program, simplified(traced.program), simplified(traced.program, guards=False)):
        outside = {variable: place.array for variable, place in program.captured.items() if variable.kind == "array"}
        for ours, engine in zip(run(program, given, outside), expected, strict=True):
            if engine is None:
                assert ours is None
            else:
                assert np.asarray(ours).dtype == engine.dtype
                np.testing.assert_array_equal(ours, engine)


@pytest.mark.parametrize("dtype", FLOATS, ids=["float64", "float32"])
@pytest.mark.parametrize(**every_sample(rest_is_slow=True))
def test_the_program_holds_for_other_data(op, sample, dtype):
    first, other = (arrays_of(op, sample, seed, dtype) for seed in (0, 1))
    check(there_and_back(op, MappingProxyType(sample.params)), first, other)


@pytest.mark.parametrize(**every_sample(only_differentiable=True, rest_is_slow=True))
def test_second_derivatives_too(op, sample):
    first, other = (arrays_of(op, sample, seed, np.float64) for seed in (0, 1))
    check(twice(op, MappingProxyType(sample.params)), first, other)


@pytest.mark.parametrize("dtype", FLOATS, ids=["float64", "float32"])
@pytest.mark.parametrize(**every_sample(rest_is_slow=True))
def test_it_holds_as_it_is_run_too(op, sample, dtype):
    """The third call runs the program that the first was traced into and the second was compared with."""
    draws = [arrays_of(op, sample, seed, dtype) for seed in (0, 1, 2)]
    function = there_and_back(op, MappingProxyType(sample.params))
    compiled = tg.compile(function)
    for inputs in draws:
        for ours, engine in zip(compiled(*inputs), function(*inputs), strict=True):
            assert (ours is None) is (engine is None)
            np.testing.assert_array_equal(ours, engine)
    (ready,) = compiled.programs.ready
    assert ready.trusted
