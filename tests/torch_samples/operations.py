"""PyTorch's samples of every operation that this library has, too: as a function, a method, in place, under aliases."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from typing import Any

import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.common_utils import set_rng_seed

import tinygrad_edu as tg
from tests.torch_samples.compare import Call, Finding
from tests.torch_samples.translate import function, named

torch.set_num_threads(1)
SEED = int(os.environ.get("TINYGRAD_EDU_SEED", "0"))
"""Other samples for another seed; CI gives the number of its run."""

RANDOM = {
    "bernoulli", "empty", "empty_like", "multinomial", "new_empty", "normal", "rand_like", "randint", "randn",
    "randn_like", "nn.functional.dropout", "nn.functional.dropout2d", "nn.functional.dropout3d",
    "nn.functional.scaled_dot_product_attention",
}  # fmt: skip
OTHER_DTYPES = (torch.float32, torch.float16, torch.int64, torch.int32, torch.uint8, torch.bool)


def label(info: Any) -> str:
    return f"{info.name} {info.variant_test_name}".strip()


def ours(name: str, theirs: Any) -> Any:
    """Return our counterpart of one of PyTorch's functions or, where PyTorch has only the method, of that method."""
    if name.endswith("_") and not name.startswith("_"):
        return in_place(name)
    if getattr(theirs, "__name__", "") == "<lambda>":
        return function(theirs)
    return named(name, tg) or getattr(tg.Tensor, name, None)


def present(info: Any) -> bool:
    return callable(named(info.name, tg)) or hasattr(tg.Tensor, info.name)


OPERATIONS = {label(info): info for info in op_db if present(info)}
gc.freeze()  # the database is large and stays; looking through it for garbage takes long


def in_place(name: str) -> Any:
    """Return a call of the method in place on a copy, which answers with the copy."""

    def call(x: Any, *args: Any, **kwargs: Any) -> Any:
        y = x.clone()
        getattr(y, name)(*args, **kwargs)
        return y

    return call


def calls(info: Any) -> Iterator[Call]:
    """Yield the ways to call an operation: by its name first, then as a method, in place, and by its aliases."""
    name, how = label(info), {"random": info.name in RANDOM, "second": info.supports_gradgrad}
    yield Call(name, "", info.op, ours(info.name, info.op), **how)
    for alias in (info, *info.aliases):
        method, dunder = alias.name.rpartition(".")[2], alias.name.startswith("__")
        if alias is not info and callable(named(alias.name, tg)):
            yield Call(name, f"as {alias.name}", alias.op, named(alias.name, tg), **how)
        if alias.method_variant and hasattr(tg.Tensor, method) and not dunder and callable(getattr(tg.Tensor, method)):
            yield Call(name, f"as method {method}", getattr(torch.Tensor, method), getattr(tg.Tensor, method), **how)
        if alias.inplace_variant and hasattr(tg.Tensor, f"{method}_") and hasattr(torch.Tensor, f"{method}_"):
            call = in_place(f"{method}_")
            yield Call(name, f"in place as {method}_", call, call, **how)


def spread(samples: Any, count: int | None) -> list[Any]:
    """Return `count` of the samples, from the first to the last."""
    samples = list(samples)
    if count is None or len(samples) <= count:
        return samples
    return [samples[i * (len(samples) - 1) // (count - 1)] for i in range(count)] if count > 1 else samples[:1]


def samples_of(info: Any, dtype: torch.dtype, references: bool = False) -> Any:
    """Draw the samples; not by `info.sample_inputs`, which looks through the whole stack for the test's name."""
    set_rng_seed(SEED)
    tracked = dtype is torch.float64 and info.supports_autograd
    if not references:
        yield from info.sample_inputs_func(info, "cpu", dtype, tracked)
        return
    # Some hold masks, which cannot be made with requires_grad=True.
    for sample in info.reference_inputs_func(info, "cpu", dtype, False):
        for x in (sample.input, *sample.args):
            if tracked and isinstance(x, torch.Tensor) and x.dtype is dtype:
                x.requires_grad_()
        yield sample


def process_of(sample: Any) -> Any:
    """Return what PyTorch does to a result before it is compared, because part of it is free (a vector's sign)."""
    f = sample.output_process_fn_grad
    code = getattr(f, "__code__", None)
    return None if code is not None and code.co_code == (lambda x: x).__code__.co_code else f


def findings(info: Any, count: int | None = None, references: bool = False) -> Iterator[Finding]:
    """Yield every difference on `count` samples (None: all of them), and on the reference inputs if asked for."""
    ways = list(calls(info))
    if torch.float64 in info.dtypes:
        chosen = spread(samples_of(info, torch.float64), count)
        for i, call in enumerate(ways):
            some = chosen if count is None or not i else chosen[:1]
            for sample in some:
                yield from run(call, sample)
        if references and info.reference_inputs_func is not None:
            for sample in samples_of(info, torch.float64, references=True):
                if size(sample) <= 10_000:
                    yield from run(ways[0], sample)
    for dtype in OTHER_DTYPES:
        if dtype in info.dtypes:
            for sample in spread(samples_of(info, dtype), count and 1):
                yield from run(ways[0], sample)


def size(sample: Any) -> int:
    return sum(x.numel() for x in (sample.input, *sample.args) if isinstance(x, torch.Tensor))


def run(call: Call, sample: Any) -> Iterator[Finding]:
    if isinstance(sample.input, int | float) and (call.way or call.operation.startswith("__")):
        return  # a number has no such method
    yield from call.run((sample.input, *sample.args), dict(sample.kwargs), process_of(sample))


def error_findings(info: Any) -> Iterator[Finding]:
    """Yield what PyTorch refuses, by its own list, and we do not."""
    if info.error_inputs_func is None:
        return
    set_rng_seed(SEED)
    call = next(calls(info))
    for case in info.error_inputs_func(info, "cpu"):
        yield from run(call, case.sample_input)
