"""Modules made from PyTorch's, and PyTorch's from ours.

Layers have the same names here and there, take the same arguments, and have the same state. So a layer is made anew in
the other library: the arguments are read off the attributes of the same names, and the state is copied. What does not
follow this rule stands in the tables below.
"""

from __future__ import annotations

import functools
import inspect
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import tinygrad_edu
from tinygrad_edu import nn
from tinygrad_edu.nn.registry import join
from tinygrad_edu.system.extras import require

OF_A_LAYER = {
    "d_model": "self_attn.embed_dim",
    "nhead": "self_attn.num_heads",
    "dim_feedforward": "linear1.out_features",
    "dropout": "dropout.p",
    "layer_norm_eps": "norm1.eps",
    "batch_first": "self_attn.batch_first",
    "bias": "linear1.bias",
}
ELSEWHERE: dict[str, dict[str, str]] = {
    "MultiheadAttention": {"bias": "out_proj.bias", "add_bias_kv": "bias_k"},
    "PReLU": {"init": ""},
    "GRU": {"proj_size": ""},
    "PairwiseDistance": {"p": "norm"},
    "Embedding": {"sparse": ""},
    "EmbeddingBag": {"sparse": ""},
    "TransformerEncoderLayer": OF_A_LAYER,
    "TransformerDecoderLayer": OF_A_LAYER,
    "TransformerEncoder": {"encoder_layer": "layers.0", "enable_nested_tensor": "", "mask_check": ""},
    "TransformerDecoder": {"decoder_layer": "layers.0"},
    "Transformer": {
        "custom_encoder": "encoder",
        "custom_decoder": "decoder",
        **dict.fromkeys(("num_encoder_layers", "num_decoder_layers", "activation", "norm_first"), ""),
        **{key: "" for key in OF_A_LAYER if key not in ("d_model", "nhead", "batch_first")},
    },
}
"""Where a layer keeps an argument of its constructor, if not under the argument's name; "" leaves it at its default."""

CONTAINERS: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "Sequential": lambda make, inside: make(OrderedDict(inside)),
    "ModuleList": lambda make, inside: make(inside.values()),
    "ModuleDict": lambda make, inside: make(inside),
}
"""How a container is made of what is inside it, by name."""

WHOLE = {"MultiheadAttention"}
"""Layers with a part inside that only they have."""

NOT_LAYERS = {"Module", "DataParallel", "ParameterList", "ParameterDict"}
PLACES = {"device", "dtype", "generator"}  # arguments that say nothing about what a layer computes


NO_LAYER = (
    "that is no layer which both libraries have; write it with {target}.nn, where the names are the same, and "
    "copy the weights: load_state_dict(state_dict())"
)
NO_SIZES = "its sizes are not known yet; call the model on some input first"
CHANGED = (
    "what is inside is not what such a layer is made with ({what}): it was changed afterwards; write a Module "
    "with {{target}}.nn for it, and copy the weights"
)
HOOK_LISTS = (
    *("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks", "_post_accumulate_grad_hooks"),
    *("_hooks", "hooks", "accumulated_hooks"),
)
"""Where PyTorch's modules and parameters, and then ours, keep their hooks."""
HOOKS = "it has hooks, functions that cannot be carried over; take them off with remove(), and register them anew"
OWN_FUNCTION = "that is no function which both libraries have; write the layer with {target}.nn, and copy the weights"


def from_torch(module: Any) -> nn.Module:
    """Make a module of tinygrad_edu that computes what a module of PyTorch computes, with copies of its weights.

    The layers of `torch.nn` that exist here, and containers of them, are carried over with their types of numbers, and
    with what is frozen and what is being trained. Weights that two layers share stay shared.

    Raises:
        TypeError: something inside is no such layer, or has hooks. The error names where it is, and what to do.
        MissingExtraError: PyTorch is not installed.
    """
    return _convert("from_torch", module, _torch(), tinygrad_edu)


def to_torch(module: nn.Module) -> Any:
    """Make a module of PyTorch that computes what a module of tinygrad_edu computes, with copies of its weights.

    It is the way back of `from_torch`, and carries over the same.

    Raises:
        TypeError: something inside is no layer that PyTorch has, or has hooks. The error names where it is.
        MissingExtraError: PyTorch is not installed.
    """
    return _convert("to_torch", module, tinygrad_edu, _torch())


def _torch() -> Any:
    return require("torch", "torch", "modules of PyTorch are made by PyTorch")


