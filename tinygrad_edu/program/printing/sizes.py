"""Numbers that are the batch's: found by tracing a function on a batch of another size, and seeing which change.

A trace knows the size of a batch as a number, 32, say, wherever it came from: a mean divides by it, `np.arange` counts
up to it. What is 32 for 32 examples and 31 for 31 is written as `len(x)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu.program.instructions import Program, Variable
from tinygrad_edu.program.printing.expressions import Size, Text
from tinygrad_edu.program.printing.literals import dtype
from tinygrad_edu.program.printing.operators import ATOM, PRODUCT, SUM
from tinygrad_edu.program.tracing.places import Constant
from tinygrad_edu.program.tracing.running import with_arrays


class DiffersError(Exception):
    """Two programs are not the same but for numbers."""


class Batch(NamedTuple):
    """Two sizes of a batch, and the inputs that are as long as that."""

    size: int
    other: int
    inputs: Sequence[Variable]


class Sized(Constant):
    """A constant whose size is the batch's."""

    def __init__(self, array: Any, text: Size) -> None:
        super().__init__(array)
        self.text = text


def with_other_size(tree: Any) -> tuple[Any, int, int]:
    """Return arguments with another number of examples, how many there were, and how many there are; 0 for no batch.

    The first array says how large a batch is. What is as long as that is a batch too. One example is left out: where
    the library takes another way for many, it does so above a power of two, which most batches are. Two become three.
    """
    sizes: list[int] = []

    def changed(array: Any) -> Any:
        sizes.extend(array.shape[:1])
        if not array.ndim or len(array) != sizes[0] or not sizes[0]:
            return array
        return array[:-1].copy() if len(array) > 2 else np.concatenate([array, array[:1]])

    other = with_arrays(tree, changed)
    size = sizes[0] if sizes else 0
    return other, size, size - 1 if size > 2 else size + 1


def with_sizes(program: Program, other: Program, size: int, other_size: int) -> Program:
    """Return a program in which numbers that depend on the batch are written so; as it is if the other one differs.

    Parameters:
        other: the same program for a batch of another size.
    """
    batch = Batch(size, other_size, [x for x in program.inputs if x.shape[:1] == (size,)])
    if len(program.calls) != len(other.calls) or len(program.captured) != len(other.captured):
        return program
    captured, calls = dict(program.captured), []
    try:
        for (variable, mine), theirs in zip(program.captured.items(), other.captured.values(), strict=True):
            if isinstance(mine, Constant) and isinstance(theirs, Constant):
                captured[variable] = constant(mine, theirs, batch)
        for call, twin in zip(program.calls, other.calls, strict=True):
            if call.function != twin.function or len(call.results) != len(twin.results):
                raise DiffersError
            args, kwargs = merged((call.args, call.kwargs), (twin.args, twin.kwargs), batch)
            calls.append(replace(call, args=args, kwargs=kwargs))
    except DiffersError:
        return program
    return replace(program, calls=calls, captured=captured)


def merged(a: Any, b: Any, batch: Batch) -> Any:
    """Return arguments with a Size wherever two of them differ."""
    if isinstance(a, tuple | list) and isinstance(b, tuple | list) and len(a) == len(b):
        return type(a)(merged(x, y, batch) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return {key: merged(a[key], b[key], batch) for key in a}
    if isinstance(a, slice) and isinstance(b, slice):
        return slice(*merged((a.start, a.stop, a.step), (b.start, b.stop, b.step), batch))
    if isinstance(a, Variable) and isinstance(b, Variable):
        return a
    if a is b or (a.__class__ is b.__class__ and not isinstance(a, tuple | list | dict) and a == b):
        return a
    found = expression(a, b, batch) if isinstance(a, int | float) and isinstance(b, int | float) else None
    if found is None:
        raise DiffersError
    return found


def expression(a: Any, b: Any, batch: Batch) -> Size | None:
    """Return what a number is that is a for a batch of one size, and b for the other; None if that cannot be seen."""
    if isinstance(a, int):
        return next(whole(a, b, batch), None)
    found = []
    for top in range(1, 10):  # 1 / len(x), 2 / x.size
        below = [round(top / x) if x else 0 for x in (a, b)]
        if all(below) and (top / below[0], top / below[1]) == (a, b):
            for divisor in whole(below[0], below[1], batch):
                text = f"{top} / {Text(divisor.pattern, divisor.level).within(PRODUCT + 1)}"
                found.append(Size(text, divisor.variable, PRODUCT, a))
    return min(found, key=lambda size: len(size.pattern), default=None)


def whole(a: int, b: int, batch: Batch) -> Iterator[Size]:
    """Yield what a whole number may be, what people would write first."""
    size, other, inputs = batch
    first = inputs[0]
    if (a, b) == (size, other):
        yield Size("len({})", first, ATOM, a)
    for x in inputs:
        each = int(np.prod(x.shape[1:]))
        if each > 1 and (a, b) == (size * each, other * each):
            yield Size("{}.size", x, ATOM, a)
    if a % size == 0 and (a // size) * other == b:
        yield Size(f"len({{}}) * {a // size}", first, PRODUCT, a)
    if a - b == size - other and a != size:
        yield Size(f"len({{}}) {'-' if a < size else '+'} {abs(a - size)}", first, SUM, a)


def constant(mine: Constant, theirs: Constant, batch: Batch) -> Constant:
    """Return a constant that is the same for both sizes, or counts up to the size, or is so many ones or zeros."""
    a, b, (size, other, inputs) = mine.array, theirs.array, batch
    if a.shape == b.shape and np.array_equal(a, b):
        return mine
    if a.dtype == np.int64 and np.array_equal(a, np.arange(size)) and np.array_equal(b, np.arange(other)):
        return Sized(a, Size("np.arange(len({}))", inputs[0], ATOM, a))
    if a.shape[:1] == (size,) and b.shape == (other, *a.shape[1:]):
        for name, value in (("zeros", 0), ("ones", 1)):
            if (a == value).all() and (b == value).all():
                shape = f"(len({{}}), {', '.join(map(str, a.shape[1:]))})" if a.ndim > 1 else "len({})"
                return Sized(a, Size(f"np.{name}({shape}, {dtype(a.dtype)})", inputs[0], ATOM, a))
    raise DiffersError
