"""Run every mutant against the checks: `python -m tests.mutation [file of ops ...]`.

Prints the survivors, each with the reason why no test can notice it (`explained.py`). Fails if fewer than 95 % are
noticed, if nothing explains a survivor, and if an explanation is of a mutant that does not survive.
"""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from tests.mutation.explained import EXPLAINED, Key
from tests.mutation.mutants import Mutant, mutants_of
from tests.ops.test_conventions import CASES as CONVENTIONS
from tests.ops.test_conventions import compare
from tests.ops.test_corners import CORNERS
from tests.table import as_tensors, draw
from tinygrad_edu import ops
from tinygrad_edu.autograd import gradcheck, gradgradcheck
from tinygrad_edu.engine.op import NUMPY, OPS, Op, Sample

FOLDER = Path(ops.__file__).parent
WANTED = 0.95


def rules_of(path: Path, code: Any) -> dict[str, Op]:
    """Run the code of a file of operations, without registering anything, and return its operations."""
    kept_ops, kept_numpy = dict(OPS), dict(NUMPY)
    OPS.clear()
    try:
        module = ModuleType(f"mutant_of_{path.stem}")
        exec(compile(code, str(path), "exec"), module.__dict__)
        return dict(OPS)
    finally:
        for table, kept in ((OPS, kept_ops), (NUMPY, kept_numpy)):
            table.clear()
            table.update(kept)


def is_noticed(path: Path, code: Any, function: str = "") -> bool:
    """Tell whether some check fails while the operations of the file follow the rules in `code`."""
    try:
        changed = rules_of(path, code)
    except Exception:  # what cannot even be loaded is noticed by everybody
        return True
    # A helper may serve every operation of the file; a pullback serves the one it stands in.
    operation = function.partition(".")[0]
    suspects = [OPS[name] for name in changed if operation not in changed or name == operation]
    originals = {name: OPS[name].rule for name in changed}
    try:
        for name, op in changed.items():
            OPS[name].rule = op.rule
        return any(_fails(check, op) for check in (value, first, second) for op in suspects) or _fails(conventions)
    finally:
        for name, rule in originals.items():
            OPS[name].rule = rule


def _fails(check: Callable[..., None], *args: Any) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check(*args)
    except Exception:
        return True
    return False


def samples_of(op: Op) -> list[Sample]:
    return [*op.samples, *CORNERS.get(op.name, ())]


def value(op: Op) -> None:
    """Compare the value with the reference on every sample; helpers serve forward and backward alike."""
    for sample in samples_of(op):
        inputs = draw(op, sample)
        np.testing.assert_allclose(
            op(*inputs, **sample.params), op.reference(*inputs, **sample.params), rtol=1e-10, atol=1e-12
        )


def first(op: Op) -> None:
    """Compare the gradient with central differences on every sample."""
    for sample in samples_of(op) if op.differentiable else ():
        gradcheck(lambda *inputs, params=sample.params: op(*inputs, **params), as_tensors(draw(op, sample)))


def second(op: Op) -> None:
    """Compare the gradient of the gradient with central differences on every sample."""
    for sample in samples_of(op) if op.differentiable else ():
        gradgradcheck(lambda *inputs, params=sample.params: op(*inputs, **params), as_tensors(draw(op, sample)))


def conventions() -> None:
    """Compare values and gradients at the awkward points with the table of conventions."""
    for case in CONVENTIONS.values():
        compare(*case)


def run(paths: list[Path]) -> bool:
    """Print what became of all mutants; return whether enough were noticed and the others are explained."""
    counts: Counter[bool] = Counter()
    unexplained = 0
    unused: set[tuple[str, Key]] = set()
    broken = []
    for path in paths:
        source = path.read_text(encoding="utf-8")
        if is_noticed(path, source):  # then everything would seem to be noticed
            print(f"{path.name}: A CHECK FAILS without any change; mend that first (pytest tests/ops)", flush=True)
            broken.append(path.name)
            continue
        explained = EXPLAINED.get(path.name, {})
        survivors = set()
        here: Counter[bool] = Counter()
        for mutant in mutants_of(source):
            noticed = is_noticed(path, mutant.tree, mutant.function)
            here[noticed] += 1
            if not noticed:
                survivors.add(mutant.key)
                why = explained.get(mutant.key)
                unexplained += why is None
                print(f"{path.name}:{mutant.line}  {_as_text(mutant)}\n    {why or 'SURVIVED, and nothing says why'}")
        if here:
            print(f"{path.name}: {here[True]} of {here.total()} noticed", flush=True)
        unused |= {(path.name, key) for key in explained.keys() - survivors}
        counts += here
    for name, (function, before, after) in sorted(unused):
        print(f"{name}  {function}: {before}  →  {after}\n    EXPLAINED, but no such mutant survives; take it out")
    share = counts[True] / max(counts.total(), 1)
    print(f"{counts[True]} of {counts.total()} mutants noticed: {share:.1%} (wanted: {WANTED:.0%})")
    print(f"survivors that nothing explains: {unexplained}; explanations that nothing needs: {len(unused)}")
    enough = share >= WANTED or len(paths) == 1  # a single file may hold few mutants
    return enough and not unexplained and not unused and not broken


def _as_text(mutant: Mutant) -> str:
    return f"{mutant.function}: {mutant.before}  →  {mutant.after}"


if __name__ == "__main__":
    unknown = [name for name in sys.argv[1:] if not (FOLDER / name).is_file()]
    if unknown:
        sys.exit(f"tests.mutation: expected names of files in tinygrad_edu/ops, such as loss.py, got {unknown}")
    chosen = [FOLDER / name for name in sys.argv[1:]] or sorted(FOLDER.glob("*.py"))
    sys.exit(0 if run(chosen) else 1)