def _convert(name: str, module: Any, source: Any, target: Any) -> Any:
    """Convert a module and all inside it; carry over what belongs to the whole."""
    if not isinstance(module, source.nn.Module):
        raise TypeError(
            f"{name}: expected a module of {source.__name__}.nn, got {type(module).__name__} {module!r:.40}"
        )
    made = _Conversion(name, source, target).module(module, "")
    for path, inner in made.named_modules():
        inner.training = module.get_submodule(path).training
    shared: dict[int, Any] = {}
    for path, parameter in module.named_parameters(remove_duplicate=False):
        outer, _, last = path.rpartition(".")
        holder = made.get_submodule(outer)
        if id(parameter) in shared:
            setattr(holder, last, shared[id(parameter)])
        shared[id(parameter)] = getattr(holder, last).requires_grad_(parameter.requires_grad)
    return made


class _Conversion:
    """One way, from a library to another: `torch` and `tinygrad_edu`, whose names are the same."""

    def __init__(self, name: str, source: Any, target: Any) -> None:
        self.name, self.source, self.target = name, source, target
        self.made: dict[int, Any] = {}  # what occurs twice is made once

    def module(self, module: Any, path: str) -> Any:
        """Convert the module at a dotted path."""
        if id(module) not in self.made:
            self.made[id(module)] = self._make(module, path)
        return self.made[id(module)]

    def _make(self, module: Any, path: str) -> Any:
        name = type(module).__name__
        make = getattr(self.target.nn, name, None)
        known = getattr(self.source.nn, name, None) is type(module) and "forward" not in vars(module)
        if make is None or not known or name in NOT_LAYERS:
            raise self._error(module, path, NO_LAYER)
        if name.startswith("Lazy"):
            raise self._error(module, path, NO_SIZES)
        if any(getattr(x, hooks, None) for x in (module, *module._parameters.values()) for hooks in HOOK_LISTS):
            raise self._error(module, path, HOOKS)
        if name in CONTAINERS:
            made = CONTAINERS[name](make, {key: self.module(x, join(path, key)) for key, x in module._modules.items()})
        else:
            made = make(**self._arguments(module, path))
            for key in () if name in WHOLE else tuple(made._modules):  # one may differ from what the arguments say
                inner = getattr(module, key)
                setattr(made, key, None if inner is None else self.module(inner, join(path, key)))
        state = {key: self._value(value, join(path, key)) for key, value in module.state_dict().items()}
        types, wanted = ({key: value.dtype for key, value in x.items()} for x in (state, made.state_dict()))
        if types != wanted:
            other = dict(types.items() ^ wanted.items())
            raise self._error(module, path, CHANGED.format(what=", ".join(sorted(other))))
        made.load_state_dict(state)
        return made

    def _arguments(self, module: Any, path: str) -> dict[str, Any]:
        """Read the arguments of the constructor off the attributes of a layer."""
        elsewhere = ELSEWHERE.get(type(module).__name__, {})
        wanted = inspect.signature(getattr(nn, type(module).__name__)).parameters  # PyTorch's may be (*args, **kwargs)
        arguments = {}
        for key, parameter in wanted.items():
            place = elsewhere.get(key, key)
            if place and key not in PLACES and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                try:
                    value = functools.reduce(getattr, place.split("."), module)
                except AttributeError:  # a name that the other library alone has
                    if not hasattr(module, key):
                        raise self._error(module, path, CHANGED.format(what=place)) from None
                    value = getattr(module, key)
                if "bias" in key and not isinstance(value, bool):
                    value = value is not None  # a layer keeps the bias itself, or None
                arguments[key] = self._value(value, join(path, place))
        numbers = [x.dtype for x in module.state_dict().values() if "float" in str(x.dtype)]
        if "dtype" in wanted and numbers:
            arguments["dtype"] = getattr(self.target, str(numbers[0]).removeprefix("torch."), None)
        return arguments

    def _value(self, value: Any, path: str) -> Any:
        """Convert an argument, or a part of the state. What is no tensor, module or function is the same for both."""
        if isinstance(value, self.source.nn.Module):
            return self.module(value, path)
        if isinstance(value, self.source.Tensor):
            try:
                return self.target.from_numpy(value.detach().cpu().numpy().copy())
            except (TypeError, RuntimeError, NotImplementedError):
                raise self._error(
                    value, path, f"its type {value.dtype} is none of NumPy's; convert the model first: model.float()"
                ) from None
        if callable(value):
            name = getattr(value, "__name__", "")
            if getattr(self.source.nn.functional, name, None) is not value or not hasattr(
                self.target.nn.functional, name
            ):
                raise self._error(value, path, OWN_FUNCTION)
            return getattr(self.target.nn.functional, name)
        return value

    def _error(self, thing: Any, path: str, why: str) -> TypeError:
        return TypeError(
            f"{self.name}: {path or 'the model'} is a {type(thing).__name__}: {why.format(target=self.target.__name__)}"
        )
