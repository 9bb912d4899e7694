"""Random changes of images: what they do, and that one image and many are changed alike."""

import math

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.data import DataLoader
from tinygrad_edu.vision.datasets import IDXDataset
from tinygrad_edu.vision.transforms import (
    Compose,
    ElasticTransform,
    InterpolationMode,
    RandomAffine,
    RandomApply,
    RandomCrop,
    RandomErasing,
    RandomRotation,
    ToTensor,
)
from tinygrad_edu.vision.transforms.resampling import affine_grid, affine_matrices, gaussian_blur, sample

rng = np.random.default_rng(0)
GREY = rng.integers(0, 256, (6, 9, 9), np.uint8)  # N, H, W
COLOUR = rng.integers(0, 256, (6, 8, 10, 3), np.uint8)  # N, H, W, C
FLOATS = rng.random((6, 2, 7, 11), np.float32)  # N, C, H, W


def seeded(seed=0):
    return tg.Generator().manual_seed(seed)


TRANSFORMS = {
    "affine": lambda g: RandomAffine(30, (0.2, 0.1), (0.5, 2.0), (-10, 10, -5, 5), "bilinear", generator=g),
    "affine, nearest": lambda g: RandomAffine((5, 90), shear=10, fill=7, generator=g),
    "rotation": lambda g: RandomRotation(45, InterpolationMode.BILINEAR, center=(2, 3), generator=g),
    "elastic": lambda g: ElasticTransform(20.0, 2.0, generator=g),
    "crop": lambda g: RandomCrop((5, 6), padding=(1, 2), generator=g),
    "crop of more": lambda g: RandomCrop(12, pad_if_needed=True, padding_mode="edge", generator=g),
    "erasing": lambda g: RandomErasing(0.9, value=3, generator=g),
    "some": lambda g: RandomApply([RandomRotation(45, generator=seeded(3)), lambda x: x], 0.7, generator=g),
}


def as_array(x):
    return x.numpy() if isinstance(x, tg.Tensor) else x


@pytest.mark.parametrize(
    "images", [GREY, COLOUR, tg.tensor(FLOATS), GREY / 255.0], ids=["H,W", "H,W,C", "Tensor", "64"]
)
@pytest.mark.parametrize("make", TRANSFORMS.values(), ids=TRANSFORMS)
def test_a_batch_is_its_images_one_by_one(make, images):
    before = as_array(images).copy()
    many = make(seeded()).batch(images)
    one_by_one = make(seeded())
    single = [one_by_one(image) for image in images]
    assert type(many) is type(single[0]) is type(images)
    assert many.dtype == images.dtype
    assert np.array_equal(as_array(many), np.stack([as_array(image) for image in single]))
    assert len({as_array(image).tobytes() for image in many}) > 3, "each in its own way"
    assert not np.array_equal(as_array(many), as_array(make(seeded(1)).batch(images)))
    assert np.array_equal(as_array(images), before)


@pytest.mark.parametrize("make", TRANSFORMS.values(), ids=TRANSFORMS)
def test_the_default_generator_draws_if_there_is_no_other(make):
    def draw():
        tg.manual_seed(5)
        return make(None).batch(GREY)

    assert np.array_equal(draw(), draw())


def test_what_changes_nothing():
    for transform in (
        RandomAffine(0, (0, 0), (1, 1), 0, "bilinear"),
        RandomRotation((360, 360), "bilinear"),
        ElasticTransform(0),
        RandomCrop(9),
        RandomErasing(0),
        RandomApply([RandomRotation(45)], 0),
    ):
        assert np.array_equal(transform.batch(GREY), GREY), transform


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_quarters_of_a_turn(mode):
    for k in (1, 2, 3):
        turned = RandomRotation((90 * k, 90 * k), mode).batch(GREY)
        assert np.array_equal(turned, np.rot90(GREY, k, axes=(1, 2)))  # counter-clockwise
        clockwise = RandomAffine((90 * k, 90 * k), interpolation=mode).batch(GREY)
        assert np.array_equal(clockwise, np.rot90(GREY, -k, axes=(1, 2)))


