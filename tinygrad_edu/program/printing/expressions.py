"""Calls as people write them: `a + b` for np.add(a, b), `a.sum(axis=0)` for np.add.reduce(a, axis=(0,))."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu.program.instructions import AsTensor, Attribute, Call, Method, Pull, Rule, Variable
from tinygrad_edu.program.printing import literals
from tinygrad_edu.program.printing.operators import (
    AS_METHODS,
    ATOM,
    BINARY,
    COMPARISON,
    OF_BOOLEANS,
    POWER,
    REDUCTIONS,
    SIGN,
)
from tinygrad_edu.tensors.tensor import Tensor


class Text(NamedTuple):
    """An expression and its level."""

    text: str
    level: int = ATOM

    def within(self, level: int) -> str:
        """Return it as a part of an expression of a level: in parentheses unless it holds together as tightly."""
        return self.text if self.level >= level else f"({self.text})"


@dataclass(frozen=True, slots=True)
class Size:
    """A number that depends on the size of an input, written with `len` or `.shape`.

    Attributes:
        pattern: the expression, in which {} stands for the input's name.
        variable: the input.
        level: of the expression.
        value: what it was while the program was traced.
    """

    pattern: str
    variable: Variable
    level: int
    value: Any


class Writer:
    """Writes calls.

    Parameters:
        name: says what stands for a variable, its name or the expression that makes it.
        written_out: the variables in whose place a number or a constant stands.
    """

    def __init__(self, name: Callable[[Variable], Text], written_out: Container[Variable]) -> None:
        self.name, self.written_out = name, written_out

    def write(self, call: Call) -> Text:
        """Return the expression that a call is."""
        function, args, kwargs = call.function, call.args, call.kwargs
        match function:
            case Attribute(name):
                return Text(f"{self.operand(args[0])}.{name}")
            case Method(name):
                return self.method(name, args, kwargs)
            case Rule(op):
                return Text(f"{op.name}_rule({self.arguments(args, kwargs)})")
            case Pull(index):
                return Text(f"{self.operand(args[0])}[{index}]({self.argument(args[1])})")
        if function is operator.getitem:
            return Text(f"{self.operand(args[0])}[{self.index(args[1])}]")
        if isinstance(function, np.ufunc) or getattr(function, "__module__", "") in ("_operator", "operator"):
            return self.elementwise(function, args, kwargs)
        bound = getattr(function, "__self__", None)
        if isinstance(bound, np.ufunc):
            return self.of_ufunc(bound, function.__name__, args, kwargs)
        return self.of_numpy(function, args, kwargs)

    # The kinds of calls

    def elementwise(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Text:
        name = function.__name__
        of_numbers = isinstance(function, np.ufunc) and all(_is_pythons(x) for x in args)
        if kwargs or of_numbers:  # whose operators would give one of Python's numbers, which has no .item()
            return Text(f"{called(function)}({self.arguments(args, kwargs)})")
        if len(args) == 2:
            sign, level = BINARY.get(name, ("", ATOM))
            if not sign and all(getattr(x, "dtype", None) == np.bool for x in args):
                sign, level = OF_BOOLEANS.get(name, ("", ATOM))
            if sign:
                return self.binary(sign, level, *(reversed(args) if self.turned(name, args) else args))
            if name in ("power", "pow", "float_power") and name != "float_power" and not _is_special(args):
                return self.power(*map(self.part, args))
        if name == "square":
            return self.power(self.part(args[0]), Text("2"))
        if name in ("negative", "neg"):
            return Text(f"-{self.part(args[0]).within(SIGN)}", SIGN)
        if name in ("logical_not", "invert") and (name == "invert" or args[0].dtype == bool):
            return Text(f"~{self.part(args[0]).within(SIGN)}", SIGN)
        return Text(f"{called(function)}({self.arguments(args, kwargs)})")

    def binary(self, sign: str, level: int, left: Any, right: Any) -> Text:
        return Text(
            f"{self.part(left).within(level + (level == COMPARISON))} {sign} {self.part(right).within(level + 1)}",
            level,
        )

    def turned(self, name: str, args: tuple[Any, ...]) -> bool:
        """Tell whether two arguments are better read the other way round: 0.1 * d_w."""
        left, right = (not isinstance(x, Variable) or x.kind == "number" or x in self.written_out for x in args)
        return name in ("multiply", "mul") and right and not left

    def power(self, base: Text, exponent: Text) -> Text:
        close = all(simple(x.text.removeprefix("-")) for x in (base, exponent)) and base.level == ATOM
        return Text(f"{base.within(ATOM)}{'**' if close else ' ** '}{exponent.within(SIGN)}", POWER)

    def of_ufunc(self, ufunc: np.ufunc, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Text:
        name = ufunc.__name__
        if method == "reduce" and name in REDUCTIONS and len(args) <= 2 and kwargs.keys() <= {"axis", "keepdims"}:
            axis = args[1] if len(args) == 2 else kwargs.get("axis", 0)
            return self.method(REDUCTIONS[name], args[:1], {**kwargs, "axis": axis})
        return Text(f"np.{name}.{method}({self.arguments(args, kwargs)})")

    def of_numpy(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Text:
        name = function.__name__
        first = args[0] if args else None
        if isinstance(first, Variable) and first.kind == "array":
            flat = first.shape is not None and len(first.shape) == 2
            if name == "transpose" and not kwargs and (len(args) == 1 or args[1] is None):
                return Text(f"{self.operand(first)}.T")
            if name == "swapaxes" and {args[1], args[2]} in ({-1, -2}, {0, 1} if flat else {-1, -2}):
                return Text(f"{self.operand(first)}.{'T' if flat else 'mT'}")
            if name == "transpose" and not kwargs:
                return Text(f"{self.operand(first)}.transpose({self.shape(args[1])})")
            if name == "expand_dims" and len(args) == 2 and isinstance(args[1], int) and not kwargs:
                return Text(f"{self.operand(first)}[{_new_axis(args[1], len(first.shape) + 1)}]")
            if name.endswith("_like") and kwargs.keys() <= {"shape", "order", "dtype"} and "shape" in kwargs:
                kind = literals.dtype(kwargs.get("dtype") or first.dtype)
                shape = self.argument(kwargs["shape"][0] if len(kwargs["shape"]) == 1 else kwargs["shape"])
                return Text(
                    f"np.{name.removesuffix('_like')}({', '.join([shape, *map(self.argument, args[1:]), kind])})"
                )
            if name in AS_METHODS:
                return self.method(name.removeprefix("a") if name in ("amax", "amin") else name, args, kwargs)
        return Text(f"{called(function)}({self.arguments(args, kwargs)})")

    def method(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Text:
        first, *rest = args
        kwargs = dict(kwargs)
        if name in ("sum", "prod", "max", "min", "mean", "any", "all", "std", "var"):
            if rest:
                kwargs = {"axis": rest.pop(0), **kwargs}
            axis = kwargs.get("axis")
            if isinstance(axis, tuple) and len(axis) == 1:
                kwargs["axis"] = axis[0]
            elif (isinstance(axis, tuple) and len(axis) == len(first.shape)) or axis is None:
                kwargs.pop("axis", None)
            if kwargs.get("keepdims") is False:
                del kwargs["keepdims"]
        if name == "copy" and kwargs.get("order") == "C":  # which is the usual one
            del kwargs["order"]
        if name in ("reshape", "transpose") and len(rest) == 1 and isinstance(rest[0], tuple | list):
            inner = self.shape(rest[0]) or "()"
            more = self.arguments((), kwargs)
            return Text(f"{self.operand(first)}.{name}({', '.join(x for x in (inner, more) if x)})")
        return Text(f"{self.operand(first)}.{name}({self.arguments(rest, kwargs)})")

    # Arguments

    def part(self, x: Any) -> Text:
        """Return the expression for an argument."""
        if isinstance(x, Variable):
            return self.name(x)
        if isinstance(x, AsTensor):
            return self.name(x.variable)
        if isinstance(x, Tensor):
            return self.part(x.array)
        if isinstance(x, Size):
            return Text(x.pattern.format(self.name(x.variable).text), x.level)
        if isinstance(x, str):
            return Text(json.dumps(x, ensure_ascii=False))
        if isinstance(x, bool) or x is None:
            return Text(repr(x))
        if isinstance(x, np.generic):
            return Text(f"{literals.dtype(x.dtype)}({literals.number(x.item())})")
        if isinstance(x, int | float):
            text = literals.number(x)
            return Text(text, SIGN if text.startswith("-") else ATOM)
        if isinstance(x, slice) or (isinstance(x, tuple) and any(isinstance(part, slice) for part in x)):
            return Text(f"np.s_[{self.index(x)}]")
        if isinstance(x, tuple):
            inner = ", ".join(map(self.argument, x))
            return Text(f"({inner},)" if len(x) == 1 else f"({inner})")
        if isinstance(x, list):
            return Text(f"[{', '.join(map(self.argument, x))}]")
        if isinstance(x, dict):
            return Text(
                "{" + ", ".join(f"{self.argument(key)}: {self.argument(value)}" for key, value in x.items()) + "}"
            )
        if x is Ellipsis:
            return Text("...")
        if isinstance(x, np.dtype) or (isinstance(x, type) and issubclass(x, np.generic)):
            return Text(literals.dtype(x))
        if isinstance(x, type) and x.__module__ == "builtins":
            return Text(x.__name__)
        if isinstance(x, np.ndarray):
            return Text(literals.of_array(x) or literals.elements(x))
        return Text(called(x))

    def operand(self, x: Any) -> str:
        return self.part(x).within(ATOM)

    def argument(self, x: Any) -> str:
        return self.part(x).text

    def arguments(self, args: Any, kwargs: dict[str, Any]) -> str:
        return ", ".join([*map(self.argument, args), *(f"{key}={self.argument(x)}" for key, x in kwargs.items())])

    def shape(self, sizes: Any) -> str:
        """Write a shape as arguments; the one size that depends on the batch is -1, as people write it."""
        moving = [x for x in sizes if isinstance(x, Size)]
        if len(moving) == 1 and all(isinstance(x, Size) or x > 0 for x in sizes):
            return ", ".join("-1" if isinstance(x, Size) else str(x) for x in sizes)
        return ", ".join(map(self.argument, sizes))

    def index(self, x: Any) -> str:
        """Write what stands between brackets."""
        if isinstance(x, tuple) and x:
            return ", ".join(map(self.index_part, x)) + ("," if len(x) == 1 else "")
        return self.index_part(x)

    def index_part(self, x: Any) -> str:
        if not isinstance(x, slice):
            return self.argument(x)
        start, stop, step = ("" if part is None else self.argument(part) for part in (x.start, x.stop, x.step))
        if all(simple(part.removeprefix("-")) for part in (start, stop, step) if part):
            return f"{start}:{stop}" + (f":{step}" if step else "")
        left = f"{start} :" if start else ":"
        text = f"{left} {stop}" if stop else left
        return text + (f" : {step}" if step else "")


def simple(text: str) -> bool:
    """Tell whether an expression is a name, a number or an attribute, which stands close to `**` and `:`."""
    return text.replace(".", "").replace("_", "").isalnum()


def called(function: Any) -> str:
    """Return how a function of NumPy's is called in full: np.linalg.norm."""
    name = function.__name__
    for prefix, module in (("np", np), ("np.linalg", np.linalg), ("np.lib.stride_tricks", np.lib.stride_tricks)):
        if getattr(module, name, None) is function:
            return f"{prefix}.{name}"
    return name


def _is_pythons(x: Any) -> bool:
    """Tell whether something is one of Python's numbers."""
    return x.kind == "number" if isinstance(x, Variable) else x.__class__ in (int, float, bool)


def _is_special(args: tuple[Any, ...]) -> bool:
    """Tell whether Python's ** would do something else than np.power: NumPy squares for a**2."""
    return (
        isinstance(args[1], int | float)
        and args[1] in (-1, 0, 0.5, 1, 2)
        and isinstance(args[0], Variable)
        and args[0].kind == "array"
    )


def _new_axis(axis: int, ndim: int) -> str:
    if axis == -1:
        return "..., None" if ndim > 2 else ":, None" if ndim == 2 else "None"
    if axis < 0:
        return ", ".join(["...", "None", *[":"] * (-axis - 1)])
    return ", ".join([*[":"] * axis, "None"])
