"""Every registered operation on every one of its samples: its value, and what it does with odd arrays."""

import inspect
import warnings

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.table import as_tensors, draw, every_sample, tracked, upstream
from tinygrad_edu.engine.op import OPS


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_entry_is_complete(op):
    assert op.samples, f"{op.name} has no samples: nothing would check it"
    assert "y" in op.formula
    assert op.reference is not None, f"{op.name} has no reference value"
    if op.differentiable:
        parameters = inspect.signature(op.rule).parameters.values()
        positional = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        if positional:  # concatenate and stack take any number of inputs, and have one line for all
            assert len(op.derivative) == len(positional)


@pytest.mark.parametrize(**every_sample())
def test_value(op, sample):
    inputs = draw(op, sample)
    expected = np.asarray(op.reference(*inputs, **sample.params))
    for result in (op(*as_tensors(inputs), **sample.params).array, np.asarray(op(*inputs, **sample.params))):
        assert result.shape == expected.shape
        assert result.dtype == expected.dtype
        np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(**every_sample(only_differentiable=True))
def test_float32_stays_float32(op, sample):
    tensors = as_tensors(draw(op, sample, dtype=np.float32))
    result = op(*tensors, **sample.params)
    assert result.dtype == sample.params.get("dtype", np.float32)
    if result.requires_grad:
        result.backward(np.ones(result.shape))
        assert all(t.grad is None or t.grad.dtype == np.float32 for t in tracked(tensors))


def every_other(x):
    """Return an array equal to x whose elements are not next to each other in memory."""
    spread = np.zeros((*x.shape, 2), x.dtype)
    spread[..., 0] = x
    return spread[..., 0]


def read_only(x):
    copy = x.copy()
    copy.flags.writeable = False
    return copy


@pytest.mark.parametrize("treat", [every_other, read_only, np.asfortranarray], ids=lambda f: f.__name__)
@pytest.mark.parametrize(**every_sample(only_differentiable=True))
def test_memory_layout_makes_no_difference(op, sample, treat):
    inputs = draw(op, sample)
    outcomes = []
    for arrays in (inputs, [treat(x) if isinstance(x, np.ndarray) and x.ndim else x for x in inputs]):
        tensors = as_tensors(arrays)
        result = op(*tensors, **sample.params)
        if result.requires_grad:
            result.backward(upstream(result.shape))
        outcomes.append([result.array, *(t.grad.array for t in tracked(tensors) if t.grad is not None)])
    assert len(outcomes[0]) == len(outcomes[1])
    for plain, treated in zip(*outcomes, strict=True):
        np.testing.assert_allclose(treated, plain, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(**every_sample(only_differentiable=True))
def test_inputs_and_upstream_gradient_are_left_alone(op, sample):
    inputs = draw(op, sample)
    before = [np.array(x) for x in inputs]
    tensors = as_tensors(inputs)
    result = op(*tensors, **sample.params)
    if result.requires_grad:
        g = upstream(result.shape)
        kept = g.copy()
        result.backward(g)
        np.testing.assert_array_equal(g, kept)
        for t in tracked(tensors):
            if t.grad is not None:
                assert not np.shares_memory(t.grad.array, g)
                assert not np.shares_memory(t.grad.array, t.array)
                assert t.grad.array.flags.owndata
                assert t.grad.array.flags.writeable
                assert t.grad.shape == t.shape
    for x, old in zip(inputs, before, strict=True):
        np.testing.assert_array_equal(x, old)


@pytest.mark.parametrize("op", [op for op in OPS.values() if not op.differentiable], ids=lambda op: op.name)
def test_no_derivative_means_no_gradient(op):
    result = op(*as_tensors(draw(op, op.samples[0])), **op.samples[0].params)
    assert not result.requires_grad
    assert result.node is None


ANSWERED = [(op, function) for op in OPS.values() for function in op.numpy]


@pytest.mark.parametrize(("op", "function"), ANSWERED, ids=[f"np.{function.__name__}" for _, function in ANSWERED])
def test_numpy_function_is_answered(op, function):
    """np.f(Tensor) is a Tensor, recorded where it should be, with the value of np.f(array)."""
    for sample in op.samples:
        inputs = draw(op, sample)
        tensors = as_tensors(inputs)
        params = sample.params
        if function in (np.concatenate, np.stack):
            got, expected = function(tensors, **params), function(inputs, **params)
        else:
            got, expected = function(*tensors, **params), function(*inputs, **params)
        assert isinstance(got, tg.Tensor)
        assert got.requires_grad == (op.differentiable and bool(tracked(tensors)))
        np.testing.assert_allclose(got.array, expected, rtol=1e-12, atol=1e-14)


OVERFLOWING = {
    "sigmoid": (lambda x: tg.sigmoid(x), [-1e4, -800.0, 800.0, 1e4], [0.0, 0.0, 1.0, 1.0]),
    "softmax": (lambda x: tg.softmax(x, 0), [1e4, 0.0, -1e4, 1e4], [0.5, 0.0, 0.0, 0.5]),
    "log_softmax": (
        lambda x: tg.log_softmax(x, 0),
        [1e4, -1e4, 1e4, 1e4],
        [-np.log(3), -2e4 - np.log(3), -np.log(3), -np.log(3)],
    ),
    "logsumexp": (lambda x: tg.logsumexp(x, 0), [1e4, 1e4], 1e4 + np.log(2)),
    "logsumexp of all -inf": (lambda x: tg.logsumexp(x, 0), [-np.inf, -np.inf], -np.inf),
    "logsumexp with inf": (lambda x: tg.logsumexp(x, 0), [0.0, np.inf], np.inf),
}


@pytest.mark.parametrize("name", OVERFLOWING)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_stable_where_the_naive_form_overflows(name, dtype):
    function, values, expected = OVERFLOWING[name]
    with warnings.catch_warnings():
        if "inf" in name:
            warnings.simplefilter("ignore")
        result = function(tg.tensor(values, dtype=dtype))
    tolerance = 1e-38 if dtype == np.float32 else 1e-307
    np.testing.assert_allclose(result.array, expected, rtol=1e-6, atol=tolerance)