def test_turning_about_another_point():
    spot = np.zeros((1, 9, 9), np.uint8)
    spot[0, 1, 4] = 255  # y, x
    turned = RandomRotation((90, 90), center=(2.5, 2.5)).batch(spot)  # the middle of pixel (2, 2)
    assert np.argwhere(turned[0]).tolist() == [[0, 1]]


def test_moving():
    moved = RandomAffine(0, (0.3, 0.2), fill=9, generator=seeded()).batch(np.repeat(GREY[:1], 1000, axis=0))
    steps = set()
    for image in moved:
        fits = [
            (dx, dy)
            for dx in range(-3, 4)
            for dy in range(-2, 3)
            if np.array_equal(image[2 + dy : 7 + dy, 3 + dx : 6 + dx], GREY[0, 2:7, 3:6])
        ]
        assert len(fits) == 1
        steps |= set(fits)
    assert steps == {(dx, dy) for dx in range(-3, 4) for dy in range(-2, 3)}
    assert (moved == 9).any()


def test_scaling():
    doubled = RandomAffine(0, scale=(2, 2)).batch(GREY)
    assert np.array_equal(doubled[:, 4, 4], GREY[:, 4, 4])
    assert np.array_equal(doubled[:, [2, 4, 6], 4], GREY[:, [3, 4, 5], 4])


def test_the_matrix_is_that_of_torchvisions_formula():
    angle, scale, shear = 30.0, 1.5, (10.0, -20.0)
    turn, x, y = (math.radians(v) for v in (angle, *shear))
    expected = scale * np.array(
        [
            [math.cos(turn - y) / math.cos(y), -math.cos(turn - y) * math.tan(x) / math.cos(y) - math.sin(turn)],
            [math.sin(turn - y) / math.cos(y), -math.sin(turn - y) * math.tan(x) / math.cos(y) + math.cos(turn)],
        ]
    )
    (matrix,) = affine_matrices(np.array([angle]), np.array([scale]), np.array([shear]))
    np.testing.assert_allclose(matrix, expected, rtol=1e-12)


@pytest.mark.torch
@pytest.mark.parametrize("mode", InterpolationMode)
def test_sampling_is_pytorchs(mode):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: the comparison of sampling is left out")
    matrices = affine_matrices(rng.uniform(-90, 90, 6), rng.uniform(0.5, 2, 6), rng.uniform(-20, 20, (6, 2)))
    x, y = affine_grid(matrices, rng.uniform(-3, 3, (6, 2)), np.array([3.0, 5.0]), (7, 11))
    images = FLOATS.astype(np.float64)
    grid = np.stack([(2 * x + 1) / 11 - 1, (2 * y + 1) / 7 - 1], axis=-1)
    expected = torch.nn.functional.grid_sample(
        torch.tensor(images), torch.tensor(grid), mode=mode.value, padding_mode="zeros", align_corners=False
    )
    np.testing.assert_allclose(sample(images, x, y, mode, 0), expected.numpy(), atol=1e-12)


@pytest.mark.torch
def test_elastic_displacements_are_torchvisions():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: the comparison of bending is left out")
    side, alpha, sigma = 24, 40.0, 2.0
    images = rng.random((2, 1, side, side))
    bent = ElasticTransform(alpha, sigma, generator=seeded()).batch(tg.tensor(images))

    noise = torch.tensor(2 * seeded().numpy.random((2, 2, side, side)) - 1)
    reach = int(8 * sigma + 1) // 2
    weights = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, dtype=torch.float64) / sigma) ** 2)
    kernel = torch.outer(weights, weights)[None, None] / weights.sum() ** 2
    padded = torch.nn.functional.pad(noise, [reach] * 4, mode="reflect").reshape(4, 1, side + 2 * reach, -1)
    shift = (torch.nn.functional.conv2d(padded, kernel).reshape(2, 2, side, side) * alpha / side).permute(0, 2, 3, 1)
    line = torch.linspace(-1 + 1 / side, 1 - 1 / side, side, dtype=torch.float64)
    identity = torch.stack(torch.meshgrid(line, line, indexing="xy"), dim=-1)
    expected = torch.nn.functional.grid_sample(torch.tensor(images), identity + shift, align_corners=False)
    np.testing.assert_allclose(bent.numpy(), expected.numpy(), atol=1e-10)


