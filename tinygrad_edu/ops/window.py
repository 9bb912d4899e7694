"""Windows that slide over images (…, H, W): cutting them out, adding them up again, the largest of each.

Window (p, q) has its element (i, j) at row p · stride + i · dilation, and the same along the columns. In the formulas
the stride is s and the dilation d.
Everything here goes through the elements (i, j), few, and takes that element of all windows at once:
a slice with steps.
"""

import math

import numpy as np

from tinygrad_edu.engine.op import Sample, op

KINDS = [
    Sample((2, 4, 5), kernel=(2, 3)),
    Sample((1, 2, 5, 4), kernel=(3, 2), stride=(2, 1)),
    Sample((1, 1, 7, 6), kernel=(2, 2), stride=(2, 3), dilation=(3, 2)),
    Sample((2, 3, 4), kernel=(2, 2), stride=(2, 2)),
    Sample((0, 2, 3, 3), kernel=(2, 2)),
]


def number_of_windows(size, kernel, stride, dilation):
    """Count the windows that fit along each axis; ValueError if none does."""
    counts = tuple((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(size, kernel, stride, dilation, strict=True))
    if min(counts) < 1:
        raise ValueError(f"a window of {kernel} with dilation {dilation} does not fit into {tuple(size)}")
    return counts


def elements(counts, kernel, stride, dilation):
    """Go through the elements of a window; yield, for each, the index that reads it in all windows."""
    for place in np.ndindex(*kernel):
        yield (
            Ellipsis,
            *(
                slice(i * d, i * d + (n - 1) * s + 1, s)
                for i, n, s, d in zip(place, counts, stride, dilation, strict=True)
            ),
        )


def cut_windows(a, kernel, stride, dilation):
    """Copy the windows of an array out: (…, H, W) gives (…, kh, kw, OH, OW)."""
    counts = number_of_windows(a.shape[-2:], kernel, stride, dilation)
    y = np.empty((*a.shape[:-2], kernel[0] * kernel[1], *counts), a.dtype)
    for k, index in enumerate(elements(counts, kernel, stride, dilation)):
        y[..., k, :, :] = a[index]
    return y.reshape(*a.shape[:-2], *kernel, *counts)


def add_windows(a, size, stride, dilation):
    """Add windows up where they came from: (…, kh, kw, OH, OW) gives (…, H, W)."""
    kernel, counts = a.shape[-4:-2], a.shape[-2:]
    y = np.zeros((*a.shape[:-4], *size), a.dtype)
    for place, index in zip(np.ndindex(*kernel), elements(counts, kernel, stride, dilation), strict=True):
        y[index] += a[(..., *place, slice(None), slice(None))]
    return y


def _windows_by_loops(a, kernel, stride=(1, 1), dilation=(1, 1)):
    counts = number_of_windows(a.shape[-2:], kernel, stride, dilation)
    y = np.zeros((*a.shape[:-2], *kernel, *counts))
    for i, j, p, q in np.ndindex(*kernel, *counts):
        y[..., i, j, p, q] = a[..., p * stride[0] + i * dilation[0], q * stride[1] + j * dilation[1]]
    return y


def _sum_by_loops(a, size, stride=(1, 1), dilation=(1, 1)):
    y = np.zeros((*a.shape[:-4], *size))
    for i, j, p, q in np.ndindex(*a.shape[-4:]):
        y[..., p * stride[0] + i * dilation[0], q * stride[1] + j * dilation[1]] += a[..., i, j, p, q]
    return y


LETTERS = "p, q: which window; i, j: the position in it; s = stride; d = dilation"


@op(
    formula="y[i, j, p, q] = a[s p + d i, s q + d j]",
    where=LETTERS,
    derivative=("g, the windows added up where they came from",),
    samples=KINDS,
    reference=_windows_by_loops,
    linear=True,
)
def unfold2d(a, *, kernel, stride=(1, 1), dilation=(1, 1)):
    """Cut all windows out of images: (…, H, W) gives (…, kh, kw, OH, OW)."""
    size = a.shape[-2:]

    def grad_a(g):
        return fold2d(g, size=size, stride=stride, dilation=dilation)

    return cut_windows(a, kernel, stride, dilation), (grad_a,)


@op(
    formula="y[s p + d i, s q + d j] = Σ[i, j, p, q] a[i, j, p, q]",
    where=LETTERS,
    derivative=("g[s p + d i, s q + d j]",),
    samples=[
        Sample((2, 2, 3, 3, 3), size=(4, 5)),
        Sample((1, 3, 2, 2, 5), size=(6, 6), stride=(2, 1)),
        Sample((1, 2, 2, 2, 2), size=(7, 6), stride=(2, 3), dilation=(3, 2)),
    ],
    reference=_sum_by_loops,
    linear=True,
)
def fold2d(a, *, size, stride=(1, 1), dilation=(1, 1)):
    """Add windows up to images, each where `unfold2d` cuts it out: (…, kh, kw, OH, OW) gives (…, H, W)."""
    kernel, counts = a.shape[-4:-2], a.shape[-2:]
    if number_of_windows(size, kernel, stride, dilation) != counts:
        raise ValueError(f"{counts} windows of {kernel} are not those of an image of {tuple(size)}")

    def grad_a(g):
        return unfold2d(g, kernel=kernel, stride=stride, dilation=dilation)

    return add_windows(a, size, stride, dilation), (grad_a,)


def largest_of_windows(a, kernel, stride, dilation, border=(0, 0)):
    """Find the largest element of each window of an array, the first of equals, and its number in the window.

    A NaN is larger than everything. The `border` (rows above, columns on the left) is smaller than everything: of a
    window that holds nothing but the smallest number, the first element behind the border is chosen.
    """
    counts = number_of_windows(a.shape[-2:], kernel, stride, dilation)
    y = place = None
    for k, index in enumerate(elements(counts, kernel, stride, dilation)):
        x = a[index].copy()  # it is read twice, and reading with steps is slow
        if y is None:
            y, place = x, np.zeros_like(x, np.min_scalar_type(kernel[0] * kernel[1]))
        else:
            np.maximum(place, np.multiply(x > y, k, dtype=place.dtype), out=place)  # k is larger than all so far
            np.maximum(x, y, out=y)
    if np.isnan(y).any():
        for k, index in enumerate(elements(counts, kernel, stride, dilation)):
            np.copyto(place, k, where=np.isnan(a[index]))
    if max(border) and (smallest := y == lowest(a.dtype)).any():
        row, column = (
            np.clip(-((np.arange(n) * s - before) // d), 0, k - 1)
            for n, s, before, d, k in zip(counts, stride, border, dilation, kernel, strict=True)
        )
        np.copyto(place, row[:, None] * kernel[1] + column, where=smallest, casting="unsafe")
    return y, place


def lowest(dtype):
    """Return the number that is smaller than every other one of its type."""
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


@op(
    formula="y[p, q] = maxᵢⱼ a[s p + d i, s q + d j]",
    where=LETTERS,
    derivative=("g at the first maximum of each window",),
    samples=KINDS,
    reference=lambda a, kernel, stride=(1, 1), dilation=(1, 1): _windows_by_loops(a, kernel, stride, dilation).max(
        (-4, -3), initial=-np.inf
    ),
)
def max_pool2d(a, *, kernel, stride=(1, 1), dilation=(1, 1), border=(0, 0)):
    """Take the largest element of each window: (…, H, W) gives (…, OH, OW). Of equals, the first takes the gradient.

    Nothing goes to the `border` of the smallest number, so many rows above and columns on the left.
    """
    y, place = largest_of_windows(getattr(a, "array", a), kernel, stride, dilation, border)
    size = a.shape[-2:]

    def grad_a(g):
        return put_in_windows(g, place=place, size=size, kernel=kernel, stride=stride, dilation=dilation)

    # From Tensors only the pullback is wanted, and that does not use the value.
    return y, (grad_a,)


PLACE = np.array([[[0, 1, 5], [2, 3, 0]], [[4, 4, 1], [5, 2, 3]]])


@op(
    formula="y[s p + d i, s q + d j] = Σ[p, q] a[p, q], (i, j) being the element that place[p, q] numbers",
    where=LETTERS,
    derivative=("g at place",),
    samples=[
        Sample((2, 2, 3), place=PLACE, size=(4, 7), kernel=(2, 3), stride=(2, 2)),
        Sample((2, 2, 3), place=PLACE, size=(3, 5), kernel=(2, 3)),
    ],
    reference=lambda a, place, size, kernel, **where: _sum_by_loops(
        np.stack([a * (place == k) for k in range(6)], -3).reshape(2, *kernel, 2, 3), size, **where
    ),
    linear=True,
)
def put_in_windows(a, *, place, size, kernel, stride=(1, 1), dilation=(1, 1)):
    """Add one number for each window, (…, OH, OW), into zeros (…, H, W), each at its own place in the window."""
    counts = a.shape[-2:]
    overlapping = any(d * (k - 1) >= s for k, s, d in zip(kernel, stride, dilation, strict=True))
    bits = np.dtype(f"i{a.itemsize}")  # the bits of a float, times 0 or 1: unlike inf · 0, never NaN
    everywhere = not overlapping and math.prod((*kernel, *counts)) == math.prod(size)
    y = (np.empty if everywhere else np.zeros)((*a.shape[:-2], *size), a.dtype)
    for k, index in enumerate(elements(counts, kernel, stride, dilation)):
        if overlapping:
            y[index] += np.multiply(a.view(bits), place == k).view(a.dtype)
        else:
            np.multiply(a.view(bits), place == k, out=y.view(bits)[index])

    def grad_a(g):
        return take_from_windows(g, place=place, kernel=kernel, stride=stride, dilation=dilation)

    return y, (grad_a,)


@op(
    formula="y[p, q] = a[s p + d i, s q + d j], (i, j) being the element that place[p, q] numbers",
    where=LETTERS,
    derivative=("g, put at place",),
    samples=[
        Sample((2, 4, 7), place=PLACE, kernel=(2, 3), stride=(2, 2)),
        Sample((2, 3, 5), place=PLACE, kernel=(2, 3)),
    ],
    reference=lambda a, place, kernel, **where: np.take_along_axis(
        _windows_by_loops(a, kernel, **where).reshape(2, 6, 2, 3), place[:, None], axis=1
    )[:, 0],
    linear=True,
)
def take_from_windows(a, *, place, kernel, stride=(1, 1), dilation=(1, 1)):
    """Read one number from each window: (…, H, W) gives (…, OH, OW)."""
    size = a.shape[-2:]
    y = np.zeros(place.shape, a.dtype)
    for k, index in enumerate(elements(place.shape[-2:], kernel, stride, dilation)):
        np.copyto(y, a[index], where=place == k)

    def grad_a(g):
        return put_in_windows(g, place=place, size=size, kernel=kernel, stride=stride, dilation=dilation)

    return y, (grad_a,)
