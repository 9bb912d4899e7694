"""What the samples of max-pooling leave out: ties, NaN, infinite gradients, large windows."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import ops

TILES = {"kernel": (2, 2), "stride": (2, 2)}


def gradient(values, g, **params):
    x = tg.tensor(values, requires_grad=True)
    ops.max_pool(x, **params).backward(tg.tensor(g))
    return x.grad.array


def test_of_equals_the_first_takes_the_gradient():
    for first in range(4):
        values = np.zeros(4)
        values[first:] = 1.0
        expected = np.zeros(4)
        expected[first] = 3.0
        got = gradient(values.reshape(1, 2, 2), np.full((1, 1, 1), 3.0), **TILES)
        np.testing.assert_array_equal(got, expected.reshape(1, 2, 2))


@pytest.mark.parametrize("where", [0, 1, 3])
def test_nan_is_the_largest_and_takes_the_gradient(where):
    values = np.array([[5.0, 1.0, 2.0, 9.0], [3.0, 4.0, 0.0, 1.0]])
    values[where // 2, where % 2] = np.nan
    y = ops.max_pool(values[None], **TILES)
    np.testing.assert_array_equal(y, [[[np.nan, 9.0]]])
    expected = np.zeros((1, 2, 4))
    expected[0, where // 2, where % 2], expected[0, 0, 3] = 1.0, 2.0
    np.testing.assert_array_equal(gradient(values[None], np.array([[[1.0, 2.0]]]), **TILES), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("special", [np.inf, -np.inf, np.nan])
def test_an_infinite_gradient_stays_in_its_place(special, dtype):
    """Elsewhere there is 0, not inf · 0."""
    values = np.arange(8, dtype=dtype).reshape(1, 2, 4)
    got = gradient(values, np.array([[[special, 1.0]]], dtype), **TILES)
    np.testing.assert_array_equal(got, np.array([[[0, 0, 0, 0], [0, special, 0, 1]]], dtype))
    overlapping = gradient(values[..., :3], np.array([[[special, 0.0]]], dtype), kernel=(2, 2))
    np.testing.assert_array_equal(overlapping, np.array([[[0, 0, 0], [0, special, 0]]], dtype))


@pytest.mark.parametrize("params", [{}, {"stride": (17, 20)}, {"stride": (20, 23), "dilation": (1, 1)}])
def test_windows_of_more_than_255_elements(params):
    values = np.random.default_rng(0).permutation(np.arange(40.0 * 45)).reshape(1, 40, 45)
    x = tg.tensor(values, requires_grad=True)
    y = ops.max_pool(x, kernel=(17, 20), **params)
    windows = ops.cut_windows(values, kernel=(17, 20), **params)
    np.testing.assert_array_equal(y.detach().array, windows.max((1, 2)))
    y.sum().backward()
    expected = np.zeros(values.size)
    np.add.at(expected, np.argsort(values.ravel())[windows.max((1, 2)).astype(int).ravel()], 1.0)
    np.testing.assert_array_equal(x.grad.array.ravel(), expected)


@pytest.mark.parametrize("size", [(4, 4), (5, 4), (4, 5)])
def test_what_no_window_reads_has_no_gradient(size):
    """With tiles that cover the image, and with a row or column left over."""
    values = -np.arange(np.prod(size), dtype=float).reshape(1, *size)
    expected = np.zeros((1, *size))
    expected[:, 0:4:2, 0:4:2] = 1.0
    np.testing.assert_array_equal(gradient(values, np.ones((1, 2, 2)), **TILES), expected)
