"""Products with zeros among their factors: exact derivatives of every order."""

import itertools

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.autograd import grad

FACTORS = [[2.0, 0.0, 3.0, 4.0], [0.0, 0.0, 3.0, 2.0], [1.0, 2.0, 0.0, 0.0], [0.0, 0.0, 0.0, 2.0]]


def slope(factors, *by):
    """Differentiate a product by some of its factors: the product of the others, or 0 if one occurs twice."""
    if len(set(by)) < len(by) or any(i >= len(factors) for i in by):
        return 0.0
    return np.prod([x for i, x in enumerate(factors) if i not in by])


@pytest.mark.parametrize("factors", FACTORS)
@pytest.mark.parametrize("last", [None, 2, 3], ids=["prod", "cumprod 2", "cumprod 3"])
def test_derivatives_at_zeros(factors, last):
    x = tg.tensor(factors, dtype=tg.float64, requires_grad=True)
    y = x.prod() if last is None else x.cumprod(0)[last]
    multiplied = factors if last is None else factors[: last + 1]
    (first,) = grad(y, [x], create_graph=True)
    np.testing.assert_array_equal(first.array, [slope(multiplied, i) for i in range(4)])
    for i in range(4):
        (second,) = grad(first[i], [x], create_graph=True)
        np.testing.assert_array_equal(second.array, [slope(multiplied, i, j) for j in range(4)])
        if second.requires_grad:
            (third,) = grad(second.sum(), [x], retain_graph=True)
            expected = [sum(slope(multiplied, i, j, k) for j in range(4)) for k in range(4)]
            np.testing.assert_array_equal(third.array, expected)


def test_along_an_axis():
    """The gradient that can be differentiated again equals the other one, along any axis."""
    for axis, seed in itertools.product((0, 1, -1), range(3)):
        array = np.random.default_rng(seed).integers(-1, 2, (3, 4, 2)).astype(float)
        x = tg.tensor(array, requires_grad=True)
        y = x.cumprod(axis)
        weights = tg.tensor(np.random.default_rng(seed).standard_normal(array.shape))
        (plain,) = grad((y * weights).sum(), [x], retain_graph=True)
        (recorded,) = grad((y * weights).sum(), [x], create_graph=True)
        np.testing.assert_allclose(plain.array, recorded.array, atol=1e-14)
