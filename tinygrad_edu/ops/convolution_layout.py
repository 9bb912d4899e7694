"""How a convolution copies images into matrices, and adds matrices up to images: the part that takes the time.

Y = W X holds for matrices X, the windows of the images, and Y, the outputs. The columns of the kernel are always
taken apart in X, which holds each pixel kw times. The rows can be taken apart in X as well: then X is the windows
as they are, and holds each pixel kh kw times. Or they are taken apart in Y: W X is computed for each row of the
kernel separately, and the rows of Y that belong to one row of outputs are added up.

In other dimensions than two, rows are what the first of them counts, and a column is a place in all others: volumes
(N, C, D, H, W) have D rows with kh kw columns of the kernel; rows (N, C, L) have L rows with the one column there is.

Both are done with slices that take one element of the kernel in all windows at once. Sizes as in `convolution`.
"""

import itertools
import math

import numpy as np

from tinygrad_edu.ops.window import SIZES, number_of_windows

CACHE = 2**20  # bytes that X and Y may take up together, to stay in the cache of one core


def output_shape(x_shape, w_shape, stride, padding, dilation, groups):
    """Return the shape of a convolution's output; ValueError if image and weight do not fit together."""
    if len(x_shape) != len(stride) + 2 or len(w_shape) != len(stride) + 2:
        raise ValueError("images must be (N, C, H, W), the weight (O, C / groups, kh, kw); rows and volumes likewise")
    if x_shape[1] != w_shape[1] * groups:
        sizes = SIZES.get(len(stride), "…")
        raise ValueError(
            f"{x_shape[1]} channels in {groups} groups do not fit the weight {tuple(w_shape)}, which takes inputs "
            f"(N, {w_shape[1] * groups}, {sizes}); x.unsqueeze(1) gives N grey images their one channel, "
            "x.permute(0, 3, 1, 2) puts channels first that are last"
        )
    if w_shape[0] % groups:
        raise ValueError(f"expected a weight whose first size is a multiple of {groups} groups, not {tuple(w_shape)}")
    padded = [n + 2 * p for n, p in zip(x_shape[2:], padding, strict=True)]
    return (x_shape[0], w_shape[0], *number_of_windows(padded, w_shape[2:], stride, dilation))


