"""A loader that goes on where another one was."""

import json

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.data import (
    BatchSampler,
    DataLoader,
    IterableDataset,
    RandomSampler,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
)

ROWS = tg.arange(23)


class Countdown(IterableDataset):
    def __iter__(self):
        return iter(range(9, 0, -1))


class Static(IterableDataset):
    def __iter__(self):
        return (tg.rand(1).item() for _ in range(9))


class Noisy(TensorDataset):
    """Each item is a random number, as an augmented image would be."""

    def __getbatch__(self, indices):
        return NotImplemented

    def __getitem__(self, index):
        return self.tensors[0][index] + tg.rand(1)


class EveryThird:
    """A user's own sampler."""

    def __iter__(self):
        return iter(range(0, 23, 3))

    def __len__(self):
        return 8


class OfChance(EveryThird):
    """One that draws its order from the default generator."""

    def __iter__(self):
        return iter(tg.randperm(23)[:8].tolist())


class Shuffling(IterableDataset):
    """A stream in an order that it draws."""

    def __iter__(self):
        return iter(tg.randperm(23).tolist())


def own():
    return tg.Generator().manual_seed(7)


LOADERS = {
    "a sampler that draws": lambda: DataLoader(ROWS, 2, sampler=OfChance()),
    "a sampler that draws, workers": lambda: DataLoader(
        ROWS, 2, sampler=OfChance(), num_workers=2, multiprocessing_context="thread"
    ),
    "batches of a sampler that draws": lambda: DataLoader(ROWS, batch_sampler=BatchSampler(OfChance(), 2, False)),
    "a stream that draws": lambda: DataLoader(Shuffling(), 4),
    "in order": lambda: DataLoader(ROWS, 4),
    "shuffled": lambda: DataLoader(ROWS, 4, shuffle=True),
    "shuffled, whole batches": lambda: DataLoader(ROWS, 4, shuffle=True, drop_last=True),
    "a generator of its own": lambda: DataLoader(ROWS, 4, shuffle=True, generator=own()),
    "one by one": lambda: DataLoader(ROWS, None, shuffle=True),
    "some": lambda: DataLoader(ROWS, 2, sampler=SubsetRandomSampler(range(5, 15))),
    "by weight": lambda: DataLoader(ROWS, 3, sampler=WeightedRandomSampler(np.arange(23), 18, generator=own())),
    "more than there are": lambda: DataLoader(ROWS, 5, sampler=RandomSampler(ROWS, num_samples=50)),
    "a sampler of batches": lambda: DataLoader(ROWS, batch_sampler=BatchSampler(RandomSampler(ROWS), 4, True)),
    "a user's sampler": lambda: DataLoader(ROWS, 2, sampler=EveryThird()),
    "a user's batches": lambda: DataLoader(ROWS, batch_sampler=[[1, 2], [3], [4, 5], [6]]),
    "a stream": lambda: DataLoader(Countdown(), 2),
    "a random stream": lambda: DataLoader(Static(), 2),
    "a random stream of threads": lambda: DataLoader(Static(), 2, num_workers=2, multiprocessing_context="thread"),
    "a stream, one by one": lambda: DataLoader(Countdown(), None),
    "threads": lambda: DataLoader(ROWS, 4, shuffle=True, num_workers=2, multiprocessing_context="thread"),
    "random items": lambda: DataLoader(Noisy(ROWS), 4, shuffle=True),
    "random items of threads": lambda: DataLoader(
        Noisy(ROWS), 4, shuffle=True, num_workers=2, multiprocessing_context="thread"
    ),
    "a stream of threads": lambda: DataLoader(Countdown(), 2, num_workers=2, multiprocessing_context="thread"),
}


def plain(batch):
    return np.asarray(batch).tolist()


@pytest.mark.parametrize("make", LOADERS.values(), ids=LOADERS)
@pytest.mark.parametrize("at", [0, 1, 3])
def test_the_rest_is_what_it_would_have_been(make, at):
    """At batch `at` of the second pass the program is killed; another one goes on. Both draw numbers beside."""
    tg.manual_seed(1)
    loader, seen = make(), []
    list(loader)
    if at == 0:
        state, random = loader.state_dict(), tg.get_rng_state()
    for batch in loader:
        tg.rand(3)
        seen.append(plain(batch))
        if len(seen) == at:
            state, random = loader.state_dict(), tg.get_rng_state()
    expected = [*seen[at:], *map(plain, loader)]

    tg.manual_seed(99)
    again, rest = make(), []
    again.load_state_dict(state)
    assert same(again.state_dict(), state)
    tg.set_rng_state(random)
    for batch in again:
        tg.rand(3)
        rest.append(plain(batch))
    assert [*rest, *map(plain, again)] == expected


def same(one, other):
    return all(np.array_equal(one[key], other[key]) if key == "order" else one[key] == other[key] for key in other)


def test_a_state_is_plain_numbers_and_one_array():
    loader = DataLoader(ROWS, 4, shuffle=True, generator=own())
    next(iter(loader))
    state = loader.state_dict()
    assert state["order"].shape == (23,)
    assert state["position"] == 1
    again = DataLoader(ROWS, 4, shuffle=True, generator=own())
    again.load_state_dict(json.loads(json.dumps({**state, "order": state["order"].tolist()})))
    assert len(list(again)) == 5
    assert again.state_dict()["position"] == 0


def test_after_the_last_batch_nothing_is_left_of_the_pass():
    loader = DataLoader(ROWS, 8, shuffle=True)
    for _ in loader:
        state = loader.state_dict()
    again = DataLoader(ROWS, 8, shuffle=True)
    again.load_state_dict(state)
    assert [len(list(again)) for _ in range(2)] == [0, 3]


def test_a_state_of_other_data_is_refused():
    loader = DataLoader(ROWS, 4, shuffle=True)
    next(iter(loader))
    for other in (DataLoader(tg.arange(22), 4, shuffle=True), DataLoader(ROWS, 4, sampler=EveryThird())):
        with pytest.raises(ValueError, match="an order of 23 indices, which does not fit this loader"):
            other.load_state_dict(loader.state_dict())
