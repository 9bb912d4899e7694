"""Convolution of images, and its two adjoints.

y = conv2d(x, w) is linear in x and in w. So the gradient to x is a linear function of g and w, and the
gradient to w one of x and g: two more operations. Their own gradients are again among the three, which is
all there is to know about derivatives of any order.

Each is a matrix product. With the windows of the image as columns (K, L), K = C kh kw numbers in each of
L = OH OW windows, and the weight as rows (O, K):

    y = w columns,    g_columns = wᵀ g,    g_w = g columnsᵀ.

Groups split the channels, and are a batch of smaller products. x is (N, C, H, W), w (O, C / groups, kh, kw)
and y or g (N, O, OH, OW). `padding` zeros (rows, columns) lie around the image.
"""

from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.ops.window import add_windows, cut_windows, number_of_windows

PLAIN: dict[str, Any] = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1}
VARIED: list[tuple[Any, Any, dict[str, Any]]] = [
    ((2, 2, 4, 5), (3, 2, 3, 2), PLAIN),
    ((1, 2, 5, 6), (2, 2, 2, 3), {**PLAIN, "stride": (2, 3), "padding": (1, 2)}),  # a remainder that is not read
    ((1, 4, 4, 3), (4, 2, 2, 2), {**PLAIN, "groups": 2, "dilation": (2, 1)}),
    ((1, 3, 3, 4), (3, 1, 3, 3), {"stride": (2, 1), "padding": (1, 1), "dilation": (1, 1), "groups": 3}),
    ((2, 2, 2, 2), (2, 2, 1, 1), PLAIN),
    ((0, 2, 3, 3), (2, 2, 2, 2), PLAIN),
]  # fmt: skip


def output_shape(x_shape, w_shape, stride, padding, dilation, groups):
    """Return the shape of conv2d's output; ValueError if image and weight do not fit together."""
    if len(x_shape) != 4 or len(w_shape) != 4:
        raise ValueError("the image must be (N, C, H, W) and the weight (O, C / groups, kh, kw)")
    if x_shape[1] != w_shape[1] * groups or w_shape[0] % groups:
        raise ValueError(
            f"{x_shape[1]} channels in {groups} groups need a weight of shape (a multiple of {groups}, "
            f"{x_shape[1]} / {groups}, kh, kw), not {tuple(w_shape)}"
        )
    padded = [n + 2 * p for n, p in zip(x_shape[2:], padding, strict=True)]
    return (x_shape[0], w_shape[0], *number_of_windows(padded, w_shape[2:], stride, dilation))


