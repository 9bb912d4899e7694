"""Single elements of local derivatives: how much the output of one operation changes with one element of an input.

No operation declares its derivative. A pullback computes the product of the upstream gradient g and the table of all
local derivatives, the Jacobian, and it does so for any g. So a row of the Jacobian, that of one element of the output,
is what it answers to a g that is 1 there and 0 elsewhere. A column, that of one element of an input, comes from
differentiating the pullback itself. (The explorer looks at whole Jacobians: `explorer/local.py`.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from tinygrad_edu.engine.grad_mode import enable_grad
from tinygrad_edu.engine.graph import GraphError, backpropagate, fit, usable_pullbacks
from tinygrad_edu.engine.op import Array
from tinygrad_edu.engine.value import Node
from tinygrad_edu.engine.watchers import unwatched
from tinygrad_edu.system.generator import default_generator
from tinygrad_edu.tensors.numbers import largest
from tinygrad_edu.tensors.tensor import Tensor

Element = tuple[int, ...]  # the place of one element: an index for each axis

LIMIT = 4096  # rows that a column is read off, if the pullback cannot be differentiated


def column(node: Node, index: int, output: Array, element: Element, *, limit: int = LIMIT) -> Array:
    """Return how much each element of the output changes with one element of an input: of the output's shape.

    Parameters:
        node: a node whose pullbacks are there; `walking.lent` brings back those of a freed graph.
        index: the number of an input that has a gradient.
        output: the node's output, or anything of its shape and dtype: the upstream gradient, say.
        element: the place in the input.
        limit: how many elements the output may have where the pullback cannot be differentiated. A backward of your
            own cannot if it leaves the Tensors it was given.

    Raises:
        GraphError: the graph was freed, or a value that the pullback needs was changed in place; or the output has more
            than `limit` elements, and the pullback cannot be differentiated.
        ValueError: no gradient goes to that input.
    """
    return next(columns(node, index, output, [element], limit=limit))


def columns(
    node: Node, index: int, output: Array, elements: Iterable[Element], *, limit: int = LIMIT
) -> Iterator[Array]:
    """Yield what `column` returns for each of several elements of the input."""
    g = _some_gradient(output)
    ones, answer = _answers(node, index, g)
    x = np.asarray(node.arrays[index])
    if _is_elementwise(ones, answer, g):
        for element in elements:  # the copies of the element, each with its derivative
            yield np.where(np.broadcast_to(_basis(x, element), output.shape) != 0, ones, 0).astype(output.dtype)
        return
    answer = np.asarray(fit(answer, x, node))
    carry = _recorded(node, index, output)
    for element in elements:
        found = carry(_basis(x, element))
        unknown = np.isnan(found) if found is not None else np.array(False)
        if found is not None and 0 < np.count_nonzero(unknown) <= limit:  # 0 · infinity, the 0 being another element's
            found = np.where(unknown, _column_of_rows(node, index, output, element, unknown, limit), found)
        # A rule that draws random numbers may have drawn others this time: believed is what the pullback confirms.
        if found is None or not _carries(found, g, answer[element]):
            found = _column_of_rows(node, index, output, element, np.ones(output.shape, bool), limit)
        yield found


def row(node: Node, index: int, output: Array, element: Element) -> Array:
    """Return how much one element of the output changes with each element of an input: of the input's shape.

    The parameters are those of `column`, but that `element` is the place in the output.
    """
    with np.errstate(all="ignore"):
        share = np.asarray(_pullback(node, index)(_basis(output, element)))
        return np.array(fit(share, np.asarray(node.arrays[index]), node))


def touched(node: Node, index: int, output: Array, element: Element, *, by_nan: bool) -> Array:
    """Return which elements of the output have to do with one element of an input, be their derivative 0.

    The parameters are those of `column`. A change of the input that is NaN finds them: times 0 it is NaN still. `where`
    and its like send a 0 of their own instead: with `by_nan`, they count only if a gradient of NaN comes back as NaN.
    """
    x = np.asarray(node.arrays[index])
    change = np.zeros_like(x)
    change[element] = np.nan
    with np.errstate(all="ignore"):
        ones, answer = _answers(node, index, g := _some_gradient(output))
        if _is_elementwise(ones, answer, g):
            back = _pullback(node, index)(np.full_like(output, np.nan)) if by_nan else np.nan
            return np.isnan(np.broadcast_to(change, output.shape)) & np.isnan(back)
        found = _recorded(node, index, output)(change)
    return np.zeros(output.shape, bool) if found is None else np.isnan(found)


def _pullback(node: Node, index: int) -> Any:
    pullback = usable_pullbacks(node)[index]
    if pullback is None:
        raise ValueError(f"{node.op.name}: no gradient goes to input {index}, so there is no local derivative")
    return pullback


def _answers(node: Node, index: int, g: Array) -> tuple[Array, Array]:
    """Return what the pullback answers to ones, and to g."""
    pullback = _pullback(node, index)
    with np.errstate(all="ignore"):
        return np.array(pullback(np.ones_like(g))), np.array(pullback(g))


def _is_elementwise(ones: Array, answer: Array, g: Array) -> bool:
    """Tell whether the pullback multiplies g, element by element, by what it answers to ones."""
    with np.errstate(all="ignore"):
        return ones.shape == g.shape and _agree(answer, g * ones, largest(answer))


def _basis(like: Array, element: Element) -> Array:
    """Return what is 1 at one place and 0 elsewhere."""
    basis = np.zeros_like(like)
    basis[element] = 1
    return basis


def _some_gradient(output: Array) -> Array:
    """Return a random gradient for the output, none of it near 0; the same one for the same size."""
    numbers = np.random.default_rng(output.size).uniform(0.5, 1.5, output.shape)
    return np.asarray(numbers, output.dtype)


def _agree(a: Any, b: Any, scale: Any) -> bool:
    """Tell whether two arrays are equal up to rounding, where numbers of the size `scale` were added up."""
    if a.shape != b.shape:
        return False
    rounding = 256 * float(np.finfo(b.dtype).eps)
    return bool(np.allclose(a, b, rtol=rounding, atol=rounding * float(scale), equal_nan=True))


def _carries(column: Array, g: Array, answer: Any) -> bool:
    """Tell whether a column of the Jacobian makes of g what the pullback made of it. NaN cannot be told wrong."""
    with np.errstate(all="ignore"):
        products = column * g
        scale = max(largest(products), largest(g)) * products.size
        return bool(np.isnan(column).any()) or _agree(np.sum(products), answer, scale)


def _recorded(node: Node, index: int, output: Array) -> Callable[[Array], Array | None]:
    """Return what carries a change of the input to the output, or None if it cannot: the pullback of the pullback.

    A pullback is linear in g. So the gradient of (its answer · change) with respect to g is the Jacobian · change,
    whatever g is.
    """
    g = Tensor(np.ones_like(output), requires_grad=True)
    share: Any = None
    state = default_generator.get_state()
    with suppress(Exception), enable_grad(), unwatched():  # a backward of the user's may not like Tensors
        share = usable_pullbacks(node, Tensor)[index](g)  # type: ignore[misc]  # there is one
        share = fit(share, np.asarray(node.arrays[index]), node)
    default_generator.set_state(state)  # a forward of the user's that draws numbers has run again

    def carry(change: Array) -> Array | None:
        if not isinstance(share, Tensor):
            return None
        if not share.tracked:
            return np.zeros_like(output)
        with suppress(Exception), unwatched(), np.errstate(all="ignore"):
            return np.asarray(backpropagate([(share, change)], {g}, retain_graph=True).get(g, np.zeros_like(output)))
        return None

    return carry


def _column_of_rows(node: Node, index: int, output: Array, element: Element, wanted: Array, limit: int) -> Array:
    """Return those elements of a column that are wanted, each from its row."""
    if np.count_nonzero(wanted) > limit:
        raise GraphError(
            f"{node.op.name}: its way back cannot be differentiated, and its output has {output.size} elements, too "
            f"many to ask it for each of them; pass limit={output.size} to do so all the same"
        )
    found = np.zeros_like(output)
    for place in map(tuple, np.argwhere(wanted)):
        found[place] = row(node, index, output, place)[element]
        if np.isnan(found[place]) and not _is_asked(node, index, output, element, place):
            found[place] = 0
    return found


def _is_asked(node: Node, index: int, output: Array, element: Element, place: Element) -> bool:
    """Tell whether the gradient at one place of the output matters to that of an element: NaN there would be seen."""
    g = _some_gradient(output)
    with np.errstate(all="ignore"):
        before = fit(np.array(_pullback(node, index)(g)), np.asarray(node.arrays[index]), node)[element]
        g[place] = np.nan
        after = fit(np.asarray(_pullback(node, index)(g)), np.asarray(node.arrays[index]), node)[element]
    return bool(np.isnan(before) or np.isnan(after))
