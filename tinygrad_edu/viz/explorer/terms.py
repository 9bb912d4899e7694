"""What one element of a share is the sum of; and local derivatives as data of a page, in the forms of `local.py`.

{"kind": "gather", "at": array or null, "local": array}
{"kind": "product", "upstream": "ik", "other": input or null, "letters": "jk", "input": "ij"}
{"kind": "matrix", "starts": array, "rows": array, "values": array}
{"kind": "element", "shown": flat position,         where the page would have to be told too much for one of these
 "at": array, "upstream": array, "local": array,    the largest terms of the one element that is shown
 "more": 5, "rest": array}                          how many are left out, and what they come to
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu.engine.graph import GraphError
from tinygrad_edu.engine.op import Array
from tinygrad_edu.viz.backward.jacobian import column
from tinygrad_edu.viz.backward.shares import Share
from tinygrad_edu.viz.explorer.arrays import Arrays
from tinygrad_edu.viz.explorer.local import Gather, Matrix, Product, local_derivative

GIVEN = 24  # terms of one element


def local_data(
    share: Share, shown: int, arrays: Arrays, value_of: Callable[[Any], int | None]
) -> dict[str, Any] | None:
    """Return the local derivative that made a share, as data; None where nothing is known of it.

    Parameters:
        shown: the flat position of the element that is shown where the page cannot be told about all of them.
        arrays: those of the page.
        value_of: says the number of the array that a source of the graph held.
    """
    if not share.array.size:
        return None
    local = local_derivative(share)
    data: dict[str, Any]
    upstream = arrays.add(share.visit.grad)
    if isinstance(local, Gather):
        at = None if local.at is None else arrays.add(local.at)
        data = {"kind": "gather", "at": at, "local": arrays.add(local.local)}
        needed = [upstream, data["local"], *([] if at is None else [at])]
    elif isinstance(local, Product):
        data = {"kind": "product", **local._asdict()}
        needed = [upstream, *([] if local.other is None else [value_of(share.visit.node.sources[local.other])])]
    elif isinstance(local, Matrix):
        parts = {name: arrays.add(part) for name, part in local._asdict().items()}
        data, needed = {"kind": "matrix", **parts}, [upstream, *parts.values()]
    else:
        return element_data(share, shown, terms_of_column(share, shown), arrays)
    if all(number is not None and arrays.has_whole(number) for number in needed):
        return data
    parts_of_terms = [terms_of(share, local, int(c)) for c in copies(share, shown)]
    return element_data(share, shown, Terms(*map(np.concatenate, zip(*parts_of_terms, strict=True))), arrays)


def element_data(share: Share, shown: int, terms: Terms | None, arrays: Arrays) -> dict[str, Any] | None:
    """Return the largest terms of one element's sum; how many more there are, and what these come to."""
    if terms is None:
        return None
    products = terms.upstream * terms.local
    order = np.argsort(-np.abs(products), kind="stable")
    order, left_out = order[:GIVEN], order[GIVEN:]
    given = {name: arrays.add(part[order]) for name, part in terms._asdict().items()}
    rest = arrays.add(np.sum(products[left_out]))
    return {"kind": "element", "shown": shown, **given, "more": len(left_out), "rest": rest}


class Terms(NamedTuple):
    """What one element of a share is the sum of: products of `upstream`, which stands at `at`, and `local`."""

    at: Array
    upstream: Array
    local: Array


def terms_of_column(share: Share, p: int) -> Terms | None:
    """Return what element p of a share is the sum of, from that column of the Jacobian; None where it is not known."""
    visit = share.visit
    place = tuple(map(int, np.unravel_index(p, share.array.shape)))
    try:
        numbers = column(visit.node, share.index, visit.grad, place).reshape(-1)
    except GraphError:  # a backward of the user's own that cannot be differentiated
        return None
    at = np.flatnonzero(numbers)
    return Terms(at, visit.grad.reshape(-1)[at], numbers[at])


def copies(share: Share, p: int) -> Array:
    """Return the flat positions, in what the pullback returned, that element p of the input was repeated at."""
    if share.raw.shape == share.array.shape:
        return np.array([p])
    numbers = np.arange(share.array.size).reshape(share.array.shape)
    return np.flatnonzero(np.broadcast_to(numbers, share.raw.shape) == p)


def terms_of(share: Share, local: Gather | Product | Matrix, c: int) -> Terms:
    """Return what element c of what a pullback returned is the sum of."""
    g = share.visit.grad.reshape(-1)
    if isinstance(local, Gather):
        at = np.array([c if local.at is None else local.at.flat[c]])
        return Terms(at, g[at], local.local.reshape(-1)[c : c + 1])
    if isinstance(local, Matrix):
        column = slice(local.starts[c], local.starts[c + 1])
        at = local.rows[column]
        return Terms(at, g[at], local.values[column])
    # Which elements meet: where the letters of the input stand for those of element c.
    letters = dict(zip(local.input, np.unravel_index(c, share.raw.shape), strict=True))
    place = tuple(letters.get(letter, slice(None)) for letter in local.upstream)
    positions = np.arange(g.size).reshape(share.visit.grad.shape)[place]
    free = "".join(letter for letter in local.upstream if letter not in letters)
    at = np.asarray(positions).reshape(-1)
    if local.other is None:
        return Terms(at, g[at], np.ones(at.size, g.dtype))
    factor = np.asarray(share.visit.node.arrays[local.other])
    part = factor[tuple(letters.get(letter, slice(None)) for letter in local.letters)]
    left = "".join(letter for letter in local.letters if letter not in letters)
    sums = np.einsum(f"{left}->{''.join(x for x in left if x in free)}", part)  # over what g knows nothing of
    kept = [x for x in left if x in free]
    ordered = np.transpose(sums, [kept.index(x) for x in free if x in kept])
    shape = [n if x in kept else 1 for x, n in zip(free, np.shape(positions), strict=True)]
    return Terms(at, g[at], np.broadcast_to(ordered.reshape(shape), np.shape(positions)).reshape(-1))
