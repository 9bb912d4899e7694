"""What the benchmark must show, as data, and how a run compares with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.contestants import HAND, PLAIN
from tests.benchmarks.timing import OURS

FAR_OFF = 1.5
"""So many times the target, or the ratio known, is more than noise."""


@dataclass(frozen=True)
class Target:
    """One line of the table: for one BLAS thread, the median of the ratios is to be at most so much in every case.

    Attributes:
        title: what is measured, in words.
        workload: the name of its file.
        against: the contestant that ours is divided by; ours itself, where its own figure counts (an exponent).
        at_most: the target.
        case: a pattern for the case, from its beginning, where not all cases of the workload count.
        known: what was measured, where the target is missed openly, and `why` it is missed.
    """

    title: str
    workload: str
    against: str
    at_most: float
    case: str = ""
    known: float | None = None
    why: str = ""

    @property
    def limit(self) -> float:
        """Above this the ratio is far off, and the tests fail."""
        return FAR_OFF * max(self.at_most, self.known or 0.0)


PASSES = "Matrix products are a quarter faster in PyTorch; the rest goes over memory once for each NumPy call."

TARGETS = (
    Target(
        "engine overhead, forward and backward",
        "overhead",
        "PyTorch",
        0.60,
        case="forward and backward, chain",
        known=0.68,
        why="The chain is close to it; what is left is Python, see below.",
    ),
    Target(
        "engine overhead, forward alone",
        "overhead",
        "PyTorch",
        1.10,
        case="forward, chain",
        known=1.65,
        why="Python makes a tensor, a node and two pullbacks for each operation.",
    ),
    Target("compiled: chain and diamonds of four elements", "overhead", "PyTorch", 0.20, case="compiled"),
    Target(
        "MLP, batch 32",
        "mlp",
        HAND,
        1.35,
        case="MLP .* batch 32$",
        known=1.70,
        why="The step is under half a millisecond, and much of it is Python between the products.",
    ),
    Target(
        "MLP, batch 128",
        "mlp",
        HAND,
        1.15,
        case="MLP .* batch 128$",
        known=1.40,
        why="As at batch 32; and by hand, the bias, the rectifier and both gradients are written over arrays that are "
        "there already.",
    ),
    Target(
        "MLP, batch 512",
        "mlp",
        HAND,
        1.10,
        case="MLP .* batch 512$",
        known=1.20,
        why="By hand, arrays are written over; a library cannot know that nobody looks at them again.",
    ),
    Target(
        "MLP, every batch size",
        "mlp",
        "PyTorch",
        0.80,
        case="MLP",
        known=1.15,
        why="At batch 512 nearly all is matrix products, and the step by hand itself takes nearly PyTorch's time.",
    ),
    Target(
        "MLP, every batch size",
        "mlp",
        "MyGrad",
        0.70,
        case="MLP",
        known=0.85,
        why="At batch 512 nearly all is matrix products, and the step by hand itself takes more than 0.7 of MyGrad's "
        "time.",
    ),
    Target("MLP, every batch size", "mlp", "HIPS autograd", 0.70, case="MLP"),
    Target(
        "compiled: MLP, every batch size",
        "mlp",
        PLAIN,
        1.00,
        case="compiled",
        known=1.15,
        why="Both make the same matrix products. At batch 32 a program looks at 130 places before it runs, and leaves "
        "the gradients in `.grad`, where the step by hand writes over them.",
    ),
    Target(
        "compiled: MLP, every batch size",
        "mlp",
        "PyTorch",
        0.75,
        case="compiled",
        known=0.95,
        why="It is met at batch 32. At batch 512 nearly all is matrix products.",
    ),
    Target(
        "compiled: MLP, every batch size",
        "mlp",
        "JAX",
        0.90,
        case="compiled",
        known=1.50,
        why="JAX does the update in one pass over memory, where NumPy's calls make two with SGD and 14 with Adam.",
    ),
    Target(
        "CNN",
        "cnn",
        "PyTorch",
        0.85,
        case="CNN",
        known=1.20,
        why="PyTorch's convolutions gain from AVX-512, and make no windows; without it the ratio is 0.92.",
    ),
    Target("CNN", "cnn", "MyGrad", 0.70, case="CNN"),
    Target("CNN", "cnn", "HIPS autograd", 0.70, case="CNN"),
    Target(
        "compiled: CNN",
        "cnn",
        "PyTorch",
        0.75,
        case="compiled",
        known=1.15,
        why="The rules of convolution and pooling are called whole, and take nearly all of the time.",
    ),
    Target("LSTM", "lstm", "PyTorch", 1.00, case="LSTM", known=1.3, why=PASSES),
    Target(
        "compiled: LSTM",
        "lstm",
        "PyTorch",
        0.90,
        case="compiled",
        known=1.30,
        why="The rule is called whole, and takes nearly all of the time.",
    ),
    Target(
        "transformer at batch 16",
        "transformer",
        "PyTorch",
        1.00,
        case="transformer.* batch 16$",
        known=1.2,
        why=PASSES,
    ),
    Target(
        "compiled: transformer at batch 16",
        "transformer",
        "PyTorch",
        0.90,
        case="compiled.* batch 16$",
        known=1.20,
        why="Attention and GELU are called whole, and layer norm goes over memory once for each NumPy call.",
    ),
    Target(
        "compiled: transformer at batch 2",
        "transformer",
        "PyTorch",
        0.60,
        case="compiled.* batch 2$",
        known=0.85,
        why="AdamW makes 16 small NumPy calls for each of 28 parameters.",
    ),
    Target(
        "elementwise expression",
        "elementwise",
        "PyTorch",
        1.10,
        case="[0-9]",
        known=1.30,
        why="A graph that can be looked at keeps every value, twice as many as the way back needs, in new memory.",
    ),
    Target(
        "compiled: elementwise expression",
        "elementwise",
        "PyTorch",
        0.45,
        case="compiled",
        known=0.75,
        why="Of 100 terms it takes 0.37. Of 1,000, even narrow tiles of all that must be kept exceed the cache.",
    ),
    Target("import", "importing", "NumPy", 1.25, known=1.40, why="Eighty small modules are found and read."),
    Target("peak memory", "memory", "PyTorch", 1.00, case="training"),
    Target(
        "growth with operations",
        "growth",
        OURS,
        1.10,
        case="growth with chain",
        known=1.14,
        why="Python's garbage collector goes through long graphs again and again; without it the exponent of the chain "
        "is 1.01.",
    ),
    Target(
        "growth with depth",
        "growth",
        OURS,
        1.10,
        case="growth with depth",
        known=1.27,
        why="The weights of a deep network do not fit into the cache, those of a flat one do. PyTorch's is 1.15.",
    ),
    Target("growth with the batch", "growth", OURS, 1.10, case="growth with batch"),
)


@dataclass(frozen=True)
class Verdict:
    """What a run says about a target: the case that does worst, its median and its quartiles."""

    target: Target
    case: str
    measured: float
    low: float
    high: float

    @property
    def met(self) -> bool:
        return self.measured <= self.target.at_most


def judge(target: Target, results: Mapping[str, Any]) -> Verdict | None:
    """Compare the results of a run with a target; None if the run says nothing about it.

    Parameters:
        results: what `python -m tests.benchmarks --json FILE` writes.
    """
    kind = "value" if target.against == OURS else "ratio"
    verdicts = [
        Verdict(target, row["case"], row[kind], *(row[name] for name in BOUNDS[kind]))
        for row in results.get(target.workload, {}).get("rows", ())
        if row["contestant"] == target.against and re.match(target.case, row["case"]) and row[kind] is not None
    ]
    return max(verdicts, key=lambda verdict: verdict.measured, default=None)


BOUNDS = {"value": ("low", "high"), "ratio": ("ratio_low", "ratio_high")}
"""What the quartiles of each are called in a row."""
