"""Samplers, joined datasets and streams."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.utils import data

ROWS = data.TensorDataset(tg.arange(10))


class Stream(data.IterableDataset):
    def __iter__(self):
        return iter(range(5))


def seeded():
    return tg.Generator().manual_seed(0)


def test_samplers_give_each_index_once():
    for sampler in (data.SequentialSampler(ROWS), data.RandomSampler(ROWS), data.SubsetRandomSampler(range(10))):
        assert sorted(sampler) == list(range(10))
        assert len(sampler) == 10
    assert list(data.SequentialSampler(ROWS)) == list(range(10))
    assert sorted(data.SubsetRandomSampler([7, 3, 5])) == [3, 5, 7]
    assert list(data.RandomSampler(ROWS, generator=seeded())) == list(data.RandomSampler(ROWS, generator=seeded()))
    assert list(data.RandomSampler(ROWS, generator=seeded())) != list(range(10))


def test_more_or_fewer_samples_than_items():
    drawn = list(data.RandomSampler(ROWS, num_samples=25))
    assert len(drawn) == 25
    assert sorted(drawn[:10]) == sorted(drawn[10:20]) == list(range(10))
    assert len(list(data.RandomSampler(ROWS, num_samples=3))) == 3
    assert len(set(data.RandomSampler(ROWS, replacement=True, num_samples=50, generator=seeded()))) <= 10


def test_weights():
    drawn = list(data.WeightedRandomSampler(tg.tensor([1.0, 0.0, 3.0]), 4000, generator=seeded()))
    shares = np.bincount(drawn, minlength=3) / 4000
    np.testing.assert_allclose(shares, [0.25, 0, 0.75], atol=0.03)
    assert sorted(data.WeightedRandomSampler([1, 2, 3], 3, replacement=False)) == [0, 1, 2]
    for wrong in ([[1.0]], [0.0], [-1.0, 2.0], [np.nan, 1.0], [np.inf, 1.0]):
        with pytest.raises(ValueError, match="WeightedRandomSampler: expected a row of weights"):
            data.WeightedRandomSampler(wrong, 1)


def test_how_many_to_draw():
    for kind in (data.RandomSampler, data.WeightedRandomSampler):
        for wrong in (0, -1, 2.5, True):
            with pytest.raises(ValueError, match=f"{kind.__name__}: num_samples is a positive whole number, not"):
                kind([1.0, 2.0], num_samples=wrong)
    with pytest.raises(ValueError, match="3 different items cannot be drawn of 2 with a weight above 0"):
        data.WeightedRandomSampler([1.0, 0.0, 2.0], 3, replacement=False)
    assert list(data.RandomSampler([])) == []


@pytest.mark.parametrize(("drop_last", "sizes"), [(False, [4, 4, 2]), (True, [4, 4])])
def test_batches_of_indices(drop_last, sizes):
    sampler = data.BatchSampler(data.SequentialSampler(ROWS), 4, drop_last)
    assert [len(batch) for batch in sampler] == sizes
    assert len(sampler) == len(sizes)
    assert [len(rows) for (rows,) in data.DataLoader(ROWS, batch_sampler=sampler)] == sizes
    with pytest.raises(ValueError, match="BatchSampler: batch_size"):
        data.BatchSampler(sampler, 0, False)


def test_joined_datasets():
    joined = ROWS + data.TensorDataset(tg.arange(100, 103))
    assert isinstance(joined, data.ConcatDataset)
    assert len(joined) == 13
    assert [joined[i][0].item() for i in (0, 9, 10, 12, -1, -13)] == [0, 9, 100, 102, 102, 0]
    for index in (13, -14):
        with pytest.raises(IndexError, match="out of range for 13 items"):
            joined[index]
    assert sum(rows.sum().item() for (rows,) in data.DataLoader(joined, 4)) == 45 + 303
    with pytest.raises(ValueError, match="at least one dataset"):
        data.ConcatDataset([])


def test_streams():
    assert [b.tolist() for b in data.DataLoader(Stream(), batch_size=2)] == [[0, 1], [2, 3], [4]]
    assert [b.tolist() for b in data.DataLoader(Stream(), batch_size=2, drop_last=True)] == [[0, 1], [2, 3]]
    assert list(data.DataLoader(Stream(), batch_size=None)) == [0, 1, 2, 3, 4]
    for options in ({"shuffle": True}, {"sampler": [0]}):
        with pytest.raises(ValueError, match="a stream has the order"):
            data.DataLoader(Stream(), **options)
    with pytest.raises(NotImplementedError, match="define __iter__"):
        iter(data.IterableDataset())
    with pytest.raises(NotImplementedError, match="define __iter__"):
        iter(data.Sampler())


def test_a_batch_larger_than_any_number_of_items():
    assert len(next(iter(data.DataLoader(ROWS, 10**30)))[0]) == len(ROWS)
