"""Every module against PyTorch's: printing, state, outputs, gradients and second steps from PyTorch's own weights."""

import inspect

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch
torch.set_num_threads(1)  # the tensors are tiny; more threads only wait for each other


def signature_of(name):
    return inspect.signature(getattr(nn, name)).parameters


CAUSAL = np.triu(np.ones((4, 4), bool), 1)
PADDING = np.array([[False, False, False, True], [False, True, False, False]])


class Case:
    """A module by its arguments, and the shapes (or arrays) it is called on."""

    def __init__(self, *args, on, call=None, same_print=True, **options):
        self.args, self.on, self.call, self.same_print, self.options = args, on, call or {}, same_print, options

    def build(self, library, name):
        return getattr(library, name)(*self.args, **self.options)

    def __repr__(self):
        args = [getattr(x, "__name__", x) for x in self.args]  # a function's address differs in each process
        return " ".join(map(str, [*args, self.options or "", [getattr(x, "shape", x) for x in self.on]]))


def positive(shape):
    return np.random.default_rng(2).uniform(0.1, 2, shape)


def squash(x):
    return x.sigmoid()


VOLUME, IMAGE, ROWS, ROW = (2, 4, 3, 6, 5), (2, 4, 6, 7), (2, 4, 9), (3, 4)
SERIES, BATCH_FIRST = (5, 2, 3), (2, 5, 3)
SIGNS = np.array([1.0, -1.0, 1.0])
MODES = ("zeros", "reflect", "replicate", "circular")

