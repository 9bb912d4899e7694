"""Sums over many rows: NumPy's values, and right to within the rounding of one number."""

import itertools

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.engine.summation import BLOCK, FEW, SMALL, add_up

ROWS = (FEW, FEW + 1, BLOCK, BLOCK + 1, 3 * BLOCK, 2 * BLOCK * BLOCK + 5)
SHAPES = [
    *((n, 300) for n in ROWS[:-1]),
    *((2, n, 3) for n in ROWS[2:]),
    (2 * SMALL, 1), (1, 2 * SMALL), (3, 0, 5000), (0, 5), (80, 1, 90), (7, 11, 13, 9), (),
]  # fmt: skip


def axes_of(ndim):
    return [None, *(axes for k in range(1, ndim + 1) for axes in itertools.combinations(range(ndim), k))]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.bool_])
def test_every_choice_of_axes_gives_the_sum_of_numpy(shape, dtype):
    a = np.asarray(np.random.default_rng(0).uniform(0, 9, shape)).astype(dtype)
    reversed_in_memory = np.array(a, order="F")
    parts = np.repeat(a, 2, axis=-1)[..., ::2] if shape else a
    for axis in axes_of(len(shape)):
        for keepdims in (False, True):
            want = np.sum(a.astype(np.float64), axis=axis, keepdims=keepdims)
            for x in (a, reversed_in_memory, parts):
                got = np.asarray(add_up(x, axis, keepdims))
                assert got.shape == want.shape
                assert got.dtype == np.sum(x, axis=axis).dtype
                assert np.allclose(got, want, rtol=1e-5 if dtype is np.float32 else 1e-12)


def test_negative_axes_and_single_ones():
    a = np.random.default_rng(0).normal(size=(4, 300, 5))
    assert np.allclose(add_up(a, -2), a.sum(-2))
    assert np.allclose(add_up(a, (-1, 0), keepdims=True), a.sum((-1, 0), keepdims=True))


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_stays_in_its_column(special, axis):
    a = np.ones((1000, 1000), np.float32)
    a[7, 7] = special
    total = add_up(a, axis)
    assert np.array_equal(total[7], special, equal_nan=True)
    assert (np.delete(total, 7) == 1000).all()


MANY = 1_000_000


@pytest.mark.parametrize(
    "shape, axis", [((MANY, 2), 0), ((2, MANY // 2, 2), (0, 1)), ((2, MANY, 1, 2), 1), ((1000, 1003, 2), (0, 1))]
)
def test_a_million_equal_rows_lose_nothing(shape, axis):
    x = tg.full(shape, 0.1)
    n = x.numel() / x.sum(axis).numel()
    assert np.allclose(x.sum(axis).array, 0.1 * n, rtol=1e-5)
    assert np.allclose(x.mean(axis).array, 0.1, rtol=1e-5)
    assert np.allclose(x.var(axis).array, 0, atol=1e-9)
    assert np.allclose(x[..., :1].sum(axis).array, 0.1 * n, rtol=1e-5)  # not contiguous


def test_the_gradient_of_what_was_broadcast_over_a_million_rows():
    bias = tg.zeros(2, requires_grad=True)
    rows = tg.full((MANY, 2), 0.1)
    (rows * (rows + bias)).sum().backward()
    assert np.allclose(bias.grad.array, 0.1 * MANY, rtol=1e-5)


def test_batch_norm_of_a_million_equal_rows():
    layer = tg.nn.BatchNorm1d(2, momentum=1.0)
    assert abs(layer(tg.full((MANY, 2), 0.1)).array).max() < 1e-3
    assert np.allclose(layer.running_mean.array, 0.1, rtol=1e-5)
    assert np.allclose(layer.running_var.array, 0, atol=1e-9)
