"""Modules taken from PyTorch and back: the same outputs, and clear words about what cannot be carried over."""

import copy

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.nn.module_cases import CASES, Case, squash
from tests.nn.test_modules_parity import flat
from tinygrad_edu import nn
from tinygrad_edu.interop.torch import from_torch, to_torch

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch

ROW, MORE = (3, 4), (2, 4, 6, 7)
TABLE = {
    **CASES,
    "Linear": [Case(4, 5, on=[ROW]), Case(4, 5, bias=False, on=[ROW])],
    "Identity": [Case(on=[ROW])],
    **{f"Dropout{kind}": [Case(0.3, on=[ROW if kind == "" else MORE])] for kind in ("", "2d", "3d")},
    **{name: [Case(on=[ROW, ROW])] for name in ("MSELoss", "L1Loss")},
    "BCEWithLogitsLoss": [Case(on=[np.linspace(-1, 1, 5), np.linspace(0.8, 0.2, 5)])],
    "CrossEntropyLoss": [Case(label_smoothing=0.1, on=[ROW, np.array([0, 3, 1])])],
    "NLLLoss": [Case(reduction="sum", on=[ROW, np.array([0, 3, 1])])],
    "MultiMarginLoss": [Case(2, 0.5, on=[ROW, np.array([0, 3, 1])])],
    "MultiLabelMarginLoss": [Case(on=[ROW, np.array([[0, 3, -1, 1]] * 3)])],
    "MultiLabelSoftMarginLoss": [Case(reduction="sum", on=[ROW, ROW])],
    "SoftMarginLoss": [Case(on=[ROW, ROW])],
    "HingeEmbeddingLoss": [Case(0.5, on=[ROW, np.array([[1.0, -1.0, 1.0, -1.0]] * 3)])],
    "PoissonNLLLoss": [Case(full=True, eps=1e-6, on=[ROW, np.arange(12.0).reshape(3, 4)])],
    "GaussianNLLLoss": [Case(full=True, eps=1e-4, on=[ROW, ROW, np.linspace(0.1, 2, 12).reshape(3, 4)])],
    "CTCLoss": [
        Case(1, "sum", True, on=[np.full((5, 2, 3), -1.1), np.array([[2, 0]] * 2), *np.array([[5, 4], [2, 1]])])
    ],
}
CONTAINERS = {"ModuleDict", "ModuleList", "Sequential", "TransformerDecoder", "TransformerEncoder"}  # below
NOT_CARRIED = {"DataParallel", "Dropout1d", "Module", "ParameterDict", "ParameterList", "SumSquaredError"}


def outputs(library, module, case, dtype):
    rng = np.random.default_rng(0)
    values = [rng.uniform(-2, 2, v) if isinstance(v, tuple) else v for v in case.on]
    inputs = [library.tensor(v.astype(dtype) if v.dtype.kind == "f" else v) for v in values]
    options = {}
    for key, value in case.call.items():
        array = isinstance(value, np.ndarray)
        options[key] = (
            library.tensor(value.astype(dtype) if array and value.dtype.kind == "f" else value) if array else value
        )
    return [y.detach().numpy() for y in flat(module(*inputs, **options))]