CASES = {
    **{
        name: [Case(on=[ROW])]
        for name in (
            "ReLU", "Sigmoid", "Tanh", "ReLU6", "LeakyReLU", "ELU", "SELU", "CELU", "GELU", "SiLU", "Mish", "Softplus",
            "Softsign", "Hardtanh", "Hardsigmoid", "Hardswish", "LogSigmoid", "GLU", "PReLU", "Hardshrink",
            "Softshrink", "Tanhshrink",
        )
    },
    "Threshold": [Case(0.5, 20.0, on=[ROW])],
    "Softmax": [Case(dim=0, on=[ROW])],
    "Softmin": [Case(dim=1, on=[ROW])],
    "LogSoftmax": [Case(1, on=[ROW])],
    "Conv1d": [Case(4, 6, 3, padding="same", padding_mode=m, on=[ROWS]) for m in MODES]
    + [Case(4, 6, 2, 2, 1, 2, 2, bias=False, on=[ROWS])],
    "Conv2d": [Case(4, 6, (3, 2), padding=(1, 2), padding_mode=m, on=[IMAGE]) for m in MODES]
    + [Case(4, 8, 3, 2, 1, 2, 4, on=[IMAGE]), Case(4, 2, 4, padding="same", padding_mode="reflect", on=[IMAGE])],
    "Conv3d": [Case(4, 6, (2, 3, 2), padding=(1, 0, 1), padding_mode=m, on=[VOLUME]) for m in MODES]
    + [Case(4, 8, 2, 2, 1, (1, 2, 1), 4, on=[VOLUME]), Case(4, 2, (1, 2, 3), padding="same", on=[VOLUME[1:]])],
    "ConvTranspose1d": [Case(4, 6, 3, 2, 1, 1, 2, on=[ROWS])],
    "ConvTranspose2d": [Case(4, 6, 3, 2, 1, (1, 0), 2, False, on=[IMAGE]), Case(4, 3, 2, dilation=2, on=[IMAGE])],
    "ConvTranspose3d": [
        Case(4, 6, (2, 3, 1), 2, (0, 1, 0), (1, 0, 1), 2, on=[VOLUME]),
        Case(4, 3, 2, dilation=(1, 2, 1), on=[VOLUME[1:]]),
    ],
    "MaxPool1d": [Case(2, on=[ROWS]), Case(3, 2, 1, ceil_mode=True, on=[ROWS])],
    "MaxPool2d": [Case(2, on=[IMAGE]), Case((3, 2), 1, 1, 2, on=[IMAGE])],
    "MaxPool3d": [Case(2, on=[VOLUME]), Case((2, 3, 2), 1, 1, (1, 2, 1), ceil_mode=True, on=[VOLUME[1:]])],
    "AvgPool1d": [Case(2, on=[ROWS]), Case(3, 2, 1, on=[ROWS])],
    "AvgPool2d": [Case(2, on=[IMAGE]), Case(3, 2, 1, count_include_pad=False, on=[IMAGE])],
    "AvgPool3d": [
        Case(2, on=[VOLUME]), Case((3, 2, 2), 2, 1, True, False, on=[VOLUME]), Case(2, divisor_override=3, on=[VOLUME]),
    ],
    **{
        f"LPPool{n}d": [
            Case(2, 2, on=[positive(shape)]), Case(3.0, 3, 2, True, on=[positive(shape)]),
            Case(np.inf, 2, on=[shape]), Case(-np.inf, 2, on=[shape]),
        ]
        for n, shape in ((1, ROWS), (2, IMAGE), (3, VOLUME))
    },
    "AdaptiveAvgPool1d": [Case(4, on=[ROWS])],
    "AdaptiveAvgPool2d": [Case((None, 3), on=[IMAGE]), Case(1, on=[IMAGE])],
    "AdaptiveAvgPool3d": [Case((2, None, 3), on=[VOLUME]), Case(1, on=[VOLUME[1:]])],
    "AdaptiveMaxPool3d": [Case((2, None, 3), on=[VOLUME]), Case(2, on=[VOLUME[1:]])],
    "AdaptiveMaxPool1d": [Case(4, on=[ROWS])],
    "AdaptiveMaxPool2d": [Case((2, 3), on=[IMAGE])],
    "BatchNorm1d": [
        Case(4, on=[ROW]), Case(4, on=[ROWS]), Case(4, momentum=None, on=[ROW]), Case(4, affine=False, on=[ROW]),
        Case(4, track_running_stats=False, on=[ROW]),
    ],
    "BatchNorm2d": [Case(4, 0.1, 0.3, on=[IMAGE])],
    "BatchNorm3d": [Case(4, 0.1, 0.3, on=[VOLUME])],
    "InstanceNorm3d": [Case(4, affine=True, track_running_stats=True, on=[VOLUME]), Case(4, on=[VOLUME[1:]])],
    "InstanceNorm1d": [Case(4, on=[ROWS]), Case(4, affine=True, track_running_stats=True, on=[ROWS])],
    "InstanceNorm2d": [Case(4, on=[IMAGE])],
    "GroupNorm": [Case(2, 4, on=[IMAGE]), Case(4, 4, 0.1, False, on=[ROW])],
    "LayerNorm": [
        Case(7, on=[IMAGE]), Case((6, 7), 0.1, bias=False, on=[IMAGE]), Case(4, elementwise_affine=False, on=[ROW]),
    ],
    "RMSNorm": [Case(7, on=[IMAGE]), Case([6, 7], 0.1, on=[IMAGE])],
    "LocalResponseNorm": [Case(2, on=[IMAGE]), Case(3, 0.5, 0.5, 2.0, on=[IMAGE])],
    "Softmax2d": [Case(on=[IMAGE])],
    "Bilinear": [Case(4, 4, 5, on=[ROW, ROW]), Case(4, 4, 2, bias=False, on=[ROW, ROW])],
    "EmbeddingBag": [
        Case(5, 3, on=[np.array([[0, 4], [1, 1]])]),
        Case(5, 3, mode="sum", on=[np.array([0, 4, 1, 1])], call={"offsets": np.array([0, 1])}),
    ],
    "Embedding": [Case(5, 3, on=[np.array([[0, 4], [1, 1]])]), Case(5, 3, -4, on=[np.array([0, 4, 1, 1])])],
    **{
        name: [
            Case(3, 4, on=[SERIES]),
            Case(3, 4, 2, batch_first=True, bias=False, on=[BATCH_FIRST]),
            Case(3, 4, 2, bidirectional=True, on=[SERIES]),
            Case(3, 4, on=[(5, 3)]),
        ]
        for name in ("RNN", "GRU", "LSTM")
    },
    **{
        name: [Case(3, 4, on=[(2, 3)]), Case(3, 4, bias=False, on=[(3,)])]
        for name in ("RNNCell", "GRUCell", "LSTMCell")
    },
    "MultiheadAttention": [
        Case(6, 2, batch_first=True, on=[(2, 4, 6)] * 3, same_print=False),
        Case(6, 3, bias=False, on=[(4, 2, 6), (5, 2, 6), (5, 2, 6)], same_print=False),
        Case(6, 2, on=[(4, 6)] * 3, call={"attn_mask": CAUSAL, "is_causal": True}, same_print=False),
        Case(
            6, 2, on=[(4, 2, 6)] * 3, call={"key_padding_mask": PADDING, "attn_mask": CAUSAL}, same_print=False,
        ),
        Case(6, 2, on=[(4, 2, 6)] * 3, call={"attn_mask": np.linspace(-1, 1, 64).reshape(4, 4, 4)}, same_print=False),
        Case(
            6, 2, on=[(4, 2, 6)] * 3, call={"key_padding_mask": PADDING, "average_attn_weights": False},
            same_print=False,
        ),
        Case(6, 2, kdim=3, vdim=5, on=[(4, 2, 6), (5, 2, 3), (5, 2, 5)], same_print=False),
        Case(
            6, 2, add_bias_kv=True, add_zero_attn=True, on=[(4, 2, 6)] * 3,
            call={"key_padding_mask": PADDING, "attn_mask": CAUSAL}, same_print=False,
        ),
    ],
    "TransformerEncoderLayer": [
        Case(
            6, 2, 5, 0.0, batch_first=True, on=[(2, 4, 6)], call={"src_mask": CAUSAL, "is_causal": True},
            same_print=False,
        ),
        Case(6, 2, 5, 0.0, "gelu", norm_first=True, on=[(4, 2, 6)], same_print=False),
    ],
    "TransformerDecoderLayer": [
        Case(
            6, 2, 5, 0.0, batch_first=True, on=[(2, 4, 6), (2, 3, 6)], call={"tgt_mask": CAUSAL, "tgt_is_causal": True},
            same_print=False,
        ),
        Case(
            6, 2, 5, 0.0, squash, norm_first=True, bias=False, on=[(4, 2, 6), (3, 2, 6)],
            call={"memory_key_padding_mask": PADDING[:, :3], "tgt_key_padding_mask": PADDING}, same_print=False,
        ),
        Case(6, 2, 5, 0.0, "gelu", on=[(4, 6), (3, 6)], call={"memory_mask": CAUSAL[:, 1:]}, same_print=False),
    ],
    "Transformer": [
        Case(
            6, 2, 1, 2, 5, 0.0, "gelu", batch_first=True, on=[(2, 3, 6), (2, 4, 6)],
            call={"tgt_mask": CAUSAL, "tgt_is_causal": True, "src_key_padding_mask": PADDING[:, :3]}, same_print=False,
        ),
        Case(6, 3, 2, 1, 5, 0.0, norm_first=True, on=[(3, 6), (4, 6)], same_print=False),
    ],
    "Unflatten": [Case(1, (2, 2), on=[ROW])],
    "Flatten": [Case(on=[IMAGE])],
    "Upsample": [
        Case(scale_factor=2, on=[IMAGE]), Case((8, 9), mode="bilinear", align_corners=True, on=[IMAGE]),
        Case(scale_factor=1.5, mode="bicubic", on=[IMAGE]),
    ],
    "UpsamplingNearest2d": [Case(scale_factor=2, on=[IMAGE])],
    "UpsamplingBilinear2d": [Case((8, 9), on=[IMAGE])],
    "ConstantPad1d": [Case((1, 2), 3.5, on=[(2, 3, 5)])],
    "ConstantPad2d": [Case(1, -1.0, on=[IMAGE])],
    "ConstantPad3d": [Case((1, 2, 0, 1, 2, -1), -1.0, on=[VOLUME])],
    "PixelShuffle": [Case(2, on=[IMAGE])],
    "PixelUnshuffle": [Case(2, on=[(2, 3, 4, 6)])],
    "Unfold": [Case(2, stride=2, on=[IMAGE])],
    "Fold": [Case((4, 5), 2, on=[(2, 8, 12)])],
    **{
        f"{kind}Pad{n}d": [
            Case(2, on=[(2, 3, 5, 6, 4)[: n + 2]]), Case((1, 0, 2, 1, 0, 1)[: 2 * n], on=[(3, 5, 4, 3)[: n + 1]]),
        ]
        for kind in ("Zero", "Reflection", "Replication", "Circular")
        for n in (1, 2, 3)
    },
    "CosineSimilarity": [Case(dim=-1, on=[ROW, ROW])],
    "PairwiseDistance": [Case(keepdim=True, on=[ROW, ROW])],
    "SmoothL1Loss": [Case(beta=0.5, on=[ROW, ROW])],
    "HuberLoss": [Case(delta=0.5, reduction="sum", on=[ROW, ROW])],
    "KLDivLoss": [Case(reduction="batchmean", log_target=True, on=[ROW, ROW])],
    "MarginRankingLoss": [Case(0.5, on=[(3,), (3,), SIGNS])],
    "CosineEmbeddingLoss": [Case(0.1, on=[ROW, ROW, SIGNS])],
    "TripletMarginLoss": [Case(2.0, swap=True, on=[ROW, ROW, ROW])],
    "BCELoss": [Case(reduction="sum", on=[np.linspace(0.1, 0.9, 5), np.linspace(0.8, 0.2, 5)])],
}  # fmt: skip

