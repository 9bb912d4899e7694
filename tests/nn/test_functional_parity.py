"""Every function of nn.functional against PyTorch's, over a table of options: values and gradients in float64."""

import itertools
import math

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.nn import functional

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch
torch.set_num_threads(1)  # the tensors are tiny; more threads only wait for each other


class Case:
    """Arguments of a function. A tuple of sizes as an argument stands for random numbers, an array for itself."""

    def __init__(self, *args, low=-2.0, high=2.0, **options):
        self.args, self.low, self.high, self.options = args, low, high, options

    def draw(self, rng):
        return [rng.uniform(self.low, self.high, a) if isinstance(a, tuple) else a for a in self.args]

    def __repr__(self):
        words = [repr(a) if isinstance(a, tuple) else type(a).__name__ for a in self.args]
        options = [f"{k}={'array' if isinstance(v, np.ndarray) else v}" for k, v in self.options.items()]
        return " ".join([*words, *options])


def table(*args, **options):
    """One case for each combination of options."""
    return [Case(*args, **dict(zip(options, v, strict=True))) for v in itertools.product(*options.values())]


WIDE = [Case((3, 4), low=-9, high=9), Case(())]
KINKS = Case(np.array([-3.0, -1.0, 0.0, 1.0, 3.0, 6.0]))
REDUCTIONS = ("mean", "sum", "none")
INDICES = np.array([[0, 3, 3], [1, 0, 4]])
SIGNS = np.array([1.0, -1.0, 1.0, -1.0])
MASK = np.array([[True, False, True, True], [False, True, False, True], [True, True, True, False]])

