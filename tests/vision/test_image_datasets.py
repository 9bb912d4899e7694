"""MNIST as it ships, and other sets from a folder."""

import gzip
import hashlib
import struct

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.data import DataLoader, FormatError, IdxError, Subset, default_collate
from tinygrad_edu.vision.datasets import MNIST, FashionMNIST, IDXDataset
from tinygrad_edu.vision.datasets.mnist import SHA256, SHIPPED
from tinygrad_edu.vision.transforms import Compose, Lambda, Normalize, ToTensor

STANDARD = Compose([ToTensor(), Normalize((0.1307,), (0.3081,))])


@pytest.fixture(scope="module")
def test_set():
    return MNIST(train=False)


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.astype("u1").tobytes()


def fill(folder, count=5, zipped=False, names=FashionMNIST.files):
    """Write a small set into a folder; image i is full of i, and its label is i % 3."""
    folder.mkdir(parents=True, exist_ok=True)
    for train, (images, labels) in names.items():
        n = count if train else 2
        pixels = np.repeat(np.arange(n), 6).reshape(n, 2, 3)
        for name, array in ((images, pixels), (labels, np.arange(n) % 3)):
            content = idx(array)
            (folder / (f"{name}.gz" if zipped else name)).write_bytes(gzip.compress(content) if zipped else content)
    return folder


@pytest.mark.parametrize("name, expected", SHA256.items())
def test_the_shipped_files_are_the_original_ones(name, expected):
    content = gzip.decompress((SHIPPED / f"{name}.gz").read_bytes())
    assert hashlib.sha256(content).hexdigest() == expected


def test_the_licence_lies_beside_them():
    text = (SHIPPED / "LICENSE.md").read_text(encoding="utf-8")
    for words in ("Yann LeCun", "Corinna Cortes", "Attribution-Share Alike 3.0", *SHA256.values()):
        assert words in text


def test_training_set():
    mnist = MNIST()
    assert len(mnist) == 60_000
    assert mnist.data.shape == (60_000, 28, 28)
    assert mnist.data.dtype == np.uint8
    assert mnist.targets.dtype == np.int64
    assert mnist.targets[:5].tolist() == [5, 0, 4, 1, 9]
    assert mnist.train is True
    assert repr(mnist) == "MNIST(60000 training images of 28 × 28)"
    pixels = mnist.data.array / 255
    assert (round(pixels.mean(), 4), round(pixels.std(), 4)) == (0.1307, 0.3081)


def test_test_set(test_set):
    assert len(test_set) == 10_000
    assert np.bincount(test_set.targets.array).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert test_set.classes[7] == "7 - seven"
    assert test_set.class_to_idx["7 - seven"] == 7
    image, label = test_set[0]
    assert type(label) is int
    assert label == 7
    assert image.dtype == np.uint8
    assert image.shape == (28, 28)
    image[:] = 0
    assert test_set[0][0].any()  # an item is a copy


TRANSFORMS = {
    "none": None,
    "standard": STANDARD,
    "of one's own": Compose([ToTensor(), Lambda(lambda image: image * 2)]),
}


@pytest.mark.parametrize("target_transform", [None, lambda label: label % 2 == 0], ids=["label", "even"])
@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
def test_a_batch_is_what_its_items_are(transform, target_transform, test_set):
    dataset = IDXDataset.__new__(MNIST)  # the same data, without reading them again
    vars(dataset).update(vars(test_set), transform=transform, target_transform=target_transform)
    images, labels = next(iter(DataLoader(Subset(dataset, range(40, 60)), 20)))
    expected_images, expected_labels = default_collate([dataset[i] for i in range(40, 60)])
    assert images.dtype == expected_images.dtype
    assert labels.dtype == expected_labels.dtype
    assert np.array_equal(images.array, expected_images.array)
    assert labels.tolist() == expected_labels.tolist()


def test_transforms_that_know_batches_are_called_once_a_batch(test_set):
    class Counting(ToTensor):
        calls = 0

        def batch(self, images):
            self.calls += 1
            return super().batch(images)

        def __call__(self, image):
            raise AssertionError("a loop over items")

    transform = Counting()
    dataset = IDXDataset.__new__(MNIST)
    vars(dataset).update(vars(test_set), transform=transform)
    assert sum(len(labels) for _, labels in DataLoader(dataset, 1000, shuffle=True)) == 10_000
    assert transform.calls == 10


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("where", ["", "FashionMNIST/raw"])
def test_another_set_from_a_folder(tmp_path, where, zipped):
    fill(tmp_path / where, zipped=zipped)
    train, test = FashionMNIST(tmp_path), FashionMNIST(str(tmp_path), train=False, transform=ToTensor())
    assert (len(train), len(test)) == (5, 2)
    assert train.classes[9] == "Ankle boot"
    assert train.data.array[3].tolist() == [[3, 3, 3], [3, 3, 3]]
    assert [label for _, label in train] == [0, 1, 2, 0, 1]
    assert test[1][0].shape == (1, 2, 3)


