"""A printed program is run with NumPy alone, and compared with the engine to the last bit, before it is given away."""

from __future__ import annotations

import copy
import functools
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.program.instructions import Guard, Program, Variable, replaced
from tinygrad_edu.program.reach import Place
from tinygrad_edu.program.restoring import restored
from tinygrad_edu.program.sizes import with_one_more
from tinygrad_edu.program.trace import Constant
from tinygrad_edu.program.tracing import trace
from tinygrad_edu.tensors.tensor import Tensor


class SourceError(RuntimeError):
    """A printed program does not compute what the engine computes."""


def run(text: str, name: str, values: list[Any]) -> tuple[Any, dict[str, Any]]:
    """Run a printed function; return its result and its local variables at the end."""
    space: dict[str, Any] = {}
    exec(compile(text, "<source>", "exec"), space)
    found: dict[str, Any] = {}

    def leave(frame: Any, event: str, _: Any) -> None:
        if event == "return" and frame.f_code.co_name == name and frame.f_code.co_filename == "<source>":
            found.update(frame.f_locals)

    before = sys.getprofile()
    sys.setprofile(leave)
    try:
        result = space[name](*values)
    finally:
        sys.setprofile(before)
    return result, found


def check(
    text: str,
    name: str,
    function: Callable[..., Any],
    args: Any,
    kwargs: Any,
    program: Program,
    parameters: list[Variable],
    results: Callable[[Any], list[Any]],
    sized: bool,
    decided: list[Any],
) -> None:
    """Raise SourceError unless a text computes the same as the function, on the arguments and on other data.

    Parameters:
        parameters: what the printed function is given, in order.
        results: makes of what the engine has returned, the list of what the text should return.
        sized: whether it is for batches of any size.
        decided: which way the function went at each `if`. On data with which it goes another way, nothing is compared.
    """
    more, _ = with_one_more((args, kwargs))
    cases = [(args, kwargs, False), (args, kwargs, True)]
    for args, kwargs, other in [*cases, (*more, True)] if sized else cases:
        with restored(function, args, kwargs), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            given, keywords = replaced((args, kwargs), functools.partial(_argument, other=other))
            if other:
                for place in program.captured.values():
                    array = place.get() if isinstance(place, Place) else None
                    if isinstance(array, np.ndarray) and array.ndim:  # but not how many steps there were
                        array[...] = changed(array)
            inputs = dict(zip(program.inputs, _arrays((given, keywords)), strict=True))
            values = [copy.deepcopy(inputs[x] if x in inputs else held(program.captured[x])) for x in parameters]
            try:
                expected = function(*given, **keywords)
            except (ValueError, IndexError, ArithmeticError, np.linalg.LinAlgError):
                if other:
                    continue  # the other data is none that the function takes
                raise
            try:
                came, _ = run(text, name, values)
            except Exception as error:
                raise SourceError(f"source: the printed program stopped with {error!r}\n\n{text}") from error
            wanted = results(expected)
            found = _difference("the result", list(came) if len(wanted) > 1 else [came], wanted)
            for x, value in zip(parameters, values, strict=True):
                now = inputs[x] if x in inputs else held(program.captured[x])
                if isinstance(now, np.ndarray):
                    found = found or _difference(f"what it leaves in {x.name or 'an argument'}", value, now)
        if found and not (other and decisions(function, args, kwargs, other) != decided):
            raise SourceError(f"source: {found}; please report it\n\n{text}")


def decisions(function: Callable[..., Any], args: Any, kwargs: Any, other: bool) -> list[Any]:
    """Return what a function decides on these arguments, or on others like them: which way it goes at each `if`."""
    given, keywords = replaced((args, kwargs), functools.partial(_argument, other=other))
    with restored(function, args, kwargs), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        calls = trace(function, given, keywords).program.calls
    return [call.value for call in calls if isinstance(call, Guard)]


def held(place: Any) -> Any:
    """Return what stands at a place that a program reads from."""
    return place.array if isinstance(place, Constant) else place.get()


def changed(array: Any) -> Any:
    """Return other data like this: the elements in another order, and floats somewhat smaller."""
    mixed = np.random.default_rng(0).permutation(array.ravel()).reshape(array.shape)
    return mixed * array.dtype.type(0.9375) if array.dtype.kind == "f" else mixed


def _argument(x: Any, other: bool) -> Any:
    if isinstance(x, Tensor):
        array = changed(x.array) if other else x.array.copy()
        return type(x).at(np.asarray(array), tracked=x.requires_grad)
    if isinstance(x, np.ndarray):
        return np.asarray(changed(x)) if other else x.copy()
    return x


def _arrays(tree: Any) -> list[Any]:
    found: list[Any] = []

    def note(x: Any) -> Any:
        if isinstance(x, Tensor):
            found.append(x.array)
        elif isinstance(x, np.ndarray) and x.dtype.kind in "fiub":
            found.append(x)
        return x

    replaced(tree, note)
    return found


def _difference(what: str, came: Any, expected: Any) -> str:
    return "" if same(came, expected) else f"{what} differs from the engine's: {came!r:.200} for {expected!r:.200}"


def same(a: Any, b: Any) -> bool:
    """Tell whether two results are the same to the last bit."""
    b = b.array if isinstance(b, Tensor) else b
    if isinstance(b, tuple | list):
        return isinstance(a, tuple | list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(b, dict):
        return isinstance(a, dict) and a.keys() == b.keys() and all(same(a[key], b[key]) for key in b)
    if not isinstance(b, np.ndarray | np.generic):
        return bool(a == b) or a is b or (a != a and b != b)
    a = np.asarray(a)
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if b.dtype.kind not in "fc":
        return bool(np.array_equal(a, b))
    equal = (a == b) & (np.signbit(a.real) == np.signbit(b.real))
    return bool((equal | (np.isnan(a) & np.isnan(b))).all())
