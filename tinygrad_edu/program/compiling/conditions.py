"""When a program may be used: the arguments are of the same kind as in the trace, and the surroundings are the same.

The test is written as a Python function as well, since it is done at every call:

    def fits(args, kwargs):
        if args.__class__ is not tuple or len(args) != 2 ...
        ...
        if h0.training is not c0 or h1["weight"] is not c1 ...
        return x0, x1
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tinygrad_edu.engine import dtypes
from tinygrad_edu.engine.grad_mode import switch
from tinygrad_edu.engine.versions import owner
from tinygrad_edu.program.compiling.replay import Replay
from tinygrad_edu.program.instructions import is_array
from tinygrad_edu.program.tracing.places import Place
from tinygrad_edu.program.tracing.reach import PLAIN, Reach
from tinygrad_edu.program.tracing.running import Traced
from tinygrad_edu.tensors.tensor import Tensor

MISSING = object()


class Conditions:
    """What must be as it was when a program was traced.

    Attributes:
        fits: a function of the arguments of a call. It returns what `replay.body` is to be given, or None.
    """

    def __init__(self, args: Any, kwargs: Any, traced: Traced, replay: Replay, numbers: bool) -> None:
        """`args` and `kwargs` are those of the trace; with `numbers`, options count until they have changed once."""
        self.arguments = args, kwargs
        self.replay = replay
        known = {place for place, _ in traced.places}
        self.held = [(place, x) for place, x in traced.reach.held if place not in known]
        self.sizes = traced.reach.sizes
        gradients = {grad for _, _, grad in traced.tensors}
        self.tensors = [entry for entry in traced.tensors if entry[0] not in gradients]
        self.places = [(place, variable) for place, variable in traced.places if variable in replay.captured]
        read = [(place, variable) for place, variable in traced.places if variable in replay.each_time]
        self.numbers = {place: place.get() for place, variable in read if variable.kind == "number"}
        self.unseen = set(self.numbers) if numbers else set()  # which have not been seen to change
        self.grad_mode = switch.enabled
        self.open = bool(traced.starts)
        self.default = dtypes.get_default_dtype()
        self.private: set[int] = set()
        self._look()
        self._write()

    def rebound(self) -> bool:
        """Let the program use other arrays that stand in the same places now; tell whether they are of its kind."""
        arrays: dict[Any, Any] = {}
        for place, variable in self.places:
            array = place.find()
            if arrays.setdefault(variable, array) is not array or not _is_alike(self.replay.arrays[variable], array):
                return False
        if _partition(arrays) != _partition(self.replay.arrays):
            return False
        self.replay.bind(arrays)
        self._look()
        return True

    def news(self) -> set[Place]:
        """Return the options that have changed for the first time; from now on they may."""
        changed = {place for place in self.unseen if place.get() != self.numbers[place]}
        if changed:
            self.unseen -= changed
            self._write()
        return changed

    def _look(self) -> None:
        """Note whose memory no argument may look into: what is written, and what the next run writes over."""
        replay = self.replay
        written = [array for variable, array in replay.arrays.items() if variable.memory in replay.written]
        self.private.clear()
        self.private.update(id(owner(array)) for array in (*written, *replay.buffers.values()))

    # Writing the function

    def _write(self) -> None:
        names = self.replay.names
        names.world.update(
            owner=owner, private=self.private, ndarray=np.ndarray, Tensor=Tensor, switch=switch,
            alike=_is_alike, default_dtype=dtypes.get_default_dtype,
        )  # fmt: skip
        self.inputs: list[str] = []
        lines = ["def fits(args, kwargs):", "    try:"]
        lines += [f"        {line}" for line in self._lines()]
        lines += ["    except (AttributeError, IndexError, KeyError, ValueError):", "        return None"]
        lines.append(f"    return ({''.join(f'{name}, ' for name in self.inputs)})")
        self.source = "\n".join(lines)
        exec(compile(self.source, "<when a compiled step fits>", "exec"), names.world)
        self.fits = names.world["fits"]

    def _lines(self) -> Iterator[str]:
        names = self.replay.names
        args, kwargs = self.arguments
        yield from self._argument("args", args)
        yield from self._argument("kwargs", kwargs)
        tests = [
            f"switch.enabled is not {self.grad_mode}",
            f"default_dtype() is not {names.of(self.default, 'c')}",
        ]
        tests += [_differs(names.place(place), names.of(x, "c"), x) for place, x in self.held]
        for container, size in self.sizes:
            name = names.of(container, "h")
            tests.append(f"len({name}) != {size}" if size else name)
        for tensor, tracked, grad in self.tensors:
            name = names.of(tensor, "h")
            tests.append(f"{name}.tracked is not {tracked}")
            tests.append(f"{name}._grad is {'not ' if grad is None else ''}None")
        for place, x in self.numbers.items():
            tests.append(f"{names.place(place)}.__class__ is not {names.of(type(x), 'c')}")
            if place in self.unseen:
                tests.append(f"{names.place(place)} != {names.of(x, 'c')}")
        for place, variable in self.places:
            tests.append(f"{names.place(place)} is not {self.replay.name(variable)}")
        for variable, place in self.replay.each_time.items():
            if variable.kind == "array":
                tests.append(f"not alike({names.of(place.get(), 'c')}, {names.place(place)})")
        for test in tests:
            yield f"if {test}: return None"

    def _argument(self, said: str, x: Any) -> Iterator[str]:
        """Write what an argument must be like, `x` being what it was."""
        names = self.replay.names
        if isinstance(x, tuple | list | dict):
            yield f"if {said}.__class__ is not {names.of(type(x), 'c')} or len({said}) != {len(x)}: return None"
            parts = x.items() if isinstance(x, dict) else enumerate(x)
            for key, part in parts:
                yield from self._argument(f"{said}[{names.literal(key)}]", part)
        elif isinstance(x, slice):
            for part in ("start", "stop", "step"):
                yield from self._argument(f"{said}.{part}", getattr(x, part))
        elif isinstance(x, Tensor):
            i = len(self.inputs)
            kind = names.of(type(x), "c")
            yield f"a{i} = {said}"
            yield f"if a{i}.__class__ is not {kind}: return None"
            yield f"if a{i}.origin is not None: a{i}.origin.follow(a{i})"
            yield f"if a{i}.tracked is not {x.tracked}: return None"
            if self.grad_mode and not self.open:
                yield f"if a{i}.source is not None: return None"
            yield from self._array(i, f"a{i}.array", x.array)
        elif is_array(x):
            yield from self._array(len(self.inputs), said, x)
        elif isinstance(x, PLAIN) and not isinstance(x, type):
            yield f"if {_differs(said, names.of(x, 'c'), x)}: return None"
        else:
            yield f"if {said} is not {names.of(x, 'c')}: return None"

    def _array(self, i: int, said: str, x: Any) -> Iterator[str]:
        names = self.replay.names
        dtype = names.of(x.dtype, "c")
        yield f"x{i} = {said}"
        yield f"if x{i}.__class__ is not ndarray or x{i}.shape != {x.shape} or x{i}.strides != {x.strides}: return None"
        yield f"if x{i}.dtype is not {dtype} and x{i}.dtype != {dtype}: return None"
        yield f"if id(x{i} if x{i}.base is None else owner(x{i})) in private: return None"
        self.inputs.append(f"x{i}")


def _differs(said: str, value: str, x: Any) -> str:
    """Write the test whether what `said` reads is another one than x, which is called `value`."""
    if not isinstance(x, PLAIN) or x is None or isinstance(x, bool | type):
        return f"{said} is not {value}"
    return f"({said} is not {value} and ({said}.__class__ is not {value}.__class__ or {said} != {value}))"


def _is_alike(before: Any, now: Any) -> bool:
    if not isinstance(now, np.ndarray):
        return False
    return (before.shape, before.strides, before.dtype) == (now.shape, now.strides, now.dtype)


def _partition(arrays: dict[Any, Any]) -> set[frozenset[Any]]:
    """Return which arrays share memory."""
    groups: dict[int, set[Any]] = {}
    for variable, array in arrays.items():
        groups.setdefault(id(owner(array)), set()).add(variable)
    return {frozenset(group) for group in groups.values()}


def changed_by(before: Reach, after: Reach) -> str | None:
    """Return where a number, a text or an object stands that a step has put there; None if there is nothing such."""
    now = dict(after.held)
    for place, x in before.held:
        new = now.get(place, MISSING)
        if isinstance(x, Tensor | np.ndarray) and isinstance(new, Tensor | np.ndarray):
            continue
        if new is not x and not (type(x) is type(new) and isinstance(x, PLAIN) and x == new):
            return f"{place.key!r}, {x!r:.40},"
    return None


def has_grown(before: Reach, after: Reach) -> bool:
    """Tell whether a list, a dictionary or a set has another number of elements than before a step."""
    sizes = {id(container): size for container, size in after.sizes}
    return any(sizes.get(id(container), size) != size for container, size in before.sizes)
