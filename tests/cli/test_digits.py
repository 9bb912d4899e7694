"""Bringing images to the form of MNIST."""

import numpy as np
import pytest

from tinygrad_edu.cli.digits import shrink, to_mnist
from tinygrad_edu.cli.errors import CommandError


def bar(height, width, top, left, size):
    image = np.zeros(size, np.float32)
    image[top : top + height, left : left + width] = 1
    return image


def test_28_by_28_is_kept():
    image = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    image[[0, -1]] = image[:, [0, -1]] = 0
    assert np.array_equal(to_mnist(image / np.float32(255), "x"), image)
    assert np.array_equal(to_mnist(1 - image / np.float32(255), "x"), image)  # dark on light


@pytest.mark.parametrize("size", [(28, 29), (50, 50), (200, 300), (12, 9)])
@pytest.mark.parametrize("light", [False, True])
def test_the_digit_is_scaled_to_20_and_centred(size, light):
    image = bar(8, 4, 2, 3, size)
    image = 1 - 0.8 * image if light else 0.2 + 0.6 * image
    result = to_mnist(image.astype(np.float32), "x")
    assert result.shape == (28, 28)
    rows, columns = np.nonzero(result)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (4, 23, 9, 18)
    assert result[4:24, 9:19].min() == 255


def test_the_centre_of_mass_is_in_the_middle():
    image = bar(40, 8, 10, 10, (60, 60)) + bar(8, 32, 42, 18, (60, 60))  # an L, heavy at the left and below
    result = to_mnist(image, "x").astype(float)
    for axis in (0, 1):
        weights = result.sum(axis=1 - axis)
        assert abs(weights @ (np.arange(28) + 0.5) / weights.sum() - 14) <= 0.5


def test_extreme_proportions_stay_inside():
    for image in (bar(1, 500, 30, 5, (60, 600)), bar(300, 1, 3, 5, (310, 20))):
        result = to_mnist(image, "x")
        assert result.max() == 255
        assert result.sum() == 20 * 255


def test_blank():
    for value in (0.0, 0.5, 1.0):
        with pytest.raises(CommandError, match="page is blank"):
            to_mnist(np.full((40, 40), value, np.float32), "page")


@pytest.mark.parametrize("before, after", [(7, 20), (20, 20), (300, 20), (1, 5)])
def test_shrinking(before, after):
    matrix = shrink(np.eye(before, dtype=np.float32), after)  # what each new row takes of each old one
    assert matrix.shape == (after, before)
    assert np.allclose(matrix.sum(axis=1), 1)
    assert np.allclose(matrix.sum(axis=0), after / before)  # every pixel counts the same
    if before == after:
        assert np.array_equal(matrix, np.eye(before, dtype=np.float32))
