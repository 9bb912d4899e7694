"""Programs that write in place, each of which runs unchanged on PyTorch and on tinygrad_edu.

A program takes the library T and three leaves, x and w of shape (4,) and m of shape (2, 3), and returns a loss and
whatever else is to be compared: tensors, or lists that hooks fill while the gradient is computed. The programs stand
in `idioms/`, by subject. `test_in_place_parity.py` compares the two libraries. It also keeps `in_place_idioms.json`
true, the numbers of PyTorch, which `test_views.py` uses where PyTorch is not installed. After a change write them anew:

    python -m tests.engine.in_place_idioms

To see what comes of each program here, `python -m tests.engine.in_place_idioms outcomes`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tests.engine.idioms import aliases, buffers, elementwise, gradients, indices, memory, views  # noqa: F401 - fill it
from tests.engine.idioms.table import IDIOMS, Idiom, Program

NUMBERS = Path(__file__).with_suffix(".json")
LEAVES = {
    "x": np.array([0.5, -1.2, 2.0, 0.8]),
    "w": np.array([1.5, 0.3, -0.7, 2.2]),
    "m": np.array([[0.4, -0.9, 1.3], [2.1, 0.6, -0.5]]),
}
Numbers = dict[str, Any]


def numbers_of(t: Any) -> Numbers | None:
    """Return a tensor's values, and its type and shape, which a list does not tell of an empty one."""
    if t is None:
        return None
    return {"of": f"{str(t.dtype).removeprefix('torch.')} {list(t.shape)}", "values": t.detach().tolist()}


def run(program: Program, T: Any) -> Numbers:
    """Run a program and the backward pass on library T; return all numbers by name."""
    leaves = {name: T.tensor(value, requires_grad=True) for name, value in LEAVES.items()}
    loss, *results = program(T, **leaves)
    loss.backward()
    found = {"loss": numbers_of(loss)}
    for i, result in enumerate(results, 1):
        if isinstance(result, list):
            found |= {f"result {i}[{j}]": numbers_of(g) for j, g in enumerate(result)}
        else:
            found[f"result {i}"] = numbers_of(result)
            if result.retains_grad:
                found[f"result {i}.grad"] = numbers_of(result.grad)
    for name, t in leaves.items():
        found |= {name: numbers_of(t), f"{name}.grad": numbers_of(t.grad)}
    return found


def difference(found: Numbers, expected: Numbers) -> str:
    """Say where two results differ by more than rounding; an empty string if nowhere."""
    for name in dict.fromkeys([*expected, *found]):
        a, b = found.get(name), expected.get(name)
        if a is None or b is None:
            same = a is b
        else:
            same = a["of"] == b["of"] and np.allclose(a["values"], b["values"], rtol=1e-11, atol=1e-12)
        if not same:
            return f"{name}: {a and a['values']} instead of {b and b['values']}"
    return ""


def in_torch(program: Program) -> Numbers | None:
    """Return the numbers of PyTorch, None if it refuses."""
    import torch

    try:
        return run(program, torch)
    except RuntimeError:
        return None


def expectation(idiom: Idiom) -> dict[str, Any]:
    """Ask PyTorch what is right: the numbers (None: only a refusal), and whether a refusal is right as well."""
    numbers = in_torch(idiom.program)
    instead = idiom.instead and in_torch(idiom.instead)
    if idiom.wrong_there:
        assert numbers is not None, f"{idiom.name}: PyTorch refuses; take wrong_there away"
        assert numbers != instead, f"{idiom.name}: PyTorch is right; take wrong_there away"
    elif numbers is not None:
        assert instead is None, f"{idiom.name}: PyTorch answers; take the out-of-place form away"
        return {"may refuse": False, "numbers": numbers}
    return {"may refuse": True, "numbers": instead}


def outcome(program: Program, expected: dict[str, Any]) -> tuple[bool, str]:
    """Run a program here; return whether what came of it is right, and what it was."""
    try:
        found = run(program, tg)
    except RuntimeError as error:
        return expected["may refuse"], f"refused: {error}"
    except Exception as error:
        return False, f"{type(error).__name__}: {error}"
    if expected["numbers"] is None:
        return False, "answered, where the value that was overwritten is needed or is a leaf"
    wrong = difference(found, expected["numbers"])
    return not wrong, wrong or "equal"


def read_numbers() -> dict[str, Any]:
    return json.loads(NUMBERS.read_text(encoding="utf-8"))


def write_numbers() -> None:
    rows = (f"{json.dumps(idiom.name)}: {json.dumps(expectation(idiom))}" for idiom in IDIOMS)
    NUMBERS.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


def print_outcomes(ask: Callable[[Idiom], dict[str, Any]]) -> None:
    for idiom in IDIOMS:
        right, what = outcome(idiom.program, ask(idiom))
        print("ok  " if right else "FAIL", f"{idiom.name}: {what[:160]}")


if __name__ == "__main__":
    table = read_numbers() if sys.argv[1:] == ["outcomes"] else write_numbers()
    if table:
        print_outcomes(lambda idiom: table[idiom.name])
