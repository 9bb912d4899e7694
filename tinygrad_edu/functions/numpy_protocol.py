"""Which operation answers when a function of NumPy's is called on a Tensor, and with which inputs."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import numpy as np

from tinygrad_edu.engine.op import NUMPY, Op

F = TypeVar("F", bound=Callable[..., Any])

SYNONYMS = {"a_min": "min", "a_max": "max", "newshape": "shape", "correction": "ddof"}
"""Parameters that NumPy knows by two names, or by another one in an earlier version."""

UNSIGNED: dict[Callable[..., Any], Callable[..., Any]] = {
    np.concatenate: lambda arrays, /, axis=0, out=None, *, dtype=None, casting="same_kind": None,
    np.where: lambda condition, x=None, y=None, /: None,
    np.copyto: lambda dst, src, casting="same_kind", where=True: None,
}
"""What NumPy's functions take that, before NumPy 2.4, cannot say it themselves."""

INSTEAD = {
    "dtype": "convert the tensor first: t.astype(dtype)",
    "order": "for order='F' work on the transpose: np.reshape(t.T, shape[::-1]).T",
    "out": "use what the function returns, and for a += t write a = a + t",
    "where": "choose the elements first: np.where(mask, t, 0)",
}
"""What to write in place of a parameter that an operation does not have."""


def answers(*functions: Callable[..., Any]) -> Callable[[F], F]:
    """Let the decorated function answer when one of NumPy's `functions` is called on a Tensor."""

    def register(answer: F) -> F:
        NUMPY.update(dict.fromkeys(functions, answer))
        return answer

    return register


def name_of(function: Callable[..., Any]) -> str:
    """Write a NumPy function as a program does: `np.linalg.cond`."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):  # np.add.reduce
        return f"np.{owner.__name__}.{function.__name__}"
    name: str = function.__name__
    if isinstance(function, np.ufunc):  # SciPy's, or one of np.frompyfunc's, is none of np's names
        return f"np.{name}" if getattr(np, name, None) is function else name
    places = (getattr(function, "__module__", None) or "numpy").split(".")[1:]
    return ".".join(["np", *(place for place in places if not place.startswith("_")), name])


def find_operation(function: Callable[..., Any], args: Any, kwargs: Any) -> Callable[..., Any]:
    """Return what is registered for a NumPy function; TypeError, with its name and what to write, if nothing is."""
    answer = NUMPY.get(function)
    if answer is None:
        name, instead = name_of(function), _on_arrays(function, args, kwargs)
        if function is np.copyto:
            raise TypeError(
                f"np.copyto, which np.full and np.full_like call: a plain array cannot hold a Tensor; write "
                f"np.broadcast_to(t, shape), or for its numbers alone {instead}"
            )
        if name.startswith("np.fft."):
            raise TypeError(
                f"{name}: its result is complex, and complex numbers are not supported on Tensors; leave the graph "
                f"first: {instead}"
            )
        raise TypeError(
            f"{name} is not among the operations that work on Tensors, and its gradient would be lost. Write it with "
            f"operations that are (see tinygrad_edu.ops), or leave the graph first: {instead}"
        )
    return answer


def _on_arrays(function: Callable[..., Any], args: Any, kwargs: Any) -> str:
    """Write the call with NumPy's names for the arguments, on the numbers of the Tensors alone.

    For example `np.save(file, arr.detach().numpy())`.
    """
    try:
        positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        named = [name for name, p in _signature(function).parameters.items() if p.kind in positional]
    except ValueError:  # before NumPy 2.4 a ufunc has no signature
        named = []
    names = [named[i] if i < len(named) else f"x{i + 1}" for i in range(len(args))]

    def written(name: str, value: Any) -> str:
        if hasattr(value, "__apply_op__"):
            return f"{name}.detach().numpy()"
        if isinstance(value, list | tuple) and any(hasattr(item, "__apply_op__") for item in value):
            return f"[t.detach().numpy() for t in {name}]"
        return name

    given = [written(name, value) for name, value in zip(names, args, strict=True)]
    given += [f"{name}={written(name, value)}" for name, value in kwargs.items()]
    return f"{name_of(function)}({', '.join(given)})"


def refuse(function: Callable[..., Any], parameter: str) -> NoReturn:
    """Raise TypeError for a parameter of a NumPy function that has no counterpart."""
    instead = INSTEAD.get(parameter, "leave it out")
    raise TypeError(f"{name_of(function)}: the argument {parameter}= is not supported on Tensors; {instead}")


def require_fitting(function: Callable[..., Any], answer: Callable[..., Any], args: Any, kwargs: Any) -> None:
    """Raise TypeError, with the name of the NumPy function, if `answer` does not take these arguments."""
    signature = _signature(answer)
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        for name in kwargs:
            if name not in signature.parameters:
                refuse(function, name)
        raise TypeError(f"{name_of(function)}: {error} on Tensors") from None


def bind(function: Callable[..., Any], op: Op, args: Any, kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Sort the arguments of a NumPy call into the operation's inputs and its parameters.

    The first arguments of NumPy's function are the operation's inputs (or the first one is the
    sequence of them, as for np.concatenate); the others are parameters of the same name.
    """
    signature = _signature(function)
    given = signature.bind(*args, **kwargs).arguments
    given.update(given.pop("kwargs", {}))  # np.pad and np.clip take some of their parameters as **kwargs
    rule = _signature(op.rule).parameters
    names = list(signature.parameters)
    inputs: tuple[Any, ...]
    if any(p.kind is p.VAR_POSITIONAL for p in rule.values()):
        inputs = tuple(given.pop(names[0]))
    else:
        positional = [p for p in rule.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        if len(given) < len(positional):
            hint = "; for the positions where it holds write np.nonzero(condition)" if function is np.where else ""
            raise TypeError(
                f"{name_of(function)}: on Tensors it needs {len(positional)} inputs, not {len(given)}{hint}"
            )
        inputs = tuple(given.pop(name) for name, _ in zip(names, positional, strict=False))
    defaults = {name: parameter.default for name, parameter in signature.parameters.items()}
    params = {
        SYNONYMS.get(name, name): value
        for name, value in given.items()
        if name not in defaults or value is not defaults[name]
    }
    takes_any = any(p.kind is p.VAR_KEYWORD for p in rule.values())
    for name, value in params.items():
        if name not in rule and not takes_any:
            refuse(function, name)
        if hasattr(value, "__apply_op__"):
            raise TypeError(
                f"{name_of(function)}: {name}= takes no gradient, so it cannot be a Tensor: {name}.tolist()"
            )
    return inputs, params


@functools.cache
def _signature(function: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(UNSIGNED.get(function, function))
