"""The registry of operations, as a table for parametrized tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.engine.op import OPS, Op, Sample

CASES = [(op, sample) for op in OPS.values() for sample in op.samples]
IDS = [f"{op.name}-{i}" for op in OPS.values() for i, _ in enumerate(op.samples)]
DIFFERENTIABLE = [i for i, (op, _) in enumerate(CASES) if op.differentiable]


def every_sample(only_differentiable: bool = False, *, rest_is_slow: bool = False) -> dict[str, Any]:
    """Return the arguments of `pytest.mark.parametrize` for one test a sample of every operation.

    With `rest_is_slow` the test command takes the first sample of each operation, and `-m slow` takes the others.
    """
    chosen = DIFFERENTIABLE if only_differentiable else range(len(CASES))
    first = {op: i for i, (op, _) in reversed([*enumerate(CASES)])}
    argvalues = [
        pytest.param(*CASES[i], id=IDS[i], marks=pytest.mark.slow if rest_is_slow and first[CASES[i][0]] != i else ())
        for i in chosen
    ]
    return {"argnames": "op, sample", "argvalues": argvalues}


def draw(op: Op, sample: Sample, seed: int = 0, dtype: Any = np.float64) -> list[Any]:
    """Draw a sample's inputs; the same ones for the same seed."""
    return sample.draw(np.random.default_rng([seed, *op.name.encode()]), dtype)


def as_tensors(inputs: list[Any]) -> list[Any]:
    """Wrap the arrays among the inputs, those of floats as leaves that require a gradient."""
    return [tg.from_numpy(x).requires_grad_(x.dtype.kind == "f") if isinstance(x, np.ndarray) else x for x in inputs]


def tracked(inputs: list[Any]) -> list[tg.Tensor]:
    """Return the inputs that require a gradient."""
    return [x for x in inputs if isinstance(x, tg.Tensor) and x.requires_grad]


def upstream(shape: tuple[int, ...], seed: int = 1) -> np.ndarray[Any, Any]:
    """Draw a random gradient for an output of `shape`."""
    return np.random.default_rng(seed).standard_normal(shape)
