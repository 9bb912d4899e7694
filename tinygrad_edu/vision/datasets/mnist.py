"""MNIST, which ships with this package."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinygrad_edu.data.idx import read_idx
from tinygrad_edu.engine import dtypes
from tinygrad_edu.engine.op import Array
from tinygrad_edu.vision.datasets.idx_dataset import IDXDataset, find

SHIPPED = Path(__file__).parents[1] / "mnist"
SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
"""The SHA-256 of the shipped files, decompressed. Verifying them adds a tenth to the time of reading them."""


class MNIST(IDXDataset):
    """The handwritten digits 0 to 9: 60,000 images to train on and 10,000 to test on, 28 × 28 pixels each.

    They ship inside this package: `MNIST()` needs no file and no network.

    Parameters:
        root: a folder. Where it has none of the four files, the shipped ones are taken; so programs that let
            torchvision download MNIST to any folder run here as they are.
        train, transform, target_transform, download: those of `IDXDataset`.

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
