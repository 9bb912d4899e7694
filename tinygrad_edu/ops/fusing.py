"""What fused operations share: second derivatives by way of the plain formula."""

import numpy as np

from tinygrad_edu.engine.graph import backpropagate, source_of
from tinygrad_edu.engine.shared import shared
from tinygrad_edu.ops.shape import clone


def are_arrays(*inputs):
    """Tell whether a rule is run for its value. With a Tensor among the inputs it is run again, to be recorded."""
    return not any(hasattr(x, "__apply_op__") for x in inputs)


def own(a):
    """Return what a rule passes as `out=` to write over an array of its own: the array; but None for a Tensor."""
    return a if isinstance(a, np.ndarray) else None


def through(plain, inputs, **params):
    """Return the value and pullbacks of `plain`, a function of Tensors written in operations.

    For a fused rule that is run again on Tensors: what it computes in place cannot be recorded, but the
    formula it stands for can, and so can the way back through that.
    """
    twins = [clone(x) if hasattr(x, "__apply_op__") else x for x in inputs]  # the way back is to end at these
    y = plain(*twins, **params)
    sources = [source_of(x) if getattr(x, "tracked", False) else None for x in twins]

    def way_back(g):
        wanted = {source for source in sources if source is not None}
        gradients = backpropagate([(y, g)], wanted, retain_graph=True, create_graph=True)
        return [gradients.get(source) for source in sources]

    return y, shared(way_back, len(twins))