CASES = {
    **{
        name: [*WIDE, KINKS]
        for name in (
            "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "softplus", "softsign",
            "hardtanh", "logsigmoid", "hardshrink", "softshrink", "tanhshrink",
        )
    },
    # PyTorch's slopes of these at the bends are 0 as well, and are in the kinks of +-3.
    "hardsigmoid": [*WIDE, KINKS],
    "hardswish": [*WIDE, Case(np.array([-4.0, -1.0, 0.0, 1.0, 4.0]))],
    "threshold": [*table((3, 4), threshold=(-0.5, 1), value=(20.0, -1)), Case(KINKS.args[0], threshold=1.0, value=0.0)],
    "glu": [Case((3, 4)), Case((4, 3), dim=0), Case((2, 6, 3), dim=1)],
    "prelu": [
        Case((3, 4), (1,)), Case((3, 4), (4,)), Case((2, 3, 4, 2), (3,)), Case((2, 3, 4), (1,)), Case((5,), (1,)),
    ],
    "conv2d": [
        *table((2, 4, 7, 8), (6, 2, 3, 2), (6,), stride=(1, (2, 3)), padding=(0, (1, 2)), dilation=(1, 2), groups=(2,)),
        *table((1, 3, 6, 7), (2, 3, 2, 4), padding=("valid", "same"), dilation=(1, 2)),
        Case((3, 5, 5), (2, 3, 3, 3), (2,)),
        Case((2, 3, 4, 4), (3, 1, 2, 2), groups=3),
    ],
    "conv1d": [
        *table((2, 4, 9), (6, 2, 3), (6,), stride=(1, 2), padding=(0, 2), dilation=(1, 2), groups=(2,)),
        *table((1, 3, 6), (2, 3, 4), padding=("valid", "same")),
        Case((3, 5), (2, 3, 3)),
    ],
    "conv3d": [
        *table(
            (2, 4, 4, 5, 6), (6, 2, 2, 3, 2), (6,), stride=(1, (2, 1, 2)), padding=(0, (1, 2, 0)),
            dilation=(1, (2, 1, 1)), groups=(2,),
        ),
        *table((1, 3, 4, 5, 3), (2, 3, 2, 3, 1), padding=("valid", "same")),
        Case((3, 4, 3, 5), (2, 3, 3, 3, 2), (2,)),
    ],
    "conv_transpose2d": [
        *table((2, 4, 3, 4), (4, 3, 2, 3), (6,), stride=(2, (1, 3)), padding=(0, 1), dilation=(1, 2), groups=(2,)),
        Case((1, 2, 3, 3), (2, 3, 3, 3), stride=2, padding=1, output_padding=1),
        Case((2, 3, 3), (2, 3, 3, 3), (3,), stride=(2, 3), output_padding=(1, 2)),
    ],
    "conv_transpose1d": [
        *table((2, 4, 3), (4, 3, 2), (6,), stride=(1, 2), padding=(0, 1), dilation=(1, 3), groups=(2,)),
        Case((2, 3), (2, 3, 3), stride=2, padding=1, output_padding=1),
    ],
    "conv_transpose3d": [
        *table(
            (2, 4, 2, 3, 4), (4, 3, 2, 1, 3), (6,), stride=(2, (1, 2, 3)), padding=(0, (1, 0, 1)), dilation=(1, 2),
            groups=(2,),
        ),
        Case((2, 3, 2, 3), (2, 3, 3, 2, 3), stride=2, padding=(1, 0, 1), output_padding=(1, 0, 1)),
    ],
    "max_pool2d": [
        *table((2, 3, 7, 8), kernel_size=(2, (3, 2)), stride=(None, (2, 1)), padding=(0, 1), ceil_mode=(False, True)),
        Case((1, 2, 9, 9), kernel_size=3, stride=2, dilation=2, padding=1),
        Case((2, 5, 6), kernel_size=2),
        Case(np.zeros((1, 1, 4, 4)), kernel_size=3, stride=1, padding=1),
    ],
    "max_pool1d": table((2, 3, 9), kernel_size=(2, 3), stride=(None, 2), padding=(0, 1), ceil_mode=(False, True)),
    "max_pool3d": [
        *table(
            (2, 3, 4, 5, 6), kernel_size=(2, (2, 3, 2)), stride=(None, (1, 2, 1)), padding=(0, 1),
            ceil_mode=(False, True),
        ),
        Case((1, 5, 9, 6), kernel_size=(2, 3, 2), stride=2, dilation=(1, 2, 3), padding=1),
        Case(np.zeros((1, 1, 3, 3, 3)), kernel_size=3, stride=1, padding=1),
    ],
    "avg_pool2d": [
        *table(
            (2, 3, 7, 8), kernel_size=(2, (3, 2)), stride=(None, (2, 3)), padding=(0, 1), ceil_mode=(False, True),
            count_include_pad=(True, False),
        ),
        Case((2, 5, 6), kernel_size=2, divisor_override=3),
    ],
    "avg_pool3d": [
        *table(
            (2, 3, 4, 5, 6), kernel_size=(2, (1, 3, 2)), padding=((0, 0, 0), (0, 1, 1)), ceil_mode=(False, True),
            count_include_pad=(True, False),
        ),
        Case((3, 4, 5, 4), kernel_size=2, stride=(1, 2, 3), divisor_override=3),
    ],
    **{
        f"lp_pool{n}d": [
            *table(
                (2, 3, 5, 6, 4)[: n + 2], low=(0.1,), norm_type=(1, 2.0, 3), kernel_size=(2, 3), stride=(None, 1),
                ceil_mode=(False, True),
            ),
            *table((3, 5, 6, 4)[: n + 1], norm_type=(2, math.inf, -math.inf), kernel_size=(2,)),
            Case(np.zeros((1, 2, 2, 2)[: n + 1]), norm_type=2.0, kernel_size=2),
        ]
        for n in (1, 2, 3)
    },
    "avg_pool1d": table(
        (2, 3, 9), kernel_size=(2, 4), stride=(None, 3), padding=(0, 1), ceil_mode=(False, True),
        count_include_pad=(True, False),
    ),
    **{
        name: [Case((2, 3, 7, 5), output_size=size) for size in (1, 3, (2, 5), (None, 4), (7, 5), 8)]
        + [Case((3, 6, 6), output_size=3)]
        for name in ("adaptive_avg_pool2d", "adaptive_max_pool2d")
    },
    **{
        name: [Case((2, 3, 7), output_size=size) for size in (1, 3, 7)] + [Case((3, 6), output_size=4)]
        for name in ("adaptive_avg_pool1d", "adaptive_max_pool1d")
    },
    **{
        name: [Case((2, 3, 4, 5, 3), output_size=size) for size in (1, (2, 5, 3), (None, 4, 1), 6)]
        + [Case((3, 6, 4, 5), output_size=3)]
        for name in ("adaptive_avg_pool3d", "adaptive_max_pool3d")
    },
    "unfold": [
        *table((2, 3, 6, 7), kernel_size=(2, (3, 2)), dilation=(1, 2), padding=(0, (1, 2)), stride=(1, (2, 3))),
        Case((3, 4, 4), kernel_size=2),
    ],
    "fold": [
        Case((2, 12, 20), output_size=(5, 6), kernel_size=2),
        Case((2, 12, 12), output_size=(5, 6), kernel_size=(2, 3), padding=(1, 0), stride=(2, 1)),
        Case((4, 9), output_size=4, kernel_size=2),
    ],
    "interpolate": [
        *[Case((2, 3, 4, 5), size=size) for size in ((8, 10), (3, 7), 2, (4, 5))],
        *[Case((2, 3, 4, 5), scale_factor=f) for f in (2, 1.5, (2.0, 0.5), 0.7)],
        Case((2, 3, 5), scale_factor=2.0),
        *table((2, 3, 4, 5), size=((8, 9), (3, 7), 1), mode=("bilinear",), align_corners=(False, True)),
        *table((2, 3, 4, 5), scale_factor=(2, 1.7, 0.6), mode=("bilinear",), align_corners=(False, True)),
        *table((2, 3, 5), size=(8, 3), mode=("linear",), align_corners=(False, True)),
        *table((2, 3, 4, 5), size=((8, 9), (3, 7), 1), mode=("bicubic",), align_corners=(False, True)),
        *table((2, 3, 4, 5), scale_factor=(2, 1.7, 0.6), mode=("bicubic",), align_corners=(False, True)),
        *table((2, 3, 4, 5), size=((8, 9), (3, 7), 1), mode=("area", "nearest-exact")),
        *table((2, 3, 5), scale_factor=(2, 1.7, 0.6), mode=("area", "nearest-exact")),
        Case((2, 3, 5), scale_factor=1.7, mode="linear", recompute_scale_factor=True),
    ],
    "local_response_norm": [
        *table((2, 5, 3, 2), size=(1, 2, 3), alpha=(1e-4, 0.5)), Case((2, 4, 3), 2, beta=1.5, k=2.0),
    ],
    "pixel_shuffle": [Case((2, 12, 3, 4), upscale_factor=2), Case((9, 2, 2), upscale_factor=3)],
    "pixel_unshuffle": [Case((2, 3, 4, 6), downscale_factor=2)],
    "pad": [
        *[Case((2, 3, 4, 5), pad=(2, 1, 1, 3), mode=mode) for mode in ("constant", "reflect", "replicate", "circular")],
        *[Case((2, 3, 4), pad=(0, 3), mode=mode) for mode in ("constant", "reflect", "replicate", "circular")],
        *table((2, 3, 4, 5, 2), pad=((1, 0, 2, 1, 1, 3),), mode=("constant", "reflect", "replicate", "circular")),
        *[Case((2, 1, 1, 1), pad=(1, 1, 1, 0), mode=mode) for mode in ("constant", "replicate", "circular")],
        Case((2, 3), pad=(1, 2), value=1.5),
        Case((2, 3, 5), pad=(-1, 2, 0, -2)),
    ],
    "embedding": [Case(INDICES, (5, 3)), Case(INDICES, (5, 3), padding_idx=3), Case(INDICES, (5, 3), padding_idx=-5)],
    "embedding_bag": [
        *table(INDICES, (5, 3), mode=("mean", "sum"), padding_idx=(None, 3, -5)),
        *table(INDICES[0], (5, 3), offsets=(np.array([0, 1, 1]),), mode=("mean", "sum")),
        Case(INDICES[0], (5, 3), offsets=np.array([0, 2, 3]), mode="sum", include_last_offset=True),
        Case(INDICES, (5, 3), mode="sum", per_sample_weights=np.linspace(-1, 1, 6).reshape(2, 3)),
    ],
    "bilinear": [Case((3, 4), (3, 2), (5, 4, 2), (5,)), Case((2, 3, 4), (2, 3, 2), (5, 4, 2))],
    "batch_norm": [
        Case((5, 3), None, None, (3,), (3,), training=True),
        Case((4, 3, 5), None, None, (3,), (3,), training=True, eps=0.1),
        Case((2, 3, 4, 5), None, None, (3,), (3,), training=True),
        Case((2, 3, 4, 5), np.arange(3.0), np.arange(1.0, 4.0), (3,), (3,)),
        Case((4, 3), np.arange(3.0), np.arange(1.0, 4.0)),
    ],
    "layer_norm": [
        Case((2, 3, 4), [4], (4,), (4,)),
        Case((2, 3, 4), [3, 4], (3, 4), (3, 4), eps=0.1),
        Case((2, 4), [4]),
    ],
    "group_norm": [
        Case((2, 6, 4, 3), 3, (6,), (6,)), Case((2, 6, 5), 1), Case((3, 4), 2, (4,), (4,), eps=0.1),
    ],
    "instance_norm": [
        Case((2, 3, 4, 5), None, None, (3,), (3,)),
        Case((2, 3, 5), eps=0.1),
        Case((2, 3, 5), np.arange(3.0), np.arange(1.0, 4.0), use_input_stats=False),
    ],
    "rms_norm": [Case((2, 3, 4), [4], (4,)), Case((2, 3, 4), [3, 4]), Case((2, 4), [4], (4,), eps=0.1)],
    "normalize": [*table((3, 4, 2), p=(1.0, 2.0, 3.0), dim=(1, -1)), Case(np.zeros((2, 3)))],
    "cosine_similarity": [Case((3, 4), (3, 4)), Case((3, 4, 2), (4, 2), dim=0), Case(np.zeros((2, 3)), (2, 3))],
    "pairwise_distance": [
        *table((3, 4), (3, 4), p=(1.0, 2.0, 3.0, math.inf), keepdim=(False, True)), Case((4,), (3, 4)),
    ],
    "scaled_dot_product_attention": [
        Case((2, 3, 5), (2, 4, 5), (2, 4, 6)),
        Case((2, 2, 3, 5), (2, 2, 3, 5), (2, 2, 3, 5), is_causal=True),
        Case((3, 5), (4, 5), (4, 6), attn_mask=MASK, scale=0.3),
        Case((2, 3, 5), (2, 4, 5), (2, 4, 6), (3, 4)),
        Case((3, 5), (4, 5), (4, 6), np.array([[0.0, -np.inf, 1.0, 2.0], [-np.inf] * 4, [0.0] * 4])),
        Case((3, 5), (4, 5), (4, 6), attn_mask=MASK & [[True], [False], [True]]),
    ],
    "mse_loss": table((3, 4), (3, 4), reduction=REDUCTIONS),
    "l1_loss": table((3, 4), (3, 4), reduction=REDUCTIONS),
    "smooth_l1_loss": [
        *table((3, 4), (3, 4), reduction=REDUCTIONS, beta=(0.0, 0.5, 1.0)), Case(np.arange(3.0), np.ones(3)),
    ],
    "huber_loss": [*table((3, 4), (3, 4), reduction=REDUCTIONS, delta=(0.5, 1.0)), Case(np.arange(3.0), np.ones(3))],
    "binary_cross_entropy": [
        *table((3, 4), (3, 4), low=(0.05,), high=(0.95,), reduction=REDUCTIONS),
        Case((3, 4), (3, 4), low=0.05, high=0.95, weight=np.linspace(0.5, 2, 4)),
    ],
    "kl_div": [
        *table(
            (3, 4), (3, 4), low=(0.05,), high=(0.95,), reduction=(*REDUCTIONS, "batchmean"), log_target=(False, True),
        ),
        Case((2, 2), target=np.array([[0.0, 1.0], [0.5, 0.5]])),
    ],
    "triplet_margin_loss": [
        *table((4, 3), (4, 3), (4, 3), reduction=REDUCTIONS, p=(1.0, 2.0), swap=(False, True)),
        Case((3,), (3,), (3,), margin=3.0),
    ],
    "cosine_embedding_loss": [
        *[Case((4, 3), (4, 3), SIGNS, reduction=r, margin=m) for r in REDUCTIONS for m in (0.0, 0.5)],
        Case((3,), (3,), np.array(-1.0)),
    ],
    "margin_ranking_loss": [Case((4,), (4,), SIGNS, reduction=r, margin=m) for r in REDUCTIONS for m in (0.0, 0.5)],
    "softmax": [Case((3, 4), dim=0), Case((3, 4), dim=-1)],
    "softmin": [Case((3, 4), dim=0), Case((3, 4), dim=-1)],
    "log_softmax": [Case((3, 4), dim=0), Case((3, 4), dim=-1)],
    "linear": [Case((3, 4), (2, 4), (2,)), Case((2, 3, 4), (2, 4))],
    "sigmoid": WIDE,
    "tanh": WIDE,
}  # fmt: skip

