"""Windows that slide over the last dimensions of arrays: cutting them out, adding them up again, the largest of each.

Over rows (…, L), images (…, H, W) or volumes (…, D, H, W): as many dimensions as the kernel has sizes. Window p has its
element i at p · stride + i · dilation. Each of these letters is as many numbers, one for each dimension. In the
formulas the stride is s and the dilation d.
Everything here goes through the elements i, few, and takes that element of all windows at once: a slice with steps.
"""

import math

import numpy as np

from tinygrad_edu.engine.op import Sample, op

SIZES = {1: "L", 2: "H, W", 3: "D, H, W"}
"""How the sizes of rows, images and volumes are called, by their number."""

KINDS = [
    Sample((2, 4, 5), kernel=(2, 3)),
    Sample((1, 2, 5, 4), kernel=(3, 2), stride=(2, 1)),
    Sample((1, 1, 7, 6), kernel=(2, 2), stride=(2, 3), dilation=(3, 2)),
    Sample((2, 3, 4), kernel=(2, 2), stride=(2, 2)),
    Sample((0, 2, 3, 3), kernel=(2, 2)),
    Sample((2, 7), kernel=(3,), stride=(2,), dilation=(2,)),
    Sample((2, 3, 4, 5), kernel=(2, 1, 3), stride=(1, 2, 2)),
]