ELSEWHERE = {
    "BCEWithLogitsLoss", "CTCLoss", "CrossEntropyLoss", "DataParallel", "Dropout", "Dropout1d", "Dropout2d",
    "Dropout3d", "GaussianNLLLoss", "HingeEmbeddingLoss", "Identity", "L1Loss", "Linear", "MSELoss", "Module",
    "ModuleDict", "ModuleList", "MultiLabelMarginLoss", "MultiLabelSoftMarginLoss", "MultiMarginLoss", "NLLLoss",
    "Parameter", "ParameterDict", "ParameterList", "PoissonNLLLoss", "Sequential", "SoftMarginLoss",
    "SumSquaredError", "TransformerDecoder", "TransformerEncoder", "functional", "init", "modules", "parallel",
    "utils",
}  # fmt: skip
"""Compared in test_losses_parity, test_layers_parity and test_parallel, or below; or ours alone."""


def flat(results):
    """Return the tensors among nested results, in order."""
    if isinstance(results, tuple | list):
        return [x for part in results for x in flat(part)]
    return [] if results is None else [results]


def run(library, module, case, values):
    """Call a module; return outputs, and gradients of inputs and parameters for random upstream gradients."""
    inputs = []
    for v in values:
        is_input = isinstance(v, np.ndarray) and v.dtype.kind == "f" and v is not SIGNS
        inputs.append(library.tensor(v, requires_grad=is_input))
    if "Attention" in type(module).__name__ and len(set(case.on)) == 1:  # attention to itself
        inputs = inputs[:1] * 3
    options = {k: library.tensor(v) if isinstance(v, np.ndarray) else v for k, v in case.call.items()}
    outputs = flat(module(*inputs, **options))
    rng = np.random.default_rng(1)
    total = sum((y * library.tensor(np.asarray(rng.normal(size=tuple(y.shape))))).sum() for y in outputs)
    total.backward()
    return outputs, [x.grad for x in (*inputs, *module.parameters()) if x.requires_grad]