ELSEWHERE = {
    "binary_cross_entropy_with_logits", "cross_entropy", "ctc_loss", "gaussian_nll_loss", "hinge_embedding_loss",
    "multi_margin_loss", "multilabel_margin_loss", "multilabel_soft_margin_loss", "nll_loss", "one_hot",
    "poisson_nll_loss", "soft_margin_loss", "sum_squared_error",
}  # fmt: skip
"""Ours alone, or compared in test_losses_parity and test_layers_parity."""
DRAWN = {"dropout", "dropout1d", "dropout2d", "dropout3d"}

ROUGH = {"hardsigmoid": 1e-7}  # PyTorch's slope is 1/6 as a float32, in float64 too

NO_TARGET_GRADIENT = {"cosine_embedding_loss", "margin_ranking_loss"}  # the target is a sign


def both(value, trainable):
    """Return an argument for us and for PyTorch."""
    if not isinstance(value, np.ndarray):
        return value, value
    wants = trainable and value.dtype.kind == "f"
    return tg.tensor(value, requires_grad=wants), torch.tensor(value, requires_grad=wants)


def check(name, case, modify=lambda ours, theirs: (ours, theirs)):
    values = case.draw(np.random.default_rng(0))
    constants = {"batch_norm": (1, 2), "instance_norm": (1, 2)}.get(name, (2,) if name in NO_TARGET_GRADIENT else ())
    pairs = [both(np.asarray(v) if isinstance(v, float) else v, i not in constants) for i, v in enumerate(values)]
    options = {k: both(v, False) for k, v in case.options.items()}
    f, g = getattr(functional, name), getattr(torch.nn.functional, name)
    y = f(*(a for a, _ in pairs), **{k: a for k, (a, _) in options.items()})
    z = g(*(b for _, b in pairs), **{k: b for k, (_, b) in options.items()})
    assert tuple(y.shape) == tuple(z.shape)
    assert y.dtype == np.float64
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-10, atol=1e-12)
    upstream = np.random.default_rng(1).normal(size=y.shape)
    y.backward(tg.tensor(np.asarray(upstream)))
    z.backward(torch.tensor(upstream))
    for a, b in pairs:
        if isinstance(a, tg.Tensor) and a.requires_grad:
            theirs = np.zeros(a.shape) if b.grad is None else b.grad.numpy()
            np.testing.assert_allclose(a.grad.numpy(), theirs, rtol=ROUGH.get(name, 1e-9), atol=1e-11)