def agree(case, theirs, ours, dtype):
    tolerance = 1e-6 if dtype == "float32" else 1e-9
    for a, b in zip(outputs(torch, theirs, case, dtype), outputs(tg, ours, case, dtype), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(b, a, rtol=tolerance, atol=tolerance * max(1.0, np.abs(a).max(initial=0)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("name", "case"),
    [(n, c) for n, cases in TABLE.items() for c in cases if squash not in c.args],  # a function of one's own
    ids=lambda v: str(v).replace(" ", "-"),
)
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths", "ignore:enable_nested_tensor")
def test_a_layer_there_and_back(name, case, dtype):
    torch.manual_seed(0)
    theirs = case.build(torch.nn, name).to(getattr(torch, dtype))
    with torch.no_grad():
        for parameter in theirs.parameters():  # ones and zeros would hide mistakes
            parameter.add_(torch.rand_like(parameter) / 4)
    theirs.eval()
    ours = from_torch(theirs)
    back = to_torch(ours)
    assert type(ours) is getattr(nn, name) and type(back) is type(theirs)
    assert repr(back) == repr(theirs)
    assert not ours.training and not back.training
    for key, value in theirs.state_dict().items():
        for state in (ours.state_dict(), back.state_dict()):
            np.testing.assert_array_equal(state[key].numpy(), value.numpy())
            assert str(state[key].dtype).removeprefix("torch.") == str(value.dtype).removeprefix("torch.")
    agree(case, theirs, ours, dtype)
    agree(case, back, ours, dtype)


def test_every_layer_is_tried():
    lazy = {name for name in nn.__all__ if name.startswith("Lazy")}
    layers = {
        name for name in nn.__all__ if isinstance(getattr(nn, name), type) and issubclass(getattr(nn, name), nn.Module)
    }
    assert layers == (set(TABLE) | CONTAINERS | NOT_CARRIED | lazy) & layers


def build(nn):
    norm = nn.LayerNorm(6)
    layer = nn.TransformerEncoderLayer(6, 2, 5, 0.1, "gelu", norm_first=True, batch_first=True, bias=False)
    return nn.Sequential(
        nn.Linear(4, 6), nn.ReLU(inplace=True), norm, nn.TransformerEncoder(layer, 2, norm),
        nn.ModuleDict({"a": nn.Flatten()})["a"], nn.BatchNorm1d(30), nn.Sequential(), nn.Linear(30, 3),
    )  # fmt: skip


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_a_network_with_containers_flags_and_shared_weights():
    theirs = build(torch.nn)
    theirs[3].layers[1].train(False)
    theirs[0].weight.requires_grad_(False)
    ours = from_torch(theirs)
    assert ours[2] is ours[3].norm
    assert not ours[3].layers[1].training and ours[3].layers[0].training
    assert [p.requires_grad for p in ours.parameters()] == [p.requires_grad for p in theirs.parameters()]
    agree(Case(on=[(2, 5, 4)]), theirs.eval(), ours.eval(), "float32")
    back = to_torch(ours)
    assert repr(back) == repr(theirs)
    agree(Case(on=[(2, 5, 4)]), back, ours, "float32")


def other_layers(nn, F):
    layer = nn.TransformerEncoderLayer(6, 2, 5)
    encoder = nn.TransformerEncoder(layer, 2)
    encoder.layers[1].activation, encoder.layers[1].activation_relu_or_gelu = F.gelu, 2
    encoder.layers[1].norm2.eps = 0.5
    decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(6, 2, 7, activation=F.silu), 1)
    return nn.Transformer(6, 2, custom_encoder=encoder, custom_decoder=decoder).double()


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_what_is_inside_a_layer_is_carried_over_as_it_is():
    """Not as the arguments of the layer around it would make it, or its first neighbour is."""
    theirs = other_layers(torch.nn, torch.nn.functional)
    theirs.encoder.layers[0].dropout1.p = 0.7
    theirs.decoder.norm = torch.nn.LayerNorm(6)  # of another type of numbers
    theirs.decoder.norm.double()
    ours = from_torch(theirs)
    assert ours.encoder.layers[0].dropout1.p == 0.7 and ours.encoder.layers[1].norm2.eps == 0.5
    on = [(4, 2, 6), (3, 2, 6)]
    agree(Case(on=on), theirs.eval(), ours.eval(), "float64")
    agree(Case(on=on), to_torch(ours), ours, "float64")


def test_types_of_numbers_may_differ_inside_a_layer():
    theirs = torch.nn.TransformerEncoderLayer(4, 2, 5).half()
    theirs.norm1.float()
    assert {k: str(v.dtype) for k, v in from_torch(theirs).state_dict().items()} == {
        k: str(v.dtype).removeprefix("torch.") for k, v in theirs.state_dict().items()
    }


def test_a_copied_decoder_layer_computes_what_it_does_in_pytorch():
    """There a copy forgets an activation that is a module, and takes ReLU; the module stays, of no use."""
    theirs = torch.nn.TransformerDecoder(torch.nn.TransformerDecoderLayer(4, 2, 5, activation=torch.nn.SiLU()), 1)
    agree(Case(on=[(3, 2, 4)] * 2), theirs.eval(), from_torch(theirs), "float32")


def test_weights_that_two_layers_share_stay_shared():
    theirs = torch.nn.Sequential(torch.nn.Embedding(5, 3), torch.nn.Linear(3, 5, bias=False))
    theirs[1].weight = theirs[0].weight
    ours = from_torch(theirs)
    assert ours[0].weight is ours[1].weight
    assert len(list(to_torch(ours).parameters())) == 1


def test_the_copies_share_no_memory():
    theirs = torch.nn.Linear(2, 2)
    ours = from_torch(theirs)
    before = ours.weight.detach().numpy().copy()
    with torch.no_grad():
        theirs.weight.zero_()
    np.testing.assert_array_equal(ours.weight.detach().numpy(), before)


class Block(torch.nn.Module):
    pass


class Ours(nn.Module):
    pass


def hooked():
    layer = torch.nn.Linear(2, 2)
    layer.register_forward_hook(lambda *args: None)
    return layer


def changed(layer, **attributes):
    for name, value in attributes.items():
        setattr(layer, name, value)
    return layer


def with_buffer(layer):
    layer.register_buffer("scale", torch.ones(2))
    return layer


def hooked_backward():
    layer = torch.nn.Linear(2, 2)
    layer.register_full_backward_hook(lambda *args: None)
    return layer


def hooked_weight():
    layer = torch.nn.Linear(2, 2)
    layer.weight.register_hook(lambda g: g * 0)
    return layer


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        (hooked_backward, r"1\.0 is a Linear: it has hooks"),
        (hooked_weight, r"1\.0 is a Linear: it has hooks"),
        (lambda: changed(torch.nn.ReLU(), forward=lambda x: x), r"1\.0 is a ReLU: that is no layer"),
        (lambda: with_buffer(torch.nn.Linear(2, 2)), r"1\.0 is a Linear: what is inside .* \(scale\)"),
        (lambda: with_buffer(torch.nn.Sequential()), r"1\.0 is a Sequential: what is inside .* \(scale\)"),
        (
            lambda: changed(torch.nn.TransformerEncoderLayer(4, 2, 8), norm1=torch.nn.Identity()),
            r"1\.0 is a TransformerEncoderLayer: what is inside .* \(norm1\.eps\): it was changed afterwards",
        ),
        (
            lambda: changed(torch.nn.BatchNorm1d(2).half(), running_mean=torch.zeros(2)),
            r"1\.0 is a BatchNorm1d: what is inside .* \(running_mean\)",
        ),
        (lambda: Block(), r"from_torch: 1.0 is a Block: that is no layer .* write it with tinygrad_edu.nn"),
        (lambda: torch.nn.CTCLoss() if not hasattr(nn, "CTCLoss") else Block(), r"1\.0 is a .*: that is no layer"),
        (lambda: torch.nn.LazyLinear(3), r"1\.0 is a LazyLinear: its sizes are not known yet; call the model"),
        (hooked, r"1\.0 is a Linear: it has hooks"),
        (lambda: torch.nn.Linear(2, 2).bfloat16(), r"1\.0\.weight is a Tensor: its type torch.bfloat16 is none"),
        (
            lambda: torch.nn.TransformerEncoderLayer(4, 2, 8, activation=lambda x: x),
            r"1\.0\.activation is a function: that is no function which both libraries have",
        ),
    ],
)
def test_what_cannot_be_carried_over_is_named(inner, message):
    with pytest.raises(TypeError, match=message):
        from_torch(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Sequential(inner())))


def test_what_pytorch_lacks_is_named():
    with pytest.raises(TypeError, match=r"to_torch: 0 is a SumSquaredError: .* write it with torch.nn"):
        to_torch(nn.Sequential(nn.SumSquaredError()))
    with pytest.raises(TypeError, match=r"to_torch: the model is a Ours: that is no layer"):
        to_torch(Ours())
    with pytest.raises(TypeError, match=r"to_torch: expected a module of tinygrad_edu.nn, got int 3"):
        to_torch(3)
    layer = copy.deepcopy(nn.Linear(2, 2))
    layer.register_forward_hook(lambda *args: None)
    with pytest.raises(TypeError, match="it has hooks"):
        to_torch(layer)
