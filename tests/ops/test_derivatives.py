"""Every operation with a derivative, on every one of its samples: first and second derivatives against differences."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.table import as_tensors, draw, every_sample, upstream
from tinygrad_edu.autograd import gradcheck, gradgradcheck
from tinygrad_edu.engine.broadcasting import unbroadcast
from tinygrad_edu.engine.op import OPS
from tinygrad_edu.engine.versions import kept_arrays, needs_inputs

pytestmark = pytest.mark.filterwarnings("ignore::tinygrad_edu.autograd.gradcheck.ZeroGradientWarning")


@pytest.mark.parametrize(**every_sample(only_differentiable=True))
def test_first_derivative(op, sample):
    assert gradcheck(lambda *inputs: op(*inputs, **sample.params), as_tensors(draw(op, sample)))


@pytest.mark.parametrize(**every_sample(only_differentiable=True))
def test_second_derivative(op, sample):
    assert gradgradcheck(lambda *inputs: op(*inputs, **sample.params), as_tensors(draw(op, sample)))


LINEAR = [op for op in OPS.values() if op.linear]


@pytest.mark.parametrize("op", LINEAR, ids=lambda op: op.name)
def test_a_linear_operation_keeps_none_of_its_inputs(op):
    """So the engine need not run its rule again to differentiate its pullbacks."""
    for sample in op.samples:
        inputs = draw(op, sample)
        floats = [x for x in inputs if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
        _, pullbacks = op.rule(*inputs, **sample.params)
        for pullback in pullbacks:
            for _, kept in kept_arrays(pullback) if pullback else ():
                assert not any(np.shares_memory(kept, x) for x in floats)


@pytest.mark.parametrize("op", LINEAR, ids=lambda op: op.name)
def test_the_pullback_of_a_linear_operation_is_its_adjoint(op):
    """<A x, y> = <x, Aᵀ y>, for all inputs together."""
    for sample in op.samples:
        if sample.params.get("constant_values"):
            continue  # a border of ones is affine, not linear
        inputs = draw(op, sample)
        floats = [i for i, x in enumerate(inputs) if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
        if len(floats) < sum(isinstance(x, float) for x in inputs) + len(floats):
            continue  # a constant among the inputs
        value, pullbacks = op.rule(*inputs, **sample.params)
        y = upstream(np.shape(value))
        right = sum(np.sum(unbroadcast(np.asarray(pullbacks[i](y)), inputs[i].shape) * inputs[i]) for i in floats)
        np.testing.assert_allclose(np.sum(value * y), right, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(**every_sample(only_differentiable=True))
def test_an_input_that_need_not_be_as_it_was_changes_no_gradient(op, sample):
    """What `needs_inputs` tells holds for every rule; so inputs may be overwritten, and the rule run again."""
    inputs = draw(op, sample)
    floats = [i for i, x in enumerate(inputs) if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
    for wanted in floats:  # the others are constants
        y = op(*(tg.tensor(x, requires_grad=True) if i == wanted else x for i, x in enumerate(inputs)), **sample.params)
        kept = [array for _, array in kept_arrays(y.node.pullbacks[wanted])]
        if needs_inputs(y.node):
            continue
        for changed in floats:
            if not any(array is y.node.arrays[changed] for array in kept):
                others = [x * 0.7 + 0.1 if i == changed else x for i, x in enumerate(inputs)]
                g = upstream(y.shape)
                again = op.rule(*others, **sample.params)[1][wanted]
                assert np.array_equal(np.asarray(again(g)), np.asarray(y.node.pullbacks[wanted](g)))