@pytest.mark.parametrize(
    ("name", "case"), [(n, c) for n, cases in CASES.items() for c in cases], ids=lambda v: str(v).replace(" ", "-")
)
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths", "ignore:reduction. 'mean' divides")
def test_value_and_gradients(name, case):
    check(name, case)


def test_every_function_is_compared():
    assert set(functional.__all__) == set(CASES) | ELSEWHERE | DRAWN


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("kind", ["max_pool", "adaptive_max_pool"])
@pytest.mark.parametrize("padding", [0, 1])
def test_where_the_largest_elements_stand(kind, n, padding):
    name = f"{kind}{n}d"
    x = np.random.default_rng(0).integers(0, 4, (2, 3, 7, 6, 5)[: n + 2]).astype(float)  # with ties
    options = (
        {"output_size": (3, 4, 2)[:n]}
        if "adaptive" in name
        else {"kernel_size": 2, "stride": 2, "padding": padding, "dilation": 2}
    )
    ours = getattr(functional, name)(tg.tensor(x), **options, return_indices=True)
    theirs = getattr(torch.nn.functional, name)(torch.tensor(x), **options, return_indices=True)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


@pytest.mark.parametrize("shape", [(5, 3), (4, 3, 2), (2, 3, 4, 2)], ids=str)
@pytest.mark.parametrize("name", ["batch_norm", "instance_norm"])
def test_running_statistics(name, shape):
    if name == "instance_norm" and len(shape) == 2:
        return
    x = np.random.default_rng(0).normal(size=shape)
    kept = []
    for lib, F in ((tg, functional), (torch, torch.nn.functional)):
        mean, var = lib.tensor(np.arange(3.0)), lib.tensor(np.arange(1.0, 4.0))
        getattr(F, name)(lib.tensor(x), mean, var, **({"training": True} if name == "batch_norm" else {}), momentum=0.3)
        kept.append((mean.numpy(), var.numpy()))
    np.testing.assert_allclose(kept[0], kept[1], rtol=1e-12)


def test_binary_cross_entropy_where_the_logarithm_is_limited():
    p, t = np.array([0.0, 0.0, 1.0, 1.0, 0.5]), np.array([1.0, 0.0, 0.0, 1.0, 0.3])
    a, b = tg.tensor(p, requires_grad=True), torch.tensor(p, requires_grad=True)
    y = functional.binary_cross_entropy(a, tg.tensor(t), reduction="none")
    z = torch.nn.functional.binary_cross_entropy(b, torch.tensor(t), reduction="none")
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-12)
    assert y.tolist()[0] == 100.0
    y.sum().backward()
    z.sum().backward()
    np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-8)  # PyTorch's 1e-12 is a float32
