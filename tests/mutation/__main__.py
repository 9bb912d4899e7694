"""Run every mutant against the checks: `python -m tests.mutation [file of ops ...]`."""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np

from tests.mutation.mutants import Mutant, mutants_of
from tests.ops.test_conventions import CASES as CONVENTIONS
from tests.table import as_tensors, draw
from tinygrad_edu import ops
from tinygrad_edu import tensor as make_tensor
from tinygrad_edu.autograd import gradcheck, gradgradcheck
from tinygrad_edu.engine.op import NUMPY, OPS, Op

FOLDER = Path(ops.__file__).parent
WANTED = 0.95


def mutated_rules(path: Path, mutant: Mutant) -> dict[str, Op]:
    """Run the changed file, without registering anything, and return its operations."""
    kept_ops, kept_numpy = dict(OPS), dict(NUMPY)
    OPS.clear()
    try:
        module = ModuleType(f"mutant_of_{path.stem}")
        exec(compile(mutant.tree, str(path), "exec"), module.__dict__)
        return dict(OPS)
    finally:
        for table, kept in ((OPS, kept_ops), (NUMPY, kept_numpy)):
            table.clear()
            table.update(kept)


def is_noticed(path: Path, mutant: Mutant) -> bool:
    """Tell whether some check fails while the operations of the file follow the mutant's rules."""
    try:
        changed = mutated_rules(path, mutant)
    except Exception:  # a mutant that cannot even be loaded is noticed by everybody
        return True
    originals = {name: OPS[name].rule for name in changed}
    # A pullback may stand in a function that several operations share.
    suspects = [OPS[mutant.operation]] if mutant.operation in changed else [OPS[name] for name in changed]
    try:
        for name, op in changed.items():
            OPS[name].rule = op.rule
        return any(_fails(check, op) for check in (first, second) for op in suspects) or _fails(conventions)
    finally:
        for name, rule in originals.items():
            OPS[name].rule = rule


def _fails(check, *args) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check(*args)
    except Exception:
        return True
    return False


def first(op: Op) -> None:
    """Compare the gradient with central differences on every sample."""
    for sample in op.samples:
        gradcheck(lambda *inputs, params=sample.params: op(*inputs, **params), as_tensors(draw(op, sample)))


def second(op: Op) -> None:
    """Compare the gradient of the gradient with central differences on every sample."""
    for sample in op.samples:
        gradgradcheck(lambda *inputs, params=sample.params: op(*inputs, **params), as_tensors(draw(op, sample)))


def conventions() -> None:
    """Compare values and gradients at the awkward points with the table of conventions."""
    for function, values, expected, gradient in CONVENTIONS.values():
        x = make_tensor(values, dtype=np.float64, requires_grad=True)
        y = function(x)
        y.sum().backward()
        np.testing.assert_allclose(y.array, expected, rtol=1e-12, atol=1e-300)
        if gradient is not None:
            np.testing.assert_allclose(x.grad.array, gradient, rtol=1e-12, atol=1e-300)


def run(paths: list[Path]) -> float:
    """Print what became of all mutants; return the share that was noticed."""
    counts: Counter[bool] = Counter()
    for path in paths:
        here: Counter[bool] = Counter()
        for mutant in mutants_of(path.read_text(encoding="utf-8")):
            noticed = is_noticed(path, mutant)
            here[noticed] += 1
            if not noticed:
                print(f"survived  {path.name}:{mutant.line}  {mutant.operation}: {mutant.change}")
        if here:
            print(f"{path.name}: {here[True]} of {here.total()} noticed", flush=True)
        counts += here
    share = counts[True] / max(counts.total(), 1)
    print(f"{counts[True]} of {counts.total()} mutants noticed: {share:.1%} (wanted: {WANTED:.0%})")
    return share


if __name__ == "__main__":
    chosen = [FOLDER / name for name in sys.argv[1:]] or sorted(FOLDER.glob("*.py"))
    sys.exit(0 if run(chosen) >= WANTED else 1)
