"""Datasets, and going through them in batches."""

import collections

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.data import DataLoader, Dataset, Subset, TensorDataset, default_collate, random_split

X = np.arange(20, dtype=np.float32).reshape(10, 2)
Y = np.arange(10)


class Squares(Dataset):
    """Items made one by one, as a user's own dataset does."""

    def __init__(self, count=10):
        self.count, self.asked = count, []

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        assert type(index) is int  # not NumPy's, which JSON, a database or a dictionary may not take
        self.asked.append(index)
        return np.float32(index) ** 2, {"index": index, "name": f"item {index}"}


class AtOnce(Squares):
    """PyTorch's protocol for several items at once."""

    def __getitems__(self, indices):
        return [(tg.tensor([float(i)]), i) for i in indices]


def lists(loader):
    return [[part.tolist() for part in batch] for batch in loader]


@pytest.mark.parametrize(
    "dataset",
    [
        (X, Y),
        (tg.tensor(X), Y),
        TensorDataset(X, tg.tensor(Y)),
        [(X[i], Y[i]) for i in range(10)],
        Subset((X, Y), range(10)),
    ],
    ids=["arrays", "tensor and array", "TensorDataset", "list of pairs", "Subset"],
)
def test_every_kind_of_dataset_gives_the_same_batches(dataset):
    if isinstance(dataset, Subset):
        dataset = Subset(TensorDataset(X, Y), range(10))
    batches = list(DataLoader(dataset, batch_size=4))
    assert [len(y) for _, y in batches] == [4, 4, 2]
    for x, y in batches:
        assert isinstance(x, tg.Tensor)
        assert x.dtype == np.float32
        assert y.dtype == np.int64
    assert np.concatenate([x.numpy() for x, _ in batches]).tolist() == X.tolist()
    assert np.concatenate([y.numpy() for _, y in batches]).tolist() == Y.tolist()


@pytest.mark.parametrize("rows", [X, tg.tensor(X)], ids=["array", "tensor"])
def test_one_array_gives_its_rows(rows):
    batches = list(DataLoader(rows, 4))
    assert [type(batch) for batch in batches] == [tg.Tensor] * 3
    assert batches[2].tolist() == X[8:].tolist()


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize(
    "kind", [np.asarray, tg.from_numpy, TensorDataset, lambda x: Subset(TensorDataset(x), range(10))]
)
def test_batches_do_not_share_memory_with_the_data(kind, shuffle):
    data = X.copy()
    for batch in DataLoader(kind(data), 4, shuffle=shuffle):
        (batch[0] if isinstance(batch, list) else batch).array[:] = -1
    assert np.array_equal(data, X)


def test_the_last_batch_and_the_number_of_batches():
    for size, drop, expected in [
        (4, False, [4, 4, 2]),
        (4, True, [4, 4]),
        (5, True, [5, 5]),
        (20, False, [10]),
        (20, True, []),
    ]:
        loader = DataLoader(X, size, drop_last=drop)
        assert [len(batch) for batch in loader] == expected
        assert len(loader) == len(expected)


def test_shuffling_is_a_new_order_each_time_and_repeatable():
    tg.manual_seed(3)
    loader = DataLoader(Y, 10, shuffle=True)
    first, second = (next(iter(loader)).tolist() for _ in range(2))
    assert sorted(first) == sorted(second) == Y.tolist()
    assert first != second != Y.tolist()
    tg.manual_seed(3)
    assert [next(iter(loader)).tolist() for _ in range(2)] == [first, second]


def test_a_generator_of_its_own_leaves_the_default_one_alone():
    def order(seed):
        return next(iter(DataLoader(Y, 10, shuffle=True, generator=tg.Generator().manual_seed(seed)))).tolist()

    tg.manual_seed(0)
    expected = tg.rand(1).item()
    tg.manual_seed(0)
    assert order(5) == order(5) != order(6)
    assert tg.rand(1).item() == expected


def test_items_of_a_users_dataset():
    dataset = Squares()
    numbers, rest = next(iter(DataLoader(dataset, 3)))
    assert dataset.asked == [0, 1, 2]
    assert numbers.tolist() == [0, 1, 4]
    assert numbers.dtype == np.float32
    assert rest["index"].tolist() == [0, 1, 2]
    assert rest["name"] == ["item 0", "item 1", "item 2"]
    shuffled = [rest["index"].item() for _, rest in DataLoader(dataset, shuffle=True)]
    assert shuffled == dataset.asked[3:]
    assert sorted(shuffled) == list(range(10))


def test_getitems_is_used_also_through_a_subset():
    for dataset in (AtOnce(), Subset(AtOnce(), range(10))):
        x, y = next(iter(DataLoader(dataset, 3)))
        assert x.tolist() == [[0], [1], [2]]
        assert y.tolist() == [0, 1, 2]


def test_collate_fn_gets_the_items():
    assert list(DataLoader((X, Y), 6, collate_fn=lambda items: [int(y.item()) for _, y in items])) == [
        [0, 1, 2, 3, 4, 5],
        [6, 7, 8, 9],
    ]


def test_samplers():
    loader = DataLoader(Y, 2, sampler=[7, 7, 1])
    assert [batch.tolist() for batch in loader] == [[7, 7], [1]]
    assert len(loader) == 2
    loader = DataLoader(Y, batch_sampler=[[1], [2, 3, 4]])
    assert [batch.tolist() for batch in loader] == [[1], [2, 3, 4]]
    assert len(loader) == 2


