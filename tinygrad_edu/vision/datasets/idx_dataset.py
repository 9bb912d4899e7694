"""Images with labels from a folder of IDX files. What the sets of the MNIST family have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from tinygrad_edu.data.collate import default_collate
from tinygrad_edu.data.dataset import Dataset, take_rows
from tinygrad_edu.data.idx import read_idx
from tinygrad_edu.engine.op import Array
from tinygrad_edu.system.files import FormatError
from tinygrad_edu.tensors.tensor import wrap
from tinygrad_edu.vision.datasets.download import Source, download

MAX_CLASSES = 1 << 16
MAX_LABELS = 1 << 25  # bytes; as int64 they take up to eight times as many


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
        download: for programs written for torchvision: there is nothing to fetch for this class.

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
    sources: ClassVar[dict[str, list[Source]]] = {}

    def __init__(
        self,
        root: str | Path,
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
        download: bool = False,
    ) -> None:
        self.root, self.train, self.transform, self.target_transform = root, train, transform, target_transform
        if download:
            self._download(Path(root))
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
        images, labels = (self._require(name, root) for name in self.files[self.train])
        targets = read_idx(labels, ndim=1, max_bytes=MAX_LABELS)
        if targets.dtype.kind == "f":
            raise FormatError(
                f"{type(self).__name__}: {labels} holds {targets.dtype}; expected whole numbers as labels"
            )
        return read_idx(images, ndim=3), targets

    def _folders(self, root: Path) -> list[Path]:
        return [root, root / type(self).__name__ / "raw"]

    def _download(self, root: Path) -> None:
        """Fetch what is not there yet of all parts of the set."""
        for name, sources in self.sources.items():
            if find(name.removesuffix(".gz"), self._folders(root)) is None:
                download(self._folders(root)[-1] / name, sources)

    def _require(self, name: str, root: Path) -> Path:
        """Return the path of a file. FileNotFoundError if it is nowhere."""
        folders = self._folders(root)
        path = find(name, folders)
        if path is None:
            help = "Nothing is downloaded: put the file there, or pass the folder that has it as root="
            if self.sources:
                addresses = " or ".join(source.url for source in next(iter(self.sources.values())))
                help = f"Pass download=True, or put the file there: its like come from {addresses}"
            raise FileNotFoundError(
                f"{type(self).__name__}: {name} or {name}.gz was not found in {' or '.join(map(str, folders))}. {help}"
            )
        return path

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

    def __getbatch__(self, indices: Any) -> Any:
        """Return the images and labels at `indices` as a batch; NotImplemented if `transform` takes single images."""
        transform = wrap if self.transform is None else getattr(self.transform, "batch", None)
        if transform is None:
            return NotImplemented
        images, labels = take_rows(self.data.array, indices), take_rows(self.targets.array, indices)
        if self.target_transform is not None:
            return [transform(images), default_collate([*map(self.target_transform, labels.tolist())])]
        return [transform(images), wrap(labels)]

    def __repr__(self) -> str:
        part = "training" if self.train else "test"
        return f"{type(self).__name__}({len(self)} {part} images of {self.data.shape[1]} × {self.data.shape[2]})"


def find(name: str, folders: Sequence[Path]) -> Path | None:
    """Return the path of the file `name`, gzipped or not, in the first of `folders` that has it; None if none has."""
    names = (name, f"{name}.gz", name.replace("-idx", ".idx"), name.replace("-idx", ".idx") + ".gz")
    return next(
        (folder / candidate for folder in folders for candidate in names if (folder / candidate).is_file()), None
    )
