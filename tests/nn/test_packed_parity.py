"""Packed series against PyTorch's: packing, padding again, recurrent networks over them, refusals."""

import numpy as np
import pytest

import tinygrad_edu as tg

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch
torch.set_num_threads(1)

LENGTHS = {
    "different": [3, 5, 1, 4],
    "sorted": [5, 3, 3, 1],
    "equal": [4, 4],
    "one series": [3],
    "one step each": [1, 1, 1],
    "with ties": [2, 5, 2, 5, 5],
}
ORDERS = [(name, False) for name in LENGTHS] + [
    (name, True) for name, lengths in LENGTHS.items() if lengths == sorted(lengths, reverse=True)
]


def series(name, features=3):
    """Draw series of these lengths, padded with numbers that must not count: (T, N, D)."""
    lengths = LENGTHS[name]
    return np.random.default_rng(len(name)).normal(size=(max(lengths) + 1, len(lengths), features))


def numbers(x):
    return None if x is None else x.detach().numpy()


def same(mine, other):
    if isinstance(other, tuple):
        assert len(mine) == len(other)
        for x, y in zip(mine, other, strict=True):
            same(x, y)
        return
    assert (mine is None) == (other is None)
    if other is not None:
        assert str(other.dtype) == f"torch.{mine.dtype}"
        np.testing.assert_allclose(numbers(mine), numbers(other), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize(("name", "enforce_sorted"), ORDERS)
def test_packing_and_padding(name, enforce_sorted, batch_first):
    found = []
    for library in (tg, torch):
        rnn = library.nn.utils.rnn
        x = library.tensor(series(name).swapaxes(0, 1) if batch_first else series(name), requires_grad=True)
        packed = rnn.pack_padded_sequence(x, library.tensor(LENGTHS[name]), batch_first, enforce_sorted)
        padded = rnn.pad_packed_sequence(packed, batch_first=not batch_first, padding_value=-2.0, total_length=9)
        (padded[0] ** 2).sum().backward()
        short = rnn.pad_packed_sequence(packed)
        separate = rnn.pack_sequence(rnn.unpack_sequence(packed), enforce_sorted=enforce_sorted)
        found.append((tuple(packed), padded, short, x.grad, tuple(rnn.unpack_sequence(packed)), tuple(separate)))
        assert isinstance(separate, rnn.PackedSequence)
    same(*found)


NETWORKS = {
    "RNN": {},
    "RNN of relu": {"nonlinearity": "relu", "bidirectional": True},
    "GRU": {"num_layers": 2},
    "GRU both ways": {"num_layers": 2, "bidirectional": True, "bias": False},
    "LSTM": {"batch_first": True},
    "LSTM both ways": {"num_layers": 2, "bidirectional": True, "batch_first": True},
    "LSTM projected": {"proj_size": 2, "num_layers": 2, "bidirectional": True},
}


def run(library, network, name, weights, with_state, enforce_sorted):
    """Run a network over packed series; return outputs, states and every gradient."""
    options, rng = NETWORKS[network], np.random.default_rng(7)
    layer = getattr(library.nn, network.split()[0])(3, 4, **options).double()
    layer.load_state_dict({key: library.tensor(value) for key, value in weights.items()})
    x, lengths = library.tensor(series(name), requires_grad=True), LENGTHS[name]
    packed = library.nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=enforce_sorted)
    ways = options.get("num_layers", 1) * (1 + options.get("bidirectional", False))
    sizes = (options.get("proj_size", 4), 4) if network.startswith("LSTM") else (4,)
    given = [library.tensor(rng.normal(size=(ways, len(lengths), size)), requires_grad=True) for size in sizes]
    state = () if not with_state else (tuple(given),) if len(given) > 1 else (given[0],)
    y, last = layer(packed, *state)
    assert isinstance(y, library.nn.utils.rnn.PackedSequence)
    lasts = last if isinstance(last, tuple) else (last,)
    total = sum((part * library.tensor(rng.normal(size=tuple(part.shape)))).sum() for part in (y.data, *lasts))
    total.backward()
    gradients = tuple(t.grad for t in (x, *(given if with_state else ()), *layer.parameters()))
    return tuple(y), lasts, gradients


