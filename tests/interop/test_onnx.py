"""Models as ONNX files: onnxruntime and our own reader give what the model gives, for any size of the batch."""

import contextlib

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.interop.onnx import ExportError, export, load
from tinygrad_edu.nn import functional as F

onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install 'tinygrad-edu[onnx]'")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install onnxruntime")
pytestmark = pytest.mark.onnx


class Of(nn.Module):
    """A module of a function."""

    def __init__(self, function, **parts):
        super().__init__()
        self.function = function
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *inputs):
        return self.function(self, *inputs)


class Characters(nn.Module):
    """A small transformer of characters."""

    def __init__(self):
        super().__init__()
        self.token, self.place = nn.Embedding(11, 8), nn.Embedding(6, 8)
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True, activation="gelu")
        self.blocks = nn.TransformerEncoder(layer, 2, nn.LayerNorm(8))
        self.head = nn.Linear(8, 11)

    def forward(self, indices):
        x = self.token(indices) + self.place(tg.arange(indices.shape[1]))
        mask = tg.triu(tg.ones(6, 6), 1) > 0
        return self.head(self.blocks(x, mask))


class Reader(nn.Module):
    """An embedding and an LSTM."""

    def __init__(self):
        super().__init__()
        self.embedding, self.lstm, self.head = nn.Embedding(11, 5), nn.LSTM(5, 4, 2, batch_first=True), nn.Linear(4, 3)

    def forward(self, indices):
        y, (h, c) = self.lstm(self.embedding(indices))
        return self.head(y[:, -1]), h, c


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(inplace=True))

    def forward(self, x):
        return x + self.body(x)


def floats(*shape):
    return tg.tensor(np.random.default_rng(1).uniform(-2, 2, shape).astype(np.float32))


def indices(*shape):
    return tg.tensor(np.random.default_rng(1).integers(0, 11, shape))


def activations():
    names = (
        "ReLU", "Sigmoid", "Tanh", "ReLU6", "LeakyReLU", "ELU", "SELU", "CELU", "GELU", "SiLU", "Mish", "Softplus",
        "Softsign", "Hardtanh", "Hardsigmoid", "Hardswish", "LogSigmoid", "GLU", "PReLU", "Softmax2d",
    )  # fmt: skip
    return {name: (lambda name=name: getattr(nn, name)(), floats(2, 4, 3, 6)) for name in names}


