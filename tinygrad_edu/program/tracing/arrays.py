"""Traced arrays, numbers, generators: they do what those they stand for do, and a trace writes down what is done.

NumPy asks an argument that has `__array_ufunc__` or `__array_function__` to answer for it; a traced array does what was
asked on the plain array, and has its trace note the call. It is an ndarray itself, and its memory is that of the plain
array, so whatever looks at shape, type, strides or memory finds what it would have found.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from tinygrad_edu.engine.op import ARRAYS
from tinygrad_edu.engine.value import CONSTANTS
from tinygrad_edu.program.instructions import Attribute, Method, Variable, replaced
from tinygrad_edu.system.user_line import user_line

if TYPE_CHECKING:
    from tinygrad_edu.program.tracing.trace import Trace


class TraceError(RuntimeError):
    """Something was done that cannot be written down as a straight line of NumPy calls."""


def refuse(what: str, instead: str) -> NoReturn:
    """Raise TraceError for something at the user's line."""
    raise TraceError(f"{what} cannot be traced ({user_line()}); {instead}")


class TracedArray(np.ndarray[Any, np.dtype[Any]]):
    """An array in a trace.

    Attributes:
        noted: the trace, which notes the calls.
        variable: what stands for it in the program; None for a view that NumPy made without asking.
        root: the traced array whose memory it looks into; None if it has its own.
    """

    noted: Trace
    variable: Any = None
    root: TracedArray | None = None

    @classmethod
    def of(cls, array: Any, variable: Variable, trace: Trace, root: TracedArray | None) -> TracedArray:
        traced = np.ndarray.view(array, cls)
        traced.noted, traced.variable, traced.root = trace, variable, root
        return traced

    @property
    def plain(self) -> np.ndarray[Any, Any]:
        """The array it stands for: a plain one, of the same memory."""
        return np.ndarray.view(self, np.ndarray)

    @property
    def base(self) -> Any:  # to NumPy, it is the plain array
        return self.root

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if self.variable is None:
            refuse("a view that NumPy made without asking", "use np.reshape, np.transpose or an index")
        if any(hasattr(x, "__apply_op__") for x in inputs):
            return NotImplemented  # a Tensor answers, and its operation comes back here with arrays
        if ufunc.__name__ in POWERS and not kwargs:
            ufunc, inputs = np.power, (*inputs, POWERS[ufunc.__name__])
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        if method == "at":
            return self.noted.call(function, inputs, kwargs, written=inputs[0])
        out = kwargs.get("out")
        if out is not None and len(out) == 1:
            kwargs["out"] = out[0]
        return self.noted.call(function, inputs, kwargs, written=out)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if any(hasattr(kind, "__apply_op__") for kind in types):
            return NotImplemented
        if function in OF_UNKNOWN_SHAPE and not (function is np.where and len(args) + len(kwargs) == 3):
            refuse(f"np.{function.__name__}, whose result has a shape that depends on the values,", FIXED)
        if function in OF_FORM:
            return function(*replaced(args, plain), **replaced(kwargs, plain))
        written = args[0] if function in WRITERS else kwargs.get("out")
        return self.noted.call(function, args, kwargs, written=written)

    def __getitem__(self, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        if any(isinstance(part, TracedArray) and part.dtype == bool and part.ndim for part in parts):
            refuse("reading at a mask that was computed", FIXED)
        return self.noted.call(operator.getitem, (self, index))

    def __setitem__(self, index: Any, value: Any) -> None:
        if value is not self or index is not Ellipsis:
            self.noted.call(operator.setitem, (self, index, value), written=self)

    def __array__(self, *_: Any, **__: Any) -> NoReturn:  # of a tensor: NumPy itself asks no array for it
        refuse("the array that NumPy makes of a tensor that was computed", "write x.array, or use the tensor itself")

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        return self.noted.decide(self, bool(self.plain))

    def __int__(self) -> int:
        refuse("int() of what was computed", "keep it an array, or compute it before the step")

    __index__ = __int__

    def __float__(self) -> float:
        refuse("float() of what was computed", "use .item(), whose number can be traced, or return the array")

    def __contains__(self, value: Any) -> bool:
        return bool((self == value).any())

    def item(self, *index: Any) -> Any:
        """Return a traced number."""
        return self.noted.call(Method("item"), (self, *index))

    def tolist(self) -> NoReturn:
        refuse("tolist() of what was computed", "return the array from the step")

    def __repr__(self) -> str:
        return repr(self.plain)

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(self.plain, spec)

    def __reduce__(self) -> Any:
        return self.plain.__reduce__()

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    def __copy__(self) -> Any:
        return self.copy()


POWERS = {"positive": 1, "_ones_like": 0}  # what NumPy before 2.4 does for a ** 1 and a ** 0; the same in all then
OF_NUMPY = "use NumPy's function, np.isfinite for example"
FIXED = "use np.where, whose result has a fixed shape"
OF_FORM = {np.ndim, np.size, np.shape, np.iscomplexobj, np.isrealobj, np.result_type, np.can_cast, np.common_type}
OF_UNKNOWN_SHAPE = {np.nonzero, np.flatnonzero, np.argwhere, np.unique, np.extract, np.where, np.compress}
WRITERS = {np.copyto, np.put, np.putmask, np.place, np.fill_diagonal, np.put_along_axis}
UNSEEN = "argpartition byteswap compress dump dumps flat getfield nonzero resize setfield tobytes tofile"
METHODS = (
    "all any argmax argmin argsort astype choose clip copy cumprod cumsum diagonal dot flatten max mean min prod ravel "
    "repeat reshape round searchsorted squeeze std sum swapaxes take trace transpose var view"
)


def _method(name: str) -> Callable[..., Any]:
    function = Method(name)

    def method(self: TracedArray, *args: Any, **kwargs: Any) -> Any:
        return self.noted.call(function, (self, *args), kwargs, written=kwargs.get("out"))

    return method


def _writing(name: str) -> Callable[..., Any]:
    function = Method(name)

    def method(self: TracedArray, *args: Any, **kwargs: Any) -> Any:
        return self.noted.call(function, (self, *args), kwargs, written=self)

    return method


def plain(x: Any) -> Any:
    """Return what a traced array, number or generator stands for; anything else as it is."""
    return x.plain if isinstance(x, TracedArray | TracedNumber | TracedGenerator) else x


def _refused(name: str) -> property:
    return property(lambda self: refuse(f".{name} of what was computed", "index the array, or use NumPy's functions"))


def _attribute(name: str) -> property:
    return property(lambda self: self.noted.call(Attribute(name), (self,)))


for _name in METHODS.split():
    setattr(TracedArray, _name, _method(_name))
for _name in ("fill", "sort", "put", "partition"):
    setattr(TracedArray, _name, _writing(_name))
for _name in UNSEEN.split():
    setattr(TracedArray, _name, _refused(_name))
for _name in ("T", "mT"):
    setattr(TracedArray, _name, _attribute(_name))


class TracedNumber:
    """A number in a trace: one of the optimizer's options, or what `.item()` gave.

    What Python's operators make of it is a traced number again; what is decided on it is noted as a guard. To
    `isinstance` it is a float, but it is none: of a float, `math.isfinite` and others would take the value unseen.
    """

    noted: Trace
    variable: Variable

    @classmethod
    def of(cls, value: Any, variable: Variable, trace: Trace) -> TracedNumber:
        number = cls()
        number.noted, number.variable, number.value = trace, variable, value
        return number

    value: Any  # the number as it is: an int, say

    @property
    def plain(self) -> Any:
        """The number it stands for."""
        return self.value

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return TracedArray.__array_ufunc__(self, ufunc, method, *inputs, **kwargs)  # type: ignore[arg-type]

    def __bool__(self) -> bool:
        return self.noted.decide(self, bool(self.value))

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return float

    def __float__(self) -> NoReturn:
        refuse("float() of a number that was computed", f"functions of `math` ask for it, too; {OF_NUMPY}")

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        refuse("an array or a tensor made of a number that was computed", "leave out .item(); tg.stack joins tensors")

    def __int__(self) -> NoReturn:
        refuse("int() of a number that was computed", "counts and indices need it: compute it before the step")

    __index__ = __int__

    def __round__(self, *_: Any) -> NoReturn:
        refuse("rounding a number that was computed", OF_NUMPY)

    __floor__ = __ceil__ = __trunc__ = __round__

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_") or not hasattr(float, name):
            raise AttributeError(f"'float' object has no attribute {name!r}")
        refuse(f".{name} of a number that was computed", OF_NUMPY)

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return repr(self.value)

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return float, (self.value,)


def _operator(function: Callable[..., Any], turned: bool = False) -> Callable[..., Any]:
    def method(self: TracedNumber, *others: Any) -> Any:
        if any(not isinstance(other, int | float) for other in others):
            return NotImplemented
        return self.noted.call(function, (*others, self) if turned else (self, *others))

    return method


def _comparison(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: TracedNumber, other: Any) -> Any:
        if not isinstance(other, int | float):
            return NotImplemented
        return bool(self.noted.call(function, (self, other)))

    return method


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    setattr(TracedNumber, f"__{_name}__", _operator(getattr(operator, _name)))
    setattr(TracedNumber, f"__r{_name}__", _operator(getattr(operator, _name), turned=True))
for _name in ("neg", "pos", "abs"):
    setattr(TracedNumber, f"__{_name}__", _operator(getattr(operator, _name)))
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(TracedNumber, f"__{_name}__", _comparison(getattr(operator, _name)))


class TracedGenerator:
    """A generator of random numbers in a trace, which notes its draws."""

    def __init__(self, plain: np.random.Generator, variable: Variable, trace: Trace) -> None:
        self.plain, self.variable, self.noted = plain, variable, trace

    def __getattr__(self, name: str) -> Any:
        def draw(*args: Any, **kwargs: Any) -> Any:
            return self.noted.call(Method(name), (self, *args), kwargs, written=kwargs.get("out"), pure=False)

        return draw


ARRAYS.add(TracedArray)
CONSTANTS.update((TracedArray, TracedNumber))