def test_without_batches():
    loader = DataLoader([(np.float32(1), "a", {"b": Y})], batch_size=None)
    ((number, text, more),) = list(loader)
    assert isinstance(number, tg.Tensor)
    assert text == "a"
    assert isinstance(more["b"], tg.Tensor)
    assert len(loader) == 1


def test_gradients_flow_through_a_batch():
    x = tg.ones(4, 2, requires_grad=True)
    for batch, scale in DataLoader((x, np.arange(4.0, dtype=np.float32)), 3):
        (batch.sum(dim=1) * scale).sum().backward()
    assert x.grad.tolist() == [[0, 0], [1, 1], [2, 2], [3, 3]]


WRONG = [
    (lambda: DataLoader(iter([1])), TypeError, "needs __getitem__ and __len__, which list_iterator does not have"),
    (lambda: DataLoader(X, 0), ValueError, "batch_size is a positive whole number or None, not 0"),
    (lambda: DataLoader(X, 2.5), ValueError, "not 2.5"),
    (lambda: DataLoader(X, shuffle=True, sampler=[1]), ValueError, "with a sampler there is nothing to shuffle"),
    (lambda: DataLoader(X, 2, batch_sampler=[[1]]), ValueError, "batch_sampler takes the place of batch_size"),
    (lambda: DataLoader(X, None, drop_last=True), ValueError, "batch_size=None makes none"),
    (lambda: DataLoader((X, Y[:5])), ValueError, r"tensors of one length, .* \[\(10, 2\), \(5,\)\]"),
    (lambda: TensorDataset(), ValueError, "the shapes are \\[\\]"),
    (lambda: TensorDataset(tg.tensor(1.0)), ValueError, r"the shapes are \[\(\)\]"),
    (lambda: Dataset()[0], NotImplementedError, "Dataset: define __getitem__"),
    (lambda: default_collate([np.zeros(2), np.zeros(3)]), ValueError, r"different shapes, \[\(2,\), \(3,\)\]"),
    (lambda: default_collate([(1, 2), (1,)]), ValueError, r"different lengths, \[1, 2\]"),
    (lambda: default_collate([None]), TypeError, "an item is a NoneType"),
    (lambda: random_split(X, [3, 3]), ValueError, "add up to 6; expected 10"),
    (lambda: random_split(X, [0.5, 0.6]), ValueError, "add up to 1.1"),
    (lambda: random_split(X, [12, -2]), ValueError, "expected 10"),
]


@pytest.mark.parametrize("function, kind, message", WRONG)
def test_what_is_wrong_is_said(function, kind, message):
    with pytest.raises(kind, match=message):
        function()


def test_collate_keeps_the_kind_of_numbers_and_of_tuples():
    Point = collections.namedtuple("Point", "x y")
    joined = default_collate([Point(1, 2.5), Point(3, 4.5)])
    assert type(joined) is Point
    assert joined.x.dtype == np.int64
    assert joined.y.dtype == np.float64
    assert default_collate([True, False]).dtype == np.bool_
    assert default_collate([tg.ones(2), tg.zeros(2)]).tolist() == [[1, 1], [0, 0]]
    assert default_collate([b"a", b"b"]) == [b"a", b"b"]


@pytest.mark.parametrize(
    "lengths, expected",
    [([7, 3], [7, 3]), ([0.75, 0.25], [8, 2]), ([0.25] * 4, [3, 3, 2, 2]), ([1.0], [10]), ([0, 10], [0, 10])],
)
def test_random_split(lengths, expected):
    parts = random_split(Y, lengths, generator=tg.Generator().manual_seed(0))
    assert [len(part) for part in parts] == expected
    assert sorted(int(part[i]) for part in parts for i in range(len(part))) == Y.tolist()
    again = random_split(Y, lengths, generator=tg.Generator().manual_seed(0))
    assert [part.indices for part in parts] == [part.indices for part in again]


@pytest.mark.parametrize(
    "dataset", [X, (X, Y), Subset(TensorDataset(X, Y), range(10))], ids=["array", "pair", "subset"]
)
def test_arrays_are_batched_without_a_loop_over_items(dataset, monkeypatch):
    monkeypatch.setattr("tinygrad_edu.data.fetching.get_items", lambda *args: pytest.fail("it asked for single items"))
    monkeypatch.setattr(TensorDataset, "__getitem__", lambda *args: pytest.fail("it asked for single items"))
    assert len(list(DataLoader(dataset, 4, shuffle=True))) == 3


@pytest.mark.parametrize("dataset", [X, tg.tensor(X), Subset(tg.tensor(X), range(10))])
def test_rows_in_order_are_taken_as_one_piece(dataset, monkeypatch):
    monkeypatch.setattr("tinygrad_edu.data.dataset.np.asarray", lambda *args: pytest.fail("it asked for single rows"))
    assert [len(batch) for batch in DataLoader(dataset, 4)] == [4, 4, 2]


def test_pytorchs_names_of_the_samplers_that_it_makes():
    loader = DataLoader(X, 4, shuffle=True)
    assert isinstance(loader.sampler, tg.utils.data.RandomSampler)
    assert len(loader.sampler) == 10
    assert isinstance(DataLoader(X).sampler, tg.utils.data.SequentialSampler)
    assert loader.batch_sampler.sampler is loader.sampler
    assert DataLoader(X, None).batch_sampler is None


def test_pytorchs_place_of_it_all():
    assert tg.utils.data.DataLoader is DataLoader
    assert tg.utils.data.TensorDataset is TensorDataset
