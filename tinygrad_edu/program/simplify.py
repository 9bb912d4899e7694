"""Say the same with fewer calls: values instead of places written over, nothing computed twice, or for nobody.

What is left computes the same numbers, to the last bit.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_edu.program.instructions import (
    Call,
    Guard,
    Method,
    Program,
    Variable,
    is_number,
    name_of,
    replaced,
    strides_of,
    variables_in,
)
from tinygrad_edu.program.results import is_value


def simplified(program: Program, *, guards: bool = True) -> Program:
    """Return a program that does the same in fewer calls; without `guards`, for the values that it was traced with."""
    calls = program.calls if guards else [call for call in program.calls if isinstance(call, Call)]
    program = renamed(program, calls, {})
    for change in (into_values, without_detours, once, without_dead):
        program = change(program)
    return program


def renamed(program: Program, calls: list[Any], same: dict[Variable, Any]) -> Program:
    """Return the program with other calls, in which `same` says what stands for a variable."""

    stores = [(place, same.get(variable, variable)) for place, variable in program.stores]
    outputs = replaced(program.outputs, substitution(same))
    return replace(program, calls=calls, outputs=outputs, stores=stores, same={**program.same, **same})


def with_args(call: Any, same: dict[Variable, Any]) -> Any:
    """Return a call, or a guard, in which `same` says what stands for a variable."""
    name = substitution(same)
    if isinstance(call, Guard):
        return replace(call, variable=name(call.variable))
    args, kwargs = replaced((call.args, call.kwargs), name)
    return replace(call, args=args, kwargs=kwargs, writes=tuple(map(name, call.writes)))


def substitution(same: dict[Variable, Any]) -> Callable[[Any], Any]:
    """Return a function that says what stands for an argument of a call."""
    return lambda x: same.get(x, x) if isinstance(x, Variable) else x


# `np.add(y, b, out=y)` becomes `z = y + b`


def into_values(program: Program) -> Program:
    """Let a call that writes over all of an array that the program has made return a new one instead."""
    outside = program.outside()
    same: dict[Variable, Variable] = {}  # by the variable that was written over, the newest value
    looked_into: set[Variable] = set()
    calls = []

    for call in program.calls:
        new = with_args(call, same)
        target = call.kwargs.get("out") if isinstance(call, Call) else None
        if isinstance(target, Variable) and target.memory not in outside | looked_into and is_value(new):
            value = Variable(shape=target.shape, dtype=target.dtype, name=target.name, strides=target.strides)
            kwargs = {key: x for key, x in new.kwargs.items() if key != "out"}
            new = replace(new, kwargs=kwargs, results=(value,), writes=())
            same[target] = value
        else:
            for result in call.results:
                if result.memory is not result:
                    result.memory = same.get(result.memory, result.memory)
                    looked_into.add(result.memory)
        calls.append(new)
    return renamed(program, calls, same)


# Copies of what nobody changes, times one, reshaping to the same shape


def without_detours(program: Program) -> Program:
    """Leave out calls whose result is what they were given."""
    written = program.written()
    outside = program.outside()
    ends = {variable.memory for variable in program.live_at_end()}
    same: dict[Variable, Any] = {}
    ones: dict[Variable, Any] = {}  # what holds one known number: the gradient 1 that a backward pass begins with
    parts: dict[Variable, Any] = {}  # of a part of an array: the array, and the index
    booleans: dict[Variable, Variable] = {}  # what is a boolean in another type
    turned: dict[Variable, tuple[Variable, tuple[int, ...]]] = {}  # of a transpose: the array, and where its axes went
    calls = []

    def may_stand_for(given: Variable, result: Variable) -> bool:
        """Tell whether nobody notices that `result` has the memory of `given`."""
        if result.memory is given.memory:
            return True
        if result.memory in written or given.memory in written:
            return False
        return result.memory not in ends or (given.memory not in outside and given.memory not in ends)

    for call in program.calls:
        new = with_args(call, same)
        if len(call.results) == 1 and not call.writes:
            (result,) = call.results
            if call.function == Method("astype") and isinstance(given := new.args[0], Variable):
                if given in booleans:
                    new = replace(new, args=(booleans[given], *new.args[1:]))
                elif given.dtype == np.bool:
                    booleans[result] = given
            if call.function is np.ones_like and not result.shape:  # whatever it is like
                new = replace(new, function=np.ones, args=((), result.dtype), kwargs={})
                ones[result] = 1.0
            elif call.function is np.power and new.args[1:] == (0,) and result.dtype.kind == "f":
                ones[result] = 1.0
            elif call.function in (np.broadcast_to, np.reshape, Method("reshape")) and new.args[0] in ones:
                ones[result] = ones[new.args[0]]
            given = _unchanged(new, result, ones)
            if axes := _axes(new):
                as_it_is = tuple(range(len(axes)))
                source, before = turned.get(new.args[0], (new.args[0], as_it_is))
                turned[result] = source, tuple(before[i] for i in axes)
                given = source if turned[result][1] == as_it_is else given
            if given is not None and may_stand_for(given, result):
                same[result] = given
                if given in ones:
                    ones[result] = ones[given]
                ends |= {given.memory} if result.memory in ends else set()
                continue
            times_one = given is not None and new.function is np.multiply
            if times_one and given.strides == strides_of(np.empty(given.shape, given.dtype)):  # a place of its own
                new = replace(new, function=Method("copy"), args=(given,))
            new, value = _with_numbers(new, result, ones)
            if value is not None:
                ones[result] = value
            if new.function is operator.getitem and result.memory is not result:
                parts[result] = new.args
        elif new.function is operator.setitem and _is_there(new, parts):
            continue  # all that is left of a change in place
        calls.append(new)
    return replace(renamed(program, calls, same), numbers=ones)


def _unchanged(call: Call, result: Variable, ones: dict[Variable, Any]) -> Variable | None:
    """Return the argument that a call returns as it is, if there is one."""
    given = call.args[0] if call.args else None
    if not isinstance(given, Variable) or given.kind != "array":
        return None
    alike = _alike(given, result)
    if call.function is np.multiply and len(call.args) == 2:
        for one, other in (call.args, call.args[::-1]):
            is_one = ones.get(one) == 1 if isinstance(one, Variable) else one == 1
            if is_one and isinstance(other, Variable) and other.kind == "array":
                return other if _alike(other, result) else None
    if call.function is np.power and alike and given.dtype.kind == "f" and call.args[1:] == (1,):
        return given
    if alike and (name_of(call.function) in ("reshape", "copy", "astype", "broadcast_to", "ravel") or _reads_all(call)):
        return given
    return None


def _alike(a: Variable, b: Variable) -> bool:
    """Tell whether two arrays are of one kind, and lie in memory in the same way: sums go along with that."""
    return (a.shape, a.dtype, a.strides) == (b.shape, b.dtype, b.strides)


def _axes(call: Call) -> tuple[int, ...] | None:
    """Return the axes of an array in the order in which a transpose has them; None if the call is none."""
    given = call.args[0] if call.args else None
    if not isinstance(given, Variable) or given.kind != "array" or call.kwargs:
        return None
    axes, rest = list(range(len(given.shape))), call.args[1:]
    match name_of(call.function), rest:
        case ("T", ()) | ("transpose", () | (None,)):
            axes.reverse()
        case ("mT", ()):
            axes[-2:] = axes[:-3:-1]
        case "swapaxes", (int(i), int(j)):
            axes[i], axes[j] = axes[j], axes[i]
        case _:
            return None
    return tuple(axes)


def _is_there(call: Call, parts: dict[Variable, Any]) -> bool:
    """Tell whether what a call puts into an array is that very part of it."""
    array, index, value = call.args
    if value is array:
        return index is Ellipsis
    fixed = not any(True for _ in variables_in(index))
    return fixed and isinstance(value, Variable) and value in parts and _same_place(parts[value], (array, index))


def _same_place(a: Any, b: Any) -> bool:
    return a[0] is b[0] and repr(a[1]) == repr(b[1])


def _reads_all(call: Call) -> bool:
    return call.function is operator.getitem and (call.args[1] is Ellipsis or call.args[1] == ())


def _with_numbers(call: Call, result: Variable, known: dict[Variable, Any]) -> tuple[Call, float | None]:
    """Write known numbers out where they meet arrays of their own type; compute what is made of them alone."""
    ufunc = isinstance(call.function, np.ufunc) and not call.function.signature  # not of matrices
    if not ufunc or not any(x in known for x in call.args if isinstance(x, Variable)):
        return call, None
    values = [known.get(x, x) if isinstance(x, Variable) else x for x in call.args]
    if not any(isinstance(x, Variable) for x in values):
        # In double precision and then rounded is rounded once, for the four kinds of arithmetic and roots.
        exact = call.function in (np.add, np.subtract, np.multiply, np.divide, np.negative) and result.dtype.kind == "f"
        return call, float(call.function(*values)) if exact else None
    rest = [x for x in values if isinstance(x, Variable) and x.kind == "array" and x.dtype == result.dtype]
    if any(isinstance(x, Variable) and x in known and x.shape for x in call.args):  # whose shape must not be lost
        rest = [x for x in rest if x.shape == result.shape]
    return (replace(call, args=tuple(values)), None) if rest else (call, None)


# The same twice


def once(program: Program) -> Program:
    """Compute what is the same once."""
    written = program.written()
    versions: dict[Variable, int] = {}
    known: dict[Any, Variable] = {}
    same: dict[Variable, Variable] = {}
    calls = []

    def key(x: Any) -> Any:
        return (x, versions.get(x.memory, 0)) if isinstance(x, Variable) else (type(x), repr(x)) if is_number(x) else x

    for call in program.calls:
        new = with_args(call, same)
        for variable in new.writes:
            versions[variable.memory] = versions.get(variable.memory, 0) + 1
        mine = len(call.results) == 1 and call.pure and not call.writes and call.results[0].kind != "object"
        if mine and (call.results[0].memory not in written or call.results[0].memory is not call.results[0]):
            try:
                what = _hashable((new.function, replaced((new.args, new.kwargs), key)))
                before = known.setdefault(what, call.results[0])
            except TypeError:  # an argument that cannot be compared
                before = call.results[0]
            if before is not call.results[0]:
                same[call.results[0]] = before
                continue
        calls.append(new)
    return renamed(program, calls, same)


def _hashable(tree: Any) -> Any:
    if isinstance(tree, tuple | list):
        return type(tree), tuple(map(_hashable, tree))
    if isinstance(tree, dict):
        return tuple((key, _hashable(x)) for key, x in tree.items())
    if isinstance(tree, slice):
        return slice, _hashable((tree.start, tree.stop, tree.step))
    hash(tree)
    return tree


# For nobody


def without_dead(program: Program) -> Program:
    """Leave out what nothing depends on that is seen from outside."""
    outside = program.outside()
    live = set(program.live_at_end())
    memories = {variable.memory for variable in live} | outside
    calls = []
    for call in reversed(program.calls):
        needed = (
            isinstance(call, Guard)
            or not call.pure
            or any(result in live for result in call.results)
            or any(variable.memory in memories for variable in call.writes)
        )
        if needed:
            calls.append(call)
            live.update(call.reads())
            memories.update(variable.memory for variable in call.reads())
    captured = {variable: place for variable, place in program.captured.items() if variable in live}
    return replace(program, captured=captured, calls=calls[::-1])
