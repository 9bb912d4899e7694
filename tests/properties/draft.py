"""A random program while it is written: it runs on PyTorch as it grows, which tells the shapes and refusals."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np

Program = list[str]
LEAVES = {"x": (4,), "w": (3,), "m": (2, 3)}
LARGEST, MOST_ELEMENTS, MOST_AXES = 100.0, 24, 4
KEEP_REFUSED = 0.03  # the share of lines that PyTorch refuses, at once or in the backward pass, and that are kept


@lru_cache(10_000)
def compiled(line: str) -> CodeType:
    return compile(line, line, "exec")


def start(T: Any) -> dict[str, Any]:
    """Return the names that a program starts with."""
    rng = np.random.default_rng(8)
    leaves = {name: T.tensor(rng.uniform(-1.5, 1.5, shape), requires_grad=True) for name, shape in LEAVES.items()}
    return {"T": T, "np": np, **leaves}


def run(program: Sequence[str], T: Any) -> dict[str, Any]:
    """Run a program; return its names with their values."""
    names = start(T)
    for line in program:
        exec(compiled(line), names)
    return names


class Draft:
    """A program that is being written, and its names in PyTorch."""

    def __init__(self, seed: int, torch: Any) -> None:
        self.rng, self.torch = random.Random(seed), torch
        self.lines: Program = []
        self.names = start(torch)
        self.seen: set[str] = set()  # tensors in whose memory a recorded operation may have looked
        self.count = 0

    def tensors(self, fits: Callable[[Any], bool] = lambda t: True) -> list[str]:
        return [name for name, t in self.names.items() if isinstance(t, self.torch.Tensor) and fits(t)]

    def pick(self, fits: Callable[[Any], bool] = lambda t: True) -> str:
        """Pick a tensor, a late one rather than an early one; "" if there is none."""
        found = self.tensors(fits)
        return found[max(self.rng.randrange(len(found)), self.rng.randrange(len(found)))] if found else ""

    def new_name(self, kind: str = "t") -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def number(self) -> float:
        return self.rng.choice([-1, 1]) * self.rng.randint(2, 15) / 10

    def places(self, t: Any) -> set[int]:
        """Return where in its memory a tensor's elements lie."""
        offsets = np.zeros((), int) + t.storage_offset()
        for size, stride in zip(t.shape, t.stride(), strict=True):
            offsets = offsets[..., None] + np.arange(size) * stride
        return set(offsets.ravel().tolist())

    def reaches_a_leaf(self, t: Any) -> bool:
        if not t.requires_grad:
            return False
        leaves = [self.names[name] for name in LEAVES]
        found = self.torch.autograd.grad(t.sum(), leaves, allow_unused=True, retain_graph=True)
        return any(g is not None for g in found)

    def overlaps_itself(self, t: Any) -> bool:
        return len(self.places(t)) < t.numel()

    def operand(self, shape: Any, target: Any = None, *, by_element: bool = True) -> str:
        """Pick what is written into a target of that shape: a number, or a tensor that broadcasts to it.

        Of memory that overlaps the target, PyTorch may read what it has just written; such an operand is cloned, unless
        it is the target itself and each element is read and written together.
        """

        def fits(t: Any) -> bool:
            return t.ndim <= len(shape) and all(a in (1, b) for a, b in zip(t.shape[::-1], shape[::-1], strict=False))

        name = self.pick(fits)
        if not name or self.rng.random() < 0.3:
            return str(self.number())
        t = self.names[name]
        if target is not None and t.untyped_storage().data_ptr() == target.untyped_storage().data_ptr():
            same = t.data_ptr() == target.data_ptr() and t.shape == target.shape and t.stride() == target.stride()
            if not (same and by_element) and self.places(t) & self.places(target):
                return f"{name}.clone()"
        return name

    def attempt(self, line: str) -> bool:
        """Add a line; drop it again if it is useless, and usually if PyTorch refuses it. Return whether to go on."""
        try:
            exec(compiled(line), self.names)
            good = all(self.small(t) for t in map(self.names.get, self.tensors()))
            if good:
                self.differentiate()
        except RuntimeError:
            if self.rng.random() < KEEP_REFUSED:
                self.lines.append(line)
                return False
            good = False
        except (TypeError, ValueError, IndexError):  # not a program, on any library
            good = False
        if good:
            self.lines.append(line)
            self.note(line)
            return True
        try:
            self.names = run(self.lines, self.torch)
        except RuntimeError:  # it was answered only because `differentiate` had looked at every grad_fn
            return False
        return True

    def note(self, line: str) -> None:
        used = [t for name in re.findall(r"\b[a-z]\d*\b", line) if (t := self.names.get(name)) is not None]
        tensors = [t for t in used if isinstance(t, self.torch.Tensor)]
        if any(t.requires_grad for t in tensors):
            self.seen.update(*(self.sharing(t.detach().numpy()) for t in tensors))

    def sharing(self, array: Any) -> set[str]:
        """Return the tensors in the memory of an array."""
        return {name for name in self.tensors() if np.may_share_memory(self.names[name].detach().numpy(), array)}

    def small(self, t: Any) -> bool:
        values = t.detach().numpy()
        return values.size <= MOST_ELEMENTS and values.ndim <= MOST_AXES and bool(np.all(np.abs(values) <= LARGEST))

    def differentiate(self) -> None:
        """Try whether PyTorch can still differentiate everything."""
        tracked = [self.names[name].sum() for name in self.tensors(lambda t: t.requires_grad)]
        self.torch.autograd.grad(tracked, [self.names[name] for name in LEAVES], allow_unused=True, retain_graph=True)
