"""The directive `checks`: every operation, and what was found about it while this page was built.

Nothing here is a claim: each mark is a check that ran a moment ago on all samples of the operation. A check
that fails is a warning, which fails the build.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from docutils import nodes
from operations import table
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from tinygrad_edu.autograd import gradcheck, gradgradcheck
from tinygrad_edu.autograd.gradcheck import ZeroGradientWarning
from tinygrad_edu.engine.op import OPS, Op, Sample
from tinygrad_edu.tensors.creation import from_numpy
from tinygrad_edu.tensors.tensor import Tensor

log = logging.getLogger(__name__)

PASSED, NOT_MEANT = "✓", "–"


def draw(op: Op, sample: Sample, dtype: Any = np.float64) -> list[Any]:
    """Draw a sample's inputs, the arrays of floats as leaves that require a gradient."""
    inputs = sample.draw(np.random.default_rng(0), dtype)
    return [from_numpy(x).requires_grad_(x.dtype.kind == "f") if isinstance(x, np.ndarray) else x for x in inputs]


def value(op: Op, sample: Sample) -> bool:
    """The value is that of plain NumPy."""
    inputs = draw(op, sample)
    plain = [x.array if isinstance(x, Tensor) else x for x in inputs]
    expected = op.reference(*plain, **sample.params) if op.reference else None
    return np.allclose(op(*inputs, **sample.params).array, expected, rtol=1e-10, atol=1e-12, equal_nan=True)


def first(op: Op, sample: Sample) -> bool:
    """The gradient is that of central differences."""
    return gradcheck(lambda *inputs: op(*inputs, **sample.params), draw(op, sample))


def second(op: Op, sample: Sample) -> bool:
    """The gradient of the gradient is that of central differences."""
    return gradgradcheck(lambda *inputs: op(*inputs, **sample.params), draw(op, sample))


def float32(op: Op, sample: Sample) -> bool:
    """float32 in, float32 out, and a float32 gradient."""
    inputs = draw(op, sample, np.float32)
    result = op(*inputs, **sample.params)
    if result.requires_grad:
        result.backward(np.ones(result.shape))
    gradients = [x.grad for x in inputs if isinstance(x, Tensor) and x.grad is not None]
    expected = sample.params.get("dtype", np.float32)
    return result.dtype == expected and all(g.dtype == np.float32 for g in gradients)


def numpy(op: Op, sample: Sample) -> bool:
    """NumPy's own function, called on a Tensor, is answered by this operation."""
    inputs = draw(op, sample)
    for function in op.numpy:
        args = [inputs] if function in (np.concatenate, np.stack) else inputs
        if not isinstance(function(*args, **sample.params), Tensor):
            return False
    return True


CHECKS: dict[str, tuple[Callable[[Op, Sample], bool], Callable[[Op], bool]]] = {
    "value": (value, lambda op: op.reference is not None),
    "first derivative": (first, lambda op: op.differentiable),
    "second derivative": (second, lambda op: op.differentiable),
    "float32": (float32, lambda op: op.differentiable),
    "NumPy's function": (numpy, lambda op: bool(op.numpy)),
}


class Checks(SphinxDirective):
    """Build the table, running the checks."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        rows = [self.row(op) for op in sorted(OPS.values(), key=lambda op: op.name)]
        head = ("operation", "samples", *CHECKS)
        return [table(head, rows, classes=["checks"], widths=(25, 10, *(13,) * len(CHECKS)))]

    def row(self, op: Op) -> list[nodes.Element]:
        marks = [nodes.literal("", op.name), nodes.inline("", str(len(op.samples)))]
        for name, (check, is_meant) in CHECKS.items():
            marks.append(nodes.inline("", self.mark(op, name, check) if is_meant(op) else NOT_MEANT))
        return [nodes.paragraph("", "", mark) for mark in marks]

    def mark(self, op: Op, name: str, check: Callable[[Op, Sample], bool]) -> str:
        for sample in op.samples:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    warnings.simplefilter("ignore", ZeroGradientWarning)  # sign, floor: their derivative is 0
                    passed = check(op, sample)
            except Exception as error:  # whatever goes wrong, the page must say so
                log.warning("%s: %s fails on %s: %s", op.name, name, sample, error)
                return "✗"
            if not passed:
                log.warning("%s: %s fails on %s", op.name, name, sample)
                return "✗"
        return PASSED


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("checks", Checks)
    return {"parallel_read_safe": True}