def test_any_idx_set(tmp_path):
    kaggle = {train: tuple(name.replace("-idx", ".idx") for name in pair) for train, pair in IDXDataset.files.items()}
    dataset = IDXDataset(fill(tmp_path, names=kaggle))
    assert dataset.classes == ["0", "1", "2"]
    assert dataset.targets.tolist() == [0, 1, 2, 0, 1]


def test_mnist_from_a_folder_of_ones_own(tmp_path):
    assert len(MNIST(fill(tmp_path))) == 5
    for name in MNIST.files[False]:
        (tmp_path / name).unlink()
    with pytest.raises(FileNotFoundError, match="Nothing is downloaded"):  # rather than another set's test images
        MNIST(tmp_path, train=False)


@pytest.mark.parametrize("options", [{}, {"download": True}, {"download": False, "transform": ToTensor()}])
def test_the_shipped_images_answer_wherever_there_is_no_file(tmp_path, options):
    assert len(MNIST(tmp_path / "nowhere", train=False, **options)) == 10_000
    assert len(MNIST(str(tmp_path), False, **options)) == 10_000


WRONG_LABELS = {
    "outside the classes": (FashionMNIST, idx(np.array([0, 1, 2, 3, 10])), "go from 0 to 10; .* from 0 to 9"),
    "negative": (IDXDataset, b"\0\0\x09\1\0\0\0\5\0\1\2\3\xff", "go from -1 to 3"),
    "enormous": (IDXDataset, b"\0\0\x0c\1\0\0\0\5" + b"\x7f\xff\xff\xff" * 5, "from 0 to 65535"),
    "fractions": (IDXDataset, b"\0\0\x0d\1\0\0\0\5" + struct.pack(">5f", 0, 1, 2, 0.5, 1), "holds float32"),
    "too many": (IDXDataset, b"\0\0\x08\1\x7f\0\0\0", "more than the 33,554,432 allowed"),
}


@pytest.mark.parametrize("kind, content, message", WRONG_LABELS.values(), ids=WRONG_LABELS)
def test_labels_that_are_none(tmp_path, kind, content, message):
    fill(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(content)
    with pytest.raises(FormatError, match=message):
        kind(tmp_path)


def test_missing_damaged_and_mismatched_files(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"train-images-idx3-ubyte or train-images-idx3-ubyte\.gz was not found"
    ):
        FashionMNIST(tmp_path)
    images, labels = FashionMNIST.files[True]
    fill(tmp_path)
    (tmp_path / labels).write_bytes(idx(np.zeros(4)))
    with pytest.raises(ValueError, match="5 images but 4 labels"):
        FashionMNIST(tmp_path)
    (tmp_path / images).write_bytes((tmp_path / labels).read_bytes())
    with pytest.raises(IdxError, match="announces 1 dimensions, expected 3"):
        FashionMNIST(tmp_path)
    (tmp_path / images).write_bytes(b"")
    with pytest.raises(IdxError, match=f"{images}: at byte 0: the file is truncated"):
        FashionMNIST(tmp_path)


def test_a_shipped_file_that_was_changed_is_noticed(tmp_path, monkeypatch):
    changed = bytearray(gzip.decompress((SHIPPED / "t10k-labels-idx1-ubyte.gz").read_bytes()))
    changed[20] ^= 1
    for name in SHA256:
        (tmp_path / f"{name}.gz").write_bytes((SHIPPED / f"{name}.gz").read_bytes())
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(bytes(changed)))
    monkeypatch.setattr("tinygrad_edu.vision.datasets.mnist.SHIPPED", tmp_path)
    with pytest.raises(IdxError, match="the content is not the expected one"):
        MNIST(train=False)


def test_it_is_found_where_torchvision_programs_look():
    assert tg.vision.datasets.MNIST is MNIST
    assert tg.vision.transforms.ToTensor is ToTensor