@pytest.mark.parametrize("with_state", [False, True])
@pytest.mark.parametrize(("name", "enforce_sorted"), ORDERS)
@pytest.mark.parametrize("network", NETWORKS)
def test_networks(network, name, enforce_sorted, with_state):
    torch.manual_seed(0)
    layer = getattr(torch.nn, network.split()[0])(3, 4, **NETWORKS[network]).double()
    weights = {key: value.detach().numpy() for key, value in layer.state_dict().items()}
    same(*(run(library, network, name, weights, with_state, enforce_sorted) for library in (tg, torch)))


def test_packed_data_goes_through_other_layers():
    """As programs do that embed words: the data is replaced, the rest kept."""
    packed = tg.nn.utils.rnn.pack_sequence([tg.tensor([1, 2]), tg.tensor([3, 4, 5])], enforce_sorted=False)
    embedded = packed._replace(data=tg.nn.Embedding(6, 3)(packed.data))
    again = tg.nn.utils.rnn.PackedSequence(embedded.data, packed.batch_sizes, packed.sorted_indices)
    assert again.unsorted_indices.tolist() == packed.unsorted_indices.tolist()
    layer = tg.nn.GRU(3, 4)
    assert layer(embedded)[0].data.tolist() == layer(again)[0].data.tolist()
    assert layer.double()(embedded.double())[0].data.dtype == tg.float64
    assert embedded.double().to(tg.float32).float().cpu().data.dtype == tg.float32
    assert not embedded.is_cuda


def test_conversions_and_the_undone_order():
    orders, kinds = [], []
    for lib in (tg, torch):
        packed = lib.nn.utils.rnn.pack_sequence([lib.tensor([1.0]), lib.tensor([2.0, 3.0])], enforce_sorted=False)
        names = ("half", "float", "double", "byte", "char", "short", "int", "long")
        kinds.append([str(getattr(packed, name)().data.dtype).removeprefix("torch.") for name in names])
        orders.append(lib.nn.utils.rnn.invert_permutation(lib.tensor([2, 0, 1])).tolist())
        assert lib.nn.utils.rnn.invert_permutation(None) is None
    assert kinds[0] == kinds[1]
    assert orders[0] == orders[1] == [1, 2, 0]


REFUSALS = {
    "not sorted": lambda t, rnn: rnn.pack_padded_sequence(t.zeros(3, 2, 1), [1, 2]),
    "a length of 0": lambda t, rnn: rnn.pack_padded_sequence(t.zeros(3, 2, 1), [2, 0]),
    "lengths of other series": lambda t, rnn: rnn.pack_padded_sequence(t.zeros(3, 2, 1), [3, 2, 1]),
    "series not sorted": lambda t, rnn: rnn.pack_sequence([t.zeros(1), t.zeros(2)]),
    "a total length that is too short": lambda t, rnn: rnn.pad_packed_sequence(
        rnn.pack_sequence([t.zeros(2)]), total_length=1
    ),
    "other features": lambda t, rnn: t.nn.GRU(3, 4)(rnn.pack_sequence([t.zeros(2, 5)])),
    "a state of another size": lambda t, rnn: t.nn.GRU(3, 4)(rnn.pack_sequence([t.zeros(2, 3)]), t.zeros(1, 2, 4)),
    "another type": lambda t, rnn: t.nn.GRU(3, 4)(rnn.pack_sequence([t.zeros(2, 3, dtype=t.float64)])),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(name):
    for library in (tg, torch):
        with pytest.raises((RuntimeError, ValueError)):
            REFUSALS[name](library, library.nn.utils.rnn)


def test_refusals_of_our_own():
    with pytest.raises(RuntimeError, match="expected lengths from 1 to 3, got 2 to 4"):
        tg.nn.utils.rnn.pack_padded_sequence(tg.zeros(3, 2, 1), [4, 2])
    with pytest.raises(TypeError, match="expected a PackedSequence, got Tensor"):
        tg.nn.utils.rnn.pad_packed_sequence(tg.zeros(2))
    with pytest.raises(ValueError, match="expected batch_sizes"):
        tg.nn.utils.rnn.PackedSequence(tg.zeros(2))
