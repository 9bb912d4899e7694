"""MNIST's relatives that `download=True` fetches from the network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinygrad_edu.vision.datasets import mirrors
from tinygrad_edu.vision.datasets.download import data_folder
from tinygrad_edu.vision.datasets.idx_dataset import IDXDataset


class Downloadable(IDXDataset):
    """Images with labels that `download=True` fetches.

    Parameters:
        root: the folder. If it is not given, that of the environment variable TINYGRAD_EDU_DATA; without one,
            `tinygrad_edu` in the user's cache folder (XDG_CACHE_HOME, or `~/.cache`).
        download: fetch the files that are not there yet to `<root>/<name of the class>/raw`.
        train, transform, target_transform: those of `IDXDataset`.

    Each file comes from one of two addresses and is checked by its SHA-256. What has come of one stays when the
    connection breaks, and is gone on with.

    Raises:
        DownloadError: (an OSError) a file can be had from no address. The message says where to put it by hand.
    """

    def __init__(
        self,
        root: str | Path | None = None,
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
        download: bool = False,
    ) -> None:
        super().__init__(data_folder() if root is None else root, train, transform, target_transform, download)


class FashionMNIST(Downloadable):
    """Zalando's articles of clothing: 60,000 images to train on and 10,000 to test on, 28 × 28 pixels each.

    Parameters: those of `Downloadable`.

    By Han Xiao, Kashif Rasul and Roland Vollgraf, 2017 (arXiv:1708.07747). 31 MB.
    """

    classes = (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    )  # fmt: skip
    sources = mirrors.FASHION_MNIST


class KMNIST(Downloadable):
    """Ten characters of old Japanese handwriting: 60,000 images to train on and 10,000 to test on, 28 × 28 pixels each.

    Parameters: those of `Downloadable`.

    "KMNIST Dataset" (created by CODH), adapted from "Kuzushiji Dataset" (created by NIJL and others),
    doi:10.20676/00000341, licence CC BY-SA 4.0; Tarin Clanuwat and others, 2018 (arXiv:1812.01718). 21 MB.
    """

    classes = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
    sources = mirrors.KMNIST
