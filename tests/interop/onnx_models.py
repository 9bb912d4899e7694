"""Models and functions to be written as ONNX files, each with a sample of its input."""

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.nn import functional as F


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


VOLUME, IMAGE, ROWS = floats(2, 4, 3, 6, 5), floats(2, 4, 6, 7), floats(2, 4, 9)
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
    "Softplus with a low threshold": (lambda: nn.Softplus(2.0, 0.5), ROWS),
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
    "Conv3d": (lambda: nn.Conv3d(4, 6, (2, 3, 1), 1, (1, 0, 1), (1, 1, 2), 2), VOLUME),
    "ConvTranspose3d": (lambda: nn.ConvTranspose3d(4, 6, 2, 2, 1, (1, 0, 1)), VOLUME),
    "MaxPool3d": (lambda: nn.MaxPool3d((1, 3, 2), 2), VOLUME),
    "AvgPool3d": (lambda: nn.AvgPool3d((1, 3, 2), 2), VOLUME),
    "LPPool2d": (lambda: nn.LPPool2d(2, 2), IMAGE),
    "AdaptiveAvgPool3d": (lambda: nn.AdaptiveAvgPool3d(2), VOLUME),
    "BatchNorm3d": (lambda: nn.BatchNorm3d(4), VOLUME),
    "Hardshrink": (lambda: nn.Hardshrink(), ROWS),
    "Softshrink": (lambda: nn.Softshrink(), ROWS),
    "Tanhshrink": (lambda: nn.Tanhshrink(), ROWS),
    "Threshold": (lambda: nn.Threshold(0.1, 20.0), ROWS),
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
