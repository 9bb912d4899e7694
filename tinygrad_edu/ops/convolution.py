"""Convolution of rows, images or volumes, and its two adjoints.

y = convolution(x, w) is linear in x and in w. So the gradient to x is a linear function of g and w, and the
gradient to w one of x and g: two more operations. Their own gradients are again among the three, which is
all there is to know about derivatives of any order.

Each is a matrix product. With the windows of the images as the columns of a matrix X, the weight as a matrix W and
the outputs as a matrix Y,

    Y = W X,    g_X = Wᵀ g_Y,    g_W = g_Y Xᵀ.

Groups split the channels, and are a batch of smaller products. Images x are (N, C, H, W), w is (O, C / groups, kh, kw)
and y or g (N, O, OH, OW). `padding` zeros, a number for each dimension, lie around the image. Rows (N, C, L) have one
dimension less, volumes (N, C, D, H, W) one more.
"""

from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.engine.summation import add_up
from tinygrad_edu.ops.convolution_layout import Layout, add_to_images, output_shape, rows_of, windows_of, write_outputs
from tinygrad_edu.ops.fusing import are_arrays

PLAIN: dict[str, Any] = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1}
VARIED: list[tuple[Any, Any, dict[str, Any]]] = [
    ((2, 2, 4, 5), (3, 2, 3, 2), PLAIN),
    ((1, 2, 5, 6), (2, 2, 2, 3), {**PLAIN, "stride": (2, 3), "padding": (1, 2)}),  # a remainder that is not read
    ((1, 4, 4, 3), (4, 2, 2, 2), {**PLAIN, "groups": 2, "dilation": (2, 1)}),
    ((1, 3, 3, 4), (3, 1, 3, 3), {"stride": (2, 1), "padding": (1, 1), "dilation": (1, 1), "groups": 3}),
    ((2, 2, 2, 2), (2, 2, 1, 1), PLAIN),
    ((2, 1, 3, 4), (3, 1, 2, 2), {**PLAIN, "padding": (1, 1)}),  # more outputs: rows taken apart in X
    ((0, 2, 3, 3), (2, 2, 2, 2), PLAIN),
    ((2, 2, 6), (3, 2, 2), {"stride": (2,), "padding": (0,), "dilation": (2,), "groups": 1}),
    ((1, 2, 2, 1, 3), (2, 2, 2, 1, 2), {"stride": (1, 1, 1), "padding": (1, 0, 1), "dilation": (1, 1, 2), "groups": 1}),
    ((1, 2, 4, 3, 2), (2, 1, 2, 2, 2), {"stride": (2, 1, 1), "padding": (0, 0, 0), "dilation": (1, 2, 1), "groups": 2}),
]  # fmt: skip


