"""Modules by their arguments, and what they are called on: compared with PyTorch, printed, compiled."""

import numpy as np

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
