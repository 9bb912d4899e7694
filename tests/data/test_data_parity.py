"""Batches as PyTorch makes them."""

import collections

import numpy as np
import pytest

from tinygrad_edu import data
from tinygrad_edu.data import DataLoader, Subset, TensorDataset, default_collate, random_split
from tinygrad_edu.tensors.tensor import Tensor

torch = pytest.importorskip("torch", reason="PyTorch is not installed: the comparison of data loaders is left out")
pytestmark = pytest.mark.torch

Point = collections.namedtuple("Point", "x y")

BATCHES = {
    "arrays": [np.arange(3, dtype="u1"), np.arange(3, 6, dtype="u1")],
    "whole numbers": [1, 2, 3],
    "fractions": [1.5, 2.0],
    "truth values": [True, False],
    "NumPy's numbers": [np.float32(1), np.float32(2)],
    "text": ["a", "b"],
    "pairs": [(np.ones(2, "f"), 1), (np.zeros(2, "f"), 2)],
    "lists": [[1, 2.0], [3, 4.0]],
    "named tuples": [Point(1, "a"), Point(2, "b")],
    "dictionaries": [{"x": np.eye(2), "n": (1, "a")}, {"x": np.eye(2), "n": (2, "b")}],
}


def plain(x):
    """Turn both libraries' batches into the same plain things: kind, type of numbers, values."""
    if isinstance(x, Tensor | torch.Tensor):
        return "tensor", str(x.dtype).removeprefix("torch."), x.tolist()
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    if isinstance(x, list | tuple):
        return type(x).__name__, [plain(value) for value in x]
    return x


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_default_collate(batch):
    assert plain(default_collate(batch)) == plain(torch.utils.data.default_collate(batch))


SETTINGS = [
    {},
    {"batch_size": 4},
    {"batch_size": 4, "drop_last": True},
    {"batch_size": None},
    {"batch_size": 3, "sampler": [5, 1, 1, 9]},
    {"batch_sampler": [[1, 2], [3]]},
    {"batch_size": 20, "drop_last": True},
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_data_loader(settings):
    x, y = np.arange(20, dtype="f").reshape(10, 2), np.arange(10)
    ours = DataLoader(TensorDataset(x, y), **settings)
    theirs = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y)), **settings)
    assert len(ours) == len(theirs)
    for batch, expected in zip(ours, theirs, strict=True):
        assert [part.tolist() for part in batch] == [part.tolist() for part in expected]


@pytest.mark.parametrize("lengths", [[3, 7], [0.35, 0.65], [1 / 3, 1 / 3, 1 / 3], [0.01, 0.99]])
def test_random_split_divides_into_the_same_sizes(lengths):
    expected = [len(part) for part in torch.utils.data.random_split(range(10), lengths)]
    assert [len(part) for part in random_split(range(10), lengths)] == expected


def test_subset_of_a_subset():
    ours, theirs = (kind(kind(range(100, 120), range(5, 15)), [3, 0, 3]) for kind in (Subset, torch.utils.data.Subset))
    assert [ours[i] for i in range(3)] == [theirs[i] for i in range(3)] == [108, 105, 108]
    assert ours.__getitems__([2, 0]) == theirs.__getitems__([2, 0])


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:This DataLoader will create 3 worker processes:UserWarning")
def test_streams_of_several_workers_come_in_the_same_order():
    def batches(library, **settings):
        class Stream(library.IterableDataset):
            def __iter__(self):
                worker = library.get_worker_info().id
                return iter(range(100 * worker, 100 * worker + (1, 7, 3)[worker]))

        return [batch.tolist() for batch in library.DataLoader(Stream(), batch_size=2, num_workers=3, **settings)]

    assert batches(data, multiprocessing_context="thread") == batches(torch.utils.data, multiprocessing_context="fork")
