"""Loading a program that was written for PyTorch, as it is or with its import lines, and nothing else, changed."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "programs"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))

LINES = (
    (r"^import torch$", "import tinygrad_edu as torch"),
    (r"^(import|from) torchvision\b", r"\1 tinygrad_edu.vision"),
    (r"^(import|from) torch\b", r"\1 tinygrad_edu"),
)


def ported(source: str) -> str:
    """Return a program with its import lines changed from PyTorch to tinygrad_edu."""
    for pattern, replacement in LINES:
        source = re.sub(pattern, replacement, source, flags=re.MULTILINE)
    return source


def load(name: str, change: Any = ported) -> Any:
    """Run a program's definitions and return them as a module."""
    path = FOLDER / f"{name}.py"
    module = types.ModuleType(name)
    exec(compile(change(path.read_text(encoding="utf-8")), path, "exec"), vars(module))
    return module


def stand_in_for_torchvision(torch: Any) -> None:
    """Let `from torchvision import datasets, transforms` give PyTorch the images of the MNIST that ships here."""
    from tinygrad_edu.vision import datasets, transforms

    class MNIST(torch.utils.data.Dataset):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.inner = datasets.MNIST(*args, **kwargs)

        def __len__(self) -> int:
            return len(self.inner)

        def __getitem__(self, index: int) -> Any:
            image, label = self.inner[index]
            return torch.tensor(image.numpy()), label

    module = types.ModuleType("torchvision")
    module.datasets = types.SimpleNamespace(MNIST=MNIST)  # type: ignore[attr-defined]
    module.transforms = transforms  # type: ignore[attr-defined]
    sys.modules["torchvision"] = module