IMAGE, ROWS = floats(2, 4, 6, 7), floats(2, 4, 9)
MODELS = {
    "mlp": (lambda: nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3)), floats(2, 6)),
    "cnn": (
        lambda: nn.Sequential(
            nn.Conv2d(4, 4, 3, padding=1),
            Residual(),
            nn.MaxPool2d(2),
            nn.BatchNorm2d(4),
            nn.Flatten(),
            nn.Linear(36, 3),
            nn.LogSoftmax(1),
        ),
        IMAGE,
    ),
    "transformer": (Characters, indices(2, 6)),
    "embedding and lstm": (Reader, indices(2, 6)),
    **activations(),
    "CELU with another alpha": (lambda: nn.CELU(0.5), ROWS),
    "Softplus with beta": (lambda: nn.Softplus(2.0), ROWS),
    "GELU by tanh": (lambda: nn.GELU("tanh"), ROWS),
    "PReLU of channels": (lambda: nn.PReLU(9), floats(3, 9)),
    "Softmax": (lambda: nn.Softmax(1), ROWS),
    "Linear of three dimensions": (lambda: nn.Linear(9, 2), ROWS),
    "Linear without bias": (lambda: nn.Linear(9, 2, bias=False), ROWS),
    "Bilinear": (lambda: nn.Bilinear(3, 4, 2), (floats(2, 3), floats(2, 4))),
    "Conv1d": (lambda: nn.Conv1d(4, 6, 3, padding="same", padding_mode="circular"), ROWS),
    "Conv2d with all": (lambda: nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 2), (1, 2), 2, padding_mode="reflect"), IMAGE),
    "Conv2d replicate": (lambda: nn.Conv2d(4, 6, 3, padding=1, padding_mode="replicate"), IMAGE),
    "ConvTranspose1d": (lambda: nn.ConvTranspose1d(4, 6, 3, 2, 1, 1, 2), ROWS),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(4, 6, 3, 2, 1, (1, 0), 2, False), IMAGE),
    "MaxPool1d": (lambda: nn.MaxPool1d(3, 2, 1), ROWS),
    "MaxPool2d": (lambda: nn.MaxPool2d((3, 2), 2, 1, ceil_mode=True), IMAGE),
    "AvgPool1d": (lambda: nn.AvgPool1d(3, 2, 1), ROWS),
    "AvgPool2d": (lambda: nn.AvgPool2d(3, 2, 1, count_include_pad=False), IMAGE),
    "AdaptiveAvgPool2d": (lambda: nn.AdaptiveAvgPool2d((2, 3)), IMAGE),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(4), ROWS),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(4, affine=False), IMAGE),
    "InstanceNorm2d": (lambda: nn.InstanceNorm2d(4), IMAGE),
    "GroupNorm": (lambda: nn.GroupNorm(2, 4), IMAGE),
    "LayerNorm": (lambda: nn.LayerNorm((6, 7)), IMAGE),
    "LayerNorm of the last": (lambda: nn.LayerNorm(9), ROWS),
    "RMSNorm": (lambda: nn.RMSNorm(9), ROWS),
    "Flatten": (lambda: nn.Flatten(1, 2), IMAGE),
    "Unflatten": (lambda: nn.Unflatten(1, (2, 2)), IMAGE),
    "Upsample": (lambda: nn.Upsample(scale_factor=2), IMAGE),
    "Upsample bilinear": (lambda: nn.Upsample((8, 9), mode="bilinear"), IMAGE),
    "ZeroPad2d": (lambda: nn.ZeroPad2d((1, 2, 0, 1)), IMAGE),
    "PixelShuffle": (lambda: nn.PixelShuffle(2), IMAGE),
    "CosineSimilarity": (lambda: nn.CosineSimilarity(), (floats(2, 3), floats(2, 3) + 1)),
    "Embedding with padding": (
        lambda: nn.Sequential(nn.Embedding(11, 3, padding_idx=2), nn.Linear(3, 2)),
        indices(2, 4),
    ),
    "MultiheadAttention": (
        lambda: Of(lambda m, x: m.attention(x, x, x), attention=nn.MultiheadAttention(6, 2, batch_first=True)),
        floats(2, 5, 6),
    ),
    "LSTM": (lambda: nn.LSTM(3, 4, 2, batch_first=True, bidirectional=True), floats(2, 5, 3)),
    "GRU": (lambda: nn.GRU(3, 4, batch_first=True, bidirectional=True), floats(2, 5, 3)),
    "RNN": (lambda: nn.RNN(3, 4, nonlinearity="relu", batch_first=True, bias=False), floats(2, 5, 3)),
    "LSTMCell": (lambda: nn.LSTMCell(3, 4), floats(2, 3)),
    "GRUCell": (lambda: nn.GRUCell(3, 4), floats(2, 3)),
}

