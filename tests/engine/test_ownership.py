"""Whose memory a gradient is: a leaf's is its own, whoever else had the array that it was made of."""

import itertools
import sys
import threading

import numpy as np
import pytest

import tinygrad_edu as tg


def leaf(*values):
    return tg.tensor(values, dtype=tg.float64, requires_grad=True)


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("layer", [tg.nn.RNN, tg.nn.LSTM, tg.nn.GRU])
def test_gradients_of_two_leaves_share_no_memory(layer, create_graph):
    """The two biases of a recurrent layer have equal gradients."""
    model = layer(2, 3)
    model(tg.randn(4, 1, 2))[0].sum().backward(create_graph=create_graph)
    gradients = [p.grad.array for p in model.parameters()]
    assert not any(np.shares_memory(a, b) for a, b in itertools.combinations(gradients, 2))


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("compute", [lambda x: x, lambda x: x * 1, lambda x: x + 0, lambda x: x.reshape(3, 1).T[0]])
def test_a_leaf_and_the_caller_share_no_memory(compute, create_graph):
    x, upstream = leaf(1.0, 2.0, 3.0), tg.ones(3, dtype=tg.float64)
    compute(x).backward(upstream, create_graph=create_graph)
    compute(x).backward(upstream, create_graph=create_graph)
    assert upstream.tolist() == [1.0] * 3
    assert not np.shares_memory(x.grad.array, upstream.array)


def test_gradients_that_grad_returns_share_no_memory():
    x = leaf(1.0, 2.0)
    a, b = x * 1, x * 2
    upstream = tg.ones(2, dtype=tg.float64)
    found = tg.autograd.grad(a + b, [a, b, x], upstream)
    arrays = [upstream.array, *(g.array for g in found)]
    assert not any(np.shares_memory(p, q) for p, q in itertools.combinations(arrays, 2))
    found[0].mul_(5)
    assert found[1].tolist() == [1.0, 1.0]


def test_a_gradient_that_was_recorded_can_be_scaled():
    x = leaf(1.0, 2.0)
    x.sum().backward(create_graph=True)
    with tg.no_grad():
        x.grad *= 0.5
    assert x.grad.tolist() == [0.5, 0.5]


@pytest.mark.parametrize("layer", [tg.nn.RNN, tg.nn.LSTM, tg.nn.GRU])
def test_an_upstream_gradient_that_is_filled_anew_for_each_row(layer):
    """Pullbacks that share work know a pass by its array, which must not be the caller's."""
    model = layer(2, 3)
    y = model(tg.randn(4, 1, 2))[0]
    upstream, parameters = tg.zeros(4, 1, 3), list(model.parameters())
    rows = []
    for i in range(4):
        upstream.zero_()
        upstream[i] = 1
        rows.append(tg.autograd.grad(y, parameters, upstream, retain_graph=True))
    whole = tg.autograd.grad(y.sum(), parameters)
    for i, g in enumerate(whole):
        np.testing.assert_allclose(sum(row[i].array for row in rows), g.array, rtol=1e-4, atol=1e-6)
        assert not np.array_equal(rows[0][i].array, rows[1][i].array)


def test_threads_that_add_to_one_leaf():
    x = leaf(*[1.0] * 100)

    def work():
        for _ in range(50):
            (x * 1).sum().backward()

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert x.grad.tolist() == [400.0] * 100


def test_what_nobody_wants_is_not_computed():
    """Of inputs that lead to nothing wanted, no pullback is asked."""
    asked = []

    class Noted(tg.autograd.Function):
        @staticmethod
        def forward(ctx, x, name):
            ctx.name = name
            return x * 2

        @staticmethod
        def backward(ctx, g):
            asked.append(ctx.name)
            return g * 2, None

    x, w = leaf(1.0), leaf(3.0)
    y = (Noted.apply(x, "x") * Noted.apply(w, "w")).sum()
    (g,) = tg.autograd.grad(y, [x], retain_graph=True)
    assert (g.item(), asked) == (12.0, ["x"])
    tg.autograd.grad(y, [w])
    assert asked == ["x", "w"]


def test_a_node_is_not_its_own_input():
    h = leaf(1.0, 2.0) * 1
    for _ in range(2):
        h += h
        h[None] = h
    h.sum().backward(retain_graph=True)
    h.sum().backward()


def test_a_tracer_changes_nothing():
    """A debugger or a coverage tool sees every line; what an operation in place does may not depend on it."""

    def steps():
        x = leaf(1.0, 2.0)
        y = x * 2
        y[0] += x[1]
        part = y[1:]
        part *= 3
        y.sum().backward()
        return x.grad.tolist()

    expected = steps()
    before = sys.gettrace()
    sys.settrace(lambda *event: sys.gettrace())
    try:
        assert steps() == expected
    finally:
        sys.settrace(before)
