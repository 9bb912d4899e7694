"""A network is sure where there is no digit, and less so when it has learned noise with equal targets."""

import numpy as np
import pytest

from tinygrad_edu.labs import digits, noise


@pytest.fixture(scope="module")
def pixels():
    return digits.mnist(train=False)[0][:200]


def test_a_plain_network_is_sure_of_inverted_digits_and_noise_that_was_learned_helps(pixels):
    plain, taught = (noise.learn(noise.TREATMENTS[name], 0, 1000, 3) for name in ("plain", "noise, equal targets"))
    rng = np.random.default_rng(5)
    assert noise.sureness(plain, 1 - pixels)[0] > 0.4
    uniform = noise.KINDS["uniform noise"](rng, pixels)
    assert noise.sureness(taught, uniform)[0] < 0.2 < noise.sureness(plain, uniform)[0]
    assert noise.sureness(taught, pixels)[0] > 0.6


def test_kinds_of_images(pixels):
    made = {kind: make(np.random.default_rng(0), pixels) for kind, make in noise.KINDS.items()}
    assert all(images.shape == pixels.shape for images in made.values())
    assert np.allclose(made["inverted digits"] + pixels, 1)
    assert abs(made["uniform noise"].mean() - 0.5) < 0.01
    assert np.allclose(
        [made["Gaussian noise"].mean(), made["Gaussian noise"].std()], [digits.MEAN, digits.STD], atol=0.01
    )


def test_training_data(pixels):
    rng = np.random.default_rng(0)
    sizes = {name: len(noise.training_data(t, 50, rng)[1]) for name, t in noise.TREATMENTS.items()}
    assert sizes == dict.fromkeys(noise.TREATMENTS, 50) | {"noise, equal targets": 60, "augmentation": 100}
    labels = noise.training_data(noise.TREATMENTS["noise, equal targets"], 50, rng)[1].array
    assert (labels[50:] == noise.NO_DIGIT).all() and labels[:50].max() < 10


def test_shifting_moves_an_image_by_whole_pixels():
    image = np.zeros((1, digits.PIXELS), np.float32)
    image[0, 14 * noise.SIDE + 14] = 1
    places = {int(noise.shifted(image, 2, np.random.default_rng(seed)).argmax()) for seed in range(60)}
    moves = {(place // noise.SIDE - 14, place % noise.SIDE - 14) for place in places}
    assert len(moves) > 12
    assert all(abs(down) <= 2 and abs(right) <= 2 for down, right in moves)


def test_what_a_seed_gives_can_be_repeated():
    again = [noise.run(seeds=1, images=100, epochs=1, asked=50).tables[0].rows for _ in range(2)]
    assert again[0] == again[1]
