"""Transforms of one image and of many."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.vision.transforms import Compose, Lambda, Normalize, ToTensor

rng = np.random.default_rng(0)
GREY = rng.integers(0, 256, (6, 4, 5), np.uint8)  # N, H, W
COLOUR = rng.integers(0, 256, (6, 4, 5, 3), np.uint8)  # N, H, W, C


@pytest.mark.parametrize("images, channels", [(GREY, 1), (COLOUR, 3)], ids=["grey", "colour"])
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "int32"])
def test_to_tensor(images, channels, dtype):
    images = images.astype(dtype)
    image = ToTensor()(images[0])
    assert isinstance(image, tg.Tensor)
    assert image.shape == (channels, 4, 5)
    assert image.dtype == (np.float32 if dtype == "uint8" else np.dtype(dtype))
    expected = images[0] / np.float32(255) if dtype == "uint8" else images[0]
    assert np.array_equal(image.array, np.moveaxis(expected.reshape(4, 5, channels), -1, 0))
    assert np.array_equal(ToTensor().batch(images).array[0], image.array)
    assert ToTensor().batch(images).shape == (6, channels, 4, 5)


def test_to_tensor_covers_0_to_1():
    assert ToTensor()(np.array([[0, 255]], np.uint8)).tolist() == [[[0.0, 1.0]]]


def test_normalize():
    images = ToTensor().batch(COLOUR)
    normalize = Normalize((0.1, 0.2, 0.3), (1.0, 2.0, 4.0))
    result = normalize(images)
    assert result.dtype == np.float32
    for c in range(3):
        expected = (images.array[:, c] - np.float32([0.1, 0.2, 0.3][c])) / [1, 2, 4][c]
        assert np.allclose(result.array[:, c], expected)
    assert np.array_equal(normalize(images[0]).array, result.array[0])
    before = images.array.copy()
    assert Normalize(0.5, 0.5)(images).shape == images.shape
    assert np.array_equal(images.array, before)
    assert Normalize(0.5, 0.5, inplace=True)(images) is images
    assert np.allclose(images.array, before * 2 - 1)


def test_compose():
    both = Compose([ToTensor(), Normalize((0.5,), (0.5,))])
    assert np.array_equal(both.batch(GREY).array[2], both(GREY[2]).array)
    assert repr(both) == "Compose([ToTensor(), Normalize(mean=(0.5,), std=(0.5,))])"
    assert Compose([both, Lambda(abs)]).batch is None
    assert Compose([both, both.transforms[1]]).batch is not None
    assert Compose([])(5) == 5


WRONG = [
    (lambda: ToTensor()(tg.ones(2, 2)), TypeError, "the image is a Tensor already"),
    (lambda: ToTensor()("7.png"), TypeError, "as an array of numbers, got str"),
    (lambda: ToTensor()(GREY[0, 0]), ValueError, r"one image \(H, W\) or \(H, W, C\), got shape \(5,\)"),
    (lambda: ToTensor().batch(GREY[0]), ValueError, r"images \(N, H, W\) .* got shape \(4, 5\)"),
    (lambda: Normalize((0.5,), (0.0,)), ValueError, "nothing can be divided by 0"),
    (lambda: Normalize(0.5, 0.5)(GREY), TypeError, r"got ndarray; apply ToTensor\(\) first"),
    (lambda: Normalize(0.5, 0.5)(tg.tensor(GREY)), TypeError, "got a Tensor of uint8"),
    (lambda: Normalize(0.5, 0.5)(tg.ones(4, 5)), ValueError, r"got shape \(4, 5\)"),
    (lambda: Normalize((1, 2), (1, 2))(tg.ones(3, 4, 5)), ValueError, "2 means and 2 stds"),
    (lambda: Lambda(5), TypeError, "a function of one image, got int"),
]


@pytest.mark.parametrize("function, kind, message", WRONG)
def test_what_is_wrong_is_said(function, kind, message):
    with pytest.raises(kind, match=message):
        function()
