"""Local derivatives of every operation, beside central differences and beside the share that its pullback sends."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.table import as_tensors, draw, every_sample, upstream
from tinygrad_edu.engine.graph import GraphError
from tinygrad_edu.system.generator import default_generator
from tinygrad_edu.viz.backward.jacobian import column, columns, row
from tinygrad_edu.viz.backward.shares import record_backward
from tinygrad_edu.viz.tracing.trace import trace

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


@pytest.mark.parametrize(**every_sample(only_differentiable=True, rest_is_slow=True))
def test_every_operation(op, sample):
    inputs = draw(op, sample)
    tensors = as_tensors(inputs)
    y = op(*tensors, **sample.params)
    assert y.node is not None
    g = upstream(y.shape)
    steps = record_backward(y, g)
    for share in steps.visits[0].shares:
        x = inputs[share.index]
        jacobian = np.zeros(y.shape + x.shape)
        places = list(np.ndindex(x.shape))
        for place, found in zip(places, columns(y.node, share.index, y.array, places), strict=True):
            jacobian[(..., *place)] = found
        np.testing.assert_allclose(np.tensordot(g, jacobian, y.ndim), share.array, rtol=1e-9, atol=1e-11)
        if op.name not in ("floor", "sign") and not sample.params.get("training"):
            np.testing.assert_allclose(
                jacobian, by_differences(op, inputs, sample.params, share.index), rtol=1e-5, atol=1e-7
            )
        for place in list(np.ndindex(y.shape))[:3]:
            np.testing.assert_allclose(row(y.node, share.index, y.array, place), jacobian[place], rtol=1e-9, atol=1e-11)


def test_the_copies_of_a_broadcast_input():
    x = tg.tensor([[0.5, -2.0], [3.0, 1.5]], requires_grad=True)
    y = x * tg.tensor([2.0, 4.0], requires_grad=True)
    np.testing.assert_array_equal(column(y.node, 1, y.array, (0,)), [[0.5, 0.0], [3.0, 0.0]])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_every_precision(dtype):
    x = tg.tensor(np.array([0.3, -0.7, 1.1], dtype), requires_grad=True)
    for y in (x.tanh(), x.softmax(0), x.sum(), x[1:]):
        assert column(y.node, 0, y.array, (1,)).dtype == dtype
        assert row(y.node, 0, y.array, (0,) * y.ndim).dtype == dtype


def test_an_infinite_slope():
    x = tg.tensor([0.0, 4.0], requires_grad=True)
    y = x.sqrt()
    np.testing.assert_array_equal(column(y.node, 0, y.array, (0,)), [np.inf, 0])
    np.testing.assert_array_equal(column(y.node, 0, y.array, (1,)), [0, 0.25])


def test_rows_and_columns_of_a_large_jacobian():
    x, w = tg.randn(50, 40, requires_grad=True), tg.randn(40, 30, requires_grad=True)
    y = x @ w
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


@pytest.mark.parametrize("function", [OnArrays, Noisy])
def test_a_function_of_the_readers(function):
    x = tg.tensor([0.5, 1.0, -2.0], requires_grad=True)
    y = function.apply(x)
    jacobian = np.array([row(y.node, 0, y.array, (i,)) for i in range(3)])
    state = str(default_generator.get_state())
    for place in range(3):
        np.testing.assert_allclose(column(y.node, 0, y.array, (place,)), jacobian[:, place], rtol=1e-6)
    assert str(default_generator.get_state()) == state
    with pytest.raises(GraphError, match="pass limit=3"):
        column(y.node, 0, y.array, (0,), limit=2)


def test_where_there_is_none():
    x, plain = tg.tensor([0.5, 1.0], requires_grad=True), tg.tensor([1.0, 2.0])
    y = x * plain
    with pytest.raises(ValueError, match="no gradient goes to input 1"):
        column(y.node, 1, y.array, (0,))
    z = x * 1
    y = z.exp() * z
    z.mul_(2)
    with pytest.raises(GraphError, match="changed it in place"):
        column(y.node, 1, y.array, (0,))
    y = x * 2
    y.sum().backward()
    with pytest.raises(GraphError, match="freed"):
        column(y.node, 0, y.array, (0,))