@pytest.mark.parametrize(
    ("name", "case"), [(n, c) for n, cases in CASES.items() for c in cases], ids=lambda v: str(v).replace(" ", "-")
)
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths", "ignore:enable_nested_tensor")
def test_module(name, case):
    torch.manual_seed(0)
    theirs, ours = case.build(torch.nn, name).double(), case.build(nn, name).double()
    if case.same_print:
        assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    with torch.no_grad():
        for parameter in theirs.parameters():  # ones and zeros would hide mistakes
            parameter.add_(torch.rand_like(parameter))
    ours.load_state_dict({key: value.numpy() for key, value in theirs.state_dict().items()})
    rng = np.random.default_rng(0)
    for training in (True, True, False):
        ours.train(training)
        theirs.train(training)
        ours.zero_grad()
        theirs.zero_grad()
        values = [rng.uniform(-2, 2, v) if isinstance(v, tuple) else v for v in case.on]
        outcome, expected = run(tg, ours, case, values), run(torch, theirs, case, values)
        for kind, tolerance in ((0, 1e-10), (1, 1e-7 if name == "Hardsigmoid" else 1e-9)):
            for a, b in zip(outcome[kind], expected[kind], strict=True):
                assert tuple(a.shape) == tuple(b.shape)
                np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=tolerance, atol=tolerance / 10)
        for key, value in theirs.state_dict().items():
            np.testing.assert_allclose(ours.state_dict()[key].numpy(), value.numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", [n for n in CASES if all(isinstance(v, tuple) for v in CASES[n][0].on)])
@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_awkward_inputs(name):
    """Memory in another order changes nothing, float32 stays, and a batch of nothing does what PyTorch's does."""
    case = CASES[name][0]
    torch.manual_seed(0)
    theirs, ours = case.build(torch.nn, name).eval(), case.build(nn, name).eval()
    ours.load_state_dict({key: value.numpy() for key, value in theirs.state_dict().items()})
    options = {} if "mask" in str(case.call) else case.call
    values = [np.random.default_rng(i).uniform(-2, 2, shape).astype(np.float32) for i, shape in enumerate(case.on)]
    plain = flat(ours(*map(tg.tensor, values), **options))
    turned = flat(ours(*(tg.tensor(v.T.copy()).permute(*reversed(range(v.ndim))) for v in values), **options))
    for a, b in zip(plain, turned, strict=True):
        assert a.dtype == tg.float32
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-5, atol=1e-6)
    nothing = [v[:0] for v in values]
    try:
        expected = flat(theirs(*map(torch.tensor, nothing), **options))
    except (RuntimeError, ValueError, IndexError):
        return
    inputs = [tg.tensor(v, requires_grad=True) for v in nothing]
    outputs = flat(ours(*inputs, **options))
    if name != "PixelUnshuffle":  # PyTorch returns the input as it is
        assert [tuple(a.shape) for a in outputs] == [tuple(b.shape) for b in expected]
    sum(a.sum() for a in outputs).backward()
    assert all(x.grad is None or x.grad.shape == x.shape for x in inputs)