def test_blurring_keeps_constants_and_works_on_small_images():
    for shape in ((1, 1), (3, 2), (30, 5)):
        np.testing.assert_allclose(gaussian_blur(np.full(shape, 0.7), 3.0), 0.7, rtol=1e-12)


def test_every_piece_is_cut_out_alike_often():
    images = np.arange(25, dtype=np.uint8).reshape(1, 5, 5).repeat(2000, axis=0)
    pieces = RandomCrop((3, 4), generator=seeded()).batch(images)
    first, counts = np.unique(pieces[:, 0, 0], return_counts=True)
    assert first.tolist() == [0, 1, 5, 6, 10, 11]
    assert counts.min() > 250
    for piece in pieces[:20]:
        y, x = divmod(int(piece[0, 0]), 5)
        assert np.array_equal(piece, images[0, y : y + 3, x : x + 4])


def test_what_is_put_around_a_crop():
    image = np.ones((1, 2, 3), np.uint8)
    (whole,) = RandomCrop((7, 9), padding=(1, 2, 5, 3), fill=8).batch(image)
    assert whole.tolist() == [[8] * 9] * 2 + [[8, 1, 1, 1, 8, 8, 8, 8, 8]] * 2 + [[8] * 9] * 3
    (edge,) = RandomCrop((4, 3), padding=(0, 1), padding_mode="edge").batch(np.array([[[1, 2, 3], [4, 5, 6]]]))
    assert edge.tolist() == [[1, 2, 3], [1, 2, 3], [4, 5, 6], [4, 5, 6]]
    coloured = RandomCrop((1, 3), padding=(1, 0), fill=(1, 2, 3)).batch(np.zeros((1, 1, 1, 3), np.uint8))
    assert coloured.tolist() == [[[[1, 2, 3], [0, 0, 0], [1, 2, 3]]]]


def test_what_is_erased():
    images = np.ones((1000, 20, 30, 1))
    erased = RandomErasing(0.7, scale=(0.1, 0.2), ratio=(0.5, 2.0), value=0, generator=seeded()).batch(images)[..., 0]
    touched = (erased == 0).any(axis=(1, 2))
    assert abs(touched.mean() - 0.7) < 0.05
    for image in erased[touched]:
        y, x = (np.flatnonzero((image == 0).any(axis=axis)) for axis in (1, 0))
        assert (image[y.min() : y.max() + 1, x.min() : x.max() + 1] == 0).all(), "a rectangle"
        assert 0.08 < len(y) * len(x) / 600 < 0.22
        assert 0.4 < len(y) / len(x) < 2.4
    corner = (erased == 0).any(axis=0)
    assert corner.all(), "each pixel now and then"


def test_colours_of_what_is_erased():
    always = {"p": 1, "scale": (0.3, 0.3), "generator": seeded()}
    noise = RandomErasing(value="random", **always).batch(tg.full((4, 3, 20, 20), 9.0)).numpy()
    assert np.unique(noise[noise != 9]).size > 1000
    assert abs(noise[noise != 9].mean()) < 0.1
    painted = RandomErasing(value=(1, 2, 3), **always).batch(np.zeros((4, 20, 20, 3), np.uint8))
    assert {tuple(colour) for colour in painted.reshape(-1, 3).tolist()} == {(0, 0, 0), (1, 2, 3)}
    image = tg.zeros(1, 20, 20)
    RandomErasing(value=5, inplace=True, **always)(image)
    assert image.max().item() == 5
    too_large = RandomErasing(1, scale=(1.0, 1.0)).batch(GREY)
    assert np.array_equal(too_large, GREY)


