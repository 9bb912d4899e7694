"""What an operation is: how its value is computed, and how gradients get back through it.

An operation is a plain NumPy function, its *rule*. It returns its value and, for each input, a *pullback*:

    @op(np.multiply, formula="y = a b", derivative=("g b", "g a"), samples=[Sample((3, 4), (4,))])
    def mul(a, b):
        def grad_a(g):
            return g * b

        def grad_b(g):
            return g * a

        return np.multiply(a, b), (grad_a, grad_b)

The *gradient* of a number says how much the end result of a computation, usually a loss, changes for each unit by
which that number changes. A pullback is given `g`, the gradient of the operation's output (of the output's shape: a
number for each element), and returns the gradient of its input. This is the chain rule for one operation. What a
pullback needs later, here a or b, is a variable of the function around it, as in any nested function of Python.

The line above the rule says what code cannot: the NumPy function it stands for, the formula, the derivative, and
the shapes of inputs to check it on. The gradient tests and the documentation are made from that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from inspect import cleandoc
from types import MethodType
from typing import TYPE_CHECKING, Any, NoReturn, overload

import numpy as np

from tinygrad_edu.system.wording import in_our_words

if TYPE_CHECKING:  # for annotations alone: nothing in this folder needs to know what a Tensor is
    from tinygrad_edu.tensors.tensor import Tensor

Array = np.ndarray[Any, np.dtype[Any]]
ARRAYS: set[Any] = {np.ndarray}  # what rules take as it is; a kind of array that is to be let through adds itself
Pullback = Callable[[Any], Any]
Rule = Callable[..., tuple[Any, Sequence["Pullback | None"]]]  # None: no gradient goes to that input, an index say


class Op:
    """An operation: a rule and everything that is known about it. What it is made of, `op` below explains.

    Called on arrays, it returns an array; with a Tensor among the inputs, a Tensor. Positional arguments are the
    inputs (what gradients flow to); keywords are parameters (an axis, a shape).
    """

    def __init__(
        self,
        rule: Rule,
        *,
        numpy: tuple[Callable[..., Any], ...] = (),
        formula: str = "",
        where: str = "",
        derivative: tuple[str, ...] | None = (),
        samples: Iterable[Sample] = (),
        reference: Callable[..., Any] | None = None,
        linear: bool = False,
        of_floats: bool = False,
    ) -> None:
        self.name: str = rule.__name__
        self.rule = rule
        self.numpy = numpy
        self.formula = formula
        self.where = where
        self.derivative = derivative
        self.samples = tuple(samples)
        self.reference = reference or (numpy[0] if numpy else None)
        self.linear = linear
        self.of_floats = of_floats or any(map(_has_no_integers, numpy))
        lines = [cleandoc(rule.__doc__ or f"Compute {formula}."), f"Value: {formula}", *([where] if where else [])]
        lines += [f"Gradient: {line}" for line in derivative or ()]
        self.__doc__ = "\n\n".join(lines)
        self.__name__, self.__module__, self.__wrapped__ = rule.__name__, rule.__module__, rule  # for help()

    @overload
    def __call__(self, *inputs: Array | float, **params: Any) -> Array: ...
    @overload
    def __call__(self, *inputs: Any, **params: Any) -> Tensor: ...
    def __call__(self, *inputs: Any, **params: Any) -> Any:
        for x in inputs:
            if hasattr(x, "__apply_op__"):  # a Tensor. There it is the name of `record` (engine/value.py)
                return x.__apply_op__(self, inputs, params)
        return self.rule(*inputs, **params)[0]

    def __get__(self, tensor: Any, owner: type | None = None) -> Callable[..., Tensor]:
        """Let an operation stand in a class body as a method, as functions do: `t.exp()` is `exp(t)`."""
        return self if tensor is None else MethodType(self, tensor)

    @property
    def differentiable(self) -> bool:
        """Whether gradients flow through it at all; comparisons and argmax are not differentiable."""
        return self.derivative is not None

    def __repr__(self) -> str:
        return f"<op {self.name}: {self.formula}>"

    def explain_failure(self, error: Exception, inputs: Sequence[Any]) -> NoReturn:
        """Raise what NumPy raised in the rule again, with the operation's name and what it was called on."""
        came = ", ".join(describe(x) for x in inputs)
        kind = next((kind for kind in (IndexError, TypeError) if isinstance(error, kind)), ValueError)
        what = in_our_words(self.name, str(error))
        raise kind(f"{self.name} ({self.formula}): {what}. It was called on {came}.") from error


