"""Every module against PyTorch's: printing, state, outputs, gradients and second steps from PyTorch's own weights."""

import inspect

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.nn.module_cases import CASES, CAUSAL, SIGNS
from tinygrad_edu import nn

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch
torch.set_num_threads(1)  # the tensors are tiny; more threads only wait for each other


def signature_of(name):
    return inspect.signature(getattr(nn, name)).parameters


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