class Layout:
    """How the images x, the windows X, and the outputs Y and y of a convolution lie to each other.

    Images are treated in blocks, one after the other, so that X and Y stay in the processor's cache. For a block
    of n images, X is (C, kh or 1, kw, n, rows, OW) and Y is (O, 1 or kh, n, rows, OW), where kw is the number of
    columns of the kernel, and OW may be several sizes or none.

    Attributes:
        rows, columns: in which windows each row or column of the kernel falls on which pixels; see `meetings`.
        rows_in_y: whether the rows of the kernel are taken apart in Y. X and Y have H rows then, else OH.
        blocks: slices of the images.
        matrices: the shape of the weight, as a matrix for each group.
    """

    def __init__(self, x_shape, w_shape, itemsize, stride, padding, dilation, groups):
        N, self.O, *counts = output_shape(x_shape, w_shape, stride, padding, dilation, groups)
        self.C, self.H, self.groups, kh = x_shape[1], x_shape[2], groups, w_shape[2]
        along = zip(w_shape[2:], x_shape[2:], counts, stride, padding, dilation, strict=True)
        self.rows, *others = (meetings(*sizes) for sizes in along)
        self.columns = [tuple(zip(*places, strict=True)) or ((), ()) for places in itertools.product(*others)]
        self.kw = len(self.columns)
        # Where X and Y hold fewer numbers. With a stride, Y would also hold rows at which no window begins.
        self.rows_in_y = stride[0] == 1 and (kh == 1 or self.C * self.kw >= self.O)
        self.X = (self.C, 1 if self.rows_in_y else kh, self.kw)
        self.Y = (self.O, kh if self.rows_in_y else 1)
        self.matrices = (groups, math.prod(self.Y) // groups, math.prod(self.X) // groups)
        self.each = (self.H if self.rows_in_y else counts[0], *counts[1:])
        numbers = (math.prod(self.X) + math.prod(self.Y)) * math.prod(self.each)
        count = max(1, -(-N * numbers * itemsize // CACHE))
        step = max(1, -(-N // count))  # equal blocks, but for the last
        self.blocks = [slice(start, min(start + step, N)) for start in range(0, N, step)]

    def as_matrices(self, a):
        """Return X or Y as a matrix for each group: what comes before n are its rows."""
        n = len(self.each) + 1
        return a.reshape(self.groups, math.prod(a.shape[:-n]) // self.groups, math.prod(a.shape[-n:]))

    def as_weight_matrices(self, w):
        """Return the weight as a matrix for each group: from the rows of X to the rows of Y."""
        w = w.swapaxes(1, 2) if self.rows_in_y else w
        return w.reshape(self.matrices)

    def from_weight_matrices(self, matrices, shape):
        """Undo `as_weight_matrices`, for a weight of that shape."""
        if self.rows_in_y:
            out, channels, kh, *others = shape
            return matrices.reshape(out, kh, channels, *others).swapaxes(1, 2)
        return matrices.reshape(shape)

    def new_pieces(self, n, dtype):
        """Return zeros for the images with only the columns of the kernel taken apart."""
        return np.zeros((self.C, self.kw, n, self.H, *self.each[1:]), dtype)


def meetings(elements, size, count, stride, padding, dilation):
    """Find, for each element of a kernel along one axis, in which windows it falls on which pixels: pairs of slices.

    In the other windows it falls on the padding.
    """
    pairs = []
    for k in range(elements):
        offset = k * dilation - padding  # from the start of a window; windows start at 0, stride, 2 stride, …
        first, last = max(0, -(offset // stride)), min(count - 1, (size - 1 - offset) // stride)
        pixels = slice(first * stride + offset, last * stride + offset + 1, stride)
        pairs.append((slice(first, last + 1), pixels) if first <= last else (slice(0), slice(0)))
    return pairs


def windows_of(x, layout):
    """Yield X for each block of the images x. The next X is written to the same memory."""
    X = pieces = None
    for block in layout.blocks:
        images = x[block].swapaxes(0, 1)
        n = images.shape[1]
        if X is None or X.shape[3] != n:
            X = np.zeros((*layout.X, n, *layout.each), x.dtype)  # what falls on the padding stays 0
            pieces = X[:, 0] if layout.rows_in_y else layout.new_pieces(n, x.dtype)
        for j, (windows, pixels) in enumerate(layout.columns):
            pieces[(slice(None), j, ..., *windows)] = images[(..., *pixels)]
        if not layout.rows_in_y:
            for i, (windows, pixels) in enumerate(layout.rows):
                X[:, i, :, :, windows] = pieces[:, :, :, pixels]
        yield layout.as_matrices(X)


def add_to_images(X, images, layout):
    """Add X up in images (C, n, H, W), each number at the pixel it comes from: the adjoint of `windows_of`."""
    n = images.shape[1]
    X = X.reshape(*layout.X, n, *layout.each)
    if layout.rows_in_y:
        pieces = X[:, 0]
    else:
        pieces = layout.new_pieces(n, X.dtype)
        for i, (windows, pixels) in enumerate(layout.rows):
            pieces[:, :, :, pixels] += X[:, i, :, :, windows]
    for j, (windows, pixels) in enumerate(layout.columns):
        images[(..., *pixels)] += pieces[(slice(None), j, ..., *windows)]


def rows_of(y, layout):
    """Yield Y for each block of the outputs y. The next Y is written to the same memory."""
    Y = None
    for block in layout.blocks:
        outputs = y[block].swapaxes(0, 1)
        if Y is None or Y.shape[2] != outputs.shape[1]:
            Y = np.zeros((*layout.Y, outputs.shape[1], *layout.each), y.dtype)
        if layout.rows_in_y:
            for i, (windows, pixels) in enumerate(layout.rows):
                Y[:, i, :, pixels] = outputs[:, :, windows]
        else:
            Y[:, 0] = outputs
        yield layout.as_matrices(Y)


def write_outputs(Y, b, outputs, layout):
    """Add Y up in outputs (O, n, OH, OW), the adjoint of `rows_of`, and add the bias b."""
    Y = Y.reshape(*layout.Y, outputs.shape[1], *layout.each)
    if layout.rows_in_y:
        outputs[...] = b
        for i, (windows, pixels) in enumerate(layout.rows):
            outputs[:, :, windows] += Y[:, i, :, pixels]
    else:
        np.add(Y[:, 0], b, out=outputs)
