"""What fused operations share: second derivatives by way of the plain formula, and one way back for all inputs."""

import numpy as np

from tinygrad_edu.engine.graph import backpropagate
from tinygrad_edu.ops.shape import clone


def are_arrays(*inputs):
    """Tell whether a rule is run for its value. With a Tensor among the inputs it is run again, to be recorded."""
    return not any(hasattr(x, "node") for x in inputs)


def own(a):
    """Return what a rule passes as `out=` to write over an array of its own: the array; but None for a Tensor."""
    return a if isinstance(a, np.ndarray) else None


def through(plain, inputs, **params):
    """Return the value and pullbacks of `plain`, a function of Tensors written in operations.

    For a fused rule that is run again on Tensors: what it computes in place cannot be recorded, but the
    formula it stands for can, and so can the way back through that.
    """
    twins = [clone(x) if hasattr(x, "node") else x for x in inputs]  # the way back is to end at these
    y = plain(*twins, **params)
    nodes = [getattr(x, "node", None) for x in twins]

    def way_back(g):
        wanted = {node for node in nodes if node is not None}
        gradients = backpropagate([(y, g)], wanted, retain_graph=True, create_graph=True)
        return [gradients.get(node) for node in nodes]

    def part(i):
        return lambda *gradients: gradients[i]

    return y, shared(way_back, [part(i) for i in range(len(twins))])


def shared(way_back, parts):
    """Return a pullback for each of `parts`: functions of what `way_back` makes of g, which is computed once for all.

    A pullback that asks again does so in another backward pass, for which everything is computed anew.
    """
    last = {}

    def pullback_of(part):
        def pullback(g):
            if last.get("g") is not g or part in last["asked"]:
                last.update(g=g, found=way_back(g), asked=set())
            last["asked"].add(part)
            return part(*last["found"])

        return pullback

    return [pullback_of(part) for part in parts]
