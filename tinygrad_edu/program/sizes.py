"""Numbers that are the batch's: found by tracing a function on one example more, and seeing which numbers change.

A trace knows the size of a batch as a number, 32, say, wherever it came from: a mean divides by it, `np.arange` counts
up to it. What is 32 for 32 examples and 33 for 33 is written as `len(x)`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_edu.program.arrays import TracedArray
from tinygrad_edu.program.expressions import Size, Text
from tinygrad_edu.program.instructions import Program, Variable, replaced
from tinygrad_edu.program.literals import dtype
from tinygrad_edu.program.literals import number as written
from tinygrad_edu.program.operators import ATOM, PRODUCT
from tinygrad_edu.program.trace import Constant
from tinygrad_edu.tensors.tensor import Tensor


class DiffersError(Exception):
    """Two programs are not the same but for numbers."""


def with_one_more(tree: Any) -> tuple[Any, int]:
    """Return arguments with one example more in each batch, and how many there were; 0 if there is no batch.

    The first array says how large a batch is. What is as long as that is a batch too; its first example is repeated.
    """
    sizes: list[int] = []

    def more(x: Any) -> Any:
        array = x.array if isinstance(x, Tensor) else x
        if not isinstance(array, np.ndarray | TracedArray) or not array.ndim or array.dtype.kind not in "fiub":
            return x
        sizes.append(len(array))
        if len(array) != sizes[0] or not sizes[0]:
            return x
        longer = np.concatenate([array, array[:1]])
        return type(x).at(longer, tracked=x.requires_grad) if isinstance(x, Tensor) else longer

    longer = replaced(tree, more)
    return longer, sizes[0] if sizes else 0


def with_sizes(program: Program, other: Program, size: int) -> Program:
    """Return a program in which numbers that depend on the batch are written so; as it is if the other one differs.

    Parameters:
        other: the same program for one example more.
    """
    batch = next((x for x in program.inputs if x.shape and x.shape[0] == size), None)
    if batch is None or len(program.calls) != len(other.calls):
        return program
    twins = dict(zip((*program.inputs, *program.captured), (*other.inputs, *other.captured), strict=False))
    captured = dict(program.captured)
    calls = []
    try:
        for variable, twin in list(twins.items()):
            mine, theirs = program.captured.get(variable), other.captured.get(twin)
            if isinstance(mine, Constant) and isinstance(theirs, Constant):
                text = _constant(mine.array, theirs.array, size, batch)
                if text is not None:
                    captured[variable] = Sized(mine.array, text)
        for call, twin in zip(program.calls, other.calls, strict=True):
            if call.function != twin.function or len(call.results) != len(twin.results):
                raise DiffersError
            args, kwargs = (
                _merged(a, b, size, batch, program) for a, b in ((call.args, twin.args), (call.kwargs, twin.kwargs))
            )
            calls.append(replace(call, args=args, kwargs=kwargs))
    except DiffersError:
        return program
    return replace(program, calls=calls, captured=captured)


class Sized(Constant):
    """A constant whose size is the batch's."""

    def __init__(self, array: Any, text: Size) -> None:
        super().__init__(array)
        self.text = text


def _merged(a: Any, b: Any, size: int, batch: Variable, program: Program) -> Any:
    if isinstance(a, tuple | list):
        if not isinstance(b, tuple | list) or len(a) != len(b):
            raise DiffersError
        return type(a)(_merged(x, y, size, batch, program) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        if a.keys() != b.keys():
            raise DiffersError
        return {key: _merged(a[key], b[key], size, batch, program) for key in a}
    if isinstance(a, slice) and isinstance(b, slice):
        parts = ((a.start, b.start), (a.stop, b.stop), (a.step, b.step))
        return slice(*(_merged(x, y, size, batch, program) for x, y in parts))
    if isinstance(a, Variable | str | bool) or a is None or a == b:
        return a
    if not isinstance(a, int | float) or not isinstance(b, int | float):
        raise DiffersError
    found = expression(a, b, size, batch, program.inputs)
    if found is None:
        raise DiffersError
    return found


def expression(a: Any, b: Any, size: int, batch: Variable, inputs: Any = ()) -> Size | None:
    """Return what a number is that is a for a batch of `size`, and b for one more."""
    more = size + 1
    if isinstance(a, int):
        if (a, b) == (size, more):
            return Size("len({})", batch, ATOM, a)
        for x in inputs:
            if (a, b) == (int(np.prod(x.shape)), int(np.prod((more, *x.shape[1:])))) and x.shape[:1] == (size,):
                return Size("{}.size", x, ATOM, a)
        if size and a % size == 0 and b == a // size * more:
            return Size(f"len({{}}) * {a // size}", batch, PRODUCT, a)
        if (b - a) == 1:
            return Size(f"len({{}}) {'-' if a < size else '+'} {abs(a - size)}", batch, PRODUCT - 1, a)
        return None
    found = []
    for top in map(float, range(1, 10)):
        count = round(top / a) if a else 0
        if count and top / count == a and count % size == 0 and top / (count // size * more) == b:
            divisor = expression(count, count // size * more, size, batch, inputs)
            if divisor is not None:
                inner = Text(divisor.pattern, divisor.level).within(PRODUCT + 1)
                found.append(Size(f"{written(int(top))} / {inner}", divisor.variable, PRODUCT, a))
    return min(found, key=lambda size: len(size.pattern), default=None)


def _constant(a: Any, b: Any, size: int, batch: Variable) -> Size | None:
    if a.dtype == np.int64 and np.array_equal(a, np.arange(size)) and np.array_equal(b, np.arange(size + 1)):
        return Size("np.arange(len({}))", batch, ATOM, a)
    if a.shape[:1] == (size,) and b.shape == (size + 1, *a.shape[1:]):
        for name, number in (("zeros", 0), ("ones", 1)):
            if (a == number).all() and (b == number).all():
                rest = "".join(f", {n}" for n in a.shape[1:])
                shape = f"(len({{}}){rest})" if rest else "len({})"
                typed = "" if a.dtype == np.float64 else f", {dtype(a.dtype)}"
                return Size(f"np.{name}({shape}{typed})", batch, ATOM, a)
    if a.shape != b.shape or not np.array_equal(a, b):
        raise DiffersError
    return None