def test_every_module_is_compared():
    lazy = {name for name in nn.__all__ if name.startswith("Lazy")}  # in test_corners
    assert set(nn.__all__) == set(CASES) | ELSEWHERE | lazy


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("Conv2d", (16, 32, 3)), ("Conv1d", (16, 64, 5)), ("ConvTranspose2d", (32, 16, 3)), ("GRU", (8, 64)),
        ("LSTM", (8, 64)), ("Embedding", (300, 20)), ("MultiheadAttention", (48, 4)),
        ("Conv3d", (16, 32, 3)), ("ConvTranspose3d", (32, 16, 3)), ("Transformer", (48, 4, 1, 1, 64)),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_the_first_values_have_the_same_spread(name, args):
    tg.manual_seed(0)
    torch.manual_seed(0)
    ours, theirs = getattr(nn, name)(*args), getattr(torch.nn, name)(*args)
    for (key, a), b in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        a, b = a.detach().numpy(), b.detach().numpy()
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        if b.size > 100 and b.any():
            assert abs(a.std() / b.std() - 1) < 0.1, key
            assert abs(abs(a).max() / abs(b).max() - 1) < (0.2 if name == "Embedding" else 0.04), key


@pytest.mark.parametrize(
    ("name", "args"), [(name, cases[0].args) for name, cases in CASES.items() if "device" in signature_of(name)]
)
def test_layers_take_a_device_and_a_dtype(name, args):
    options = CASES[name][0].options
    layers = [
        getattr(lib.nn, name)(*args, **options, device=lib.device("cpu"), dtype=lib.float64) for lib in (tg, torch)
    ]
    ours, theirs = ([str(t.dtype).removeprefix("torch.") for t in layer.state_dict().values()] for layer in layers)
    assert ours == theirs
    assert "float32" not in ours
    with pytest.raises(ValueError, match="expected 'cpu', got 'cuda'"):
        getattr(nn, name)(*args, device="cuda")
    assert list(signature_of(name)).index("device") + 1 == list(signature_of(name)).index("dtype")


