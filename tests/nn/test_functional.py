"""The functions of nn.functional without PyTorch: awkward points, mistakes, second derivatives, types, chance."""

import math

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.autograd import gradcheck, gradgradcheck
from tinygrad_edu.nn import functional as F

rng = np.random.default_rng(0)


def random(*shape, dtype=tg.float64):
    return tg.tensor(rng.uniform(-2, 2, shape), dtype=dtype, requires_grad=True)


# name: (function, input, value, gradient of the sum)
POINTS = {
    "relu6 at 0 and 6": (F.relu6, [0.0, 6.0], [0.0, 6.0], [0.0, 0.0]),
    "hardtanh at its bounds": (F.hardtanh, [-1.0, 1.0], [-1.0, 1.0], [0.0, 0.0]),
    "leaky_relu at 0": (lambda x: F.leaky_relu(x, 0.2), [0.0], [0.0], [0.2]),
    "elu at 0": (F.elu, [0.0], [0.0], [1.0]),
    "selu at 0": (F.selu, [0.0], [0.0], [1.7580993408473766]),
    "celu at 0": (lambda x: F.celu(x, 2.0), [0.0], [0.0], [1.0]),
    "softplus above its threshold": (F.softplus, [25.0], [25.0], [1.0]),
    "logsigmoid far out": (F.logsigmoid, [-1000.0, 1000.0], [-1000.0, 0.0], [1.0, 0.0]),
    "binary_cross_entropy at 0 with target 1": (
        lambda x: F.binary_cross_entropy(x, tg.ones(1, dtype=tg.float64)), [0.0], 100.0, [-1e12],
    ),
    "max_pool of ties: the first": (
        lambda x: F.max_pool1d(x.reshape(1, 1, 4), 4), [1.0, 3.0, 3.0, 0.0], [[[3.0]]], [0.0, 1.0, 0.0, 0.0],
    ),
    "adaptive_max_pool of ties: the first": (
        lambda x: F.adaptive_max_pool1d(x.reshape(1, 1, 4), 1), [1.0, 3.0, 3.0, 0.0], [[[3.0]]], [0.0, 1.0, 0.0, 0.0],
    ),
    "normalize of zeros": (lambda x: F.normalize(x, dim=0), [0.0, 0.0], [0.0, 0.0], [1e12, 1e12]),
    "smooth_l1 at its bend": (lambda x: F.smooth_l1_loss(x, x.detach() * 0, reduction="sum"), [1.0], 0.5, [1.0]),
    "l1_loss at 0": (lambda x: F.l1_loss(x, x.detach(), reduction="sum"), [1.0], 0.0, [0.0]),
}  # fmt: skip


@pytest.mark.parametrize("name", POINTS)
def test_awkward_points(name):
    function, values, expected, gradient = POINTS[name]
    x = tg.tensor(values, dtype=tg.float64, requires_grad=True)
    y = function(x)
    y.sum().backward()
    np.testing.assert_allclose(y.detach().numpy(), expected, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(x.grad.numpy(), gradient, rtol=1e-12, atol=1e-300)


def test_a_query_that_may_look_at_nothing_gets_zeros_and_no_gradient():
    q, k, v = random(2, 3), random(4, 3), random(4, 5)
    mask = tg.tensor([[True, False, True, True], [False] * 4])
    y = F.scaled_dot_product_attention(q, k, v, mask)
    assert y[1].tolist() == [0.0] * 5
    y.sum().backward()
    assert q.grad[1].tolist() == [0.0] * 3
    assert np.isfinite(k.grad.numpy()).all()


@pytest.mark.parametrize("dtype", [tg.float32, tg.float64])
@pytest.mark.parametrize("booleans", [True, False])
def test_attention_with_scores_beyond_the_range_of_exp(dtype, booleans):
    q, k, v = tg.tensor([[1e3], [-1e3], [1e3]], dtype=dtype), tg.tensor([[1.0], [2.0], [3.0]], dtype=dtype), tg.eye(3)
    seen = tg.tensor([[True, True, False], [True, True, True], [False, False, False]])
    mask = seen if booleans else tg.where(seen, tg.tensor(0.0), tg.tensor(-math.inf))
    y = F.scaled_dot_product_attention(q, k, v, mask)
    assert y.tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]