def columns(x, kernel, stride, padding, dilation, groups):
    """Return the windows of each image as columns: (N, groups, C / groups · kh kw, OH OW)."""
    (ph, pw), (N, C, _, _) = padding, x.shape
    if ph or pw:
        x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = cut_windows(x, kernel, stride, dilation)
    L = windows.shape[-2] * windows.shape[-1]
    return windows.reshape(N, groups, C // groups * kernel[0] * kernel[1], L)


def rows(w, groups):
    """Return the weight as a matrix for each group: (groups, O / groups, C / groups · kh kw)."""
    return w.reshape(groups, w.shape[0] // groups, w.shape[1] * w.shape[2] * w.shape[3])


def as_columns(g, groups):
    """Return g as a matrix for each image and group: (N, groups, O / groups, OH OW)."""
    return g.reshape(g.shape[0], groups, g.shape[1] // groups, g.shape[2] * g.shape[3])


def are_arrays(a, b):
    """Tell whether there is a value to compute. Run on Tensors, a rule is asked for its pullbacks only."""
    return isinstance(a, np.ndarray) and isinstance(b, np.ndarray)


def _meetings(size, kernel, counts, stride, padding, dilation, groups, channels, outputs):
    """Go through all (window, element, pixel, input channels, output channels) that meet, one by one."""
    for p, q, i, j in np.ndindex(*counts, *kernel):
        r, c = (n * s - m + k * d for n, s, m, k, d in zip((p, q), stride, padding, (i, j), dilation, strict=True))
        if 0 <= r < size[0] and 0 <= c < size[1]:
            for group in range(groups):
                ins, outs = (slice(group * n, (group + 1) * n) for n in (channels // groups, outputs // groups))
                yield (..., p, q), (..., i, j), (..., r, c), ins, outs


def _forward_by_loops(x, w, **params):
    y = np.zeros(output_shape(x.shape, w.shape, **params))
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


@op(
    formula="y[n, o, p, q] = Σ x[n, c, s p + d i, s q + d j] w[o, c, i, j], over c, i, j",
    derivative=("conv2d_input(g, w)", "conv2d_weight(x, g)"),
    samples=[Sample(x, w, **params) for x, w, params in VARIED],
    reference=_forward_by_loops,
)
def conv2d(x, w, *, stride, padding, dilation, groups):
    """Let a weight w slide over images x and take the sum of products at each place (cross-correlation)."""
    params = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    size, kernel = tuple(x.shape[2:]), tuple(w.shape[2:])
    shape = output_shape(x.shape, w.shape, **params)
    y = None
    if are_arrays(x, w):
        y = (rows(w, groups) @ columns(x, kernel, **params)).reshape(shape)

    def grad_x(g):
        return conv2d_input(g, w, size=size, **params)

    def grad_w(g):
        return conv2d_weight(x, g, kernel=kernel, **params)

    return y, (grad_x, grad_w)


@op(
    formula="y[n, c, s p + d i, s q + d j] = Σ g[n, o, p, q] w[o, c, i, j], over o",
    derivative=("conv2d(g, w)", "conv2d_weight(g, a)"),
    samples=[Sample(output_shape(x, w, **params), w, size=x[2:], **params) for x, w, params in VARIED],
    reference=_input_by_loops,
)
def conv2d_input(a, w, *, size, stride, padding, dilation, groups):
    """Carry a (N, O, OH, OW) back to images of `size`: the adjoint of conv2d in x, or transposed convolution."""
    params = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    kernel = tuple(w.shape[2:])
    shape = (a.shape[0], w.shape[1] * groups, *size)
    expected = output_shape(shape, w.shape, **params)
    if tuple(a.shape) != expected:
        raise ValueError(f"for images of {tuple(size)}, expected the first input in shape {expected}")
    y = None
    if are_arrays(a, w):
        windows = np.swapaxes(rows(w, groups), -1, -2) @ as_columns(a, groups)
        ph, pw = padding
        padded = (size[0] + 2 * ph, size[1] + 2 * pw)
        y = add_windows(windows.reshape(*shape[:2], *kernel, *a.shape[2:]), padded, stride, dilation)
        if ph or pw:
            y = y[:, :, ph : ph + size[0], pw : pw + size[1]]

    def grad_a(g):
        return conv2d(g, w, **params)

    def grad_w(g):
        return conv2d_weight(g, a, kernel=kernel, **params)

    return y, (grad_a, grad_w)


@op(
    formula="y[o, c, i, j] = Σ x[n, c, s p + d i, s q + d j] a[n, o, p, q], over n, p, q",
    derivative=("conv2d_input(a, g)", "conv2d(x, g)"),
    samples=[Sample(x, output_shape(x, w, **params), kernel=w[2:], **params) for x, w, params in VARIED[:-1]],
    reference=_weight_by_loops,
)
def conv2d_weight(x, a, *, kernel, stride, padding, dilation, groups):
    """Sum up how x and a (N, O, OH, OW) go together, for each element of a weight: the adjoint of conv2d in w."""
    params = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    size = tuple(x.shape[2:])
    shape = (a.shape[1], x.shape[1] // groups, *kernel)
    y = None
    if are_arrays(x, a):
        of_each_image = as_columns(a, groups) @ np.swapaxes(columns(x, kernel, **params), -1, -2)
        y = np.sum(of_each_image, axis=0).reshape(shape)

    def grad_x(g):
        return conv2d_input(a, g, size=size, **params)

    def grad_a(g):
        return conv2d(x, g, **params)

    return y, (grad_x, grad_a)
