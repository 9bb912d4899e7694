"""Points of the plane that belong to classes."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.data import TensorDataset, make_blobs, make_moons, make_spirals

MAKERS = [make_moons, make_spirals, make_blobs]


def seeded(seed=0):
    return tg.Generator().manual_seed(seed)


@pytest.mark.parametrize("make", MAKERS)
def test_they_are_ready_for_a_network(make):
    points, classes = make(101)
    assert points.shape == (101, 2)
    assert (points.dtype, classes.dtype) == (np.float32, np.int64)
    counts = np.bincount(classes.numpy())
    assert len(counts) == (3 if make is make_blobs else 2)
    assert max(counts) - min(counts) == 1
    assert len(TensorDataset(points, classes)) == 101


@pytest.mark.parametrize("make", MAKERS)
def test_seeds(make):
    def draw(**settings):
        return [part.tolist() for part in make(30, **settings)]

    assert draw(generator=seeded()) == draw(generator=seeded()) != draw(generator=seeded(1))
    tg.manual_seed(3)
    once = draw()
    tg.manual_seed(3)
    assert draw() == once != draw()


@pytest.mark.parametrize("make", MAKERS)
def test_mixing_keeps_points_and_classes_together(make):
    middles = {"centers": [[0, 0], [5, 5]], "cluster_std": 0} if make is make_blobs else {}

    def pairs(**settings):
        points, classes = make([7, 4], **middles, **settings)
        return [(*point, label) for point, label in zip(points.tolist(), classes.tolist(), strict=True)]

    in_order = pairs(shuffle=False)
    assert [label for *_, label in in_order] == [0] * 7 + [1] * 4
    mixed = pairs(generator=seeded())
    assert mixed != in_order
    assert sorted(mixed) == sorted(in_order)


def test_moons():
    points, _ = make_moons(6, shuffle=False)
    np.testing.assert_allclose(points.numpy(), [[1, 0], [0, 1], [-1, 0], [0, 0.5], [1, -0.5], [2, 0.5]], atol=1e-7)
    clean, noisy = (make_moons(4000, shuffle=False, noise=noise, generator=seeded())[0].numpy() for noise in (0, 0.2))
    assert abs((noisy - clean).std() - 0.2) < 0.01


def test_spirals():
    points, arm = (part.numpy() for part in make_spirals(90, arms=3, turns=2, shuffle=False))
    radius = np.hypot(*points.T)
    np.testing.assert_allclose(radius, np.tile(np.linspace(0.05, 1, 30), 3), rtol=1e-6)
    angle = 2 * np.pi * (arm / 3 + 2 * radius)
    np.testing.assert_allclose(points, radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1), atol=1e-5)


def test_blobs():
    points, blob = (part.numpy() for part in make_blobs(3000, 4, centers=2, cluster_std=[0.5, 2.0], generator=seeded()))
    assert points.shape == (3000, 4)
    for i, deviation in enumerate([0.5, 2.0]):
        np.testing.assert_allclose(points[blob == i].std(axis=0), deviation, rtol=0.1)
        assert np.abs(points[blob == i].mean(axis=0)).max() < 10.5
    middles = tg.tensor([[0.0, 9.0], [3.0, 3.0]])
    points, blob = make_blobs([1, 2], centers=middles, cluster_std=0, shuffle=False)
    assert points.tolist() == [[0, 9], [3, 3], [3, 3]]


WRONG = [
    (lambda: make_moons(-1), "make_moons: n_samples is a whole number that is not negative, or 2 of them"),
    (lambda: make_moons([1, 2, 3]), "one for each class; got"),
    (lambda: make_moons(1.5), "got 1.5"),
    (lambda: make_moons(noise=-1), "make_moons: noise is a standard deviation"),
    (lambda: make_spirals(arms=0), "arms is a positive whole number, not 0"),
    (lambda: make_blobs([5, 5], centers=3), "or 3 of them"),
    (lambda: make_blobs(cluster_std=-1.0), "cluster_std that is not negative"),
    (lambda: make_blobs(centers=2, cluster_std=[1, 1, 1]), r"or K of them; got middles of shape \(2, 2\)"),
    (lambda: make_blobs(centers=[1.0, 2.0]), r"expected middles \(K, D\)"),
]


@pytest.mark.parametrize("function, message", WRONG)
def test_what_is_wrong_is_said(function, message):
    with pytest.raises(ValueError, match=message):
        function()