def test_attention_with_a_mask_beyond_the_range_of_exp():
    q, k, v = tg.zeros(1, 1), tg.zeros(3, 1), tg.eye(3)
    assert F.scaled_dot_product_attention(q, k, v, tg.tensor([[1e3, -1e3, 0.0]])).tolist() == [[1, 0, 0]]
    assert F.scaled_dot_product_attention(q, k, v, tg.tensor([[-1e3, -2e3, -3e3]])).tolist() == [[1, 0, 0]]


def test_max_pool_hands_nan_on():
    x = tg.tensor([[[1.0, math.nan, 2.0, 3.0]]])
    y = F.max_pool1d(x, 2).numpy().ravel()
    assert np.isnan(y[0])
    assert y[1] == 3.0


MASK = np.array([[True, False, True], [True, True, False]])
TWICE = {
    "conv2d": (lambda x, w, b: F.conv2d(x, w, b, 2, 1), (1, 2, 3, 4), (2, 2, 2, 2), (2,)),
    "conv_transpose2d": (lambda x, w, b: F.conv_transpose2d(x, w, b, 2, 1, 1), (1, 2, 2, 2), (2, 1, 3, 3), (1,)),
    "max_pool2d": (lambda x: F.max_pool2d(x, 2, padding=1) ** 2, (1, 2, 3, 4)),
    "avg_pool2d": (lambda x: F.avg_pool2d(x, 2, padding=1, count_include_pad=False) ** 2, (1, 2, 3, 4)),
    "adaptive_avg_pool2d": (lambda x: F.adaptive_avg_pool2d(x, 2) ** 2, (1, 1, 3, 4)),
    "adaptive_max_pool2d": (lambda x: F.adaptive_max_pool2d(x, 2) ** 2, (1, 1, 3, 4)),
    "interpolate": (lambda x: F.interpolate(x, (3, 5), mode="bilinear") ** 2, (1, 1, 2, 3)),
    "batch_norm": (lambda x, w, b: F.batch_norm(x, None, None, w, b, True), (3, 2, 2), (2,), (2,)),
    "layer_norm": (lambda x, w: F.layer_norm(x, (3,), w), (2, 3), (3,)),
    "rms_norm": (lambda x, w: F.rms_norm(x, (3,), w), (2, 3), (3,)),
    "attention": (lambda q, k, v: F.scaled_dot_product_attention(q, k, v, tg.tensor(MASK)), (2, 3), (3, 3), (3, 2)),
    "prelu": (F.prelu, (2, 3), (3,)),
    "mish": (F.mish, (5,)),
    "glu": (F.glu, (2, 4)),
    "cosine_similarity": (F.cosine_similarity, (2, 3), (2, 3)),
    "embedding": (lambda w: F.embedding(tg.tensor([0, 1, 1]), w) ** 3, (3, 2)),
}


@pytest.mark.parametrize("name", TWICE)
def test_first_and_second_derivatives(name):
    function, *shapes = TWICE[name]
    inputs = [random(*shape) for shape in shapes]
    assert gradcheck(function, inputs)
    assert gradgradcheck(function, inputs)


SINGLE = {
    "conv2d": lambda x: F.conv2d(x, tg.ones(2, 3, 2, 2), tg.ones(2), padding="same"),
    "conv_transpose2d": lambda x: F.conv_transpose2d(x, tg.ones(3, 2, 2, 2)),
    "max_pool2d": lambda x: F.max_pool2d(x, 2, padding=1),
    "avg_pool2d": lambda x: F.avg_pool2d(x, 2, padding=1, count_include_pad=False),
    "adaptive_avg_pool2d": lambda x: F.adaptive_avg_pool2d(x, 3),
    "interpolate": lambda x: F.interpolate(x, scale_factor=1.5, mode="bilinear"),
    "batch_norm": lambda x: F.batch_norm(x, tg.zeros(3), tg.ones(3)),
    "instance_norm": lambda x: F.instance_norm(x),
    "group_norm": lambda x: F.group_norm(x, 3),
    "rms_norm": lambda x: F.rms_norm(x, [4]),
    "gelu": F.gelu,
    "logsigmoid": F.logsigmoid,
    "attention": lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True),
    "gru": lambda x: nn.GRU(4, 5)(x[0])[0],
    "lstm": lambda x: nn.LSTM(4, 5, batch_first=True)(x[0])[0],
    "multihead": lambda x: nn.MultiheadAttention(4, 2)(x[0], x[0], x[0], attn_mask=tg.zeros(3, 3).bool())[0],
    "dropout2d": lambda x: F.dropout2d(x),
    "pad": lambda x: F.pad(x, (1, 1), mode="reflect"),
    "bce": lambda x: F.binary_cross_entropy(F.sigmoid(x), x.detach() * 0 + 1),
    "kl_div": lambda x: F.kl_div(x, F.softmax(x, 1), reduction="batchmean"),
}