@pytest.mark.parametrize("kind", ["Encoder", "Decoder"])
@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_layers_of_a_transformer(kind):
    def build(nn):
        layer = getattr(nn, f"Transformer{kind}Layer")(6, 2, 5, 0.0, batch_first=True)
        return getattr(nn, f"Transformer{kind}")(layer, 2, nn.LayerNorm(6)).double()

    theirs, ours = build(torch.nn), build(nn)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict({key: value.numpy() for key, value in theirs.state_dict().items()})
    x = np.random.default_rng(0).normal(size=(2, 4, 6))
    causal = {"is_causal": True} if kind == "Encoder" else {"tgt_is_causal": True}
    y, z = (
        model(*[lib.tensor(x)] * (1 if kind == "Encoder" else 2), lib.tensor(CAUSAL), **causal)
        for lib, model in ((tg, ours), (torch, theirs))
    )
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-10)


def test_the_causal_mask():
    ours, theirs = (lib.nn.Transformer.generate_square_subsequent_mask(4) for lib in (tg, torch))
    assert ours.tolist() == theirs.tolist()
    assert ours.dtype == tg.float32


@pytest.mark.parametrize("mask", [np.eye(3) == 2, np.eye(3) == np.eye(3)[1], np.array([[0, -np.inf, 0]] * 3)])
@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # -∞ - -∞
def test_a_query_that_may_look_at_nothing(mask, need_weights):
    """NaN where the weights are asked for, else zeros; in PyTorch that is so, and here too."""
    theirs = torch.nn.MultiheadAttention(4, 2, batch_first=True).double()
    ours = nn.MultiheadAttention(4, 2, batch_first=True).double()
    ours.load_state_dict({key: value.numpy() for key, value in theirs.state_dict().items()})
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    options = {"need_weights": need_weights}
    padding = np.array([[True] * 3, [False] * 3])
    for name in ("attn_mask", "key_padding_mask"):
        values = mask if name == "attn_mask" else padding
        outcomes = []
        for library, layer in ((tg, ours), (torch, theirs)):
            z = library.tensor(x, requires_grad=True)
            y, weights = layer(z, z, z, **{name: library.tensor(values)}, **options)
            y.sum().backward()
            outcomes.append([t.detach().numpy() for t in (y, z.grad, *flat(weights))])
        for a, b in zip(*outcomes, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_a_series_goes_on_from_its_last_state(name):
    layer = getattr(nn, name)(3, 4, 2).double()
    x = tg.tensor(np.random.default_rng(0).normal(size=(6, 2, 3)))
    whole, last = layer(x)
    first, state = layer(x[:2])
    second, state = layer(x[2:], state)
    np.testing.assert_allclose(tg.cat([first, second]).detach().numpy(), whole.detach().numpy(), rtol=1e-12)
    for a, b in zip(flat(state), flat(last), strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12)
