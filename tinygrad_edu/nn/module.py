"""Module: what layers, losses and whole networks are made of.

    class Classifier(Module):
        def __init__(self):
            super().__init__()
            self.hidden = Linear(784, 128)
            self.output = Linear(128, 10)

        def forward(self, x):
            return self.output(self.hidden(x).relu())

Assigning a Parameter or a Module to an attribute registers it under that name. From then on the
outer module knows everything inside it: `parameters()` for the optimizer, `state_dict()` to save,
`train()` and `eval()` to switch. The names and their order are PyTorch's.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import numpy as np

from tinygrad_edu.engine import dtypes
from tinygrad_edu.nn.calling import like_forward
from tinygrad_edu.nn.hooks import Hooked
from tinygrad_edu.nn.html import module_as_html
from tinygrad_edu.nn.parameter import Parameter
from tinygrad_edu.nn.registry import KINDS, find, members, not_initialized, register, walk
from tinygrad_edu.nn.state import IncompatibleKeys, collect_state, convert, load_state
from tinygrad_edu.tensors.tensor import Tensor


class Module(Hooked):
    """The base class of layers and networks. Define `__init__` and `forward`, and call the object.

    Attributes:
        training: whether the module is being trained; `Dropout` and its like behave accordingly.
    """

    training: bool
    _repr_html_ = module_as_html  # how a notebook shows it

    def __init__(self) -> None:
        # Straight into __dict__: __setattr__ below needs the registries to be there already.
        self.__dict__.update(training=True, _parameters={}, _buffers={}, _modules={}, _hooks={}, _non_persistent=set())

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output. Every subclass defines its own."""
        raise NotImplementedError(
            f"{type(self).__name__}: forward is not defined; write `def forward(self, input):` in the class"
        )

    @like_forward
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._hooks:
            return self._call_with_hooks(self.forward, args, kwargs)
        return self.forward(*args, **kwargs)

    # Registering

    def __setattr__(self, name: str, value: Any) -> None:
        registries = self.__dict__
        if isinstance(value, Parameter):
            register(self, "_parameters", name, value)
        elif isinstance(value, Module):
            register(self, "_modules", name, value)
        elif name in registries.get("_buffers", ()) and (value is None or isinstance(value, Tensor)):
            registries["_buffers"][name] = value
        else:
            for registry, kind in KINDS.items():
                if name in registries.get(registry, ()):
                    if value is not None:
                        raise TypeError(
                            f"{type(self).__name__}: {name!r} is a {kind}, and a {type(value).__name__} cannot take "
                            f"its place; assign a {'Tensor' if kind == 'buffer' else kind.capitalize()} or None, or "
                            f"write `del module.{name}` first"
                        )
                    registries[registry][name] = None
                    return
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:  # called where ordinary lookup finds nothing
        for registry in KINDS:
            values = self.__dict__.get(registry)
            if values is None:
                raise AttributeError(not_initialized(self), name=name)
            if name in values:
                return values[name]
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}", name=name, obj=self)

    def __delattr__(self, name: str) -> None:
        for registry in KINDS:
            if name in self.__dict__.get(registry, ()):
                del self.__dict__[registry][name]
                self._non_persistent.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(name for registry in KINDS for name in self.__dict__.get(registry, ()))})

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter, as `module.name = param` does; None says that there is none (a layer without bias)."""
        _check_kind("register_parameter", Parameter, name, param, "; wrap it: Parameter(tensor)")
        register(self, "_parameters", name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that belongs to the module's state but is not trained, such as a running mean.

        Parameters:
            persistent: whether it is part of `state_dict()`.
        """
        _check_kind("register_buffer", Tensor, name, tensor, "; wrap it: tensor(value)")
        register(self, "_buffers", name, tensor)
        if not persistent:
            self._non_persistent.add(name)

    def register_module(self, name: str, module: Module | None) -> None:
        """Add a module inside this one, as `module.name = inner` does, for names that are computed."""
        _check_kind("register_module", Module, name, module)
        register(self, "_modules", name, module)

    add_module = register_module

    # What is inside

    def named_modules(self, prefix: str = "", remove_duplicate: bool = True) -> Iterator[tuple[str, Module]]:
        """Go through this module and all modules inside it, outer before inner, with their dotted names.

        A module that occurs twice is visited once, unless `remove_duplicate` is False.
        """
        return walk(self, prefix, remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """Go through this module and all modules inside it, each once."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Go through the modules directly inside this one, each once, with their names."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """Go through the modules directly inside this one, each once."""
        return (module for _, module in self.named_children())

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Go through the parameters in the order of their registration, with names like "hidden.weight".

        A parameter that is shared by two modules comes once, under its first name, unless
        `remove_duplicate` is False.
        """
        return members(self, "_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Go through the parameters, each once: what an optimizer is given."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Go through the buffers in the order of their registration, with their dotted names."""
        return members(self, "_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Go through the buffers, each once."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """Return the module with a dotted name such as "blocks.0.norm"; this one for ""."""
        return find(self, "_modules", target) if target else self

    def get_parameter(self, target: str) -> Parameter:
        """Return the parameter with a dotted name such as "blocks.0.norm.weight"."""
        return find(self, "_parameters", target)

    def get_buffer(self, target: str) -> Tensor:
        """Return the buffer with a dotted name."""
        return find(self, "_buffers", target)

    def name_parameters(self, prefix: str = "") -> Self:
        """Set `name` of every parameter and buffer to its dotted name, and return the module.

        Drawings and explanations of a graph show the name of a tensor that has one. Nothing sets it by
        itself: one tensor may belong to several models.
        """
        for name, tensor in (*self.named_parameters(prefix), *self.named_buffers(prefix)):
            tensor.name = name
        return self

    # Saving and loading

    def state_dict(self, *, prefix: str = "") -> dict[str, Tensor]:
        """Return all parameters and persistent buffers by dotted name.

        The tensors are outside the graph but share memory with the module's own: what is trained on
        changes them. To keep a snapshot, copy them (`copy.deepcopy`).
        """
        return collect_state(self, prefix)

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> IncompatibleKeys:
        """Copy values from `state_dict`, tensors or arrays by dotted name, into parameters and buffers.

        Returns the names that were missing in `state_dict` and those that the module does not have;
        both are empty if `strict`.

        Raises:
            ValueError: a shape differs or, if `strict`, a name is missing or unknown. The message lists
                every such name, and the module is left as it was.
        """
        return load_state(self, state_dict, strict)

    # Changing everything inside

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` on every module inside and then on this one, for example to initialize it; return the module."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Self:
        """Say that this module and those inside are being trained (or not); return the module."""
        if not isinstance(mode, bool):
            raise TypeError(f"train: expected True or False, got {type(mode).__name__} {mode!r:.40}")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Say that this module and those inside are being used, not trained; return the module."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Train all parameters inside, or freeze them; return the module."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters; with `set_to_none=False`, fill them with zeros instead."""
        for parameter in self.parameters():
            keep = parameter.grad is not None and not set_to_none
            parameter.grad = Tensor(np.zeros_like(parameter.array)) if keep else None

    def to(
        self, *args: Any, dtype: Any = None, device: Any = None, non_blocking: bool = False, memory_format: Any = None
    ) -> Self:
        """Convert all parameters and buffers of floating-point numbers, and gradients, to a dtype; return the module.

        Called as PyTorch's: `to(dtype)`, `to("cpu")`, `to(device, dtype)`, `to(other_tensor)`, on the one device, the
        CPU. The Parameter objects stay the same. Make the optimizer after this: its state is not converted.
        """
        convert(self, args, dtype, device)
        return self

    def cpu(self) -> Self:
        """Return the module, which is on the CPU."""
        return self

    def float(self) -> Self:
        """Convert to float32; see `to`."""
        return self.to(dtypes.float32)

    def double(self) -> Self:
        """Convert to float64; see `to`."""
        return self.to(dtypes.float64)

    def half(self) -> Self:
        """Convert to float16; see `to`."""
        return self.to(dtypes.float16)

    def type(self, dst_type: Any) -> Self:
        """Convert to a dtype; see `to`."""
        return self.to(dst_type)

    # Printing

    def extra_repr(self) -> str:
        """Return what a subclass wants in its parentheses: "in_features=2, out_features=3"."""
        return ""

    def __repr__(self) -> str:
        lines = self.extra_repr().splitlines()
        if not self._modules and len(lines) < 2:
            return f"{type(self).__name__}({''.join(lines)})"
        lines += [f"({name}): {module!r}" for name, module in self._modules.items()]
        inside = textwrap.indent("\n".join(lines), "  ")
        return f"{type(self).__name__}(\n{inside}\n)"


def _check_kind(where: str, kind: type, name: str, value: Any, hint: str = "") -> None:
    if value is not None and not isinstance(value, kind):
        raise TypeError(f"{where}: expected a {kind.__name__} or None for {name!r}, got {type(value).__name__}{hint}")
