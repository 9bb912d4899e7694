"""Parameters that are computed from others: `module.weight` becomes a function of what is trained.

    class Symmetric(nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).T

    register_parametrization(layer, "weight", Symmetric())

What is trained is then `layer.parametrizations.weight.original`. A module in between may have a method `right_inverse`,
which turns a value that is assigned to `layer.weight` into what is to be trained.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tinygrad_edu.engine.grad_mode import no_grad
from tinygrad_edu.nn.containers import ModuleDict, ModuleList
from tinygrad_edu.nn.module import Module
from tinygrad_edu.nn.parameter import Parameter
from tinygrad_edu.tensors.tensor import Tensor

__all__ = [
    "ParametrizationList", "cached", "is_parametrized", "register_parametrization", "remove_parametrizations",
    "type_before_parametrizations",
]  # fmt: skip

_kept: dict[tuple[int, str], Tensor] | None = None  # the values inside `cached()`


class ParametrizationList(ModuleList):
    """The modules that compute one tensor, called one after the other, and what they start from.

    Attributes:
        original: the parameter or the buffer that is trained and saved; original0, original1, … where `right_inverse`
            of the first module returns several tensors.
        is_tensor: whether there is one.
        unsafe: whether the modules may change shape and type.
    """

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        super().__init__(modules)
        self.unsafe = unsafe
        with no_grad():
            start = self._inverted(original, optional=True)
        self.is_tensor = isinstance(start, Tensor)
        if isinstance(start, Tensor):
            if start.dtype != original.dtype:
                raise ValueError(f"right_inverse: expected a tensor of {original.dtype}, got {start.dtype}")
            value = original.detach()
            original.data = start  # the same Parameter, which an optimizer may know
            starts = {"original": original}
        else:
            value = original
            starts = {f"original{i}": _like(original, part) for i, part in enumerate(start)}
        for name, tensor in starts.items():
            if isinstance(tensor, Parameter):
                self.register_parameter(name, tensor)
            else:
                self.register_buffer(name, tensor)
        self._originals = tuple(starts)
        if not unsafe:
            with no_grad():
                _check(self(), value)

    def forward(self) -> Tensor:
        """Compute the tensor."""
        first, *others = self
        value = first(*(getattr(self, name) for name in self._originals))
        for module in others:
            value = module(value)
        return value

    @no_grad()
    def right_inverse(self, value: Tensor) -> None:
        """Change what the modules start from so that they compute `value`.

        Raises:
            RuntimeError: a module has no `right_inverse`.
        """
        start = self._inverted(value, optional=False)
        parts = [start] if self.is_tensor else start
        for name, part in zip(self._originals, parts, strict=True):
            getattr(self, name).data = part

    def _inverted(self, value: Any, optional: bool) -> Any:
        for module in reversed(list(self)):
            inverse = getattr(module, "right_inverse", None)
            if inverse is not None:
                value = inverse(value)
            elif not optional:
                raise RuntimeError(
                    f"right_inverse: {type(module).__name__} has no such method, so that nothing can be assigned to "
                    "what it computes; assign to the original"
                )
        return value


def _like(original: Tensor, data: Tensor) -> Tensor:
    """Return a Parameter for a Parameter, else a plain tensor."""
    if isinstance(original, Parameter):
        return Parameter(data.detach(), original.requires_grad)
    return data.detach()


def _check(value: Any, before: Tensor) -> None:
    """Raise ValueError if a parametrization changes more than the numbers."""
    if not isinstance(value, Tensor):
        raise ValueError(
            f"register_parametrization: expected a module that returns a tensor, not {type(value).__name__}"
        )
    if (value.dtype, value.shape) != (before.dtype, before.shape):
        raise ValueError(
            f"register_parametrization: expected a module that keeps the type {before.dtype} and the shape "
            f"{before.shape}, got {value.dtype} and {value.shape}; pass unsafe=True to allow it"
        )


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Let a module's parameter or buffer be computed by another module; return the first.

    Called again, the new one takes what those before it compute.

    Parameters:
        tensor_name: the attribute.
        parametrization: called with what is trained, it returns the attribute's value.
        unsafe: allow it to change the shape or the type; the module is then not called to see.

    Raises:
        ValueError: there is no such tensor, or shape or type change.
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        before = module.parametrizations[tensor_name]
        if not unsafe:
            with no_grad():
                value = before()
                _check(parametrization(value), value)
        before.append(parametrization)
        before.unsafe |= unsafe
        return module
    if not isinstance({**module._parameters, **module._buffers}.get(tensor_name), Tensor):
        raise ValueError(
            f"register_parametrization: {type(module).__name__} has no parameter and no buffer {tensor_name!r}"
        )
    chain = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe)
    if not is_parametrized(module):
        module.parametrizations = ModuleDict()
    delattr(module, tensor_name)
    module.parametrizations[tensor_name] = chain
    _give_properties(module)
    return module


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Make a tensor of a module an ordinary one again; return the module.

    Parameters:
        leave_parametrized: keep the value that was computed; with False, take what it was computed from.

    Raises:
        ValueError: it is not parametrized, or with False, is computed from several tensors.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"remove_parametrizations: {tensor_name!r} of {type(module).__name__} is not parametrized")
    chain = module.parametrizations[tensor_name]
    if not chain.is_tensor and not leave_parametrized:
        raise ValueError(
            "remove_parametrizations: the tensor is computed from several, none of which can take its place; pass "
            "leave_parametrized=True"
        )
    tensor = getattr(chain, chain._originals[0])
    if leave_parametrized:
        with no_grad():
            value = chain()
        if chain.is_tensor:
            tensor.data = value
        else:
            tensor = _like(tensor, value)
    del module.parametrizations[tensor_name]
    _give_properties(module)
    if not module.parametrizations:
        del module.parametrizations
    if isinstance(tensor, Parameter):
        module.register_parameter(tensor_name, tensor)
    else:
        module.register_buffer(tensor_name, tensor)
    return module


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Tell whether a module has a tensor that is computed by others, or whether the named one is."""
    chains = module._modules.get("parametrizations")
    if not isinstance(chains, ModuleDict):
        return False
    return len(chains) > 0 if tensor_name is None else tensor_name in chains


def type_before_parametrizations(module: Module) -> type:
    """Return the class that a module had before the first parametrization."""
    return type(module).__bases__[0] if "_parametrized" in vars(type(module)) else type(module)


@contextmanager
def cached() -> Iterator[None]:
    """Compute each tensor once inside `with cached():`, for layers that are called many times."""
    global _kept
    before, _kept = _kept, {} if _kept is None else _kept
    try:
        yield
    finally:
        _kept = before


def _give_properties(module: Module) -> None:
    """Give a module a class of its own in which the tensors are computed when they are asked for."""
    base = type_before_parametrizations(module)
    space: dict[str, Any] = {name: _computed(name) for name in module.parametrizations}
    space.update(_parametrized=True, __module__=__name__, __doc__=base.__doc__)
    module.__class__ = type(f"Parametrized{base.__name__}", (base,), space) if len(module.parametrizations) else base


def _computed(name: str) -> property:
    def get(self: Module) -> Tensor:
        chain = self.parametrizations[name]
        if _kept is None:
            return chain()
        key = id(self), name
        if key not in _kept:
            _kept[key] = chain()
        return _kept[key]

    def assign(self: Module, value: Tensor) -> None:
        self.parametrizations[name].right_inverse(value)

    return property(get, assign)
