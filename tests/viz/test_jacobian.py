"""The local derivative of every operation, beside central differences and beside the share that its pullback sends."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.table import as_tensors, draw, every_sample, upstream
from tinygrad_edu.engine.broadcasting import unbroadcast
from tinygrad_edu.engine.graph import GraphError
from tinygrad_edu.viz.jacobian import column, columns, local_derivative, row
from tinygrad_edu.viz.shares import record_backward
from tinygrad_edu.viz.tracing import trace

STEP = 1e-6


def by_differences(op, inputs, params, index):
    """Return the Jacobian of an operation by central differences, of the shape of output and input."""
    x = inputs[index]
    found = np.zeros((*np.shape(op(*inputs, **params)), *x.shape))
    for element in np.ndindex(x.shape):
        ends = []
        for step in (STEP, -STEP):
            moved = x.copy()
            moved[element] += step
            ends.append(np.asarray(op(*inputs[:index], moved, *inputs[index + 1 :], **params)))
        found[(..., *element)] = (ends[0] - ends[1]) / (2 * STEP)
    return found


def whole(derivative, shape):
    """Write out the Jacobian of what is elementwise."""
    if not derivative.elementwise:
        return derivative.array
    found = np.zeros(derivative.array.shape + shape)
    for place in np.ndindex(derivative.array.shape):
        alone = np.zeros(derivative.array.shape)
        alone[place] = derivative.array[place]
        found[place] = unbroadcast(alone, shape)
    return found


@pytest.mark.parametrize(**every_sample(only_differentiable=True))
def test_every_operation(op, sample):
    inputs = draw(op, sample)
    tensors = as_tensors(inputs)
    y = op(*tensors, **sample.params)
    assert y.node is not None
    g = upstream(y.shape)
    steps = record_backward(y, g)
    for share in steps.visits[0].shares:
        x = inputs[share.index]
        derivative = local_derivative(y.node, share.index, y.array, limit=10**6)
        assert derivative.linear
        jacobian = whole(derivative, x.shape)
        np.testing.assert_allclose(np.tensordot(g, jacobian, y.ndim), share.array, rtol=1e-9, atol=1e-11)
        if derivative.elementwise:
            np.testing.assert_allclose(g * derivative.array, share.raw, rtol=1e-11, atol=1e-13)
        if op.name not in ("floor", "sign") and not sample.params.get("training"):
            np.testing.assert_allclose(
                jacobian, by_differences(op, inputs, sample.params, share.index), rtol=1e-5, atol=1e-7
            )
        places = list(np.ndindex(x.shape))
        for place, found in zip(places, columns(y.node, share.index, y.array, places), strict=True):
            np.testing.assert_allclose(found, jacobian[(..., *place)], rtol=1e-9, atol=1e-11)
        for place in list(np.ndindex(y.shape))[:3]:
            np.testing.assert_allclose(row(y.node, share.index, y.array, place), jacobian[place], rtol=1e-9, atol=1e-11)


def test_what_is_elementwise():
    x = tg.tensor([[0.5, -2.0], [3.0, 1.5]], requires_grad=True)
    row_of_two = tg.tensor([2.0, 4.0], requires_grad=True)
    y = x * row_of_two
    derivative = local_derivative(y.node, 1, y.array)
    assert derivative.elementwise
    np.testing.assert_array_equal(derivative.array, x.array)  # for each copy of the broadcast row
    np.testing.assert_array_equal(column(y.node, 1, y.array, (0,)), [[0.5, 0.0], [3.0, 0.0]])
    for other in (x.T, x.cumsum(0), x.flip(0), x.softmax(1)):
        assert not local_derivative(other.node, 0, other.array).elementwise


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_every_precision(dtype):
    x = tg.tensor(np.array([0.3, -0.7, 1.1], dtype), requires_grad=True)
    for y in (x.tanh(), x.softmax(0), x.sum(), x[1:]):
        derivative = local_derivative(y.node, 0, y.array)
        assert derivative.linear
        assert derivative.array.dtype == dtype
        assert column(y.node, 0, y.array, (1,)).dtype == dtype


def test_an_infinite_slope():
    x = tg.tensor([0.0, 4.0], requires_grad=True)
    y = x.sqrt()
    np.testing.assert_array_equal(local_derivative(y.node, 0, y.array).array, [np.inf, 0.25])


def test_a_large_jacobian_is_left_out_and_its_columns_and_rows_are_there():
    x, w = tg.randn(50, 40, requires_grad=True), tg.randn(40, 30, requires_grad=True)
    y = x @ w
    assert local_derivative(y.node, 0, y.array) == local_derivative(y.node, 1, y.array)
    assert local_derivative(y.node, 0, y.array).array is None
    expected = np.zeros((50, 30), np.float32)
    expected[7] = w.array[3]
    np.testing.assert_array_equal(column(y.node, 0, y.array, (7, 3)), expected)
    expected = np.zeros((40, 30), np.float32)
    expected[:, 4] = x.array[7]
    np.testing.assert_array_equal(row(y.node, 1, y.array, (7, 4)), expected)


def test_a_column_records_nothing_for_others_and_changes_nothing():
    x = tg.tensor([0.5, 1.0], requires_grad=True)
    with trace() as t:
        y = x.softmax(0)
        pullbacks = y.node.pullbacks
        with tg.no_grad():
            column(y.node, 0, y.array, (1,))
    assert len(t) == 1
    assert y.node.pullbacks is pullbacks
    assert x.grad is None


class OnArrays(tg.autograd.Function):
    """Its way back leaves the Tensors, so it cannot be differentiated."""

    @staticmethod
    def forward(ctx, x):
        return x.cumsum(0)

    @staticmethod
    def backward(ctx, g):
        return tg.tensor(np.cumsum(g.numpy()[::-1])[::-1].copy())


class Noisy(tg.autograd.Function):
    """Each time it runs it draws other numbers."""

    @staticmethod
    def forward(ctx, x):
        ctx.noise = tg.rand(3, 3)
        return ctx.noise @ x

    @staticmethod
    def backward(ctx, g):
        return ctx.noise.T @ g


class Clipped(tg.autograd.Function):
    """Its way back is no product."""

    @staticmethod
    def forward(ctx, x):
        return x.flip(0)

    @staticmethod
    def backward(ctx, g):
        return g.flip(0).clamp(-0.9, 0.9)


@pytest.mark.parametrize("function", [OnArrays, Noisy])
def test_a_function_of_the_readers(function):
    x = tg.tensor([0.5, 1.0, -2.0], requires_grad=True)
    y = function.apply(x)
    jacobian = local_derivative(y.node, 0, y.array).array
    for place in range(3):
        np.testing.assert_allclose(column(y.node, 0, y.array, (place,)), jacobian[:, place], rtol=1e-6)
    with pytest.raises(GraphError, match="pass limit=3"):
        column(y.node, 0, y.array, (0,), limit=2)


def test_a_way_back_that_is_no_product():
    x = tg.tensor([0.5, 1.0, -2.0], requires_grad=True)
    y = Clipped.apply(x)
    derivative = local_derivative(y.node, 0, y.array)
    assert not derivative.linear
    assert derivative.array is None


def test_where_there_is_none():
    x, plain = tg.tensor([0.5, 1.0], requires_grad=True), tg.tensor([1.0, 2.0])
    y = x * plain
    with pytest.raises(ValueError, match="no gradient goes to input 1"):
        local_derivative(y.node, 1, y.array)
    z = x * 1
    y = z.exp() * z
    z.mul_(2)
    with pytest.raises(GraphError, match="changed it in place"):
        local_derivative(y.node, 1, y.array)
    y = x * 2
    y.sum().backward()
    with pytest.raises(GraphError, match="freed"):
        local_derivative(y.node, 0, y.array)
