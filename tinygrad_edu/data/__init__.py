"""Data sets, and going through them in batches. PyTorch's `torch.utils.data`."""

from tinygrad_edu.data.collate import default_collate, default_convert
from tinygrad_edu.data.dataset import Dataset, Subset, TensorDataset, random_split
from tinygrad_edu.data.idx import IdxError, read_idx
from tinygrad_edu.data.loader import DataLoader

__all__ = [
    "DataLoader",
    "Dataset",
    "IdxError",
    "Subset",
    "TensorDataset",
    "default_collate",
    "default_convert",
    "random_split",
    "read_idx",
]
