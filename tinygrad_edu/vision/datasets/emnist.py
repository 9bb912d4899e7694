"""EMNIST: letters and digits, in six divisions that come in one archive."""

from __future__ import annotations

import shutil
import string
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from tinygrad_edu.system.files import replacing
from tinygrad_edu.vision.datasets import mirrors
from tinygrad_edu.vision.datasets.download import Source, download
from tinygrad_edu.vision.datasets.downloadable import Downloadable
from tinygrad_edu.vision.datasets.idx_dataset import find


def _classes() -> dict[str, Sequence[str]]:
    merged = [*string.digits, *string.ascii_uppercase, *"abdefghnqrt"]  # the other small letters look like capitals
    return {
        "byclass": [*string.digits, *string.ascii_uppercase, *string.ascii_lowercase],
        "bymerge": merged,
        "balanced": merged,
        "letters": ["N/A", *string.ascii_lowercase],
        "digits": [*string.digits],
        "mnist": [*string.digits],
    }


CLASSES = _classes()


class EMNIST(Downloadable):
    """Handwritten letters and digits, 28 × 28 pixels each, in six divisions.

    ========  ==================================================  ===============  ===========
    split     classes                                             training images  test images
    ========  ==================================================  ===============  ===========
    byclass   62: digits, capitals, small letters                 697,932          116,323
    bymerge   47: small letters that look like capitals are one   697,932          116,323
    balanced  the same 47, equally often                          112,800          18,800
    letters   26, from 1 on; 0 is "N/A"                           124,800          20,800
    digits    10                                                  240,000          40,000
    mnist     10                                                  60,000           10,000
    ========  ==================================================  ===============  ===========

    The images lie on their side in the files, and are given so, as torchvision gives them: `image.T` is upright.

    Parameters:
        split: the division. It stands second, as in torchvision.
        root, train, transform, target_transform, download: those of `Downloadable`.

    By Gregory Cohen and others, 2017 (arXiv:1702.05373). One archive of 562 MB holds all divisions.
    """

    def __init__(
        self,
        root: str | Path | None = None,
        split: str = "balanced",
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
        download: bool = False,
    ) -> None:
        if split not in CLASSES:
            raise ValueError(f"EMNIST: split is one of {', '.join(CLASSES)}, not {split!r}")
        self.split = split
        self.classes = CLASSES[split]
        self.files = {  # type: ignore[misc]  # of this division
            part: (f"emnist-{split}-{name}-images-idx3-ubyte", f"emnist-{split}-{name}-labels-idx1-ubyte")
            for part, name in ((True, "train"), (False, "test"))
        }
        super().__init__(root, train, transform, target_transform, download)

    sources: ClassVar[dict[str, list[Source]]] = {"gzip.zip": mirrors.EMNIST}

    def _download(self, root: Path) -> None:
        folders = self._folders(root)
        if all(find(name, folders) for names in self.files.values() for name in names):
            return
        archive = folders[-1] / "gzip.zip"
        download(archive, self.sources[archive.name])
        with zipfile.ZipFile(archive) as content:
            for member in content.infolist():
                if member.filename.endswith(".gz"):
                    with content.open(member) as packed, replacing(archive.parent / Path(member.filename).name) as file:
                        shutil.copyfileobj(packed, file)
        archive.unlink()