@pytest.mark.parametrize("name", SINGLE)
def test_float32_stays_float32(name):
    x = random(2, 3, 4, 4, dtype=tg.float32)
    y = SINGLE[name](x)
    assert y.dtype == tg.float32
    y.sum().backward()
    assert x.grad.dtype == tg.float32


def test_dropout2d_drops_whole_channels():
    generator = tg.Generator().manual_seed(0)
    x = tg.ones(50, 20, 3, 2, requires_grad=True)
    y = F.dropout2d(x, 0.25, generator=generator)
    of_a_channel = y.detach().numpy().reshape(1000, 6)
    assert ((of_a_channel == 0).all(1) | np.isclose(of_a_channel, 4 / 3).all(1)).all()
    assert 0.2 < (of_a_channel == 0).mean() < 0.3
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())
    assert F.dropout2d(x, 0.25, training=False) is x


@pytest.mark.parametrize(
    "name", ["relu6", "leaky_relu", "elu", "selu", "celu", "silu", "mish", "hardtanh", "hardswish"]
)
def test_in_place_is_the_same_in_the_input_s_own_memory(name):
    x = random(3, 4)
    function = getattr(F, name)
    plain = function(x * 1)
    own = x * 1
    result = function(own, inplace=True)
    assert result is own
    np.testing.assert_array_equal(result.detach().numpy(), plain.detach().numpy())
    plain.sum().backward()
    expected, x.grad = x.grad.numpy().copy(), None
    result.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-12)


