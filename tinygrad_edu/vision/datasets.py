"""MNIST, which ships with this package, and its relatives, from a folder. torchvision's names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from tinygrad_edu.data.collate import default_collate
from tinygrad_edu.data.dataset import Dataset
from tinygrad_edu.data.idx import read_idx
from tinygrad_edu.engine import dtypes
from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.files import FormatError
from tinygrad_edu.tensors.tensor import wrap

SHIPPED = Path(__file__).parent / "mnist"
MAX_CLASSES = 1 << 16
MAX_LABELS = 1 << 25  # bytes; as int64 they take up to eight times as many

SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
"""The SHA-256 of the shipped files, decompressed. Verifying them adds a tenth to the time of reading them."""


class IDXDataset(Dataset):
    """Images with labels from a folder of four IDX files, named as MNIST's are and gzipped or not.

    Item i is the pair (image, label): the image as a uint8 array (H, W), or what `transform` makes
    of it, and the label as an int.

    Parameters:
        root: the folder. The files may also lie in `<name of the class>/raw` below it, where torchvision
            puts them.
        train: take the training images, or else the test images.
        transform: what is done to each image when it is asked for.
        target_transform: what is done to each label.
        download: for programs written for torchvision. Nothing is ever fetched from the network.

    Attributes:
        data: all images, a uint8 Tensor (N, H, W).
        targets: all labels, an int64 Tensor (N,).
        classes: the names of the labels, in order.

    Raises:
        FileNotFoundError: a file is missing.
        FormatError: a file is damaged, or another one than its name says (an IdxError); there are more images than
            labels, or the other way round; or a label is outside the classes.
    """

    files: ClassVar[dict[bool, tuple[str, str]]] = {
        True: ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
        False: ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
    }
    classes: Sequence[str] = ()

    def __init__(
        self,
        root: str | Path,
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
        download: bool = False,
    ) -> None:
        self.root, self.train, self.transform, self.target_transform = root, train, transform, target_transform
        images, labels = self._read(Path(root))
        if len(images) != len(labels):
            raise FormatError(
                f"{type(self).__name__}: {len(images)} images but {len(labels)} labels in {root}; "
                "the two files do not belong together"
            )
        least, most = (int(labels.min()), int(labels.max())) if labels.size else (0, -1)
        if least < 0 or most >= (len(self.classes) or MAX_CLASSES):
            raise FormatError(
                f"{type(self).__name__}: the labels in {root} go from {least} to {most}; expected the numbers of "
                f"classes, from 0 to {(len(self.classes) or MAX_CLASSES) - 1}"
            )
        self.data = wrap(images)
        self.targets = wrap(labels.astype(np.int64))
        self.classes = self.classes or [str(i) for i in range(most + 1)]

    def _read(self, root: Path) -> tuple[Array, Array]:
        images, labels = (require(name, self._folders(root)) for name in self.files[self.train])
        targets = read_idx(labels, ndim=1, max_bytes=MAX_LABELS)
        if targets.dtype.kind == "f":
            raise FormatError(
                f"{type(self).__name__}: {labels} holds {targets.dtype}; expected whole numbers as labels"
            )
        return read_idx(images, ndim=3), targets

    def _folders(self, root: Path) -> list[Path]:
        return [root, root / type(self).__name__ / "raw"]

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The label of each class name."""
        return {name: i for i, name in enumerate(self.classes)}

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: Any) -> tuple[Any, Any]:
        image, label = self.data.array[index].copy(), int(self.targets.array[index])
        return (
            image if self.transform is None else self.transform(image),
            label if self.target_transform is None else self.target_transform(label),
        )

    def __getbatch__(self, indices: Sequence[int]) -> Any:
        """Return the images and labels at `indices` as a batch; NotImplemented if `transform` takes single images."""
        transform = wrap if self.transform is None else getattr(self.transform, "batch", None)
        if transform is None:
            return NotImplemented
        rows = np.asarray(indices, np.intp)
        labels = self.targets.array[rows]
        if self.target_transform is not None:
            return [transform(self.data.array[rows]), default_collate([*map(self.target_transform, labels.tolist())])]
        return [transform(self.data.array[rows]), wrap(labels)]

    def __repr__(self) -> str:
        part = "training" if self.train else "test"
        return f"{type(self).__name__}({len(self)} {part} images of {self.data.shape[1]} × {self.data.shape[2]})"


class MNIST(IDXDataset):
    """The handwritten digits 0 to 9: 60,000 images to train on and 10,000 to test on, 28 × 28 pixels each.

    They ship inside this package: `MNIST()` needs no file and no network.

    Parameters: those of IDXDataset, except
        root: a folder. Where it has none of the four files, the shipped ones are taken; so programs that let
            torchvision download MNIST to any folder run here as they are.

    By Yann LeCun, Corinna Cortes and Christopher Burges; made from NIST's Special Databases 1 and 3.
    """

    classes = (
        "0 - zero", "1 - one", "2 - two", "3 - three", "4 - four",
        "5 - five", "6 - six", "7 - seven", "8 - eight", "9 - nine",
    )  # fmt: skip

    def __init__(
        self,
        root: str | Path | None = None,
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
        download: bool = False,
    ) -> None:
        super().__init__(SHIPPED if root is None else root, train, transform, target_transform, download)

    def _read(self, root: Path) -> tuple[Array, Array]:
        names = [name for pair in self.files.values() for name in pair]
        if root != SHIPPED and any(find(name, self._folders(root)) for name in names):
            return super()._read(root)
        images, labels = self.files[self.train]
        return (
            read_idx(SHIPPED / f"{images}.gz", dtype=dtypes.uint8, ndim=3, sha256=SHA256[images]),
            read_idx(SHIPPED / f"{labels}.gz", dtype=dtypes.uint8, ndim=1, sha256=SHA256[labels]),
        )


class FashionMNIST(IDXDataset):
    """Zalando's articles of clothing, in the format of MNIST: 60,000 images to train on and 10,000 to test on.

    The files do not ship with this package: `root` is a folder that has them.
    """

    classes = (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    )  # fmt: skip


def find(name: str, folders: Sequence[Path]) -> Path | None:
    """Return the path of the file `name`, gzipped or not, in the first of `folders` that has it; None if none has."""
    names = (name, f"{name}.gz", name.replace("-idx", ".idx"), name.replace("-idx", ".idx") + ".gz")
    return next(
        (folder / candidate for folder in folders for candidate in names if (folder / candidate).is_file()), None
    )


def require(name: str, folders: Sequence[Path]) -> Path:
    """Return what `find` does. FileNotFoundError if the file is nowhere."""
    path = find(name, folders)
    if path is None:
        raise FileNotFoundError(
            f"{name} or {name}.gz was not found in {' or '.join(map(str, folders))}. Nothing is downloaded: put the "
            "file there, or pass the folder that has it as root="
        )
    return path