def number_of_windows(size, kernel, stride, dilation):
    """Count the windows that fit along each axis; ValueError if none does."""
    along = zip(size, kernel, each_way(stride, kernel), each_way(dilation, kernel), strict=True)
    counts = tuple((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in along)
    if min(counts) < 1:
        raise ValueError(f"a window of {kernel} with dilation {dilation} does not fit into {tuple(size)}")
    return counts


def each_way(step, kernel):
    """Return a step for each dimension of the kernel: one number is the same in all."""
    return (step,) * len(kernel) if isinstance(step, int) else step


def elements(counts, kernel, stride, dilation):
    """Go through the elements of a window; yield, for each, the index that reads it in all windows."""
    stride, dilation = each_way(stride, kernel), each_way(dilation, kernel)
    for place in np.ndindex(*kernel):
        along = zip(place, counts, stride, dilation, strict=True)
        yield (Ellipsis, *(slice(i * d, i * d + (n - 1) * s + 1, s) for i, n, s, d in along))


def _windows_by_loops(a, kernel, stride=1, dilation=1):
    n = len(kernel)
    counts = number_of_windows(a.shape[-n:], kernel, stride, dilation)
    y = np.zeros((*a.shape[:-n], *kernel, *counts))
    for place in np.ndindex(*kernel, *counts):
        i, p = place[:n], place[n:]
        y[(..., *place)] = a[(..., *np.multiply(p, stride) + np.multiply(i, dilation))]
    return y


def _sum_by_loops(a, size, stride=1, dilation=1):
    n = len(size)
    y = np.zeros((*a.shape[: -2 * n], *size))
    for place in np.ndindex(*a.shape[-2 * n :]):
        i, p = place[:n], place[n:]
        y[(..., *np.multiply(p, stride) + np.multiply(i, dilation))] += a[(..., *place)]
    return y


LETTERS = "p: which window; i: the position in it, each a number for every dimension; s = stride; d = dilation"


@op(
    formula="y[i, p] = a[s p + d i]",
    where=LETTERS,
    derivative=("g, the windows added up where they came from",),
    samples=KINDS,
    reference=_windows_by_loops,
    linear=True,
)
def cut_windows(a, *, kernel, stride=1, dilation=1):
    """Cut all windows out: images (…, H, W) give (…, kh, kw, OH, OW), and likewise in other dimensions."""
    n = len(kernel)
    before, size = a.shape[:-n], a.shape[-n:]
    counts = number_of_windows(size, kernel, stride, dilation)
    y = np.empty((*before, math.prod(kernel), *counts), a.dtype)
    for k, index in enumerate(elements(counts, kernel, stride, dilation)):
        y[(*(slice(None),) * len(before), k)] = a[index]

    def grad_a(g):
        return add_windows(g, size=size, stride=stride, dilation=dilation)

    return y.reshape(*before, *kernel, *counts), (grad_a,)


@op(
    formula="y[s p + d i] = Σ[i, p] a[i, p]",
    where=LETTERS,
    derivative=("g[s p + d i]",),
    samples=[
        Sample((2, 2, 3, 3, 3), size=(4, 5)),
        Sample((1, 3, 2, 2, 5), size=(6, 6), stride=(2, 1)),
        Sample((1, 2, 2, 2, 2), size=(7, 6), stride=(2, 3), dilation=(3, 2)),
        Sample((2, 3, 2), size=(7,), stride=(2,), dilation=(2,)),
        Sample((2, 1, 3, 2, 2, 2), size=(3, 4, 5), stride=(1, 2, 2)),
    ],
    reference=_sum_by_loops,
    linear=True,
)
def add_windows(a, *, size, stride=1, dilation=1):
    """Add windows up, each where `cut_windows` cuts it out: (…, kh, kw, OH, OW) gives images (…, H, W), and so on."""
    n = len(size)
    before, kernel, counts = a.shape[: -2 * n], a.shape[-2 * n : -n], a.shape[-n:]
    if number_of_windows(size, kernel, stride, dilation) != counts:
        raise ValueError(f"{counts} windows of {kernel} are not those of a size of {tuple(size)}")
    y = np.zeros((*before, *size), a.dtype)
    for place, index in zip(np.ndindex(*kernel), elements(counts, kernel, stride, dilation), strict=True):
        y[index] += a[(*(slice(None),) * len(before), *place)]

    def grad_a(g):
        return cut_windows(g, kernel=kernel, stride=stride, dilation=dilation)

    return y, (grad_a,)


def largest_of_windows(a, kernel, stride, dilation, border=0):
    """Find the largest element of each window of an array, the first of equals, and its number in the window.

    A NaN is larger than everything. The `border`, so many elements before the first along each dimension, is smaller
    than everything: of a window that holds nothing but the smallest number, the first element behind it is chosen.
    """
    counts = number_of_windows(a.shape[-len(kernel) :], kernel, stride, dilation)
    y = place = None
    for k, index in enumerate(elements(counts, kernel, stride, dilation)):
        x = a[index].copy()  # it is read twice, and reading with steps is slow
        if y is None:
            y, place = x, np.zeros_like(x, np.min_scalar_type(math.prod(kernel)))
        else:
            np.maximum(place, np.multiply(x > y, k, dtype=place.dtype), out=place)  # k is larger than all so far
            np.maximum(x, y, out=y)
    if np.isnan(y).any():
        for k, index in enumerate(elements(counts, kernel, stride, dilation)):
            np.copyto(place, k, where=np.isnan(a[index]))
    if np.any(border) and (smallest := y == lowest(a.dtype)).any():
        along = zip(counts, *(each_way(x, kernel) for x in (stride, border, dilation)), kernel, strict=True)
        inside = [np.clip(-((np.arange(n) * s - before) // d), 0, k - 1) for n, s, before, d, k in along]
        np.copyto(place, np.ravel_multi_index(np.ix_(*inside), kernel), where=smallest, casting="unsafe")
    return y, place


def lowest(dtype):
    """Return the number that is smaller than every other one of its type."""
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


@op(
    formula="y[p] = maxᵢ a[s p + d i]",
    where=LETTERS,
    derivative=("g at the first maximum of each window",),
    samples=KINDS,
    reference=lambda a, kernel, **where: _windows_by_loops(a, kernel, **where).max(
        tuple(range(-2 * len(kernel), -len(kernel))), initial=-np.inf
    ),
)
def max_pool(a, *, kernel, stride=1, dilation=1, border=0):
    """Take the largest element of each window: images (…, H, W) give (…, OH, OW), and likewise in other dimensions.

    Of equals, the first takes the gradient. Nothing goes to the `border` of the smallest number, so many elements
    before the first along each dimension.
    """
    y, place = largest_of_windows(getattr(a, "array", a), kernel, stride, dilation, border)
    size = a.shape[-len(kernel) :]

    def grad_a(g):
        return put_in_windows(g, place=place, size=size, kernel=kernel, stride=stride, dilation=dilation)

    # From Tensors only the pullback is wanted, and that does not use the value.
    return y, (grad_a,)


PLACE = np.array([[[0, 1, 5], [2, 3, 0]], [[4, 4, 1], [5, 2, 3]]])


@op(
    formula="y[s p + d i] = Σ[p] a[p], i being the element that place[p] numbers",
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
def put_in_windows(a, *, place, size, kernel, stride=1, dilation=1):
    """Add one number for each window, (…, OH, OW), into zeros (…, H, W), each at its own place in the window."""
    n = len(kernel)
    counts = a.shape[-n:]
    along = zip(kernel, each_way(stride, kernel), each_way(dilation, kernel), strict=True)
    overlapping = any(d * (k - 1) >= s for k, s, d in along)
    bits = np.dtype(f"i{a.itemsize}")  # the bits of a float, times 0 or 1: unlike inf · 0, never NaN
    everywhere = not overlapping and math.prod((*kernel, *counts)) == math.prod(size)
    y = (np.empty if everywhere else np.zeros)((*a.shape[:-n], *size), a.dtype)
    for k, index in enumerate(elements(counts, kernel, stride, dilation)):
        if overlapping:
            y[index] += np.multiply(a.view(bits), place == k).view(a.dtype)
        else:
            np.multiply(a.view(bits), place == k, out=y.view(bits)[index])

    def grad_a(g):
        return take_from_windows(g, place=place, kernel=kernel, stride=stride, dilation=dilation)

    return y, (grad_a,)


@op(
    formula="y[p] = a[s p + d i], i being the element that place[p] numbers",
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
def take_from_windows(a, *, place, kernel, stride=1, dilation=1):
    """Read one number from each window: (…, H, W) gives (…, OH, OW)."""
    size = a.shape[-len(kernel) :]
    y = np.zeros(place.shape, a.dtype)
    for k, index in enumerate(elements(place.shape[-len(kernel) :], kernel, stride, dilation)):
        np.copyto(y, a[index], where=place == k)

    def grad_a(g):
        return put_in_windows(g, place=place, size=size, kernel=kernel, stride=stride, dilation=dilation)

    return y, (grad_a,)
