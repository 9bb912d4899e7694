"""Functions and layers at the corners of what they take: nothing, windows at an edge, integers, half precision.

Each case runs on either library (`test_corners_parity.py` runs them in PyTorch); the numbers are PyTorch's.
"""

import copy
import math
import warnings

import numpy as np
import pytest

import tinygrad_edu as tg

INF = math.inf


def gradient(lib, function, *values):
    """Return the gradient of the sum of a function with respect to its first argument."""
    x = lib.tensor(values[0], dtype=lib.float64, requires_grad=True)
    function(x, *values[1:]).sum().backward()
    return x.grad


def statistics_of_nothing(lib):
    layer = lib.nn.BatchNorm1d(2)
    assert layer(lib.zeros(0, 2)).shape == (0, 2)
    return layer.running_mean + layer.running_var


def shortened(lib):
    weight = lib.tensor([[3.0, 4.0], [0.3, 0.4]])
    lib.nn.functional.embedding(lib.tensor([0, 1]), weight, max_norm=1.0)
    return weight


def bags(lib, **options):
    weight = lib.tensor([[1.0, 6.0], [5.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = lib.nn.functional.embedding_bag(lib.tensor([0, 1, 2, 2]), weight, lib.tensor([0, 2, 2]), **options)
    y.sum().backward()
    return lib.cat([y.detach(), weight.grad])


def half(lib, *values):
    return lib.tensor(values).to(lib.float16)


def picture(lib, *sizes, dtype=None):
    return lib.arange(math.prod(sizes), dtype=dtype or lib.float32).reshape(1, 1, *sizes)


BYTES = [[[[10, 20], [30, 250]]]]
THOUSANDS = [0.0, 1000.0, 2000.0, 3000.0]
# name: (call, what it gives)
CASES = {
    # pooling
    "max pool of nothing but -inf": (
        lambda lib: gradient(
            lib, lambda x: lib.nn.functional.max_pool2d(x.reshape(1, 1, 2, 2), 2, 1, padding=1), [-INF] * 4
        ),
        [4, 2, 2, 1],
    ),
    "where -inf is the largest": (
        lambda lib: lib.nn.functional.max_pool1d(
            lib.tensor([[[-INF, -INF, -INF]]]), 3, 1, padding=1, return_indices=True
        )[1],
        [[[0, 0, 1]]],
    ),
    "max pool of integers": (
        lambda lib: lib.nn.functional.max_pool2d(picture(lib, 3, 3, dtype=lib.int64) - 9, 2, 1, padding=1),
        [[[[-9, -8, -7, -7], [-6, -5, -4, -4], [-3, -2, -1, -1], [-3, -2, -1, -1]]]],
    ),
    "max pool, smaller than a window": (
        lambda lib: lib.nn.functional.max_pool2d(lib.tensor([[[[3.0]]]]), 2, ceil_mode=True), [[[[3]]]],
    ),
    "avg pool, smaller than a window": (
        lambda lib: lib.nn.functional.avg_pool2d(lib.tensor([[[[3.0]]]]), 2, ceil_mode=True), [[[[3]]]],
    ),
    "avg pool up to the edge": (
        lambda lib: lib.nn.functional.avg_pool1d(lib.arange(7.0).reshape(1, 1, 7), 2, 3, ceil_mode=True),
        [[[0.5, 3.5, 6.0]]],
    ),
    "no window behind the edge": (
        lambda lib: lib.nn.functional.avg_pool1d(lib.arange(5.0).reshape(1, 1, 5), 2, 3, padding=1, ceil_mode=True),
        [[[0.0, 2.5]]],
    ),
    "max pool with wide windows": (
        lambda lib: lib.nn.functional.max_pool1d(lib.arange(5.0).reshape(1, 1, 5), 2, 1, padding=1, dilation=2),
        [[[1, 2, 3, 4, 3]]],
    ),
    # borders and resizing
    "reflect and cut": (
        lambda lib: lib.nn.functional.pad(lib.arange(4.0)[None], (-2, 1), mode="reflect"), [[2, 3, 2]],
    ),
    "circular and cut": (
        lambda lib: lib.nn.functional.pad(lib.arange(4.0)[None], (-2, 1), mode="circular"), [[2, 3, 2]],
    ),
    "replicate and cut": (
        lambda lib: lib.nn.functional.pad(lib.arange(4.0)[None], (2, -1), mode="replicate"), [[0, 0, 0, 1, 2]],
    ),
    "bilinear bytes": (
        lambda lib: lib.nn.functional.interpolate(lib.tensor(BYTES, dtype=lib.uint8), size=(3, 3), mode="bilinear"),
        [[[[10, 15, 20], [20, 78, 135], [30, 140, 250]]]],
    ),
    "bicubic bytes": (
        lambda lib: lib.nn.functional.interpolate(lib.tensor(BYTES, dtype=lib.uint8), size=(3, 3), mode="bicubic"),
        [[[[9, 4, 1], [10, 78, 138], [11, 151, 255]]]],
    ),
    "nearest volume": (
        lambda lib: lib.nn.functional.interpolate(picture(lib, 1, 1, 2), scale_factor=2)[0, 0, 1],
        [[0, 0, 1, 1], [0, 0, 1, 1]],
    ),
    "trilinear volume": (
        lambda lib: lib.nn.functional.interpolate(picture(lib, 1, 2, 2), size=(2, 2, 3), mode="trilinear")[0, 0, 1],
        [[0.0, 0.5, 1.0], [2.0, 2.5, 3.0]],
    ),
    "transposed to a size": (
        lambda lib: lib.tensor(
            lib.nn.ConvTranspose2d(1, 1, 3, stride=2, padding=1)(lib.ones(1, 1, 3, 3), output_size=(6, 5)).shape
        ),
        [1, 1, 6, 5],
    ),
    "bilinear without fine patterns": (
        lambda lib: lib.nn.functional.interpolate(picture(lib, 1, 6), size=(1, 2), mode="bilinear", antialias=True),
        [[[[1.25, 3.75]]]],
    ),
    "bicubic without fine patterns": (
        lambda lib: lib.nn.functional.interpolate(
            picture(lib, 1, 6), size=(1, 3), mode="bicubic", antialias=True
        ),
        [[[[0.5439, 2.5, 4.4561]]]],
    ),
    "bytes without fine patterns": (
        lambda lib: lib.nn.functional.interpolate(
            picture(lib, 1, 6, dtype=lib.uint8), size=(1, 2), mode="bilinear", antialias=True
        ),
        [[[[1, 4]]]],
    ),
    "output_padding beyond the stride": (
        lambda lib: lib.nn.functional.conv_transpose1d(
            lib.ones(1, 1, 2), lib.tensor([[[1.0, 2.0]]]), padding=1, output_padding=2, dilation=3
        ),
        [[[1, 0, 2, 2, 0]]],
    ),
    # attention
    "queries that share their keys": (
        lambda lib: lib.nn.functional.scaled_dot_product_attention(
            lib.tensor([[[1.0]], [[2.0]], [[1.0]], [[2.0]]]),
            lib.tensor([[[0.0], [1.0]], [[1.0], [0.0]]]),
            lib.tensor([[[1.0], [3.0]], [[1.0], [3.0]]]),
            enable_gqa=True,
        ),
        [[[2.4621]], [[2.7616]], [[1.5379]], [[1.2384]]],
    ),
    # half precision
    "layer norm of halves": (
        lambda lib: lib.nn.functional.layer_norm(half(lib, *THOUSANDS), (4,)), [-1.3418, -0.4473, 0.4473, 1.3418],
    ),
    "rms norm of halves": (
        lambda lib: lib.nn.functional.rms_norm(half(lib, *THOUSANDS), (4,)), [0, 0.5347, 1.0693, 1.6035],
    ),
    "batch norm of halves": (
        lambda lib: lib.nn.functional.batch_norm(half(lib, *THOUSANDS)[:, None], None, None, training=True)[:, 0],
        [-1.3418, -0.4473, 0.4473, 1.3418],
    ),
    "distance of halves": (
        lambda lib: lib.nn.functional.pairwise_distance(half(lib, *THOUSANDS), half(lib, 0, 0, 0, 0)), 3742.0,
    ),
    "average of halves": (
        lambda lib: lib.nn.functional.adaptive_avg_pool1d(half(lib, 6e4, 6e4, 3e4, 3e4).reshape(1, 1, 4), 1)[0, 0],
        [44992],
    ),
    "mean of halves": (lambda lib: half(lib, 6e4, 4e4).mean(), 5e4),
    "column of ones": (lambda lib: lib.ones(4096, 2).to(lib.float16).sum(0), [4096, 4096]),
    "deviation of halves": (lambda lib: half(lib, *THOUSANDS).std(), 1291.0),
    "norm of halves": (lambda lib: half(lib, *THOUSANDS).norm(), 3742.0),
    "squares of halves": (
        lambda lib: lib.nn.functional.mse_loss(lib.full((999,), 10.0).to(lib.float16), lib.zeros(999).to(lib.float16)),
        100,
    ),
    # sizes of nothing, and of no dimensions
    "statistics of nothing": (statistics_of_nothing, [1, 1]),
    "response norm of nothing": (lambda lib: lib.nn.functional.local_response_norm(lib.zeros(0, 1, 2), 1).sum(), 0),
    "divergence of numbers": (
        lambda lib: lib.nn.functional.kl_div(lib.tensor(0.5), lib.tensor(0.25), reduction="batchmean"), -0.4716,
    ),
    # losses
    "weighted squares": (
        lambda lib: lib.nn.functional.mse_loss(
            lib.tensor([1.0, 3.0]), lib.tensor([0.0, 0.0]), weight=lib.tensor([1.0, 3.0])
        ),
        7.0,
    ),
    "weighted absolute errors": (
        lambda lib: lib.nn.functional.l1_loss(
            lib.tensor([1.0, 3.0]), lib.tensor([0.0, 0.0]), weight=lib.tensor([1.0, 3.0])
        ),
        2.5,
    ),
    "weighted Huber loss": (
        lambda lib: lib.nn.functional.huber_loss(
            lib.tensor([1.0, 3.0]), lib.tensor([0.0, 0.0]), weight=lib.tensor([1.0, 3.0])
        ),
        4.0,
    ),
    "not averaged": (lambda lib: lib.nn.MSELoss(size_average=False)(lib.tensor([1.0, 3.0]), lib.zeros(2)), 10),
    "not reduced": (lambda lib: lib.nn.L1Loss(reduce=False)(lib.tensor([1.0, -3.0]), lib.zeros(2)), [1, 3]),
    "reduced and averaged": (
        lambda lib: lib.nn.functional.nll_loss(
            lib.tensor([[-1.0, -3.0]] * 2), lib.tensor([0, 1]), size_average=True, reduce=True
        ),
        2,
    ),
    "margin of integers": (
        lambda lib: lib.nn.functional.margin_ranking_loss(
            lib.tensor([3, 1]), lib.tensor([1, 3]), lib.tensor([1, 1]), margin=1, reduction="none"
        ),
        [0, 3],
    ),
    # activations, dropout
    "integers after training": (lambda lib: lib.nn.functional.dropout(lib.tensor([1, 2]), training=False), [1, 2]),
    "softmax without dim": (lambda lib: lib.nn.Softmax()(lib.tensor([[0.0, math.log(3)]])), [[0.25, 0.75]]),
    "log_softmax without dim": (lambda lib: lib.nn.functional.log_softmax(lib.zeros(2, 1, 1)), [[[-0.6931]]] * 2),
    "hardtanh of integers": (lambda lib: lib.nn.functional.hardtanh(lib.tensor([-2, 0, 3]), -1.5, 2.5), [-1, 0, 2]),
    "relu6 of bytes": (lambda lib: lib.nn.functional.relu6(lib.tensor([0, 5, 9], dtype=lib.uint8)), [0, 5, 6]),
    # embeddings
    "long rows are shortened": (shortened, [[0.6, 0.8], [0.3, 0.4]]),
    "gradients by frequency": (
        lambda lib: gradient(
            lib,
            lambda w: lib.nn.functional.embedding(lib.tensor([0, 1, 1]), w, scale_grad_by_freq=True),
            [[1.0], [2.0], [3.0]],
        ),
        [[1], [1], [0]],
    ),
    "the largest of a bag": (
        lambda lib: bags(lib, mode="max"), [[5, 6], [0, 0], [3, 4], [0, 1], [1, 0], [1, 1]],
    ),
    "the sum of a bag by frequency": (
        lambda lib: bags(lib, mode="sum", scale_grad_by_freq=True),
        [[6, 8], [0, 0], [6, 8], [1, 1], [1, 1], [1, 1]],
    ),
}  # fmt: skip


def run(call, lib):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call(lib).detach().numpy()


@pytest.mark.parametrize("name", CASES)
def test_corner(name):
    call, expected = CASES[name]
    y = run(call, tg)
    assert y.shape == np.shape(expected)
    np.testing.assert_allclose(y, expected, rtol=1e-3 if y.dtype == np.float16 else 1e-4, atol=1e-6)


KEPT = {
    "int64": lambda: tg.nn.functional.max_pool2d(picture(tg, 3, 3, dtype=tg.int64), 2),
    "uint8": lambda: tg.nn.functional.interpolate(tg.tensor(BYTES, dtype=tg.uint8), size=3, mode="bicubic"),
    "int32": lambda: tg.nn.functional.hardtanh(tg.tensor([1, 2], dtype=tg.int32)),
    "float16": lambda: tg.nn.functional.layer_norm(half(tg, 1, 2), (2,), tg.ones(2)) + half(tg, 1, 2).sum(0),
}


@pytest.mark.parametrize("dtype", KEPT)
def test_the_type_is_kept(dtype):
    assert KEPT[dtype]().dtype == dtype


def test_half_precision_has_gradients_of_half_precision():
    x, w = half(tg, *THOUSANDS).requires_grad_(), half(tg, 1, 2, 3, 4).requires_grad_()
    tg.nn.functional.layer_norm(x, (4,), w)[3].backward()
    np.testing.assert_allclose(w.grad.numpy(), [0, 0, 0, 1.3418], atol=1e-3)
    assert (x.grad.dtype, w.grad.dtype) == (tg.float16, tg.float16)


WARNED = {
    "write dim=1": lambda: tg.nn.functional.softmax(tg.zeros(2, 2)),
    "write dim=0": lambda: tg.nn.functional.log_softmax(tg.zeros(2)),
    "write reduction='sum'": lambda: tg.nn.functional.l1_loss(tg.zeros(2), tg.zeros(2), size_average=False),
}


@pytest.mark.parametrize("message", WARNED)
def test_old_ways_are_answered_with_a_warning(message):
    with pytest.warns(UserWarning, match=message) as record:
        WARNED[message]()
    assert record[0].filename == __file__


def test_a_state_without_counters_of_batches_loads():
    model = tg.nn.Sequential(tg.nn.BatchNorm1d(2))
    state = {name: value.clone() + 1 for name, value in model.state_dict().items() if "batches" not in name}
    result = model.load_state_dict(state)
    assert result.missing_keys == []
    assert model[0].running_mean.tolist() == [1.0, 1.0]


LAZY = {
    "LazyLinear": ((3,), (2, 5), (3, 5)),
    "LazyConv1d": ((4, 2), (2, 3, 5), (4, 3, 2)),
    "LazyConv2d": ((4, 2), (3, 5, 5), (4, 3, 2, 2)),
    "LazyConv3d": ((4, 2), (3, 5, 5, 4), (4, 3, 2, 2, 2)),
    "LazyConvTranspose2d": ((4, 2), (2, 3, 5, 5), (3, 4, 2, 2)),
    "LazyConvTranspose3d": ((4, 2), (2, 3, 5, 5, 4), (3, 4, 2, 2, 2)),
    "LazyBatchNorm1d": ((), (4, 3), (3,)),
    "LazyBatchNorm2d": ((), (2, 3, 4, 4), (3,)),
    "LazyBatchNorm3d": ((), (2, 3, 4, 4, 2), (3,)),
    "LazyInstanceNorm2d": ((), (2, 3, 4, 4), (3,)),
    "LazyInstanceNorm3d": ((1e-5, 0.1, True), (3, 4, 4, 2), (3,)),
}


@pytest.mark.parametrize("name", LAZY)
def test_a_lazy_layer_becomes_the_layer(name):
    arguments, shape, of_weight = LAZY[name]
    layer = getattr(tg.nn, name)(*arguments).double()
    optimizer = tg.optim.SGD(layer.parameters(), 0.1)
    layer(tg.ones(*shape, dtype=tg.float64)).sum().backward()
    assert type(layer) is getattr(tg.nn, name.removeprefix("Lazy"))
    assert layer.weight.shape == of_weight
    assert layer.weight.dtype == tg.float64
    before = copy.deepcopy(layer.bias)
    optimizer.step()
    assert not np.array_equal(layer.bias.detach().numpy(), before.detach().numpy())


def test_an_lstm_with_a_projection_is_one_without_whose_outputs_are_mapped():
    layer = tg.nn.LSTM(2, 3, proj_size=1).double()
    x = tg.tensor(np.random.default_rng(0).normal(size=(4, 1, 2)))
    y, (h, c) = layer(x)
    assert (y.shape, h.shape, c.shape) == ((4, 1, 1), (1, 1, 1), (1, 1, 3))
    halves = layer(x[:2])
    again = layer(x[2:], halves[1])
    np.testing.assert_allclose(again[0].detach().numpy(), y[2:].detach().numpy(), rtol=1e-12)


def test_attention_to_nothing_is_shared_with_the_other_keys():
    layer = tg.nn.MultiheadAttention(4, 2, add_zero_attn=True, kdim=3, vdim=5, batch_first=True)
    q, k, v = tg.ones(1, 2, 4), tg.ones(1, 3, 3), tg.ones(1, 3, 5)
    y, weights = layer(q, k, v, attn_mask=tg.ones(2, 3).bool())
    assert y.tolist() == [[[0.0] * 4] * 2]  # all keys are masked, and the value of nothing is 0
    assert weights.tolist() == [[[0, 0, 0, 1]] * 2]


MISTAKES = {
    "divisor": (lambda F: F.avg_pool2d(picture(tg, 3, 3), 2, divisor_override=0), ValueError, "divisor_override"),
    "no channels": (lambda F: F.max_pool1d(tg.zeros(0, 10), 1), ValueError, "sizes are not 0, but for N"),
    "types": (lambda F: F.conv1d(tg.ones(1, 1, 4).long(), tg.ones(1, 1, 2)), TypeError, "of one type, got int64"),
    "linear integers": (lambda F: F.interpolate(picture(tg, 2, 2).long(), 3, mode="area"), TypeError, "got int64"),
    "averaged integers": (lambda F: F.adaptive_avg_pool2d(picture(tg, 2, 2).long(), 1), TypeError, "got int64"),
    "margin": (lambda F: F.triplet_margin_loss(*[tg.ones(2, 3)] * 3, margin=-1.0), ValueError, "margin > 0"),
    "bounds": (lambda F: F.hardtanh(tg.ones(2), 0.5, -0.5), ValueError, "min_val ≤ max_val"),
    "loss weight": (lambda F: F.mse_loss(tg.ones(2), tg.ones(2), weight=tg.ones(1)), ValueError, "expected a weight"),
    "integers": (lambda F: F.layer_norm(tg.arange(3), (3,)), TypeError, "layer_norm: expected floating-point"),
    "alpha": (lambda F: F.celu(tg.ones(2), 0.0), ValueError, "alpha that is not 0"),
    "output_size": (
        lambda F: tg.nn.ConvTranspose1d(1, 1, 3, stride=2)(tg.ones(1, 1, 3), output_size=(9,)),
        ValueError,
        "from .7. to .8.",
    ),
    "table": (lambda F: F.embedding(tg.tensor([0]), tg.ones(2, 2, 2)), ValueError, r"expected a weight \(K, D\)"),
    "eps": (lambda F: tg.nn.BatchNorm1d(2, eps=0.0)(tg.ones(3, 2)), ValueError, "eps > 0"),
    "circular": (lambda F: tg.nn.CircularPad1d(1)(picture(tg, 2, 2)), ValueError, "2 or 3 dimensions"),
    "hidden_size": (lambda F: tg.nn.GRU(3, 0), ValueError, "hidden_size of at least 1"),
    "bias": (lambda F: tg.nn.RNN(3, 4, bias="yes"), TypeError, "bias to be True or False"),
    "rnn type": (lambda F: tg.nn.GRU(3, 4).double()(tg.ones(2, 3)), ValueError, r"input\.to\(float64\)"),
    "volume": (lambda F: F.avg_pool3d(tg.ones(3, 3, 3), 2), ValueError, r"\(N, C, D, H, W\) or \(C, D, H, W\)"),
    "weight of a volume": (lambda F: F.conv3d(tg.ones(1, 1, 2, 2, 2), tg.ones(1, 1, 2)), ValueError, "kd, kh, kw"),
    "channels of a volume": (
        lambda F: F.conv3d(tg.ones(2, 3, 3, 3), tg.ones(1, 1, 2, 2, 2)),
        ValueError,
        r"2 channels.*\(N, 1, D, H, W\)",
    ),
    "lambd": (lambda F: F.softshrink(tg.ones(2), -1.0), ValueError, "lambd ≥ 0, got -1.0"),
    "shrunk integers": (lambda F: F.hardshrink(tg.ones(2).long()), TypeError, "hardshrink: expected floating-point"),
    "variances": (lambda F: F.gaussian_nll_loss(tg.ones(2), tg.ones(2), -1.0), ValueError, "variances ≥ 0, got -1.0"),
    "number of variances": (
        lambda F: F.gaussian_nll_loss(tg.ones(3, 2), tg.ones(3, 2), tg.ones(2)),
        ValueError,
        r"expected a var .*\(2,\)",
    ),
    "target of a mean": (lambda F: F.gaussian_nll_loss(tg.ones(3), tg.ones(2), 1.0), ValueError, "expected a target"),
    "power": (lambda F: F.multi_margin_loss(tg.ones(2, 3), tg.zeros(2).long(), p=3), ValueError, "p to be 1 or 2"),
    "power of a module": (lambda F: tg.nn.MultiMarginLoss(p=3), ValueError, "MultiMarginLoss: expected p"),
    "weight of a module": (lambda F: tg.nn.MultiMarginLoss(weight=tg.ones(1, 2)), ValueError, r"a weight \(K\)"),
    "no class": (lambda F: F.multi_margin_loss(tg.ones(1, 3), tg.tensor([3])), IndexError, "class index is 3"),
    "scores": (lambda F: F.multi_margin_loss(tg.ones(1, 2, 3), tg.tensor([3])), ValueError, r"scores \(N, K\)"),
    "no label": (lambda F: F.multilabel_margin_loss(tg.ones(3), tg.tensor([3, -1, 0])), IndexError, "expected -1 to 2"),
    "activation": (lambda F: tg.nn.TransformerDecoderLayer(4, 2, activation="tanh"), ValueError, "DecoderLayer.*gelu"),
    "batches": (
        lambda F: tg.nn.Transformer(4, 2, 1, 1, 3)(tg.ones(3, 2, 4), tg.ones(3, 1, 4)),
        RuntimeError,
        "2 and 1 with",
    ),
    "vectors": (
        lambda F: tg.nn.Transformer(4, 2, 1, 1, 3)(tg.ones(3, 2, 5), tg.ones(3, 2, 4)),
        RuntimeError,
        "=4, got 5",
    ),
    "projection": (lambda F: tg.nn.GRU(3, 4, proj_size=2), ValueError, "for an LSTM"),
}


def spelt(targets=((1, 2),), steps=(4,), sizes=(2,), shape=(4, 1, 3), **options):
    rows = [tg.tensor(x) for x in (targets, steps, sizes)]
    return tg.nn.functional.ctc_loss(tg.zeros(*shape).log_softmax(-1), *rows, **options)


MISTAKES |= {
    f"ctc: {message}": (lambda F, call=call: spelt(**call), error, message)
    for message, error, call in [
        ("log_probs .T, N, K.", ValueError, {"shape": (4, 1, 1, 3)}),
        ("not empty", ValueError, {"shape": (0, 1, 3)}),
        ("blank from 0 to 2, got 3", IndexError, {"blank": 3}),
        ("labels from 0 to 2 .*; got 3", IndexError, {"targets": [[1, 3]]}),
        ("not the blank, 1; got 1", IndexError, {"blank": 1}),
        ("1 input_lengths, one for each", ValueError, {"steps": [4, 4]}),
        ("input_lengths from 0 to 4, got 5 to 5", ValueError, {"steps": [5]}),
        ("target_lengths from 0, got -1", ValueError, {"sizes": [-1]}),
        ("targets .1, 3 or more.", ValueError, {"sizes": [3]}),
        ("2 labels, the sum of target_lengths, got 3", ValueError, {"targets": [1, 2, 1]}),
        ("integers as targets, got float32", TypeError, {"targets": [[1.0, 2.0]]}),
    ]
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered_by_name(name):
    call, error, message = MISTAKES[name]
    with pytest.raises(error, match=message):
        call(tg.nn.functional)
