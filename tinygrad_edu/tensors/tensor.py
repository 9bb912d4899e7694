"""The Tensor: an array, its gradient, and the node that made it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np

from tinygrad_edu.engine import dtypes
from tinygrad_edu.engine.graph import GraphError, source_of
from tinygrad_edu.engine.op import ARRAYS, Array, Op
from tinygrad_edu.engine.value import Node, Value, record
from tinygrad_edu.engine.versions import mark_changed
from tinygrad_edu.functions.arguments import numbers_or_room
from tinygrad_edu.functions.numpy_protocol import bind, find_operation, refuse, require_fitting
from tinygrad_edu.tensors.backward import backward
from tinygrad_edu.tensors.hooks import GradKeeper, RemovableHandle, add_hook, keepers_of
from tinygrad_edu.tensors.html import tensor_as_html
from tinygrad_edu.tensors.methods import Methods
from tinygrad_edu.tensors.printing import format_tensor

accumulating = threading.Lock()  # so that threads may add to the gradient of one leaf


class Tensor(Value, Methods, plain=True):
    """An array of numbers that remembers how it was computed.

    Parameters:
        data: nested lists or an array of numbers. Whole numbers become floats (in `tensor([1, 2])` they stay whole); an
            array of floats is used as it is, not copied. Or sizes: `Tensor(2, 3)` is room for six numbers, whatever
            the memory holds.
        requires_grad: whether gradients are wanted for it; operations on it are then recorded.

    Attributes:
        array: the NumPy array itself, no copy. Writing to it goes unnoticed by the graph.
    """

    __apply_op__ = staticmethod(record)  # how an operation finds out that it is to be recorded

    __slots__ = ()

    _repr_html_ = tensor_as_html  # how a notebook shows it
    # Most tensors have none of these: they are kept where they are set, and cost nothing elsewhere.
    _grad: Tensor | None = None
    _name: str | None = None
    accumulated_hooks: list[Callable[[Any], Any]] | None = None  # of a leaf, called when `.grad` is there
    hooks: list[Callable[[Any], Any]] | None = None  # for a leaf; other tensors' are at their node

    def __init__(self, *data: Any, requires_grad: bool = False) -> None:
        usual = len(data) == 1 and data[0].__class__ in ARRAYS and data[0].dtype.kind == "f"
        self.array = data[0] if usual else numbers_or_room(data)
        self.source = None
        self.tracked = False
        self.origin = None
        if requires_grad:
            self.requires_grad = True

    # Attributes

    @property
    def node(self) -> Node | None:
        """The operation that made the tensor; None for a leaf."""
        self._follow_base()
        return self.source if isinstance(self.source, Node) else None

    @property
    def requires_grad(self) -> bool:
        """Whether operations on it are recorded, so that a gradient can reach it."""
        self._follow_base()
        return self.tracked

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if value and not dtypes.is_float(self.array.dtype):
            raise TypeError(
                f"requires_grad: only floating-point tensors can have a gradient, not {self.array.dtype}; "
                "convert it first: t.float().requires_grad_()"
            )
        if not value and self.node is not None:
            raise GraphError(
                f"requires_grad: this tensor is the result of {self.node.op.name}; only a leaf's requires_grad "
                "can be turned off. Use detach() for a tensor outside the graph"
            )
        if value and self.node is None:
            self.origin = None  # a leaf is a source of its own, whatever becomes of the memory
        self.tracked = bool(value)

    def _follow_base(self) -> None:
        if self.origin is not None:
            self.origin.follow(self)

    @property
    def name(self) -> str | None:
        """A name of your choice, shown in drawings and explanations."""
        return self._name if self.node is None else self.node.name

    @name.setter
    def name(self, value: str | None) -> None:
        if self.node is None:
            self._name = value
        else:
            self.node.name = value

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set `requires_grad` and return the tensor."""
        self.requires_grad = requires_grad
        return self

    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward passes have added up here, or None."""
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None and not isinstance(value, Tensor):
            raise TypeError(f"grad: expected a Tensor or None, got {type(value).__name__}; wrap it: tensor(value)")
        if value is not None and value.array.shape != self.array.shape:
            raise ValueError(f"grad: expected shape {self.array.shape}, that of the tensor, got {value.array.shape}")
        self._grad = value

    @property
    def data(self) -> Tensor:
        """The same memory as a tensor outside the graph."""
        return self.detach()

    @data.setter
    def data(self, value: Any) -> None:
        self.array = dtypes.as_array(value.array if isinstance(value, Tensor) else value)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.array.dtype

    @property
    def ndim(self) -> int:
        return self.array.ndim

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made it. Only leaves get a `.grad` by themselves."""
        return self.node is None

    @property
    def grad_fn(self) -> Node | None:
        """PyTorch's name for `node`."""
        return self.node

    # Gradients

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Tensor | Sequence[Tensor] | None = None,
    ) -> None:
        """Compute the gradient of this tensor with respect to every leaf, and add it to the leaf's `.grad`.

        Parameters:
            gradient: the gradient of the final result with respect to this tensor, of its shape; may be
                left out for a single number, where it is 1.
            retain_graph: keep the graph, so that it can be used again. As create_graph if not given.
            create_graph: record the backward pass itself, for second derivatives.
            inputs: compute the gradients of these tensors alone, leaves or not, and add them to their `.grad`.

        Raises:
            GraphError: there is no graph, it was used before, or a value in it was changed in place.
        """
        backward([self], [gradient], retain_graph, create_graph, inputs)

    def _accumulate(self, g: Any) -> None:
        """Add a gradient, an array or a Tensor that nobody else refers to, to `.grad`."""
        with accumulating:
            if self._grad is None:
                self._grad = g if isinstance(g, Tensor) else Tensor(g)
            elif isinstance(g, Tensor) or self._grad.tracked:
                self._grad = self._grad + g
            else:
                np.add(self._grad.array, g, out=self._grad.array)
                mark_changed(self._grad.array, "backward")

    def detach(self) -> Tensor:
        """Return the same memory as a tensor outside the graph: no gradient flows through it."""
        return Tensor.at(self.array)

    def move_to(self, other: Value) -> None:
        """Take the place in the graph that `other` has; what keeps the gradient of this tensor goes along."""
        keepers = keepers_of(self)
        if keepers:
            self.source.hooks = [hook for hook in self.source.hooks if hook not in keepers]
        super().move_to(other)
        if keepers and self.tracked:
            self.source.hooks = [*(self.source.hooks or ()), *keepers]

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> RemovableHandle:
        """Call `hook` with this tensor, a leaf, when a backward pass has added to its `.grad`.

        Raises:
            GraphError: an operation made the tensor, so it keeps no gradient.
        """
        if self.node is not None:
            raise GraphError("register_post_accumulate_grad_hook: only leaves gather gradients; use register_hook")
        self.accumulated_hooks = [*(self.accumulated_hooks or ()), hook]
        return RemovableHandle(self, hook, "accumulated_hooks")

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """Call `hook` with this tensor's gradient when it is known; a tensor it returns replaces the gradient."""
        if not self.requires_grad:
            raise GraphError("register_hook: this tensor requires no gradient, so the hook would never be called")

        def wrapped(g: Any) -> Any:
            answer = hook(g if isinstance(g, Tensor) else Tensor(g))
            if answer is None:
                return g
            if not isinstance(answer, Tensor):
                raise TypeError(f"register_hook: a hook must return a Tensor or None, not {type(answer).__name__}")
            if answer.shape != g.shape:
                raise ValueError(f"register_hook: a hook returned shape {answer.shape} for a gradient of {g.shape}")
            return answer if isinstance(g, Tensor) else answer.array

        return add_hook(source_of(self), wrapped)

    def retain_grad(self) -> None:
        """Keep the gradient of this tensor too, though it is not a leaf: it will be in `.grad`, after all hooks."""
        if not self.requires_grad:
            raise GraphError("retain_grad: this tensor requires no gradient, so there is none to keep")
        if self.node is not None and not self.retains_grad:
            self.node.hooks = [*(self.node.hooks or ()), GradKeeper(self)]

    @property
    def retains_grad(self) -> bool:
        """Whether `retain_grad` was called on this tensor, which is not a leaf."""
        return self.node is not None and bool(keepers_of(self))

    # NumPy's protocols: its functions on Tensors give Tensors, and are recorded

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        function = ufunc if method == "__call__" else getattr(ufunc, method)  # np.add, or np.add.reduce
        if method == "__call__" and kwargs:
            refuse(function, next(iter(kwargs)))
        op = find_operation(function, inputs, kwargs)
        return op(*inputs, **kwargs)

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        op = find_operation(function, args, kwargs)
        if isinstance(op, Op):
            args, kwargs = bind(function, op, args, kwargs)
        try:
            return op(*args, **kwargs)
        except TypeError:
            require_fitting(function, op, args, kwargs)
            raise

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if self.requires_grad:
            raise GraphError(
                "an array cannot carry the gradient of this tensor, and np.array, np.asarray, a[:] = t or the function "
                "called here makes one. For its numbers alone write t.detach().numpy(); to join tensors write "
                "np.stack([...]) or np.concatenate([...]), not np.array, np.r_ or np.c_"
            )
        return self.array.__array__(dtype, copy=copy)

    def numpy(self) -> Array:
        """Return the array, sharing memory. RuntimeError if the gradient would be lost: `detach()` first."""
        if self.requires_grad:
            raise GraphError(
                "numpy: this tensor requires a gradient, which an array cannot carry; write t.detach().numpy()"
            )
        return self.array

    # Copying, printing

    def __repr__(self) -> str:
        return format_tensor(self)

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if self.node is not None:
            raise GraphError("deepcopy: only leaves can be copied with their gradient; use t.detach().clone()")
        twin = type(self).at(self.array.copy(), tracked=self.tracked)
        twin._name = self._name
        twin._grad = None if self._grad is None else Tensor(self._grad.array.copy())
        memo[id(self)] = twin
        return twin

    def __copy__(self) -> Tensor:
        if self.node is not None:
            why = "a copy of this tensor would lose the graph behind it"
            raise GraphError(f"copy.copy: {why}; for its numbers, as plt.plot does, write t.detach(), else t.clone()")
        return type(self).at(self.array, tracked=self.tracked)

    def __reduce__(self) -> Any:
        if self.node is not None:
            raise GraphError("pickle: the graph behind a tensor cannot be saved; use t.detach()")
        return type(self).at, (self.array, None, self.tracked)


def wrap(array: Any, requires_grad: bool = False) -> Tensor:
    """Make a tensor that holds an array itself, of whatever type. (`Tensor(...)`, as PyTorch's, makes floats.)"""
    tensor = Tensor.at(array if array.__class__ in ARRAYS and array.dtype.kind in "fib" else dtypes.as_array(array))
    if requires_grad:
        tensor.requires_grad = requires_grad
    return tensor