FUNCTIONS = {
    "elementwise": lambda m, x: (
        x.abs() + x.square() - x.exp2() / (x.cosh() + 1) + x.trunc() + x.round() - x.floor() * x.ceil(),
        x.abs().log1p()
        + x.expm1()
        + (x.abs() + 1).log2()
        + (x.abs() + 1).log10()
        + x.abs().sqrt()
        + x.erf()
        + x.erfc(),
        x.sin() + x.cos() + x.atan() + x.asinh() + (x / 3).asin() + (x / 3).atanh() + x.sinh() + x.sign(),
        x**2
        + x.abs() ** 0.5
        + 2**x
        + tg.hypot(x, x + 1)
        + tg.logaddexp(x, -x)
        + tg.remainder(x, 0.75)
        + 1 / (x.abs() + 1),
        tg.maximum(x, -x) + tg.minimum(x, x * 2) + x.clamp(-1, 1) + x.clamp(min=0.5) + x.clamp(max=0.5),
    ),
    "comparisons": lambda m, x: (
        tg.where((x > 0) & (x < 1) | (x == 2), x, 0.0),
        x.masked_fill(~(x >= 0.5), -1.0),
        (x != x.detach()).float(),
        x <= 1,
        (x > 0).any(dim=1),
        (x > -5).all(),
        tg.isnan(x),
    ),
    "reductions": lambda m, x: (
        x.sum(),
        x.mean(dim=1),
        x.amax(dim=(1, 2), keepdim=True),
        x.amin(-1),
        x.prod(dim=2),
        x.logsumexp(1),
        x.argmax(1),
        x.var(dim=(1, 2)),
        x.std(dim=1, unbiased=False),
        x.norm(dim=2),
        x.cumsum(1),
        x.sum(0),
        x.argmin(dim=2, keepdim=True),
        F.normalize(x),
        x.max(dim=1),
        x.max(),
    ),
    "shapes": lambda m, x: (
        x.reshape(x.shape[0], -1),
        x.flatten(),
        x.transpose(0, 1),
        x.permute(2, 0, 1),
        x.unsqueeze(1),
        x[:, None].squeeze(1),
        x.expand(3, *x.shape),
        x.repeat(1, 2, 1),
        tg.cat([x, x + 1], 1),
        tg.stack([x, -x], 1),
        x.chunk(2, 1),
        x.flip(1),
        x.unbind(2)[0],
        x.roll(1, 1),
        F.pad(x, (1, 2), value=3.0),
        x.tril(),
        x.triu(1),
        x.view(-1),
        x.double(),
        x.T.mT,
        x.reshape(-1, x.shape[0]),
    ),
    "indices": lambda m, x: (
        x[:, 0],
        x[..., 1:3],
        x[:, [0, 1, 0]],
        x[:, -1],
        x[0],
        x[:, ::2],
        x[None],
        x[-1:],
        x[:, 1, 2:],
        x[x.shape[0] - 1],
        x.index_select(2, tg.tensor([2, 0])),
        x[: x.shape[0] - 1],
        x[:, :, None, 1],
    ),
    "products": lambda m, x: (
        x @ x.mT,
        tg.einsum("nij,nkj->nik", x, x),
        tg.bmm(x, x.mT),
        F.scaled_dot_product_attention(x, x, x, is_causal=True),
        x @ tg.ones(5),
    ),
    "sizes": lambda m, x: (
        x / x.shape[0],
        x.sum(0) * len(x),
        tg.zeros(x.shape[0], 2) + x[:, :2, 0],
        tg.ones(x.shape[0], 3),
    ),
}


def flat(results):
    if isinstance(results, tuple | list):
        return [x for part in results for x in flat(part)]
    return [results]


def prepare(model):
    """Give a model weights and statistics that hide nothing."""
    rng = np.random.default_rng(2)
    for x in model.buffers():
        if x.dtype == tg.float32:
            x.array[...] = rng.uniform(0.1, 0.9, x.shape)
    for x in model.parameters():
        x.array[...] = rng.uniform(-0.4, 0.5, x.shape)
    return model


