"""One call, made with PyTorch and with this library: how they differ in value, shape, type and derivatives."""

from __future__ import annotations

import linecache
import re
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

import tinygrad_edu as tg
from tests.torch_samples.translate import OutOfScopeError, Translation

Process = Callable[[Any], Any] | None
REFUSALS = (TypeError, ValueError, RuntimeError, IndexError, NotImplementedError, OverflowError)
TOLERANCES = {2: (2e-2, 2e-3), 4: (2e-4, 2e-5), 8: (1e-8, 1e-10)}  # of a number of so many bytes


@dataclass(frozen=True)
class Finding:
    """A difference: which operation, what kind of difference, in what words, on which arguments."""

    operation: str
    outcome: str
    message: str
    arguments: str = ""
    way: str = ""


class DifferenceError(Exception):
    """What `compare` raises: the outcome and the message of a finding."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(outcome, message)
        self.outcome, self.message = outcome, message


def flat(x: Any) -> list[Any]:
    """Return the parts of a result one after the other."""
    if isinstance(x, dict):
        x = list(x.values())
    return [part for item in x for part in flat(item)] if isinstance(x, tuple | list) else [x]


def array_of(x: Any) -> np.ndarray[Any, Any]:
    return np.asarray(x.detach().numpy(force=True) if isinstance(x, torch.Tensor) else getattr(x, "array", x))


def close(ours: Any, theirs: Any, outcome: str, width: int = 8) -> None:
    """Raise a DifferenceError where two arrays differ by more than rounding; NaNs are equal."""
    a, b = array_of(ours), array_of(theirs)
    if a.shape != b.shape:
        raise DifferenceError("wrong shape" if outcome == "wrong value" else outcome, f"shape {a.shape}, not {b.shape}")
    if not a.size:
        return
    if b.dtype.kind != "f":
        same = a == b
    else:
        a, b = a.astype(np.float64), b.astype(np.float64)
        rtol, atol = TOLERANCES[width]
        finite = np.abs(b[np.isfinite(b)])
        same = np.isclose(a, b, rtol=rtol, atol=atol * max(1.0, finite.max(initial=0)), equal_nan=True)
    if not np.all(same):
        place = np.unravel_index(np.argmin(same), a.shape)
        raise DifferenceError(outcome, f"{a[place]} and not {b[place]}, at {tuple(map(int, place))} of {a.shape}")


def compare_values(ours: Any, theirs: Any, random: bool, width: int) -> None:
    """Compare shapes, types and values, part by part."""
    ours, theirs = flat(ours), flat(theirs)
    if len(ours) != len(theirs):
        raise DifferenceError("wrong shape", f"{len(ours)} parts, not {len(theirs)}")
    for a, b in zip(ours, theirs, strict=True):
        if isinstance(b, torch.Tensor) != isinstance(a, tg.Tensor):
            raise DifferenceError("wrong dtype", f"{type(a).__name__}, not {type(b).__name__}")
        if isinstance(b, torch.Tensor):
            if a.shape != tuple(b.shape):
                raise DifferenceError("wrong shape", f"{tuple(a.shape)}, not {tuple(b.shape)}")
            if str(b.dtype) != f"torch.{a.dtype}":
                raise DifferenceError("wrong dtype", f"{a.dtype}, not {str(b.dtype)[6:]}")
            width = min(width, b.dtype.itemsize) if b.is_floating_point() else width
        if random:
            continue
        if isinstance(b, torch.Tensor | int | float):
            close(a, b, "wrong value", width)


def upstream(shape: Any, seed: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).standard_normal(tuple(shape))


def grads(library: Any, outputs: list[Any], leaves: list[Any], seeds: list[Any], create_graph: bool) -> list[Any]:
    """Return the gradients of several outputs together."""
    total = [
        library.autograd.grad(y, leaves, g, retain_graph=True, create_graph=create_graph, allow_unused=True)
        for y, g in zip(outputs, seeds, strict=True)
    ]
    summed = []
    for shares in zip(*total, strict=True):
        given = [s for s in shares if s is not None]
        summed.append(sum(given[1:], given[0]) if given else None)
    return summed


def compare_gradients(ours: Any, theirs: Any, leaves: list[Any], second: bool, width: int) -> None:
    """Compare the gradients to the leaves, for random gradients of the outputs; then those gradients' gradients."""
    pairs = [
        (a, b) for a, b in zip(flat(ours), flat(theirs), strict=True) if isinstance(b, torch.Tensor) and b.requires_grad
    ]
    if not pairs or not leaves:
        return
    tracked = [(a, b) for a, b in pairs if a.requires_grad]
    if len(tracked) < len(pairs):
        raise DifferenceError("wrong gradient", "the result is outside the graph")
    for i, outcome in enumerate(["wrong gradient", "wrong second gradient"][: 1 + second]):
        gs = [upstream(b.shape, i) for _, b in pairs]
        seeds = [
            torch.tensor(g, dtype=b.dtype, requires_grad=second and not i) for g, (_, b) in zip(gs, pairs, strict=True)
        ]
        our_seeds = [
            tg.Tensor(g.astype(a.dtype), requires_grad=second and not i) for g, (a, _) in zip(gs, pairs, strict=True)
        ]
        their_leaves, our_leaves = [b for b, _ in leaves], [a for _, a in leaves]
        try:
            expected = grads(torch, [b for _, b in pairs], their_leaves, seeds, second and not i)
        except (RuntimeError, NotImplementedError):
            return  # PyTorch has no such derivative
        found = grads(tg, [a for a, _ in pairs], our_leaves, our_seeds, second and not i)
        for a, b, leaf in zip(found, expected, our_leaves, strict=True):
            nothing = np.zeros(leaf.shape)
            close(nothing if a is None else a, nothing if b is None else b, outcome, width)
        pairs = [
            (a if a is not None and a.requires_grad else tg.zeros(b.shape, dtype=tg.float64, requires_grad=True), b)
            for a, b in zip(found, expected, strict=True)
            if b is not None and b.requires_grad
        ]
        leaves = [*leaves, *zip(seeds, our_seeds, strict=True)]
        if not pairs:
            return


