"""Trace a function: run it once, with traced arrays in place of all that it is given and can reach."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu.engine.graph import backpropagate
from tinygrad_edu.program.instructions import AsTensor, Program, Variable, is_array, replaced
from tinygrad_edu.program.tracing.arrays import TracedArray, TracedGenerator, TracedNumber, plain, refuse
from tinygrad_edu.program.tracing.places import GONE, Place, attribute, item
from tinygrad_edu.program.tracing.reach import PLAIN, Reach
from tinygrad_edu.program.tracing.trace import Trace
from tinygrad_edu.tensors.tensor import Tensor

thread = threading.local()  # its `tracing` tells whether this thread is in a trace
tracing = threading.RLock()  # the rules of all operations are exchanged meanwhile, so one trace goes on at a time


@dataclass(eq=False, slots=True)
class Traced:
    """What a trace has found.

    Attributes:
        program: the calls.
        result: what the function returned, with plain arrays.
        stable: whether everything that the program reads was there before it began. What made itself a new place to
            keep something in, as an optimizer does in its first step, would do so in each run.
        reach: what the function could reach before it ran.
        places: every place that an array or number was read from, and the variable that stands for it.
        tensors: every tensor in reach, whether it was tracked, and its gradient.
        starts: the numbers of the results that a backward pass could still begin at.
        arrived: whether a gradient has come to an argument.
        ends: where the way back ends that was written down: tensors, or numbers of arguments.
    """

    program: Program
    result: Any
    stable: bool
    reach: Reach
    places: list[tuple[Place, Variable]]
    tensors: list[tuple[Tensor, bool, Tensor | None]]
    starts: list[int]
    arrived: bool
    ends: list[Any] | None


def trace(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], *, back: bool = False, **options: Any
) -> Traced:
    """Run `function` once on `args` and `kwargs`, which may be nested; return its program and its result.

    With `back`, and one tensor to start from in the result, the program goes back from there as well: it has one more
    input, the gradient, and its outputs are those of the function and a list of gradients.
    """
    with tracing, ExitStack() as stack:
        stack.enter_context(untouched())
        noted = Trace(**options)
        others = others_in((args, kwargs))
        reach = Reach(function, *others)
        tensors = [(tensor, tensor.tracked, tensor._grad) for tensor in reach.tensors]
        exchange = stack.enter_context(exchanged(noted, reach))
        stack.enter_context(noted.of_operations())
        given = with_arrays((args, kwargs), noted.input)
        result = function(*given[0], **given[1])
        noted.program.outputs = replaced(result, _output)
        stable = exchange.finish(Reach(function, *others))
        starts = [i for i, x in enumerate(leaves(result)) if isinstance(x, Tensor) and _leads_back(x)]
        ends = _write_way_back(noted, leaves(result)[starts[0]], leaves(given)) if back and len(starts) == 1 else None
        arrived = any(isinstance(x, Tensor) and x._grad is not None for x in leaves(given))
        places = [(place, traced.variable) for place, _, traced in exchange.places if hasattr(traced, "variable")]
    result = replaced(result, noted.untraced)
    return Traced(noted.program, result, stable, reach, places, tensors, starts, arrived, ends)


def _write_way_back(noted: Trace, y: Tensor, given: list[Any]) -> list[Any]:
    """Carry a gradient back from y; return where it arrives: tensors, or numbers of arguments."""
    g = noted.input(np.ones_like(plain(y.array)))
    gradients = backpropagate([(y, g)])
    noted.program.outputs = noted.program.outputs, [share.variable for share in gradients.values()]
    numbers = {id(x): i for i, x in enumerate(given)}
    return [numbers.get(id(source), source) for source in gradients]


def is_tracing() -> bool:
    """Tell whether this thread is in a trace."""
    return getattr(thread, "tracing", False)


@contextmanager
def untouched() -> Iterator[None]:
    """Let the engine do everything in this thread: what is compiled, too, is run as it was written."""
    before = is_tracing()
    thread.tracing = True
    try:
        yield
    finally:
        thread.tracing = before


def leaves(tree: Any) -> list[Any]:
    """Return everything in a nested tree that is no container."""
    found: list[Any] = []
    replaced(tree, found.append)
    return found


def arrays_in(tree: Any) -> list[Any]:
    """Return the arrays, and those of the tensors, among arguments: what the inputs of a program stand for."""
    return [x.array if isinstance(x, Tensor) else x for x in leaves(tree) if isinstance(x, Tensor) or is_array(x)]


def with_arrays(tree: Any, change: Callable[[Any], Any]) -> Any:
    """Return arguments with `change` done to their arrays, in tensors like those that they had."""

    def other(x: Any) -> Any:
        if isinstance(x, Tensor):
            return type(x).at(change(x.array), tracked=x.requires_grad)
        return change(x) if is_array(x) else x

    return replaced(tree, other)


def others_in(tree: Any) -> list[Any]:
    """Return what there is among arguments besides tensors, arrays, numbers and text: a model, say."""
    return [x for x in leaves(tree) if not isinstance(x, (Tensor, np.ndarray, *PLAIN))]


def _leads_back(x: Tensor) -> bool:
    return x.tracked and x.source is not None and x.source.pullbacks is not None


def _output(x: Any) -> Any:
    if isinstance(x, Tensor):
        return AsTensor(x.array.variable) if isinstance(x.array, TracedArray) else Tensor.at(x.array.copy())
    if x.__class__ is np.ndarray:  # the caller may write into it, and the program is to return it as it was
        return x.copy()
    return x.variable if isinstance(x, TracedArray | TracedNumber) else x


class Exchange:
    """What stands in for what, while a function is traced."""

    def __init__(self, noted: Trace) -> None:
        self.noted = noted
        self.places: list[tuple[Place, Any, Any]] = []  # where, what was there, what stands there meanwhile
        self.known: set[int] = set()

    def put(self, place: Place, traced: Any) -> None:
        self.places.append((place, place.get(), traced))
        place.set(traced)
        self.known.add(id(traced))

    def finish(self, reach: Reach) -> bool:
        """Note what was given another array for good; tell whether everything else was there before."""
        program, stable = self.noted.program, True
        held = {place for place, _, _ in self.places}
        for place, _, traced in self.places:
            now = place.find()
            if now is GONE:
                what = "starting a generator over" if isinstance(traced, TracedGenerator) else f"removing {place.key!r}"
                refuse(what, "do it outside of the function")
            if now is not traced and isinstance(now, TracedArray):
                program.stores.append((place, now.variable))
        grads = {id(x.grad) for x in reach.tensors if x.grad is not None}
        for tensor in reach.tensors:
            new = isinstance(tensor.array, TracedArray) and attribute(tensor, "array") not in held
            stable = stable and not (new and id(tensor) not in grads)
        for tensor in reach.tensors:
            grad = tensor.grad
            if grad is not None and isinstance(grad.array, TracedArray) and id(grad.array) not in self.known:
                program.stores.append((attribute(tensor, "grad"), grad.array.variable))
        return stable and all(place in held for place, _ in reach.traced)

    def undo(self, reach: Reach) -> None:
        for place, before, traced in self.places:
            now = place.find()
            if now is not GONE:
                place.set(before if now is traced else plain(now))
        for tensor in reach.tensors:
            if isinstance(tensor.array, TracedArray):
                tensor.array = tensor.array.plain
        for place, x in reach.traced:
            place.set(plain(x))


@contextmanager
def exchanged(noted: Trace, reach: Reach) -> Iterator[Exchange]:
    """Let traced arrays, numbers and generators stand where a function will look."""
    exchange = Exchange(noted)
    known: dict[int, TracedArray] = {}  # by the identity of the array

    def stand_in(array: Any, place: Place, name: str) -> Any:
        if id(array) not in known:
            known[id(array)] = noted.captured(array, place, name)
        return known[id(array)]

    try:
        for tensor, name in reach.tensors.items():
            place = attribute(tensor, "array")
            exchange.put(place, stand_in(tensor.array, place, name))
        for place, name in reach.arrays:
            exchange.put(place, stand_in(place.get(), place, name))
        for optimizer in reach.optimizers:
            exchange.put(item(vars(optimizer), "_scratch"), {})  # what stands there is of no use afterwards
            for group in optimizer.param_groups:
                for option, value in group.items():
                    place = item(group, option)
                    if isinstance(value, float) and not isinstance(value, TracedNumber):
                        exchange.put(place, noted.number(value, place, option))
                    elif isinstance(value, tuple) and all(type(x) is float for x in value):  # betas
                        parts = [noted.number(x, item(value, i), option) for i, x in enumerate(value)]
                        exchange.put(place, tuple(parts))
        for generator in reach.generators:
            variable = Variable("object", name="generator")
            noted.program.captured[variable] = attribute(generator, "numpy")
            traced = TracedGenerator(generator.numpy, variable, noted)  # it is made when it is first asked for
            exchange.put(item(vars(generator), "numpy"), traced)
        yield exchange
    finally:
        exchange.undo(Reach(*reach.things.values()))