def check(model, sample, path, batch_dim=0):
    """Export; compare with onnxruntime and our reader, on a batch of another size with other values."""
    export(model, sample, path, batch_dim=batch_dim)
    rng = np.random.default_rng(3)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    again = load(path).eval()
    model.eval()
    for rows in (5, 1, 2):
        arrays = []
        for x in sample if isinstance(sample, tuple) else (sample,):
            shape = list(x.shape)
            shape[batch_dim] = rows
            arrays.append(
                (rng.uniform(-2, 2, shape) if x.dtype == tg.float32 else rng.integers(0, 11, shape)).astype(x.dtype)
            )
        expected = [y.detach().numpy() for y in flat(model(*map(tg.tensor, arrays)))]
        theirs = session.run(None, {x.name: array for x, array in zip(session.get_inputs(), arrays, strict=True)})
        ours = [y.detach().numpy() for y in flat(again(*map(tg.tensor, arrays)))]
        for a, b, c in zip(expected, theirs, ours, strict=True):
            assert a.shape == b.shape == c.shape and a.dtype == b.dtype == c.dtype
            near = {"rtol": 1e-5, "atol": 1e-5 * max(1, np.abs(a[np.isfinite(a)]).max(initial=0))}
            np.testing.assert_allclose(b, a, **near)
            np.testing.assert_allclose(c, a, **near)
    return again


@pytest.mark.parametrize("name", MODELS)
def test_a_model_there_and_back(name, tmp_path):
    build, sample = MODELS[name]
    model = prepare(build())
    model.train()
    again = check(model, sample, tmp_path / "model.onnx")
    assert not model.training  # the test itself
    state = again.state_dict()
    for key, value in model.state_dict().items():
        if key in state:
            np.testing.assert_array_equal(state[key].numpy(), value.numpy())
    trained = {key for key, _ in model.named_parameters()}
    assert trained == {key for key, _ in again.named_parameters()}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_there_and_back(name, tmp_path):
    check(Of(FUNCTIONS[name]), floats(3, 4, 5), tmp_path / "model.onnx")


def test_the_file_says_what_it_is(tmp_path):
    model = nn.Sequential(nn.Linear(6, 3), nn.Softmax(1))
    export(model, floats(1, 6), tmp_path / "m.onnx", input_names=["x"], output_names=["p"])
    document = onnx.load(tmp_path / "m.onnx")
    assert document.producer_name == "tinygrad_edu"
    assert [x.name for x in document.graph.input] == ["x"] and [x.name for x in document.graph.output] == ["p"]
    assert [d.dim_param or d.dim_value for d in document.graph.output[0].type.tensor_type.shape.dim] == ["batch", 3]
    assert [x.name for x in document.graph.initializer] == ["0.weight", "0.bias"]
    assert [x.op_type for x in document.graph.node] == ["Gemm", "Softmax", "Identity"]


def test_sizes_that_follow_the_batch_stay_open(tmp_path):
    model = Of(lambda m, x: (x.reshape(-1, 2), x[1:]))
    export(model, floats(2, 6), tmp_path / "m.onnx")
    outputs = onnx.load(tmp_path / "m.onnx").graph.output
    sizes = [[d.dim_param or d.dim_value for d in y.type.tensor_type.shape.dim] for y in outputs]
    assert sizes == [["3*batch", 2], ["batch-1", 6]]


def test_another_dimension_is_the_batch_or_none(tmp_path):
    check(nn.LSTM(3, 4), floats(5, 2, 3), tmp_path / "m.onnx", batch_dim=1)
    model = Of(lambda m, x: x.reshape(-1)[:7])
    export(model, floats(2, 6), tmp_path / "fixed.onnx", batch_dim=None)
    shape = onnx.load(tmp_path / "fixed.onnx").graph.input[0].type.tensor_type.shape
    assert [d.dim_value for d in shape.dim] == [2, 6]


def test_a_loaded_model_can_be_trained(tmp_path):
    model = prepare(nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 1)))
    export(model, floats(2, 6), tmp_path / "m.onnx")
    again, x = load(tmp_path / "m.onnx"), floats(4, 6)
    for m in (model, again):
        m(x).square().mean().backward()
    for a, b in zip(model.parameters(), again.parameters(), strict=True):
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-5, atol=1e-6)


