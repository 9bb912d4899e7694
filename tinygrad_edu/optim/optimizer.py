"""Optimizer: what all update rules have in common. A rule itself is the `update` of a subclass.

optimizer = SGD(model.parameters(), lr=0.1)
for x, y in loader:
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    optimizer.step()
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from tinygrad_edu.engine.dtypes import is_float
from tinygrad_edu.engine.grad_mode import enable_grad
from tinygrad_edu.engine.op import Array
from tinygrad_edu.engine.versions import mark_changed
from tinygrad_edu.optim.options import Execution, check_numbers, settled
from tinygrad_edu.tensors.tensor import Tensor, wrap

Group = dict[str, Any]


class Optimizer:
    """The base class of all optimizers.

    A subclass defines `update`, which changes one parameter. It works on plain arrays, so nothing is
    recorded, and in place, so that a step allocates no memory.

    Parameters:
        params: the tensors to optimize, or dictionaries {"params": tensors, ...}, each a group with
            options of its own, such as another learning rate. A number may be given as a tensor of one element.
        defaults: the options of groups that do not say otherwise.
        execution: PyTorch's arguments that say by what means a step is made, those that are given. foreach, fused and
            capturable are kept and change nothing; differentiable=True is refused.

    Attributes:
        param_groups: the groups, dictionaries of "params" and every option. An option may be changed
            between steps; that is how a schedule sets the learning rate.
        state: what the rule remembers for each parameter, a dictionary of Tensors.
        numbers: the names of those that are one number each, in a float32 tensor of shape (), as in PyTorch.
        execution: which of these arguments the optimizer takes, by their defaults.
    """

    numbers: ClassVar[tuple[str, ...]] = ("step",)
    execution: ClassVar[Execution] = {}

    def __init__(
        self, params: Iterable[Tensor] | Iterable[Group], defaults: Group, execution: Execution | None = None
    ) -> None:
        name = type(self).__name__
        if isinstance(params, Tensor | Mapping):
            raise TypeError(
                f"{name}: expected an iterable of tensors or of groups, got one {type(params).__name__}; "
                "put it into a list"
            )
        if not isinstance(params, Iterable):
            raise TypeError(
                f"{name}: expected an iterable of tensors or of groups, got {type(params).__name__}; "
                "write model.parameters()"
            )
        self.defaults = {**defaults, **settled(name, self.execution, execution or {})}
        self.state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[Group] = []
        self._scratch: dict[Any, Array] = {}
        given: list[Any] = list(params)
        if not given:
            raise ValueError(
                f"{name}: there are no parameters to optimize. model.parameters() is a generator: it is empty when "
                "used a second time, or when the model has not registered any"
            )
        for group in given if isinstance(given[0], Mapping) else [{"params": given}]:
            self.add_param_group(group)

    def update(self, param: Array, grad: Array, state: dict[str, Any], group: Group) -> None:
        """Change `param` in place. Every subclass defines its own.

        Parameters:
            grad: the gradient, of the parameter's shape. It is not to be changed.
            state: what the rule remembers for this parameter; empty the first time.
            group: the options.
        """
        raise NotImplementedError(f"{type(self).__name__}: update is not defined; it is the rule of the optimizer")

    def check(self, group: Group) -> None:
        """Raise ValueError, or TypeError, if an option of a new group does not make sense."""
        check_numbers(type(self).__name__, group)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient by one step.

        Parameters:
            closure: a function that computes the loss again, calls backward and returns the loss, which
                `step` then returns.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        changed_by = f"{type(self).__name__}.step"
        for group in self.param_groups:
            numbers = {name: x.item() if isinstance(x, Tensor) else x for name, x in group.items()}
            for tensor in group["params"]:
                if tensor.grad is not None:
                    self.update(tensor.array, tensor.grad.array, self.state[tensor], numbers)
                    mark_changed(tensor.array, changed_by)
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters; with `set_to_none=False`, set them to zeros instead."""
        for group in self.param_groups:
            for tensor in group["params"]:
                keep = tensor.grad is not None and not set_to_none
                tensor.grad = wrap(np.zeros_like(tensor.array)) if keep else None

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Add parameters, {"params": tensors, ...}, with options of their own; those left out take the defaults.

        Raises:
            TypeError: something among the parameters is not a Tensor.
            ValueError: a tensor is not a leaf, or was added before; or an option does not make sense.
        """
        name = type(self).__name__
        if not isinstance(param_group, Mapping) or "params" not in param_group:
            raise TypeError(f'{name}: expected a group as a dictionary with "params", got {param_group!r:.60}')
        params = param_group["params"]
        if isinstance(params, set | frozenset):
            raise TypeError(f"{name}: the order of a set changes from run to run; pass the parameters as a list")
        params = [params] if isinstance(params, Tensor) else list(params)
        known = {tensor for group in self.param_groups for tensor in group["params"]}
        for tensor in params:
            if not isinstance(tensor, Tensor):
                raise TypeError(
                    f"{name}: expected tensors as parameters, got {type(tensor).__name__}; pass model.parameters()"
                )
            if tensor.node is not None:
                raise ValueError(
                    f"{name}: a tensor of shape {tensor.shape} is the result of {tensor.node.op.name}; only leaves can "
                    "be optimized. Use detach().requires_grad_()"
                )
            if tensor in known:
                raise ValueError(f"{name}: a parameter of shape {tensor.shape} was given twice; give each once")
            known.add(tensor)
        group = {"params": params, **self.defaults, **param_group}
        group["params"] = params
        self.check(group)
        self.param_groups.append(group)

    # For the rules: they do everything to arrays by NumPy's functions and operators in place, and compute with numbers
    # by Python's operators alone, so that whatever speaks for an array or a number can go through them.

    def count(self, state: dict[str, Any]) -> float:
        """Count one more step in the state, in place, and return how many there were."""
        steps = self.number(state, "step")
        steps[()] = steps.item() + 1  # several times as fast as steps += 1
        t: float = steps.item()
        return t

    def number(self, state: dict[str, Any], name: str, start: float = 0) -> Array:
        """Return the array of shape () in which a state keeps a number, which begins as `start`; see `numbers`."""
        if name not in state:
            state[name] = Tensor(np.full((), start, np.float32))
        return state[name].array

    def running(self, state: dict[str, Any], name: str, param: Array, start: float = 0) -> Array:
        """Return the array that a state keeps under a name, of the parameter's shape; its elements begin as `start`."""
        if name not in state:
            state[name] = Tensor(np.full_like(param, start))
        return state[name].array

    def scratch(self, purpose: str, like: Array) -> Array:
        """Return an array of the shape and type of `like` for intermediate results, the same at every step."""
        key = purpose, like.shape, like.dtype.char
        if key not in self._scratch:
            self._scratch[key] = np.empty_like(like)
        return self._scratch[key]

    def descent(self, param: Array, grad: Array, group: Group) -> Array:
        """Return what to descend along: the gradient, negated to maximize, with weight_decay · param added.

        The decay is the gradient of ½ weight_decay Σ param², a penalty on large weights. When it is decoupled, it is
        not added, and the parameter shrinks by the factor 1 - lr weight_decay at once.
        """
        if group["maximize"]:
            grad = np.negative(grad, out=self.scratch("descent", param))
        if group.get("weight_decay"):
            if group.get("decoupled_weight_decay"):
                param *= 1 - group["lr"] * group["weight_decay"]
            else:
                decay = np.multiply(param, group["weight_decay"], out=self.scratch("decay", param))
                grad = np.add(grad, decay, out=self.scratch("descent", param))
        return grad

    # Saving and loading

    def state_dict(self) -> dict[str, Any]:
        """Return options and state in PyTorch's layout: parameters are numbered through all groups.

        {"state": {0: {...}, 1: {...}}, "param_groups": [{"lr": 0.1, ..., "params": [0, 1]}]}. The tensors in it
        are the optimizer's own, which its next step changes; copy them (`copy.deepcopy`) for a snapshot.
        """
        numbers = {tensor: i for i, tensor in enumerate(self._tensors())}
        return {
            "state": {numbers[tensor]: dict(state) for tensor, state in self.state.items() if state},
            "param_groups": [
                {**group, "params": [numbers[tensor] for tensor in group["params"]]} for group in self.param_groups
            ],
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over options and state from what `state_dict` returned, as copies.

        Raises:
            ValueError: it belongs to other groups or other shapes of parameters; nothing is changed.
        """
        name = type(self).__name__
        if not isinstance(state_dict, Mapping) or not {"state", "param_groups"} <= state_dict.keys():
            raise ValueError(
                f'{name}.load_state_dict: expected a dictionary of "state" and "param_groups", such as state_dict() '
                f"returns, got {state_dict!r:.60}"
            )
        groups, tensors = state_dict["param_groups"], self._tensors()
        sizes, expected = ([len(group["params"]) for group in many] for many in (groups, self.param_groups))
        if sizes != expected:
            raise ValueError(
                f"{name}.load_state_dict: expected groups of {expected} parameters, got groups of {sizes}; make the "
                "optimizer with the groups it was saved with"
            )
        by_number = dict(zip((i for group in groups for i in group["params"]), tensors, strict=True))
        loaded: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        for number, values in state_dict["state"].items():
            if number not in by_number:
                raise ValueError(f"{name}.load_state_dict: there is state for a parameter {number!r}, but none such")
            for key, value in values.items():
                tensor = by_number[number]
                try:
                    loaded[tensor][key] = self._copied(key, value, tensor)
                except (TypeError, ValueError, OverflowError) as error:
                    raise ValueError(f"{name}.load_state_dict: {key} of parameter {number}: {error}") from None
        self.state = loaded
        for group, saved in zip(self.param_groups, groups, strict=True):
            group.update({option: _as_option(value) for option, value in saved.items() if option != "params"})

    def _copied(self, key: str, value: Any, tensor: Tensor) -> Any:
        """Copy one entry of a saved state: arrays become Tensors of the parameter's type, numbers float32 ones."""
        array = value.array if isinstance(value, Tensor) else value
        if hasattr(array, "__array__"):  # PyTorch's tensors too
            array = np.asarray(array)
        shape: tuple[int, ...]
        if key in self.numbers:
            if not isinstance(array, np.ndarray | Real):  # older files hold the numbers themselves
                raise TypeError(f"expected a number, got {array!r:.60}")
            shape, dtype = (), np.dtype(np.float32)
        elif isinstance(array, np.ndarray):
            shape, dtype = tensor.shape, tensor.dtype if is_float(array.dtype) else array.dtype
        else:
            return copy.deepcopy(value)
        array = np.array(array, dtype)
        if array.shape != shape:
            raise ValueError(f"expected shape {shape}, got {array.shape}")
        return wrap(array)

    def _tensors(self) -> list[Tensor]:
        return [tensor for group in self.param_groups for tensor in group["params"]]

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {option}: {group[option]}" for option in sorted(group) if option != "params"]
        return "\n".join([*lines, ")"])


def _as_option(value: Any) -> Any:
    """Copy an option of a saved group; a number that was a tensor, and comes from a file as an array, is one again."""
    return wrap(np.array(value)) if isinstance(value, np.ndarray) else copy.deepcopy(value)


def average(mean: Array, value: Array, keep: float, work: Array) -> None:
    """Let a running mean follow a value, in place: mean ← keep · mean + (1 - keep) · value.

    `work` is overwritten. It may be the value itself.
    """
    mean *= keep
    mean += np.multiply(value, 1 - keep, out=work)