def describe(x: Any) -> str:
    """Name a value in an error message: kind, shape and dtype."""
    if hasattr(x, "shape") and hasattr(x, "dtype"):
        kind = "a scalar" if x.shape == () else f"shape {tuple(x.shape)}"
        return f"{kind} {x.dtype}"
    return f"{type(x).__name__} {x!r:.40}"


OPS: dict[str, Op] = {}
"""Every operation by name. Tests and documentation are made from this table."""

NUMPY: dict[Callable[..., Any], Callable[..., Any]] = {}
"""What answers when NumPy's own function is called on a Tensor: `np.exp` -> the operation `exp`. NumPy asks an
argument that has `__array_ufunc__` or `__array_function__` to answer, and a Tensor's look here."""


def op(
    *numpy: Callable[..., Any],
    formula: str,
    derivative: tuple[str, ...] | None,
    samples: Iterable[Sample],
    **more: Any,  # as Op takes them: where, reference, linear, of_floats
) -> Callable[[Rule], Op]:
    """Register the decorated rule as an operation.

    Parameters:
        numpy: the NumPy functions that this operation answers for when they meet a Tensor.
        formula: the value, as one line of text: `"y = a b"`. How to write it, `formulas` says.
        where: what letters of the formula stand for, of one that has many: `"s: the state of the cell; d = dilation"`.
        derivative: the gradient of each input in terms of g, one line each; None if the operation has no
            derivative (comparisons, argmax).
        samples: the inputs it is checked on. An operation without any fails the test suite.
        reference: a plain NumPy function with the same value; the first of `numpy` if not given.
        linear: whether the output is linear in the inputs that have a gradient. Then no pullback keeps any of
            them, and second derivatives need not run the rule again (`engine/graph.py`).
        of_floats: whether integers are made floats of the default type first. It is so where NumPy's own function
            has no way to compute with integers.
    """

    def register(rule: Rule) -> Op:
        if rule.__name__ in OPS:
            raise ValueError(f"op: an operation named {rule.__name__!r} is registered already; choose another name")
        operation = Op(rule, numpy=numpy, formula=formula, derivative=derivative, samples=samples, **more)
        OPS[operation.name] = operation
        NUMPY.update(dict.fromkeys(numpy, operation))
        return operation

    return register


def _has_no_integers(function: Callable[..., Any]) -> bool:
    """Tell whether NumPy has a function of each element for floats alone: it takes a byte for a float16 then."""
    if not isinstance(function, np.ufunc):
        return False
    of_bytes = (np.dtype(np.uint8),) * function.nin + (None,) * function.nout
    return function.resolve_dtypes(of_bytes)[-1] == np.float16


class Sample:
    """Inputs that an operation is checked on, by the tests alone.

    A tuple of sizes stands for a float array of that shape with random values; anything else
    (an array, a number, a list of indices) is passed as it is. Keywords are the operation's
    parameters, except `domain`: the open interval the random values come from.

        Sample((3, 4), (4,), axis=0, domain=(0.1, 2.0))
    """

    def __init__(self, *inputs: Any, domain: tuple[float, float] = (-2.0, 2.0), **params: Any) -> None:
        self.inputs = inputs
        self.domain = domain
        self.params = params

    def draw(self, rng: np.random.Generator, dtype: Any = np.float64) -> list[Any]:
        """Return the inputs, random ones filled in.

        The values are an even grid over the domain, shuffled, rather than independent draws. So no two are equal, and
        by the shift of 0.37 none is 0 in a symmetric domain: at ties and kinks (max, abs) slopes are a matter of
        choice, and have tests of their own.
        """
        sizes = [int(np.prod(x)) for x in self.inputs if isinstance(x, tuple)]
        low, high = self.domain
        grid = low + (high - low) * (np.arange(sum(sizes)) + 0.37) / max(sum(sizes), 1)
        values = iter(np.split(rng.permutation(grid), np.cumsum(sizes)[:-1]))
        return [
            next(values).reshape(x).astype(dtype) if isinstance(x, tuple) else _as_type(x, dtype) for x in self.inputs
        ]

    def __repr__(self) -> str:
        words = [str(x) if isinstance(x, tuple) else type(x).__name__ for x in self.inputs]
        words += [f"{name}={value!r}" for name, value in self.params.items()]
        return f"Sample({', '.join(words)})"


def _as_type(x: Any, dtype: Any) -> Any:
    return x.astype(dtype) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x
