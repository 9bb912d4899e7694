"""Data sets, and going through them in batches. PyTorch's `torch.utils.data`."""

from tinygrad_edu.data.collate import default_collate, default_convert
from tinygrad_edu.data.dataset import ConcatDataset, Dataset, IterableDataset, Subset, TensorDataset, random_split
from tinygrad_edu.data.distributed_sampler import DistributedSampler
from tinygrad_edu.data.idx import IdxError, read_idx
from tinygrad_edu.data.loader import DataLoader
from tinygrad_edu.data.sampling import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from tinygrad_edu.data.synthetic import make_blobs, make_moons, make_spirals
from tinygrad_edu.data.workers import get_worker_info
from tinygrad_edu.system.files import FormatError

__all__ = [
    "BatchSampler", "ConcatDataset", "DataLoader", "Dataset", "DistributedSampler", "FormatError", "IdxError",
    "IterableDataset", "RandomSampler", "Sampler", "SequentialSampler", "Subset", "SubsetRandomSampler",
    "TensorDataset", "WeightedRandomSampler", "default_collate", "default_convert", "get_worker_info",
    "make_blobs", "make_moons", "make_spirals", "random_split", "read_idx",
]  # fmt: skip
