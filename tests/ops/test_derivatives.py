"""Every operation with a derivative, on every one of its samples: first and second derivatives against differences."""

import pytest

from tests.table import as_tensors, draw, every_sample, tracked
from tinygrad_edu.autograd import gradcheck, gradgradcheck


@pytest.mark.parametrize(**every_sample(only_differentiable=True))
def test_first_derivative(op, sample):
    assert gradcheck(lambda *inputs: op(*inputs, **sample.params), as_tensors(draw(op, sample)))


@pytest.mark.parametrize(**every_sample(only_differentiable=True))
def test_second_derivative(op, sample):
    assert gradgradcheck(lambda *inputs: op(*inputs, **sample.params), as_tensors(draw(op, sample)))


@pytest.mark.parametrize(**every_sample(only_differentiable=True))
def test_a_linear_operation_keeps_none_of_its_inputs(op, sample):
    """What `linear=True` promises, since the engine then differentiates its pullbacks without running the rule again."""
    if op.linear:
        inputs = draw(op, sample)
        _, once = op.rule(*inputs, **sample.params)
        _, again = op.rule(*[x * 2 if getattr(x, "dtype", None) == float else x for x in inputs], **sample.params)
        assert len(tracked(as_tensors(inputs))) <= len(once) == len(again)
