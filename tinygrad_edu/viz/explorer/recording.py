"""What a page is told: a computation and its backward pass, step by step, as plain data for JSON.

{
  "title": "loss",
  "root": 7,                        the number of the tensor that is differentiated
  "seed": 3,                        the array that its gradient begins with
  "arrays": [...],                  see `arrays.py`; everywhere else an array is its number in this list
  "groups": [...],                  see `groups.py`
  "tensors": [{
    "name", "gradient": "dL/d(name)",
    "kind": "parameter" | "input" | "constant" | "intermediate" | "result",
    "shape", "dtype",
    "value": array or null,         null where an operation in place has written over it since
    "grad": array or null,          null where none was computed
    "shown": flat position,         the element that is shown at first, the one with the largest gradient
    "shares": 2,                    how many its gradient is the sum of
    "checks": [[flat position, slope by finite differences or null, verdict]]
  }],
  "operations": [{                  in the order in which they ran
    "op": "mul", "inputs": [tensor], "output": tensor, "group": number,
    "formula": {"text", "mathml", "kind"}, with the reader's names
    "meaning": "p, q: which window", or "",    what letters of the formula stand for
    "params": ["axis = 0"],       those that the formula does not speak of
    "product": ["yx", "xz", "yz"] or null,    for matrix products, the letters of inputs and output
    "place": ["train.py", 12, "y = a * b"] or null
  }],
  "visits": [{                      in the order of the backward pass
    "operation": number, "grad": array,
    "shares": [{
      "input": which one of the operation's, "tensor": number,
      "raw": array, "array": array, what the pullback returned, and what it was when it fitted the input
      "number": 0, "sum": array,    how many came before, and the sum with this one
      "local": {...} or null,       see `terms.py`
      "formula": {"text", "mathml", "kind"}
    }]
  }]
}
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from tinygrad_edu.engine.op import Array
from tinygrad_edu.engine.value import Node
from tinygrad_edu.engine.versions import changed_since
from tinygrad_edu.formulas import Formula, share_formula, unsaid, value_formula
from tinygrad_edu.formulas.names import gradient_name
from tinygrad_edu.formulas.parameters import write_parameters
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.viz.backward.shares import BackwardPass, Share, Visit, record_backward
from tinygrad_edu.viz.explorer.arrays import Arrays
from tinygrad_edu.viz.explorer.differences import check_gradients
from tinygrad_edu.viz.explorer.groups import make_groups
from tinygrad_edu.viz.explorer.local import product_letters
from tinygrad_edu.viz.explorer.terms import copies, local_data
from tinygrad_edu.viz.pictures.folding import Path
from tinygrad_edu.viz.pictures.modules import paths_of
from tinygrad_edu.viz.tracing.naming import names_of
from tinygrad_edu.viz.tracing.trace import Trace
from tinygrad_edu.viz.tracing.walking import key_of, lent, shapes_of, values_of

SYMBOLS = 1_000  # operations; in larger graphs formulas are given as text alone, which is a quarter as long
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
"""Signs that are not seen, or that turn the text around them: a name with one would hide what it is."""


def record_page(
    root: Tensor,
    gradient: Any = None,
    *,
    trace: Trace | None = None,
    names: Mapping[str, Any] | None = None,
    model: Any = None,
) -> dict[str, Any]:
    """Run the backward pass of `root` and return what its page shows. The parameters are those of `explore`."""
    known = names_of(root, trace, names=names, model=model)
    with lent([root], trace) as nodes, np.errstate(all="ignore"):  # what is not finite is shown, not warned of
        done = record_backward(root, gradient, trace=trace, names=names, model=model)
        checks = check_gradients(nodes, root.source, root.array, done.seed, done.gradients)
        return Recorder(done, nodes, trace, known, checks).page(paths_of(nodes, trace, model))


class Recorder:
    """One recording: gives tensors their numbers, and collects what is known about them."""

    def __init__(
        self,
        done: BackwardPass,
        nodes: Sequence[Node],
        trace: Trace | None,
        names: Mapping[Any, str],
        checks: Mapping[Any, Any],
    ) -> None:
        self.done = done
        self.nodes = nodes
        self.notes = {} if trace is None else trace.notes
        self.names = {key: shown_name(name) for key, name in names.items()}
        self.symbols = len(nodes) <= SYMBOLS
        self.checks = checks
        self.arrays = Arrays()
        self.tensors: list[dict[str, Any]] = []
        self.numbers: dict[Any, int] = {}  # of tensors, by key
        self.values = values_of(nodes, [done.root], trace)

    def page(self, paths: Sequence[Path]) -> dict[str, Any]:
        """Return the whole of it, with the modules that each operation belongs to."""
        operations = [self.operation(node) for node in self.nodes]
        root = self.tensor(self.done.root.source, self.done.root.array, 0)
        if isinstance(self.done.root.source, Node):
            self.tensors[root]["kind"] = "result"
        numbers = {node: i for i, node in enumerate(self.nodes)}
        sums: dict[Any, Any] = {source: self.done.running_sums(source) for source in self.done.received}
        visits = [self.visit(visit, numbers, sums) for visit in self.done.visits]
        groups, inside = make_groups(paths)
        for operation, group in zip(operations, inside, strict=True):
            operation["group"] = group
        return {
            "title": self.tensors[root]["name"],
            "root": root,
            "seed": self.arrays.add(self.done.seed),
            "arrays": self.arrays.records,
            "groups": groups,
            "tensors": self.tensors,
            "operations": operations,
            "visits": visits,
        }

    def operation(self, node: Node) -> dict[str, Any]:
        """Return what is said about one operation."""
        pairs = zip(node.sources, node.arrays, strict=True)
        inputs = [self.tensor(source, array, node.time) for source, array in pairs]
        output = self.tensor(node, self.values.get(node), 0)
        called = [self.tensors[i]["name"] for i in inputs]
        formula = value_formula(node.op, called, self.tensors[output]["name"], node.params, shapes_of(node))
        note = self.notes.get(node)
        return {
            "op": node.op.name,
            "inputs": inputs,
            "output": output,
            "formula": self.written(formula),
            "meaning": formula.meaning,
            "params": list(write_parameters(node.op, unsaid(node.op, node.params))),
            "product": product_letters(node),
            "place": [note.file_name, note.line, UNSEEN.sub("\ufffd", note.text)[:200]] if note else None,
        }

    def tensor(self, source: Any, array: Any, time: int) -> int:
        """Return the number of a source of the graph, which held `array` when an operation at `time` read it."""
        key = key_of(source)
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = len(self.tensors)
            self.tensors.append(self.describe(source, key, array, time))
        return number

    def describe(self, source: Any, key: Any, array: Any, time: int) -> dict[str, Any]:
        """Return what is said about one tensor, or constant."""
        grad = self.done.gradients.get(source) if isinstance(source, Node | Tensor) else None
        shown = 0 if grad is None or not grad.size else largest_at(grad)
        name = self.names.get(key) or number_text(source)
        whole = None if array is None else np.asarray(array)
        shape = whole.shape if whole is not None else grad.shape if grad is not None else ()
        if time and whole is not None and isinstance(source, Tensor) and changed_since(time, whole) is not None:
            whole = None  # it holds a later value
        return {
            "name": name,
            "gradient": gradient_name("L", name),
            "kind": kind_of(source, key in self.names),
            "shape": list(shape),
            "dtype": whole.dtype.name if whole is not None else grad.dtype.name if grad is not None else "",
            "value": None if whole is None or whole.dtype.kind not in "biuf" else self.arrays.add(whole, shown),
            "grad": None if grad is None else self.arrays.add(grad, shown),
            "shown": shown,
            "shares": len(self.done.received.get(source, ())) if grad is not None else 0,
            "checks": [
                [c.at, c.numeric if math.isfinite(c.numeric) else None, c.verdict]
                for c in (self.checks.get(source, ()) if grad is not None else ())
            ],
        }

    def visit(self, visit: Visit, numbers: Mapping[Node, int], sums: Mapping[Any, Any]) -> dict[str, Any]:
        """Return what is said about one step of the backward pass."""
        shown = self.tensors[self.numbers[visit.node]]["shown"]
        shares = [self.share(share, next(sums[share.source])) for share in visit.shares]
        return {"operation": numbers[visit.node], "grad": self.arrays.add(visit.grad, shown), "shares": shares}

    def share(self, share: Share, total: Array) -> dict[str, Any]:
        """Return what is said about one share."""
        node = share.visit.node
        number = self.numbers[key_of(share.source)]
        shown = self.tensors[number]["shown"]
        called = [self.tensors[self.numbers[key_of(s)]]["name"] if is_kept(s) else number_text(s) for s in node.sources]
        output = self.tensors[self.numbers[node]]["name"]
        formula = share_formula(node.op, share.index, called, output, params=node.params, shapes=shapes_of(node))
        return {
            "input": share.index,
            "tensor": number,
            "raw": self.arrays.add(share.raw, shown_copy(share, shown)),
            "array": self.arrays.add(share.array, shown),
            "number": share.number,
            "sum": self.arrays.add(total, shown),
            "local": local_data(share, shown, self.arrays, self.value_of),
            "formula": self.written(formula) if formula else None,
        }

    def value_of(self, source: Any) -> int | None:
        """Return the number of the array that a source of the graph held."""
        value: int | None = self.tensors[self.numbers[key_of(source)]]["value"] if is_kept(source) else None
        return value

    def written(self, formula: Formula) -> dict[str, str]:
        """Return a formula as data."""
        mathml = {"mathml": formula.mathml} if self.symbols else {}
        return {"text": formula.text, "kind": formula.kind, **mathml}


def shown_name(name: str) -> str:
    """Return a name that hides nothing, and that does not turn the sentence around it if it runs from right to left."""
    name = UNSEEN.sub("\ufffd", name)[:80]
    turned = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in name)
    return f"\u2068{name}\u2069" if turned else name  # first strong isolate, pop directional isolate


def is_kept(source: Any) -> bool:
    """Tell whether a source has a number that is found again; a bare number is like no other."""
    return isinstance(source, Node | Tensor | np.ndarray)


def number_text(source: Any) -> str:
    """Return what stands for a constant in a formula."""
    return str(source) if isinstance(source, bool | int | float) else "constant"


def kind_of(source: Any, named: bool) -> str:
    if isinstance(source, Node):
        return "intermediate"
    if isinstance(source, Tensor) and source.requires_grad:
        return "parameter"
    return "input" if named else "constant"


def largest_at(grad: Array) -> int:
    """Return the flat position of the element with the largest gradient."""
    return int(np.argmax(np.abs(np.nan_to_num(grad.astype(np.float64)))))


def shown_copy(share: Share, shown: int) -> int | None:
    """Return the first of the copies of the shown element in what the pullback returned."""
    return next(chain(map(int, copies(share, shown)[:1])), None) if share.array.size else None