def failure(error: BaseException) -> tuple[str, str]:
    """Tell whether an error is a refusal of the library's own, or something inside that broke."""
    words = " ".join(f"{type(error).__name__}: {error}".split())[:400]
    told = False
    while error.__cause__ is not None:  # an operation says an error again, with its name
        told = told or str(error.__cause__) not in str(error)  # NumPy's words were put in ours
        error = error.__cause__
    frames = traceback.extract_tb(error.__traceback__)
    mine = [f for f in frames if "/tinygrad_edu/" in f.filename]
    where = f"{mine[-1].filename.rpartition('/tinygrad_edu/')[2]}:{mine[-1].name}" if mine else "the call"
    line = linecache.getline(frames[-1].filename, frames[-1].lineno or 0).strip()
    raised = mine and frames[-1] == mine[-1] and line.startswith("raise") and isinstance(error, REFUSALS)
    signature = isinstance(error, TypeError) and re.search(
        r"unexpected keyword|positional argument|multiple values", words
    )
    return "refused" if raised or signature or told else "crash", f"[{where}] {words}"


def arguments(args: Any, kwargs: Any) -> str:
    """Describe a call's arguments in a line."""

    def word(x: Any) -> str:
        if isinstance(x, torch.Tensor):
            plain = "" if x.is_contiguous() else " strided"
            numbers = f" {x.detach().tolist()}" if x.numel() <= 4 and not x.is_sparse else ""
            return f"{str(x.dtype)[6:]}{list(x.shape)}{plain}{numbers}"
        if isinstance(x, tuple | list):
            return "(" + ", ".join(map(word, x)) + ")"
        return repr(x)[:60]

    return ", ".join([*map(word, args), *(f"{key}={word(value)}" for key, value in kwargs.items())])[:400]


@dataclass(frozen=True)
class Call:
    """A call in both libraries, and how its results are to be compared."""

    operation: str
    way: str
    theirs: Callable[..., Any]
    ours: Callable[..., Any]
    random: bool = False
    second: bool = False

    def run(self, args: Any, kwargs: Any, process: Process = None, known: Sequence[Any] = ()) -> Iterator[Finding]:
        """Make the call on PyTorch's arguments and yield what differs.

        `process` makes results comparable that are free in part; `known` are further leaves, (theirs, ours).
        """
        translation = Translation(known)
        words = arguments(args, kwargs)
        try:
            our_args, our_kwargs = translation(list(args)), translation(kwargs)
        except OutOfScopeError:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                expected = self.theirs(*args, **kwargs)
            except Exception as error:
                expected = error
        try:
            if any(
                isinstance(x, torch.Tensor) and x.dtype in (torch.bfloat16, torch.complex64, torch.complex128)
                for x in flat(expected)
            ):
                return
            result = self.ours(*our_args, **our_kwargs)
            if isinstance(expected, Exception):
                said = " ".join(str(expected).split())[:150]
                raise DifferenceError("accepts", f"PyTorch refuses: {said}")
            width = min(
                (
                    x.dtype.itemsize
                    for x in (theirs for theirs, _ in translation.made.values())
                    if x.is_floating_point()
                ),
                default=4,
            )
            if process is not None:
                compare_values(result, expected, True, width)
                result, expected = process(result), process(expected)
            compare_values(result, expected, self.random, width)
            if not self.random:
                compare_gradients(result, expected, translation.leaves, self.second, width)
        except DifferenceError as difference:
            yield Finding(self.operation, difference.outcome, difference.message, words, self.way)
        except Exception as error:
            outcome, message = failure(error)
            if isinstance(expected, Exception) and isinstance(error, REFUSALS):
                return
            yield Finding(self.operation, outcome, message, words, self.way)
