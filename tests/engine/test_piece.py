"""Gradients of pieces: read by number, slice or mask, they are added up in one array, whatever else uses the tensor."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.autograd import detect_anomaly, grad
from tinygrad_edu.engine import piece

X = np.random.default_rng(0).standard_normal((5, 4))
MASK = X > 0

# What is done with a (5, 4) tensor, as a sum of functions of its pieces
USES = {
    "rows": lambda x: sum((row * row).sum() for row in x),
    "rows, the last first": lambda x: sum((i + 1) * (x[i] ** 3).sum() for i in reversed(range(5))),
    "one piece": lambda x: (x[1:3] ** 2).sum(),
    "pieces that overlap": lambda x: (x[1:] * x[:-1]).sum() + (x[:, ::2] ** 2).sum() + x[2, 3] ** 3,
    "a mask": lambda x: (x[MASK] ** 2).sum() + (x[MASK[:, 0]] ** 3).sum() + x[~MASK].sum(),
    "the whole too": lambda x: (x**2).sum() + x[0].sum() + (x[1] ** 2).sum() + x.exp().sum() + x[1].sum(),
    "repeated rows too": lambda x: (x[[0, 0, 1]] ** 2).sum() + x[0].sum() + x[1].sum() + (x[[2, 2]] ** 3).sum(),
    "all": lambda x: (x[:] ** 2).sum() + (x[...] ** 3).sum() + x[None].sum(),
    "chunks": lambda x: sum(i * (part**2).sum() for i, part in enumerate(x.chunk(4, 1))),
    "elements": lambda x: sum(x[i, i] * x[i + 1, i] for i in range(4)),
}


def gradient(function, inner, **options):
    """Differentiate function(x), of a leaf or, if `inner`, of what was computed from one."""
    x = tg.tensor(X, requires_grad=True)
    y = x * 1 if inner else x
    (g,) = grad(function(y), [x], **options)
    return g.array


@pytest.mark.parametrize("inner", [False, True], ids=["leaf", "inner"])
@pytest.mark.parametrize("name", USES)
def test_gradient(name, inner):
    expected = np.zeros_like(X)
    for i in np.ndindex(X.shape):
        for sign in (1, -1):
            moved = X.copy()
            moved[i] += sign * 1e-6
            expected[i] += sign * np.asarray(getattr(value := USES[name](tg.tensor(moved)), "array", value)) / 2e-6
    np.testing.assert_allclose(gradient(USES[name], inner), expected, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(gradient(USES[name], inner, create_graph=True), expected, rtol=1e-6, atol=1e-8)
    with detect_anomaly():
        np.testing.assert_allclose(gradient(USES[name], inner), expected, rtol=1e-6, atol=1e-8)


def test_a_piece_is_written_out_once(monkeypatch):
    """So the cost of a loop over the rows grows with their number, not with its square."""
    written = []
    whole = piece.Piece.whole
    monkeypatch.setattr(piece.Piece, "whole", lambda *args: written.append(1) or whole(*args))
    x = tg.ones(1000, 3, requires_grad=True)
    sum(row.sum() for row in x).backward()
    assert len(written) == 1  # the first, which makes the array that the others are added to
    np.testing.assert_array_equal(x.grad.array, np.ones((1000, 3)))


def test_it_counts_as_the_array_it_stands_for():
    part = piece.Piece(np.ones(2, np.float32), 1, (3, 2))
    np.testing.assert_array_equal(2 * part - part, [[0, 0], [1, 1], [0, 0]])
    assert np.sum(part) == 2
    assert np.asarray(part).dtype == np.float32


def test_hooks_and_retained_gradients_see_the_whole():
    seen = []
    x = tg.tensor(X, requires_grad=True)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda g: seen.append(g.array.copy()))
    (y[0] + 3 * y[1] + y[4]).sum().backward(retain_graph=True)
    expected = np.repeat([[1.0], [3.0], [0.0], [0.0], [1.0]], 4, axis=1)
    np.testing.assert_array_equal(seen[0], expected)
    np.testing.assert_array_equal(y.grad.array, expected)
    np.testing.assert_array_equal(x.grad.array, 2 * expected)


def test_a_gradient_of_another_type_fits():
    x = tg.ones(3, 2, requires_grad=True)
    wide = tg.tensor(np.full(2, 2.0))
    sum((row * wide).sum() for row in x).backward()
    assert x.grad.dtype == np.float32
    np.testing.assert_array_equal(x.grad.array, np.full((3, 2), 2.0))
