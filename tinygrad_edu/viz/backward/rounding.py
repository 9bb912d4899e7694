"""Which gradients may be nothing but rounding: what is left where shares cancel out, and whatever is made of that."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.broadcasting import unbroadcast
from tinygrad_edu.engine.graph import source_of
from tinygrad_edu.engine.op import Array
from tinygrad_edu.engine.piece import Piece
from tinygrad_edu.tensors.hooks import GradKeeper
from tinygrad_edu.tensors.numbers import is_noise, largest
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.viz.backward.shares import BackwardPass, Share

MAY_BE_ROUNDING = 1e-2  # beside the sum of all numbers in the upstream gradient; a larger share is what it is


def summed_sizes(passed: BackwardPass) -> dict[Any, Array]:
    """Return, of each gradient of a pass, how large the numbers were that it was added up from: Σ |share|.

    Each is of the shape of its gradient. Rounding leaves an error of about this times the precision of the dtype. A
    gradient that is no larger than that may be nothing else (`numbers.is_noise`). A small one that was not added up
    from larger numbers is what it is: gradients that vanish on their way through many layers do so honestly.

    Call it while the pullbacks are there: those that add up numbers themselves are asked once more.
    """
    found: dict[Any, Array] = {source_of(passed.root): np.abs(passed.seed)}
    for visit in passed.visits:
        if has_hooks(visit.node):  # they may have put any numbers in the place of the sum
            found[visit.node] = np.abs(visit.grad)
        sizes, size = found[visit.node], largest(visit.grad)
        # Of rounding come only numbers that are rounding, too, as large beside the sizes as before.
        doubt = largest(sizes) / size if is_noise(size, visit.grad.dtype, largest(sizes)) else 1.0
        for share in visit.shares:
            total = found.get(share.source)
            if total is None:
                total = found[share.source] = np.zeros_like(np.abs(passed.gradients[share.source]))
            add_sizes(total, share, doubt)
    found |= {x: np.abs(passed.gradients[x]) for x in found if isinstance(x, Tensor) and has_hooks(x)}
    return found


def add_sizes(total: Array, share: Share, factor: float) -> None:
    """Add the sizes of the numbers of a share, of all copies of an input that was broadcast, to a total."""
    if isinstance(share.returned, Piece):
        piece = share.returned
        Piece(np.abs(np.asarray(piece.g)) * factor, piece.index, piece.shape).add_to(total)
    else:
        total += unbroadcast(sizes_inside(share), total.shape) * factor


def sizes_inside(share: Share) -> Array:
    """Return what a pullback returned without signs, and where it may have added up more than that, more.

    A pullback is linear in the upstream gradient g. |pullback(|g|)| is at most what its sums had been without signs,
    and of a bias, whose gradient is the sum of g over many rows, it is that.
    """
    sizes, g = np.abs(share.raw), share.visit.grad
    pullbacks = share.visit.node.pullbacks
    pullback = pullbacks[share.index] if pullbacks else None
    if pullback is None or largest(sizes) > MAY_BE_ROUNDING * float(np.sum(np.abs(g))):
        return sizes
    with np.errstate(all="ignore"):
        return np.fmax(sizes, np.abs(np.asarray(pullback(np.abs(g).astype(g.dtype)))))


def has_hooks(source: Any) -> bool:
    """Tell whether a node or a leaf has hooks of the user's."""
    return any(not isinstance(hook, GradKeeper) for hook in source.hooks or ())
