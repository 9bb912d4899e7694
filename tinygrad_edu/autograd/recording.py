"""How a plain function gets into a graph: its arguments are wrapped, it runs, its results are looked at.

The numbers in the chosen arguments become tensors that require a gradient, so whatever the function does
with them is recorded: `np.exp(x)` as well as `x.exp()`. Transforms nest: an argument that an outer
transform watches already stays in its graph, and so do values that the function takes from around it.
Whether somebody outside watches is read off the graph of the results, so no level is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.autograd.pytrees import convert, leaves, outline
from tinygrad_edu.engine.dtypes import array_of
from tinygrad_edu.engine.grad_mode import enable_grad, switch
from tinygrad_edu.engine.graph import pullbacks_of, source_of, toposort
from tinygrad_edu.engine.value import Node
from tinygrad_edu.tensors.tensor import Tensor, wrap

Argnums = int | Sequence[int]


class Watched:
    """One run of `function(*args, **kwargs)` with the numbers in some arguments watched.

    Attributes:
        inputs: the tensors that stand for those numbers, in order.
        output: what the function returned (without the second part, if `has_aux`).
        followed: whether somebody outside may ask for the gradient of what is computed here.
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
        argnums: Argnums,
        has_aux: bool,
    ) -> None:
        self.name = name
        self.positions = positions(name, argnums, len(args))
        recording = switch.enabled
        standing = list(args)
        self.given: list[Any] = []
        self.inputs: list[Tensor] = []
        with enable_grad():
            for i in self.positions:
                standing[i] = convert(args[i], lambda x, i=i: self._watch(x, i, recording))  # type: ignore[misc]
            returned = function(*standing, **kwargs)
        if has_aux and not (isinstance(returned, tuple) and len(returned) == 2):
            raise TypeError(
                f"{name}: with has_aux=True the function must return a pair (output, auxiliary), not {_kind(returned)}"
            )
        self.aux: Any
        self.output, self.aux = returned if has_aux else (returned, None)
        self.trees = [args[i] for i in self.positions]
        self.single = isinstance(argnums, int)
        self.as_arrays = not any(isinstance(x, Tensor) for x in self.given)
        results = [x for x in leaves((self.output, self.aux)) if isinstance(x, Tensor)]
        self.followed = recording and not roots_of(results) <= set(self.inputs)

    def _watch(self, x: Any, argument: int, recording: bool) -> Tensor:
        """Return a tensor that requires a gradient in place of the number, array or Tensor `x`."""
        if not isinstance(x, Tensor | np.ndarray | np.floating | float):
            hint = f"; write {x}.0" if type(x) is int else ""
            raise TypeError(
                f"{self.name}: argument {argument} holds {_kind(x)}; a derivative is taken with respect to floats, "
                f"float arrays or Tensors, or dicts, lists and tuples of them{hint}"
            )
        array = array_of(x)
        if array.dtype.kind != "f":
            raise TypeError(
                f"{self.name}: argument {argument} is {array.dtype}, along which nothing changes smoothly; convert it "
                "first, as with x.astype(float), or choose other argnums"
            )
        # The copy of a tensor that is followed from outside is a value of its own, with a gradient of its own.
        watched = ops.clone(x) if recording and isinstance(x, Tensor) and x.requires_grad else wrap(array, True)
        self.given.append(x)
        self.inputs.append(watched)
        return watched

    def leave(self, tree: Any) -> Any:
        """Return results as the caller expects them: arrays where arrays came in, free of the graph made here."""
        return convert(tree, self._leave)

    def _leave(self, x: Any) -> Any:
        if not isinstance(x, Tensor) or (self.followed and x.requires_grad):
            return x
        return x.array[()] if self.as_arrays else x.detach()

    def like_inputs(self, values: Sequence[Any]) -> list[Any]:
        """Return one Tensor for each input (None: zeros), each as the kind that the input came as."""
        tensors = [wrap(np.zeros_like(x.array)) if g is None else g for x, g in zip(self.inputs, values, strict=True)]
        return [self._like(given, g) for given, g in zip(self.given, tensors, strict=True)]

    def _like(self, given: Any, g: Tensor) -> Any:
        if isinstance(given, Tensor) or (self.followed and g.requires_grad):
            return g
        return g.array if isinstance(given, np.ndarray) else g.array[()]  # a number for a number


def positions(name: str, argnums: Argnums, count: int) -> list[int]:
    """Return which of `count` arguments `argnums` means; negative ones count from the end."""
    chosen = [argnums] if isinstance(argnums, int) else list(argnums)
    for i in chosen:
        if not -count <= i < count:
            raise ValueError(f"{name}: there is no argument {i}; the function was called with {count} of them")
    return [i % count for i in chosen]


def output_tensors(name: str, output: Any, dtype: Any) -> list[Tensor]:
    """Return the numbers in what a function returned as Tensors; TypeError for anything else."""
    found = leaves(output)
    for x in found:
        if not isinstance(x, Tensor | np.ndarray | np.number | float | int):
            raise TypeError(f"{name}: the function must return numbers, arrays or Tensors, not {_kind(x)}")
    if not found:
        raise TypeError(f"{name}: the function returned {outline(output)}, with no number in it; is a return missing?")
    return [x if isinstance(x, Tensor) else wrap(array_of(x).astype(dtype, copy=False)) for x in found]


def leaves_behind(sources: Iterable[Any]) -> list[Any]:
    """Return the leaves that gradients from `sources`, nodes and leaves, would end at, each once."""
    sources = list(sources)
    for node in toposort(source for source in sources if source.__class__ is Node):
        pairs = zip(node.sources, pullbacks_of(node), strict=True)
        sources += [source for source, pullback in pairs if pullback is not None]
    return list(dict.fromkeys(source for source in sources if source.__class__ is not Node))


def roots_of(results: Sequence[Tensor]) -> set[Tensor]:
    """Return the tensors that gradients from `results` would end at."""
    return set(leaves_behind(source_of(x) for x in results if x.requires_grad))


def _kind(x: Any) -> str:
    return "None" if x is None else f"{x!r:.40}, of type {type(x).__name__}"
