"""PyTorch, if it is installed; with the threads that the command asked for."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.timing import THREADS

torch: Any = None
try:
    import torch  # type: ignore[no-redef]
except ImportError:
    pass
else:
    torch.set_num_threads(THREADS or 1)

NO_TORCH = "PyTorch is not installed"