def test_the_model_and_the_operations_are_left_as_they_were(tmp_path):
    from tinygrad_edu.engine.op import OPS
    from tinygrad_edu.engine.watchers import watchers

    rules = {name: op.rule for name, op in OPS.items()}
    model = nn.Sequential(nn.Linear(6, 3), nn.BatchNorm1d(3), nn.Dropout())
    model[2].eval()
    before = {key: value.numpy().copy() for key, value in model.state_dict().items()}
    for bad in (False, True):
        if bad:
            model.append(Of(lambda m, x: tg.linalg.inv(x @ x.mT)))
        with pytest.raises(ExportError) if bad else contextlib.nullcontext():
            export(model, floats(2, 6), tmp_path / "m.onnx")
        assert [m.training for m in model.modules()][:4] == [True, True, True, False]
        assert not watchers and {name: op.rule for name, op in OPS.items()} == rules
        assert not any(m._hooks.get("before") and m._hooks["before"].hooks for m in model.modules())
        for key, value in model.state_dict().items():
            np.testing.assert_array_equal(value.numpy(), before[key])


REFUSED = {
    "no translation": (
        lambda m, x: tg.linalg.det(x @ x.mT),
        r"export: det at test_onnx.py:\d+: .* in the model",
    ),
    "a number taken out": (lambda m, x: x * x.detach().mean().item(), "mul at .*computed outside of the operations"),
    "numbers of NumPy": (lambda m, x: x + np.tanh(x.detach().numpy()), "add at .*computed outside of the operations"),
    "another way": (lambda m, x: x.relu() if x.shape[0] % 2 else x.tanh(), "another input led to other operations"),
    "chance": (lambda m, x: F.dropout(x, training=True), "mul at .*computed outside of the operations"),
    "several positions": (lambda m, x: x[[0, 1], [1, 0]], "getitem at .*not of several"),
    "truth as an index": (lambda m, x: x[tg.tensor([True, False, True, False, True, False]).expand(x.shape)], "truth"),
    "changed unseen": (lambda m, x: outside(x), "output 0 of the file would not be that of the model|computed outside"),
}


def outside(x):
    y = x * 2
    y.array[...] *= 1 + y.array
    return y + 1


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_exported_is_named_with_its_line(case, tmp_path):
    function, message = REFUSED[case]
    path = tmp_path / "m.onnx"
    with pytest.raises(ExportError, match=message) as raised:
        export(Of(function), floats(2, 6), path)
    assert "\n" not in str(raised.value) and not path.exists()


def test_wrong_arguments_are_named(tmp_path):
    with pytest.raises(TypeError, match="export: expected a Module, got function"):
        export(lambda x: x, floats(2, 3), tmp_path / "m.onnx")
    with pytest.raises(TypeError, match="export: expected a tensor or a tuple of tensors"):
        export(nn.ReLU(), "text", tmp_path / "m.onnx")
    for dim, shape in ((2, (2, 3)), (-1, (2, 3)), (0, (0, 3)), (0, ())):
        with pytest.raises(ValueError, match=f"export: dimension {dim} of the sample is not there, or is empty"):
            export(nn.ReLU(), floats(*shape), tmp_path / "m.onnx", batch_dim=dim)
    for names in (["a", "b"], ["a", "a"]):
        with pytest.raises(ValueError, match="export: expected 1 different input_names, got"):
            export(nn.ReLU(), floats(2, 3), tmp_path / "m.onnx", input_names=names)
        with pytest.raises(ValueError, match="export: expected 1 output_names that nothing else has, got"):
            export(nn.ReLU(), floats(2, 3), tmp_path / "m.onnx", output_names=names)
    with pytest.raises(ValueError, match="output_names that nothing else has"):
        export(nn.ReLU(), floats(2, 3), tmp_path / "m.onnx", output_names=["input"])
    export(nn.ReLU(), floats(2, 3), tmp_path / "m.onnx")
    with pytest.raises(TypeError, match=r"OnnxModule: expected 1 inputs \(input\), got 2"):
        load(tmp_path / "m.onnx")(floats(2), floats(2))
