"""Modules and files of PyTorch: `from_torch` and `to_torch` turn one module into the other, `load` reads a file.

Only the first two need PyTorch itself.
"""

from tinygrad_edu.interop.torch_files import load
from tinygrad_edu.interop.torch_modules import from_torch, to_torch

__all__ = ["from_torch", "load", "to_torch"]