def test_batch_norm_uses_the_batch_in_training_and_what_it_remembers_afterwards():
    layer = nn.BatchNorm1d(3)
    x = tg.randn(200, 3, generator=tg.Generator().manual_seed(0)) * 2 + 5
    for _ in range(100):
        y = layer(x)
    np.testing.assert_allclose(y.detach().numpy().mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(y.detach().numpy().std(0), 1, rtol=1e-3)
    assert layer.num_batches_tracked.item() == 100
    layer.eval()
    before = layer.running_mean.array.copy()
    np.testing.assert_allclose(layer(x[:1]).detach().numpy(), y[:1].detach().numpy(), atol=0.02)
    np.testing.assert_array_equal(layer.running_mean.array, before)
    layer.reset_running_stats()
    assert layer.running_var.tolist() == [1.0] * 3


def test_dropout_between_layers_only_in_training():
    layer = nn.GRU(3, 4, 2, dropout=0.5, generator=tg.Generator().manual_seed(0))
    x = tg.ones(5, 2, 3)
    assert layer(x)[0].tolist() != layer(x)[0].tolist()
    layer.eval()
    assert layer(x)[0].tolist() == layer(x)[0].tolist()


IMAGE, KERNEL = tg.ones(2, 3, 5, 5), tg.ones(2, 3, 3, 3)
MISTAKES = {
    "channels": (lambda: F.conv2d(IMAGE, tg.ones(2, 4, 3, 3)), ValueError, "convolution.*3 channels in 1 groups"),
    "weight": (lambda: F.conv2d(IMAGE, tg.ones(2, 3, 3)), ValueError, r"conv2d: expected a weight .*\(2, 3, 3\)"),
    "too large": (lambda: F.conv2d(IMAGE, tg.ones(2, 3, 7, 7)), ValueError, "does not fit into"),
    "no image": (lambda: F.conv2d(tg.ones(5, 5), KERNEL), ValueError, r"expected an input \(N, C, H, W\)"),
    "same with stride": (lambda: F.conv2d(IMAGE, KERNEL, stride=2, padding="same"), ValueError, "stride of 1"),
    "padding": (lambda: F.conv2d(IMAGE, KERNEL, padding="full"), ValueError, '"valid" or "same"'),
    "float stride": (lambda: F.conv2d(IMAGE, KERNEL, stride=1.5), TypeError, "stride to be a whole number"),
    "output_padding": (
        lambda: F.conv_transpose2d(IMAGE, tg.ones(3, 2, 3, 3), output_padding=1), ValueError, "less than stride",
    ),
    "groups": (lambda: nn.Conv2d(3, 4, 3, groups=2), ValueError, "Conv2d: expected channels that are multiples"),
    "padding_mode": (lambda: nn.Conv2d(3, 4, 3, padding_mode="mirror"), ValueError, "one of zeros, reflect"),
    "pool padding": (lambda: F.max_pool2d(IMAGE, 2, padding=2), ValueError, "at most half of kernel_size=2"),
    "embedding of floats": (lambda: F.embedding(tg.ones(2), tg.ones(3, 2)), TypeError, r"input\.long\(\)"),
    "embedding index": (lambda: F.embedding(tg.tensor([3]), tg.ones(3, 2)), IndexError, "from 0 to 2, got 3 to 3"),
    "batch of one": (lambda: nn.BatchNorm1d(3)(tg.ones(1, 3)), ValueError, r"larger batch, or eval\(\)"),
    "batch norm shape": (lambda: nn.BatchNorm2d(3)(tg.ones(2, 3)), ValueError, r"\(N, C, H, W\) with C = 3"),
    "layer norm shape": (lambda: nn.LayerNorm(4)(tg.ones(2, 3)), ValueError, "layer_norm: expected an input of shape"),
    "group norm": (lambda: nn.GroupNorm(2, 3), ValueError, "multiple of 2 groups"),
    "heads": (lambda: nn.MultiheadAttention(5, 2), ValueError, "multiple of 2 heads, got 5"),
    "causal and mask": (
        lambda: F.scaled_dot_product_attention(IMAGE, IMAGE, IMAGE, tg.ones(5, 5), is_causal=True),
        ValueError,
        "got both",
    ),
    "rnn input": (lambda: nn.GRU(3, 4)(tg.ones(2, 5, 2)), ValueError, "GRU: expected an input of 2 or 3 dimensions"),
    "rnn state": (lambda: nn.GRU(3, 4)(tg.ones(2, 5, 3), tg.ones(1, 2, 4)), ValueError, r"state of shape \(1, 5, 4\)"),
    "nonlinearity": (lambda: nn.RNN(3, 4, nonlinearity="relu6"), ValueError, '"tanh" or "relu"'),
    "pad mode": (lambda: F.pad(IMAGE, (1, 1), mode="edge"), ValueError, "one of constant, reflect"),
    "reflect": (lambda: F.pad(IMAGE, (5, 0), mode="reflect"), ValueError, "border of 5 .* expected at most 4"),
    "interpolate mode": (lambda: F.interpolate(IMAGE, 3, mode="cubic"), ValueError, "and area.*got 'cubic'"),
    "interpolate corners": (lambda: F.interpolate(IMAGE, 3, mode="area", align_corners=True), ValueError, "linear and"),
    "embedding_bag mode": (lambda: F.embedding_bag(tg.arange(2), tg.ones(3, 1), mode="min"), ValueError, "got 'min'"),
    "embedding_bag offsets": (lambda: F.embedding_bag(tg.arange(2), tg.ones(3, 1)), ValueError, "without offsets"),
    "local_response_norm": (lambda: F.local_response_norm(tg.ones(2, 3), 2), ValueError, r"\(N, C, …\), got shape"),
    "interpolate size": (lambda: F.interpolate(IMAGE), ValueError, "either size or scale_factor"),
    "pixel_shuffle": (lambda: F.pixel_shuffle(IMAGE, 2), ValueError, "multiple of 4 channels"),
    "fold": (lambda: F.fold(tg.ones(1, 4, 5), 3, 2), ValueError, r"expected columns \(N, a multiple of 4, 4\)"),
    "probabilities": (lambda: F.binary_cross_entropy(tg.ones(2) * 2, tg.ones(2)), ValueError, "_with_logits"),
    "glu": (lambda: F.glu(tg.ones(2, 3)), ValueError, "even size"),
    "prelu": (lambda: F.prelu(IMAGE, tg.ones(2)), ValueError, "1 weight or one for each of 3 channels"),
    "delta": (lambda: F.huber_loss(IMAGE, IMAGE, delta=0), ValueError, "delta > 0"),
    "cosine_embedding": (
        lambda: F.cosine_embedding_loss(tg.ones(2, 3), tg.ones(2, 3), tg.ones(3)), ValueError, r"a target \(N\)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered_by_name(name):
    call, error, message = MISTAKES[name]
    with pytest.raises(error, match=message):
        call()
