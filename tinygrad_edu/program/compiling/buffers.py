"""Where a program's results go: into memory that is there before, and is used again as soon as nobody reads it.

A memory lives from the call that makes it to the last call that reads it, or a view of it. Two that never live at the
same time may have the same block; and what a call reads for the last time, its result may be written over.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu.program.compiling.reductions import as_reduction
from tinygrad_edu.program.instructions import Call, Method, Program, Pull, Rule, Variable, variables_in

SMALL = 1024  # bytes; NumPy keeps such arrays ready by itself
ALIGNED = 64  # bytes, a line of the cache


@dataclass
class Life:
    """When a memory is in use, in numbers of calls; `forever` if nobody else may have its block."""

    first: int
    last: int
    forever: bool = False


def in_rows(program: Program, arrays: dict[Variable, Any]) -> set[Variable]:
    """Return the arrays that lie row after row in memory; `arrays` are what is there before."""
    ordered = {variable for variable, array in arrays.items() if array.flags.c_contiguous}
    for call in program.calls:
        if len(call.results) == 1 and _result_is_in_rows(call, ordered):
            ordered.add(call.results[0])
    return ordered


def buffers(program: Program, ordered: set[Variable]) -> dict[Variable, Any]:
    """Return an array to write into for each result that gets one, of those that lie row after row."""
    found: dict[Variable, Any] = {}
    lives = _lives(program)
    free: list[Any] = []
    blocks: dict[Variable, Any] = {}
    dying: dict[int, list[Variable]] = {}
    returned = set(_memories_returned(program))
    for i, call in enumerate(program.calls):
        for result in call.results:
            life = lives.get(result)
            if life is None or result not in ordered or result in returned or not _wants_buffer(call, result, life):
                continue
            size = size_in_bytes(result)
            heir = _overwritten(call, i, blocks, lives)
            if heir is not None and not life.forever:
                blocks[result] = blocks.pop(heir)
                dying[lives[heir].last].remove(heir)
            else:
                blocks[result] = _new_block(size) if life.forever else _block(free, size)
            found[result] = blocks[result][:size].view(result.dtype).reshape(result.shape)
            if not life.forever:
                dying.setdefault(life.last, []).append(result)
        free += [blocks.pop(variable) for variable in dying.pop(i, [])]
    return found


def _lives(program: Program) -> dict[Variable, Life]:
    lives: dict[Variable, Life] = {}
    for i, call in enumerate(program.calls):
        for variable in (*call.reads(), *call.results, *call.writes):
            life = lives.setdefault(variable.memory, Life(i, i))
            life.last = i
            # What a rule that is called whole has been given, its pullbacks may keep.
            life.forever |= isinstance(call.function, Rule | Pull)
    for variable in program.live_at_end():
        if variable.memory in lives:
            lives[variable.memory].forever = True
    return lives


def _memories_returned(program: Program) -> Any:
    """Yield the memories that a caller gets, which the next run must leave alone. Gradients may be written over."""
    for variable in variables_in(program.outputs):
        yield variable.memory
    adds = any(getattr(place, "key", None) == "_grad.array" for place in program.captured.values())
    stored = [variable.memory for _, variable in program.stores]
    for place, variable in program.stores:
        if place.key != "grad" or adds or variable.memory is not variable or stored.count(variable) > 1:
            yield variable.memory


def _wants_buffer(call: Any, result: Variable, life: Life) -> bool:
    if result.memory is not result or not call.pure or not result.shape:
        return False
    if not isinstance(call, Call):  # a group of elementwise calls
        return True
    if call.writes or size_in_bytes(result) < (1 if life.forever else SMALL):
        return False
    return is_elementwise(call) or call.function is np.matmul or as_reduction(call) is not None or is_cast(call)


def is_elementwise(call: Call) -> bool:
    """Tell whether a call computes each element of its result from the elements at the same place."""
    function = call.function
    return (
        isinstance(function, np.ufunc)
        and function.signature is None
        and function.nout == 1
        and len(call.args) == function.nin
        and not call.kwargs
    )


def is_cast(call: Call) -> bool:
    """Tell whether a call makes an array of another type."""
    return call.function == Method("astype") and len(call.args) == 2 and not call.kwargs


def with_out(call: Call, out: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return the function and the arguments that write the result of a call to `out`."""
    reduction = as_reduction(call)
    if reduction is not None:
        function, (a, axis, dtype, _, keepdims) = reduction
        return function, (a, axis, dtype, out, keepdims)
    if is_cast(call):
        return operator.setitem, (out, Ellipsis, call.args[0])
    return call.function, (*call.args, out)


def _result_is_in_rows(call: Call, ordered: set[Variable]) -> bool:
    (result,) = call.results
    if result.kind != "array":
        return False
    arrays = [x for x in call.args if isinstance(x, Variable) and x.kind == "array"]
    if not arrays or not all(isinstance(x, Variable) or _is_constant(x) for x in call.args):
        return False
    if call.function is operator.getitem:
        index = call.args[1] if isinstance(call.args[1], tuple) else (call.args[1],)
        return arrays[0] in ordered and all(x is None or x is Ellipsis or x == slice(None) for x in index)
    if is_elementwise(call):
        return all(x in ordered for x in arrays)
    if call.function is np.matmul and not call.kwargs:
        return all(len(x.shape) == 2 or x in ordered for x in arrays)
    if as_reduction(call) is not None or is_cast(call):
        return arrays[0] in ordered
    if call.function in (Method("reshape"), np.reshape, Method("copy"), Method("ravel")):
        return arrays[0] in ordered and not call.kwargs
    return False


def _is_constant(x: Any) -> bool:
    return x is None or x is Ellipsis or isinstance(x, int | float | tuple | slice | np.generic | np.dtype | type)


def _overwritten(call: Any, i: int, blocks: dict[Variable, Any], lives: dict[Variable, Life]) -> Variable | None:
    """Return the argument whose memory the result may have: one that is read for the last time, by this call."""
    if not isinstance(call, Call) or not is_elementwise(call):
        return None
    (result,) = call.results
    read = list(call.reads())
    for x in read:
        fits = x in blocks and x.shape == result.shape and x.dtype == result.dtype
        if fits and lives[x].last == i and not lives[x].forever and not any(y.memory is x and y is not x for y in read):
            return x
    return None


def _block(free: list[Any], size: int) -> Any:
    """Take the smallest free block that is large enough, but not far too large; else a new one."""
    fitting = [block for block in free if size <= len(block) <= 2 * size]
    if not fitting:
        return _new_block(size)
    best = min(fitting, key=len)
    free[:] = [block for block in free if block is not best]
    return best


def _new_block(size: int) -> Any:
    block = np.empty(size + ALIGNED, np.uint8)
    start = -block.ctypes.data % ALIGNED
    return block[start : start + size]


def size_in_bytes(variable: Variable) -> int:
    return math.prod(variable.shape) * np.dtype(variable.dtype).itemsize