def _meetings(size, kernel, counts, stride, padding, dilation, groups, channels, outputs):
    """Go through all (window, element, pixel, input channels, output channels) that meet, one by one."""
    for place in np.ndindex(*counts, *kernel):
        p, i = place[: len(counts)], place[len(counts) :]
        pixel = [n * s - m + k * d for n, s, m, k, d in zip(p, stride, padding, i, dilation, strict=True)]
        if all(0 <= r < n for r, n in zip(pixel, size, strict=True)):
            for group in range(groups):
                ins, outs = (slice(group * n, (group + 1) * n) for n in (channels // groups, outputs // groups))
                yield (..., *p), (..., *i), (..., *pixel), ins, outs


def _forward_by_loops(x, w, b=0.0, **params):
    y = np.zeros(output_shape(x.shape, w.shape, **params)) + np.reshape(b, (-1, *(1,) * (x.ndim - 2)))
    for window, element, pixel, ins, outs in _meetings(
        x.shape[2:], w.shape[2:], y.shape[2:], **params, channels=x.shape[1], outputs=w.shape[0]
    ):
        y[:, outs][window] += x[:, ins][pixel] @ w[outs][element].T
    return y


def _input_by_loops(g, w, size, **params):
    x = np.zeros((g.shape[0], w.shape[1] * params["groups"], *size))
    for window, element, pixel, ins, outs in _meetings(
        size, w.shape[2:], g.shape[2:], **params, channels=x.shape[1], outputs=w.shape[0]
    ):
        x[:, ins][pixel] += g[:, outs][window] @ w[outs][element]
    return x


def _weight_by_loops(x, g, kernel, **params):
    w = np.zeros((g.shape[1], x.shape[1] // params["groups"], *kernel))
    for window, element, pixel, ins, outs in _meetings(
        x.shape[2:], kernel, g.shape[2:], **params, channels=x.shape[1], outputs=g.shape[1]
    ):
        w[outs][element] += g[:, outs][window].T @ x[:, ins][pixel]
    return w


LETTERS = (
    "n: which example; c, o: the channel of the input and of the output; p: the position in the output; i: the "
    "position in the window, each a number for every dimension; s = stride; d = dilation"
)


@op(
    formula="y[n, o, p] = Σ[c, i] x[n, c, s p + d i] w[o, c, i] + b[o]",
    where=LETTERS,
    derivative=("convolution_input(g, w)", "convolution_weight(x, g)", "Σ[n, p] g[n, o, p]"),
    samples=[
        *(Sample(x, w, **params) for x, w, params in VARIED),
        *(Sample(x, w, (w[0],), **params) for x, w, params in (*VARIED[:2], *VARIED[7:9])),
    ],
    reference=_forward_by_loops,
)
def convolution(x, w, b=None, *, stride, padding, dilation, groups):
    """Let a weight w slide over x, images say, and take the sum of products at each place (cross-correlation).

    The bias b (O) may be left out.
    """
    params = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    size, kernel = tuple(x.shape[2:]), tuple(w.shape[2:])
    shape = output_shape(x.shape, w.shape, **params)
    if b is not None and tuple(b.shape) != shape[1:2]:
        raise ValueError(f"the bias must be ({shape[1]},), a number for each output channel, not {tuple(b.shape)}")
    y = None
    if are_arrays(x, w, b):
        bias = 0 if b is None else b.reshape(-1, *(1,) * (x.ndim - 1))
        layout = Layout(x.shape, w.shape, x.itemsize, **params)
        matrices = layout.as_weight_matrices(w)
        y = np.empty(shape, np.result_type(x, w, bias))
        for block, X in zip(layout.blocks, windows_of(x, layout), strict=True):
            write_outputs(matrices @ X, bias, y[block].swapaxes(0, 1), layout)

    def grad_x(g):
        return convolution_input(g, w, size=size, **params)

    def grad_w(g):
        return convolution_weight(x, g, kernel=kernel, **params)

    def grad_b(g):
        return add_up(g, (0, *range(2, len(shape))))

    return y, (grad_x, grad_w) if b is None else (grad_x, grad_w, grad_b)


@op(
    formula="y[n, c, s p + d i] = Σ[o, i, p] a[n, o, p] w[o, c, i]",
    where=LETTERS,
    derivative=("convolution(g, w)", "convolution_weight(g, a)"),
    samples=[Sample(output_shape(x, w, **params), w, size=x[2:], **params) for x, w, params in VARIED],
    reference=_input_by_loops,
)
def convolution_input(a, w, *, size, stride, padding, dilation, groups):
    """Carry a (N, O, OH, OW) back to images of `size`: the adjoint of convolution in x, or transposed convolution."""
    params = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    kernel = tuple(w.shape[2:])
    shape = (a.shape[0], w.shape[1] * groups, *size)
    expected = output_shape(shape, w.shape, **params)
    if tuple(a.shape) != expected:
        raise ValueError(f"for images of {tuple(size)}, expected the first input in shape {expected}")
    y = None
    if are_arrays(a, w):
        layout = Layout(shape, w.shape, a.itemsize, **params)
        transposed = layout.as_weight_matrices(w).swapaxes(1, 2)
        y = np.zeros(shape, np.result_type(a, w))
        for block, Y in zip(layout.blocks, rows_of(a, layout), strict=True):
            add_to_images(transposed @ Y, y[block].swapaxes(0, 1), layout)

    def grad_a(g):
        return convolution(g, w, **params)

    def grad_w(g):
        return convolution_weight(g, a, kernel=kernel, **params)

    return y, (grad_a, grad_w)


@op(
    formula="y[o, c, i] = Σ[n, p] x[n, c, s p + d i] a[n, o, p]",
    where=LETTERS,
    derivative=("convolution_input(a, g)", "convolution(x, g)"),
    samples=[Sample(x, output_shape(x, w, **params), kernel=w[2:], **params) for x, w, params in VARIED if x[0]],
    reference=_weight_by_loops,
)
def convolution_weight(x, a, *, kernel, stride, padding, dilation, groups):
    """Sum up how x and a (N, O, OH, OW) go together, for each element of a weight: the adjoint of convolution in w."""
    params = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    size = tuple(x.shape[2:])
    shape = (a.shape[1], x.shape[1] // groups, *kernel)
    y = None
    if are_arrays(x, a):
        layout = Layout(x.shape, shape, x.itemsize, **params)
        matrices = np.zeros(layout.matrices, np.result_type(x, a))
        for X, Y in zip(windows_of(x, layout), rows_of(a, layout), strict=True):
            matrices += Y @ X.swapaxes(1, 2)
        y = layout.from_weight_matrices(matrices, shape)

    def grad_x(g):
        return convolution_input(a, g, size=size, **params)

    def grad_a(g):
        return convolution(x, g, **params)

    return y, (grad_x, grad_a)