def test_in_a_loader_they_cost_no_loop_over_images(monkeypatch):
    dataset = IDXDataset.__new__(IDXDataset)
    transform = Compose([RandomAffine(10, (0.1, 0.1)), ToTensor(), RandomErasing()])
    vars(dataset).update(
        data=tg.tensor(GREY), targets=tg.arange(6), transform=transform, target_transform=None, train=True
    )
    monkeypatch.setattr(IDXDataset, "__getitem__", lambda *args: pytest.fail("it asked for single images"))

    def epoch(**workers):
        tg.manual_seed(0)
        return np.concatenate([images.numpy() for images, _ in DataLoader(dataset, 4, shuffle=True, **workers)])

    assert epoch().shape == (6, 1, 9, 9)
    threads = {"num_workers": 2, "multiprocessing_context": "thread"}
    assert np.array_equal(epoch(**threads), epoch(**threads | {"num_workers": 1}))


WRONG = [
    (lambda: RandomAffine(-1), "degrees is a number that is not negative, or two, not -1"),
    (lambda: RandomAffine(1, translate=(2, 0)), "two fractions from 0 to 1"),
    (lambda: RandomAffine(1, scale=(0, 1)), "factor above 0"),
    (lambda: RandomAffine(1, shear=-3), "shear is a number that is not negative"),
    (lambda: RandomAffine(1, interpolation="cubic"), "'cubic' is not a valid InterpolationMode"),
    (lambda: RandomRotation(1, expand=True), "images of different sizes"),
    (lambda: ElasticTransform(sigma=0), "sigma is a positive number"),
    (lambda: RandomCrop(3, padding=(1, 2, 3)), "one, two or four numbers"),
    (lambda: RandomCrop(3, padding_mode="mirror"), "not 'mirror'"),
    (lambda: RandomCrop(10).batch(GREY), r"no piece of 10 × 10 can be cut out of an image of 9 × 9; .*pad_if_needed"),
    (lambda: RandomErasing(1.5), "p is a probability"),
    (lambda: RandomErasing(1, scale=(0.5, 0.2)), "smallest and a largest share"),
    (lambda: RandomErasing(1, ratio=(0, 1)), "ratio is a smallest and a largest number above 0"),
    (lambda: RandomErasing(value="noise"), "or 'random', not 'noise'"),
    (lambda: RandomErasing()(GREY[0, 0]), r"RandomErasing: expected images .*, got uint8 of shape \(9,\)"),
    (
        lambda: RandomErasing()(tg.ones(1, 3, 3, requires_grad=True)),
        r"no gradient back to the image; pass image.detach",
    ),
]


@pytest.mark.parametrize("function, message", WRONG)
def test_what_is_wrong_is_said(function, message):
    with pytest.raises(ValueError, match=message):
        function()


def test_they_say_what_they_do():
    assert repr(RandomRotation(10, fill=1)) == (
        "RandomRotation(degrees=(-10, 10), interpolation=InterpolationMode.NEAREST, fill=1, center=None)"
    )


def test_some_images_are_changed_and_the_others_left():
    images = tg.tensor(np.ones((1000, 1, 2, 2), np.float32))
    changed = RandomApply([lambda x: x * 2, lambda x: x + 1], 0.3, generator=seeded()).batch(images).numpy()
    assert set(np.unique(changed)) == {1.0, 3.0}
    assert (changed == changed[:, :, :1, :1]).all(), "an image is changed as a whole"
    assert 0.25 < (changed == 3).mean() < 0.35
    assert not RandomApply([lambda x: x * 0], 1.0).batch(images).numpy().any()
    with pytest.raises(ValueError, match="p is a probability, from 0 to 1, not 2"):
        RandomApply([], 2)
    with pytest.raises(ValueError, match=r"keep the shape \(1, 2, 2\), got \(1, 1, 1\)"):
        RandomApply([RandomCrop(1)], 1.0).batch(images)
