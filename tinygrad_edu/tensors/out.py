"""`out=`: the result of a function, written into a tensor that is there already."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tinygrad_edu.engine.grad_mode import is_grad_enabled, no_grad
from tinygrad_edu.functions.type_promotion import can_cast
from tinygrad_edu.tensors.tensor import Tensor

_NAMES = """
    abs absolute acos acosh add addcdiv addcmul addmm all amax amin aminmax any arange arccos arccosh arcsin arcsinh
    arctan arctan2 arctanh argmax argmin asin asinh atan atan2 atanh bitwise_and bitwise_not bitwise_or bitwise_xor bmm
    bucketize cat ceil cholesky_solve clamp clamp_max clamp_min clip column_stack concat concatenate copysign cos cosh
    cross cummax cummin cumprod cumsum deg2rad diag diff div divide dot dstack eq erf erfc exp exp2 expm1 eye fix
    float_power floor floor_divide fmax fmin fmod frac full gather ge greater greater_equal gt heaviside histc hstack
    hypot index_add index_copy index_select inner inverse isin kron kthvalue le lerp less less_equal linspace log log10
    log1p log2 logaddexp logcumsumexp logical_and logical_not logical_or logical_xor logit logspace logsumexp lt
    masked_select matmul matrix_power max maximum mean min minimum mm mode mul multiply mv nan_to_num nanmean nansum ne
    neg negative nonzero norm not_equal ones outer pow prod quantile rad2deg reciprocal remainder round row_stack rsqrt
    scatter scatter_add scatter_reduce searchsorted sgn sigmoid sign sin sinc sinh softmax sort sqrt square stack std
    sub subtract sum take take_along_dim tan tanh tensordot topk tril triu true_divide trunc var vdot vstack where xlogy
    zeros
"""
FUNCTIONS = _NAMES.split()
"""What takes `out=` in PyTorch as well. Which numbers a random function draws is no business of `out=`."""


@functools.cache  # two names of one function stay names of one function
def takes_out(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function write its result into `out`: a Tensor or, where it returns several, as many of them."""

    @functools.wraps(function)
    def called(*args: Any, out: Any = None, **params: Any) -> Any:
        if out is None:
            return function(*args, **params)
        return write_result(out, function, args, params)

    called.__module__, called.__qualname__ = "tinygrad_edu", function.__name__  # where pickle finds it again
    called.__annotations__ = getattr(function, "__annotations__", {})  # an operation has none, and says so otherwise
    return called


def write_result(out: Any, function: Callable[..., Any], args: tuple[Any, ...], params: Mapping[str, Any]) -> Any:
    """Compute, write the result into `out`, and return `out`.

    Raises:
        RuntimeError: a gradient would have to flow, the result's type does not fit that of `out`, or elements of `out`
            share their place.
        ValueError: the shapes differ, and `out` is not empty; or not as many results come as there is room for.
    """
    name = function.__name__
    targets = tuple(out) if isinstance(out, tuple | list) else (out,)
    if not all(isinstance(target, Tensor) for target in targets):
        raise TypeError(f"{name}: expected out= to be a Tensor or a tuple of them, got {type(out).__name__}")
    if is_grad_enabled() and any(x.requires_grad for x in tensors_in((*args, *params.values(), targets))):
        raise RuntimeError(
            f"{name}: no gradient can flow into what out= names, but one of the tensors requires one; "
            "use what the function returns, or call it within `with no_grad():`"
        )
    with no_grad():
        result = function(*args, **params)
        results = result if isinstance(result, tuple) else (result,)
        if len(results) != len(targets):
            raise ValueError(f"{name}: returns {len(results)} tensors, and out= has room for {len(targets)}")
        for target, made in zip(targets, results, strict=True):
            write(name, target, made)
    return type(result)(*targets) if isinstance(result, tuple) else out


def write(name: str, target: Tensor, made: Tensor) -> None:
    """Write one result into its place; an empty tensor takes on its shape."""
    if not can_cast(made.dtype, target.dtype):
        raise RuntimeError(f"{name}: the result is {made.dtype}, which out= of {target.dtype} cannot hold")
    strides = zip(target.array.strides, target.shape, strict=True)
    if target.numel() and any(stride == 0 and size > 1 for stride, size in strides):  # empty arrays may have strides 0
        raise RuntimeError(f"{name}: elements of out= stand in the same place (it was expanded); give its clone()")
    if target.shape != made.shape and target.numel() == 0:
        target.data = made.astype(target.dtype)
    elif target.shape != made.shape:
        raise ValueError(f"{name}: the result has shape {made.shape}, out= {target.shape}; give one as large, or empty")
    else:
        target.copy_(made)


def tensors_in(values: Iterable[Any]) -> Iterator[Tensor]:
    """Yield the tensors among values, and those in lists and tuples of them."""
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, tuple | list):
            yield from tensors_in(value)
